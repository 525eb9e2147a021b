"""`Index`: ids, filters, removal and exact scores around an engine that finds rows.

What is the same for every kind of index is here, once: what a metric means, which rows may be answers, in
what order they come, and what happens where an engine finds fewer than were asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.errors import DataError, OptionError
from firth.fingerprints import check_same_space
from firth.hits import Hits
from firth.index.engine import Engine, Settings
from firth.index.keep import Coded, Kept, Whole
from firth.index.labels import Labels
from firth.kernels.rerank import first_strange, in_order, unit_queries
from firth.kernels.topk import squared_norms
from firth.neighbours import usable
from firth.options import check_flag, check_whole
from firth.run import Run
from firth.vectors import Metric, Vectors

if TYPE_CHECKING:
    from firth.index.recipe import IndexRecipe

__all__ = ["Index", "Selection"]

Floats: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.int64]

FEW = 2_000
"""So many rows that a filter leaves are all scored, which is exact and as fast as any way around it."""


class Selection:
    """Rows that may be answers, made once by `Index.select` and used in many searches."""

    __slots__ = ("allowed", "count", "size")

    def __init__(self, allowed: NDArray[np.bool_]):
        self.allowed = allowed
        self.size = len(allowed)
        self.count = int(np.count_nonzero(allowed))


class Index:
    """An index over vectors: made by the `build` of a recipe, or opened by `firth.index.load`.

    Attributes:
        recipe: its kind and options.
        metric: "cosine", "dot" or "euclidean".
        dim: how many numbers a row has.
        fingerprint: the space of its rows.
        settings: what each search does if it is not told otherwise, such as {"nprobe": 16}; where rows are
            kept and the engine is not exact, also "rerank", which begins as the recipe's.
        measured: what `measure` and `tune` found: values that JSON can hold, kept in the file.
        report: what happened in building: rows, and those left out.
    """

    def __init__(
        self,
        *,
        recipe: IndexRecipe,
        metric: Metric,
        engine: Engine,
        labels: Labels,
        kept: Kept | None,
        fingerprint: str,
        report: Mapping[str, Any],
        settings: Settings | None = None,
        measured: Mapping[str, Any] | None = None,
    ):
        self.recipe = recipe
        self.metric: Metric = metric
        self.dim = engine.dim
        self.fingerprint = fingerprint
        self.report = dict(report)
        self.measured: dict[str, Any] = dict(measured or {})
        self.engine = engine
        self.labels = labels
        self.kept = kept
        self.settings: dict[str, int] = dict(engine.settings)
        if self._holds_rows and not engine.exact:
            self.settings["rerank"] = recipe.rerank
        if settings:
            self.settings = self._with(settings)
        self._some: tuple[tuple[int, int], Selection | None] = ((0, 0), None)

    @classmethod
    def of(cls, vectors: Vectors, *, recipe: IndexRecipe, metric: Metric, run: Run) -> Index:
        """What `recipe.build(vectors)` makes."""
        ids, rows, left_out = _of_use(vectors, metric)
        given = rows if recipe.engine_type.raw else _prepared(rows, metric)
        engine = recipe.engine(given, metric, run)
        kept = None if engine.holds_rows else _kept(rows, recipe.keep, run)
        counted = {"rows": len(vectors), "left_out": len(left_out), "left_out_ids": left_out[:20]}
        report = {**engine.report, **counted}
        return cls(
            recipe=recipe,
            metric=metric,
            engine=engine,
            labels=Labels(ids),
            kept=kept,
            fingerprint=vectors.fingerprint,
            report=report,
        )

    def __len__(self) -> int:
        return len(self.labels) - self.labels.dead

    def __contains__(self, key: object) -> bool:
        return bool(self.labels.find([key])[0] >= 0)

    def __repr__(self) -> str:
        return f"Index({len(self):,} ids, dim {self.dim}, {self.metric}; {self.recipe!r})"

    # --- search ---------------------------------------------------------------------------------------------

    def search(
        self,
        queries: Vectors | ArrayLike,
        k: int = 10,
        *,
        only: Iterable[Any] | Selection | None = None,
        without: Iterable[Any] | None = None,
        threads: int | None = None,
        **settings: int,
    ) -> Hits:
        """The nearest ids of each query, best first; of equal scores the row that came in first.

        Args:
            queries: vectors of the space, or rows (m, d) of it, or one row (d,).
            k: how many answers at most.
            only: the ids that may be answers, or what `select` made of them; all if None.
            without: ids that may not.
            threads: how many threads at most; None for every core. One query is searched by one thread,
                except where every row is looked at.
            settings: what is chosen for this search alone, such as nprobe=32; `self.settings` if nothing.

        Returns:
            Hits (m, k), or (k,) for one row. There are fewer only where there are fewer than k rows that may
            be answers, or where the index keeps no rows (keep="none") to look further; then row -1 and score
            -inf fill.

        Raises:
            DataError: a query has another dim or a number that is not finite.
            SpaceMismatchError: the queries are of another space.
            UnknownIdError: `only` or `without` names an id that is not here.
            OptionError: k is not positive, or there is no such setting.
        """
        rows, prepared, single = self._queries(queries)
        k = min(check_whole("k", k, 1, 2**31 - 1), len(self))
        chosen = self._with(settings) if settings else self.settings
        if len(rows) == 1 and not self.engine.splits:
            workers = 1
            if threads is not None:
                check_whole("threads", threads, 1, 1024)
        else:
            workers = Run(threads=threads).worker_count
        filtered = only is not None or without is not None
        selection = self.select(only, without=without) if filtered else self._living()
        if not len(rows) or k < 1 or (selection is not None and not selection.count):
            shape = (len(rows), max(0, k if selection is None else min(k, selection.count)))
            found, scores = np.full(shape, -1, np.int64), np.full(shape, -np.inf, np.float32)
        else:
            if selection is not None:
                k = min(k, selection.count)
            found, scores = self._search(rows, prepared, k, selection, chosen, workers)
        table = cast("Any", self.labels)
        return Hits(found[0], scores[0], table) if single else Hits(found, scores, table)

    def _search(
        self,
        queries: Floats,
        prepared: Floats,
        k: int,
        selection: Selection | None,
        settings: Settings,
        threads: int,
    ) -> tuple[Rows, Floats]:
        again = not self.engine.exact and self._holds_rows
        if selection is not None and selection.count <= FEW and again:
            return self._best_of_all(queries, prepared, selection.allowed, k, threads)
        allowed = None if selection is None else selection.allowed
        wanted = min(k * settings["rerank"] if again else k, len(self.labels))
        candidates, keys = self.engine.search(
            prepared, wanted, allowed=allowed, settings=settings, threads=threads
        )
        if not again:
            found, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
            in_order(candidates, keys, found, scores)
            return found, scores
        found, scores = self._best(queries, prepared, candidates, k, threads)
        short = np.flatnonzero(found[:, -1] < 0)
        if len(short):  # the engine found fewer than there are
            everyone = self.labels.alive if allowed is None else allowed
            found[short], scores[short] = self._best_of_all(
                queries[short], prepared[short], everyone, k, threads
            )
        return found, scores

    @property
    def _holds_rows(self) -> bool:
        return self.kept is not None or self.engine.originals() is not None

    def _best(
        self, queries: Floats, prepared: Floats, candidates: Rows, k: int, threads: int
    ) -> tuple[Rows, Floats]:
        """The best k of the candidates (m, c), scored by the rows that are kept."""
        if self.kept is not None:
            return self.kept.best(queries, candidates, metric=self.metric, k=k, threads=threads)
        kept = Whole(cast("Floats", self.engine.originals()))
        return kept.best(prepared, candidates, metric=self.metric, k=k, threads=threads)

    def _best_of_all(
        self, queries: Floats, prepared: Floats, allowed: NDArray[np.bool_], k: int, threads: int
    ) -> tuple[Rows, Floats]:
        """The best k of all allowed rows."""
        rows = np.flatnonzero(allowed)
        found, scores = (
            np.full((len(queries), k), -1, np.int64),
            np.full((len(queries), k), -np.inf, np.float32),
        )
        step = 1 << 14
        for start in range(0, len(rows), step):
            block = np.broadcast_to(
                rows[start : start + step], (len(queries), len(rows[start : start + step]))
            )
            block = np.ascontiguousarray(np.concatenate([found, block], axis=1))
            found, scores = self._best(queries, prepared, block, k, threads)
        return found, scores

    def select(
        self, only: Iterable[Any] | Selection | None = None, *, without: Iterable[Any] | None = None
    ) -> Selection:
        """The rows that may be answers, for many searches with one filter.

        Args:
            only: ids, or a bool array (n,) over the rows in the order they came in; None for all.
            without: ids that may not be answers.

        Raises:
            UnknownIdError: an id is not here.
            DataError: the index has grown since the selection was made, or the array is of another length.
        """
        if isinstance(only, Selection):
            if only.size != len(self.labels):
                raise DataError(
                    f"this selection is over {only.size:,} rows and the index has {len(self.labels):,} now; "
                    "make it anew: index.select(ids)"
                )
            if without is None and not self.labels.dead:
                return only
            allowed = only.allowed & self.labels.alive
        elif only is None:
            allowed = self.labels.alive.copy()
        elif isinstance(only, np.ndarray) and only.dtype == bool:
            if only.shape != (len(self.labels),):
                raise DataError(f"a mask of shape {only.shape} does not fit {len(self.labels):,} rows")
            allowed = only & self.labels.alive
        else:
            allowed = np.zeros(len(self.labels), bool)
            allowed[self.labels.rows(only)] = True
        if without is not None:
            allowed[self.labels.rows(without)] = False
        return Selection(allowed)

    def _living(self) -> Selection | None:
        """The rows that are alive; None where all are. Made anew only when ids came or went."""
        labels = self.labels
        if not labels.dead:
            return None
        state = (len(labels), labels.dead)
        known, selection = self._some
        if known != state or selection is None:
            selection = Selection(labels.alive.copy())
            self._some = (state, selection)
        return selection

    def _queries(self, given: Vectors | ArrayLike) -> tuple[Floats, Floats, bool]:
        """Queries as rows (m, d), the same as the engine takes them, and whether it was one alone."""
        if isinstance(given, Vectors):
            check_same_space(self.fingerprint, given, what="the queries")
            given = given.matrix
        try:
            array = np.asarray(given)
        except ValueError as error:  # rows of several lengths
            raise DataError(f"queries are rows of equal length: {error}") from None
        if array.dtype.kind not in "fiu" or array.ndim not in (1, 2) or array.shape[-1] != self.dim:
            raise DataError(
                f"queries of {array.dtype} and shape {array.shape} do not fit an index of dim {self.dim}; "
                "rows (m, d), one row (d,) or Vectors are searched for"
            )
        single = array.ndim == 1
        rows = array[None] if single else array
        if rows.dtype != np.float32:
            with np.errstate(over="ignore"):  # what is beyond float32 is infinite, and refused below
                rows = rows.astype(np.float32)
        if not rows.flags.c_contiguous:
            rows = np.ascontiguousarray(rows)
        prepared = rows
        if self.metric == "cosine" and not self.engine.raw:
            prepared = np.empty_like(rows)
            strange = unit_queries(rows, prepared)
        else:
            strange = first_strange(rows)
        if strange >= 0:
            raise DataError(f"query {strange} has a value that is not a finite number")
        return rows, prepared, single

    def _with(self, settings: Mapping[str, int]) -> dict[str, int]:
        """The settings with some of them changed."""
        for name, value in settings.items():
            if name not in self.settings:
                there = ", ".join(self.settings) or "none"
                raise OptionError(f"this index has no setting {name!r}; there are: {there}")
            check_whole(name, value, 1, 2**31 - 1)
        return {**self.settings, **settings}

    # --- change ---------------------------------------------------------------------------------------------

    def add(self, vectors: Vectors, *, replace: bool = False) -> None:
        """Take in more vectors of the space; all of them, or none where it raises.

        Args:
            vectors: rows and ids. Rows without a direction are left out as in `build`, and counted.
            replace: ids that are here already get the new row, and go where that is left out; else ids that
                are here are refused.

        Raises:
            DataError: an id is here already, or occurs twice, or another dim, or a row that this kind cannot
                hold; or this kind of index cannot grow.
            SpaceMismatchError: vectors of another space.
        """
        check_flag("replace", replace)
        check_same_space(self.fingerprint, vectors, what="the vectors to be added")
        if vectors.dim != self.dim:
            raise DataError(f"vectors of dim {vectors.dim} do not fit an index of dim {self.dim}")
        if not self.engine.grows:
            raise DataError(
                f"an index of the kind {type(self.recipe).__name__} cannot grow; build it anew of all vectors"
            )
        if replace:
            self.labels.check_kind(vectors.ids)
        else:
            self.labels.check_new(vectors.ids)
        ids, rows, left_out = _of_use(vectors, self.metric)
        old = self.labels.find(vectors.ids)
        # What may fail comes first.
        encoded = None if self.kept is None else self.kept.encoded(rows)
        if len(rows):
            self.engine.add(rows if self.engine.raw else _prepared(rows, self.metric))
        self.labels.remove(old[old >= 0])
        self.labels.add(ids)
        if self.kept is not None and encoded is not None:
            self.kept.append(encoded)
        self.report["rows"] = self.report.get("rows", 0) + len(vectors)
        self.report["left_out"] = self.report.get("left_out", 0) + len(left_out)
        self.report["left_out_ids"] = [*self.report.get("left_out_ids", []), *left_out][:20]
        self.measured = {}  # it was another index that was measured

    def remove(self, ids: Iterable[Any]) -> None:
        """Let ids go: from now on they are no answers. `compact` gives their memory back.

        Raises:
            UnknownIdError: an id is not here; then none is removed.
        """
        rows = self.labels.rows(ids)
        self.labels.remove(np.unique(rows))
        self.measured = {}

    def compact(self, *, run: Run | None = None) -> Index:
        """The same index built anew from the rows that are alive.

        Raises:
            DataError: the index keeps no rows.
        """
        return self.recipe.build(self.vectors(), metric=self.metric, run=run)

    def vectors(self, ids: Iterable[Any] | None = None) -> Vectors:
        """The rows that the index keeps, as vectors; codes are decoded.

        Args:
            ids: which; all that are alive if None.

        Raises:
            UnknownIdError: an id is not here.
            DataError: the index keeps no rows.
        """
        rows = np.flatnonzero(self.labels.alive) if ids is None else self.labels.rows(ids)
        if self.kept is not None:
            matrix = self.kept.take(rows)
        else:
            taken = self.engine.take(rows)
            if taken is None:
                raise DataError("this index was built with keep='none', so it holds no vectors")
            matrix = taken
        return Vectors(
            self.labels.table().take(rows), matrix, metric=self.metric, fingerprint=self.fingerprint
        )

    # --- what it is -----------------------------------------------------------------------------------------

    def memory(self) -> dict[str, int]:
        """Bytes by what they are for; "total" is what is held in memory, "mapped" are rows that stay in a
        file and are read where candidates are scored. Codes, tables and lists count as held even where they
        are read from the file of an index, since every search goes through them. Ids, and which of them are
        alive, are not counted: they are the same for every kind."""
        parts = self.engine.memory()
        mapped = 0
        if self.kept is not None:
            parts["rows"], mapped = self.kept.memory()
        else:
            originals = self.engine.originals()
            if originals is not None:
                parts["rows"], mapped = Whole(originals).memory()
        return {**parts, "total": sum(parts.values()), "mapped": mapped}

    def measure(self, queries: Vectors | ArrayLike | None = None, k: int = 10, **options: Any) -> Any:
        """How many of the true neighbours the index finds, with an interval, and how fast; see
        `firth.index.measure`. What was found is remembered in `measured`, and in the file."""
        from firth.index.tuning import measure

        return measure(self, queries, k, **options)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the index as one file, atomically; `firth.index.load` opens it.

        Raises:
            ExistsError: the file is there and `force` is not set.
        """
        from firth.index.files import write

        write(self, path, force=force)


