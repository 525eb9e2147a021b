"""Files of indexes: one sealed safetensors file with an entry `firth.index`; see docs/format.md.

The tensors are the ids, which rows are alive, the rows as they are kept, and what the engine keeps, which for
those on FAISS is a blob of its bytes. Rows that are whole stay in the file and are read where candidates are
scored; the rest is in memory once the index is open.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from firth.compress.known import codec_of
from firth.data.ids import Ids, Integers, Strings
from firth.errors import DataError, FormatError, OptionError
from firth.formats.check import check_strings, check_unique, first_bad_place, first_bad_string, rises
from firth.formats.strict_json import JsonError, dump, parse
from firth.formats.tensors import read_tensors, write_tensors, written_by
from firth.index.keep import Coded, Kept, Whole
from firth.index.known import recipe_of
from firth.index.labels import Labels
from firth.options import check_metric
from firth.vectors import Metric

if TYPE_CHECKING:
    from firth.index.index import Index

__all__ = ["ENTRY", "FORMAT", "describe", "is_index", "load", "write"]

ENTRY = "firth.index"
FORMAT = (1, 0)
BLOB = "engine.blob"

Tensors = Mapping[str, NDArray[Any]]


def write(index: Index, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write an index as one file, atomically.

    Args:
        index: the index; rows that were removed are in the file too, as not alive.
        path: where the file goes.
        force: replace a file that is there.

    Raises:
        ExistsError: the file is there and `force` is not set.
        DataError: an id is not valid UTF-8.
        OSError: the disk is full, …; a file that was there is as it was.
    """
    if len(index.labels) != len(index.engine):
        raise DataError(
            f"this index has {len(index.labels):,} ids and {len(index.engine):,} rows, since an addition "
            "failed midway; build it anew"
        )
    arrays, values = index.engine.state()
    tensors = {f"engine.{name}": array for name, array in arrays.items()}
    tensors |= _id_tensors(_table(index.labels))
    tensors["alive"] = index.labels.alive
    kept, parts = _put_kept(index.kept)
    entry = {
        "format": f"{FORMAT[0]}.{FORMAT[1]}",
        "written_by": written_by(),
        "recipe": index.recipe.to_dict(),
        "metric": index.metric,
        "dim": index.dim,
        "fingerprint": index.fingerprint,
        "settings": index.settings,
        "measured": index.measured,
        "report": index.report,
        "kept": kept,
        "engine": values,
    }
    write_tensors(path, {**tensors, **parts}, {ENTRY: dump(entry)}, force=force)


def load(path: str | os.PathLike[str], *, verify: bool = True, trusted: bool = False) -> Index:
    """Open an index; rows that are kept whole stay in the file until they are needed.

    Args:
        path: the file.
        verify: read everything once: check every checksum, the ids and that all kept rows are finite. What
            FAISS is given is always checked.
        trusted: the file comes from this very program. Then the bytes of FAISS are not tried in another
            process first, which takes about 0.3 s and once more the time of reading them.

    Raises:
        FormatError: the file is damaged, written by a newer major version, or holds no index.
        MissingExtraError: an index of this kind needs FAISS.
    """
    tensors, entry = read_entry(path, verify=verify)
    try:
        return _index(dict(tensors), entry, path=path, verify=verify, trusted=trusted)
    except (JsonError, DataError, OptionError) as error:
        raise FormatError(f"this index cannot be opened: {error}", path=path) from None
    except MemoryError as error:  # also where a small file asks for much
        raise FormatError(f"there is not the memory to open this index: {error}", path=path) from None


def read_entry(path: str | os.PathLike[str], *, verify: bool = False) -> tuple[Tensors, dict[str, Any]]:
    """The tensors of the file of an index, mapped, and its entry, of a version that we can read.

    Raises:
        FormatError: the file is damaged, written by a newer major version, or holds no index.
    """
    tensors, metadata = read_tensors(path, verify=verify)
    if ENTRY not in metadata:
        raise FormatError("holds no index; for a model or vectors there is firth.load", path=path)
    try:
        entry = parse(metadata[ENTRY])
        version = _typed(entry, "format", str)
        if not re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,6}", version, re.ASCII):
            raise JsonError(f"its format is {version!r:.80}, not major.minor")
    except JsonError as error:
        raise FormatError(f"bad entry {ENTRY!r} in the header: {error}", path=path, offset=8) from None
    if int(version.split(".")[0]) > FORMAT[0]:
        raise FormatError(
            f"written by a newer Firth, in format {version}; this one reads up to {FORMAT[0]}. "
            "Upgrade with: pip install -U firth",
            path=path,
        )
    if BLOB in tensors and not verify:
        read_tensors(path, verify=[BLOB])
    return tensors, entry


