"""The report of geometry as a whole: planted faults are found, and bad input is said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from firth import Model, Vectors
from firth.errors import DataError, OptionError
from firth.measure.geometry import duplicates, geometry, health, hubness, leakage, norms, spectrum
from firth.measure.verdicts import CONVENTIONS

PARTS = ["health", "norms", "isotropy", "spectrum", "hubness", "intrinsic", "duplicates", "leakage"]


def cloud(n=300, d=8, *, seed=0, **options):
    return Vectors(range(n), np.random.default_rng(seed).standard_normal((n, d)), **options)


def test_every_figure_has_its_items_its_meaning_and_a_verdict():
    report = geometry(cloud(columns={"counts": np.arange(1, 301)}))
    assert list(dict.fromkeys(row.task for row in report)) == PARTS
    assert len({row.name for row in report}) == len(report)
    for row in report:
        assert row.extra["verdict"] in ("good", "look at this", "bad")
        assert row.extra["meaning"]
        assert row.name in CONVENTIONS
        assert 0 < row.n <= row.total
        assert np.isnan(row.low) or row.low <= row.value <= row.high
    json.dumps(report.to_dict(), allow_nan=False)
    assert "exact neighbours of all 300 rows, k = 10, metric cosine" in str(report)
    assert geometry(Model({"words": cloud()}))["mean_cosine"] == geometry(cloud())["mean_cosine"]


def test_good_vectors_are_called_good():
    report = geometry(cloud(400, 6))
    assert {row.name for row in report if row.extra["verdict"] != "good"} == set()


def test_planted_faults_are_found_and_named():
    random = np.random.default_rng(1)
    matrix = random.standard_normal((300, 10)) + 1.5  # all point the same way
    matrix[:, 3:5] = 0  # dimensions that say nothing
    matrix[7], matrix[9, 2], matrix[11] = 0, np.nan, np.inf
    matrix[20:80] = matrix[20]  # copies
    matrix[100] = matrix[101] * 1.00001  # nearly a copy
    matrix[5] *= 100
    report = geometry(Vectors([f"w{i}" for i in range(300)], matrix))
    verdicts = {row.name: row.extra["verdict"] for row in report}
    for name in ("not_finite", "dead_dimensions", "mean_cosine", "exact_duplicates", "longest_norm"):
        assert verdicts[name] == "bad", name
    assert verdicts["zero_rows"] == "look at this"
    assert report.details["not_finite"] == ["w9", "w11"]
    assert report.details["zero_rows"] == ["w7"]
    assert report.details["dead_dimensions"] == [3, 4]
    assert report.details["longest"][0]["id"] == "w5"
    assert report.details["duplicates"][0][:2] == ["w20", "w21"]
    assert report.details["near_duplicates"][0][:2] == ["w100", "w101"]
    assert report["exact_duplicates"].value == pytest.approx(59 / 297)
    assert "2 of 300 rows are left out: not finite: 'w9', 'w11'" in report.notes
    assert "1 of 300 rows are left out: only zeros: 'w7'" in report.notes
    assert report["norm_spread"].coverage == pytest.approx(297 / 300)


def test_rows_without_a_direction_stay_where_length_counts():
    matrix = np.random.default_rng(1).standard_normal((30, 3))
    matrix[4] = 0
    report = geometry(Vectors(range(30), matrix, metric="euclidean"))
    assert report["norm_spread"].n == 30
    assert report["zero_rows"].value == pytest.approx(1 / 30)
    assert report["mean_cosine"].n == 29


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "dot"])
def test_constant_vectors_have_no_neighbours_to_speak_of(metric):
    report = geometry(Vectors(range(30), np.full((30, 5), 0.3), metric=metric))
    for name in ("hubness", "antihubs", "largest_hub", "twonn", "mle", "isoscore", "effective_rank"):
        assert np.isnan(report[name].value), name
        assert report[name].extra["verdict"] == "not measured"
        assert report[name].extra["meaning"].startswith("could not be measured: ")
    assert "30 of 30 have ties at the last place; the lower row was taken" in report.notes
    assert "30 of 30 rows share their place with another and are left out" in report.notes
    assert report["mean_cosine"].value == pytest.approx(1)
    assert report["exact_duplicates"].value == pytest.approx(29 / 30)
    json.dumps(report.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("matrix", "usable"),
    [(np.empty((0, 3)), 0), ([[1.0, 2.0]], 1), (np.full((5, 2), np.nan), 0), (np.zeros((4, 2)), 0)],
)
def test_too_few_rows_leave_health_alone(matrix, usable):
    vectors = Vectors(range(len(matrix)), matrix)
    report = geometry(vectors)
    assert {row.task for row in report} == {"health"}
    said = f"{usable} of {len(matrix)} rows can be used; all but health takes at least two"
    assert report.notes[-1] == said
    json.dumps(report.to_dict(), allow_nan=False)
    for part in (hubness, spectrum, duplicates):
        with pytest.raises(DataError, match=rf"at least 2 usable rows; of {len(matrix)} rows {usable} are"):
            part(vectors)
    assert len(health(vectors)) == 3


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("dim", [1, 3])
def test_a_few_rows_are_measured_as_far_as_they_go(n, dim):
    report = geometry(cloud(n, dim, metric="euclidean"))
    assert f"exact neighbours of all {n} rows, k = {n - 1}, metric euclidean" in report.notes
    assert np.isnan(report["hubness"].value)  # each is the neighbour of all others
    assert np.isnan(report["effective_rank"].low)  # no interval of so few
    json.dumps(report.to_dict(), allow_nan=False)


def test_numbers_near_the_end_of_float32_overflow_nowhere():
    for metric in ("cosine", "euclidean", "dot"):
        small = geometry(cloud(60, 4, metric=metric))
        large = geometry(Vectors(range(60), cloud(60, 4).matrix * np.float32(1e30), metric=metric))
        for name in ("hubness", "isoscore", "twonn", "mle", "mean_cosine"):
            assert large[name].value == pytest.approx(small[name].value, rel=1e-5), (metric, name)


def test_options_outside_their_range_are_refused():
    with pytest.raises(OptionError, match="k is at most 4 for 5 usable rows, not 5"):
        geometry(cloud(5), k=5)
    with pytest.raises(OptionError, match="k is a whole number from 1 to 299, not 0"):
        geometry(cloud(), k=0)
    with pytest.raises(OptionError, match="sample is a whole number"):
        geometry(cloud(), sample=0)
    with pytest.raises(OptionError, match="seed is a whole number"):
        geometry(cloud(), seed=-1)
    with pytest.raises(DataError, match=r'no counts: give Vectors\(…, columns=\{"counts": …\}\)'):
        leakage(cloud())
    with pytest.raises(DataError, match="not in a list"):
        norms([1, 2])
