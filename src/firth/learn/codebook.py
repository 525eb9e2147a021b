"""`Codebook`: patches, frames or any features as one of a few codes, by k-means (Lloyd 1982)."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.data.features import Features
from firth.data.memory import check_memory
from firth.errors import DataError, OptionError
from firth.kmeans import cluster, nearest, sum_of_squares
from firth.learn.parts import learner_of, space_of
from firth.model import Model
from firth.options import check_flag, check_whole
from firth.run import Run
from firth.vectors import Vectors

if TYPE_CHECKING:
    from firth.kmeans import Clusters

__all__ = ["Codebook", "decode", "encode"]

_log = logging.getLogger(__name__)
_BLOCK = 1 << 14  # points that are made float32 and looked up at a time
_BLURRED = 0.01  # of the spread of the points: what making them float32 may move them


@dataclass(frozen=True, kw_only=True)
class Codebook:
    """A few vectors, the centroids, that stand for many: each point is written as the number of the nearest.

    Over patches of pictures or frames of sound the codes are "visual words" (Sivic and Zisserman 2003):
    `firth.tokenize.code_sequences` makes Sequences of them, from which every learner of words can learn.

    Attributes:
        size: how many centroids; codes are 0 to size - 1.
        iterations: how often points are given to the nearest centroid and centroids moved to their middle.
        spherical: compare directions only: points and centroids are scaled to the length 1 (Dhillon and
            Modha 2001, "Concept Decompositions for Large Sparse Text Data Using Clustering").
        sample: at most so many points are learnt from, drawn at random; None for all of them.

    Raises:
        OptionError: a value is outside its range.

    k-means is that of FAISS (the extra "index"). It begins with points drawn far apart (Bachem et al. 2016,
    "Fast and Provably Good Seedings for k-Means"), and splits a centroid of many points where another is left
    with none. Where its float32 cannot tell for one point of a hundred which centroid is nearest, or leaves a
    centroid with none, as many further iterations sum in float64.

    >>> points = np.array([[0, 0], [0, 1], [9, 9], [9, 8]], np.float32)
    >>> model = Codebook(size=2).fit(points)
    >>> codes = model.encode(points)
    >>> bool(codes[0] == codes[1] != codes[2] == codes[3]), model.vectors[codes[0]].tolist()
    (True, [0.0, 0.5])
    """

    size: int = 256
    iterations: int = 20
    spherical: bool = False
    sample: int | None = None

    def __post_init__(self) -> None:
        for name, value in {
            "size": check_whole("size", self.size, 1, 2**24),
            "iterations": check_whole("iterations", self.iterations, 1, 100_000),
            "spherical": check_flag("spherical", self.spherical),
        }.items():
            object.__setattr__(self, name, value)  # plain numbers, whatever kind they came as
        if self.sample is not None:
            object.__setattr__(self, "sample", check_whole("sample", self.sample, 1, 2**40))
            if self.sample < self.size:
                raise OptionError(f"sample={self.sample:,} is fewer than size={self.size:,}; raise it")

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        """Find centroids.

        Args:
            observations: `Features`, dense; an array (n, d) of finite numbers; what has its points as the
                rows of `flat()`, as `Patches`, `Frames` and `LogMel` do; or a list of several of these.
            run: the seed, and how many threads FAISS takes.

        Returns:
            A model with the space "codes": the centroids, under the codes as ids; the column "counts", how
            many points each has. Its `encode` gives codes, and `model.vectors.matrix[codes]` goes back.
            The report holds the inertia (the sum over the points of the squared distance to their centroid)
            at the end and by iteration, the share of the variance that the centroids explain, how often a
            centroid without points was seeded anew ("reseeded"), and how many have none at the end
            ("empty"), as happens when fewer different points than centroids are there.

        Raises:
            DataError: a number is not finite, there are fewer points than centroids, all points are equal,
                they lie so far from 0 that float32 loses their differences, or, where `spherical` is set, one
                is zero and has no direction.
            MemoryBudgetError: the points would not fit into memory.
            MissingExtraError: FAISS is not installed.
        """
        run = run or Run()
        points = _points_of(observations)
        n, dim = points.shape
        if n < self.size:
            raise DataError(f"{n:,} points are fewer than size={self.size:,} centroids; lower size")
        taken = _drawn(points, self.sample, run.seed)
        _log.info("%s", check_memory(2 * 4 * taken.size + 32 * len(taken) + (96 << 20), "clustering"))
        learnt = _as_floats(taken)
        _check_blur(taken, learnt)
        learnt = self._checked(learnt)
        clusters = cluster(
            learnt,
            self.size,
            iterations=self.iterations,
            spherical=self.spherical,
            seed=run.seed,
            threads=run.worker_count,
        )
        report = {"points": n, "sampled": len(learnt), "dim": dim, **_told(learnt, clusters)}
        if report["empty"]:
            _log.warning("%d of %d centroids have no points; lower size", report["empty"], self.size)
        space = Vectors(
            np.arange(self.size),
            clusters.centroids,
            columns={"counts": clusters.counts},
            metric="cosine" if self.spherical else "euclidean",
        )
        recipe = {"learner": type(self).__name__, **asdict(self)}
        return Model({"codes": space}, recipe=recipe, report=report)

    def _checked(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """The points as they are compared."""
        if self.size > 1 and (points == points[0]).all():
            raise DataError(f"all {len(points):,} points are equal, which one centroid says; set size=1")
        return _unit(points, 0) if self.spherical else points


def encode(model: Model, objects: Any, *, run: Run | None = None) -> NDArray[np.int32]:
    """The code of each point: the number of the nearest centroid, of two as near the lower.

    Args:
        model: of `Codebook`.
        objects: what `Codebook.fit` takes.
        run: how many threads FAISS takes; the codes do not depend on it.

    Returns:
        int32, (n,).

    Raises:
        DataError: the points have another dim or are not finite, or the model is no codebook.
    """
    space, learner = space_of(model, "codes"), learner_of(model, Codebook)
    if len(space) != learner.size or not np.isfinite(space.matrix).all():
        raise DataError("this model cannot encode: its centroids are not finite, or not as many as it says")
    points = _points_of(objects)
    if points.shape[1] != space.dim:
        raise DataError(f"points of dim {points.shape[1]} do not fit a codebook of dim {space.dim}")
    codes = np.empty(len(points), np.int32)
    threads = (run or Run()).worker_count
    for start in range(0, len(points), _BLOCK):
        block = _as_floats(points[start : start + _BLOCK], start)
        block = _unit(block, start) if learner.spherical else block
        codes[start : start + _BLOCK], _ = nearest(block, space.matrix, threads=threads)
    return codes


def decode(model: Model, codes: Any) -> NDArray[np.float32]:
    """The centroids of codes, float32, (n, d): what `firth.tokenize.unpatch` lays back as a picture.

    Raises:
        DataError: a code is none of the model, or they are no array.
    """
    space = space_of(model, "codes")
    try:
        rows = np.asarray(codes)
    except ValueError as error:  # lists of different lengths
        raise DataError(f"codes are an array of whole numbers; these are none: {error}") from error
    if rows.dtype.kind not in "iu" or (rows.size and not 0 <= rows.min() <= rows.max() < len(space)):
        raise DataError(f"codes are whole numbers from 0 to {len(space) - 1}; these are not: {rows}")
    centroids: NDArray[np.float32] = space.matrix[rows.reshape(-1)]
    return centroids


def _points_of(observations: Any) -> NDArray[Any]:
    """The points as an array (n, d), of whatever numbers they are.

    Raises:
        DataError: they are no points.
    """
    points = observations
    if isinstance(observations, (list, tuple)) and observations:
        parts = [_points_of(part) for part in observations]
        for i, part in enumerate(parts):
            if part.shape[1] != parts[0].shape[1]:
                raise DataError(f"part {i} has the dim {part.shape[1]}, the first one {parts[0].shape[1]}")
        return np.concatenate(parts)
    if isinstance(observations, Features):
        if observations.is_sparse:
            raise DataError(
                "a codebook takes dense features; these are sparse: make them few with firth.LSA or svd"
            )
        points = observations.matrix
    elif hasattr(observations, "flat") and callable(observations.flat):
        points = observations.flat()
    if not isinstance(points, np.ndarray) or points.ndim != 2 or points.dtype.kind not in "biuf":
        what = (
            f"an array {points.shape} of {points.dtype}"
            if isinstance(points, np.ndarray)
            else type(points).__name__
        )
        raise DataError(
            f"a codebook takes an array (n, d) of numbers, Features, Patches, Frames or LogMel, not {what}"
        )
    if not points.shape[1]:
        raise DataError(f"the points of an array of the shape {points.shape} have no number")
    return points


def _drawn(points: NDArray[Any], sample: int | None, seed: int) -> NDArray[Any]:
    """The points to learn from: all, or so many of them, in their order."""
    if sample is None or sample >= len(points):
        return points
    rows = np.random.default_rng(seed).choice(len(points), sample, replace=False)
    return points[np.sort(rows)]


def _as_floats(points: NDArray[Any], first: int = 0) -> NDArray[np.float32]:
    """The points as float32, finite; `first` is the number of the first one, for the message."""
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite and is refused
        floats = np.ascontiguousarray(points, np.float32)
    # 1e15 squared, and summed over many, is still far from what float32 holds.
    fine = np.abs(floats) < 1e15
    if not fine.all():
        row, column = np.unravel_index(int(np.argmin(fine)), fine.shape)
        raise DataError(
            f"points are finite numbers below 1e15; row {first + row}, column {column} holds "
            f"{points[row, column]}"
        )
    return floats


def _check_blur(points: NDArray[Any], floats: NDArray[np.float32]) -> None:
    """Refuse points whose differences are lost in float32.

    Raises:
        DataError: they are moved by more than a hundredth of their spread.
    """
    if points.dtype.itemsize < 4 or points.dtype == np.float32:
        return
    moved = np.zeros(points.shape[1])
    for start in range(0, len(points), _BLOCK):
        part = slice(start, start + _BLOCK)
        np.maximum(moved, np.abs(points[part].astype(np.float64) - floats[part]).max(axis=0), out=moved)
    spread = points.max(axis=0).astype(np.float64) - points.min(axis=0)
    if spread.any() and np.linalg.norm(moved) > _BLURRED * np.linalg.norm(spread):
        column = int(moved.argmax())
        raise DataError(
            f"these numbers lie too far from 0 for float32, which moves column {column} by up to "
            f"{moved[column]:.3g} where it spreads over {spread[column]:.3g}; subtract X.mean(axis=0)"
        )


def _unit(points: NDArray[np.float32], first: int) -> NDArray[np.float32]:
    """The points at length 1."""
    lengths = np.sqrt(np.einsum("ij,ij->i", points, points, dtype=np.float64, casting="same_kind"))
    if not lengths.all():
        row = first + int(np.argmin(lengths))
        raise DataError(f"point {row} is zero and has no direction; leave it out, or set spherical=False")
    unit: NDArray[np.float32] = points / lengths[:, None].astype(np.float32)
    return unit


def _told(points: NDArray[np.float32], clusters: Clusters) -> dict[str, Any]:
    """What the report says of the clusters."""
    mean = points.mean(axis=0, dtype=np.float64).astype(np.float32)
    variance = sum(sum_of_squares(points[i : i + _BLOCK] - mean) for i in range(0, len(points), _BLOCK))
    return {
        "inertia": clusters.inertia,
        "inertia_by_iteration": clusters.history,
        "explained": 1 - clusters.inertia / variance if variance else 1.0,
        "reseeded": clusters.reseeded,
        "empty": int(np.count_nonzero(clusters.counts == 0)),
    }
