"""Sequences back as text: what was read is what is written, plain and packed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import firth
from firth.data import writing
from firth.data.writing import check_packing, lines_of, packed
from firth.errors import MissingExtraError

TEXT = ["to be", "", "or né not", "to be " * 3 + "to"]


def test_documents_are_written_line_by_line():
    documents = firth.read_documents(TEXT)
    written = b"".join(lines_of(documents, threads=2)).decode()
    assert written == "".join(line + "\n" for line in TEXT)


@pytest.mark.parametrize("suffix", ["txt", "gz", "bz2", "xz", "zst"])
def test_packed_text_is_read_again(tmp_path: Path, suffix: str):
    path = tmp_path / f"text.{suffix}"
    documents = firth.read_documents(TEXT)
    written = []
    for _ in range(2):
        with path.open("wb") as file, packed(file, path) as out:
            for piece in lines_of(documents):
                out.write(piece)
        written.append(path.read_bytes())
    assert written[0] == written[1]
    again = firth.read_documents(path)
    assert again.tokens.tolist() == documents.tokens.tolist()
    assert again.offsets.tolist() == documents.offsets.tolist()


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python packs Zstandard itself")
def test_a_package_that_is_missing_is_missed_before_work_starts(monkeypatch: pytest.MonkeyPatch):
    def missing(module: str, *, extra: str) -> None:
        raise MissingExtraError(f"{module} is needed: pip install 'firth[{extra}]'")

    monkeypatch.setattr(writing, "require", missing)
    check_packing("text.txt.gz")
    with pytest.raises(MissingExtraError, match=r"firth\[zstd\]"):
        check_packing("text.txt.zst")
