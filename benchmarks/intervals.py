"""Intervals: Firth's bootstrap of a correlation and of a mean beside SciPy's, with as many resamples.

python benchmarks/intervals.py [--pairs 353 3000] [--repeats 5]

Both make the bias-corrected and accelerated interval of Spearman's correlation of so many pairs, and of the
mean of so many scores, from 5,000 resamples. SciPy's `bootstrap` gets a statistic that ranks all resamples at
once. Both run in turn in one process; how far the ends are apart is measured too.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from firth.measure.intervals import bca_interval, spearman
from rows import Rows

RESAMPLES = 5_000


def main() -> None:
    """Run both programs in turn and keep the rows."""
    options = arguments()
    rows = Rows("intervals", path=options.results)
    for n in options.pairs:
        random = np.random.default_rng(n)
        x, noise = random.standard_normal((2, n))
        jobs = {
            f"Spearman's correlation, {n:,} pairs": (with_firth, with_scipy, (x, x + noise)),
            f"mean, {n:,} scores": (mean_with_firth, mean_with_scipy, (random.beta(0.5, 0.7, n),)),
        }
        for task, (ours, theirs, data) in jobs.items():
            ours(*data)  # compiles what it needs
            for _ in range(options.repeats):
                ends = {}
                for program, function in (("firth", ours), ("scipy", theirs)):
                    started = time.perf_counter()
                    ends[program] = np.array(function(*data))
                    rows.add(task, program, time.perf_counter() - started, "s", lower_is_better=True)
            apart = np.abs(ends["firth"] - ends["scipy"]).max() / np.ptp(ends["scipy"])
            print(f"{task}: the ends differ by at most {apart:.1%} of the width of the interval")
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, nargs="+", default=[353, 3_000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    return parser.parse_args()


def with_firth(x: Any, y: Any) -> tuple[float, float]:
    """The interval of Spearman's correlation."""
    value = float(spearman(x, y, np.ones((1, x.size)))[0])
    return bca_interval(lambda w: spearman(x, y, w), x.size, seed=1, value=value, m=RESAMPLES)


def with_scipy(x: Any, y: Any) -> tuple[float, float]:
    """The same with SciPy; the batch keeps its resamples within some 100 MB."""

    def statistic(x: Any, y: Any, axis: int) -> Any:
        rank_x, rank_y = stats.rankdata(x, axis=axis), stats.rankdata(y, axis=axis)
        return stats.pearsonr(rank_x, rank_y, axis=axis).statistic

    found = stats.bootstrap(
        (x, y), statistic, paired=True, vectorized=True, n_resamples=RESAMPLES, method="BCa",
        batch=max(1, 1_000_000 // x.size), rng=np.random.default_rng(1),
    )  # fmt: skip
    return found.confidence_interval


def mean_with_firth(x: Any) -> tuple[float, float]:
    """The interval of a mean."""
    return bca_interval(lambda w: (w @ x) / w.sum(axis=1), x.size, seed=1, value=float(x.mean()), m=RESAMPLES)


def mean_with_scipy(x: Any) -> tuple[float, float]:
    """The same with SciPy."""
    found = stats.bootstrap(
        (x,), np.mean, vectorized=True, n_resamples=RESAMPLES, method="BCa",
        batch=max(1, 1_000_000 // x.size), rng=np.random.default_rng(1),
    )  # fmt: skip
    return found.confidence_interval


if __name__ == "__main__":
    main()
