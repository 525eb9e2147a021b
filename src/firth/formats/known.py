"""The formats that Firth knows, as a table, and how to tell from its bytes which one a file has.

To add a format: a module with `read(path)` and `write(vectors, path, *, force)`, and a line in the table.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from firth.errors import FormatError, OptionError
from firth.formats.beside import keys_path, metadata_path
from firth.formats.source import COUNTS, GZIP_MAGIC, read_head

__all__ = ["FORMATS", "Format", "by_name", "by_suffix", "sniff"]

HEAD = 1 << 16
NUMBER = re.compile(rb"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format: its name, what it is, its suffixes, its module, and whether a file looks like it.

    `looks_like(head, path)` is given the first bytes of the file, decompressed. `beside(path)` names the
    second file, in the formats that have one. `whole`: the module reads and writes a Model, not Vectors; its
    `read` takes `verify`, since it leaves matrices in the file. `space`: what a model must have to be written
    to one of the suffixes.
    """

    name: str
    what: str
    suffixes: tuple[str, ...]
    home: str
    looks_like: Callable[[bytes, Path], bool]
    beside: Callable[[Path], Path] | None = None
    whole: bool = False
    space: str | None = None

    def files(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """All files that writing to `path` makes or replaces, `path` itself first."""
        path = Path(path)
        return (path,) if self.beside is None else (path, self.beside(path))

    @property
    def module(self) -> ModuleType:
        """The module with `read` and `write`, imported on first use since it brings the kernels."""
        return importlib.import_module(self.home)


def _is_safetensors(head: bytes, path: Path) -> bool:
    return head[8:9] == b"{" and len(head) >= 10 and not _is_fasttext(head, path)  # of dim 123, "{"


def _is_fasttext(head: bytes, _: Path) -> bool:
    return head.startswith(b"\xba\x16\x4f\x2f")


def _is_npy(head: bytes, _: Path) -> bool:
    return head.startswith(b"\x93NUMPY")


def _is_word2vec(head: bytes, path: Path) -> bool:
    return _begins_with_counts(head, path) and _numbers_are_text(_first_line(head)[1])


def _is_word2vec_binary(head: bytes, path: Path) -> bool:
    return _begins_with_counts(head, path) and not _numbers_are_text(_first_line(head)[1])


def _begins_with_counts(head: bytes, path: Path) -> bool:
    """Whether the first line is "n dim"; with a tab it may be a row of the projector's, as the name tells."""
    line = _first_line(head)[0]
    return COUNTS.fullmatch(line) is not None and not (b"\t" in line and path.suffix == ".tsv")


def _first_line(head: bytes) -> tuple[bytes, bytes]:
    """The first line, without its end, and what follows it."""
    line, _, rest = head.partition(b"\n")
    return line.rstrip(b" \t\r"), rest


def _numbers_are_text(rows: bytes) -> bool:
    """Whether the first row is text, perhaps with some damage: bytes of float32 do not look like numbers."""
    fields = re.split(rb"[ \t]", _first_line(rows)[0])[1:]
    return 2 * sum(NUMBER.fullmatch(field) is not None for field in fields) >= len(fields)


def _is_projector(head: bytes, path: Path) -> bool:
    fields = _first_line(head)[0].split(b"\t")
    return all(NUMBER.fullmatch(field) for field in fields) and (len(fields) > 1 or path.suffix == ".tsv")


def _is_glove(head: bytes, _: Path) -> bool:
    line = _first_line(head)[0].replace(b"\t", b" ")
    return NUMBER.fullmatch(line.rpartition(b" ")[2]) is not None and b" " in line


FORMATS = (
    Format(
        name="firth",
        what="Firth's own file, a safetensors file",
        suffixes=(".safetensors", ".firth"),
        home="firth.formats.native",
        looks_like=_is_safetensors,
        whole=True,
    ),
    Format(
        name="fasttext",
        what="fastText's model",
        suffixes=(".bin",),
        home="firth.formats.fasttext",
        looks_like=_is_fasttext,
        whole=True,
        space="subwords",
    ),
    Format(
        name="npy",
        what="a NumPy matrix with its keys in NAME.keys.txt",
        suffixes=(".npy",),
        home="firth.formats.npy",
        looks_like=_is_npy,
        beside=keys_path,
    ),
    Format(
        name="word2vec",
        what="word2vec's text format",
        suffixes=(".vec", ".w2v", ".txt"),
        home="firth.formats.word2vec",
        looks_like=_is_word2vec,
    ),
    Format(
        name="word2vec-binary",
        what="word2vec's binary format",
        suffixes=(".bin",),
        home="firth.formats.word2vec_binary",
        looks_like=_is_word2vec_binary,
    ),
    Format(
        name="projector",
        what="the Embedding Projector's vectors.tsv with its metadata.tsv",
        suffixes=(".tsv",),
        home="firth.formats.projector",
        looks_like=_is_projector,
        beside=metadata_path,
    ),
    Format(
        name="glove",
        what="GloVe's text format",
        suffixes=(".glove",),
        home="firth.formats.glove",
        looks_like=_is_glove,
    ),
)
"""Tried in this order when a file is read: a format comes before those that its files could be taken for."""


def by_name(name: str) -> Format:
    """The format of this name. Raises OptionError."""
    for known in FORMATS:
        if known.name == name:
            return known
    raise OptionError(
        f"there is no format {name!r}; the formats are {', '.join(known.name for known in FORMATS)}"
    )


def by_suffix(path: str | os.PathLike[str], spaces: Collection[str] = ()) -> Format:
    """The format to write for a file of this name, of a model with these spaces. Raises OptionError."""
    suffix = Path(path).suffix.lower()
    for known in FORMATS:
        if suffix in known.suffixes and (known.space is None or known.space in spaces):
            return known
    suffixes = ", ".join(
        f"{' '.join(known.suffixes)} ({known.name}{f', with {known.space}' if known.space else ''})"
        for known in FORMATS
    )
    raise OptionError(
        f"no format has the suffix {suffix!r} of {os.fspath(path)}; "
        f"choose one of {suffixes}, or name the format"
    )


def sniff(path: str | os.PathLike[str]) -> Format:
    """The format of a file, by its content. Raises FormatError if it is like none."""
    head = read_head(path, HEAD)
    for known in FORMATS:
        if known.looks_like(head, Path(path)):
            return known
    if head.startswith(GZIP_MAGIC):
        raise FormatError("the gzip data is damaged", path=path, offset=0)
    known_formats = "; ".join(f"{known.name}: {known.what}" for known in FORMATS)
    raise FormatError(f"it has none of the formats that Firth reads ({known_formats})", path=path, offset=0)
