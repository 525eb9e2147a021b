"""The products of a group of words and the nodes of a way against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels.ways import GROUP, SPARE, line_of, pave, score_way, step_way
from firth.learn.matrices import zeros


def world(n, steps, vectors, seed):
    """Words, nodes and copies of the last three nodes, a way over both, and scratch with NaN behind it."""
    random = np.random.default_rng(seed)
    words, nodes, top = (zeros(rows, 16 * vectors) for rows in (9, 40, 3))
    for matrix in (words, nodes, top):
        matrix[:] = random.normal(scale=0.3, size=matrix.shape)
    points = random.permutation(40)[:steps]
    places, turns = pave(points, random.integers(0, 2, steps).astype(np.uint8), 37)
    chosen = random.integers(0, 9, 2 + n)  # a word may stand twice in a group
    s = zeros(1, steps * line_of(n) + SPARE)[0]
    return words, nodes, top, points, places, turns, chosen, s


def rows_of(points, nodes, top):
    """The rows of a way in float64."""
    return np.array([nodes[k] if k < 37 else top[k - 37] for k in points], np.float64).reshape(
        -1, nodes.shape[1]
    )


CASES = {
    "n": st.integers(1, GROUP),
    "steps": st.integers(1, 37),
    "vectors": st.integers(1, 8),
    "seed": st.integers(0, 999),
}


@settings(max_examples=60)
@given(**CASES)
def test_scores_become_steps(n, steps, vectors, seed):
    words, nodes, top, points, places, turns, chosen, s = world(n, steps, vectors, seed)
    found = score_way(s, 0, np.float32(0.1), words, chosen, 2, n, nodes, top, places, turns, 0, steps)
    scores = rows_of(points, nodes, top) @ words[chosen[2:]].T.astype(np.float64)
    expected = 0.1 * (turns[:steps, None] - 1 / (1 + np.exp(-scores)))
    assert found == 0
    made = s[: steps * line_of(n)].reshape(steps, line_of(n))[:, :n]
    np.testing.assert_allclose(made, expected, atol=1e-5)


@settings(max_examples=60)
@given(**CASES)
def test_both_sides_take_their_steps_from_what_the_other_was(n, steps, vectors, seed):
    words, nodes, top, points, places, _, chosen, s = world(n, steps, vectors, seed)
    P = np.random.default_rng(seed).normal(scale=0.1, size=(steps, line_of(n))).astype(np.float32)
    s[: P.size] = P.reshape(-1)
    X, V = words[chosen[2:]].astype(np.float64), rows_of(points, nodes, top)
    expected = words.astype(np.float64)
    np.add.at(expected, chosen[2:], P[:, :n].T.astype(np.float64) @ V)
    untouched = np.setdiff1d(np.arange(40), points)
    before = nodes[untouched].copy()
    step_way(s, 0, words, chosen, 2, n, words, nodes, top, places, 0, steps)
    np.testing.assert_allclose(rows_of(points, nodes, top), V + P[:, :n] @ X, atol=1e-5)
    np.testing.assert_allclose(words, expected, atol=1e-5)
    assert np.array_equal(nodes[untouched], before)


@pytest.mark.filterwarnings("ignore:invalid value")  # of NumPy, where it takes the place of the kernels
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("steps", [1, 5, 33])
def test_a_score_that_is_not_finite_is_told(bad, steps):
    words, nodes, top, points, places, turns, chosen, s = world(3, steps, 2, 1)
    (nodes if points[-1] < 37 else top)[points[-1] if points[-1] < 37 else points[-1] - 37, 5] = bad
    found = score_way(s, 0, np.float32(0.1), words, chosen, 2, 3, nodes, top, places, turns, 0, steps)
    assert np.isnan(found)
