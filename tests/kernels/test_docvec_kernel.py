"""The kernels of document vectors against their NumPy twins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import dbow, dm, dmblocks, docvec, rows, stream
from firth.kernels import reference_docvec as reference
from firth.learn.matrices import row_width, zeros
from firth.learn.sampling import keep_thresholds, noise_distribution, noise_tables

COMBINE = {"mean": dm.MEAN, "sum": dm.SUM, "concat": dm.CONCAT}


class World:
    """Random documents, some of them empty, some with tags, and random matrices for them."""

    def __init__(self, seed, dim, *, window=2, combine=None, words=30, documents=9):
        random = np.random.default_rng(seed)
        lengths = np.where(random.random(documents) < 0.2, 0, random.integers(1, 40, documents))
        self.offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        self.tokens = np.minimum(random.geometric(0.15, self.offsets[-1]), words).astype(np.int32) - 1
        counts = np.maximum(np.bincount(self.tokens, minlength=words), 1)
        self.keep, self.bounds = keep_thresholds(counts, 0.05), noise_distribution(counts, 0.75)
        self.guide = np.empty(stream.GUIDE + 1, np.int32)
        stream.guide_table(self.bounds, self.guide)
        self.tables = noise_tables(counts, 0.75)
        self.lists = [[i, *(documents + np.flatnonzero(random.random(3) < 0.3))] for i in range(documents)]
        self.rows = np.concatenate(self.lists).astype(np.int64)
        self.starts = np.cumsum([0, *map(len, self.lists)])
        self.wide = row_width(dim)
        self.layer = dm.layer_width(self.wide, window, COMBINE.get(combine, dm.MEAN))
        self.documents = zeros(documents + 3, self.wide)
        self.inputs, self.outputs = zeros(words, self.wide), zeros(words, self.layer)
        for matrix in (self.documents, self.inputs, self.outputs):
            parts = matrix.reshape(-1, self.wide)[:, :dim]
            parts[:] = random.normal(scale=dim**-0.5, size=parts.shape)

    def twins(self):
        return [matrix.astype(np.float64) for matrix in (self.documents, self.inputs, self.outputs)]

    def thinned(self, seed):
        words, ends = np.empty(self.tokens.size, np.int32), np.empty(self.offsets.size - 1, np.int64)
        dbow.thin_out(self.tokens, self.offsets, self.keep, np.uint64(seed), words, ends)
        return words, ends


def scratch(size):
    """Scratch of this size, and the whole array that it is the beginning of: numbers that nothing may read,
    and behind them numbers that nothing may write."""
    whole = zeros(1, size + 64)[0]
    whole[:] = np.nan
    return whole[:size], whole


@settings(max_examples=30)
@given(seed=st.integers(0, 9999), wide=st.sampled_from([16, 32, 112]), n=st.integers(1, 30))
def test_rows_equal_their_twins(seed, wide, n):
    random = np.random.default_rng(seed)
    chosen = random.integers(0, 9, n)
    found = []
    for module in (rows, reference):
        random = np.random.default_rng(seed)
        s, matrix = (
            random.normal(size=4 * wide + 2 * n).astype("f"),
            random.normal(size=(9, wide)).astype("f"),
        )
        module.dots_at(s, 4 * wide, 0, matrix, chosen, n)
        module.step_at(s, 0, wide, 4 * wide + n, matrix, chosen, n)
        module.sum_at(s, 2 * wide, 4 * wide + n, matrix, chosen, n)
        module.add_at(s, 3 * wide, 4 * wide + n, matrix, chosen, n)
        found.append((s, matrix))
    for ours, twin in zip(*found, strict=True):
        np.testing.assert_allclose(ours, twin, rtol=1e-4, atol=1e-3)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**62))
def test_thinning_equals_its_twin_and_that_of_windows(seed):
    world = World(seed % 1000, 4)
    words, ends = world.thinned(seed)
    n = ends[-1]
    assert (words[:n].tolist(), ends.tolist()) == reference.thin_out(
        world.tokens, world.offsets, world.keep, seed
    )
    others, low, high = (np.empty(world.tokens.size, np.int32) for _ in range(3))
    assert n == stream.draw_stream(
        world.tokens, world.offsets, 0, world.keep, 3, True, 0, np.uint64(seed), others, low, high
    )
    assert others[:n].tolist() == words[:n].tolist()


@settings(max_examples=30)
@given(
    seed=st.integers(0, 9999),
    dim=st.sampled_from([1, 5, 16, 50, 100]),
    negative=st.sampled_from([1, 2, 5, 40]),
    rate=st.sampled_from([0.01, 0.1, 0.9]),
    frozen=st.booleans(),
)
def test_dbow_equals_its_twin(seed, dim, negative, rate, frozen):
    world = World(seed, dim)
    words, ends = world.thinned(seed)
    documents, _, outputs = world.twins()
    s, whole = scratch(dbow.scratch_size(world.wide, negative))
    found = dbow.train(
        words, ends, world.rows, world.starts, world.documents, world.outputs, *world.tables,
        negative, rate, 1e-5, np.uint64(seed), s, frozen,
    )  # fmt: skip
    expected = reference.train_dbow(
        words[: ends[-1]].tolist(), ends.tolist(), world.lists, documents, outputs, *world.tables, negative,
        rate, 1e-5, seed, frozen,
    )  # fmt: skip
    assert found == (expected, -1)
    assert np.isnan(whole[s.size :]).all()
    np.testing.assert_allclose(world.documents, documents, rtol=1e-3, atol=2e-3)
    np.testing.assert_allclose(world.outputs, outputs, rtol=1e-3, atol=2e-3)
    assert not world.documents[:, dim:].any()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 9999),
    dim=st.sampled_from([1, 16, 50, 100]),
    window=st.sampled_from([1, 2, 5, 40]),
    negative=st.sampled_from([1, 5, 20]),
    noise=st.sampled_from([4, 32]),
    rate=st.sampled_from([0.01, 0.1]),
)
def test_dm_in_blocks_equals_its_twin(seed, dim, window, negative, noise, rate):
    world = World(seed, dim, window=window)
    words, low, high = (np.empty(world.tokens.size, np.int32) for _ in range(3))
    _, ends = world.thinned(seed)
    n = stream.draw_stream(
        world.tokens, world.offsets, 0, world.keep, window, True, 0, np.uint64(seed), words, low, high
    )
    documents, inputs, outputs = world.twins()
    s, whole = scratch(dmblocks.scratch_size(world.wide, window, noise))
    found = dmblocks.train(
        words, low, high, ends, world.rows, world.starts, world.documents, world.inputs, world.outputs,
        world.bounds, world.guide, window, negative, noise, rate, 1e-5, np.uint64(seed), s,
    )  # fmt: skip
    lists = [array[:n].tolist() for array in (words, low, high)]
    expected = reference.train_dm_blocks(
        *lists, ends.tolist(), world.lists, documents, inputs, outputs, world.bounds, negative, noise, rate,
        1e-5, seed,
    )  # fmt: skip
    assert found == (expected, -1)
    assert np.isnan(whole[s.size :]).all()
    for matrix, twin in ((world.documents, documents), (world.inputs, inputs), (world.outputs, outputs)):
        np.testing.assert_allclose(matrix, twin, rtol=5e-3, atol=2e-3)
        assert not matrix[:, dim:].any()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 9999),
    dim=st.sampled_from([1, 16, 50, 100]),
    window=st.sampled_from([1, 2, 5, 12]),
    combine=st.sampled_from(["mean", "sum", "concat"]),
    negative=st.sampled_from([1, 5, 40]),
    rate=st.sampled_from([0.01, 0.1]),
    frozen=st.booleans(),
)
def test_dm_equals_its_twin(seed, dim, window, combine, negative, rate, frozen):
    if combine == "sum":  # of up to 25 rows, each of which takes the whole step: at 0.1 numbers grow for ever
        rate /= 10
    world = World(seed, dim, window=window, combine=combine)
    words, low, high = (np.empty(world.tokens.size, np.int32) for _ in range(3))
    _, ends = world.thinned(seed)
    n = stream.draw_stream(
        world.tokens, world.offsets, 0, world.keep, window, combine != "concat", 0, np.uint64(seed), words,
        low, high,
    )  # fmt: skip
    documents, inputs, outputs = world.twins()
    s, whole = scratch(dm.scratch_size(world.wide, window, negative, COMBINE[combine]))
    found = dm.train(
        words, low, high, ends, world.rows, world.starts, world.documents, world.inputs, world.outputs,
        *world.tables, window, COMBINE[combine], negative, rate, 1e-4 * rate, np.uint64(seed), s, frozen,
    )  # fmt: skip
    lists = [array[:n].tolist() for array in (words, low, high)]
    expected = reference.train_dm(
        *lists, ends.tolist(), world.lists, documents, inputs, outputs, *world.tables, window, combine,
        negative, rate, 1e-4 * rate, seed, frozen,
    )  # fmt: skip
    assert found == (expected, -1)
    assert np.isnan(whole[s.size :]).all()
    # Hundreds of strong steps, one after the other, and each builds on the rounding of those before.
    np.testing.assert_allclose(world.documents, documents, rtol=5e-3, atol=5e-3)
    np.testing.assert_allclose(world.inputs, inputs, rtol=5e-3, atol=5e-3)
    np.testing.assert_allclose(world.outputs, outputs, rtol=5e-3, atol=5e-3)
    assert not world.documents[:, dim:].any()
    assert not world.inputs[:, dim:].any()


@pytest.mark.parametrize("combine", [None, "mean", "concat"])
def test_encoding_is_training_with_the_words_frozen(combine):
    world, dim, seed = World(5, 20, combine=combine), 20, 11
    negative, window, epochs, code = 5, 2, 3, COMBINE.get(combine, -1)
    size = (
        dm.scratch_size(world.wide, window, negative, code)
        if combine
        else dbow.scratch_size(world.wide, negative)
    )
    found = zeros(world.offsets.size - 1, world.wide)
    bad = docvec.encode(
        world.tokens, world.offsets, world.keep, found, dim, world.inputs, world.outputs, *world.tables,
        code, window, combine == "mean", negative, 0.1, 0.01, epochs, np.uint64(seed),
        scratch(size)[0],
    )  # fmt: skip
    assert bad == -1
    _, inputs, outputs = world.twins()
    for i, (begin, end) in enumerate(zip(world.offsets, world.offsets[1:], strict=False)):
        mine, whole = world.tokens[begin:end], np.array([0, end - begin])
        expected = np.zeros((1, world.wide))
        if mine.size:
            state, expected[0, :dim] = reference.first_row(dim, reference.content_seed(mine, seed))
            for epoch in range(epochs):
                state, drawing = reference.splitmix(state)
                state, training = reference.splitmix(state)
                words, ends = reference.thin_out(mine, whole, world.keep, drawing)
                rate, step = 0.1 - 0.09 * epoch / epochs, 0.03 / max(1, len(words))
                rest = (negative, rate, step, training, True)
                if combine is None:
                    reference.train_dbow(words, ends, [[0]], expected, outputs, *world.tables, *rest)
                else:
                    stream_ = reference.draw_stream(
                        mine, whole, 0, world.keep, window, combine == "mean", 0, drawing
                    )
                    reference.train_dm(
                        *stream_, ends, [[0]], expected, inputs, outputs, *world.tables, window, combine,
                        *rest,
                    )  # fmt: skip
        np.testing.assert_allclose(found[i], expected[0], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_training_stops_at_a_number_that_is_not_finite(bad):
    world = World(1, 16)
    words, ends = world.thinned(3)
    world.documents[world.lists[int(np.argmax(ends > 0))][0], 3] = bad
    before = world.outputs.copy()
    s, _ = scratch(dbow.scratch_size(world.wide, 5))
    _, place = dbow.train(
        words, ends, world.rows, world.starts, world.documents, world.outputs, *world.tables, 5,
        0.05, 0.0, np.uint64(2), s, False,
    )  # fmt: skip
    assert place == 0
    np.testing.assert_array_equal(world.outputs, before)  # nothing of the bad step was added
