"""`firth.kernels.balltree` in plain NumPy: what a tree must be, and the search that looks at every row."""

from __future__ import annotations

import numpy as np

from firth.kernels.topk import COSINE, EUCLIDEAN

__all__ = ["best_rows", "broken_promises"]


def best_rows(queries, rows, metric, allowed, k):
    """The k best rows of each query, (m, k), by falling score and rising row, and their scores."""
    q, x = queries.astype(np.float64), rows.astype(np.float64)
    if metric == EUCLIDEAN:
        scores = -np.sqrt(((q[:, None] - x) ** 2).sum(axis=2))
    else:
        scores = q @ x.T
        if metric == COSINE:
            norms = np.linalg.norm(q, axis=1)[:, None] * np.linalg.norm(x, axis=1)
            scores = np.clip(np.divide(scores, norms, out=np.zeros_like(scores), where=norms > 0), -1, 1)
    scores = np.where(allowed, scores, -np.inf).astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    best = np.take_along_axis(scores, order, 1)
    return np.where(np.isfinite(best), order, -1), best


def broken_promises(rows, leaf, order, left, start, stop, centres, radii):
    """What is wrong with a tree, a sentence each."""
    wrong = []
    if sorted(order.tolist()) != list(range(len(rows))):
        wrong.append("a row is not there once")
    for node in range(len(left)):
        inside = rows[order[start[node] : stop[node]]].astype(np.float64)
        away = np.linalg.norm(inside - centres[node], axis=1)
        if away.max() > radii[node] * (1 + 1e-12):
            wrong.append(f"a row of node {node} lies outside its ball")
        if not left[node]:
            if len(inside) > leaf and (inside != inside[0]).any():
                wrong.append(f"leaf {node} has {len(inside)} different rows")
            continue
        one = left[node]
        sides = (start[one], stop[one], start[one + 1], stop[one + 1])
        if one <= node or sides != (start[node], start[one + 1], stop[one], stop[node]):
            wrong.append(f"the children of node {node} do not share its rows")
        if min(stop[one] - start[one], stop[one + 1] - start[one + 1]) < max(1, len(inside) // 8):
            wrong.append(f"node {node} is split into {sides}")
    return wrong
