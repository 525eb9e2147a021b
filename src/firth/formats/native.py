"""Our own file: a model as one sealed safetensors file with an entry `firth`.

The bytes are specified in docs/format.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids, Integers, Strings
from firth.errors import DataError, FormatError, OptionError
from firth.fingerprints import check_name
from firth.formats.check import check_strings, check_unique, first_bad_place, first_bad_string
from firth.formats.coded import codes_entry, decoded, is_finite, take_codec
from firth.formats.strict_json import JsonError, dump, parse
from firth.formats.tensors import read_tensors, write_tensors
from firth.model import Model
from firth.vectors import Vectors

if TYPE_CHECKING:
    from firth.compress.codes import Codes
    from firth.compress.compressed import Compressed

__all__ = ["FORMAT", "Held", "read", "read_entry", "read_held", "write"]

FORMAT = (4, 0)
"""The newest version: major, minor.

`read` reads every minor version of the majors up to this one. `write` writes the oldest that holds the model,
since more readers know it: 4.0 where a space is kept as codes, 3.0 where there are parts, 2.0 where a matrix
is float16, else 1.0.
"""

KIN = {
    "firth.edges": "Edges",
    "firth.features": "Features",
    "firth.index": "index",
    "firth.phrases": "PhraseTable",
}
"""Entries of files of ours that hold no vectors, and what reads them."""

SPACE = "space_fingerprint"
"""The key of `meta` under which a file keeps the fingerprint, which a selection or float16 would change."""

Tensors = Mapping[str, NDArray[Any]]


class Held(NamedTuple):
    """What a file holds, as it holds it: codes are not decoded."""

    spaces: dict[str, Vectors | Codes]
    recipe: dict[str, Any]
    report: dict[str, Any]
    parts: dict[str, NDArray[Any]]


def write(
    model: Model | Compressed,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    half: Collection[str] = (),
) -> None:
    """Write a model as one Firth file.

    Args:
        model: the model; a compressed one keeps its codes.
        path: where the file goes.
        force: replace a file that is there.
        half: the spaces whose matrices are kept as float16, in half the bytes, with three digits.

    Raises:
        OptionError: `half` names a space that is not there.
        ExistsError: the file is there and `force` is not set.
        DataError: the model breaks a rule of the format: ids that occur twice, numbers that are not finite, a
            recipe that JSON cannot hold.
    """
    import firth

    for name in half:
        if name not in model.spaces:
            raise OptionError(f"there is no space {name!r} to halve; there are {', '.join(model.spaces)}")
    tensors: dict[str, NDArray[Any]] = {}
    coded = not all(isinstance(space, Vectors) for space in model.spaces.values())
    entry = {
        "format": "4.0" if coded else "3.0" if model.parts else "2.0" if half else "1.0",
        "written_by": {"firth": firth.__version__, "numpy": np.__version__},
        "recipe": model.recipe,
        "report": model.report,
        "spaces": [
            _put_space(name, space, tensors, half=name in half) for name, space in model.spaces.items()
        ],
    }
    if model.parts:
        entry["parts"] = {name: _put_part(name, part, tensors) for name, part in model.parts.items()}
    write_tensors(path, tensors, {"firth": dump(entry)}, force=force)


def read(path: str | os.PathLike[str], *, verify: bool = False) -> Model:
    """Open a Firth file; its matrices stay on disk until they are used, and codes are decoded.

    Args:
        path: the file.
        verify: read everything once: check every checksum, the ids and that all numbers are finite.

    Raises:
        FormatError: the file is damaged, written by a newer major version, or no Firth file.
    """
    held = read_held(path, verify=verify)
    try:
        spaces = {
            name: space if isinstance(space, Vectors) else decoded(space)
            for name, space in held.spaces.items()
        }
        return Model(spaces, recipe=held.recipe, report=held.report, parts=held.parts)
    except (JsonError, DataError) as error:
        raise FormatError(f"bad entry 'firth' in the header: {error}", path=path, offset=8) from None


def read_held(path: str | os.PathLike[str], *, verify: bool = False) -> Held:
    """Open a Firth file without decoding anything; arguments and errors are those of `read`."""
    tensors, entry = read_entry(path, verify=verify)
    try:
        spaces: dict[str, Vectors | Codes] = {}
        left = dict(tensors)
        for described in _typed(entry, "spaces", list):
            name, space = _take_space(described, left)
            if name in spaces:
                raise JsonError(f"the space {name!r} occurs twice")
            spaces[name] = space
        parts = _take_parts(entry, left)
        if not spaces and not parts:
            raise JsonError("it names neither spaces nor parts")
        held = Held(spaces, _typed(entry, "recipe", dict), _typed(entry, "report", dict), parts)
    except (JsonError, DataError) as error:  # DataError: rows and ids or columns of different numbers
        raise FormatError(f"bad entry 'firth' in the header: {error}", path=path, offset=8) from None
    if verify:
        for name, space in held.spaces.items():
            _verify(name, space, path)
        for name, part in held.parts.items():
            if not np.isfinite(part).all():
                raise FormatError(f"the part {name!r} holds a number that is not finite", path=path)
    return held


def read_entry(path: str | os.PathLike[str], *, verify: bool = False) -> tuple[Tensors, dict[str, Any]]:
    """The tensors of a Firth file, mapped, and its entry `firth`, of a version that we can read.

    Raises:
        FormatError: the file is damaged, written by a newer major version, or no Firth file.
    """
    tensors, metadata = read_tensors(path, verify=verify)
    for name, kind in KIN.items():
        if name in metadata:
            raise FormatError(f"holds no vectors; firth.{kind}.load reads it", path=path)
    if "firth" not in metadata:
        held = ", ".join(f"{name!r} {array.dtype} {array.shape}" for name, array in list(tensors.items())[:5])
        raise FormatError(
            f"a safetensors file, but not of Firth: it names no ids for its tensors ({held or 'none'}); "
            "load the matrix with safetensors.numpy.load_file and make Vectors(ids, matrix) of it",
            path=path,
        )
    try:
        entry = parse(metadata["firth"])
        version = _typed(entry, "format", str)
        if not re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,6}", version, re.ASCII):
            raise JsonError(f"its format is {version!r}, not major.minor")
    except JsonError as error:
        raise FormatError(f"bad entry 'firth' in the header: {error}", path=path, offset=8) from None
    if int(version.split(".")[0]) > FORMAT[0]:
        raise FormatError(
            f"written by a newer Firth, in format {version}; this one reads up to {FORMAT[0]}. "
            "Upgrade with: pip install -U firth",
            path=path,
        )
    return tensors, entry


# --- one space ----------------------------------------------------------------------------------------------


def _put_space(
    name: str, space: Vectors | Codes, tensors: dict[str, NDArray[Any]], *, half: bool
) -> dict[str, Any]:
    """Add the tensors of a space and return its description."""
    if SPACE in space.meta:
        raise DataError(
            f"{SPACE!r} in the meta of {name!r} is where a file keeps the fingerprint; rename it, or name "
            "the space by Vectors(ids, matrix, fingerprint=...)"
        )
    if isinstance(space, Vectors):
        matrix = _checked_matrix(name, space, half=half)
        rows: dict[str, Any] = {"matrix": _put(tensors, f"{name}.matrix", matrix)}
    elif half:
        raise OptionError(f"the space {name!r} is kept as codes, which cannot be halved")
    else:
        rows = {"codes": codes_entry(name, space, lambda part, array: _put(tensors, part, array))}
    own = _id_tensors(space.ids)
    own |= {f"columns.{column}": values for column, values in space.columns.items()}
    for part, array in own.items():
        _put(tensors, f"{name}.{part}", array)
    if isinstance(space.ids, Integers):
        ids = {"kind": "integers", "values": f"{name}.ids"}
    else:
        ids = {"kind": "strings", "bytes": f"{name}.ids.bytes", "offsets": f"{name}.ids.offsets"}
    return {
        "name": name,
        "metric": space.metric,
        **rows,
        "ids": ids,
        "columns": {column: f"{name}.columns.{column}" for column in space.columns},
        "meta": {**space.meta, SPACE: space.fingerprint},
    }


def _checked_matrix(name: str, vectors: Vectors, *, half: bool) -> NDArray[Any]:
    """The matrix of a space as it is written."""
    matrix: NDArray[Any] = vectors.matrix
    if half:
        with np.errstate(over="ignore"):  # what is too large for float16 is found below
            matrix = matrix.astype(np.float16)
    bad = first_bad_place(matrix)
    if bad is not None:
        raise DataError(
            f"row {bad[0]} ({vectors.ids[bad[0]]!r}) of {name!r} holds a number that is not finite"
            + (" as float16" if half else "")
        )
    return matrix


def _put(tensors: dict[str, NDArray[Any]], name: str, array: NDArray[Any]) -> str:
    """Add a tensor and return its name."""
    if name in tensors:
        raise DataError(f"two tensors would be named {name!r}; rename a space, a column or a part")
    tensors[name] = array
    return name


def _id_tensors(ids: Ids) -> dict[str, NDArray[Any]]:
    """The tensors of a table of ids that keeps the rules."""
    if isinstance(ids, Integers):
        ids.rows([])  # raises if an id occurs twice
        return {"ids": ids.values}
    ids.index()  # raises if an id occurs twice
    bad = first_bad_string(ids)
    if bad is not None:
        raise DataError(f"the id of row {bad[0]} is not valid UTF-8: {ids[bad[0]]!r}")
    return {"ids.bytes": ids.data, "ids.offsets": ids.offsets}


def _put_part(name: str, part: NDArray[Any], tensors: dict[str, NDArray[Any]]) -> str:
    if not np.isfinite(part).all():
        raise DataError(f"the part {name!r} holds a number that is not finite")
    return _put(tensors, f"parts.{name}", part)


def _take_parts(entry: Mapping[str, Any], tensors: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The parts, which older files do not have; the learner that makes something of them checks them."""
    named = _typed(entry, "parts", dict) if "parts" in entry else {}
    return {part: _tensor(tensors, name, None, None) for part, name in named.items()}


