"""`CountSketch`: how often each of unboundedly many categories occurs, in a table of fixed size.

Charikar, Chen, Farach-Colton 2002, "Finding Frequent Items in Data Streams".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.errors import DataError
from firth.learn.categories import Missing, check_word, part_of, refuse
from firth.learn.columnwise import Block, FromColumns, Learnt
from firth.learn.hashed import hashed, key_of
from firth.model import Model
from firth.options import check_seed, check_whole

if TYPE_CHECKING:
    from firth.learn.tablemodel import Entry

__all__ = ["CountSketch", "estimate", "merge"]

_ROW = 0xA0761D6478BD642F  # consecutive multiples of it make the hash functions of the rows


@dataclass(frozen=True, kw_only=True)
class CountSketch(FromColumns):
    """A category as how often it occurs, estimated from `depth` rows of `size` counters.

    Attributes:
        size: counters a row.
        depth: rows. In each of them a value has one counter and a sign; what the row says of it is the
            counter times the sign, and what the sketch says is the median of the rows.
        of: "share" of the training rows or "count".
        seed: which hash functions of many.
        missing: "own" (counted like a value), "zero" or "error".

    Raises:
        OptionError: a value is outside its range.

    A row errs by the other values on its counter, whose signs make that 0 on average, with a variance of at
    most F/size, where F is the sum of the squared counts of all values. So a row errs by more than
    3·√(F/size) at most once in nine times (Chebyshev), and the median of 5 rows only if 3 of them do: less
    than once in 80 times. No value is unknown; one that was never there is estimated near 0. Negative
    estimates are encoded as 0. Sketches of two tables add up to that of both: `merge`.

    >>> model = CountSketch(of="count").fit({"city": ["Oslo", "Rome", "Rome"]})
    >>> model.encode({"city": ["Oslo", "Rome", "Paris"]}).matrix.ravel().tolist()
    [1.0, 2.0, 0.0]
    """

    size: int = 4096
    depth: int = 5
    of: Literal["share", "count"] = "share"
    seed: int = 0
    missing: Missing = "own"

    width: ClassVar[int] = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", check_whole("size", self.size, 1, 2**31 - 1))
        object.__setattr__(self, "depth", check_whole("depth", self.depth, 1, 99))
        object.__setattr__(self, "seed", check_seed(self.seed))
        check_word("of", self.of, ("share", "count"))
        check_word("missing", self.missing, ("own", "zero", "error"))

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """The counters."""
        from firth.kernels.categories import add_to_sketch

        found, there = self._hashes(columns[0])
        sketch = np.zeros((self.depth, self.size), np.int64)
        add_to_sketch(found[there], np.ones(int(there.sum()), np.int64), self._keys(), sketch)
        return Learnt(arrays={"sketch": sketch}, facts={"rows": len(columns[0]), "column": columns[0].name})

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Estimates, (n, 1), none of them negative; see `ColumnLearner.encode`."""
        rows, name = rows_of(learnt)
        column = Column(name, columns[0].values)
        found, there = self._hashes(column)
        values = np.where(there, np.maximum(self._estimates(learnt, found), 0.0), 0.0)
        missing = column.missing_count
        return Block(
            matrix=(values / (max(rows, 1) if self.of == "share" else 1))[:, None],
            counts={"missing": missing} if missing else {},
        )

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """There is no way back: categories may be equally frequent. Raises DataError."""
        del learnt, matrix
        raise DataError("there is no way back from how often a category occurs: several may occur as often")

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "city share" or "city count"."""
        del learnt
        return [f"{columns[0]} {self.of}"]

    def _estimates(self, learnt: Learnt, found: NDArray[np.uint64]) -> NDArray[np.float64]:
        """The median of what the rows say of each hash, float64, (n,)."""
        from firth.kernels.categories import estimates

        sketch = part_of(learnt, "sketch", shape=(self.depth, self.size), dtype=np.int64)
        said = np.empty((found.size, self.depth))
        estimates(found, self._keys(), sketch, said)
        median: NDArray[np.float64] = np.median(said, axis=1) if found.size else np.empty(0)
        return median

    def _hashes(self, column: Column) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        found, missing = hashed(column, key_of(column.name, self.seed))
        if self.missing == "error":
            refuse(missing, column, "holds no value", "fill it, or take missing='own' or 'zero'")
        return found, np.ones(len(column), np.bool_) if self.missing == "own" else ~missing

    def _keys(self) -> NDArray[np.uint64]:
        """What makes a hash function for each row: uint64, (depth,)."""
        return np.arange(1, self.depth + 1, dtype=np.uint64) * np.uint64(_ROW)


def rows_of(learnt: Learnt) -> tuple[int, str]:
    """How many rows a sketch counted, and the name of their column, which its hashes depend on.

    Raises:
        DataError: a file that was written by hand says something else.
    """
    rows, name = learnt.facts.get("rows"), learnt.facts.get("column")
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0 or not isinstance(name, str):
        raise DataError(f"this model cannot encode: its sketch is of {rows!r} rows of {name!r}")
    return rows, name


def estimate(model: Model, values: Any, *, column: str | None = None) -> NDArray[np.float64]:
    """How often each of these values was counted, as the sketch says it: float64, (n,), negative ones too.

    Args:
        model: with a `CountSketch`.
        values: n values, as in a column of a table.
        column: of which column; None where the model has only one sketch.

    Raises:
        DataError: the model has no such sketch.
    """
    from firth.data.arrowcolumn import arrow_column

    entry = _sketch_of(model, column)
    sketch: CountSketch = entry.learner  # type: ignore[assignment]
    _, name = rows_of(entry.learnt)
    found, _ = hashed(Column(name, arrow_column(name, values)), key_of(name, sketch.seed))
    return sketch._estimates(entry.learnt, found)


def merge(first: Model, second: Model) -> Model:
    """The model that a fit on the rows of both training tables would have made.

    Args:
        first, second: of `CountSketch`, with the same options, for the same columns.

    Raises:
        DataError: the models do not go together.
    """
    from firth.learn.tablemodel import Entry, model_of, open_model

    one, two = open_model(first), open_model(second)
    merged = []
    for a, b in zip(one.entries, two.entries, strict=False):
        if not isinstance(a.learner, CountSketch) or a.learner != b.learner or a.names != b.names:
            raise DataError(
                f"only sketches with the same options of the same columns can be merged, and these are "
                f"{a.learner} of {', '.join(a.names)} and {b.learner} of {', '.join(b.names)}"
            )
        shape = (a.learner.depth, a.learner.size)
        counters = [part_of(entry.learnt, "sketch", shape=shape, dtype=np.int64) for entry in (a, b)]
        rows = rows_of(a.learnt)[0] + rows_of(b.learnt)[0]
        learnt = Learnt(
            arrays={"sketch": counters[0] + counters[1]}, facts=dict(a.learnt.facts) | {"rows": rows}
        )
        merged.append(Entry(names=a.names, learner=a.learner, learnt=learnt))
    if len(one.entries) != len(two.entries):
        raise DataError(f"one model has {len(one.entries)} columns and the other {len(two.entries)}")
    return model_of(
        merged, rows=one.rows + two.rows, dtype=one.dtype, is_sparse=one.is_sparse, options=one.options
    )


def _sketch_of(model: Model, column: str | None) -> Entry:
    from firth.learn.tablemodel import open_model

    found = [entry for entry in open_model(model).entries if isinstance(entry.learner, CountSketch)]
    if column is not None:
        found = [entry for entry in found if entry.names == (column,)]
    if len(found) != 1:
        raise DataError(
            f"the model has {len(found)} sketches of {'any column' if column is None else repr(column)}; "
            f"name the column of one: estimate(model, values, column=…)"
        )
    return found[0]
