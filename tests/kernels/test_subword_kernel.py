"""Training on pieces of words, and fastText's table of words, beside their NumPy twins."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import corpus, drawn_stream, guide_of

from firth.data.ids import Strings
from firth.kernels import reference_subword as reference
from firth.kernels import subword
from firth.kernels.entries import ENTRY, join_entries, scan_entries
from firth.kernels.ngrams import END_OF_LINE, compose
from firth.kernels.pieces import find_first, slot_table
from firth.learn.matrices import row_width, zeros
from firth.learn.sampling import noise_distribution


def made_of(words, random):
    """Random pieces of words: their own row, and up to nine of forty others, perhaps one twice."""
    return [np.append(w, words + random.integers(0, 40, random.integers(0, 10))) for w in range(words)]


def trained(kind, seed, dim, window, negative, noise, rate):
    """A kernel's matrices, pairs and scratch, and its twin's."""
    tokens, offsets, counts = corpus(seed)
    bounds = noise_distribution(counts, 0.5)
    stream, n = drawn_stream(tokens, offsets, counts, window=window, seed=seed)
    random = np.random.default_rng(seed)
    pieces = made_of(counts.size, random)
    starts = np.concatenate(([0], np.cumsum([rows.size for rows in pieces])))
    wide = row_width(dim)
    matrix, outputs = zeros(counts.size + 40, wide), zeros(counts.size, wide)
    for made in (matrix, outputs):
        made[:, :dim] = random.normal(scale=dim**-0.5, size=(len(made), dim))
    twins = matrix.astype(np.float64), outputs.astype(np.float64)
    size = subword.scratch_size(wide, window, noise, together=kind == "cbow")
    scratch = zeros(1, size + 16)[0]
    scratch[:] = np.nan  # what an earlier call left there must not matter
    table = np.empty(subword.table_size(window), np.int64)
    train = subword.train_cbow if kind == "cbow" else subword.train_skipgram
    found = train(
        *stream, n, matrix, starts, np.concatenate(pieces).astype(np.int32), outputs, bounds,
        guide_of(bounds), window, negative, noise, rate, 1e-6, np.uint64(seed + 1), scratch[:size], table,
    )  # fmt: skip
    lists = [array[:n].tolist() for array in stream]
    rest = (negative, noise, rate, 1e-6, seed + 1)
    twin = reference.train_cbow if kind == "cbow" else reference.train_skipgram
    expected = twin(*lists, twins[0], pieces, twins[1], bounds, *rest)
    assert np.isnan(scratch[size:]).all()
    return found, expected, (matrix, outputs), twins


@pytest.mark.parametrize("kind", ["skipgram", "cbow"])
@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    dim=st.sampled_from([1, 16, 50, 100, 260]),
    window=st.sampled_from([1, 2, 5, 40]),
    negative=st.sampled_from([1, 5, 20]),
    noise=st.sampled_from([4, 32, 100]),
    rate=st.sampled_from([0.01, 0.05]),
)
def test_a_step_equals_that_of_its_twin(kind, seed, dim, window, negative, noise, rate):
    found, expected, matrices, twins = trained(kind, seed, dim, window, negative, noise, rate)
    assert found == (expected, -1)
    for matrix, twin in zip(matrices, twins, strict=True):
        np.testing.assert_allclose(matrix, twin, rtol=5e-3, atol=2e-3)
        assert not matrix[:, dim:].any()


@given(words=st.lists(st.integers(0, 20), min_size=1, max_size=40), spread=st.sampled_from([1, 64, 1000]))
def test_the_first_place_of_each_word_is_found(words, spread):
    table, slots = np.empty(slot_table(len(words)), np.int64), np.empty(len(words), np.int64)
    find_first(np.array(words) * spread, slots, table)
    assert slots.tolist() == [words.index(word) for word in words]
    assert table.size >= 2 * len(words)


@given(
    words=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=1, max_size=6),
    used=st.sets(st.integers(0, 12)),
    buckets=st.sampled_from([0, 1, 13]),
    known=st.booleans(),
    seed=st.integers(0, 100),
)
def test_composing_equals_its_twin(words, used, buckets, known, seed):
    words = [*words, "</s>"]
    table, random = Strings.of(words), np.random.default_rng(seed)
    places = np.array(sorted(used), np.int64)
    rows = random.normal(size=(places.size, 3)).astype(np.float32)
    own = random.normal(size=(len(words) if known else 0, 3)).astype(np.float32)
    out = np.empty((len(words), 3), np.float32)
    compose(table.data, table.offsets, END_OF_LINE, 1, 3, buckets, own, places, rows, out)
    lengths = {"min_n": 1, "max_n": 3 if buckets else 0, "buckets": max(1, buckets)}
    expected = reference.compose(table.data, table.offsets, lengths, own, places, rows)
    np.testing.assert_allclose(out, expected, atol=1e-6)


@given(
    words=st.lists(st.binary(max_size=9).filter(lambda word: b"\0" not in word), max_size=9),
    counts=st.lists(st.integers(0, 2**62), min_size=9, max_size=9),
    cut=st.integers(0, 200),
)
def test_entries_are_read_as_they_were_written(words, counts, cut):
    counts = counts[: len(words)]
    offsets = np.cumsum([0, *map(len, words)]).astype(np.int64)
    out = np.empty(int(offsets[-1]) + ENTRY * len(words), np.uint8)
    join_entries(np.frombuffer(b"".join(words), np.uint8), offsets, np.array(counts, np.int64), out)
    assert out.tobytes() == reference.entries(words, counts)
    n = len(words)
    read = [np.empty(n, np.int64) for _ in range(3)]
    data = out[: max(0, out.size - cut)]
    whole, stop = scan_entries(data, 0, *read, np.empty(n, np.uint8))
    ends = [b + ENTRY * (i + 1) for i, b in enumerate(offsets[1:].tolist())]
    assert whole == sum(end <= data.size for end in ends)
    assert stop == ([0, *ends])[whole]
    for i, (start, length) in enumerate(itertools.islice(zip(*read[:2], strict=True), whole)):
        assert data[start : start + length].tobytes() == words[i]
        assert read[2][i] == counts[i]
