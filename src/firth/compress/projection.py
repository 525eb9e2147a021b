"""`RandomProjection`: fewer dims by a random matrix, and how many it takes to keep distances."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.compress.codec import Codec, Floats
from firth.compress.drawn import gaussian, uniform
from firth.compress.linear import Projection, ProjectionRecipe
from firth.compress.stated import take_parts
from firth.errors import DataError, OptionError
from firth.kernels.project import project
from firth.options import check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["RandomProjection", "RandomProjectionCodec", "bound", "distortion"]

FAILURE = 0.01
"""The chance that a bound does not hold, over the draw of the matrix."""
ACHLIOPTAS = 1 / 3
"""The least density for which the bound of Gaussian matrices is proven too."""
FLAT = 1e-10
"""Directions of less than this share of the greatest square are lost; a sparse matrix may have such."""


def bound(n: int, epsilon: float, *, failure: float = FAILURE) -> int:
    """How many dims keep all distances of n points: the lemma of Johnson and Lindenstrauss.

    After a random projection to so many dims, every one of the n (n - 1) / 2 squared distances is within
    1 ± epsilon of what it was, but for a chance of `failure` that the draw was unlucky. The dims that the
    rows had do not matter. One distance fails with a chance of at most 2 exp(-k/2 (ε²/2 - ε³/3)) (Dasgupta
    and Gupta 2003, "An Elementary Proof of a Theorem of Johnson and Lindenstrauss", lemma 2.2); the chances
    of all pairs are added up, so that k ≥ 2 ln(n (n - 1) / failure) / (ε²/2 - ε³/3). (Their theorem has
    4 ln n above the fraction: enough for a matrix to exist, with a chance of success of 1/n.)

    Args:
        n: how many points, at least 2.
        epsilon: the greatest relative error of a squared distance, between 0 and 1.
        failure: the chance of an unlucky draw, above 0 and below 1.

    Returns:
        The dims.

    Raises:
        OptionError: a value is outside its range.

    >>> bound(10_000, 0.2), bound(10_000, 0.5)
    (2657, 553)
    """
    check_whole("n", n, 2, 2**63 - 1)
    check_real("epsilon", epsilon, 1e-6, 1 - 1e-6)
    check_real("failure", failure, 0, 1, above=True)
    return math.ceil(2 * _log_pairs(n, failure) / _rate(epsilon))


def distortion(n: int, dim: int, *, failure: float = FAILURE) -> float | None:
    """The epsilon that `bound` promises for n points and `dim` dims; None where it promises none below 1."""
    check_whole("n", n, 2, 2**63 - 1)
    check_whole("dim", dim, 1, 2**31 - 1)
    need = 2 * _log_pairs(n, failure) / dim
    low, high = 0.0, 1.0
    if need > _rate(high):
        return None
    while high - low > 1e-9:  # the rate rises from 0 to 1
        middle = (low + high) / 2
        low, high = (middle, high) if _rate(middle) < need else (low, middle)
    return high


def _rate(epsilon: float) -> float:
    return epsilon**2 / 2 - epsilon**3 / 3


def _log_pairs(n: int, failure: float) -> float:
    return math.log(n) + math.log(n - 1) - math.log(failure)


@dataclass(frozen=True, kw_only=True)
class RandomProjection(ProjectionRecipe):
    """Fewer dims by a matrix that is drawn and not learnt, so that no row, seen or unseen, fares worse.

    small = row @ R with E |small|² = |row|². `kind="gaussian"` draws normal numbers; `kind="sparse"` draws
    0, and with the chance `density` a plus or minus of one size (Achlioptas 2003, "Database-friendly random
    projections", with 1/3; Li, Hastie and Church 2006, "Very Sparse Random Projections", with 1/√d), which
    are kept as one byte each. Scores are those of the small space, which estimate the ones of the
    originals without bias (dot products and squared distances); `decode` gives the row of the least length
    that the small one could come from, which has about k/d of the length of the original.

    Attributes:
        dim: how many dims the small rows have; at most as many as the rows.
        kind: "gaussian" or "sparse".
        density: with "sparse", the share of the matrix that is not 0; None means 1/√d. At least 1/d: one
            number that is not 0 for each of the small dims.

    >>> import numpy as np
    >>> from firth.compress import RandomProjection
    >>> rows = np.random.default_rng(1).normal(size=(100, 800)).astype("f4")
    >>> codec = RandomProjection(dim=400).fit(rows)
    >>> small = codec.apply_rows(rows)
    >>> round(float(np.linalg.norm(small[0] - small[1]) / np.linalg.norm(rows[0] - rows[1])), 1)
    1.0
    >>> round(codec.report["epsilon"], 2)  # so far may a squared distance of 100 rows be off
    0.44
    """

    dim: int = 64
    kind: str = "gaussian"
    density: float | None = None

    def __post_init__(self) -> None:
        check_whole("dim", self.dim, 1, 2**31 - 1)
        if self.kind not in ("gaussian", "sparse"):
            raise OptionError(f"kind is 'gaussian' or 'sparse', not {self.kind!r}")
        if self.density is not None:
            check_real("density", self.density, 0, 1, above=True)
            if self.kind == "gaussian":
                raise OptionError(f"density is of kind='sparse'; 'gaussian' has none, not {self.density!r}")

    def fit(self, vectors: Vectors | ArrayLike, *, run: Run | None = None) -> Codec:
        """Draw the matrix; only how many rows there are, and their dim, matters. See `CodecRecipe.fit`."""
        codec = super().fit(vectors, run=run)
        promise = self._promise(codec.report["rows"], codec.dim)
        codec.report = MappingProxyType({**codec.report, **promise})
        return codec

    def _fit(self, rows: Floats, metric: str, run: Run) -> RandomProjectionCodec:
        n, d = rows.shape
        self.check_dim(d)
        if self.kind == "gaussian":
            parts: dict[str, NDArray[Any]] = {"matrix": gaussian(run.seed, (d, self.dim))}
            parts["matrix"] /= np.float32(math.sqrt(self.dim))
        else:
            drawn, density = uniform(run.seed, (d, self.dim)), self.share(d)
            if density * d < 1:
                raise DataError(
                    f"density={density:g} leaves most columns of a matrix of {d} rows without a number that "
                    f"is not 0: set density to {1 / d:.3g} or more, or to None for 1/√d"
                )
            plus, minus = drawn < density / 2, drawn > 1 - density / 2
            parts = {"signs": plus.astype(np.int8) - minus.astype(np.int8)}
        report = self._promise(n, d)
        if self.kind == "sparse":
            report["empty"] = int(np.count_nonzero(~parts["signs"].any(axis=0)))
        return RandomProjectionCodec(self, d, parts, report)

    def check_dim(self, dim: int) -> None:
        """Raise DataError where rows of so many dims have fewer than the small ones."""
        if self.dim > dim:
            raise DataError(f"a projection of rows of dim {dim} has at most so many dims, not {self.dim}")

    def share(self, dim: int) -> float:
        """The density of a sparse matrix for rows of so many dims."""
        return 1 / math.sqrt(dim) if self.density is None else self.density

    def _promise(self, n: int, dim: int) -> dict[str, Any]:
        proven = self.kind == "gaussian" or self.share(dim) >= ACHLIOPTAS
        return {"epsilon": distortion(n, self.dim) if proven and n > 1 else None, "failure": FAILURE}


class RandomProjectionCodec(Projection):
    """Rows of fewer dims by a random matrix.

    Its report says which epsilon of `bound` holds for as many points as there were rows ("epsilon"), but for
    the chance "failure". It is None where the dims are too few for any promise, or the matrix is sparser than
    Achlioptas's 1/3, for which it is proven only in the limit of many dims. Of a sparse matrix it counts the
    small dims that are 0 for all rows, since no number of their column was drawn ("empty").
    """

    recipe_type = RandomProjection
    recipe: RandomProjection
    space_of_its_own = True
    offset = None

    def __init__(
        self,
        recipe: RandomProjection,
        dim: int,
        parts: Mapping[str, NDArray[Any]],
        report: Mapping[str, Any],
    ):
        super().__init__(recipe, dim, report=report)
        self._parts = dict(parts)
        if recipe.kind == "gaussian":
            self.down = self._parts["matrix"]
        else:
            size = 1 / math.sqrt(recipe.share(dim) * recipe.dim)
            self.down = self._parts["signs"] * np.float32(size)

    @cached_property
    def up(self) -> Floats:  # type: ignore[override]
        """The pseudo-inverse (k, d), made when rows are first decoded; of the Gram matrix, which is k × k."""
        down = self.down.astype(np.float64)
        return np.asarray(np.linalg.pinv(down.T @ down, rcond=FLAT, hermitian=True) @ down.T, np.float32)

    def parts(self) -> dict[str, NDArray[Any]]:
        return dict(self._parts)

    @classmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        recipe.check_dim(dim)
        shape = (dim, recipe.dim)
        if recipe.kind == "gaussian":
            taken = take_parts(parts, {"matrix": (np.float32, shape)}, what="RandomProjection")
            if np.abs(taken["matrix"]).max() * math.sqrt(recipe.dim) > 10:  # a chance of 10⁻²³ a number
                raise DataError("the part 'matrix' of RandomProjection was not drawn from a Gaussian")
        else:
            taken = take_parts(parts, {"signs": (np.int8, shape)}, what="RandomProjection")
            if not np.isin(taken["signs"], (-1, 0, 1)).all():
                raise DataError("the part 'signs' of RandomProjection has a number that is not -1, 0 or 1")
        return cls(recipe, dim, taken, report)

    def _down(self, rows: Floats) -> Floats:
        small = np.empty((len(rows), self.small_dim), np.float32)
        project(rows, self.down, small)
        return small
