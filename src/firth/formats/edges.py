"""`Edges` as one sealed safetensors file: the arrays, the tables of both vocabularies, the report."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from firth.data.edges import Edges
from firth.data.ids import Strings
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, FormatError
from firth.formats.check import check_strings
from firth.formats.strict_json import JsonError, dump, parse
from firth.formats.tensors import read_tensors, write_tensors

__all__ = ["read_edges", "write_edges"]

_ENTRY = "firth.edges"  # the name of our entry in the header
_FORMAT = 1

Tensors = Mapping[str, NDArray[Any]]


def write_edges(edges: Edges, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write edges as one file, atomically.

    The tensors are `i`, `j`, `weight`, `relation` where there is one, and for the vocabularies `left.bytes`,
    `left.offsets`, `left.counts` and, where it is another one, the same of `right`. The entry `firth.edges`
    holds {"format": 1, "report": …}.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: the report holds what JSON has no form for.
    """
    tensors = {"i": edges.i, "j": edges.j, "weight": edges.weight, **_put("left", edges.left)}
    if not edges.shared:
        tensors |= _put("right", edges.right)
    if edges.relation is not None:
        tensors["relation"] = edges.relation
    write_tensors(path, tensors, {_ENTRY: dump({"format": _FORMAT, "report": edges.report})}, force=force)


def read_edges(path: str | os.PathLike[str], *, verify: bool = False) -> Edges:
    """Open edges; their arrays stay on disk until they are used.

    Args:
        path: the file.
        verify: also compare everything with the checksums.

    Raises:
        FormatError: the file is damaged, was written by a newer Firth, or holds no edges.
    """
    tensors, metadata = read_tensors(path, verify=verify)
    if _ENTRY not in metadata:
        raise FormatError(
            "a safetensors file, but it holds no edges; for a model or vectors there is firth.load", path=path
        )
    try:
        entry = parse(metadata[_ENTRY])
        if type(version := entry.get("format")) is not int or not isinstance(entry.get("report"), dict):
            raise JsonError("'format' or 'report' is missing or of the wrong kind")
        if version > _FORMAT:
            raise JsonError(f"written by a newer Firth, in format {version}; upgrade: pip install -U firth")
        left = _take("left", tensors, path)
        right = _take("right", tensors, path) if "right.bytes" in tensors else left
        i, j, weight = (_tensor(tensors, name) for name in ("i", "j", "weight"))
        relation = tensors.get("relation")
        return Edges(i, j, weight, left=left, right=right, relation=relation, report=entry["report"])
    except (JsonError, DataError) as error:
        raise FormatError(f"these edges cannot be read: {error}", path=path) from None


def _put(side: str, vocabulary: Vocabulary) -> dict[str, NDArray[Any]]:
    keys = vocabulary.keys
    keys.index()  # raises if a key occurs twice
    return {
        f"{side}.bytes": keys.data,
        f"{side}.offsets": keys.offsets,
        f"{side}.counts": vocabulary.counts,
    }


def _take(side: str, tensors: Tensors, path: str | os.PathLike[str]) -> Vocabulary:
    data, offsets, counts = (_tensor(tensors, f"{side}.{part}") for part in ("bytes", "offsets", "counts"))
    keys = Strings(data, offsets)
    keys.index()  # raises if an offset descends or a key occurs twice
    check_strings(keys, path)
    return Vocabulary(keys, counts)


def _tensor(tensors: Tensors, name: str) -> NDArray[Any]:
    if name not in tensors:
        raise JsonError(f"there is no tensor {name!r}")
    return tensors[name]
