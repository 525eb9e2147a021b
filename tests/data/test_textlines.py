"""Lines out of blocks: however a text is cut, the lines are the same."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.textlines import lines_of, split_lines, whole_lines


@given(st.lists(st.text(alphabet="ab\n\ré", max_size=6).map(str.encode), max_size=8))
def test_blocks_make_the_lines_of_the_whole(blocks: list[bytes]) -> None:
    text = b"".join(blocks)
    runs = list(whole_lines(blocks))
    assert all(run.endswith(b"\n") for run, _ in runs)
    assert sum(size for _, size in runs) == len(text)
    ended = text + b"\n" if text and not text.endswith(b"\n") else text
    assert b"".join(run for run, _ in runs) == ended


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\rb\x85c\u2028d", ["a\rb\x85c\u2028d"]),
    ],
)
def test_only_newlines_end_lines(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines


def test_what_is_no_utf8_is_replaced_and_its_lines_are_counted() -> None:
    report: Counter[str] = Counter()
    assert lines_of(b"one\ntw\xff\xff\nthree \xc3", report) == ["one", "tw\ufffd\ufffd", "three \ufffd"]
    assert report == {"invalid_utf8_lines": 2}
    assert lines_of("é\n".encode(), report) == ["é"]
    assert report["invalid_utf8_lines"] == 2
