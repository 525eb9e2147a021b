"""Patches: Firth beside a plain copy of the same bytes, and beside NumPy's copy of the strided view.

python benchmarks/patches.py [--pictures 10000] [--side 224] [--size 16] [--threads 2] [--repeats 5]

Each program makes new memory for what it returns, as a user's call does, and they run in turn. "copy" is
np.copyto of the pictures into a new array, on one thread, the least that anything can take that copies them
once. "view" is np.ascontiguousarray of the strided view, what a line of NumPy takes. What Firth returns is
compared with that, patch by patch, before anything is measured. Laying back is measured likewise, and the
codebook beside the k-means of scikit-learn, on smooth random patches, at the same number of iterations, each
from its own start; how much of the variance the centroids explain says how good either is.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import firth
from firth.tokenize import patches, unpatch
from rows import Rows

CODES, ITERATIONS, POINTS = 256, 10, 50_000


def main() -> None:
    """Run all in turn and keep the rows."""
    options = arguments()
    rows = Rows("patches", path=options.results)
    how = firth.Run(threads=options.threads)
    side, size = options.side, options.size
    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 256, (options.pictures, side, side, 3), np.uint8)
    what = f"{options.pictures:,} pictures of {side} × {side} × 3, patches of {size} × {size}"
    few = pictures[:10]
    cut = patches(few, size, run=how)
    if not np.array_equal(cut.values, view(few, size)) or not np.array_equal(unpatch(cut), few):
        raise SystemExit("the patches are not those of NumPy")
    for i in range(options.repeats + 1):
        cut = patches(pictures, size, run=how)
        found = {
            ("copy", "numpy"): seconds(lambda: np.copyto(np.empty_like(pictures), pictures)),
            ("copy", "firth"): seconds(lambda: patches(pictures, size, run=how)),
            ("view", "numpy"): seconds(lambda: view(pictures, size)),
            ("laying back", "firth"): seconds(lambda cut=cut: unpatch(cut)),
        }
        found["view", "firth"] = found["copy", "firth"]
        for (task, program), value in found.items() if i else ():  # the first round warms the memory
            rows.add(f"{task}, {what}", program, value, "s", lower_is_better=True)
    steps = rng.normal(size=(POINTS, 8, 8, 3))  # patches that change smoothly, as those of pictures do
    cluster(rows, steps.cumsum(axis=1).cumsum(axis=2).reshape(POINTS, -1).astype(np.float32), options)
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    return parser.parse_args()


def view(pictures: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, Any]:
    """The patches by NumPy alone."""
    n, height, width, channels = pictures.shape
    parts = pictures.reshape(n, height // size, size, width // size, size, channels)
    return np.ascontiguousarray(parts.transpose(0, 1, 3, 2, 4, 5)).reshape(-1, size, size, channels)


def seconds(job: Callable[[], Any]) -> float:
    """How long a job took; what it returned goes back to the system before the next one."""
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


def cluster(rows: Rows, points: np.ndarray[Any, Any], options: argparse.Namespace) -> None:
    """Measure k-means of both programs."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    what = f"{CODES} codes, {len(points):,} patches of {points.shape[1]} numbers, {ITERATIONS} iterations"
    variance = float(points.var(axis=0, dtype=np.float64).sum()) * len(points)
    for seed in range(options.repeats):
        learner = firth.Codebook(size=CODES, iterations=ITERATIONS)
        run = firth.Run(threads=options.threads, seed=seed)
        started = time.perf_counter()
        model = learner.fit(points, run=run)
        rows.add(f"k-means, {what}", "firth", time.perf_counter() - started, "s", lower_is_better=True)
        rows.add(f"explained, {what}", "firth", 100 * model.report["explained"], "%", lower_is_better=False)
        theirs = KMeans(CODES, n_init=1, max_iter=ITERATIONS, tol=0, random_state=seed)
        with threadpool_limits(options.threads), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it did not converge is what was asked for
            taken = seconds(lambda theirs=theirs: theirs.fit(points))
        rows.add(f"k-means, {what}", "scikit-learn", taken, "s", lower_is_better=True)
        explained = 100 * (1 - theirs.inertia_ / variance)
        rows.add(f"explained, {what}", "scikit-learn", explained, "%", lower_is_better=False)


if __name__ == "__main__":
    main()
