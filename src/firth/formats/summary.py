"""What is in a file, as plain values: the answer of `firth inspect`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from firth.data.ids import Integers
from firth.formats.known import by_name, sniff

__all__ = ["describe"]


def describe(
    path: str | os.PathLike[str], *, format: str | None = None, verify: bool = False
) -> dict[str, Any]:
    """A summary of a file of vectors that JSON can hold.

    Args:
        path: the file.
        format: a name from `firth.formats.FORMATS`; found out from the content if None.
        verify: check every byte of our own format.

    Returns:
        path, size (bytes), format, version and written_by (None for foreign formats), recipe, report,
        verified (whether every byte was read and checked), and spaces: for each its name, rows, dim, metric,
        ids ("strings" or "integers"), columns, data_fingerprint (of the training data, or None),
        space_fingerprint (`Vectors.fingerprint`), meta, and first: the first ids; and parts: of each its
        dtype and shape.

    Raises:
        FormatError: the file is damaged or of no known format.
    """
    from firth.formats import read

    chosen = by_name(format) if format is not None else sniff(path)
    model = read(path, format=chosen.name, verify=verify)
    native = chosen.name == "firth"
    entry = chosen.module.read_entry(path)[1] if native else {}
    return {
        "path": os.fspath(path),
        "size": Path(path).stat().st_size,
        "format": chosen.name,
        "version": entry.get("format"),
        "written_by": entry.get("written_by"),
        "recipe": dict(model.recipe),
        "report": dict(model.report),
        "verified": verify or not chosen.whole,
        "spaces": [
            {
                "name": name,
                "rows": len(vectors),
                "dim": vectors.dim,
                "metric": vectors.metric,
                "ids": "integers" if isinstance(vectors.ids, Integers) else "strings",
                "columns": {column: str(values.dtype) for column, values in vectors.columns.items()},
                "data_fingerprint": vectors.meta.get("fingerprint"),
                "space_fingerprint": vectors.fingerprint,
                "meta": dict(vectors.meta),
                "first": list(vectors.ids[:5]),
            }
            for name, vectors in model.spaces.items()
        ],
        "parts": {name: f"{part.dtype} {part.shape}" for name, part in model.parts.items()},
    }
