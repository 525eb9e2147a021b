"""`Adapter`: the bridge from a new model to an index of an old one, and what crossing it costs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.align.alignment import Alignment, load
from firth.align.keeping import expected_residuals
from firth.errors import DataError, FormatError
from firth.fingerprints import check_same_space
from firth.measure.report import Report, Row
from firth.model import Model
from firth.model import load as load_model
from firth.vectors import Vectors

__all__ = ["Adapter"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Adapter:
    """A map between two models with what it keeps; `firth.align.adapter` makes it.

    Attributes:
        alignment: the map from the new model's space into the old one's; `alignment.inverse()` goes back.
        known: vectors of the new model that the map was measured on, with the column "residual": 1 - cosine
            between where the map puts each and where the old model did.
        report: the shares of neighbours that are kept.
    """

    alignment: Alignment
    known: Vectors
    report: Report

    def __repr__(self) -> str:
        row = self.report.rows[0]
        return f"Adapter({self.alignment!r}; {row.name} {row.value:.1%})"

    def __str__(self) -> str:
        return str(self.report)

    @overload
    def apply(self, vectors: Vectors) -> Vectors: ...
    @overload
    def apply(self, vectors: ArrayLike) -> NDArray[np.float32]: ...
    def apply(self, vectors: Vectors | ArrayLike) -> Vectors | NDArray[np.float32]:
        """Bring vectors of one model into the space of the other: new to old, or old to new.

        Which way is told by their fingerprint. An array, (m, d) or (d,), which has none, is of the new model.

        Raises:
            SpaceMismatchError: they are of neither model.
            DataError: the rows of an array have another dim than those of the new model.
        """
        if not isinstance(vectors, Vectors):
            return self.alignment.apply(vectors)
        if vectors.fingerprint == self.alignment.target_fingerprint:
            return self.alignment.inverse().apply(vectors)
        check_same_space(
            self.alignment.source_fingerprint,
            vectors,
            what="the vectors to be mapped, if not the old model's,",
        )
        return self.alignment.apply(vectors)

    def confidence(self, vectors: Vectors | ArrayLike) -> NDArray[np.float64]:
        """How well the map may be trusted with each of the new model's vectors, float64 (m,), 0 to 1.

        It looks at the known objects nearest to a vector, and says among what share of all known objects the
        map is further off than it is there on average. The report says how far that goes with what is kept.

        Args:
            vectors: of the new model, or rows of it, (m, d).

        Raises:
            SpaceMismatchError: the vectors are not of the new model.
            DataError: an array is not of rows of the new model's dim, or has a value that is not finite.
        """
        if isinstance(vectors, Vectors):
            check_same_space(self.alignment.source_fingerprint, vectors, what="the vectors to be mapped")
            rows = vectors.matrix
        else:
            rows = np.asarray(vectors, np.float32)
            if rows.ndim != 2 or rows.shape[1] != self.known.dim:
                raise DataError(f"rows (m, {self.known.dim}) are judged, not an array of shape {rows.shape}")
        residuals = np.sort(self.known.columns["residual"].astype(np.float64))
        expected = expected_residuals(rows, self.known.matrix, self.known.columns["residual"])
        further = residuals.size - np.searchsorted(residuals, expected, side="right")
        return further / residuals.size

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the adapter as one Firth file, atomically; `Adapter.load` reads it, and `align.load` its map.

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        model = self.alignment.to_model()
        Model(
            {"known": self.known},
            parts=model.parts,
            recipe=model.recipe,
            report={**model.report, "adapter": _kept(self.report)},
        ).save(path, force=force)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Adapter:
        """Read an adapter.

        Raises:
            FormatError: the file is damaged, or holds something else.
        """
        alignment, model = load(path), load_model(path)
        kept, known = model.report.get("adapter"), model.spaces.get("known")
        if known is None or "residual" not in known.columns or not isinstance(kept, dict):
            raise FormatError("holds an alignment and no adapter; firth.align.load reads it", path=path)
        try:
            report = _report_of(kept)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"the report of the adapter is damaged: {error}", path=path) from None
        return cls(alignment=alignment, known=known, report=report)


def _kept(report: Report) -> dict[str, Any]:
    """The report as JSON can hold it, so that it can be read again."""
    rows = [
        {name: getattr(row, name) for name in ("task", "name", "value", "low", "high", "n", "total")}
        for row in report.rows
    ]
    return {"title": report.title, "rows": rows, "notes": list(report.notes), "details": dict(report.details)}


def _report_of(kept: dict[str, Any]) -> Report:
    numbers = ("value", "low", "high")
    rows = [
        Row(**{**row, **{name: float("nan") if row[name] is None else float(row[name]) for name in numbers}})
        for row in kept["rows"]
    ]
    return Report(
        title=str(kept["title"]),
        rows=tuple(rows),
        notes=tuple(map(str, kept["notes"])),
        details=dict(kept["details"]),
    )
