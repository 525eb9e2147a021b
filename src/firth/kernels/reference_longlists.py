"""NumPy twin of the kernel of `longlists`."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["sort_best"]


def sort_best(candidates: Any, keys: Any, rows: Any, scores: Any) -> int:
    """Twin of `longlists.sort_best`."""
    there = (candidates >= 0) & ~np.isnan(keys)
    some, first = np.unique(candidates[there], return_index=True)
    theirs = keys[there][first]
    best = np.lexsort((some, -theirs))[: len(rows)]
    rows[: len(best)], scores[: len(best)] = some[best], theirs[best]
    return len(best)
