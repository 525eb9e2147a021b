"""The tables of the README are made from raw rows, and by nothing else."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def tables(repository: Path) -> ModuleType:
    """benchmarks/tables.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("tables", repository / "benchmarks/tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(task: str, program: str, value: float, *, unit: str = "s", run: str = "2") -> str:
    return json.dumps(
        {"task": task, "program": program, "value": value, "unit": unit, "lower_is_better": unit == "s"}
        | {"run": run, "machine": "2 cores", "command": "python benchmarks/some.py"}
    )


def test_medians_of_the_last_run_side_by_side(tables: ModuleType, tmp_path: Path):
    rows = [row("train", "firth 1", 99.0, run="1")]
    rows += [row("train", "firth 1", seconds) for seconds in (2.0, 1.0, 9.0)]
    rows += [row("train", "gensim 4", 30.0), row("analogies", "firth 1", 44.3, unit="%")]
    rows += [row("analogies", "gensim 4", 43.1, unit="%")]
    (tmp_path / "some.jsonl").write_text("\n".join(rows) + "\n")
    page = "before\n<!-- table: some -->\nold\n<!-- end: some -->\nafter\n"
    filled = tables.fill(page, tmp_path)
    assert "| train | 2 s | 30 s | × 15 |" in filled
    assert "| analogies | 44.3 % | 43.1 % | +1.2 |" in filled
    assert "old" not in filled
    assert filled.startswith("before\n<!-- table: some -->\n")
    assert filled.endswith("<!-- end: some -->\nafter\n")
    assert tables.fill(filled, tmp_path) == filled


def test_each_task_is_shown_by_the_last_run_that_measured_it(tables: ModuleType, tmp_path: Path):
    rows = [row("dim 100", "firth 1", 1.0, run="1"), row("dim 300", "firth 1", 3.0, run="1")]
    rows += [row("dim 300", "firth 1", 2.0, run="2")]
    (tmp_path / "some.jsonl").write_text("\n".join(rows) + "\n")
    filled = tables.fill("<!-- table: some -->\n<!-- end: some -->\n", tmp_path)
    assert "| dim 100 | 1 s |" in filled
    assert "| dim 300 | 2 s |" in filled


def test_a_table_without_rows_stays(tables: ModuleType, tmp_path: Path):
    page = "<!-- table: none -->\nnot measured yet\n<!-- end: none -->\n"
    assert tables.fill(page, tmp_path) == page


def test_the_pages_are_up_to_date(tables: ModuleType, repository: Path):
    """Rows that were committed without `python benchmarks/tables.py`, or a figure changed by hand."""
    for page in [repository / "README.md", *(repository / "docs").glob("*.md")]:
        text = page.read_text(encoding="utf-8")
        assert tables.fill(text, repository / "benchmarks/results") == text, f"{page.name}: run make bench"