def _of_use(vectors: Vectors, metric: str) -> tuple[Any, Floats, list[Any]]:
    """The ids and rows that can be answers, and the ids of the others."""
    if metric == "cosine":
        good = usable(vectors.matrix)
    else:  # the sum of squares in float64 is finite where all numbers are; a mask would be n · d bytes
        squares = np.empty(len(vectors), np.float64)
        squared_norms(vectors.matrix, squares)
        good = np.isfinite(squares)
    if good.all():
        vectors.ids.rows([])  # raises where an id occurs twice
        return vectors.ids, vectors.matrix, []
    rows = np.flatnonzero(good)
    return (
        vectors.ids.take(rows),
        vectors.matrix[rows],
        [vectors.ids[i] for i in np.flatnonzero(~good).tolist()],
    )


def _prepared(rows: Floats, metric: str) -> Floats:
    """Rows as engines take them."""
    if metric != "cosine":
        return rows
    unit = np.empty_like(rows)
    unit_queries(rows, unit)
    return unit


def _kept(rows: Floats, keep: str, run: Run) -> Kept | None:
    """The rows in the form that was asked for."""
    if keep == "none":
        return None
    if keep == "float32" or not len(rows):
        return Whole(rows)
    from firth.compress import Float16, Scalar

    recipe = Float16() if keep == "float16" else Scalar(bits=8 if keep == "int8" else 4, per="row")
    codec = recipe.fit(rows, run=run)
    return Coded(codec, codec.encode_rows(rows))
