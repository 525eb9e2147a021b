"""`Codebook` keeps the contract of a learner, finds what is there, and gives each point the nearest code."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

import firth
from firth import Codebook, Features, Run
from firth.errors import DataError, OptionError, UnknownIdError
from firth.kmeans import nearest
from firth.testing.learners import (
    check_bad_values_are_refused,
    check_empty_input_is_refused,
    check_recipe_is_frozen,
    check_round_trip,
)
from firth.tokenize import frames, log_mel, patches, unpatch

ONE = Run(threads=1, seed=3, progress=False)


def blobs(*, n: int = 900, k: int = 6, dim: int = 5, seed: int = 1) -> tuple[Any, Any, Any]:
    """Points around k centres that lie far apart: (points, which centre, the centres)."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 40, (k, dim))
    which = rng.integers(0, k, n)
    return (centres[which] + rng.normal(0, 1, (n, dim))).astype(np.float32), which, centres


def nearest_by_hand(points: Any, centroids: Any) -> Any:
    away = ((points.astype(np.float64)[:, None] - centroids.astype(np.float64)) ** 2).sum(axis=2)
    return away.argmin(axis=1)


@pytest.mark.parametrize(
    "learner", [Codebook(size=4, iterations=5), Codebook(size=4, spherical=True, sample=99)]
)
def test_it_keeps_the_contract_of_a_learner(learner: Codebook):
    check_recipe_is_frozen(learner)
    check_bad_values_are_refused(learner)
    check_empty_input_is_refused(learner)
    points, _, _ = blobs()
    model = learner.fit(points, run=ONE)
    assert model.recipe["learner"] == "Codebook" and model.recipe["size"] == 4
    assert list(model.spaces) == ["codes"] and list(model.vectors.ids) == [0, 1, 2, 3]
    assert model.vectors.matrix.dtype == np.float32
    assert model.vectors.metric == ("cosine" if learner.spherical else "euclidean")
    again = learner.fit(points, run=ONE)
    assert again.vectors == model.vectors and again.report == model.report
    other = learner.fit(points, run=Run(threads=1, seed=4))
    assert other.vectors != model.vectors
    check_round_trip(model)


def test_it_finds_the_centres_that_are_there():
    points, which, centres = blobs()
    model = Codebook(size=6).fit(points, run=ONE)
    found = nearest_by_hand(centres, model.vectors.matrix)
    assert sorted(found.tolist()) == list(range(6))
    np.testing.assert_allclose(model.vectors.matrix[found], centres, atol=0.5)
    codes = model.encode(points)
    assert codes.dtype == np.int32 and (codes == found[which]).all()
    assert model.vectors.columns["counts"].tolist() == np.bincount(codes, minlength=6).tolist()


def test_it_is_as_good_as_scikit_learn_on_handwritten_digits():
    points = load_digits().data.astype(np.float32)
    ours = [Codebook(size=10).fit(points, run=Run(seed=s)).report["inertia"] for s in range(5)]
    theirs = [KMeans(10, n_init=1, max_iter=20, random_state=s).fit(points).inertia_ for s in range(5)]
    assert np.median(ours) < 1.02 * np.median(theirs)


def test_the_report_says_what_happened():
    points, _, _ = blobs()
    model = Codebook(size=6).fit(points, run=ONE)
    report, matrix = model.report, model.vectors.matrix.astype(np.float64)
    inertia = ((points - matrix[model.encode(points)]) ** 2).sum()
    assert report["inertia"] == pytest.approx(inertia, rel=1e-6)
    total = ((points - points.mean(axis=0, dtype=np.float64)) ** 2).sum()
    assert report["explained"] == pytest.approx(1 - inertia / total, rel=1e-6)
    assert report["points"] == report["sampled"] == 900 and report["dim"] == 5
    history = report["inertia_by_iteration"]
    assert history[-1] <= history[0] and history[-1] == pytest.approx(inertia, rel=0.05)
    ball = Codebook(size=6, spherical=True).fit(points, run=ONE).report
    assert ball["inertia_by_iteration"][-1] == pytest.approx(ball["inertia"], rel=0.05)


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 5), st.integers(0, 99))
def test_each_point_has_the_nearest_code_alone_as_among_others(n: int, k: int, dim: int, seed: int):
    rng = np.random.default_rng(seed)
    points = rng.integers(-3, 4, (n, dim)).astype(np.float32)  # many ties
    centroids = rng.integers(-3, 4, (k, dim)).astype(np.float32)
    codes, _ = nearest(points, centroids, threads=1)
    away = ((points[:, None].astype(np.float64) - centroids) ** 2).sum(axis=2)
    np.testing.assert_array_equal(away[np.arange(n), codes], away.min(axis=1))


