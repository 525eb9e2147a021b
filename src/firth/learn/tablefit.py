"""What fitting a table does: read it and the target, let each learner learn, put the model together."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column, Columns, read_table
from firth.data.factors import MISSING
from firth.errors import DataError
from firth.learn.columnwise import Block
from firth.learn.tablemodel import Entry, TableModel, label_of, model_of
from firth.learn.tablerows import features_of, mostly_zero
from firth.model import Model
from firth.run import Run

if TYPE_CHECKING:
    from firth.learn.table import Table

__all__ = ["fit_choices", "read_training"]

_log = logging.getLogger(__name__)

# A kind of category (`firth.data.factors.kind_of`) -> what several of it are called, if not by an s.
_SEVERAL = {
    "text": "text",
    "bool": "truth values",
    "time of day": "times of day",
    "time in UTC": "times in UTC",
}


def read_training(observations: Any, target: Any) -> tuple[Columns, NDArray[Any] | None]:
    """The columns of a training table without the target, and the target if there is one.

    Raises:
        DataError: there is no row, or the target is missing somewhere or does not fit.
    """
    columns = read_table(observations)
    if not columns.rows:
        raise DataError("the table has no row; there is nothing to learn from")
    if target is None:
        return columns, None
    if isinstance(target, str):
        if target not in columns:
            raise DataError(
                f"there is no column {target!r} to take the target from; there are "
                f"{', '.join(map(repr, columns.names))}"
            )
        y = _target_of(columns[target])
        return columns.take([name for name in columns if name != target]), y
    given = np.asarray(target) if isinstance(target, np.ndarray) else target
    if isinstance(given, np.ndarray) and given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    found = read_table({"target": given})
    if found.rows != columns.rows:
        raise DataError(f"the target has {found.rows:,} values for {columns.rows:,} rows; it needs one each")
    return columns, _target_of(found["target"])


def _target_of(column: Column) -> NDArray[Any]:
    """The target as float64, int64 or strings, (n,)."""
    missing = column.missing
    if missing.any():
        raise DataError(
            f"the target {column.name!r} holds no value in row {int(np.argmax(missing))}, one of "
            f"{int(missing.sum()):,} such rows; leave these rows out"
        )
    if column.kind == "number":
        values: NDArray[Any] = column.values.to_numpy()
        infinite = column.first_infinite()
        if infinite is not None:
            raise DataError(f"the target {column.name!r} holds {values[infinite]} in row {infinite}")
        return values
    factors = column.factors()
    if (factors.codes == MISSING).any() or column.kind == "time":
        raise DataError(f"the target {column.name!r} holds times; make numbers or classes of them")
    spelled = ["False", "True"] if column.kind == "bool" and len(factors.values) == 2 else None
    texts = spelled or [str(value) for value in factors.values.to_pylist()]
    return np.array(texts)[factors.codes]


def fit_choices(
    table: Table, columns: Columns, y: NDArray[Any] | None, run: Run, *, cross: bool
) -> tuple[Model, Any]:
    """The model of an explicit table and, if `cross`, the features of the training rows."""
    if not table.entries:
        raise DataError(
            "no column is left to learn from: "
            + ("; ".join(f"{name}: {why}" for name, why in table.dropped.items()) or "the table has none")
        )
    entries: list[Entry] = []
    blocks: list[Block] = []
    learned: dict[str, dict[str, Any]] = {}
    for names, learner in table.entries:
        taken = [columns[name] for name in names]
        if cross and hasattr(learner, "cross_fit"):
            learnt, block = learner.cross_fit(taken, target=y, seed=run.seed)
        else:
            learnt = learner.learn(taken, target=y, seed=run.seed)
            block = learner.encode(learnt, taken) if cross else None
        entries.append(Entry(names=names, learner=learner, learnt=learnt))
        if block is not None:
            blocks.append(block)
        about = {"learner": type(learner).__name__, **dict(learnt.facts)}
        learned.setdefault(label_of(names), {}).update(about)
        _log.info("%s: %s", label_of(names), _told(about))
    is_sparse = mostly_zero(entries) if table.sparse is None else table.sparse
    report = {"rows": columns.rows, "columns": learned, "dropped": dict(table.dropped)}
    if columns.report:
        report["data"] = dict(columns.report)
    options = {"rest": table.rest, "sparse": table.sparse, "dropped": dict(table.dropped)}
    opened = TableModel(entries=entries, rows=columns.rows, dtype=table.dtype, is_sparse=is_sparse)
    model = model_of(
        entries, rows=columns.rows, dtype=table.dtype, is_sparse=is_sparse, options=options, report=report
    )
    return model, features_of(opened, blocks, columns) if cross else None


def _told(about: Mapping[str, Any]) -> str:
    """What was learned of a column in words, such as "OneHot of text, 3 missing"."""
    kind = about.get("kind")
    words = [f"{about['learner']} of {_SEVERAL.get(kind, f'{kind}s')}" if kind else about["learner"]]
    words += [
        f"{about[what]:,} {what}" for what in ("missing", "rounded", "rare", "collisions") if about.get(what)
    ]
    return ", ".join([*words, "constant"] if about.get("constant") else words)
