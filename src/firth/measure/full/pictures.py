"""The numbers behind the pictures of a report: spectrum, hubs, how near neighbours are, and norms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from firth.measure.full.plain import plain
from firth.measure.full.rows import sample
from firth.measure.points import usable_rows
from firth.measure.report import Report
from firth.vectors import Vectors

__all__ = ["Hubs", "Nearness", "Norms", "Spectrum", "hubs", "nearness", "norms", "spectrum"]

ASKED = 1_000  # rows whose nearest is looked for
PAIRS = 20_000  # drawn at random
BINS = 32  # of the scores
POINTS = 600  # of the picture of norms
STEPS = 12  # of the median through it


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """How the variance of the rows is spread over directions.

    Attributes:
        shares: of the variance, the greatest first; float, (dim,), they sum to 1.
        n: how many rows it was taken of.
    """

    shares: tuple[float, ...]
    n: int

    @property
    def half(self) -> int:
        """How many directions hold half of the variance."""
        return int(np.searchsorted(np.cumsum(self.shares), 0.5 - 1e-12)) + 1

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return {"shares": list(self.shares), "half": self.half, "n": self.n}


@dataclass(frozen=True, kw_only=True)
class Hubs:
    """How many rows are so many times among the k nearest of others.

    Attributes:
        names: of the bins: "0", "1", "2–3", "4–7", …
        counts: rows in each.
        k: neighbours of each row.
        n: rows among which they were looked for.
        asked: rows whose neighbours were looked for; the counts are of these neighbours.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    k: int
    n: int
    asked: int

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return {
            "bins": list(self.names),
            "counts": list(self.counts),
            "k": self.k,
            "n": self.n,
            "asked": self.asked,
        }


@dataclass(frozen=True, kw_only=True)
class Nearness:
    """How near the nearest row is, beside two rows at random.

    Attributes:
        edges: of the bins of the score, rising.
        random, nearest: the share of pairs at random, and of rows and their nearest, in each bin.
        middle: the median score of pairs at random, and of rows and their nearest.
        n: how many rows were asked for their nearest, among all.
        pairs: how many pairs were drawn.
    """

    edges: tuple[float, ...]
    random: tuple[float, ...]
    nearest: tuple[float, ...]
    middle: tuple[float, float]
    n: int
    pairs: int

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True, kw_only=True)
class Norms:
    """The lengths of some rows beside how often their ids were seen.

    Attributes:
        ids, counts, norms: of the rows shown.
        middle: (count, median norm) along the counts, of all rows.
        n: how many rows have both.
    """

    ids: tuple[str | int, ...]
    counts: tuple[int, ...]
    norms: tuple[float, ...]
    middle: tuple[tuple[float, float], ...]
    n: int

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        fields: Mapping[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: plain(value) for name, value in fields.items()}


def spectrum(geometry: Report) -> Spectrum | None:
    """The shares of the variance by direction, as the geometry found them; None where rows do not vary."""
    shares = geometry.details.get("spectrum") or ()
    n = next((row.n for row in geometry.rows if row.task == "spectrum"), 0)
    return Spectrum(shares=tuple(shares), n=n) if sum(shares) > 0 else None


def hubs(geometry: Report, *, k: int) -> Hubs | None:
    """How often rows are among the k nearest of others, as the geometry found it; None if it did not look."""
    found = geometry.details.get("k_occurrence")
    if not found:
        return None
    lows = found["from"]
    names = [str(low) if low < 2 else f"{low}–{2 * low - 1}" for low in lows]
    asked = next(row.n for row in geometry.rows if row.name == "hubness")
    counts = tuple(int(rows) for rows in found["rows"])
    return Hubs(names=tuple(names), counts=counts, k=k, n=sum(counts), asked=asked)


def nearness(vectors: Vectors, *, seed: int) -> Nearness | None:
    """The scores of pairs at random and of rows with their nearest; None for fewer than three usable rows.

    Of more than `ASKED` rows so many are asked, at random; their nearest are exact, among all rows.
    """
    rows = usable_rows(vectors).rows
    if len(rows) < 3:
        return None
    random = np.random.default_rng(seed)
    a = random.integers(0, len(rows), PAIRS)
    b = (a + random.integers(1, len(rows), PAIRS)) % len(rows)  # another row than a
    apart = np.asarray(vectors.similarity(vectors.matrix[rows[a]], vectors.matrix[rows[b]]))
    asked = sample(rows, ASKED, seed=seed)
    near = vectors.search([vectors.ids[int(row)] for row in asked], topn=1).scores[:, 0].astype(np.float64)
    near = near[np.isfinite(near)]
    both = np.concatenate([apart, near])
    if not near.size or both.min() == both.max():
        return None
    edges = np.linspace(both.min(), both.max(), BINS + 1)
    return Nearness(
        edges=tuple(edges.tolist()),
        random=tuple((np.histogram(apart, edges)[0] / apart.size).tolist()),
        nearest=tuple((np.histogram(near, edges)[0] / near.size).tolist()),
        middle=(float(np.median(apart)), float(np.median(near))),
        n=int(near.size),
        pairs=int(apart.size),
    )


def norms(vectors: Vectors, *, seed: int) -> Norms | None:
    """Lengths beside counts; None where nothing was counted."""
    if vectors.counts is None:
        return None
    rows = usable_rows(vectors).rows
    rows = rows[np.asarray(vectors.counts)[rows] > 0]
    if not len(rows):
        return None
    lengths = np.concatenate(
        [np.linalg.norm(vectors.matrix[rows[i : i + 65_536]], axis=1) for i in range(0, len(rows), 65_536)]
    )
    seen = np.asarray(vectors.counts, np.float64)[rows]
    order = np.argsort(seen, kind="stable")
    parts = [part for part in np.array_split(order, STEPS) if len(part)]
    middle = tuple((float(np.median(seen[part])), float(np.median(lengths[part]))) for part in parts)
    shown = np.searchsorted(rows, sample(rows, POINTS, seed=seed))
    return Norms(
        ids=tuple(vectors.ids[int(rows[i])] for i in shown),
        counts=tuple(int(c) for c in seen[shown]),
        norms=tuple(float(length) for length in lengths[shown]),
        middle=middle,
        n=len(rows),
    )
