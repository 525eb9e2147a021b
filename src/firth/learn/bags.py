"""Documents as bags of words: how often each word occurs in each document, as a sparse matrix.

Documents are counted in parts of about a quarter of a million tokens, on several threads; the parts are put
together in order, so that the matrix does not depend on the number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.ordered import ordered_map
from firth.data.sequences import Sequences
from firth.kernels import counts as kernels

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Bags", "count_bags", "in_parts"]

_PART = 1 << 18  # tokens counted together
_ROWS = 1 << 12  # rows weighed together

Part: TypeAlias = tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]


@dataclass
class Bags:
    """Counts of tokens in documents, a sparse matrix (documents, vocabulary) by rows, columns rising.

    Attributes:
        starts: int64, (n + 1,): where the rows begin in columns and values, and the end.
        columns: int32: the tokens.
        values: float32: how often each occurs in the document, until they are weighed.
        documents: int64, (vocabulary,): in how many documents each token occurs.
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    documents: NDArray[np.int64]

    def select(self, kept: NDArray[np.bool_]) -> None:
        """Leave out the columns that are not kept (bool, (vocabulary,)), in place."""
        code = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        size = kernels.select_columns(self.starts, self.columns, self.values, code)
        self.columns, self.values = self.columns[:size], self.values[:size]
        self.documents = self.documents[kept]

    def to_sparse(self) -> csr_array:
        """The matrix as SciPy knows it, of the same arrays."""
        from scipy.sparse import csr_array

        # SciPy wants both kinds of indices in one type, and copies the larger array if it has to.
        starts = self.starts.astype(np.int32) if self.columns.size < 2**31 else self.starts
        shape = (self.starts.size - 1, self.documents.size)
        table = csr_array((self.values, self.columns, starts), shape=shape)
        table.has_canonical_format = True
        return table


def count_bags(documents: Sequences, *, threads: int) -> Bags:
    """Count the tokens of each document; about 8 bytes for each pair of a document and a word in it."""
    vocabulary, tokens = len(documents.vocabulary), int(documents.offsets[-1])
    own = threading.local()

    def counted(part: tuple[int, int]) -> Part:
        first, last = part
        offsets = documents.offsets[first : last + 1]
        start, stop = int(offsets[0]), int(offsets[-1])
        if not hasattr(own, "maps"):
            sizes = kernels.map_sizes(vocabulary)
            own.maps = [np.zeros(vocabulary, np.int32), *(np.zeros(size, np.uint64) for size in sizes)]
        columns, values = np.empty(stop - start, np.int32), np.empty(stop - start, np.float32)
        ends = np.empty(last - first, np.int64)
        size = kernels.count_documents(
            documents.slice(start, stop), offsets - start, *own.maps, columns, values, ends
        )
        return columns[:size], values[:size], ends

    # Room for a different word in every place, of which only what is written takes memory.
    columns, values = np.empty(tokens, np.int32), np.empty(tokens, np.float32)
    starts = np.zeros(len(documents) + 1, np.int64)
    occurs = np.zeros(vocabulary, np.int64)
    written = row = 0
    for found, times, ends in ordered_map(counted, _parts(documents.offsets), threads=threads):
        columns[written : written + found.size] = found
        values[written : written + found.size] = times
        starts[row + 1 : row + 1 + ends.size] = ends + written
        kernels.tally(found, occurs)
        written, row = written + found.size, row + ends.size
    return Bags(starts, columns[:written], values[:written], occurs)


def _parts(offsets: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of whole documents, each of about a part's tokens; (first, the one after the last)."""
    first, last = 0, offsets.size - 1
    while first < last:
        stop = int(np.searchsorted(offsets, offsets[first] + _PART, side="right")) - 1
        stop = min(max(stop, first + 1), last)
        yield first, stop
        first = stop


def in_parts(rows: int) -> Iterator[tuple[int, int]]:
    """Runs of rows to be weighed together; (first, the one after the last)."""
    return ((first, min(first + _ROWS, rows)) for first in range(0, rows, _ROWS))
