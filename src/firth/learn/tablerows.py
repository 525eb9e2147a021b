"""The rows of a table as numbers and back again, as a model of a table says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Columns, read_table
from firth.data.features import Features
from firth.errors import DataError
from firth.learn.columnwise import Block, ColumnLearner
from firth.learn.tablemodel import Entry, TableModel, names_of, open_model
from firth.model import Model
from firth.options import check_several
from firth.run import Run

__all__ = ["decode", "encode", "features_of", "mostly_zero"]

_STRETCH = 1 << 12  # rows put together at a time
_MOSTLY_ZERO = 0.3  # up to this share of numbers that are not zero, rows are CSR


def encode(model: Model, objects: Any, *, run: Run | None = None) -> Features:
    """The rows of a table as numbers.

    Args:
        model: of `Table`, or of one of the learners of columns.
        objects: a table with the columns of training, in any order; others are left out and reported.
        run: not looked at; there is nothing to draw and one thread is enough.

    Returns:
        `Features` of the dtype that the recipe says, dense or CSR as it was in training, with a name for each
        number. The report counts, for each column, what was missing and unknown.

    Raises:
        DataError: a column is not there, or holds what cannot be encoded; the message names column and row.
    """
    del run
    opened = open_model(model)
    columns = read_table(objects)
    needed = [name for entry in opened.entries for name in entry.names]
    for name in needed:
        if name not in columns:
            raise DataError(
                f"the table has no column {name!r}, which the model was trained with; it has "
                f"{', '.join(map(repr, columns.names[:10])) or 'none'}"
            )
    blocks = [
        entry.learner.encode(entry.learnt, [columns[name] for name in entry.names])
        for entry in opened.entries
    ]
    return features_of(opened, blocks, columns)


def features_of(opened: TableModel, blocks: Sequence[Block], columns: Columns) -> Features:
    """The blocks of the choices beside each other, with their names and a report."""
    names = names_of(opened.entries)
    widths = [int(block.matrix.shape[1]) for block in blocks]
    if sum(widths) != len(names):
        raise DataError(f"{sum(widths):,} numbers have {len(names):,} names; this model is damaged")
    counted: dict[str, dict[str, int]] = {}
    for entry, block in zip(opened.entries, blocks, strict=True):
        if block.counts:
            counted.setdefault(entry.label, {}).update(block.counts)
        if entry.learner.width == 0:  # it takes many columns for one, and a report names each
            for name in entry.names:
                if count := columns[name].missing_count:
                    counted.setdefault(name, {})["missing"] = count
    used = {name for entry in opened.entries for name in entry.names}
    left_out = [name for name in columns if name not in used]
    report: dict[str, Any] = {"rows": columns.rows, "columns": counted}
    if left_out:
        report["left_out"] = left_out
    if columns.report:
        report["data"] = columns.report
    put = _side_by_side if opened.is_sparse else _dense
    try:
        with np.errstate(over="raise"):
            matrix = put(blocks, columns.rows, np.dtype(opened.dtype))
    except FloatingPointError as error:
        raise _too_large(opened.entries, blocks) from error
    return Features(matrix, names=names, report=report)


def _too_large(entries: Sequence[Entry], blocks: Sequence[Block]) -> DataError:
    """Says which numbers float32 does not hold."""
    most = float(np.finfo(np.float32).max)
    for entry, block in zip(entries, blocks, strict=True):
        rows = abs(block.matrix).max(axis=1)
        rows = rows.toarray() if hasattr(rows, "toarray") else rows
        if (rows > most).any():
            row = int(np.argmax(rows > most))
            return DataError(
                f"row {row} of {entry.label} becomes {rows[row]:g}, which float32 does not hold; take "
                f"firth.Table(…, dtype='float64'), or look whether the value belongs there"
            )
    return DataError("a number is larger than float32 holds; take firth.Table(…, dtype='float64')")


def _dense(blocks: Sequence[Block], rows: int, dtype: Any) -> NDArray[Any]:
    """The blocks in one array, a stretch of rows at a time, so that its lines are in the cache for all of
    them."""
    matrices = [block.matrix if isinstance(block.matrix, np.ndarray) else None for block in blocks]
    ends = np.cumsum([0, *(int(block.matrix.shape[1]) for block in blocks)])
    out = np.empty((rows, int(ends[-1])), dtype)
    for start in range(0, rows, _STRETCH):
        stretch = slice(start, start + _STRETCH)
        for matrix, block, begin, end in zip(matrices, blocks, ends, ends[1:], strict=False):
            part = block.matrix[stretch].toarray() if matrix is None else matrix[stretch]
            out[stretch, begin:end] = part
    return out


def _side_by_side(blocks: Sequence[Block], rows: int, dtype: Any) -> Any:
    from scipy.sparse import csr_array, hstack

    parts = [csr_array(block.matrix).astype(dtype, copy=False) for block in blocks]
    if not parts:
        return csr_array((rows, 0), dtype=dtype)
    return parts[0] if len(parts) == 1 else hstack(parts, format="csr")


def mostly_zero(entries: Sequence[Entry]) -> bool:
    """Whether so many numbers of each row are zero that it had better be CSR."""
    stored = total = 0
    for entry in entries:
        width = len(entry.learner.names(entry.learnt, list(entry.names)))
        total += width
        stored += min(len(entry.names), width) if getattr(entry.learner, "sparse", False) else width
    return stored < _MOSTLY_ZERO * total


def decode(model: Model, encoded: Any, *, columns: Iterable[str] | None = None) -> dict[str, list[Any]]:
    """Go back from the numbers to the values of the columns.

    Args:
        model: of `Table`, or of one of the learners of columns.
        encoded: `Features`, an array or a SciPy sparse matrix, (n, w), of what `encode` gives.
        columns: which columns; None for all.

    Returns:
        For each column its n values, of the kind that they were in training, None where there is none. A
        column that several learners encode comes back from the first of them that knows a way.

    Raises:
        DataError: a learner knows no way back (name the other columns then), or the rows are not of numbers,
            or of another shape.
        OptionError: `columns` is one name and not a list of them.
    """
    opened = open_model(model)
    matrix = _numbers_of(encoded)
    widths = [len(entry.learner.names(entry.learnt, list(entry.names))) for entry in opened.entries]
    if matrix.ndim != 2 or matrix.shape[1] != sum(widths):
        raise DataError(
            f"this model makes rows of {sum(widths):,} numbers; these have shape {tuple(matrix.shape)}"
        )
    wanted = None if columns is None else set(check_several("columns", columns))
    back: dict[str, list[Any]] = {}
    failed: dict[str, DataError] = {}
    ends = np.cumsum([0, *widths])
    for i, entry in enumerate(opened.entries):
        if (wanted is not None and wanted.isdisjoint(entry.names)) or not set(entry.names) - set(back):
            continue
        part = _part(matrix, slice(int(ends[i]), int(ends[i + 1])), entry.learner)
        try:
            found = entry.learner.decode(entry.learnt, part)
        except DataError as error:
            failed |= dict.fromkeys(entry.names, error)
            continue
        back |= {name: values for name, values in zip(entry.names, found, strict=True) if name not in back}
    unknown = (wanted or set()) - set(back) - set(failed)
    if unknown:
        raise DataError(f"the model was not trained with a column {min(unknown)!r}")
    for name, why in failed.items():
        if name not in back and (wanted is None or name in wanted):
            others = f". The others do: decode(…, columns={list(back)})" if back and wanted is None else ""
            raise DataError(f"the column {name!r} does not come back: {why}{others}") from why
    return {name: back[name] for name in back if wanted is None or name in wanted}


def _numbers_of(encoded: Any) -> Any:
    """What is to be decoded as an array or a sparse matrix of real numbers."""
    matrix = encoded.matrix if isinstance(encoded, Features) else encoded
    if not hasattr(matrix, "tocsr"):
        try:
            matrix = np.asarray(matrix)
        except ValueError as error:
            raise DataError(f"rows that are decoded are of one length each: {error}") from error
    if matrix.dtype.kind not in "biuf":
        raise DataError(f"rows that are decoded are of real numbers, and these are of {matrix.dtype}")
    return matrix


def _part(matrix: Any, where: slice, learner: ColumnLearner) -> Any:
    """The numbers of one choice, CSR only for learners whose blocks may be."""
    if isinstance(matrix, np.ndarray):
        return matrix[:, where].astype(np.float64)
    part = matrix.tocsr()[:, where]
    return part if getattr(learner, "sparse", False) else part.toarray().astype(np.float64)
