"""The kernels of CBOW, hierarchical softmax and softmax against their NumPy twins."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import corpus, drawn_stream, guide_of

from firth.kernels import cbow, hierarchical, huffman, softmax
from firth.kernels import reference_objectives as reference
from firth.kernels.ways import pave
from firth.learn.matrices import row_width, zeros
from firth.learn.sampling import noise_distribution

CASES = {
    "seed": st.integers(0, 10_000),
    "dim": st.sampled_from([1, 16, 50, 100, 260]),
    "window": st.sampled_from([1, 2, 3, 5, 8, 40]),
    "mean": st.booleans(),
    "rate": st.sampled_from([0.01, 0.05]),
}


def matrices(words, others, dim, seed):
    """Two random matrices as the kernels want them, and float64 copies for the twins."""
    random = np.random.default_rng(seed)
    made = zeros(words, row_width(dim)), zeros(others, row_width(dim))
    for matrix in made:
        matrix[:, :dim] = random.normal(scale=dim**-0.5, size=(len(matrix), dim))
    return made, tuple(matrix.astype(np.float64) for matrix in made)


def scratch(size):
    """Scratch with NaN in it and behind it: what an earlier call left there must not matter."""
    whole = zeros(1, size + 16)[0]
    whole[:] = np.nan
    return whole


def check_equal(made, twins, dim):
    for matrix, twin in zip(made, twins, strict=True):
        np.testing.assert_allclose(matrix, twin, rtol=5e-3, atol=2e-3)
        assert not matrix[:, dim:].any()


@settings(max_examples=40)
@given(**CASES, negative=st.sampled_from([1, 5, 20]), noise=st.sampled_from([4, 20, 32, 100]))
def test_cbow_equals_its_twin(seed, dim, window, mean, rate, negative, noise):
    tokens, offsets, counts = corpus(seed)
    bounds = noise_distribution(counts, 0.75)
    stream, n = drawn_stream(tokens, offsets, counts, window=window, seed=seed)
    made, twins = matrices(counts.size, counts.size, dim, seed)
    size = cbow.scratch_size(row_width(dim), window, noise)
    s = scratch(size)
    pairs, bad = cbow.train(
        *stream, n, *made, bounds, guide_of(bounds), window, mean, negative, noise, rate, 1e-6,
        np.uint64(seed + 1), s[:size],
    )  # fmt: skip
    lists = [array[:n].tolist() for array in stream]
    expected = reference.train_cbow(
        *lists, *twins, bounds, window, mean, negative, noise, rate, 1e-6, seed + 1
    )
    assert (pairs, bad) == (expected, -1)
    assert np.isnan(s[size:]).all()
    check_equal(made, twins, dim)


def tree_of(counts):
    """The offsets, points and codes of the Huffman tree."""
    parent, side = huffman.tree(counts)
    offsets = np.zeros(counts.size + 1, np.int64)
    size = huffman.walk(parent, side, offsets, np.empty(0, np.int64), np.empty(0, np.uint8))
    points, codes = np.empty(size, np.int64), np.empty(size, np.uint8)
    huffman.walk(parent, side, offsets, points, codes)
    return offsets, points, codes


def paved(counts):
    """The ways of the Huffman tree as `hierarchical.train` takes them, and the length of the longest."""
    offsets, points, codes = tree_of(counts)
    places, turns = pave(points, codes, hierarchical.first_copied(counts.size - 1))
    return (offsets, places, turns), int(np.diff(offsets).max())


@settings(max_examples=60)
@given(counts=st.lists(st.integers(1, 50), min_size=1, max_size=60))
def test_huffman_equals_its_twin_and_is_shortest(counts):
    counts = np.sort(np.array(counts, np.int64))[::-1].copy()
    offsets, points, codes = tree_of(counts)
    ways = [
        list(zip(points[a:b].tolist(), codes[a:b].tolist(), strict=True))
        for a, b in itertools.pairwise(offsets)
    ]
    twin = reference.huffman(counts)
    assert ways == twin
    assert sum(0.5 ** len(way) for way in ways) == 1 or counts.size == 1


def test_huffman_against_a_tree_made_by_hand():
    # a 10, b 5, c 2, d 1: (d, c) -> 3 = node 0; (0, b) -> 8 = node 1; (1, a) -> 18 = the root, node 2
    offsets, points, codes = tree_of(np.array([10, 5, 2, 1]))
    assert offsets.tolist() == [0, 1, 3, 6, 9]
    assert points.tolist() == [2, 2, 1, 2, 1, 0, 2, 1, 0]
    assert codes.tolist() == [1, 0, 1, 0, 0, 1, 0, 0, 0]


@settings(max_examples=40)
@given(**CASES, together=st.booleans())
def test_hierarchical_softmax_equals_its_twin(seed, dim, window, mean, rate, together):
    tokens, offsets, counts = corpus(seed)
    counts = np.sort(counts)[::-1].copy()
    stream, n = drawn_stream(tokens, offsets, counts, window=window, seed=seed)
    made, twins = matrices(counts.size, counts.size - 1, dim, seed)
    ways, longest = paved(counts)
    size = hierarchical.scratch_size(row_width(dim), window, longest)
    s = scratch(size)
    pairs, bad = hierarchical.train(*stream, n, *made, *ways, window, together, mean, rate, 1e-6, s[:size])
    lists = [array[:n].tolist() for array in stream]
    expected = reference.train_hierarchical(
        *lists, *twins, reference.huffman(counts), together, mean, rate, 1e-6
    )
    assert (pairs, bad) == (expected, -1)
    assert np.isnan(s[size:]).all()
    check_equal(made, twins, dim)


@settings(max_examples=40)
@given(**CASES, together=st.booleans(), words=st.sampled_from([1, 2, 50, 67]))
def test_softmax_equals_its_twin(seed, dim, window, mean, rate, together, words):
    tokens, offsets, counts = corpus(seed, words)
    stream, n = drawn_stream(tokens, offsets, counts, window=window, seed=seed)
    made, twins = matrices(counts.size, counts.size, dim, seed)
    size = softmax.scratch_size(counts.size, row_width(dim), window)
    s = scratch(size)
    pairs, bad = softmax.train(*stream, n, *made, window, together, mean, rate, 1e-6, s[:size])
    lists = [array[:n].tolist() for array in stream]
    expected = reference.train_softmax(*lists, *twins, together, mean, rate, 1e-6)
    assert (pairs, bad) == (expected, -1)
    assert np.isnan(s[size:]).all()
    check_equal(made, twins, dim)


@pytest.mark.filterwarnings("ignore:invalid value")  # of NumPy, where it takes the place of the kernels
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["cbow", "hierarchical", "hierarchical-cbow", "softmax", "softmax-cbow"])
def test_training_stops_at_a_number_that_is_not_finite(name, bad):
    tokens, offsets, counts = corpus(1)
    counts = np.sort(counts)[::-1].copy()
    bounds = noise_distribution(counts, 0.75)
    stream, n = drawn_stream(tokens, offsets, counts, window=5, seed=1, subsample=0)
    inputs, outputs = zeros(counts.size, 16), zeros(counts.size, 16)
    inputs[:] = 0.1
    inputs[:, 3] = bad
    together = name.endswith("cbow")
    if name == "cbow":
        s = zeros(1, cbow.scratch_size(16, 5, 8))[0]
        _, place = cbow.train(
            *stream, n, inputs, outputs, bounds, guide_of(bounds), 5, True, 5, 8, 0.05, 0.0, np.uint64(2), s
        )
    elif name.startswith("softmax"):
        s = zeros(1, softmax.scratch_size(counts.size, 16, 5))[0]
        _, place = softmax.train(*stream, n, inputs, outputs, 5, together, True, 0.05, 0.0, s)
    else:
        ways, longest = paved(counts)
        s = zeros(1, hierarchical.scratch_size(16, 5, longest))[0]
        _, place = hierarchical.train(*stream, n, inputs, outputs, *ways, 5, together, True, 0.05, 0.0, s)
    assert place == 0
    assert not outputs.any()  # nothing of the bad block was added
