"""k-means: what scikit-learn finds, what rounding must not do, and clusters that run out of points."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from firth.errors import OptionError
from firth.measure.kmeans import kmeans


def blobs(n=400, k=6, dim=5, seed=0, spread=2.0):
    points, classes = make_blobs(n, dim, centers=k, cluster_std=spread, random_state=seed)
    return points.astype(np.float32), classes


def test_it_finds_what_scikit_learn_finds():
    points, _ = blobs(seed=1)
    ours = [kmeans(points, 6, seed=i).inertia for i in range(20)]
    theirs = [KMeans(6, n_init=1, random_state=i, algorithm="lloyd").fit(points).inertia_ for i in range(20)]
    assert min(ours) == pytest.approx(min(theirs), rel=1e-3)
    assert np.median(ours) < 1.1 * np.median(theirs)


def test_the_result_is_a_rest_of_lloyds_steps():
    points, _ = blobs(spread=6.0)
    found = kmeans(points, 6, seed=1)
    away = ((points[:, None].astype(float) - found.centroids) ** 2).sum(axis=2)
    assert (found.clusters == away.argmin(axis=1)).mean() > 0.99
    assert found.inertia == pytest.approx(away.min(axis=1).sum(), rel=1e-4)
    means = np.array([points[found.clusters == c].mean(axis=0) for c in range(6)])
    np.testing.assert_allclose(found.centroids, means, atol=0.2)
    assert found.settled
    assert kmeans(points, 6, seed=1, steps=1).settled is False


def test_a_seed_repeats():
    points, _ = blobs()
    a, b = kmeans(points, 6, seed=(1, 2)), kmeans(points, 6, seed=(1, 2))
    assert np.array_equal(a.clusters, b.clusters)
    assert np.array_equal(a.centroids, b.centroids)


def test_points_far_from_the_origin_are_told_apart():
    points, classes = blobs(k=2, spread=0.5)
    found = kmeans(points + np.float32(30_000), 2, seed=1).clusters
    assert len({*zip(classes.tolist(), found.tolist(), strict=True)}) == 2


def test_fewer_different_points_than_clusters():
    points = np.repeat(np.float32([[0.1, 0.2], [3, 4]]), 5, axis=0)
    found = kmeans(points, 4, seed=1)
    assert len(found.centroids) == 2
    assert found.inertia == pytest.approx(0, abs=1e-6)
    assert len(kmeans(np.ones((5, 3), np.float32), 3, seed=1).centroids) == 1


def test_one_cluster_a_point():
    points, _ = blobs(n=7, k=7)
    assert np.unique(kmeans(points, 7, seed=0).clusters).size == 7


def test_a_cluster_that_lost_its_points_begins_again():
    from firth.measure.kmeans import _moved

    points = np.float32([[0, 0], [1, 0], [10, 0]])
    moved, lost = _moved(points, np.array([0, 0, 0]), np.float32([[0, 0], [50, 50]]), False)
    assert lost == 1
    assert moved[1].tolist() == [10, 0]


def test_spherical_centroids_have_length_one():
    points, _ = blobs()
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found = kmeans(points, 6, seed=1, spherical=True)
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("k", [0, 4])
def test_numbers_of_clusters_that_cannot_be(k):
    with pytest.raises(OptionError, match=f"from 1 to the 3 points there are, not {k}"):
        kmeans(np.eye(3, dtype=np.float32), k, seed=1)


def test_points_whose_squares_float32_does_not_hold():
    points = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    here, there = (kmeans(points * np.float32(unit), 3, seed=1) for unit in (1, 2.0**100))
    np.testing.assert_array_equal(there.clusters, here.clusters)
    np.testing.assert_allclose(there.centroids / 2.0**100, here.centroids, rtol=1e-5)
    assert there.inertia / 2.0**200 == pytest.approx(here.inertia, rel=1e-5)
