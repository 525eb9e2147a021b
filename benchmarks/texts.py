"""Documents for a benchmark: from folders and archives (a file is one) and files (a line is one), as one file
of lines."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import firth
from firth.data.sources import file_chunks

__all__ = ["write_documents"]


def write_documents(sources: list[Path], path: Path, *, most: int | None) -> int:
    """Write documents to a file of UTF-8, one a line; returns how many.

    Args:
        sources: folders, archives (.tar.gz) and files (.gz .bz2 .xz .zst too); the text that ships with Firth
            if there is none.
        most: of each file at most so many lines.
    """
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for source in sources or [firth.datasets.wiki_text()]:
            for line in _documents(source, most):
                file.write(" ".join(line.split()) + "\n")
                count += 1
    return count


def _documents(source: Path, most: int | None) -> Iterator[str]:
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file():
                yield path.read_bytes().decode("utf-8", "replace")
        return
    if source.name.endswith(".tar.gz"):
        with tarfile.open(source) as archive:
            for member in sorted((one for one in archive if one.isfile()), key=lambda one: one.name):
                if file := archive.extractfile(member):
                    yield file.read().decode("utf-8", "replace")
        return
    rest, taken = b"", 0
    for chunk in file_chunks([str(source)]):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if taken == most:
                return
            yield line.decode("utf-8", "replace")
            taken += 1
