"""`SharedTable`: vectors for any number of categorical columns out of one hashed table."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column, Columns, is_table, read_table
from firth.data.columntokens import Bins, Missing, tokens_of
from firth.data.columnvalues import check_again, chosen_columns, column_values
from firth.data.ids import Integers
from firth.data.sequences import Sequences
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, OptionError
from firth.kernels import subword as kernels
from firth.learn.columnwise import Block, Learnt
from firth.learn.continuing import Origin, Start
from firth.learn.matrices import narrow, row_width
from firth.learn.objectives import LOSSES, Loss
from firth.learn.sharedrows import Pool, SharedRows, check_pool
from firth.learn.sharedtabletask import SharedTableTask, start_rows
from firth.learn.words import WordLearner
from firth.learn.wordtask import WordTask
from firth.model import Model, load
from firth.options import check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["SharedTable"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SharedTable(WordLearner):
    """One table for all columns: the vector of "column=value" is the mean of a few rows of one matrix, which
    stable hashes of column and value choose.

    No column needs a vocabulary to be encoded, the matrix has the size that was chosen whatever the columns
    hold, and a value that was never seen has a vector too. Values that share one row still differ in the
    others. The rows are trained here by skip-gram over the rows of a table: values that occur with the same
    other values come out alike. (Training holds besides, for each value, what the others are to predict.)

    Attributes:
        dim: how many numbers a vector has.
        rows: how many rows the matrix has. Only those that a value has been hashed to are kept.
        hashes: how many different rows a value has.
        bins: of columns of numbers, where a table is given; see `firth.column_values`.
        pool: what `encode` makes of the vectors of a row: "concat" puts them side by side, column by column,
            "sum" adds them up, "mean" takes their mean.
        window: how many columns before and after a value count as its company. The order of columns means
            nothing, so it should reach over all of them.
        subsample, dynamic_window: as in `firth.SkipGram`, but off: a row of a table has few values, and the
            nearer column is not the closer one.
        min_count: rarer values are not trained on; they get a vector all the same, by `encode`.
        loss: "negative_sampling", the only one.
        learning_rate: the step size at the start; None takes 0.05.
        negative, ns_exponent, min_learning_rate, epochs: as in `firth.SkipGram`.

    Raises:
        OptionError: a value is outside its range.

    Weinberger, Dasgupta, Langford, Smola and Attenberg 2009, "Feature Hashing for Large Scale Multitask
    Learning"; Svenstrup, Hansen and Winther 2017, "Hash Embeddings for Efficient Word Representations", for
    several rows a value; Coleman et al. 2023, "Unified Embedding: Battle-Tested Feature Representations for
    Web-Scale ML Systems", for one table for all features. The step in blocks is that of `SubwordSkipGram`.

    >>> table = {"city": ["Rome", "Milan", "Oslo"], "country": ["IT", "IT", "NO"]}
    >>> model = SharedTable(dim=8, rows=64).fit(table)
    >>> model.encode({"city": ["Bergen"], "country": ["NO"]})
    Features(1 × 16, dense)
    """

    dim: int = 32
    rows: int = 2**16
    hashes: int = 2
    bins: int = 10
    pool: Pool = "concat"
    window: int = 32
    subsample: float = 0.0
    min_count: int = 1
    epochs: int = 10
    dynamic_window: bool = False

    rates: ClassVar[Mapping[Loss, float]] = {"negative_sampling": 0.05}
    width: ClassVar[int] = 0  # in a `firth.Table`, it takes as many columns as it is given

    def __post_init__(self) -> None:
        if self.loss in LOSSES and self.loss not in self.rates:
            raise OptionError(f"loss={self.loss!r}: a shared table is trained by 'negative_sampling' only")
        super().__post_init__()
        for name, value in vars(self.spread).items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "bins", check_whole("bins", self.bins, 0, 10_000))
        check_pool(self.pool)

    @property
    def spread(self) -> SharedRows:
        """How values are spread over the rows."""
        return SharedRows(rows=self.rows, hashes=self.hashes)

    def fit(
        self,
        observations: Any,
        *,
        start: Origin | None = None,
        anchor: float = 0.0,
        run: Run | None = None,
    ) -> Model:
        """Train on the rows of a table.

        Args:
            observations: a table: `Columns`, a frame, a dict of columns, a list of dicts, an array of two
                dimensions, or the path of a CSV, Parquet or Arrow file; or `Sequences`, such as
                `firth.column_values` makes of a table; or lists of tokens.
            start, anchor, run: as in `firth.SkipGram`. Numbers are cut where they were for the start.

        Returns:
            A model with the spaces "values" (the vectors of the values seen), "contexts" (what they were
            trained against) and "rows" (the shared matrix; its ids are the numbers of the rows in use). Its
            `encode` makes vectors of other rows of such a table.

        Raises:
            As `firth.SkipGram.fit`, and what `firth.column_values` raises.
        """
        if not is_table(observations):
            return super().fit(observations, start=start, anchor=anchor, run=run)
        if isinstance(start, (str, os.PathLike)):
            start = load(start)
        values = start.vectors if isinstance(start, Model) else start
        again = values.meta.get("again") if isinstance(values, Vectors) else None
        how: dict[str, Any] = {"bins": self.bins} if again is None else check_again(again)
        with column_values(observations, **how) as sequences:
            fullest = int(np.diff(sequences.offsets).max(initial=0))
            if fullest < 2:
                raise DataError(
                    f"no value has company: the fullest of {len(sequences):,} rows has {fullest}; a shared "
                    "table learns from rows of two values and more"
                )
            return super().fit(sequences, start=start, anchor=anchor, run=run)

    def learn(
        self, columns: Sequence[Column], *, target: NDArray[Any] | None = None, seed: int = 1
    ) -> Learnt:
        """Train on these columns of a table; see `firth.learn.columnwise.ColumnLearner.learn`."""
        del target  # it learns from the columns alone
        if len(columns) == 1 and columns[0].kind != "time":  # whose parts keep company
            raise DataError(
                f"there is no company in 1 feature(s), {columns[0].name!r}: a shared table learns from two "
                "columns and more"
            )
        model = self.fit(Columns(columns), run=Run(threads=1, seed=seed, progress=False))
        values, rows = model.spaces["values"], model.spaces["rows"]
        facts = {name: model.report[name] for name in ("rows_used", "values_not_told_apart")}
        return Learnt(
            vectors=values,
            arrays={"rows": rows.matrix, "numbers": np.array(rows.ids, np.int64)},
            facts={"values": len(values), **facts},
        )

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """The vectors of rows, pooled; see `firth.learn.columnwise.ColumnLearner.encode`."""
        from firth.learn.sharedencode import Composer

        return Composer.of_learnt(self, learnt).block(columns)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """There is no way back: many values may have nearly one vector. Raises DataError."""
        del learnt, matrix
        raise DataError(
            "there is no way back from a shared table; look for the nearest of its values instead"
        )

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "city.3", or "city+2.3" for three columns together."""
        from firth.learn.sharedencode import Composer

        return Composer.of_learnt(self, learnt).names(columns)

    def rows_of(
        self,
        table: Any,
        *,
        only: Iterable[str] | None = None,
        bins: Bins | None = None,
        missing: Missing = "leave out",
    ) -> NDArray[np.int32]:
        """The numbers of the rows of every value of a table: all that a neural network needs beside a matrix
        of its own.

        Args:
            table, only, missing: see `firth.column_values`, whose `report["again"]` holds all three options.
            bins: borders, or a number of bins; None takes that of the learner.

        Returns:
            int32, (n, columns, hashes); -1 where there is no value. A column of times counts as several.

        Raises:
            As `firth.column_values`.
        """
        columns = chosen_columns(read_table(table), only)
        found = tokens_of(columns, bins=self.bins if bins is None else bins, missing=missing)
        rows = np.full((columns.rows, len(found), self.hashes), -1, np.int32)
        for j, tokens in enumerate(found):
            there = tokens.codes >= 0
            rows[there, j] = self.spread.of(tokens.keys)[tokens.codes[there]]
        return rows

    def _task(
        self, sequences: Sequences, counts: NDArray[np.int64], seed: int, start: Start | None
    ) -> SharedTableTask:
        longest = int(np.diff(sequences.offsets).max(initial=0))
        if longest > self.window + 1:
            _log.warning(
                "the longest row has %d values, and window=%d reaches over %d; raise it to %d",
                longest,
                self.window,
                self.window + 1,
                longest - 1,
            )
        return SharedTableTask(self, sequences, counts, seed=seed, start=start)

    def _memory(self, vocabulary: Vocabulary, start: Start | None, run: Run) -> int:
        """Bytes that training takes: the shared rows, the contexts of values and their vectors, where old
        ones are held, and each thread's scratch and stream."""
        n, wide = len(vocabulary), row_width(self.dim)
        shared = min(
            self.rows, n * self.hashes + (0 if start is None else len(start_rows(start, self.spread)))
        )
        held = 0 if start is None else start.held("rows", "contexts", wide=wide)
        scratch = kernels.scratch_size(wide, self.window, self.noise, together=False)
        values = 4 * (wide + self.dim) * n + (16 * self.hashes + 64) * n
        return 4 * wide * shared + values + held + run.worker_count * (4 * scratch + (4 << 20)) + (96 << 20)

    def _spaces(self, sequences: Sequences, task: WordTask, run: Run) -> Mapping[str, Vectors]:
        """The composed vectors, and what they are composed of."""
        if not isinstance(task, SharedTableTask):
            raise TypeError("a shared table trains a SharedTableTask")
        vocabulary, used = sequences.vocabulary, task.pieces.used
        rows, contexts = narrow(task.words, self.dim), narrow(task.objective.rows, self.dim)
        values = self.spread.compose(vocabulary.keys, used, rows, run=run)
        columns = {"counts": vocabulary.counts}
        meta: dict[str, Any] = {"fingerprint": vocabulary.fingerprint()}
        if "again" in sequences.report:
            meta |= {"again": sequences.report["again"], "parts": list(sequences.report["columns"])}
        return {
            "values": Vectors(vocabulary.keys, values, columns=columns, meta=meta),
            "contexts": Vectors(vocabulary.keys, contexts, columns=columns, meta=meta),
            "rows": Vectors(Integers(used), rows, meta=meta),
        }
