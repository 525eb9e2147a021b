"""`ordered_map`: map over a stream on several threads, results in order, a few items at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ordered_map"]

T = TypeVar("T")
R = TypeVar("R")


def ordered_map(function: Callable[[T], R], items: Iterable[T], *, threads: int) -> Iterator[R]:
    """function(item) for each item, in order.

    Unlike `Executor.map`, which draws all items at once, this one holds no more than 2 * threads + 1 of them,
    so that a stream of any length can pass. An error of an item, or of the function, comes out at its turn.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="firth-read") as pool:
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
