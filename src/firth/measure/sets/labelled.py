"""`LabelledItems`: words, texts or ids of anything, each with the class that it belongs to."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from firth.data.compression import SUFFIXES
from firth.errors import DataError, OptionError
from firth.measure.sets.checks import check_items
from firth.measure.sets.lines import PathLike
from firth.measure.sets.testset import TestSet

__all__ = ["Form", "LabelledItems", "read_labelled"]

Form: TypeAlias = Literal["auto", "table", "lines", "folder", "archive"]


@dataclass(frozen=True, kw_only=True)
class LabelledItems(TestSet):
    """Items with their classes: for clustering and categorisation, and for the probe of a classifier.

    Attributes:
        items: words, texts, or ids.
        labels: the class of each.

    Raises:
        DataError: there is not one label an item, an item is neither a string nor a whole number, or a label
            is no string.
    """

    items: tuple[str, ...] | tuple[int, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.items) != len(self.labels):
            raise DataError(f"{self.name}: {len(self.items):,} items do not fit {len(self.labels):,} labels")
        check_items(f"{self.name}: items", self.items, ids=True)
        check_items(f"{self.name}: labels", self.labels)

    def __len__(self) -> int:
        return len(self.items)


def read_labelled(
    path: PathLike,
    *,
    form: Form = "auto",
    item: str | int | None = None,
    label: str | int | None = None,
    within: str = "",
    encoding: str = "utf-8",
    name: str | None = None,
) -> LabelledItems:
    """Read items with their classes.

    Args:
        path: one of these. Single files may be packed (.gz, .bz2, .xz, .zst).
        form: "table", a file with a header and columns, separated by commas, semicolons or tabs; "lines", the
            class, then a space or a tab, then the item, as in the TREC questions, also with fastText's
            "__label__" before the class; "folder", a folder a class, a file an item, as in 20 Newsgroups;
            "archive", the same in a tar file, packed or not, which is read where it is and never unpacked to
            disk. "auto" takes folders and tar files for what they are, .csv, .tsv and .tab files for tables
            and any other for lines.
        item, label: the columns of a table, by their headers, or by their positions (from 0) in a file
            without a header. If None, "word", "item", "text", "sentence", "question", "id" or "node", and
            "category", "class", "label" or "target" are looked for.
        within: of a folder or archive, keep to what lies below folders that end in this: "-train" reads the
            training half of 20 Newsgroups.
        encoding: of the text, such as "latin-1" for the TREC questions and 20 Newsgroups.
        name: what to call the set; the file's name if None.

    Returns:
        The items in the order of the file, those of folders by class and file name. Its `note` says what was
        passed over.

    Raises:
        FormatError: the file is damaged, or not in the encoding, or holds no items; the message names the
            line, or the file within.
        OptionError: an option is outside its range, or there is no such column.
    """
    from firth.measure.sets.labelledfolder import read_archive, read_folder
    from firth.measure.sets.labelledlines import read_lines, read_table

    chosen = _form_of(Path(path)) if form == "auto" else form
    called = name or _stem(Path(path))
    if chosen in ("table", "lines") and within:
        raise OptionError(f"within={within!r} chooses folders; {path} is read as {chosen!r}")
    if chosen != "table" and (item is not None or label is not None):
        raise OptionError(f"item and label name the columns of a table; {path} is read as {chosen!r}")
    if chosen == "table":
        found, note = read_table(path, item=item, label=label, encoding=encoding)
    elif chosen == "lines":
        found, note = read_lines(path, encoding=encoding)
    elif chosen == "folder":
        found, note = read_folder(path, within=within, encoding=encoding)
    elif chosen == "archive":
        found, note = read_archive(path, within=within, encoding=encoding)
    else:
        raise OptionError(f"form is 'auto', 'table', 'lines', 'folder' or 'archive', not {form!r}")
    return LabelledItems(
        name=called, items=tuple(one[1] for one in found), labels=tuple(one[0] for one in found), note=note
    )


TABLES = {".csv", ".tsv", ".tab"}


def _form_of(path: Path) -> Form:
    if path.is_dir():
        return "folder"
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if ".tar" in suffixes[-2:] or suffixes[-1:] == [".tgz"] or _is_tar(path):
        return "archive"
    kinds = suffixes[:-1] if suffixes and suffixes[-1] in SUFFIXES else suffixes
    return "table" if kinds and kinds[-1] in TABLES else "lines"


def _is_tar(path: Path) -> bool:
    """Whether the bytes are those of an archive; damaged ones are reported when they are read."""
    with path.open("rb") as file, suppress(EOFError, zlib.error, lzma.LZMAError, OSError):
        return tarfile.is_tarfile(file)
    return False


def _stem(path: Path) -> str:
    """The name without what says how it is packed and written."""
    name = path.name
    for suffix in (*SUFFIXES, ".tgz", ".tar", ".txt", *TABLES):
        name = name.removesuffix(suffix)
    return name or path.name
