"""Patches: Firth beside a plain copy of the same bytes, and beside NumPy's copy of the strided view.

python benchmarks/patches.py [--pictures 10000] [--side 224] [--size 16] [--threads 2] [--repeats 5]

Each program makes new memory for what it returns, as a user's call does, and they run in turn. "copy" is
np.copyto of the pictures into a new array, on one thread, the least that anything can take that copies them
once. "view" is np.ascontiguousarray of the strided view, what a line of NumPy takes. What Firth returns is
compared with that, patch by patch, before anything is measured. Laying back is measured likewise, and the
codebook beside the k-means of scikit-learn, on smooth random patches, at the same number of iterations, each
from its own start and in a process of its own (two sets of OpenMP threads in one get in each other's way);
how much of the variance the centroids explain says how good either is. scikit-learn's own start, k-means++,
takes most of its time, so its start from random points is measured too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import firth
from firth.tokenize import patches, unpatch
from rows import Rows

CODES, ITERATIONS, POINTS = 256, 10, 50_000
OWN, RANDOM = ("",), (" beside a random start",)


def main() -> None:
    """Run all in turn and keep the rows."""
    options = arguments()
    if options.cluster:
        print(json.dumps(clustered(*options.cluster, threads=options.threads)))
        return
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
    what = f"{CODES} codes, {POINTS:,} patches of 192 numbers, {ITERATIONS} iterations"
    for seed in range(options.repeats):
        for program in ("firth", "scikit-learn", "random"):
            command = [sys.executable, __file__, "--cluster", program, str(seed)]
            command += ["--threads", str(options.threads)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            result = json.loads(done.stdout)
            for start in {"firth": OWN + RANDOM, "scikit-learn": OWN, "random": RANDOM}[program]:
                name = program.replace("random", "scikit-learn")
                rows.add(f"k-means{start}, {what}", name, result["seconds"], "s", lower_is_better=True)
                rows.add(f"explained{start}, {what}", name, result["explained"], "%", lower_is_better=False)
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--size", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cluster", nargs=2, metavar=("PROGRAM", "SEED"), help=argparse.SUPPRESS)
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


def clustered(program: str, seed: str, *, threads: int) -> dict[str, float]:
    """How long k-means of a program takes, once a small one has loaded its code, and how well it does."""
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(POINTS, 8, 8, 3))  # patches that change smoothly, as those of pictures do
    points = steps.cumsum(axis=1).cumsum(axis=2).reshape(POINTS, -1).astype(np.float32)
    fit = {"firth": by_firth, "scikit-learn": partial(by_sklearn, "k-means++")}.get(program)
    fit = fit or partial(by_sklearn, program)
    fit(points[:1000], int(seed), threads)
    started = time.perf_counter()
    inertia = fit(points, int(seed), threads)
    taken = time.perf_counter() - started
    variance = float(points.var(axis=0, dtype=np.float64).sum()) * len(points)
    return {"seconds": taken, "explained": 100 * (1 - inertia / variance)}


def by_firth(points: np.ndarray[Any, Any], seed: int, threads: int) -> float:
    """The inertia that the codebook reaches."""
    learner = firth.Codebook(size=CODES, iterations=ITERATIONS)
    return float(learner.fit(points, run=firth.Run(threads=threads, seed=seed)).report["inertia"])


def by_sklearn(start: Any, points: np.ndarray[Any, Any], seed: int, threads: int) -> float:
    """The inertia that scikit-learn's k-means reaches."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    learner = KMeans(CODES, init=start, n_init=1, max_iter=ITERATIONS, tol=0, random_state=seed)
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it did not converge is what was asked for
        return float(learner.fit(points).inertia_)


if __name__ == "__main__":
    main()
