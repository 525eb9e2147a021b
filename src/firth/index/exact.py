"""`Exact`: every row is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.index.byteform import Bytes
from firth.index.engine import Engine, Found, Settings
from firth.index.forms import EVERYONE, Floats, Form, Halves, Rows, Singles, Summed
from firth.index.readonly import read_only
from firth.index.recipe import IndexRecipe
from firth.index.rounding import least_keys, out_of_range
from firth.kernels.keys import keep_close
from firth.kernels.scan import PANEL
from firth.neighbours import METRICS
from firth.parallel import each_shard
from firth.run import Run

__all__ = ["Exact", "ExactEngine"]

FORMS = ("float32", "float16", "int8")
SPARE = 8
"""More candidates than answers are scored again, since the keys that chose them are rounded."""
QUERIES = 1024
"""So many queries go over the rows together: their panels stay in the third-level cache."""
SELECTIVE = 8
"""Where fewer than one row in so many is allowed, these are copied together; else the others are skipped."""
GATHERED = 1 << 24
"""Numbers of allowed rows that are copied together at a time: 64 MB of float32."""
SHARED = 1 << 22
"""Numbers that a thread looks at, at least, when several share the rows."""
TOGETHER = 1 << 14
"""Rows that are scored at a time where all are."""


class ExactEngine(Engine):
    """Rows as they came, looked at from the first to the last; the answers are those of `Vectors.search`,
    number by number."""

    exact: ClassVar[bool] = True
    raw: ClassVar[bool] = True
    splits: ClassVar[bool] = True

    def __init__(self, form: Form, *, rerank: int = 2):
        self.metric = form.metric
        self.dim = form.dim
        self.report = form.tally
        self._form = form
        self._rerank = rerank

    def __len__(self) -> int:
        return len(self._form)

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        if allowed is not None and np.count_nonzero(allowed) < len(self) / SELECTIVE:
            return self._search_few(queries, k, np.flatnonzero(allowed), settings, threads)
        m, queries = len(queries), read_only(queries)
        mask = EVERYONE if allowed is None else read_only(allowed)
        rows, scores = np.empty((m, k), np.int64), np.empty((m, k), np.float32)
        self._form.ready()
        count = min(len(self), self._candidates(k, settings))
        if 2 * m <= PANEL * threads:  # too few queries for every thread to have some: they share the rows
            parts = max(1, min(threads, len(self) * self.dim // SHARED))
            self._search(queries, mask, count, parts, rows, scores)
            return rows, scores

        def work(part: slice) -> None:
            for start in range(part.start, part.stop, QUERIES):
                some = slice(start, min(part.stop, start + QUERIES))
                self._search(queries[some], mask, count, 1, rows[some], scores[some])

        each_shard(work, m, threads=threads, least=PANEL // 2)
        return rows, scores

    def _search_few(self, queries: Floats, k: int, chosen: Rows, settings: Settings, threads: int) -> Found:
        """The nearest among a few rows, which alone are read."""
        found, scores = [], []
        step = max(1, GATHERED // max(1, self.dim))
        for start in range(0, len(chosen), step):
            some = chosen[start : start + step]
            engine = type(self)(self._form.at(some), rerank=self._rerank)
            rows, more = engine.search(
                queries, min(k, len(some)), allowed=None, settings=settings, threads=threads
            )
            found.append(np.where(rows >= 0, some[rows], -1))
            scores.append(more)
        return np.concatenate(found, axis=1), np.concatenate(scores, axis=1)

    def _search(
        self, queries: Floats, mask: NDArray[np.bool_], count: int, parts: int, rows: Rows, scores: Floats
    ) -> None:
        """Write the nearest of queries, of `count` candidates; so many threads share the rows."""
        n = len(self)
        scaled = self._form.shaped(queries)
        keys = np.full((parts, len(queries), count), -np.inf, np.float32)
        found = np.full((parts, len(queries), count), -1, np.int64)

        def look(part: slice) -> None:
            i = part.start
            self._form.keep(scaled, mask, (n * i // parts, n * (i + 1) // parts), keys[i], found[i])

        each_shard(look, parts, threads=parts)
        candidates = found[0] if parts == 1 else np.concatenate(list(found), axis=1)
        self._form.best(queries, candidates, rows, scores)
        left_out = keys[:, :, 0].max(axis=0)  # -inf: a place is free, so that none was left out
        for i in np.flatnonzero(out_of_range(queries, self._form.longest, self.metric)):
            self._score_all(queries[i : i + 1], mask, rows[i : i + 1], scores[i : i + 1])
            left_out[i] = -np.inf
        if count < n:
            self._settle(queries, scaled, left_out, mask, rows, scores)

    def _score_all(self, query: Floats, mask: NDArray[np.bool_], rows: Rows, scores: Floats) -> None:
        """Write the nearest of one query (1, d) to rows and scores (1, k), every row scored in float64."""
        rows[:], scores[:] = -1, -np.inf
        for start in range(0, len(self), TOGETHER):
            block = np.arange(start, min(len(self), start + TOGETHER))
            some = block[mask[block]] if mask.size else block
            candidates = np.concatenate([rows, some[None]], axis=1)
            self._form.best(query, candidates, rows, scores)

    def _candidates(self, k: int, settings: Settings) -> int:
        """How many rows are scored again."""
        return k + SPARE

    def _settle(
        self,
        queries: Floats,
        scaled: Floats,
        left_out: Floats,
        mask: NDArray[np.bool_],
        rows: Rows,
        scores: Floats,
    ) -> None:
        """Look again where a row with a key of up to `left_out` may be nearer than the last answer."""
        form = cast("Summed", self._form)
        least = least_keys(
            scaled,
            scores[:, -1],
            self.metric,
            longest=form.longest,
            centre=form.centre,
            farthest=form.farthest,
        )
        metric = METRICS[self.metric]
        for i in np.flatnonzero((left_out >= least) & (left_out > -np.inf)):
            rows[i], scores[i] = -1, -np.inf
            for part, matrix in form.blocks():
                some = mask[part] if mask.size else mask
                weights, first = form.weights[part], part.start
                keep_close(
                    matrix, weights, metric, queries[i], scaled[i], least[i], some, first, rows[i], scores[i]
                )

    def add(self, rows: Floats) -> None:
        self._form.append(rows)

    @property
    def holds_rows(self) -> bool:
        return True

    def take(self, rows: Rows) -> Floats:
        return self._form.take(rows)

    def originals(self) -> Floats | None:
        return self._form.data if isinstance(self._form, Singles) else None

    def memory(self) -> dict[str, int]:
        return {"codes" if self.originals() is None else "weights": self._form.nbytes()}

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        return self._form.arrays(), {"dim": self.dim, **self._form.tally}

    @classmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> ExactEngine:
        return _engine_of(_form_of(recipe.keep, metric, arrays, values), recipe)


class HalfEngine(ExactEngine):
    """Rows as half floats: the true neighbours among the rows as they are kept."""

    exact: ClassVar[bool] = False


class ByteEngine(ExactEngine):
    """Rows as bytes: candidates by products of bytes, scored again with the finer rows and the query as it
    is."""

    exact: ClassVar[bool] = False

    @property
    def settings(self) -> Settings:
        return {"rerank": self._rerank}

    def ladder(self) -> Iterator[Settings]:
        yield from ({"rerank": rerank} for rerank in (1, 2, 4, 8, 16, 32))

    def _candidates(self, k: int, settings: Settings) -> int:
        return max(k + SPARE, k * settings["rerank"])

    def _settle(self, *given: Any) -> None:
        """Nothing: the query was rounded, so that nothing is known of the rows that were left out."""


def _form_of(keep: str, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]) -> Form:
    """The rows of a file. Raises DataError where its arrays do not fit."""
    if keep == "int8":
        dim = values.get("dim")
        if not isinstance(dim, int) or not 0 <= dim < 2**31:
            raise DataError(f"an index of rows kept as bytes needs their dim, not {dim!r:.80}")
        return Bytes.checked(arrays, metric=metric, dim=dim)
    name, kind = ("halves", np.uint16) if keep == "float16" else ("rows", np.float32)
    rows = arrays.get(name)
    if rows is None or rows.dtype != kind or rows.ndim != 2 or not rows.flags.c_contiguous:
        raise DataError(f"an exact index with keep={keep!r} has {name} as {np.dtype(kind)} (n, d)")
    if keep == "float32":
        return Singles(rows, metric)
    if not Halves.are_finite(rows):
        raise DataError("a row that is kept as half floats has a value that is not a finite number")
    return Halves(rows, metric)


def _engine_of(form: Form, recipe: Any) -> ExactEngine:
    kinds = {Singles: ExactEngine, Halves: HalfEngine, Bytes: ByteEngine}
    return kinds[type(form)](form, rerank=recipe.rerank)


@dataclass(frozen=True, kw_only=True)
class Exact(IndexRecipe):
    """Compares a query with every row: always right, and the yardstick of every other index.

    Attributes:
        keep: "float32": the rows as they came, a mapped matrix in its file; the answers are exact.
            "float16": half the memory, three digits of each number; up to twice as fast for one query.
            "int8": a byte a number, and half a byte of what is left over for scoring the candidates: 1.5 · d
            bytes a row, 4 for its scale and, but for the dot product, 4 for its length. That is 2.5 times
            smaller in 100 dims, and two to four times as fast.
        rerank: with "int8", how many candidates are scored again for each answer, and eight more than
            answers at least.

    Raises:
        OptionError: `keep` is none of these.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> from firth.index import Exact
    >>> rows = np.random.default_rng(0).standard_normal((1000, 32))
    >>> index = Exact(keep="int8").build(Vectors([f"w{i}" for i in range(1000)], rows))
    >>> index.search(rows[7], 1).ids
    ['w7']
    """

    rerank: int = 2

    engine_type: ClassVar[type[Engine]] = ExactEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.keep not in FORMS:
            raise OptionError(
                f"Exact looks at the rows it keeps: keep is float32, float16 or int8, not {self.keep!r}"
            )

    def engine(self, rows: Floats, metric: str, run: Run) -> Engine:
        kinds = {"float32": Singles, "float16": Halves.of, "int8": Bytes.of}
        return _engine_of(kinds[self.keep](rows, metric), self)
