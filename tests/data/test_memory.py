"""A run that cannot fit is refused before it begins, with the numbers."""

import pytest

from firth import SkipGram
from firth.data import memory
from firth.errors import MemoryBudgetError


def test_the_least_of_all_limits_counts(monkeypatch):
    for name, there in (("_machine", 5000), ("_container", 300), ("_process", None)):
        monkeypatch.setattr(memory, name, lambda there=there: there)
    assert memory.available_memory() == 300


def test_the_sentence_gives_need_and_supply(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 5_000_000_000)
    assert memory.check_memory(1_200_000_000, "training") == (
        "training needs about 1,200 MB of memory; 5,000 MB is available"
    )


def test_what_cannot_be_known_is_not_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: None)
    assert "unknown" in memory.check_memory(10**15, "training")


def test_the_refusal_ends_with_the_way_out(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1)
    with pytest.raises(MemoryBudgetError, match=r"is available\. Take fewer$"):
        memory.check_memory(2, "this", "Take fewer")


def test_a_run_that_cannot_fit_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 90_000_000)
    text = [[f"w{i}", f"w{i + 1}"] for i in range(3000)]
    with pytest.raises(MemoryBudgetError, match=r"needs about [\d,]+ MB of memory; 90 MB is available"):
        SkipGram(dim=5000, min_count=1).fit(text)


def test_the_limit_of_the_process_counts(monkeypatch):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 40, 1 << 40))
    assert 0 < memory._process() < 1 << 40
