"""The kernels of GloVe against their twins, which say it in float64 and in the paper's words."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import adagrad, glove, reference_glove
from firth.kernels.lanes import LANES
from firth.learn.matrices import row_width, zeros

X_MAX, ALPHA, RATE = np.float32(100), np.float32(0.75), np.float32(0.05)


def world(rows, columns, dim, seed, scale=0.5):
    """Random matrices in the layout of the kernels."""
    random = np.random.default_rng(seed)
    wide = row_width(dim + 2)
    matrices = []
    for n, one in ((rows, dim + 1), (columns, dim)):
        matrix = zeros(n, 2 * wide)
        matrix[:, : dim + 2] = scale * random.normal(size=(n, dim + 2))
        matrix[:, one] = 1
        matrix[:, wide:] = 1 + random.random((n, wide))
        matrices.append(matrix)
    return random, *matrices


def random_counts(random, n, rows, columns):
    i, j = random.integers(0, rows, n).astype(np.int32), random.integers(0, columns, n).astype(np.int32)
    return i, j, np.exp(random.normal(2, 2, n)).astype(np.float32)


@given(vectors=st.integers(1, 9), x=st.integers(0, 5), y=st.integers(0, 5), seed=st.integers(0, 99))
def test_dot_and_step_are_those_of_their_twins(vectors, x, y, seed):
    random = np.random.default_rng(seed)
    left, right = (1 + random.random((2, 2 * vectors * LANES + 8))).astype(np.float32)
    twins = left.copy(), right.copy()
    found = adagrad.dot(left, x, right, y, vectors)
    assert found == pytest.approx(reference_glove.dot(*twins_at(twins, x, y), vectors), rel=1e-5)
    adagrad.step(left, x, right, y, vectors, np.float32(0.3))
    reference_glove.step(*twins_at(twins, x, y), vectors, np.float32(0.3))
    np.testing.assert_allclose(left, twins[0], rtol=1e-5)
    np.testing.assert_allclose(right, twins[1], rtol=1e-5)


def twins_at(twins, x, y):
    return twins[0], x, twins[1], y


@settings(max_examples=60)
@given(dim=st.integers(1, 70), n=st.integers(1, 30), seed=st.integers(0, 99))
def test_steps_are_those_of_the_paper(dim, n, seed):
    random, words, contexts = world(4, 5, dim, seed, scale=dim**-0.5)
    i, j, weight = random_counts(random, n, 4, 5)
    twins = words.astype(np.float64), contexts.astype(np.float64)
    assert glove.train(i, j, weight, n, words, contexts, dim, X_MAX, ALPHA, RATE)
    reference_glove.glove_steps(i, j, weight, *twins, dim=dim, x_max=100, alpha=0.75, rate=0.05)
    wide = words.shape[1] // 2
    for matrix, twin, one in ((words, twins[0], dim + 1), (contexts, twins[1], dim)):
        assert (matrix[:, one] == 1).all()
        assert not matrix[:, dim + 2 : wide].any()
        numbers = np.setdiff1d(np.arange(dim + 2), one)
        np.testing.assert_allclose(matrix[:, numbers], twin[:, numbers], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(matrix[:, wide + numbers], twin[:, wide + numbers], rtol=1e-4)


def test_the_loss_is_that_of_equation_8():
    random, words, contexts = world(6, 7, 9, seed=1)
    i, j, weight = random_counts(random, 50, 6, 7)
    before = words.copy()
    w, c = words.astype(np.float64), contexts.astype(np.float64)
    scores = np.einsum("nd,nd->n", w[i, :9], c[j, :9]) + w[i, 9] + c[j, 10]
    f = reference_glove.glove_weight(weight.astype(np.float64), 100, 0.75)
    assert glove.measure(i, j, weight, words, contexts, X_MAX, ALPHA) == pytest.approx(
        (f * (scores - np.log(weight)) ** 2).sum(), rel=1e-5
    )
    np.testing.assert_array_equal(words, before)


def test_training_ends_at_an_error_that_is_not_finite():
    random, words, contexts = world(3, 3, 5, seed=2)
    i, j, weight = random_counts(random, 20, 3, 3)
    words[i[4], 0] = np.inf
    assert not glove.train(i, j, weight, 20, words, contexts, 5, X_MAX, ALPHA, RATE)


@settings(max_examples=60)
@given(rows=st.integers(1, 40), columns=st.integers(1, 12), share=st.floats(0, 1), number=st.integers(1, 9))
def test_combs_hold_every_count_once(rows, columns, share, number):
    random = np.random.default_rng(number)
    table = random.random((rows, columns)) < share
    i, j = (part.astype(np.int32) for part in np.nonzero(table))
    weight = random.random(i.size).astype(np.float32)
    starts = np.concatenate(([0], np.cumsum(table.sum(axis=1)))).astype(np.int64)
    seen = []
    for first in range(number):
        out = np.empty(i.size, np.int32), np.empty(i.size, np.int32), np.empty(i.size, np.float32)
        n = glove.take_comb(starts, j, weight, first, number, np.uint64(first), *out)
        seen.append(list(zip(*(part[:n].tolist() for part in out), strict=True)))
    counts = list(zip(i.tolist(), j.tolist(), weight.tolist(), strict=True))
    for first, comb in enumerate(seen):
        assert sorted(comb) == [c for k, c in enumerate(counts) if k // glove.RUN % number == first]


def test_the_order_in_a_comb_is_even():
    """Each count comes first in about as many of 3,000 orders as every other."""
    starts, j = np.array([0, 3, 6], np.int64), np.array([0, 1, 2, 0, 1, 2], np.int32)
    first = np.zeros((2, 3))
    out = np.empty(6, np.int32), np.empty(6, np.int32), np.empty(6, np.float32)
    for seed in range(3000):
        glove.take_comb(starts, j, np.ones(6, np.float32), 0, 1, np.uint64(seed), *out)
        first[out[0][0], out[1][0]] += 1
    assert first.min() > 400
    assert first.max() < 600


@pytest.mark.parametrize("strength", [1e-3, 1.0, 1e6, np.inf])
@pytest.mark.parametrize("both", [True, False])
def test_a_pull_is_the_best_step_and_never_overshoots(strength, both):
    dim = 7
    random, words, contexts = world(4, 4, dim, seed=3)
    wide = words.shape[1] // 2
    before = words[:, :dim] + (contexts[:, :dim] if both else 0)
    lengths = RATE / np.sqrt(words[:, wide : wide + dim])
    if both:
        lengths = lengths + RATE / np.sqrt(contexts[:, wide : wide + dim])
    place, old = np.array([1, 0, 0, -1]), random.normal(size=(2, dim)).astype(np.float32)
    glove.pull(words, contexts, dim, 0, 2, place, old, both, np.float32(strength), RATE)
    after = words[:, :dim] + (contexts[:, :dim] if both else 0)
    expected = before.astype(np.float64)
    for row in (0, 2):
        expected[row] = reference_glove.glove_pull(
            before[row].astype(np.float64), old[place[row]], lengths[row], strength
        )
    np.testing.assert_allclose(after, expected, rtol=1e-4, atol=1e-5)
    if np.isinf(strength):
        np.testing.assert_allclose(after[[0, 2]], old[place[[0, 2]]], rtol=1e-5, atol=1e-6)
