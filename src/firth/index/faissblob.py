"""The bytes of an index of FAISS: written, and opened so that no bytes can do harm.

FAISS reads its files into C++ structures that it then trusts. A blob is therefore opened in four steps:

1. another process tries it first, with a bound on memory and time: it is read there, checked and searched
   (`firth.index.probe`); if that process dies, this one says so and lives;
2. FAISS is told how long any array and any loop can be at most, by the size of the blob;
3. the classes and numbers are compared with those that are expected;
4. what searches follow as addresses is checked as a whole: the links of graphs, the rows of lists.

Bytes that passed the first step once are known by their SHA-256 and need not pass again in this process.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.extras import require
from firth.index.faissinside import check_inside

__all__ = ["Wanted", "from_blob", "limits", "probe", "to_blob", "trust", "try_first"]

_SECONDS = 60.0  # that the other process has, and one more for each _PER_SECOND bytes
_PER_SECOND = 20_000_000
_TABLES = 256, 2 << 30
"""FAISS counts the table that it computes for product codes among the arrays: of at most 256 numbers for each
one of the centroids in the blob, and 2 GiB."""
_ENDED = "ended the process that tried it"

_known: set[bytes] = set()
_limits_lock = threading.Lock()  # the limits are FAISS's own, of the whole process


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a blob has to be.

    Attributes:
        kinds: the classes of FAISS that are allowed; empty for every one that can be checked.
        dim: numbers a row; None for any.
        rows: how many rows; None for any.
        metric: FAISS's number of the metric; None for inner products or squared distances.
        ids: whether it may hold ids of its own (`firth.index.faissids`).
    """

    kinds: tuple[str, ...] = ()
    dim: int | None = None
    rows: int | None = None
    metric: int | None = None
    ids: bool = False


def to_blob(index: Any) -> NDArray[np.uint8]:
    """The bytes of an index of FAISS, uint8, (size,)."""
    blob: NDArray[np.uint8] = require("faiss", extra="index").serialize_index(index)
    return blob


def from_blob(blob: NDArray[np.uint8], wanted: Wanted) -> Any:
    """The index of FAISS that the bytes hold, after another process has tried them.

    Raises:
        DataError: they hold none, another than is wanted, or one that would lead searches astray.
    """
    try_first(blob, wanted)
    index = read(blob)
    check_inside(index, wanted)
    return index


def try_first(blob: NDArray[np.uint8], wanted: Wanted) -> None:
    """Let another process try the bytes, unless it has before.

    Raises:
        DataError: it came to harm, or found something wrong.
    """
    digest = _digest(blob)
    if digest not in _known:
        answer = probe([blob], wanted)[0]
        if answer is not None:
            raise DataError(f"the index of FAISS inside cannot be opened: {answer}")
        _known.add(digest)


def trust(blob: NDArray[np.uint8]) -> None:
    """Let `from_blob` open these bytes without another process: their origin is known."""
    _known.add(_digest(blob))


def read(blob: NDArray[np.uint8]) -> Any:
    """Read an index of FAISS in this process, within `limits`.

    Raises:
        DataError: FAISS refuses it.
    """
    faiss = require("faiss", extra="index")
    with limits(len(blob)):
        try:
            return faiss.deserialize_index(blob)
        except (RuntimeError, MemoryError, ValueError) as error:
            raise DataError(_plain(error)) from None


@contextmanager
def limits(size: int) -> Iterator[None]:
    """FAISS makes no loop of more turns than a blob has bytes, nor a longer array than that but for the table
    that it computes, within the block."""
    faiss = require("faiss", extra="index")
    with _limits_lock:
        before = faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()
        faiss.set_deserialization_vector_byte_limit(size + min(_TABLES[0] * size, _TABLES[1]) + 1)
        faiss.set_deserialization_loop_limit(max(1, size))
        try:
            yield
        finally:
            faiss.set_deserialization_vector_byte_limit(before[0])
            faiss.set_deserialization_loop_limit(before[1])


def probe(blobs: Sequence[NDArray[np.uint8]], wanted: Wanted) -> list[str | None]:
    """Try blobs in another process: for each None where it opens and can be searched, else what is wrong.

    A process that ends or hangs is answered for its blob, and the rest go to a new one.
    """
    answers: list[str | None] = []
    while len(answers) < len(blobs):
        rest = blobs[len(answers) :]
        told, end = _run_probe(rest, wanted)
        answers += told[: len(rest)]
        if len(answers) < len(blobs) and len(told) < len(rest):
            answers.append(f"it {_ENDED} {end}")
    return answers


def _run_probe(blobs: Sequence[NDArray[np.uint8]], wanted: Wanted) -> tuple[list[str | None], str]:
    """The answers of one process, and how it ended; there are fewer answers where it ended early."""
    sizes = [len(blob) for blob in blobs]
    order = json.dumps({"sizes": sizes, "wanted": dataclasses.asdict(wanted)})
    joined = np.ascontiguousarray(blobs[0] if len(blobs) == 1 else np.concatenate(list(blobs)))
    head = order.encode() + b"\n"
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "firth.index.probe"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    feeder = threading.Thread(target=_feed, args=(process, head, joined), daemon=True)
    killer = threading.Timer(_SECONDS + sum(sizes) / _PER_SECOND, process.kill)
    feeder.start()
    killer.start()
    try:
        lines = process.stdout.read().decode("utf-8", "replace").splitlines() if process.stdout else []
        code = process.wait()
    finally:
        process.kill()
        timed_out = not killer.is_alive()
        killer.cancel()
        feeder.join()
        if process.stdout:
            process.stdout.close()
    told = [answer or None for answer in map(_answer, lines) if answer is not _NONE]
    return told, "after too long a time" if timed_out else f"with status {code}"


_NONE = "\0"


def _answer(line: str) -> str:
    """The answer of a line, "" for a blob that is good, _NONE where FAISS itself wrote the line."""
    try:
        value = json.loads(line)
    except ValueError:
        return _NONE
    return value["answer"] if isinstance(value, dict) and isinstance(value.get("answer"), str) else _NONE


def _feed(process: subprocess.Popen[bytes], head: bytes, blob: NDArray[np.uint8]) -> None:
    """Write a process its work; one that has ended takes no more, which its answers show."""
    if process.stdin is None:
        return
    with suppress(OSError):  # a broken pipe
        process.stdin.write(head)
        process.stdin.write(blob.data)
    with suppress(OSError):
        process.stdin.close()


def _digest(blob: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(blob).data).digest()


def _plain(error: Exception) -> str:
    """What FAISS says, without the places in its own source with which it begins."""
    text = " ".join(str(error).split())
    return f"FAISS refuses it: {text.rpartition(' failed: ')[2][-300:]}"
