"""The planner on vectors of your own: every trial becomes a raw row, from which docs/figures/plan.py draws.

python benchmarks/planning.py vectors.safetensors --share 8 --recall 0.95 --seconds 240 --threads 1
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import firth
from firth.index import plan
from rows import Rows


def main() -> None:
    """Plan, keep the rows, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--share", type=float, default=8, help="memory is at most one of so many parts")
    parser.add_argument("--recall", type=float, default=0.95)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    vectors = firth.load(given.vectors).vectors
    found = plan(
        vectors,
        max_memory=int(vectors.matrix.nbytes / given.share),
        recall=given.recall,
        time_budget=given.seconds,
        threads=given.threads,
        say=lambda line: print(line, file=sys.stderr),
    )
    rows = Rows("plan")
    document = found.to_dict()
    for kind in ("trials", "sketches"):
        for trial in document.pop(kind):
            rows.keep({"task": kind, "trial": trial})
    rows.keep({"task": "plan", "plan": document})
    print(found)


if __name__ == "__main__":
    main()
