"""`import firth` costs next to nothing and loads no package but NumPy."""

from __future__ import annotations

import statistics
import subprocess
import sys

import pytest

BUDGET_MS = 30.0
BUDGET_OF_NUMPY = 0.3  # on a slow machine: so much of what NumPy's own import takes there
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
    "pyarrow",
    "narwhals",
    "tokenizers",
    "faiss",
    "PIL",
    "matplotlib",
}


def processor_milliseconds() -> tuple[float, float]:
    """What a fresh interpreter takes for `import numpy`, and then for `import firth`."""
    code = (
        "from time import process_time as now; a = now(); import numpy; b = now(); import firth; c = now();"
        "print(1000 * (b - a), 1000 * (c - b))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    numpy, firth = map(float, done.stdout.split())
    return numpy, firth


def test_import_costs_at_most_30_ms_beyond_numpy():
    """Processor time, medians of seven, or a part of NumPy's own: a busy or slow machine does not decide."""
    numpy, firth = (
        statistics.median(times) for times in zip(*(processor_milliseconds() for _ in range(7)), strict=True)
    )
    assert firth <= max(BUDGET_MS, BUDGET_OF_NUMPY * numpy)


@pytest.mark.parametrize(
    "statement",
    ["import firth", "from firth import Hits, Run, Sequences, Vectors, errors, formats, load"],
)
def test_nothing_heavy_is_loaded(statement: str):
    code = f"import sys; {statement}; print(' '.join(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()
