"""The process that tries bytes of FAISS, so that no other can be harmed: `python -m firth.index.probe`.

The first line of stdin is {"sizes": […], "wanted": {…}}, the blobs follow. Each is answered by a line of
stdout: {"answer": ""} where it was read, checked and searched, else what is wrong with it.
"""

from __future__ import annotations

import json
import sys
from typing import Any, BinaryIO

import numpy as np

from firth.errors import DataError
from firth.extras import require
from firth.index.faissblob import Wanted, read
from firth.index.faissids import without_ids
from firth.index.faissinside import check_inside

__all__ = ["main"]

_ROOM = 3 << 30
"""Bytes beside four times the blob: FAISS computes tables after reading, of up to 2 GiB by its own bound."""


def main(stdin: BinaryIO, answer: Any) -> None:
    """Try every blob and call `answer` with the result of each."""
    order = json.loads(stdin.readline())
    wanted = Wanted(**{**order["wanted"], "kinds": tuple(order["wanted"]["kinds"])})
    sizes = order["sizes"]
    _bound_memory(4 * max(sizes, default=0) + _ROOM)
    for size in sizes:
        blob = np.empty(size, np.uint8)
        view, at = blob.data, 0
        while at < size:
            got = stdin.readinto(view[at:])  # type: ignore[attr-defined]
            if not got:
                return
            at += got
        try:
            _try(blob, wanted)
        except DataError as error:
            answer(str(error))
        else:
            answer("")


def _try(blob: np.ndarray[Any, np.dtype[np.uint8]], wanted: Wanted) -> None:
    index = read(blob)
    if wanted.ids:
        index, _ = without_ids(index)
    check_inside(index, wanted)
    if index.ntotal:
        faiss = require("faiss", extra="index")
        faiss.omp_set_num_threads(1)
        inner = faiss.try_extract_index_ivf(index)
        if inner is not None:
            inner.nprobe = inner.nlist  # look into every list
        queries = np.random.default_rng(0).standard_normal((2, index.d)).astype(np.float32)
        try:
            _, rows = index.search(queries, min(10, index.ntotal))
        except (RuntimeError, MemoryError) as error:
            raise DataError(f"a search fails: {error}") from None
        if rows.max(initial=-1) >= index.ntotal:
            raise DataError("a search answers with a row that is not there")


def _bound_memory(more: int) -> None:
    """Let this process take `more` bytes beyond what it has now, where the system can be told so."""
    try:
        import resource
        from pathlib import Path

        require("faiss", extra="index")  # it takes memory of its own, before the pages are counted
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):  # not on Linux: the time is bounded all the same
        return
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(answer: str) -> None:
    sys.stdout.write(json.dumps({"answer": answer}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, _write)
