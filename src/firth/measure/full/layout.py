"""`Layout`: some rows as points in two dimensions, and how far the picture can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.extras import require
from firth.measure.full.plain import plain
from firth.measure.full.rows import for_the_map
from firth.vectors import Vectors

__all__ = ["Layout", "Method", "check_method", "layout"]

Method: TypeAlias = Literal["pca", "tsne"]
NEAR = 10  # neighbours that the trust is about
GROUPS = 6  # colours


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A map of some rows.

    Attributes:
        method: "pca" or "tsne".
        ids: of the points, the most frequent first.
        places: (x, y) of each.
        groups: of each point the number of its group: near rows in all dimensions, not on the map.
        trust: trustworthiness of the `near` nearest on the map, 0 to 1 (Venna and Kaski 2001).
        low, high: its 95 % interval over the points.
        near: how many neighbours that is.
        explained: the share of the variance that a plane shows; None for "tsne".
        total: how many rows the space has.
    """

    method: Method
    ids: tuple[str | int, ...]
    places: tuple[tuple[float, float], ...]
    groups: tuple[int, ...]
    trust: float
    low: float
    high: float
    near: int
    explained: float | None
    total: int

    def to_dict(self) -> dict[str, Any]:
        """Values that JSON can hold."""
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


def check_method(method: str) -> Method:
    """The method. Raises OptionError where it is neither, MissingExtraError where its package is missing."""
    if method == "tsne":
        require("sklearn.manifold", extra="table")
        return "tsne"
    if method != "pca":
        raise OptionError(f"layout is 'pca' or 'tsne', not {method!r}")
    return "pca"


def layout(vectors: Vectors, *, method: Method, points: int, seed: int) -> Layout | None:
    """Put the frequent rows on a map; None for fewer than five rows, which need no map.

    Args:
        vectors: the space.
        method: "pca", the plane along which the rows shown vary most, or "tsne" (van der Maaten and Hinton
            2008), which keeps neighbours together and says nothing about what is far.
        points: how many rows at most.
        seed: of the groups and of t-SNE.
    """
    rows = for_the_map(vectors, points)
    if len(rows) < 5:
        return None
    matrix = vectors.matrix[rows].astype(np.float64)
    if vectors.metric == "cosine":
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    centred = matrix - matrix.mean(axis=0)
    places, explained = _plane(centred)
    if method == "tsne":
        places, explained = _tsne(centred, seed), None
    near = min(NEAR, (len(rows) - 1) // 2)
    trust, low, high = _trust(places, matrix, near, seed)
    return Layout(
        method=method,
        ids=tuple(vectors.ids[int(row)] for row in rows),
        places=tuple((float(x), float(y)) for x, y in places),
        groups=_groups(matrix, seed),
        trust=trust,
        low=low,
        high=high,
        near=near,
        explained=explained,
        total=len(vectors),
    )


def _plane(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], float | None]:
    """The first two principal components, (n, 2), with signs that do not depend on the machine."""
    left, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    kept = min(2, len(sizes))
    signs = np.sign(axes[np.arange(kept), np.abs(axes[:kept]).argmax(axis=1)])
    places = np.zeros((len(centred), 2))
    places[:, :kept] = left[:, :kept] * sizes[:kept] * signs
    total = float((sizes**2).sum())
    return places, float((sizes[:2] ** 2).sum() / total) if total else None


def _tsne(centred: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    manifold = require("sklearn.manifold", extra="table")
    perplexity = min(30.0, (len(centred) - 1) / 3)
    learner = manifold.TSNE(perplexity=perplexity, init="pca", random_state=seed)
    return np.asarray(learner.fit_transform(centred.astype(np.float32)), np.float64)


def _trust(
    places: NDArray[np.float64], matrix: NDArray[np.float64], near: int, seed: int
) -> tuple[float, float, float]:
    """How far neighbours on the map are neighbours in all dimensions, with its interval."""
    from firth.measure.faithfulness import faithfulness

    ids = np.arange(len(places))
    flat = Vectors(ids, places.astype(np.float32), metric="euclidean")
    whole = Vectors(ids, matrix.astype(np.float32), metric="euclidean")
    row = faithfulness(flat, whole, k=near, seed=seed)["trustworthiness"]
    return row.value, row.low, row.high


def _groups(matrix: NDArray[np.float64], seed: int) -> tuple[int, ...]:
    """k-means in all dimensions; group 0 is the one of the first row, and so on."""
    from firth.measure.kmeans import kmeans

    found = kmeans(matrix.astype(np.float32), min(GROUPS, len(matrix)), seed=seed).clusters
    order: dict[int, int] = {}
    return tuple(order.setdefault(int(cluster), len(order)) for cluster in found)
