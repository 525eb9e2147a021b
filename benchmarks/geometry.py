"""Geometry and faithfulness: Firth beside scikit-learn's `trustworthiness`, and the times of what has no
peer.

python benchmarks/geometry.py [VECTORS] [--points 20000] [--rows 200000] [--dim 300] [--repeats 3] [--only
TASK]

Measured are: trustworthiness of a 2-D map of POINTS rows (the first two principal directions), in turn with
scikit-learn, which keeps two matrices of POINTS × POINTS, 10 GB for 20,000, and each in a process of its own,
with its peak memory; hubness of ROWS × DIM, exact, with the neighbours of all rows; and the k-nearest overlap
of ROWS × DIM with a copy cut to half its dimensions, over a sample of 10,000 rows whose neighbours are exact.
VECTORS is any file that Firth reads; random rows around 1,000 centres serve if none is given. Both programs
compute the same figure, which is kept too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory import peak
from rows import Rows

K = 10


def main() -> None:
    """Run each task in processes of their own, in turn, and keep the rows."""
    options = arguments()
    if options.job:
        print(json.dumps(JOBS[options.job](options)))
        return
    rows = Rows("geometry", path=options.results)
    for _ in range(options.repeats):
        for job in JOBS:
            task, _, program = job.partition(" ")
            if options.only not in (None, task):
                continue
            found = run(job)
            what = f"{task}, {found.pop('size')}"
            for unit_of, value in found.items():
                name, _, unit = unit_of.partition(":")
                rows.add(f"{what}: {name}", program, value, unit, lower_is_better=unit != "")
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", type=Path, nargs="?")
    parser.add_argument("--points", type=int, default=20_000, help="of the map")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=sorted({job.partition(" ")[0] for job in JOBS}))
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    return parser.parse_args()


def run(job: str) -> dict[str, float]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, *sys.argv[1:], "--job", job]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def matrix_of(options: argparse.Namespace, n: int) -> NDArray[np.float32]:
    """Rows of the file, or rows around 1,000 centres, float32, (n, dim)."""
    if options.vectors:
        import firth

        return firth.load(options.vectors).vectors.matrix[:n]
    random = np.random.default_rng(1)
    centres = random.standard_normal((1000, options.dim), np.float32)
    rows: NDArray[np.float32] = centres[random.integers(0, 1000, n)]
    rows += random.standard_normal((n, options.dim), np.float32)
    return rows


def map_of(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first two principal directions, float32, (n, 2)."""
    away = matrix - matrix.mean(axis=0)
    axes = np.linalg.eigh(away.T @ away)[1][:, ::-1][:, :2]
    places: NDArray[np.float32] = np.ascontiguousarray(away @ axes)
    return places


def measured(work: Callable[[], float], *, size: str) -> dict[str, object]:
    """Seconds, peak memory and the figure of some work."""
    started = time.perf_counter()
    figure = work()
    return {
        "size": size,
        "time:s": time.perf_counter() - started,
        "peak memory:MB": peak(),
        "figure:": figure,
    }


def map_firth(options: argparse.Namespace) -> dict[str, object]:
    """Trustworthiness by Firth; compiled before."""
    from firth import Vectors
    from firth.measure.faithfulness import Faithfulness

    def work(rows: NDArray[np.float32], places: NDArray[np.float32]) -> float:
        ids = range(len(rows))
        original = Vectors(ids, rows, metric="euclidean")
        task = Faithfulness(original=original, k=K, sample=None, figures=("trustworthiness",))
        return task.outcomes(Vectors(ids, places, metric="euclidean"))[0].value_over()

    rows = matrix_of(options, options.points)
    places = map_of(rows)
    work(rows[:100], places[:100])
    return measured(lambda: work(rows, places), size=f"{len(rows):,} × {rows.shape[1]} to 2")


def map_sklearn(options: argparse.Namespace) -> dict[str, object]:
    """Trustworthiness by scikit-learn."""
    from sklearn.manifold import trustworthiness

    rows = matrix_of(options, options.points)
    places = map_of(rows)
    return measured(
        lambda: float(trustworthiness(rows, places, n_neighbors=K)),
        size=f"{len(rows):,} × {rows.shape[1]} to 2",
    )


def hubness_firth(options: argparse.Namespace) -> dict[str, object]:
    """Hubness with the exact neighbours of all rows."""
    from firth import Vectors
    from firth.measure.geometry import hubness

    rows = matrix_of(options, options.rows)
    hubness(Vectors(range(100), rows[:100]), k=K)  # compiles
    vectors = Vectors(range(len(rows)), rows)
    size = f"{len(rows):,} × {rows.shape[1]}, exact"
    return measured(lambda: hubness(vectors, k=K, sample=None).value, size=size)


def overlap_firth(options: argparse.Namespace) -> dict[str, object]:
    """The k-nearest overlap with half the dimensions, over a sample of rows."""
    from firth import Vectors
    from firth.measure.faithfulness import Faithfulness

    def work(rows: NDArray[np.float32]) -> float:
        original, half = (
            Vectors(range(len(rows)), rows[:, :dim]) for dim in (rows.shape[1], rows.shape[1] // 2)
        )
        task = Faithfulness(original=original, k=K, sample=10_000, figures=("overlap",))
        return task.outcomes(half)[0].value_over()

    rows = matrix_of(options, options.rows)
    work(rows[:100])
    return measured(lambda: work(rows), size=f"{len(rows):,} × {rows.shape[1]} to half, a sample of 10,000")


JOBS: dict[str, Callable[[argparse.Namespace], dict[str, object]]] = {
    "trustworthiness firth": map_firth,
    "trustworthiness scikit-learn": map_sklearn,
    "hubness firth": hubness_firth,
    "overlap firth": overlap_firth,
}


if __name__ == "__main__":
    main()
