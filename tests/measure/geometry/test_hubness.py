"""Hubness, exact and from a sample, and duplicates and leakage, which rest on the same neighbours."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from scipy import stats

from firth import Vectors
from firth.measure.faithfulness import Faithfulness, faithfulness
from firth.measure.geometry import duplicates, geometry, hubness, intrinsic, leakage
from firth.measure.geometry.duplicates import equal_rows
from firth.measure.geometry.hubness import thinned_skewness
from firth.measure.neighbourhoods import neighbourhoods
from firth.measure.points import points_of


def cloud(n=600, d=40, *, seed=0, **options):
    return Vectors(range(n), np.random.default_rng(seed).standard_normal((n, d)), **options)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot"])
def test_the_figures_are_those_of_a_search(metric):
    v = cloud(metric=metric)
    rows = v.search(np.arange(len(v)).tolist(), topn=7).rows
    seen = np.bincount(rows.ravel(), minlength=len(v))
    report = hubness(v, k=7)
    assert report["hubness"].value == pytest.approx(stats.skew(seen))
    assert report["antihubs"].value == pytest.approx(np.mean(seen == 0))
    assert report["largest_hub"].value == pytest.approx(seen.max() / 7)
    assert report.details["hubs"][0] == {"id": int(seen.argmax()), "occurrences": float(seen.max())}
    histogram = report.details["k_occurrence"]
    assert histogram["rows"][0] == np.count_nonzero(seen == 0)
    assert sum(histogram["rows"]) == len(v)
    assert histogram["rows"][2] == np.count_nonzero(
        (seen >= histogram["from"][2]) & (seen < histogram["from"][3])
    )


def test_a_sample_is_of_one_size_wherever_neighbours_are_looked_for():
    for part in (duplicates, faithfulness, geometry, hubness, intrinsic, leakage):
        assert inspect.signature(part).parameters["sample"].default == 20_000, part.__name__
    assert Faithfulness(original=cloud(9)).sample == 20_000


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot"])
def test_a_sample_has_the_neighbours_that_all_have(metric):
    points = points_of(cloud(metric=metric))
    every = neighbourhoods(points, k=5, sample=None, seed=1)
    some = neighbourhoods(points, k=5, sample=200, seed=1)
    assert every.whole
    assert not some.whole
    np.testing.assert_array_equal(some.rows, every.rows[some.asked])
    np.testing.assert_allclose(some.distances, every.distances[some.asked])
    assert some.how == f"exact neighbours of a sample of 200 of 600 rows, k = 5, metric {metric}"
    assert neighbourhoods(points, k=5, sample=300, seed=1).whole  # half costs as much as all


def test_thinning_does_not_bias_the_skewness():
    """The moments of all possible samples average to those of all rows; checked over many draws."""
    random = np.random.default_rng(5)
    n, k, asked = 200, 6, 60
    rows = np.array(
        [random.choice(n, k, replace=False, p=(w := random.random(n) ** 4) / w.sum()) for _ in range(n)]
    )
    rows[:, 0] = 3  # a hub
    truth = np.bincount(rows.ravel(), minlength=n)
    assert thinned_skewness(truth, n) == pytest.approx(stats.skew(truth))
    draws = [
        thinned_skewness(
            np.bincount(rows[random.choice(n, asked, replace=False)].ravel(), minlength=n), asked
        )
        for _ in range(400)
    ]
    assert np.mean(draws) == pytest.approx(stats.skew(truth), rel=0.05)


def test_a_sample_finds_the_skewness_within_its_interval_and_no_antihubs():
    v = cloud(1500, 60)
    exact, found = hubness(v, k=8), hubness(v, k=8, sample=500)
    assert found["hubness"].low < exact["hubness"].value < found["hubness"].high
    assert np.isnan(found["antihubs"].value)
    assert "sample=None" in found["antihubs"].extra["meaning"]
    assert "a sample of 500 of 1,500 rows" in str(found)


def test_equal_rows_are_grouped_and_signs_of_zero_do_not_count():
    matrix = np.array([[1, 0], [2, 1], [1, -0.0], [2, 1], [2, 1], [5, 5]], np.float32)
    assert [group.tolist() for group in equal_rows(matrix)] == [[1, 3, 4], [0, 2]]
    assert equal_rows(matrix[:0]) == []


def test_rows_of_one_hash_are_told_apart(monkeypatch):
    class Zeros:
        def integers(self, *_args):
            return np.zeros(2, np.uint64)  # the hash is then the sum of the bits

    matrix = np.array([[1, 2], [2, 1], [1, 2], [3, 3], [2, 1], [3, 3], [1, 5], [5, 1]], np.float32)
    monkeypatch.setattr(np.random, "default_rng", lambda _seed: Zeros())
    assert [group.tolist() for group in equal_rows(matrix)] == [[0, 2], [1, 4], [3, 5]]


def test_a_crowded_line_is_no_line_of_duplicates():
    line = Vectors(range(500), np.random.default_rng(0).random((500, 1)), metric="euclidean")
    assert duplicates(line)["near_duplicates"].value < 0.02
    plane = Vectors(range(500), np.random.default_rng(0).random((500, 2)), metric="euclidean")
    assert duplicates(plane)["near_duplicates"].value == 0
    with_copy = np.vstack([plane.matrix, plane.matrix[:50] + 1e-6])
    report = duplicates(Vectors(range(550), with_copy, metric="euclidean"))
    assert report["near_duplicates"].value == pytest.approx(100 / 550)
    assert report["near_duplicates"].low < 100 / 550 < report["near_duplicates"].high
    assert {tuple(pair[:2]) for pair in report.details["near_duplicates"]} <= {
        (i, i + 500) for i in range(50)
    }


def test_frequency_that_is_planted_is_found():
    random = np.random.default_rng(2)
    logs = random.random(800) * 5
    counts = np.exp(logs).astype(np.int64) + 1
    plain = random.standard_normal((800, 6))
    leaking = plain.copy()
    leaking[:, 0] = 4 * logs  # a direction of frequency, which makes long rows too
    clean = leakage(Vectors(range(800), plain, columns={"counts": counts}))
    found = leakage(Vectors(range(800), leaking, columns={"counts": counts}, metric="euclidean"))
    logs = np.log(counts)
    assert found["frequency_norm"].value == pytest.approx(
        stats.pearsonr(np.linalg.norm(leaking, axis=1), logs).statistic, abs=1e-6
    )
    for name in ("frequency_norm", "frequency_directions", "frequency_neighbours"):
        assert found[name].extra["verdict"] == "bad"
        assert clean[name].extra["verdict"] == "good"
        assert clean[name].low - 0.1 < 0 < clean[name].high + 0.1


def test_counts_that_say_nothing_are_counted():
    counts = np.full(50, 7)
    counts[:5] = 0
    report = leakage(cloud(50, 4, columns={"counts": counts}))
    assert all(np.isnan(row.value) for row in report)
    assert "5 of 50 rows have a count below 1 and are left out" in report.notes
    assert report["frequency_norm"].coverage == pytest.approx(0.9)
