"""`Report`: figures with what they rest on, for people (`print`) and for programs (`to_dict`)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Report", "Row"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure.

    Attributes:
        task: the set it was measured on, such as "wordsim353".
        name: which figure, such as "spearman", or the section of an analogy set.
        value: the figure; NaN where too few items are covered to have one.
        low, high: its 95 % interval.
        n: how many items it rests on.
        total: how many items the set holds.
        extra: what else belongs to it: counts, p, verdict. Values that JSON can hold.
    """

    task: str
    name: str
    value: float
    low: float
    high: float
    n: int
    total: int
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def coverage(self) -> float:
        """The share of the set that the figure rests on, 0 to 1."""
        return self.n / self.total if self.total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The row as values that JSON can hold; None for a figure that is not a number."""
        return {
            "task": self.task,
            "name": self.name,
            "value": _or_none(self.value),
            "low": _or_none(self.low),
            "high": _or_none(self.high),
            "n": self.n,
            "total": self.total,
            "coverage": self.coverage,
            **self.extra,
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """Rows of figures, the main one first.

    Attributes:
        title: what was measured, in a few words.
        rows: the figures.
        columns: which extras the printed table shows beside the figures.
        notes: what a reader should know: which words are missing, how the intervals were made.
        details: more for programs, such as the list of missing words. Values that JSON can hold.
    """

    title: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """The main figure: the value of the first row."""
        return self.rows[0].value

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __getitem__(self, name: str) -> Row:
        """The row of a name. Raises KeyError with the names there are."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"no row {name!r}; there are {', '.join(row.name for row in self.rows)}")

    def to_dict(self) -> dict[str, Any]:
        """The report as values that JSON can hold."""
        return {
            "title": self.title,
            "rows": [row.to_dict() for row in self.rows],
            "notes": list(self.notes),
            **self.details,
        }

    def __str__(self) -> str:
        head = ["", *self.columns, "value", "95 % interval", "n", "coverage"]
        lines = [head, *(self._cells(row) for row in self.rows)]
        widths = [max(len(line[c]) for line in lines) for c in range(len(head))]
        table = [
            "  ".join(
                [
                    line[0].ljust(widths[0]),
                    *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True)),
                ]
            )
            for line in lines
        ]
        return "\n".join([self.title, *(line.rstrip() for line in table), *self.notes])

    def _cells(self, row: Row) -> list[str]:
        extras = [_shown(row.extra.get(column, ""), column) for column in self.columns]
        interval = "–" if math.isnan(row.low) else f"{_shown(row.low)} to {_shown(row.high)}"
        return [row.name, *extras, _shown(row.value), interval, f"{row.n:,}", f"{row.coverage:.1%}"]


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _shown(value: Any, column: str = "") -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        is_p = column in ("p", "p_adjusted")
        return "<0.001" if is_p and value < 0.001 else f"{value:.3f}"
    return str(value)
