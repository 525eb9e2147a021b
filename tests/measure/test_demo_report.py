"""The report of the demo that the docs show is one of this version, whole, and small."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

AGAIN = "make it again: python scripts/make_report_page.py docs/reports"


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    """The page as it is checked in."""
    return (repository / "docs/reports/demo.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["style.css", "script.js"])
def test_it_is_drawn_as_reports_are_now(page: str, name: str):
    part = files("firth.measure.page").joinpath(name).read_text(encoding="utf-8")
    assert part in page, AGAIN


def test_a_newcomer_reads_from_it_whether_the_vectors_are_any_good(page: str):
    for words in (
        "Are these vectors any good?",
        "Good for word similarity",
        "What they do not know",
        "A map",
    ):
        assert words in page, AGAIN
    assert page.count("<svg") > 10


def test_it_is_small_and_so_are_its_pictures(repository: Path, page: str):
    assert len(page.encode()) < 300_000
    for theme in ("light", "dark"):
        picture = (repository / f"docs/reports/demo-{theme}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert len(picture) < 250_000
