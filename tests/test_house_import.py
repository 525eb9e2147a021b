"""`import firth` costs next to nothing and loads no package but NumPy."""

from __future__ import annotations

import statistics
import subprocess
import sys

import pytest

BUDGET_MS = 30.0
HEAVY = {
    "numba",
    "llvmlite",
    "scipy",
    "typer",
    "rich",
    "click",
    "zstandard",
    "safetensors",
    "sklearn",
    "torch",
}


def seconds_beyond_numpy() -> float:
    """How long `import firth` takes a fresh interpreter that has NumPy already."""
    code = "import numpy, time; t = time.process_time(); import firth; print(time.process_time() - t)"
    return float(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )


def test_import_costs_at_most_30_ms_beyond_numpy():
    """Processor time, median of seven, so that a busy machine does not decide."""
    milliseconds = [1000 * seconds_beyond_numpy() for _ in range(7)]
    assert statistics.median(milliseconds) <= BUDGET_MS


@pytest.mark.parametrize(
    "statement",
    ["import firth", "from firth import Hits, Run, Sequences, Vectors, errors, formats, load"],
)
def test_nothing_heavy_is_loaded(statement: str):
    code = f"import sys; {statement}; print(' '.join(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()