def test_points_far_from_the_origin_and_near_each_other_keep_their_distances():
    points, _, _ = blobs()
    far = points / 100 + np.float32(3000)
    exact = far - np.float32(3000)  # what float32 left of them
    one, other = (Codebook(size=6).fit(given, run=ONE) for given in (exact, far))
    assert other.report["inertia"] == pytest.approx(one.report["inertia"], rel=0.02)
    np.testing.assert_array_equal(other.encode(far), nearest_by_hand(far, other.vectors.matrix))


def far_groups() -> Any:
    """4,000 points in two groups whose width float32 cannot see from the middle between them."""
    rng = np.random.default_rng(0)
    return np.concatenate([s + 1e-3 * rng.normal(size=(2000, 64)) for s in (1, -1)]).astype(np.float32)


def test_the_nearest_of_many_within_the_rounding_is_found():
    points = far_groups()
    model = Codebook(size=64).fit(points, run=Run(seed=0))
    codes, centroids = model.encode(points), model.vectors.matrix
    for start in range(0, 4000, 500):
        part = slice(start, start + 500)
        np.testing.assert_array_equal(codes[part], nearest_by_hand(points[part], centroids))
    np.testing.assert_array_equal(
        np.concatenate([model.encode(points[i : i + 1]) for i in range(50)]), codes[:50]
    )
    assert model.vectors.columns["counts"].tolist() == np.bincount(codes, minlength=64).tolist()


@pytest.mark.parametrize("spherical", [False, True])
def test_groups_that_lie_far_apart_are_clustered_within(spherical: bool):
    points = far_groups()
    report = Codebook(size=64, spherical=spherical).fit(points, run=Run(seed=0)).report
    if spherical:
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    theirs = KMeans(64, n_init=1, max_iter=20, random_state=0).fit(points.astype(np.float64)).inertia_
    assert report["empty"] == 0 and report["inertia"] < 1.02 * theirs
    assert report["inertia_by_iteration"][-1] == pytest.approx(report["inertia"], rel=0.01)


def test_numbers_whose_differences_float32_loses_are_refused():
    rng = np.random.default_rng(5)
    points = rng.normal(size=(100, 3)) + 4 * (np.arange(100) % 2)[:, None]
    for offset in (1e8, 1e9):
        with pytest.raises(DataError, match=r"too far from 0 for float32.*subtract X\.mean\(axis=0\)"):
            Codebook(size=2).fit(points + offset)
    with pytest.raises(DataError, match="which moves column 1 by up to 2 where it spreads over 2"):
        Codebook(size=2).fit(np.array([[0, 2**25 + 1], [0, 2**25 + 3], [0, 2**25 + 2]]))
    codes = Codebook(size=2).fit(points + 1000, run=ONE).encode(points + 1000)
    assert len({(code, i % 2) for i, code in enumerate(codes.tolist())}) == 2
    Codebook(size=1).fit(np.full((9, 2), 1e9 + 1))  # equal points lose nothing


def test_codes_do_not_depend_on_threads_or_on_the_points_beside():
    points = np.random.default_rng(2).normal(size=(20_000, 8)).astype(np.float32)
    model = Codebook(size=64, iterations=3, sample=5000).fit(points, run=ONE)
    assert model.report["sampled"] == 5000 and model.report["points"] == 20_000
    assert model.vectors.columns["counts"].sum() == 5000
    codes = model.encode(points, run=Run(threads=1))
    np.testing.assert_array_equal(model.encode(points, run=Run(threads=2)), codes)
    np.testing.assert_array_equal(
        np.concatenate([model.encode(points[i : i + 1]) for i in range(50)]), codes[:50]
    )
    np.testing.assert_array_equal(codes, nearest_by_hand(points, model.vectors.matrix))


def test_directions_alone_count_where_it_is_spherical():
    rng = np.random.default_rng(3)
    which = rng.integers(0, 3, 300)
    points = (np.eye(3)[which] + rng.normal(0, 0.05, (300, 3))) * rng.uniform(0.1, 100, (300, 1))
    model = Codebook(size=3, spherical=True).fit(points, run=ONE)
    np.testing.assert_allclose(np.linalg.norm(model.vectors.matrix, axis=1), 1, atol=1e-5)
    codes = model.encode(points)
    assert len({(a, b) for a, b in zip(which.tolist(), codes.tolist(), strict=True)}) == 3
    np.testing.assert_array_equal(model.encode(points * 7), codes)


def test_pictures_become_codes_and_come_back(tmp_path: Path):
    images = load_digits().images.astype(np.uint8)[:300]
    cut = patches(images, 2, channels="none")
    model = Codebook(size=64).fit(cut, run=ONE)
    codes = model.encode(cut)
    back = unpatch(cut, model.decode(codes))
    assert back.shape == images.shape
    error = ((back - images) ** 2).sum()
    assert error == pytest.approx(model.report["inertia"], rel=1e-4)
    assert model.report["explained"] > 0.85
    model.save(tmp_path / "codes.safetensors")
    loaded = firth.load(tmp_path / "codes.safetensors")
    np.testing.assert_array_equal(loaded.encode(cut), codes)
    np.testing.assert_array_equal(loaded.decode(codes), model.vectors.matrix[codes])


