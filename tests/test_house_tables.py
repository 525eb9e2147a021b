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


def learner(name: str, program: str, value: float | None, *, beside: dict[str, str] | None = None) -> str:
    score = {"value": value, "low": 0.4, "high": 0.5, "n": 9, "total": 10}
    found = {peer: {"MEN": {"value": 0.1, "verdict": said}} for peer, said in (beside or {}).items()}
    return json.dumps(
        {"learner": name, "label": name.upper(), "program": program, "seconds": 12.0, "peak": 300.0}
        | {"scores": {"MEN": score}, "beside": found, "run": "2", "machine": "2 cores", "command": "c"}
    )


def test_learners_stand_with_their_peers_and_what_the_test_says(tables: ModuleType, tmp_path: Path):
    rows = [learner("peer", "gensim 4", 0.45), learner("ours", "firth 1", 0.452, beside={"peer": "above"})]
    rows += [
        learner("alone", "firth 1", None),
        learner("even", "firth 1", 0.1, beside={"peer": "not told apart"}),
    ]
    (tmp_path / "some.jsonl").write_text("\n".join(rows) + "\n")
    lines = tables.fill("<!-- table: some -->\n<!-- end: some -->\n", tmp_path).splitlines()
    assert lines[1] == "| | program | MEN | time | memory | beside its peer |"
    assert lines[3] == "| **OURS** | firth 1 | 45.2 (40.0 to 50.0) | 12 s | 300 MB | PEER: above on MEN |"
    assert lines[4] == "| PEER | gensim 4 | 45.0 (40.0 to 50.0) | 12 s | 300 MB |  |"
    assert lines[5] == "| **ALONE** | firth 1 | – | 12 s | 300 MB |  |"
    assert lines[6].endswith("| PEER: not told apart |")


def speed_row(program: str, value: float, shows: str, *, turn: int = 0) -> str:
    return json.dumps(
        {"task": shows, "program": program, "value": value, "unit": "s", "job": "cbow", "label": "CBOW"}
        | {"shows": shows, "round": turn, "text": "9 words", "run": "1", "machine": "m", "command": "c"}
    )


def test_the_table_of_speed_has_time_memory_and_quality_of_a_pair(tables: ModuleType, tmp_path: Path):
    rows = [speed_row("firth 1", seconds, "time", turn=turn) for turn, seconds in enumerate((3.0, 1.0, 2.0))]
    rows += [speed_row("gensim 4", 20.0, "time"), speed_row("other 5", 10.0, "time")]
    rows += [speed_row("firth 1", 1.25, "memory"), speed_row("firth 1", 41.0, "analogies")]
    rows += [speed_row("gensim 4", 40.0, "analogies")]
    (tmp_path / "speed.jsonl").write_text("\n".join(rows) + "\n")
    lines = tables.fill("<!-- table: speed -->\n<!-- end: speed -->\n", tmp_path).splitlines()
    pair = "| CBOW | 9 words | 2 s | gensim 4 | 20 s | × 10 | 1.25 times | analogies 41.0 % and 40.0 % |"
    assert lines[3] == pair
    assert lines[4] == "| CBOW | 9 words | 2 s | other 5 | 10 s | × 5 | 1.25 times | analogies 41.0 % |"
    assert "Medians of 3 rounds" in lines[6]


def test_a_table_without_rows_stays(tables: ModuleType, tmp_path: Path):
    page = "<!-- table: none -->\nnot measured yet\n<!-- end: none -->\n"
    assert tables.fill(page, tmp_path) == page


def test_the_pages_are_up_to_date(tables: ModuleType, repository: Path):
    """Rows that were committed without `python benchmarks/tables.py`, or a figure changed by hand."""
    for page in [repository / "README.md", *(repository / "docs").glob("*.md")]:
        text = page.read_text(encoding="utf-8")
        assert tables.fill(text, repository / "benchmarks/results") == text, f"{page.name}: run make bench"
