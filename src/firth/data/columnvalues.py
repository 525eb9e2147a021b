"""`column_values`: each row of a table as a sequence of "column=value" tokens.

The values of a row keep company as the words of a sentence do: a city in Italy lies in the time zone of Rome.
Whatever learns from sequences thereby learns vectors of categories, and where rows have ids, of rows; for
learners over documents take a row for a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column, Columns, read_table
from firth.data.columntokens import (
    Bins,
    ColumnTokens,
    Missing,
    check_bins,
    check_missing,
    strings_of,
    tokens_of,
)
from firth.data.ids import Ids, Integers, Strings
from firth.data.sequences import Sequences
from firth.data.vocabulary import Choice, Vocabulary
from firth.errors import DataError, OptionError
from firth.extras import require
from firth.options import check_several

__all__ = ["check_again", "chosen_columns", "column_values"]

_CODES = 1 << 20  # codes put together at a time


def column_values(
    table: Any,
    *,
    only: Iterable[str] | None = None,
    ids: str | None = None,
    bins: Bins = 10,
    missing: Missing = "leave out",
) -> Sequences:
    """Make a sequence of "column=value" tokens of each row of a table.

    Args:
        table: `Columns`, or whatever `firth.read_table` takes.
        only: the names of the columns to take, in this order; None takes all of them.
        ids: the name of a column of different whole numbers or texts, which become the ids of the sequences
            and no tokens; None for sequences without ids.
        bins: columns of numbers with more different values than this are cut at their quantiles into as many
            bins, "population=6 of 10" (fewer where many rows share a value); 0 cuts none. Or a dict
            {column: borders}, which cuts these columns and no other: a value is in bin i if it is at most
            border i and above the one before.
        missing: "leave out" makes no token of a value that is missing, "own" makes one, "city is missing".

    Returns:
        One sequence a row, also of a row without any value, its tokens in the order of the columns. Columns
        of times become year, month, weekday and hour: "born.month=3". The report counts, for each column, the
        different tokens, the missing values and the infinite ones, which fall in the first or the last bin.
        Its entry "again" holds the arguments that make the same tokens of other rows, with the borders that
        were found: `column_values(others, **rows.report["again"])`.

    Raises:
        DataError: the table has no value, the name of a column holds "=", an id is missing or occurs twice.
        OptionError: an option is outside its range.
        UnknownIdError: a column is not there.

    >>> rows = column_values({"city": ["Rome", "Milan"], "country": ["IT", "IT"]})
    >>> rows.vocabulary.keys
    Strings(3: 'country=IT', 'city=Milan', 'city=Rome')
    """
    columns = read_table(table)
    labels = None if ids is None else _ids(_id_column(columns, ids))
    columns = chosen_columns(columns, only, without=ids)
    found = tokens_of(columns, bins=bins, missing=missing)
    tokens, offsets = _rows_of_tokens(found, columns.rows)
    if not tokens.size:
        raise DataError(
            f"the table has no value: {columns.rows:,} rows of {len(columns)} columns, and all are missing"
        )
    vocabulary = _in_order(found, tokens)
    report = _report(columns, found) | {
        "again": {
            "only": columns.names,
            "bins": {part.name: list(part.borders) for part in found if part.borders is not None},
            "missing": missing,
        },
        "tokens": tokens.size,
        "sequences": columns.rows,
        "vocabulary": len(vocabulary),
        "empty_rows": int(np.count_nonzero(np.diff(offsets) == 0)),
    }
    return Sequences(tokens, offsets, vocabulary, ids=labels, report=report)


def chosen_columns(columns: Columns, only: Iterable[str] | None, *, without: str | None = None) -> Columns:
    """The columns of these names, or all but one.

    Raises:
        OptionError: there is one name and not a list of them, or no column is left.
        UnknownIdError: a column is not there.
    """
    names = columns.names if only is None else check_several("only", only)
    names = [name for name in names if name != without]
    if not names:
        raise OptionError(
            f"no column is left of {', '.join(map(repr, columns.names)) or 'none'}; change only"
        )
    return columns.take(names)


def check_again(again: Any) -> dict[str, Any]:
    """The arguments of `column_values` that a report holds as "again", looked at: they may come from a file.

    Raises:
        DataError: they are none.
    """
    try:
        only, bins, missing = list(again["only"]), check_bins(again["bins"]), check_missing(again["missing"])
        sound = bool(only) and isinstance(again["only"], (list, tuple)) and isinstance(bins, Mapping)
        sound = sound and all(isinstance(name, str) for name in only) and set(again["bins"]) <= set(only)
    except (KeyError, TypeError, OptionError):
        sound = False
    if not sound:
        raise DataError(f"this does not say how a table was read: {again!r}")
    return {"only": only, "bins": bins, "missing": missing}


def _rows_of_tokens(found: list[ColumnTokens], n: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The tokens of n rows, int32, numbered through the columns; and offsets, int64, (n + 1,)."""
    sizes = np.array([len(tokens.keys) for tokens in found])
    firsts = np.cumsum(sizes) - sizes
    if sizes.sum() >= 2**31:
        raise DataError(
            f"the columns have {sizes.sum():,} different values; a vocabulary has fewer than 2**31"
        )
    parts, lengths = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
    step = max(1, _CODES // len(found))
    for start in range(0, n, step):  # in parts: the whole table of codes is needed nowhere
        codes = np.column_stack([tokens.codes[start : start + step] for tokens in found])
        there = codes >= 0
        parts.append((codes + firsts.astype(np.int32))[there])
        lengths.append(there.sum(axis=1))
    return np.concatenate(parts), np.cumsum(np.concatenate(lengths))


def _in_order(found: list[ColumnTokens], tokens: NDArray[np.int32]) -> Vocabulary:
    """The vocabulary of the tokens, the most frequent first; the tokens are renumbered in place."""
    keys = _joined([part.keys for part in found])
    counts = np.bincount(tokens, minlength=len(keys)).astype(np.int64)
    rows = Choice().select(keys, counts).rows
    code = np.empty(len(keys), np.int32)
    code[rows] = np.arange(rows.size, dtype=np.int32)
    for start in range(0, tokens.size, _CODES):
        tokens[start : start + _CODES] = code[tokens[start : start + _CODES]]
    return Vocabulary(keys.take(rows), counts[rows])


def _joined(tables: list[Strings]) -> Strings:
    """Several tables of strings one after the other as one."""
    lengths = np.concatenate([np.diff(table.offsets) for table in tables])
    offsets = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return Strings(np.concatenate([table.data for table in tables]), offsets)


def _report(columns: Columns, found: list[ColumnTokens]) -> dict[str, Any]:
    """What became of each column, in values that JSON can hold."""
    report: dict[str, Any] = {
        "columns": {tokens.name: {"values": len(tokens.keys), "missing": tokens.missing} for tokens in found},
        "missing_values": sum(column.missing_count for column in columns.values()),
    }
    for tokens in found:
        if tokens.infinite:
            report["columns"][tokens.name]["infinite"] = tokens.infinite
    return report | ({"table": columns.report} if columns.report else {})


def _id_column(columns: Columns, name: str) -> Column:
    column = columns[name]
    missing = np.flatnonzero(column.missing)
    if missing.size:
        raise DataError(f"every row needs an id; row {missing[0]} has none in the column {name!r}")
    return column


def _ids(column: Column) -> Ids:
    """The values of a column as ids, one a row."""
    pa = require("pyarrow", extra="table")
    if pa.types.is_integer(column.values.type):
        return Integers(column.values.cast(pa.int64()).to_numpy().astype(np.int64))
    if column.kind != "text":
        raise DataError(
            f"ids are whole numbers or text; the column {column.name!r} holds {column.values[0].as_py()!r}"
        )
    factors = column.factors()
    return strings_of(factors.values).take(factors.codes.astype(np.int64))
