"""`RandomProjection`: the bound of Johnson and Lindenstrauss, and what is kept of scores."""

from __future__ import annotations

import math

import numpy as np
import pytest

from firth import Run
from firth.compress import RandomProjection
from firth.compress.drawn import gaussian, uniform
from firth.compress.projection import bound, distortion
from firth.errors import DataError, OptionError

RANDOM = np.random.default_rng(8)


def squared_distances(rows: np.ndarray) -> np.ndarray:
    """Of all pairs, float64."""
    rows = rows.astype(np.float64)
    squares = np.square(rows).sum(1)
    away = squares[:, None] + squares - 2 * rows @ rows.T
    return away[np.triu_indices(len(rows), 1)]


def test_the_bound_is_the_sum_of_the_chances_of_all_pairs() -> None:
    n, epsilon, failure = 1000, 0.3, 0.01
    k = bound(n, epsilon, failure=failure)

    def chance(dim: int) -> float:
        each = 2 * math.exp(-dim / 2 * (epsilon**2 / 2 - epsilon**3 / 3))
        return n * (n - 1) / 2 * each

    assert chance(k) <= failure < chance(k - 1)
    assert distortion(n, k) <= epsilon < distortion(n, k - 1)
    assert distortion(n, 10) is None


@pytest.mark.parametrize(("kind", "density"), [("gaussian", None), ("sparse", 1 / 3), ("sparse", 1.0)])
def test_no_distance_is_off_by_more_than_the_bound(kind: str, density: float | None) -> None:
    """On rows of clusters, and on single directions, which are hardest for a sparse matrix."""
    rows = np.concatenate(
        [RANDOM.normal(0, 1, (40, 1500)) + 5 * RANDOM.normal(0, 1, 1500), 9 * np.eye(30, 1500)]
    )
    recipe = RandomProjection(dim=900, kind=kind, density=density)
    codec = recipe.fit(rows, run=Run(seed=4))
    epsilon = codec.report["epsilon"]
    assert epsilon == pytest.approx(distortion(70, 900))
    assert bound(70, epsilon) <= 900
    ratio = squared_distances(codec.apply_rows(rows)) / squared_distances(rows)
    assert 1 - epsilon <= ratio.min() and ratio.max() <= 1 + epsilon
    assert ratio.std() == pytest.approx(math.sqrt(2 / 900), rel=0.4)  # so the matrix is random indeed


@pytest.mark.parametrize("kind", ["gaussian", "sparse"])
def test_products_are_estimated_without_bias(kind: str) -> None:
    a, b = RANDOM.normal(1, 1, (2, 60)).astype(np.float32)
    found = []
    for seed in range(200):
        codec = RandomProjection(dim=20, kind=kind).fit(a[None], run=Run(seed=seed))
        found.append(float(codec.scorer(a[None], "dot")(codec.encode_rows(b[None]))[0, 0]))
    error = np.std(found) / math.sqrt(len(found))
    assert abs(np.mean(found) - a @ b) < 4 * error


def test_decoding_gives_the_shortest_row_that_projects_to_the_same() -> None:
    rows = RANDOM.normal(0, 1, (50, 40)).astype(np.float32)
    codec = RandomProjection(dim=30).fit(rows)
    back = codec.decode_rows(codec.encode_rows(rows))
    np.testing.assert_allclose(codec.apply_rows(back), codec.apply_rows(rows), atol=1e-4)
    share = np.square(back).sum() / np.square(rows).sum()
    assert share == pytest.approx(30 / 40, abs=0.1)


def test_the_numbers_drawn_are_those_of_every_machine() -> None:
    np.testing.assert_array_equal(
        uniform(7, (3,)), [0.8720734548204874, 0.2953653815137836, 0.4200976785072423]
    )
    drawn = gaussian(7, (400, 50))
    assert abs(drawn.mean()) < 0.03 and drawn.std() == pytest.approx(1, abs=0.02)
    assert not np.array_equal(gaussian(8, (400, 50)), drawn)


def test_a_sparse_matrix_has_its_density_and_is_kept_in_bytes() -> None:
    codec = RandomProjection(dim=80, kind="sparse").fit(np.ones((2, 400)))
    signs = codec.parts()["signs"]
    assert signs.dtype == np.int8
    assert np.mean(signs != 0) == pytest.approx(1 / 20, rel=0.1)
    assert codec.report["empty"] == np.count_nonzero(~signs.any(axis=0))
    assert codec.report["epsilon"] is None  # sparser than what is proven


def test_what_is_refused() -> None:
    with pytest.raises(OptionError, match="kind is 'gaussian' or 'sparse', not 'dense'"):
        RandomProjection(kind="dense")
    with pytest.raises(OptionError, match="density is of kind='sparse'"):
        RandomProjection(density=0.5)
    with pytest.raises(OptionError, match="density is a number above 0 up to 1, not 0"):
        RandomProjection(kind="sparse", density=0)
    with pytest.raises(OptionError, match="epsilon is a number"):
        bound(100, 1.5)
    with pytest.raises(DataError, match="rows of dim 8 has at most so many dims, not 9"):
        RandomProjection(dim=9).fit(np.ones((3, 8)))
    with pytest.raises(DataError, match=r"density=0.001 leaves most columns .* set density to 0.125 or more"):
        RandomProjection(dim=4, kind="sparse", density=0.001).fit(np.ones((3, 8)))
    codec = RandomProjection(dim=4).fit(np.ones((3, 8)))
    with pytest.raises(DataError, match="was not drawn from a Gaussian"):
        type(codec).from_parts(codec.recipe, 8, {"matrix": codec.parts()["matrix"] * 1000}, {})
    sparse = RandomProjection(dim=4, kind="sparse").fit(np.ones((3, 8)))
    with pytest.raises(DataError, match="a number that is not -1, 0 or 1"):
        type(sparse).from_parts(sparse.recipe, 8, {"signs": sparse.parts()["signs"] + np.int8(1)}, {})
