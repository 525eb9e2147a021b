"""What the layer of ids, filters and exact scores costs beside a bare call of FAISS.

python benchmarks/overhead.py                       100,000 × 100 rows of its own
python benchmarks/overhead.py vectors.safetensors    vectors that you have

The bare call and `Index.search` answer the same queries turn by turn, with the same index of FAISS inside,
the same settings and one thread. The indexes are built with keep="none", so that both do the same work: what
differs is the layer alone. Counted is the time of the processor in this thread, which other programs disturb
less than the clock.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from firth.index import IVF, IVFPQ, Exact, Index
from firth.index.engine import Engine, Found
from firth.index.labels import Labels
from firth.vectors import Vectors
from rows import Rows

Floats = NDArray[np.float32]
ALONE = 200  # calls with one query that are timed together


class Flat(Engine):
    """FAISS's own exact index behind the layer."""

    def __init__(self, rows: Floats):
        self.metric, self.dim = "dot", rows.shape[1]
        self.inner = faiss.IndexFlatIP(self.dim)
        self.inner.add(rows)

    def __len__(self) -> int:
        return int(self.inner.ntotal)

    def search(self, queries: Floats, k: int, **_: Any) -> Found:
        """The bare call."""
        scores, found = self.inner.search(queries, k)
        return found, scores

    def memory(self) -> dict[str, int]:
        """It is not asked here."""
        return {}

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """It is never saved."""
        return {}, {}

    @classmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> Flat:
        """It is never opened."""
        raise NotImplementedError


def main() -> None:
    """Measure, print, and append the raw rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", nargs="?", type=Path, help="a file of vectors instead of generated ones")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    vectors = Vectors.load(options.vectors) if options.vectors else generated(100_000, 100)
    space = Vectors(np.arange(len(vectors)), vectors.unit().matrix, metric="dot")
    random = np.random.default_rng(2)
    queries = space.matrix[random.choice(len(space), options.batch, replace=False)].copy()
    rows = Rows("overhead", path=options.results)
    for name, index, bare in subjects(space):
        check(index, bare, queries)
        for what, calls in jobs(index, bare, queries).items():
            times = interleaved(calls, options.repeats)
            for firth, peer in times:
                rows.add(f"{what}, {name}", "firth", firth, "µs", lower_is_better=True)
                rows.add(f"{what}, {name}", "faiss-cpu", peer, "µs", lower_is_better=True)
            more = median(firth - peer for firth, peer in times)
            share = more / median(peer for _, peer in times)
            print(f"{what}, {name}: the layer adds {more:,.1f} µs, {share:.1%}", flush=True)
    rows.show()


def generated(n: int, dim: int) -> Vectors:
    """Random rows in clusters, as vectors of words lie."""
    random = np.random.default_rng(1)
    middles = random.standard_normal((300, dim))
    rows = middles[random.integers(0, 300, n)] + random.standard_normal((n, dim))
    return Vectors(np.arange(n), rows.astype(np.float32))


def subjects(space: Vectors) -> list[tuple[str, Index, Callable[[Floats], Any]]]:
    """(name, index, the bare call that answers the same)."""
    small = Vectors(space.ids.take(np.arange(2_000)), space.matrix[:2_000], metric="dot", fingerprint="small")
    flat = Index(
        recipe=Exact(),
        metric="dot",
        engine=Flat(small.matrix),
        labels=Labels(small.ids),
        kept=None,
        fingerprint=small.fingerprint,
        report={},
    )
    size = f"{len(space):,} × {space.dim}"
    lists = IVF(keep="none").build(space)
    codes = IVFPQ(keep="none").build(space)
    of_lists = faiss.SearchParametersIVF(nprobe=lists.settings["nprobe"])
    inner: Any = [index.engine.inner for index in (flat, lists, codes)]  # type: ignore[attr-defined]
    return [
        (f"Flat, 2,000 × {space.dim}", flat, lambda queries: inner[0].search(queries, 10)),
        (f"IVF, {size}", lists, lambda queries: inner[1].search(queries, 10, params=of_lists)),
        (f"IVFPQ, {size}", codes, lambda queries: inner[2].search(queries, 10, params=of_lists)),
    ]


def jobs(
    index: Index, bare: Callable[[Floats], Any], queries: Floats
) -> dict[str, tuple[Callable[[], Any], Callable[[], Any], int]]:
    """What is measured: the call of the layer, the bare call, and how many such calls are timed together."""
    one = queries[0]
    return {
        "one query": (lambda: index.search(one, 10, threads=1), lambda: bare(one[None]), ALONE),
        f"batch of {len(queries):,}": (
            lambda: index.search(queries, 10, threads=1),
            lambda: bare(queries),
            1,
        ),
    }


def interleaved(
    calls: tuple[Callable[[], Any], Callable[[], Any], int], repeats: int
) -> list[tuple[float, float]]:
    """Microseconds a call of both, `repeats` times in turn; the first call of each is not counted."""
    *both, count = calls
    found = []
    for turn in range(repeats + 1):
        times = []
        for call in both:  # type: ignore[assignment]
            start = time.thread_time()
            for _ in range(count):
                call()  # type: ignore[operator]
            times.append((time.thread_time() - start) / count * 1e6)
        if turn:
            found.append((times[0], times[1]))
    return found


def check(index: Index, bare: Callable[[Floats], Any], queries: Floats) -> None:
    """The answers are the same."""
    _, rows = bare(queries)
    found = index.search(queries, 10, threads=1).rows
    share = np.mean([np.isin(a, b).mean() for a, b in zip(found, rows, strict=True)])
    if share < 0.999:
        raise SystemExit(f"the two answer differently: {share:.4f} of the rows are the same")


if __name__ == "__main__":
    main()
