"""`Truncate`: fewer dims, the leading ones as they are or those of the most variance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import Floats
from firth.compress.linear import Projection, ProjectionRecipe
from firth.compress.stated import take_parts
from firth.errors import DataError, OptionError
from firth.kernels.project import project
from firth.options import check_flag, check_whole

__all__ = ["Truncate", "TruncateCodec", "principal_axes"]

_BLOCK = 1 << 13  # rows of the covariance at a time
FLAT = 1e-12
"""A direction with less than this share of the greatest variance has none: its coordinate is rounding."""
ORTHONORMAL = 1e-3
"""How far the axes of a file may be from orthonormal; those of float32 are some 1e-6 off."""


@dataclass(frozen=True, kw_only=True)
class Truncate(ProjectionRecipe):
    """Fewer dims, as float32.

    `how="leading"` keeps the first `dim` numbers of a row: right for vectors that were trained so that their
    leading dims stand alone (Kusupati et al. 2022, "Matryoshka Representation Learning", NeurIPS), or that
    are ordered already, as those of LSA. `how="pca"` keeps the `dim` directions of the most variance: of all
    linear maps to so many dims, the one whose decoded rows are nearest to the originals in squares (Pearson
    1901; Eckart and Young 1936).

    Two options change on purpose what is near, and scores are then those of the small space:

    - `whiten` divides each direction by its standard deviation, so that all count alike in dot products and
      distances. `decode` multiplies them back.
    - `drop_top` leaves out the leading directions, which in word vectors tell more of frequency than of
      meaning (Mu and Viswanath 2018, "All-but-the-Top", ICLR; they take dim / 100 of them). What lay along
      them is lost: `decode` puts the mean there.

    Without these, scores are those of the decoded rows, and the mean is no part of what is near.

    Attributes:
        dim: how many dims stay.
        how: "leading" or "pca".
        whiten: with "pca", divide by the standard deviations.
        centre: subtract the mean first, and add it back in decoding, where it also fills leading rows up
            (without it, zeros do). None means with "pca" yes, with "leading" no.
        drop_top: with "pca", how many directions of the most variance are left out.

    >>> import numpy as np
    >>> from firth.compress import Truncate
    >>> flat = np.random.default_rng(1).normal(size=(500, 2)) @ [[3, 0, 4, 0], [0, 1, 0, 0]]
    >>> codec = Truncate(dim=2, how="pca").fit(flat)
    >>> codec.width, round(codec.report["variance_kept"], 4)
    (8, 1.0)
    """

    dim: int = 64
    how: str = "leading"
    whiten: bool = False
    centre: bool | None = None
    drop_top: int = 0

    def __post_init__(self) -> None:
        check_whole("dim", self.dim, 1, 2**31 - 1)
        if self.how not in ("leading", "pca"):
            raise OptionError(f"how is 'leading' or 'pca', not {self.how!r}")
        check_flag("whiten", self.whiten)
        if self.centre is not None:
            check_flag("centre", self.centre)
        check_whole("drop_top", self.drop_top, 0, 2**31 - 1)
        if self.how == "leading" and (self.whiten or self.drop_top):
            raise OptionError(
                "whiten and drop_top are of directions of variance: they need how='pca', not 'leading'"
            )

    @property
    def centred(self) -> bool:
        """Whether the mean is subtracted."""
        return self.how == "pca" if self.centre is None else self.centre

    def check_dim(self, dim: int) -> None:
        """Raise DataError where rows of so many dims cannot be truncated like this."""
        if self.dim + self.drop_top > dim:
            dropped = f" beside {self.drop_top} that are dropped" if self.drop_top else ""
            raise DataError(f"rows of dim {dim} have no {self.dim} dims to keep{dropped}; set a smaller dim")

    def _fit(self, rows: Floats, metric: str, run: Any) -> TruncateCodec:
        d = rows.shape[1]
        self.check_dim(d)
        mean = rows.mean(axis=0, dtype=np.float64)
        parts: dict[str, NDArray[Any]] = {"mean": mean.astype(np.float32)} if self.centred else {}
        report: dict[str, Any] = {}
        if self.how == "leading":
            spread = rows.var(axis=0, dtype=np.float64)
            parts["variances"] = np.minimum(spread, np.finfo(np.float32).max).astype(np.float32)
        else:
            values, axes = principal_axes(rows, mean if self.centred else np.zeros(d))
            kept = slice(self.drop_top, self.drop_top + self.dim)
            parts["axes"] = axes[kept].astype(np.float32)
            if self.whiten:
                flat = values[kept] <= FLAT * values[0]
                parts["deviations"] = np.where(flat, 0.0, np.sqrt(values[kept])).astype(np.float32)
                report["flat"] = int(np.count_nonzero(parts["deviations"] == 0))
            spread = np.concatenate([values[kept], values[: self.drop_top], values[kept.stop :]])
            if self.drop_top:
                report["variance_dropped"] = _share(spread[self.dim : self.dim + self.drop_top], spread)
        report["variance_kept"] = _share(spread[: self.dim], spread)
        return TruncateCodec(self, d, parts, report)


class TruncateCodec(Projection):
    """Rows of fewer dims.

    Its report says the share of variance that the kept directions have ("variance_kept", of all directions),
    what the dropped ones had ("variance_dropped"), and how many directions have no variance at all and are
    0 in whitened rows ("flat").
    """

    recipe_type = Truncate
    recipe: Truncate

    def __init__(
        self, recipe: Truncate, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ):
        super().__init__(recipe, dim, report=report)
        self._parts = dict(parts)
        self.offset = self._parts.get("mean")
        self.space_of_its_own = recipe.whiten or recipe.drop_top > 0
        if recipe.how == "leading":
            return
        axes = self._parts["axes"]
        self.down, self.up = np.ascontiguousarray(axes.T), axes
        if recipe.whiten:
            deviations = self._parts["deviations"]
            inverse = np.divide(1, deviations, out=np.zeros_like(deviations), where=deviations > 0)
            self.down = np.ascontiguousarray(self.down * inverse)
            self.up = np.ascontiguousarray(axes * deviations[:, None])

    def parts(self) -> dict[str, NDArray[Any]]:
        return dict(self._parts)

    @classmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        recipe.check_dim(dim)
        wanted: dict[str, tuple[Any, tuple[int, ...]]] = {}
        if recipe.centred:
            wanted["mean"] = (np.float32, (dim,))
        if recipe.how == "pca":
            wanted["axes"] = (np.float32, (recipe.dim, dim))
        else:
            wanted["variances"] = (np.float32, (dim,))
        if recipe.whiten:
            wanted["deviations"] = (np.float32, (recipe.dim,))
        taken = take_parts(parts, wanted, what="Truncate")
        if recipe.how == "pca":
            check_orthonormal(taken["axes"], what="the part 'axes' of Truncate")
        if recipe.whiten:
            least = float(np.finfo(np.float32).tiny)
            if not ((taken["deviations"] == 0) | (taken["deviations"] >= least)).all():
                raise DataError("the part 'deviations' of Truncate holds a number that is no deviation")
        return cls(recipe, dim, taken, report)

    def _down(self, rows: Floats) -> Floats:
        if self.offset is not None:
            rows = rows - self.offset
        if self.recipe.how == "leading":
            return self._shrink(rows)
        small = np.empty((len(rows), self.small_dim), np.float32)
        project(rows, self.down, small)
        return small

    def _shrink(self, rows: Floats) -> Floats:
        if self.recipe.how == "leading":
            return np.ascontiguousarray(rows[:, : self.recipe.dim])
        return super()._shrink(rows)

    def _grow(self, small: Floats) -> Floats:
        if self.recipe.how == "pca":
            return super()._grow(small)
        rows = np.zeros((len(small), self.dim), np.float32)
        rows[:, : self.recipe.dim] = small
        return rows


def principal_axes(
    rows: Floats, mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The variances along the principal axes, falling, (d,), and the axes as rows, (d, d), both float64.

    From the covariance about `mean`, summed in float64 in blocks. An axis points where its largest number is
    positive, so that it does not depend on the library.

    Args:
        rows: float32, (n, d).
        mean: float64, (d,).
    """
    d = rows.shape[1]
    covariance = np.zeros((d, d))
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK] - mean
        covariance += block.T @ block
    values, vectors = np.linalg.eigh(covariance / len(rows))
    axes = np.ascontiguousarray(vectors[:, ::-1].T)
    largest = np.argmax(np.abs(axes), axis=1)
    axes *= np.where(axes[np.arange(d), largest] < 0, -1.0, 1.0)[:, None]
    return np.maximum(values[::-1], 0.0), axes


def check_orthonormal(axes: Floats, *, what: str) -> None:
    """Raise DataError where the rows of `axes` (float32, (k, d)) are not orthonormal."""
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.abs(axes.astype(np.float64) @ axes.T - np.eye(len(axes))).max()
    if not gap <= ORTHONORMAL:
        raise DataError(f"{what} is not orthonormal: it is off by {gap:.3g}")


def _share(some: NDArray[np.float64], spread: NDArray[np.float64]) -> float:
    total = float(spread.sum())
    return float(some.sum()) / total if total > 0 else 1.0
