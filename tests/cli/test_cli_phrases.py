"""`firth phrases`: text in, text out, the ladder, the table, and what is refused."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from calling import Firth

TEXT = "she moved to New York\n\nNew York is large\na New house is large\n" * 20


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "city.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_the_text_is_written_again_line_by_line(firth: Firth, corpus: Path, tmp_path: Path):
    out = tmp_path / "joined.txt.gz"
    done = firth("phrases", corpus, "-o", out, "--threshold", 0.25, "--lowercase")
    assert done.code == 0
    assert done.err.startswith(f"{out}: 5 phrases; 280 tokens became ")
    with gzip.open(out, "rt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    assert lines[:4] == ["she_moved to new_york", "", "new_york is_large", "a new house_is large"]
    assert len(lines) == TEXT.count("\n") + 1
    assert firth("phrases", corpus, "-o", out).code == 1  # it is there


def test_a_saved_table_is_used_on_another_text(firth: Firth, corpus: Path, tmp_path: Path):
    table, other, out = tmp_path / "t.safetensors", tmp_path / "other.txt", tmp_path / "out.txt"
    assert firth("phrases", corpus, "--save", table, "--threshold", 0.25, "-q").code == 0
    other.write_text("from New York\n", encoding="utf-8")
    assert firth("phrases", other, "--use", table, "-o", out, "-q").err == ""
    assert out.read_text(encoding="utf-8") == "from New_York\n"


def test_the_report_is_a_table_or_json(firth: Firth, corpus: Path):
    done = firth("phrases", corpus, "--report", "--scoring", "npmi")
    assert re.split(r"\s{2,}", done.out.splitlines()[0])[-2:] == ["just above", "just below"]
    assert "*0.5" in done.out
    document = firth("phrases", corpus, "--report", "--json", "--connectors", "english").document
    assert document["ladder"]["threshold"] == 10
    assert document["recipe"]["connectors"][:2] == ["a", "an"]
    assert {row["pass"] for row in document["ladder"]["rows"]} == {1}


def test_json_says_what_became_of_the_text(firth: Firth, corpus: Path, tmp_path: Path):
    out = tmp_path / "joined.txt"
    document = firth("phrases", corpus, "-o", out, "--threshold", 0.25, "-q", "--json").document
    joined = document["joined"]
    assert document["phrases"] == document["report"]["passes"][0]["phrases"] == 5
    assert joined["tokens"] == len(out.read_text(encoding="utf-8").split()) < joined["tokens_before"] == 280
    assert joined["vocabulary"] == len(set(out.read_text(encoding="utf-8").split()))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing to do"),
        (("--report", "--use", "table"), "--report is about phrases to be found"),
        (("--report", "--threshold", "0"), "threshold is a number above 0"),
        (("--report", "--scoring", "pmi"), "scoring"),
    ],
)
def test_wrong_usage(firth: Firth, corpus: Path, words: tuple[str, ...], message: str):
    done = firth("phrases", corpus, *words)
    assert done.code == 2
    assert message in done.err


def test_an_output_that_cannot_be_written_is_refused_before_the_text_is_read(firth: Firth, tmp_path: Path):
    done = firth("phrases", tmp_path / "none.txt", "-o", tmp_path / "no/folder/out.txt")
    assert done.code == 1
    assert "no such folder" in done.err


def test_a_table_without_phrases_leaves_the_text_as_it_is(firth: Firth, corpus: Path, tmp_path: Path):
    table, out = tmp_path / "none.safetensors", tmp_path / "out.txt"
    assert firth("phrases", corpus, "--save", table, "--threshold", 1e9, "-q").code == 0
    document = firth("phrases", corpus, "--use", table, "-o", out, "-q", "--json").document
    assert document["phrases"] == document["joined"]["joined_tokens"] == 0
    assert out.read_text(encoding="utf-8") == TEXT
