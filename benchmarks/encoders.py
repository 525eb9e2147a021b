"""Encoders of categories: Firth beside category_encoders and scikit-learn, from a pandas frame to numbers.

python benchmarks/encoders.py [--rows N] [--hashing-rows N] [--repeats 3] [--only TASK …]

All learn from a frame and encode the same frame; what is measured is both together, and how much memory it
adds to the process at its peak. The programs run in turn, each in a process of its own, after a small frame
that loads and compiles what is needed.

- hashing: 10 columns of strings, 5,000 values each, onto 8 places (category_encoders' usual number), which
  takes category_encoders minutes for a million rows; --hashing-rows says how many. It is given a process a
  core.
- one-hot: 1 column of 1,000 categories, as sparse rows.
- ordinal: 10 columns of 1,000 categories.
- target: 1 column of 1,000 categories and a number to be foretold, cross-fitted in 5 folds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from memory import Growth
from rows import Rows


def main() -> None:
    """Run the programs in turn and keep the rows."""
    options = arguments()
    if options.child:
        task, program = options.child
        print(json.dumps(measured(task, program, options)))
        return
    rows = Rows("encoders", path=options.results)
    for task in options.only or list(TASKS):
        n = options.hashing_rows if task == "hashing" else options.rows
        for _, program in itertools.product(range(options.repeats), TASKS[task]):
            found = run(task, program, options)
            name = f"{task}, {n:,} rows"
            rows.add(name, program, found["seconds"], "s", lower_is_better=True)
            rows.add(f"{name}, peak memory", program, found["memory"], "MB", lower_is_better=True)
            rows.add(f"{name}, numbers kept", program, found["kept"], "MB", lower_is_better=True)
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--hashing-rows", type=int, default=100_000, help="rows of the task hashing")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(TASKS), help="these tasks alone")
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def run(task: str, program: str, options: argparse.Namespace) -> dict[str, float]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, "--child", task, program]
    command += ["--rows", str(options.rows), "--hashing-rows", str(options.hashing_rows)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measured(task: str, program: str, options: argparse.Namespace) -> dict[str, float]:
    """Seconds, MB of memory beyond what was held, and MB of the numbers that came out."""
    encode = TASKS[task][program]
    small, y = frame(task, 2000)
    encode(small, y)  # loads and compiles
    table, y = frame(task, options.hashing_rows if task == "hashing" else options.rows)
    growth, started = Growth(), time.perf_counter()
    out = encode(table, y)
    seconds = time.perf_counter() - started
    kept = size_of(out)
    return {"seconds": seconds, "memory": max(growth.found(kept)["grown"], 0.1), "kept": kept / 1e6}


def frame(task: str, n: int) -> tuple[Any, np.ndarray]:
    """A frame of strings, and a number to be foretold."""
    import pandas as pd

    rng = np.random.default_rng(1)
    columns, categories = {"hashing": (10, 5000), "ordinal": (10, 1000)}.get(task, (1, 1000))
    names = np.array([f"category number {i}" for i in range(categories)])
    table = pd.DataFrame({f"c{j}": names[rng.integers(0, categories, n)] for j in range(columns)})
    return table, rng.normal(size=n)


def size_of(out: Any) -> int:
    """Bytes of a matrix, dense or CSR."""
    parts = (out.data, out.indices, out.indptr) if hasattr(out, "indptr") else (np.asarray(out),)
    return sum(part.nbytes for part in parts)


# --- the programs --------------------------------------------------------------------------------------


def firth_with(make: str, **options: Any) -> Callable[[Any, np.ndarray], Any]:
    """Learn and encode with a learner of Firth."""

    def encode(table: Any, y: np.ndarray) -> Any:
        import firth

        learner = getattr(firth, make)(**options)
        if make == "Target":
            return learner.fit_transform(table, target=y).features.matrix
        return learner.fit(table).encode(table).matrix

    return encode


def hash_with_category_encoders(table: Any, _: np.ndarray) -> Any:
    """Its HashingEncoder, with one process for few rows, and as many as there are cores otherwise."""
    import os
    import warnings

    from category_encoders import HashingEncoder

    warnings.simplefilter("ignore")  # of options of pandas that it still sets
    processes = 1 if len(table) < 10_000 else len(os.sched_getaffinity(0))
    return HashingEncoder(n_components=8, max_process=processes).fit_transform(table).to_numpy()


def sklearn_with(make: str, **options: Any) -> Callable[[Any, np.ndarray], Any]:
    """Learn and encode with an encoder of scikit-learn."""

    def encode(table: Any, y: np.ndarray) -> Any:
        from sklearn import preprocessing

        encoder = getattr(preprocessing, make)(**options)
        return encoder.fit_transform(table, y) if make == "TargetEncoder" else encoder.fit_transform(table)

    return encode


TASKS: dict[str, dict[str, Callable[[Any, np.ndarray], Any]]] = {
    "hashing": {"firth": firth_with("Hashing", size=8), "category-encoders": hash_with_category_encoders},
    "one-hot": {
        "firth": firth_with("OneHot"),
        "scikit-learn": sklearn_with("OneHotEncoder", dtype=np.float32),
    },
    "ordinal": {
        "firth": firth_with("Ordinal"),
        "scikit-learn": sklearn_with("OrdinalEncoder", dtype=np.float32),
    },
    "target": {"firth": firth_with("Target"), "scikit-learn": sklearn_with("TargetEncoder")},
}


if __name__ == "__main__":
    main()
