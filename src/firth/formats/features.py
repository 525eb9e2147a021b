"""`Features` as one sealed safetensors file: the matrix, the ids of its rows, the names of its columns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.features import Features
from firth.data.ids import Ids, Integers, Strings
from firth.errors import DataError, FormatError
from firth.formats.check import check_strings
from firth.formats.strict_json import JsonError, dump, parse
from firth.formats.tensors import read_tensors, write_tensors

__all__ = ["read_features", "write_features"]

_ENTRY = "firth.features"  # the name of our entry in the header
_FORMAT = 1

Tensors = Mapping[str, NDArray[Any]]


def write_features(features: Features, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write features as one file, atomically.

    The tensors are `matrix`, or for a sparse one `values`, `columns` and `starts`; and `ids` or `ids.bytes`
    and `ids.offsets`; likewise `names`. The entry `firth.features` holds {"format": 1, "report": …}.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: the report holds what JSON has no form for.
    """
    matrix = features.matrix
    if features.is_sparse:
        tensors = {"values": matrix.data, "columns": matrix.indices, "starts": matrix.indptr}
    else:
        tensors = {"matrix": np.ascontiguousarray(matrix)}
    tensors |= {**_put("ids", features.ids), **_put("names", features.names)}
    write_tensors(path, tensors, {_ENTRY: dump({"format": _FORMAT, "report": features.report})}, force=force)


def read_features(path: str | os.PathLike[str], *, verify: bool = False) -> Features:
    """Open features; their arrays stay on disk until they are used.

    Args:
        path: the file.
        verify: also compare everything with the checksums.

    Raises:
        FormatError: the file is damaged, was written by a newer Firth, or holds no features.
    """
    tensors, metadata = read_tensors(path, verify=verify)
    if _ENTRY not in metadata:
        raise FormatError(
            "a safetensors file, but it holds no features; for a model or vectors there is firth.load",
            path=path,
        )
    try:
        entry = parse(metadata[_ENTRY])
        if type(version := entry.get("format")) is not int or not isinstance(entry.get("report"), dict):
            raise JsonError("'format' or 'report' is missing or of the wrong kind")
        if version > _FORMAT:
            raise JsonError(f"written by a newer Firth, in format {version}; upgrade: pip install -U firth")
        ids, names = _take("ids", tensors, path), _take("names", tensors, path)
        if "matrix" in tensors:
            matrix: Any = tensors["matrix"]
        else:
            matrix = _sparse(tensors, (len(ids), len(names)))
        return Features(matrix, ids=ids, names=names, report=entry["report"])
    except (JsonError, DataError) as error:
        raise FormatError(f"these features cannot be read: {error}", path=path) from None


def _sparse(tensors: Tensors, shape: tuple[int, int]) -> Any:
    """The sparse matrix of these tensors, every number of which is looked at: kernels trust them."""
    from scipy.sparse import csr_array

    values, columns, starts = (_tensor(tensors, name) for name in ("values", "columns", "starts"))
    for name, array in (("columns", columns), ("starts", starts)):
        if array.dtype not in (np.int32, np.int64) or array.ndim != 1:
            raise JsonError(f"the tensor {name!r} is {array.dtype} of shape {array.shape}")
    if values.ndim != 1 or values.size != columns.size or starts.size != shape[0] + 1:
        raise JsonError(f"the tensors of a sparse matrix do not fit {shape[0]:,} rows or each other")
    if starts[0] != 0 or starts[-1] != values.size or np.any(starts[1:] < starts[:-1]):
        raise JsonError(f"the starts do not rise from 0 to {values.size:,}")
    if columns.size and not 0 <= columns.min() <= columns.max() < shape[1]:
        raise JsonError(f"the columns do not lie from 0 to {shape[1] - 1:,}")
    return csr_array((values, columns, starts), shape=shape)


def _put(what: str, ids: Ids) -> dict[str, NDArray[Any]]:
    if isinstance(ids, Integers):
        return {what: ids.values}
    return {f"{what}.bytes": ids.data, f"{what}.offsets": ids.offsets}


def _take(what: str, tensors: Tensors, path: str | os.PathLike[str]) -> Ids:
    if what in tensors:
        if tensors[what].dtype != np.int64 or tensors[what].ndim != 1:
            raise JsonError(f"the tensor {what!r} is no row of int64")
        return Integers(tensors[what])
    strings = Strings(_tensor(tensors, f"{what}.bytes"), _tensor(tensors, f"{what}.offsets"))
    strings.index()  # raises if an offset descends or a string occurs twice
    check_strings(strings, path)
    return strings


def _tensor(tensors: Tensors, name: str) -> NDArray[Any]:
    if name not in tensors:
        raise JsonError(f"there is no tensor {name!r}")
    return tensors[name]
