"""How far old vectors moved when training went on."""

from __future__ import annotations

from typing import Any

import numpy as np

from firth.vectors import Vectors

__all__ = ["drift"]

_MOST_MOVED = 5
_ROWS = 1 << 14  # rows compared at a time


def drift(old: Vectors, new: Vectors) -> dict[str, Any]:
    """Compare the vectors of the ids that both spaces hold, by 1 - cosine: 0 for unmoved, 1 for no relation.

    Args:
        old, new: of the same dimension.

    Returns:
        {"ids": how many are in both, "mean", "median", "largest": of 1 - cosine, "most_moved": the ids that
        moved farthest}. Numbers are None where no id is in both.
    """
    rows = new.ids.rows(old.ids)  # type: ignore[arg-type]
    known = np.flatnonzero(rows >= 0)
    moved = np.empty(known.size)
    for start in range(0, known.size, _ROWS):
        part = known[start : start + _ROWS]
        a, b = old.matrix[part].astype(np.float64), new.matrix[rows[part]].astype(np.float64)
        norms = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
        same = (a == b).all(axis=1)
        cosine = np.divide((a * b).sum(axis=1), norms, out=np.zeros_like(norms), where=norms > 0)
        moved[start : start + _ROWS] = np.where(same, 0.0, 1 - cosine)
    most = np.argsort(-moved, kind="stable")[:_MOST_MOVED]
    return {
        "ids": int(known.size),
        "mean": float(moved.mean()) if known.size else None,
        "median": float(np.median(moved)) if known.size else None,
        "largest": float(moved.max()) if known.size else None,
        "most_moved": [old.ids[int(known[i])] for i in most],
    }
