"""Time grows as the table does, whatever its values; see the fixture `growth`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import firth

SHORT, TIMES, ALLOWED = 4_000, 16, 64

TABLES: dict[str, Callable[[int], dict[str, Any]]] = {
    "all different": lambda n: {"x": [f"v{i}" for i in range(n)]},
    "all the same": lambda n: {"x": ["v"] * n},
    "few": lambda n: {"x": [f"v{i % 7}" for i in range(n)]},
    "long": lambda n: {"x": ["v" * (i % 50 * 20) for i in range(n)]},
    "missing": lambda n: {"x": [None if i % 2 else "v" for i in range(n)]},
}
CATEGORIES = [
    firth.OneHot(),
    firth.Ordinal(),
    firth.Binary(),
    firth.Hashing(),
    firth.CountSketch(),
    firth.Frequency(),
    firth.Target(),
]
NUMBERS = [firth.Standardize(), firth.Robust(), firth.Quantile(), firth.Periodic(unit="hour")]


@pytest.mark.parametrize("learner", CATEGORIES, ids=lambda learner: type(learner).__name__)
def test_categories(learner: Any, growth: Callable[..., float]) -> None:
    def work(table: dict[str, Any]) -> None:
        target = np.arange(len(table["x"])) % 2
        learner.fit(table, target=target).encode(table)

    work(TABLES["few"](100))
    slow = {}
    for name, table in TABLES.items():
        ratio = growth(work, table(SHORT), table(TIMES * SHORT), allowed=ALLOWED)
        if ratio > ALLOWED:
            slow[name] = round(ratio)
    assert slow == {}


@pytest.mark.parametrize("learner", NUMBERS, ids=lambda learner: type(learner).__name__)
def test_numbers(learner: Any, growth: Callable[..., float]) -> None:
    def work(numbers: Any) -> None:
        learner.fit({"x": numbers}).encode({"x": numbers})

    work(np.arange(10.0))
    for make in (np.arange, np.ones):
        ratio = growth(work, make(4 * SHORT), make(4 * TIMES * SHORT), allowed=ALLOWED)
        assert ratio <= ALLOWED


def test_sequences_and_files(growth: Callable[..., float], tmp_path: Any) -> None:
    def rows(n: int) -> str:
        return "name,size\n" + "".join(f'"a, ""{i}""",{i}\n' for i in range(n))

    def read(text: str) -> None:
        (tmp_path / "t.csv").write_text(text)
        firth.column_values(tmp_path / "t.csv")

    read(rows(100))
    assert growth(read, rows(SHORT), rows(TIMES * SHORT), allowed=ALLOWED) <= ALLOWED


def test_many_columns_are_read(growth: Callable[..., float]) -> None:
    def table(n: int) -> dict[str, list[int]]:
        return {f"column {j}": [j] for j in range(n)}

    firth.read_table(table(10))
    assert growth(firth.read_table, table(1_500), table(TIMES * 1_500), allowed=ALLOWED) <= ALLOWED
