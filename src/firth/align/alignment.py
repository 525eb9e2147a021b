"""`Alignment`: a map from one space into another, for rows that helped to fit it and for all others."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import DataError, FormatError, OptionError
from firth.fingerprints import check_name, check_same_space
from firth.model import Model
from firth.model import load as load_model
from firth.neighbours import unit_rows
from firth.options import check_flag
from firth.vectors import Metric, Vectors

__all__ = ["Alignment", "load"]

_log = logging.getLogger(__name__)
_BLOCK = 1 << 14  # rows that are mapped at a time

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Alignment:
    """A map from a source space into a target space: y = (x - source mean) M + target mean.

    With `unit` the x are taken at length 1, and what comes out lies among the target's rows at length 1.

    Attributes:
        matrix: M, float32, (dim of the source, dim of the target).
        back: the map of the other direction, float32, (dim of the target, dim of the source): the inverse of
            an orthogonal M, which is exact; else what the learner says.
        source_mean, target_mean: float32, (dim,); zeros where the spaces were not centred.
        unit: whether rows are taken at length 1 before anything else, on both sides.
        weighting: float32, (dim of the target, dims that count), or None: what both sides are multiplied by
            where they are compared (see `common`).
        metric: what "near" means for the mapped rows; source_metric: for rows that are mapped back.
        source_fingerprint, target_fingerprint: which spaces these are.
        recipe: the learner with its options.
        report: pairs that were used and left out, residual, iterations, notes. Values that JSON can hold.
    """

    matrix: Floats
    back: Floats
    source_mean: Floats
    target_mean: Floats
    unit: bool
    weighting: Floats | None = None
    metric: Metric = "cosine"
    source_metric: Metric = "cosine"
    source_fingerprint: str
    target_fingerprint: str
    recipe: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_flag("unit", self.unit)
        for name in (self.source_fingerprint, self.target_fingerprint):
            check_name(name)
        for metric in (self.metric, self.source_metric):
            if metric not in get_args(Metric):
                raise DataError(f"a metric is one of {', '.join(get_args(Metric))}, not {metric!r}")
        if self.matrix.ndim != 2:
            raise DataError(f"a map is a matrix (source dim, target dim), not of shape {self.matrix.shape}")
        source, target = self.matrix.shape
        shapes = {
            "back": (target, source),
            "source_mean": (source,),
            "target_mean": (target,),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                found = getattr(self, name).shape
                raise DataError(f"{name} of shape {found} does not fit a map of shape {self.matrix.shape}")
        if self.weighting is not None and (self.weighting.ndim != 2 or len(self.weighting) != target):
            raise DataError(
                f"a weighting of shape {self.weighting.shape} does not fit a target dim of {target}"
            )

    def __repr__(self) -> str:
        source, target = self.matrix.shape
        used = self.report.get("used")
        pairs = f", {used:,} pairs" if isinstance(used, int) else ""
        return f"Alignment({self.recipe.get('learner', 'foreign')}, dim {source} to {target}{pairs})"

    @overload
    def apply(self, vectors: Vectors) -> Vectors: ...
    @overload
    def apply(self, vectors: ArrayLike) -> Floats: ...
    def apply(self, vectors: Vectors | ArrayLike) -> Vectors | Floats:
        """Bring rows of the source space into the target space, whether they helped to fit the map or not.

        Args:
            vectors: vectors of the source space, or rows (m, d) or one row (d,) of it.

        Returns:
            The same form: vectors with the same ids and columns and with the fingerprint of the target, so
            that the target can be searched with them; or float32 (m, e) or (e,). A row of zeros, which has no
            direction, stays zeros where `unit` is set; one that is not finite stays so, and is logged.

        Raises:
            SpaceMismatchError: the vectors are of another space than the source. An array cannot be checked.
            DataError: the rows have another dim.
        """
        if isinstance(vectors, Vectors):
            check_same_space(self.source_fingerprint, vectors, what="the vectors to be mapped")
            return _moved(vectors, self._mapped(vectors.matrix), self.metric, self.target_fingerprint)
        rows = np.asarray(vectors, np.float32)
        if rows.ndim not in (1, 2):
            raise DataError(f"a row (d,) or rows (m, d) are mapped, not an array of shape {rows.shape}")
        mapped = self._mapped(np.atleast_2d(rows))
        return mapped[0] if rows.ndim == 1 else mapped

    def common(self, source: Vectors, target: Vectors) -> tuple[Vectors, Vectors]:
        """Both spaces as they are best compared: mapped, centred if the map was fitted so, and weighted.

        Where neither is set, the second is the target itself. Centred rows have no hub in the direction of
        the mean, which all rows share; the weighting gives the directions more weight in which the two
        spaces agree.

        Args:
            source, target: vectors of the two spaces.

        Returns:
            The source and the target in one space, with a fingerprint of its own where it is a new one.

        Raises:
            SpaceMismatchError: one of them is of another space.
        """
        check_same_space(self.target_fingerprint, target, what="the vectors of the target")
        moved = self.apply(source)
        if self.weighting is None and not self.target_mean.any() and not self.source_mean.any():
            return moved, target
        name = f"{self.source_fingerprint} and {self.target_fingerprint}"[:200]
        ours, theirs = moved.matrix, target.matrix
        if self.unit:
            theirs = unit_rows(theirs)
        sides = []
        for vectors, rows in ((source, ours), (target, theirs)):
            empty = ~rows.any(axis=1)
            rows = rows - self.target_mean
            rows[empty] = 0
            if self.weighting is not None:
                rows = rows @ self.weighting
            sides.append(_moved(vectors, rows, self.metric, name))
        return sides[0], sides[1]

    def inverse(self) -> Alignment:
        """The map from the target space into the source space.

        Exact for an orthogonal map: rows that were mapped come back at the length they were mapped with; with
        `unit` and means the rows on the way are brought to length 1 once more, so that they come back nearly.
        What it is for other maps, their learners say. The weighting of the way back is that of the way there,
        turned with it.
        """
        return replace(
            self,
            matrix=self.back,
            back=self.matrix,
            source_mean=self.target_mean,
            target_mean=self.source_mean,
            weighting=None if self.weighting is None else self.matrix @ self.weighting,
            metric=self.source_metric,
            source_metric=self.metric,
            source_fingerprint=self.target_fingerprint,
            target_fingerprint=self.source_fingerprint,
            recipe={**self.recipe, "inverted": not self.recipe.get("inverted", False)},
        )

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the map as one Firth file (see docs/format.md), atomically; `align.load` reads it.

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        self.to_model().save(path, force=force)

    def to_model(self) -> Model:
        """The map as a model of parts alone, as files hold it."""
        parts = {name: getattr(self, name) for name in _PARTS if getattr(self, name) is not None}
        kept = {
            "unit": self.unit,
            "metric": self.metric,
            "source_metric": self.source_metric,
            "source_fingerprint": self.source_fingerprint,
            "target_fingerprint": self.target_fingerprint,
        }
        recipe = {**self.recipe, "alignment": kept}
        return Model({}, parts=parts, recipe=recipe, report=self.report)

    def _mapped(self, rows: NDArray[Any]) -> Floats:
        """Rows (m, d) of the source in the target space, (m, e)."""
        source, target = self.matrix.shape
        if rows.shape[1] != source:
            raise DataError(f"rows of dim {rows.shape[1]} do not fit a map from dim {source} to {target}")
        mapped = np.empty((len(rows), target), np.float32)
        for start in range(0, len(rows), _BLOCK):
            block = slice(start, start + _BLOCK)
            part = np.ascontiguousarray(rows[block], np.float32)
            part = unit_rows(part) if self.unit else part
            with np.errstate(invalid="ignore"):  # rows that are not finite stay so
                np.matmul(part - self.source_mean, self.matrix, out=mapped[block])
            mapped[block] += self.target_mean
            if self.unit:
                mapped[block][~part.any(axis=1)] = 0
        bad = len(mapped) - int(np.count_nonzero(np.isfinite(mapped).all(axis=1)))
        if bad:
            _log.warning("%s of %s mapped rows are not finite, as before", f"{bad:,}", f"{len(mapped):,}")
        return mapped


_PARTS = ("matrix", "back", "source_mean", "target_mean", "weighting")


def load(path: str | os.PathLike[str]) -> Alignment:
    """Read a map that `Alignment.save` wrote.

    Raises:
        FormatError: the file is damaged, or holds something else.
    """
    model = load_model(path)
    recipe = dict(model.recipe)
    kept = recipe.pop("alignment", None)
    needed = {"unit", "metric", "source_metric", "source_fingerprint", "target_fingerprint"}
    if not isinstance(kept, Mapping) or set(kept) != needed or not {*_PARTS[:4]} <= set(model.parts):
        raise FormatError(f"holds {model!r} and no alignment; firth.load reads it", path=path)
    parts = {name: cast("Floats", part) for name, part in model.parts.items() if name in _PARTS}
    try:
        for name, part in parts.items():
            if part.dtype != np.float32:
                raise DataError(f"{name} is of {part.dtype}, not float32")
        return Alignment(**parts, **kept, recipe=recipe, report=dict(model.report))  # type: ignore[arg-type]
    except (DataError, OptionError) as error:
        raise FormatError(f"holds a damaged alignment: {error}", path=path) from None


def _moved(vectors: Vectors, rows: Floats, metric: Metric, fingerprint: str) -> Vectors:
    """The same ids and columns with other rows, in another space."""
    return Vectors(
        vectors.ids,
        rows,
        columns=vectors.columns,
        metric=metric,
        meta={**vectors.meta, "mapped_from": vectors.fingerprint},
        fingerprint=fingerprint,
    )