def is_index(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds an index; False for any that is no safetensors file."""
    try:
        return ENTRY in read_tensors(path)[1]
    except FormatError:
        return False


def describe(path: str | os.PathLike[str], *, verify: bool = False) -> dict[str, Any]:
    """What is in the file of an index, as values that JSON can hold, without opening FAISS's part.

    Raises:
        FormatError: the file is damaged or holds no index.
    """
    tensors, entry = read_entry(path, verify=verify)
    alive = tensors.get("alive", np.empty(0, bool))
    names = ("written_by", "recipe", "metric", "dim", "settings", "measured", "report")
    return {
        "path": os.fspath(path),
        "size": Path(path).stat().st_size,
        "format": "firth index",
        "version": entry["format"],
        "verified": verify,
        "ids": int(np.count_nonzero(alive)),
        "removed": int(alive.size - np.count_nonzero(alive)),
        **{name: entry.get(name) for name in names},
        "space_fingerprint": entry.get("fingerprint"),
        "tensors": {name: f"{array.dtype} {array.shape}" for name, array in tensors.items()},
    }


# --- opening ------------------------------------------------------------------------------------------------


def _index(
    tensors: dict[str, NDArray[Any]],
    entry: Mapping[str, Any],
    *,
    path: str | os.PathLike[str],
    verify: bool,
    trusted: bool,
) -> Index:
    from firth.index.index import Index

    recipe = recipe_of(_typed(entry, "recipe", dict))
    metric, dim = _typed(entry, "metric", str), _typed(entry, "dim", int)
    check_metric(metric)
    labels = _labels(tensors, path, verify)
    kept = _take_kept(_typed(entry, "kept", dict), tensors, dim)
    arrays = {
        name.removeprefix("engine."): tensors.pop(name) for name in list(tensors) if name[:7] == "engine."
    }
    if tensors:
        raise JsonError(f"nothing names the tensor {next(iter(tensors))!r:.80}")
    if trusted and "blob" in arrays:
        from firth.index.faissblob import trust

        trust(arrays["blob"])
    engine = recipe.engine_type.from_state(recipe, metric, arrays, _typed(entry, "engine", dict))
    for what, found in (("the engine", len(engine)), ("the kept rows", len(kept) if kept else len(labels))):
        if found != len(labels):
            raise DataError(f"{what} of {found:,} rows do not fit {len(labels):,} ids")
    if engine.dim != dim or engine.metric != metric:
        raise DataError(
            f"the engine of dim {engine.dim} and {engine.metric} does not fit dim {dim} and {metric}"
        )
    if verify:
        whole = kept.matrix if isinstance(kept, Whole) else engine.originals()
        if whole is not None and (bad := first_bad_place(whole)) is not None:
            raise DataError(f"row {bad[0]} holds a number that is not finite")
    index = Index(
        recipe=recipe,
        metric=cast("Metric", metric),
        engine=engine,
        labels=labels,
        kept=kept,
        fingerprint=_typed(entry, "fingerprint", str),
        report=_report(entry),
        measured=_typed(entry, "measured", dict),
    )
    index.settings = index._with(_typed(entry, "settings", dict))
    return index


def _labels(tensors: dict[str, NDArray[Any]], path: str | os.PathLike[str], verify: bool) -> Labels:
    ids: Ids
    if "ids" in tensors:
        ids = Integers(_tensor(tensors, "ids", "<i8", 1))
    else:
        data, offsets = _tensor(tensors, "ids.bytes", "u1", 1), _tensor(tensors, "ids.offsets", "<i8", 1)
        if not rises(offsets, data.size):
            raise JsonError(f"the id offsets do not rise from 0 to the {data.size:,} bytes of the ids")
        ids = Strings(data, offsets)
        if verify:
            check_strings(ids, path)
    if verify:
        check_unique(ids, path)
    alive = _tensor(tensors, "alive", "?", 1)
    if len(alive) != len(ids):
        raise JsonError(f"{len(alive):,} rows are said to be alive or not, and there are {len(ids):,} ids")
    return Labels(ids, alive.view(np.uint8) != 0)


def _take_kept(kept: Mapping[str, Any], tensors: dict[str, NDArray[Any]], dim: int) -> Kept | None:
    kind = _typed(kept, "kind", str)
    if kind == "none":
        return None
    if kind == "whole":
        rows = _tensor(tensors, "rows", "<f4", 2)
        if rows.shape[1] != dim:
            raise JsonError(f"rows of shape {rows.shape} do not fit dim {dim}")
        return Whole(rows)
    if kind != "coded":
        raise JsonError(f"rows are kept as 'whole', 'coded' or 'none', not {kind!r:.80}")
    parts = {name[6:]: tensors.pop(name) for name in list(tensors) if name.startswith("codec.")}
    codec = codec_of(_typed(kept, "codec", dict), dim, parts, _typed(kept, "report", dict))
    codes = _tensor(tensors, "codes", "u1", 2)
    if codes.shape[1] != codec.width:
        raise JsonError(f"codes of shape {codes.shape} do not fit {codec.width} bytes a row")
    return Coded(codec, codes)


def _report(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What happened in building; rows are counted on in it."""
    report: dict[str, Any] = _typed(entry, "report", dict)
    for name in ("rows", "left_out"):
        if type(report.get(name, 0)) is not int or report.get(name, 0) < 0:
            raise JsonError(f"{name!r} of the report is a whole number, not {report[name]!r:.80}")
    if not isinstance(report.get("left_out_ids", []), list):
        raise JsonError("'left_out_ids' of the report is a list")
    return report


def _tensor(tensors: dict[str, NDArray[Any]], name: str, dtype: str, ndim: int) -> NDArray[Any]:
    """Take a tensor out of those that are left."""
    if name not in tensors:
        raise JsonError(f"there is no tensor {name!r}")
    array = tensors.pop(name)
    if array.dtype != dtype or array.ndim != ndim:
        raise JsonError(f"the tensor {name!r} is {array.dtype} of shape {array.shape}, which does not fit")
    return array


def _typed(mapping: Mapping[str, Any], key: str, kind: type) -> Any:
    value = mapping.get(key) if isinstance(mapping, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise JsonError(f"{key!r} is missing or of the wrong kind")
    return value


# --- writing ------------------------------------------------------------------------------------------------


def _put_kept(kept: Kept | None) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """How the rows are kept, and their tensors."""
    if isinstance(kept, Whole):
        return {"kind": "whole"}, {"rows": kept.matrix}
    if isinstance(kept, Coded):
        parts = {f"codec.{name}": part for name, part in kept.codec.parts().items()}
        codec = {"codec": kept.codec.recipe.to_dict(), "report": dict(kept.codec.report)}
        return {"kind": "coded", **codec}, {"codes": kept.data, **parts}
    return {"kind": "none"}, {}


def _id_tensors(ids: Ids) -> dict[str, NDArray[Any]]:
    if isinstance(ids, Integers):
        return {"ids": ids.values}
    bad = first_bad_string(ids)
    if bad is not None:
        raise DataError(f"the id of row {bad[0]} is not valid UTF-8: {ids[bad[0]]!r}")
    return {"ids.bytes": ids.data, "ids.offsets": ids.offsets}


def _table(labels: Labels) -> Ids:
    """The ids of all rows, each once: a removed row whose id came again later gets a name of its own."""
    table = labels.table()
    if not labels.dead:
        return table
    keys: list[Any] = list(table)
    alive = labels.alive
    taken = {key for key, lives in zip(keys, alive.tolist(), strict=True) if lives}
    free = -(2**63)
    for row in np.flatnonzero(~alive).tolist():
        key = keys[row]
        if isinstance(table, Integers):
            while key in taken:
                key, free = free, free + 1
        else:
            while key in taken:
                key = f"{key} (removed, row {row})"
        keys[row] = key
        taken.add(key)
    return Integers(np.array(keys, np.int64)) if isinstance(table, Integers) else Strings.of(keys)
