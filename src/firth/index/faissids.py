"""The ids that an index of FAISS holds itself, taken out of it, so that its rows are numbers from 0 again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.extras import require

__all__ = ["without_ids"]


def without_ids(index: Any) -> tuple[Any, NDArray[np.int64] | None]:
    """An index of FAISS whose answers are row numbers from 0, and the ids of those rows.

    FAISS keeps ids in two places: in an `IndexIDMap` around an index, which is taken off, or in the inverted
    lists themselves, where they are changed for their places in ascending order (`add_with_ids`, or what
    `remove_ids` left). An nprobe of more lists than there are becomes their number, and a map from ids to
    places in the lists, which no search takes, is dropped.

    Args:
        index: as it was read, not yet checked. It is changed, and not to be used again.

    Returns:
        The index, which still has to be checked, and its ids, int64, (n,); None where they are the numbers.

    Raises:
        DataError: it has not an id for every row.
    """
    faiss = require("faiss", extra="index")
    if type(index).__name__ in ("IndexIDMap", "IndexIDMap2"):
        inner = faiss.downcast_index(index.index)
        ids = faiss.vector_to_array(index.id_map)
        if not len(ids) == index.ntotal == inner.ntotal:
            raise DataError(f"it has {len(ids):,} ids for {inner.ntotal:,} rows")
        inner.referenced_objects = [index]  # which owns it, and goes no sooner
        _plain(inner)
        return inner, ids
    lists = _plain(index)
    return index, None if lists is None else _renumbered(lists, index.ntotal)


def _plain(index: Any) -> Any:
    """The inverted lists in memory of an index, or of the one that transformed rows go into, which is made as
    searches by Firth take it; None for others."""
    faiss = require("faiss", extra="index")
    if type(index).__name__ == "IndexPreTransform" and index.index is not None:
        index = faiss.downcast_index(index.index)
    if not isinstance(index, faiss.IndexIVF) or index.invlists is None:
        return None
    lists = faiss.downcast_InvertedLists(index.invlists)
    if type(lists).__name__ not in ("ArrayInvertedLists", "BlockInvertedLists") or lists.nlist != index.nlist:
        return None
    index.set_direct_map_type(faiss.DirectMap.NoMap)  # from ids to places; only `reconstruct` goes through it
    # Programs leave there what they like, and not every class of FAISS bounds it.
    index.nprobe = min(index.nprobe, index.nlist)
    return lists


def _renumbered(lists: Any, rows: int) -> NDArray[np.int64] | None:
    """Put places in ascending order for ids in inverted lists. What cannot be is left to the check."""
    faiss = require("faiss", extra="index")
    sizes = [lists.list_size(i) for i in range(lists.nlist)]
    if not rows or sum(sizes) != rows:
        return None
    held = [faiss.rev_swig_ptr(lists.get_ids(i), size) for i, size in enumerate(sizes) if size]
    ids: NDArray[np.int64] = np.sort(np.concatenate(held))
    if np.array_equal(ids, np.arange(rows)) or np.any(ids[1:] == ids[:-1]):
        return None
    for some in held:
        some[:] = np.searchsorted(ids, some)
    return ids
