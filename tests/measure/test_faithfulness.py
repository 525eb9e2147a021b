"""Faithfulness beside scikit-learn and SciPy, and what is said of rows that are not shared."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import pdist
from sklearn.manifold import trustworthiness

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.measure.distances import pairs_among
from firth.measure.faithfulness import Faithfulness, faithfulness


def plane(x, *, noise=0.3, seed=1):
    random = np.random.default_rng(seed)
    return (x[:, :2] + noise * random.standard_normal((len(x), 2))).astype(np.float32)


def cloud(n=300, d=10, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def euclidean(x, ids=None):
    return Vectors(range(len(x)) if ids is None else ids, x, metric="euclidean")


@settings(max_examples=15)
@given(st.integers(12, 90), st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_trustworthiness_and_continuity_are_those_of_scikit_learn(n, d, k, seed):
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, d)).astype(np.float32) * 10 + 500  # far from the origin: float32 rounds
    y = random.standard_normal((n, 2)).astype(np.float32)
    report = faithfulness(euclidean(y), euclidean(x), k=k)
    assert report["trustworthiness"].value == pytest.approx(trustworthiness(x, y, n_neighbors=k), abs=1e-6)
    assert report["continuity"].value == pytest.approx(trustworthiness(y, x, n_neighbors=k), abs=1e-6)


def test_under_the_cosine_too():
    x, y = cloud(), plane(cloud())
    report = faithfulness(euclidean(y), Vectors(range(300), x), k=8)
    expected = trustworthiness(x.astype(np.float64), y, n_neighbors=8, metric="cosine")
    assert report["trustworthiness"].value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot"])
def test_the_overlap_is_that_of_two_searches(metric):
    x = Vectors(range(300), cloud(), metric=metric)
    y = Vectors(range(300), cloud()[:, :6], metric=metric)
    ids = list(range(300))
    shared = [
        len(set(a) & set(b)) / 9
        for a, b in zip(x.search(ids, topn=9).rows.tolist(), y.search(ids, topn=9).rows.tolist(), strict=True)
    ]
    outcome = Faithfulness(original=x, k=9).outcomes(y)[2]
    np.testing.assert_allclose(outcome.values, shared)
    row = faithfulness(y, x, k=9)["overlap"]
    assert row.extra["lcmc"] == pytest.approx(np.mean(shared) - 9 / 299)
    assert row.extra["chance"] == pytest.approx(9 / 299)
    assert row.low < row.value < row.high


def test_distances_are_correlated_as_by_scipy_and_stress_is_least_at_the_best_scale():
    x, y = cloud(), plane(cloud()) * 7
    report = faithfulness(euclidean(y), euclidean(x))
    before, after = pdist(x.astype(np.float64)), pdist(y.astype(np.float64))
    assert report["spearman"].value == pytest.approx(stats.spearmanr(before, after).statistic)
    scales = np.linspace(0.05, 0.6, 200)
    stresses = np.sqrt(((scales[:, None] * after - before) ** 2).sum(1) / (before**2).sum())
    assert report["stress"].value == pytest.approx(stresses.min(), abs=1e-4)
    for name in ("spearman", "stress"):
        assert report[name].low < report[name].value < report[name].high
        assert report[name].extra["pairs"] == 300 * 299 // 2


def test_pairs_are_all_or_a_sample_without_a_row_beside_itself():
    left, right = pairs_among(5, most=10, seed=1)
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == [
        (i, j) for i in range(5) for j in range(i + 1, 5)
    ]
    left, right = pairs_among(6, most=14, seed=1)
    assert len(left) == 14
    assert (left != right).all()


def test_a_space_is_true_to_itself():
    v = Vectors(range(60), cloud(60))
    report = faithfulness(v, v)
    assert [row.value for row in report] == pytest.approx([1, 1, 1, 1, 0], abs=1e-9)
    assert {row.extra["verdict"] for row in report} == {"good"}


def test_a_sample_covers_what_all_rows_have_and_says_so():
    x, y = euclidean(cloud(700)), euclidean(plane(cloud(700)))
    every, some = faithfulness(y, x, sample=None), faithfulness(y, x, sample=200)
    for name in ("trustworthiness", "continuity", "overlap"):
        assert some[name].low < every[name].value < some[name].high
    assert some["overlap"].n == 200
    assert "a sample of 200 of 700 rows, k = 10, among 700 shared rows" in str(some)
    assert "of all rows, k = 10" in str(every)
    whole = Faithfulness(original=x, sample=None).outcomes(y)[0].values
    part = Faithfulness(original=x, sample=200).outcomes(y)[0].values
    assert np.isin(part, whole).all()  # ranks among all rows, whoever is asked


def test_two_maps_are_compared_row_by_row():
    x = euclidean(cloud())
    task = Faithfulness(original=x, k=5)
    good, bad = (task.outcomes(euclidean(plane(x.matrix, noise=noise)))[0] for noise in (0.05, 3.0))
    difference = good.values - bad.values
    assert difference.mean() > 4 * difference.std() / np.sqrt(len(difference))
    assert task.name == good.task == "faithfulness"


def test_rows_are_matched_by_id_and_the_others_counted():
    x = cloud(40)
    x[3] = np.nan
    y = plane(x)
    y[3] = 0
    order = np.random.default_rng(0).permutation(40)[:35]
    assert 3 in order
    theirs = euclidean(np.vstack([y[order], [[9, 9]]]), [*(f"w{i}" for i in order), "only"])
    report = faithfulness(theirs, Vectors([f"w{i}" for i in range(40)], x, metric="euclidean"), k=4)
    kept = sorted(set(order.tolist()) - {3})
    assert report["trustworthiness"].value == pytest.approx(trustworthiness(x[kept], y[kept], n_neighbors=4))
    assert report["trustworthiness"].n == len(kept)
    assert report["trustworthiness"].total == 40
    absent = 40 - len(order)
    assert f"{absent} of 40 rows of the original are not in the space: " in str(report)
    assert "1 of 36 rows of the space are not in the original" in report.notes
    assert (f"1 of {len(order)} shared rows are not usable in both: 'w3'" in report.notes) == (3 in order)
    assert "original: 1 of 40 rows are left out: not finite: 'w3'" in report.notes
    assert (
        "w3"
        in Faithfulness(original=Vectors([f"w{i}" for i in range(40)], x), k=4).outcomes(theirs)[0].missing
    )


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot"])
def test_the_order_of_the_rows_changes_nothing(metric):
    x, y, order = cloud(60), cloud(60, 4, seed=2), np.random.default_rng(5).permutation(60)
    original, space = Vectors(range(60), x, metric=metric), Vectors(range(60), y, metric=metric)
    same = faithfulness(Vectors(order, x[order], metric=metric), original, k=5)
    assert [row.value for row in same][:4] == pytest.approx([1, 1, 1, 1], abs=1e-9)
    theirs = Vectors(order, y[order], metric=metric)
    for mixed in (
        faithfulness(theirs, original, k=5),
        faithfulness(space, original.take(order.tolist()), k=5),
    ):
        for row in faithfulness(space, original, k=5):
            assert mixed[row.name].value == pytest.approx(row.value, abs=1e-6, nan_ok=True), row.name
    if metric != "dot":
        expected = trustworthiness(x.astype(np.float64), y, n_neighbors=5, metric=metric)
        mixed = faithfulness(Vectors(order, y[order], metric="euclidean"), original, k=5)
        assert mixed["trustworthiness"].value == pytest.approx(expected, abs=1e-6)


def test_spaces_that_share_too_little_are_refused():
    x = euclidean(cloud(20))
    with pytest.raises(DataError, match="share no id: one begins with 0, 1, 2, the other with '0', '1'"):
        faithfulness(euclidean(cloud(20), [str(i) for i in range(20)]), x)
    with pytest.raises(DataError, match="at least 3 rows that are usable in both spaces, not 2"):
        faithfulness(x.take([4, 7]), x)
    with pytest.raises(OptionError, match="k is at most 9, below half of 20 shared rows, not 10"):
        faithfulness(x, x, k=10)
    with pytest.raises(OptionError, match="k is a whole number from 1"):
        Faithfulness(original=x, k=0)
    assert faithfulness(x.take([4, 7, 9]), x).details["k"] == 1


def test_one_place_for_all_and_ties_everywhere_are_measured_or_said():
    x = euclidean(cloud(30))
    report = faithfulness(euclidean(np.ones((30, 2))), x, k=5)
    assert np.isnan(report["spearman"].value)
    assert np.isnan(report["stress"].value)
    assert report["spearman"].extra["meaning"].startswith("could not be measured: ")
    for name in ("trustworthiness", "continuity", "overlap"):
        assert np.isnan(report[name].value)
        assert (report[name].n, report[name].extra["verdict"]) == (0, "not measured")
        assert "most rows have ties for all of their neighbours" in report[name].extra["meaning"]
    assert "space: 30 of 30 have ties at the last place; the lower row was taken" in report.notes
    (alone,) = Faithfulness(original=euclidean(np.ones((30, 2))), k=5, figures=("overlap",)).outcomes(x)
    assert not alone.covered.any()
    assert "original: 30 of 30 have ties at the last place; the lower row was taken" in alone.notes
    json.dumps(report.to_dict(), allow_nan=False)
    twice = euclidean(np.repeat(cloud(15), 2, axis=0))
    report = faithfulness(twice, twice, k=5)
    assert report["overlap"].value == 1
    assert "ties" not in str(report)
    report = faithfulness(twice, twice, k=4)  # the last of four is one of two, but the others are certain
    assert report["overlap"].value == 1
    assert "space: 30 of 30 have ties at the last place; the lower row was taken" in report.notes


def test_what_may_be_meant_otherwise_is_noted():
    x = Vectors(range(50), cloud(50), metric="dot")
    report = faithfulness(Vectors(range(50), plane(cloud(50))), x)
    assert "2 dimensions under the cosine are compared by their angle alone" in str(report)
    flat = Vectors(range(50), plane(cloud(50)))
    assert str(faithfulness(flat, flat)).count("compared by their angle alone") == 1
    assert np.isnan(report["stress"].value)
    assert report["stress"].extra["meaning"].endswith("the dot product is no distance")


def test_one_figure_alone_is_what_it_is_among_all():
    x, y = euclidean(cloud()), euclidean(plane(cloud()))
    every = Faithfulness(original=x).outcomes(y)
    for figure, outcome in zip(("trustworthiness", "continuity", "overlap"), every, strict=True):
        (alone,) = Faithfulness(original=x, figures=(figure,)).outcomes(y)
        assert alone.figure == figure
        np.testing.assert_array_equal(alone.values, outcome.values)
    with pytest.raises(OptionError, match=r"figures are some of trustworthiness, .*, not \['stress'\]"):
        Faithfulness(original=x, figures=("stress",))


def test_ranks_are_right_where_float32_cannot_tell_rows_apart():
    """Tight clusters far from each other: rounded products are alike within a cluster."""
    random = np.random.default_rng(3)
    centres = random.standard_normal((4, 6)) * 100
    x = (centres[np.repeat(np.arange(4), 40)] + random.standard_normal((160, 6)) * 1e-3).astype(np.float32)
    y = plane(x, noise=0.5)
    report = faithfulness(euclidean(y), euclidean(x), k=6)
    wide = x.astype(np.float64)
    squares = ((wide[:, None] - wide[None]) ** 2).sum(axis=2)  # differences first, so that nothing cancels
    expected = trustworthiness(np.sqrt(squares), y, n_neighbors=6, metric="precomputed")
    assert report["trustworthiness"].value == pytest.approx(expected, abs=1e-9)
