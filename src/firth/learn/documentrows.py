"""Which rows a document trains: its own, and those of its tags."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids, make_ids
from firth.errors import DataError

__all__ = ["DocumentRows", "document_rows"]


@dataclass(frozen=True)
class DocumentRows:
    """The rows of one matrix: first the documents, in order, then the tags.

    Attributes:
        documents: how many documents there are.
        tags: what the rows after them stand for; None where documents have no tags.
        rows, starts: int64: document i trains rows[starts[i] : starts[i + 1]], its own first.
    """

    documents: int
    tags: Ids | None
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return self.documents + (0 if self.tags is None else len(self.tags))

    def fingerprint(self) -> str:
        """Eight hexadecimal digits that change when a document gets or loses a tag."""
        checksum = zlib.crc32(self.starts.tobytes(), zlib.crc32(self.rows.tobytes()))
        for tag in self.tags or ():
            checksum = zlib.crc32(repr(tag).encode(), checksum)
        return f"{checksum:08x}"

    def known(self, lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each row is one of a document with words; lengths: int64, the words of each document."""
        known = np.zeros(len(self), bool)
        known[self.rows[np.repeat(lengths > 0, np.diff(self.starts))]] = True
        return known


def document_rows(documents: int, tags: Iterable[Any] | None) -> DocumentRows:
    """The rows of so many documents.

    Args:
        tags: for each document its tags: a list of strings or whole numbers, one of them alone, or an empty
            list. A tag that is given twice to one document counts once. None for no tags at all.

    Raises:
        DataError: there are not as many lists as documents, or some tags are strings and some numbers, or
            something else.
    """
    if tags is None:
        return DocumentRows(documents, None, np.arange(documents), np.arange(documents + 1))
    if isinstance(tags, (str, bytes, Mapping)) or not isinstance(tags, Iterable):
        raise DataError(
            f"tags are a list with the tags of each document, in their order, not {type(tags).__name__}"
        )
    row_of: dict[Any, int] = {}
    rows: list[int] = []
    starts = [0]
    for i, given in enumerate(tags):
        if i == documents:
            raise DataError(f"there are tags for more than the {documents:,} documents; give a list for each")
        rows.append(i)
        rows += [row_of.setdefault(tag, documents + len(row_of)) for tag in dict.fromkeys(_listed(given, i))]
        starts.append(len(rows))
    if len(starts) <= documents:
        raise DataError(f"{len(starts) - 1:,} lists of tags were given for {documents:,} documents")
    if not row_of:
        raise DataError("no document has a tag; leave tags out")
    return DocumentRows(documents, make_ids(row_of), np.array(rows, np.int64), np.array(starts, np.int64))


def _listed(given: Any, document: int) -> list[Any]:
    """The tags of one document as a list."""
    if _is_tag(given):
        return [given]
    if not isinstance(given, (bytes, Mapping)) and isinstance(given, Iterable):
        tags = list(given)
        if all(map(_is_tag, tags)):
            return tags
        given = tags
    raise DataError(
        f"the tags of document {document} are {given!r:.80}; give a list of strings or whole numbers"
    )


def _is_tag(given: Any) -> bool:
    return isinstance(given, (str, int, np.integer))