def _take_space(space: Any, tensors: dict[str, NDArray[Any]]) -> tuple[str, Vectors | Codes]:
    if not isinstance(space, dict):
        raise JsonError("a space is no object")
    metric = _typed(space, "metric", str)
    if metric not in ("cosine", "dot", "euclidean"):
        raise JsonError(f"the metric {metric!r} is not 'cosine', 'dot' or 'euclidean'")
    columns = {
        column: _tensor(tensors, name, None, None) for column, name in _typed(space, "columns", dict).items()
    }
    for column, values in columns.items():
        if values.ndim == 0:
            raise JsonError(f"the column {column!r} has no rows")
    meta = dict(_typed(space, "meta", dict))
    ids = _take_ids(_typed(space, "ids", dict), tensors)
    fingerprint = meta.pop(SPACE, None)  # files of older versions have none
    more: dict[str, Any] = {"columns": columns, "metric": metric, "meta": meta, "fingerprint": fingerprint}
    name = _typed(space, "name", str)
    if "codes" in space:
        return name, _take_codes(_typed(space, "codes", dict), ids, more, tensors)
    return name, Vectors(ids, _matrix(tensors, _typed(space, "matrix", str)), **more)


def _take_codes(
    entry: dict[str, Any], ids: Ids, more: dict[str, Any], tensors: dict[str, NDArray[Any]]
) -> Codes:
    """The codes of a space, still in the file, and their codec."""
    from firth.compress.codes import Codes

    for key in ("codec", "fitted", "encoded"):
        _typed(entry, key, dict)
    named = _typed(entry, "parts", dict)
    parts = {part: _tensor(tensors, name, None, None) for part, name in named.items()}
    data = _tensor(tensors, _typed(entry, "tensor", str), "u1", 2)
    if not isinstance(more["fingerprint"], str):
        raise JsonError("a space of codes does not say which space it is")
    for column, values in more["columns"].items():
        if len(values) != len(ids):
            raise JsonError(f"the column {column!r} has {len(values):,} values for {len(ids):,} rows")
    check_name(more["fingerprint"])
    return Codes(ids, data, codec=take_codec(entry, parts), report=entry["encoded"], **more)


