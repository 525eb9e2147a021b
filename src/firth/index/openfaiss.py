"""Files that FAISS wrote for another program (`faiss.write_index`), opened so that no bytes can do harm."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids, Integers, make_ids
from firth.errors import DataError, FormatError
from firth.extras import require
from firth.fingerprints import check_name, fingerprint_of
from firth.formats.check import first_bad_place
from firth.options import check_metric
from firth.vectors import Metric

if TYPE_CHECKING:
    from firth.index.foreign import ForeignEngine
    from firth.index.index import Index

__all__ = ["describe_faiss", "is_faiss", "open_faiss"]

_FIRST = (
    *("IxFl", "IxF2", "IxFI", "IxSQ", "IxPQ", "IxPo", "IxPq"),
    *("IwFl", "IwPQ", "IwQR", "IwSq", "IwPf", "IvFl", "IvSQ", "IvPQ"),
    *("IHNf", "IHNs", "IHNp", "IxPT", "IxMp", "IxM2"),
)
"""The four letters that a file of FAISS begins with, by the class of index that it holds."""

_LENGTH = 1e-3
"""By how much the length of a row may differ from 1 where its cosines are wanted: float32 rounds by less."""


def open_faiss(
    path: str | os.PathLike[str],
    *,
    ids: Iterable[Any] | None = None,
    metric: Metric | None = None,
    fingerprint: str | None = None,
) -> Index:
    """Open what `faiss.write_index` wrote, as an index that filters, grows and is saved as any other.

    FAISS trusts its files; this does not. Another process reads, checks and searches the bytes first, with
    bounds on memory and time, and may come to harm without any here (`firth.index.faissblob`). The classes
    are Flat, SQ, PQ, IVF with Flat, SQ, PQ and fast-scan PQ inside, HNSW with Flat and SQ, linear transforms
    before any of them, and an IDMap around any.

    Args:
        path: the file.
        ids: n ids, all strings or all whole numbers, in the order of the rows (of ascending ids, where lists
            hold ids); None for those of an IDMap or of the lists, and 0 to n - 1 where it has none.
        metric: "dot" for FAISS's inner products and "euclidean" for its squared distances, as it is for None;
            or "cosine" for either, where all rows have the length 1. That is checked where the file holds the
            rows whole and one after the other (Flat and HNSW with Flat), and else taken on your word.
        fingerprint: of the space, such as `vectors.fingerprint`; None for that of the rows where the file
            holds them so, else one of the file's bytes. Queries as Vectors have to be of that space.

    Returns:
        The index. Its recipe is a `Foreign`; `report["faiss"]` names the class of FAISS.

    Raises:
        FormatError: FAISS cannot read the file, it would do harm, its class cannot be checked, one of its
            rows is not finite, or one of its ids occurs twice.
        DataError: the metric or the ids that were given do not fit.
        MissingExtraError: FAISS is not installed.

    Example:
        >>> import faiss, numpy, firth                                      # doctest: +SKIP
        >>> faiss.write_index(faiss.IndexFlatL2(8), "rows.faiss")           # doctest: +SKIP
        >>> firth.index.open_faiss("rows.faiss").metric                     # doctest: +SKIP
        'euclidean'
    """
    require("faiss", extra="index")
    from firth.index.foreign import Foreign, ForeignEngine
    from firth.index.index import Index
    from firth.index.labels import Labels

    if metric is not None:
        check_metric(metric)
    blob = np.fromfile(path, np.uint8)
    inner, own = _inner(blob, path)
    distances = inner.metric_type == require("faiss", extra="index").METRIC_L2
    means: Metric = metric or ("euclidean" if distances else "dot")
    if means != "cosine" and (means == "euclidean") is not distances:
        kind, fits = ("squared distances", "euclidean") if distances else ("inner products", "dot")
        raise DataError(
            f"{os.fspath(path)} is of {kind}, which are not {means!r}; take metric={fits!r}, or 'cosine' "
            "where all rows have the length 1"
        )
    engine = ForeignEngine._opened(inner, None, means, int(inner.d), {})
    table = _table(ids, own, len(engine))
    rows = _checked_rows(engine, means, path)
    if fingerprint is not None:
        check_name(fingerprint)
    elif rows is not None:
        fingerprint = fingerprint_of(table, rows)
    else:
        fingerprint = hashlib.blake2b(blob.data, digest_size=8).hexdigest()
    return Index(
        recipe=Foreign(),
        metric=means,
        engine=engine,
        labels=Labels(table),
        kept=None,
        fingerprint=fingerprint,
        report={"rows": len(engine), "left_out": 0, "left_out_ids": [], "faiss": type(inner).__name__},
    )


def _inner(blob: NDArray[np.uint8], path: str | os.PathLike[str]) -> tuple[Any, NDArray[np.int64] | None]:
    """The index of FAISS in the bytes of a file, checked, and the ids that it held."""
    from firth.index.faissblob import Wanted, read, try_first
    from firth.index.faissids import without_ids
    from firth.index.faissinside import check_inside

    wanted = Wanted(ids=True)
    try:
        try_first(blob, wanted)
        inner, own = without_ids(read(blob))
        check_inside(inner, wanted)
        if own is not None:
            Integers(own).rows([])  # raises where one occurs twice
    except DataError as error:
        raise FormatError(f"{error}{_advice(path)}", path=path) from None
    except MemoryError as error:
        raise FormatError(f"there is not the memory to open this index: {error}", path=path) from None
    return inner, own


def _advice(path: str | os.PathLike[str]) -> str:
    from firth.index.files import is_index

    return "; it is an index of Firth, and firth.index.load opens it" if is_index(path) else ""


def _table(ids: Iterable[Any] | None, own: NDArray[np.int64] | None, rows: int) -> Ids:
    """The ids of the rows: those that were given, those of the file, or 0 to n - 1."""
    if ids is not None:
        table = make_ids(ids)
    else:
        table = Integers(np.arange(rows, dtype=np.int64) if own is None else own)
    if len(table) != rows:
        raise DataError(f"{len(table):,} ids do not fit {rows:,} rows")
    table.rows([])  # raises where one occurs twice
    return table


def _checked_rows(
    engine: ForeignEngine, metric: str, path: str | os.PathLike[str]
) -> NDArray[np.float32] | None:
    """The rows where the file holds them whole: finite, and of length 1 for the cosine."""
    rows = engine.originals()
    if rows is None:
        return None
    bad = first_bad_place(rows)
    if bad is not None:
        raise FormatError(f"row {bad[0]} holds a number that is not finite", path=path)
    if metric == "cosine" and len(rows):
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
        worst = int(np.argmax(np.abs(lengths - 1)))
        if abs(lengths[worst] - 1) > _LENGTH:
            raise DataError(
                f"{os.fspath(path)}: row {worst} has the length {lengths[worst]:.4g}, and cosines take rows "
                "of length 1; leave metric out, or build an index of the rows: firth.index.HNSW().build(…)"
            )
    return rows


def is_faiss(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as those of FAISS do; False for a folder."""
    if not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        return file.read(4).decode("latin-1") in _FIRST


def describe_faiss(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What is in a file of FAISS, as values that JSON can hold. It is opened for that, and so verified.

    Raises:
        FormatError: as `open_faiss`.
    """
    index = open_faiss(path)
    return {
        "path": os.fspath(path),
        "size": Path(path).stat().st_size,
        "format": "faiss",
        "verified": True,
        "faiss": index.report["faiss"],
        "ids": len(index),
        "metric": index.metric,
        "dim": index.dim,
        "settings": index.settings,
        "memory": index.memory(),
    }
