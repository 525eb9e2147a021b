"""RCSLS: its loss is minus the CSLS of the pairs, its slope is the slope, and it retrieves better."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from firth import Vectors, align
from firth.align.rcsls import Problem
from firth.errors import OptionError
from firth.measure import Dictionary
from firth.measure.lexicon import lexicon
from firth.neighbours import unit_rows


def some_problem(p=20, n=60, dim=6, k=4, seed=0):
    random = np.random.default_rng(seed)
    sources, targets = (unit_rows(random.standard_normal((n, dim)).astype(np.float32)) for _ in range(2))
    return Problem(sources[:p], targets[:p], sources, targets, k)


def test_the_loss_is_minus_the_csls_of_the_pairs():
    problem = some_problem()
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((6, 6)))[0]
    x, y, s, t = (rows.astype(np.float64) for rows in problem[:4])
    of_x = np.sort(x @ turn @ t.T, axis=1)[:, -4:].mean(axis=1)
    of_y = np.sort(y @ (s @ turn).T, axis=1)[:, -4:].mean(axis=1)
    csls = 2 * np.sum(x @ turn * y, axis=1) - of_x - of_y
    assert problem.loss(turn)[0] == pytest.approx(-csls.mean(), abs=1e-6)


def test_the_slope_is_that_of_the_loss():
    problem = some_problem()
    random = np.random.default_rng(2)
    matrix, step = random.standard_normal((6, 6)), 1e-3 * random.standard_normal((6, 6))
    _, slope = problem.loss(matrix)
    change = problem.loss(matrix + step)[0] - problem.loss(matrix - step)[0]
    assert change == pytest.approx(2 * float((slope * step).sum()), rel=0.02)


def test_the_loss_is_convex():
    problem = some_problem()
    random = np.random.default_rng(3)
    for _ in range(10):
        a, b = random.standard_normal((2, 6, 6))
        middle = problem.loss((a + b) / 2)[0]
        assert middle <= (problem.loss(a)[0] + problem.loss(b)[0]) / 2 + 1e-5


def bent_spaces(n=1_000, dim=20, seed=0):
    """A target that is the source turned, flattened in some directions, with noise and a shared direction."""
    random = np.random.default_rng(seed)
    rows = random.standard_normal((n, dim))
    turn = np.linalg.qr(random.standard_normal((dim, dim)))[0] * np.linspace(0.05, 2, dim)
    target = rows @ turn + 0.7 * random.standard_normal((n, dim)) + 0.5
    source = Vectors([f"s{i}" for i in range(n)], rows)
    return source, Vectors([f"t{i}" for i in range(n)], target), [(f"s{i}", f"t{i}") for i in range(n)]


@pytest.mark.parametrize("constraint", ["spectral", "frobenius"])
def test_it_retrieves_better_than_procrustes(constraint):
    source, target, pairs = bent_spaces()
    held_out = Dictionary(name="held out", pairs=tuple(pairs[600:]))
    plain = align.Procrustes(centre=True).fit(source, target, pairs[:600])
    fitted = align.RCSLS(constraint=constraint).fit(source, target, pairs[:600])
    found = [lexicon(source, target, held_out, alignment=some)["P@1"].value for some in (plain, fitted)]
    assert found[1] > found[0] + 0.03
    losses = fitted.report["losses"]
    assert all(later < earlier for earlier, later in itertools.pairwise(losses))
    assert len(losses) > 2
    sizes = np.linalg.svd(fitted.matrix.astype(np.float64))[1]
    assert (sizes.max() if constraint == "spectral" else np.sum(sizes**2) / 20) < 1 + 1e-5
    back = fitted.inverse()
    np.testing.assert_allclose(back.matrix @ fitted.matrix @ back.matrix, back.matrix, atol=1e-3)


def test_few_pairs_do_not_lead_astray():
    """What lowers the loss of few pairs may raise that of others: the step is kept that is best for these."""
    source, target, pairs = bent_spaces(n=300, dim=40)
    learnt = align.RCSLS(held_out=0.3).fit(source, target, pairs[:60])
    report = learnt.report
    assert report["held_out_pairs"] == 18
    assert report["kept_step"] == int(np.argmin(report["held_out_losses"]))
    assert len(report["losses"]) == len(report["held_out_losses"]) > report["kept_step"] + 1
    assert report["objective"] == report["losses"][report["kept_step"]]
    again = align.RCSLS(held_out=0.3).fit(source, target, pairs[:60])
    np.testing.assert_array_equal(again.matrix, learnt.matrix)
    other = align.RCSLS(held_out=0.3, seed=2).fit(source, target, pairs[:60])
    assert other.report["held_out_losses"] != report["held_out_losses"]


def test_a_source_row_is_held_out_with_all_its_pairs_or_not_at_all():
    rows = np.repeat(np.arange(50), 3)
    held = align.RCSLS(held_out=0.2)._held(rows)
    assert np.count_nonzero(held) == 30
    assert len(np.unique(rows[held])) == 10
    assert not align.RCSLS(held_out=0)._held(rows).any()


def test_a_fit_that_was_cut_short_says_so():
    source, target, pairs = bent_spaces(n=80)
    report = align.RCSLS(iterations=1, tolerance=0).fit(source, target, pairs).report
    assert "the loss still fell after 1 steps" in report["notes"]


def test_bad_options_of_rcsls_are_refused():
    with pytest.raises(OptionError, match="constraint is 'spectral' or 'frobenius', not 'none'"):
        align.RCSLS(constraint="none")
    with pytest.raises(OptionError, match="learning_rate is a number above 0"):
        align.RCSLS(learning_rate=0)