def _take_ids(ids: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Ids:
    kind = _typed(ids, "kind", str)
    if kind == "integers":
        return Integers(_tensor(tensors, _typed(ids, "values", str), "<i8", 1))
    if kind != "strings":
        raise JsonError(f"the ids are of kind {kind!r}, not 'strings' or 'integers'")
    data = _tensor(tensors, _typed(ids, "bytes", str), "u1", 1)
    offsets = _tensor(tensors, _typed(ids, "offsets", str), "<i8", 1)
    # Kernels trust the offsets, so they are checked on every opening; it is the one array that opening reads.
    if not offsets.size or offsets[0] != 0 or offsets[-1] != data.size or np.any(offsets[1:] < offsets[:-1]):
        raise JsonError(f"the id offsets do not rise from 0 to the {data.size:,} bytes of the ids")
    return Strings(data, offsets)


def _tensor(tensors: dict[str, NDArray[Any]], name: Any, dtype: str | None, ndim: int | None) -> NDArray[Any]:
    """Take a tensor out of those that are left: each is named once, so work is bounded by the data."""
    if not isinstance(name, str) or name not in tensors:
        raise JsonError(f"it names the tensor {name!r}, which is not there or is named twice")
    array = tensors.pop(name)
    if (dtype is not None and array.dtype != dtype) or (ndim is not None and array.ndim != ndim):
        raise JsonError(f"the tensor {name!r} is {array.dtype} of shape {array.shape}, which does not fit")
    return array


def _matrix(tensors: dict[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """A matrix of float32; one of float16, which is kept in half the bytes, is read and converted."""
    half = name in tensors and tensors[name].dtype == np.float16
    return _tensor(tensors, name, "<f2" if half else "<f4", 2).astype(np.float32, copy=False)


def _typed(mapping: Mapping[str, Any], key: str, kind: type) -> Any:
    value = mapping.get(key)
    if not isinstance(value, kind):
        raise JsonError(f"{key!r} is missing or of the wrong kind")
    return value


def _verify(name: str, space: Vectors | Codes, path: str | os.PathLike[str]) -> None:
    """What the checksums cannot show: that the writer kept the rules."""
    if not isinstance(space, Vectors):
        if not is_finite(space):
            raise FormatError(f"codes of {name!r} stand for numbers that are not finite", path=path)
    elif (bad := first_bad_place(space.matrix)) is not None:
        raise FormatError(
            f"row {bad[0]} of {name!r} holds a number that is not finite at place {bad[1]}", path=path
        )
    if isinstance(space.ids, Strings):
        check_strings(space.ids, path)
    check_unique(space.ids, path)
