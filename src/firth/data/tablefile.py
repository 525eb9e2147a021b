"""Tables in files: CSV and its kin, Parquet, Arrow and Feather, known by their first bytes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from firth.data.arrowcolumn import brief
from firth.data.csvfile import read_csv
from firth.errors import DataError, FormatError
from firth.extras import require

__all__ = ["read_table_file"]


def read_table_file(
    path: str | os.PathLike[str],
    *,
    delimiter: str | None,
    header: bool | Sequence[str],
    quote: str | None,
    missing: Sequence[str],
    as_text: frozenset[str],
) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """The columns of a file, Arrow chunked arrays with their names, and what to report.

    Raises:
        DataError: there is no such file, or it cannot be opened.
        FormatError: it is damaged.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise DataError(f"there is no file {os.fspath(path)!r} to read a table from")
        with path.open("rb") as file:
            head = file.read(6)
    except OSError as error:  # its name is too long, or it may not be read
        raise DataError(f"the file {brief(os.fspath(path))} cannot be read: {error.strerror}") from error
    if head[:4] == b"PAR1" or head == b"ARROW1" or head[:4] == b"FEA1":
        return _arrow_file(path, is_parquet=head[:4] == b"PAR1"), {"file": path.name}
    if path.suffix.lower() in (".parquet", ".feather", ".arrow"):
        raise FormatError(f"the name ends in {path.suffix} but the data are nothing of the kind", path=path)
    named, report = read_csv(
        path, delimiter=delimiter, header=header, quote=quote, missing=missing, as_text=as_text
    )
    return named, {"file": path.name} | report


def _arrow_file(path: Path, *, is_parquet: bool) -> list[tuple[str, Any]]:
    pa = require("pyarrow", extra="table")
    try:
        if is_parquet:
            table = require("pyarrow.parquet", extra="table").ParquetFile(path).read()
        else:
            table = require("pyarrow.feather", extra="table").read_table(path)
        table.validate(full=True)  # offsets and UTF-8, before anything trusts them
        return list(zip(table.column_names, table.columns, strict=True))
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise FormatError(f"the table cannot be read ({error}); write the file again", path=path) from error
