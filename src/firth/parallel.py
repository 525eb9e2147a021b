"""Work on several threads: of FAISS, which has its own, and of kernels that release the GIL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from firth.extras import require

__all__ = ["each_shard", "faiss_threads"]


@contextmanager
def faiss_threads(threads: int) -> Iterator[None]:
    """So many threads of FAISS within the block; the number is FAISS's own and is set back."""
    faiss = require("faiss", extra="index")
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def each_shard(work: Callable[[slice], None], n: int, *, threads: int, least: int = 1) -> None:
    """Call `work` with slices that together cover 0 to n, each thread with one of about the same length.

    Args:
        work: what is done with a slice; it writes its result somewhere and releases the GIL.
        n: how many things there are.
        threads: how many threads at most.
        least: a slice is at least so long, so that few things wake few threads.
    """
    parts = max(1, min(threads, n // max(1, least)))
    if parts == 1:
        work(slice(0, n))
        return
    bounds = [n * i // parts for i in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        for done in [pool.submit(work, slice(a, b)) for a, b in itertools.pairwise(bounds)]:
            done.result()