def test_every_form_of_points_is_taken():
    sound = np.sin(np.arange(4000) / 7)
    for record in (frames(sound, 64, 32), log_mel(sound, 8000, n_mels=20)):
        rows = record.flat()
        model = Codebook(size=4).fit(record, run=ONE)
        assert model.vectors == Codebook(size=4).fit(Features(rows.astype(np.float32)), run=ONE).vectors
        assert model.vectors == Codebook(size=4).fit([rows[:10], rows[10:]], run=ONE).vectors
        np.testing.assert_array_equal(model.encode(record), model.encode(rows))


def test_fewer_different_points_than_centroids_leave_empty_ones_that_are_counted(caplog: Any):
    points = np.repeat(np.eye(3), 10, axis=0)
    with caplog.at_level(logging.WARNING):
        model = Codebook(size=5).fit(points, run=ONE)
    assert model.report["empty"] == 2 == np.count_nonzero(model.vectors.columns["counts"] == 0)
    assert "2 of 5 centroids have no points" in caplog.text
    assert model.report["inertia"] == pytest.approx(0, abs=1e-3)  # FAISS parts equal points by a thousandth
    assert len(set(model.encode(points).tolist())) == 3
    assert model.report["reseeded"] >= 0


def test_points_that_are_all_equal_are_one_centroid():
    points = np.full((50, 3), 7.0)
    with pytest.raises(DataError, match="all 50 points are equal, which one centroid says; set size=1"):
        Codebook(size=2).fit(points)
    model = Codebook(size=1).fit(points)
    assert model.vectors[0].tolist() == [7, 7, 7] and model.report["explained"] == 1


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        (np.zeros((3, 2)), {}, "3 points are fewer than size=4 centroids; lower size"),
        (np.array([[0.0, 1.0]] * 4 + [[0, np.nan]]), {}, "row 4, column 1 holds nan"),
        (np.array([[0.0, 1.0]] * 4 + [[np.inf, 0]]), {}, "row 4, column 0 holds inf"),
        (np.array([[0.0, 1.0]] * 4 + [[1e300, 0]]), {}, r"row 4, column 0 holds 1e\+300"),
        (np.array([[0.0, 1.0]] * 4 + [[0, 0]]), {"spherical": True}, "point 4 is zero and has no direction"),
        (np.zeros((5, 0)), {}, "have no number"),
        (np.zeros((0, 5)), {}, "0 points are fewer than size=4"),
        (np.zeros(5), {}, r"not an array \(5,\) of float64"),
        (np.array([["a"]]), {}, "of <U1"),
        (
            Features(scipy.sparse.eye_array(9, dtype=np.float32).tocsr()),
            {},
            "takes dense features; these are sparse",
        ),
        ([np.zeros((5, 2)), np.zeros((5, 3))], {}, "part 1 has the dim 3, the first one 2"),
        ("text", {}, "not str"),
    ],
)
def test_what_are_no_points_is_refused(points: Any, options: dict[str, Any], message: str):
    with pytest.raises(DataError, match=message):
        Codebook(size=4, **options).fit(points)


def test_points_and_codes_that_do_not_fit_the_model_are_refused():
    points, _, _ = blobs()
    model = Codebook(size=4).fit(points, run=ONE)
    with pytest.raises(DataError, match="points of dim 3 do not fit a codebook of dim 5"):
        model.encode(np.zeros((2, 3)))
    bad = points.copy()
    bad[700, 2] = np.nan
    with pytest.raises(DataError, match="row 700, column 2 holds nan"):
        model.encode(bad)
    for codes in (np.array([4]), np.array([-1]), np.array([0.0])):
        with pytest.raises(DataError, match="codes are whole numbers from 0 to 3; these are not"):
            model.decode(codes)
    with pytest.raises(DataError, match="codes are an array of whole numbers; these are none"):
        model.decode([[0], [1, 0]])
    with pytest.raises(UnknownIdError):
        model.vectors[4]
    assert model.encode(np.zeros((0, 5))).shape == (0,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is a whole number from 1 to 16,777,216, not 0"),
        ({"iterations": 0}, "iterations is a whole number from 1 to 100,000, not 0"),
        ({"spherical": 1}, "spherical is True or False, not 1"),
        ({"size": 9, "sample": 8}, "sample=8 is fewer than size=9; raise it"),
    ],
)
def test_options_outside_their_range_are_refused(options: dict[str, Any], message: str):
    with pytest.raises(OptionError, match=message):
        Codebook(**options)
