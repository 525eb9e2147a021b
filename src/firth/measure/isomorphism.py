"""`isomorphism`: have two spaces the same shape, so that one can be mapped onto the other at all?"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.measure.idpairs import IdPairs, id_pairs
from firth.measure.jackknife import Figure, group_count, with_interval
from firth.measure.matching import match, rows_of
from firth.measure.neighbourhoods import check_k, neighbourhoods
from firth.measure.points import Points, points_of
from firth.measure.report import Report
from firth.measure.spaces import Space
from firth.measure.verdicts import figure_row
from firth.options import check_seed, check_whole
from firth.vectors import Vectors

__all__ = ["bottleneck", "isomorphism", "laplacian_spectrum", "merge_heights", "spectral_distance"]

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
ENERGY = 0.9  # the share of the eigenvalues that counts
ROUNDING = 1e-24  # of a product of two variances of cosines


def isomorphism(
    a: Space,
    b: Space,
    *,
    pairs: IdPairs | None = None,
    k: int | None = None,
    sample: int = 1_000,
    seed: int = 1,
) -> Report:
    """Three scores of how alike two spaces are in shape, whatever their axes and dimensions.

    Rows are compared as for mapping: less their mean, at length 1.

    Args:
        a, b: vectors or models.
        pairs: which id of `a` means which of `b`: a `Dictionary`, the path of one, or pairs of ids, which are
            looked up as they are; None takes the ids that both have. Of many-to-many entries only those count
            whose both ids come for the first time.
        k: neighbours in the graphs; None takes 10, or as many as there are.
        sample: how many pairs are looked at, at random where there are more. The eigenvalues take the cube
            of it in time, so that it is far smaller than elsewhere, and 5,000 at most.
        seed: of the sample.

    Returns:
        A report of "relational_similarity" (Vulić et al. 2020, "Are All Good Word Vector Spaces Isomorphic?",
        EMNLP): Pearson's correlation of the cosines of all pairs of rows in one space with those in the
        other, 1 for the same shape; its interval leaves out groups of rows. "eigenvalue_distance" (Søgaard et
        al. 2018, "On the Limitations of Unsupervised Bilingual Dictionary Induction", ACL), 0 for the same
        shape: the squared differences of the leading eigenvalues of the Laplacians of the neighbour graphs.
        "bottleneck" (Patra et al. 2019, "Bilingual Lexicon Induction with Semi-supervision in Non-Isometric
        Embedding Spaces", ACL), 0 for the same shape: the bottleneck distance of the persistence diagrams of
        the merging of clusters, half of which bounds the Gromov–Hausdorff distance from below. The last two
        need no pairs to be right, and have no interval: they are no smooth function of the rows.

    Raises:
        DataError: the spaces share no id, no pair is in both, something is no pair, or fewer than four pairs
            are usable.
        OptionError: an option is outside its range; the message names the largest k.
    """
    check_whole("sample", sample, 4, 5_000)
    check_seed(seed)
    both = _by_ids(a, b) if pairs is None else _by_pairs(a, b, pairs)
    n = min(sample, len(both.rows))
    if n < 4:
        raise DataError(f"isomorphism needs at least 4 pairs of rows that are usable in both spaces, not {n}")
    k = check_k(k, n)
    chosen = np.sort(np.random.default_rng(seed).choice(len(both.rows), n, replace=False))
    left = _shape(both.first, both.rows[chosen])
    right = _shape(both.second, both.theirs[chosen])
    alike = _relational(left, right)
    spectra = laplacian_spectrum(left, k), laplacian_spectrum(right, k)
    spectral, used = spectral_distance(*spectra)
    merging = bottleneck(merge_heights(left), merge_heights(right))
    total = both.total
    rows = (
        figure_row(
            "isomorphism",
            "relational_similarity",
            alike,
            n=n,
            total=total,
            means=f"pairs that are near in one space are near in the other: correlation {alike.value:.2f}",
            advice="an orthogonal map will lose much; try RCSLS or a ridge map, or more similar data",
            why_none="all rows of one of the spaces are alike",
            chance=0.0,
        ),
        figure_row(
            "isomorphism",
            "eigenvalue_distance",
            Figure(spectral),
            n=n,
            total=total,
            means=f"the graphs of neighbours differ by {spectral / used:.2f} an eigenvalue",
            advice="maps without a dictionary are likely to fail",
            judged=spectral / used,
            eigenvalues=used,
        ),
        figure_row(
            "isomorphism",
            "bottleneck",
            Figure(merging),
            n=n,
            total=total,
            means=f"clusters merge at distances that differ by at most {merging:.2f}",
            advice="the spaces are clustered differently",
        ),
    )
    looked = f"all {n:,} pairs" if n == len(both.rows) else f"a sample of {n:,} of {len(both.rows):,} pairs"
    return Report(
        title="Isomorphism",
        rows=rows,
        columns=("verdict",),
        notes=(f"{looked} of rows were looked at; graphs of {k} neighbours", *both.notes),
    )


class _Paired(NamedTuple):
    """Rows of two spaces that mean the same, int64, (m,); of how many that were given."""

    first: Points
    second: Points
    rows: Rows
    theirs: Rows
    total: int
    notes: tuple[str, ...]


def _by_ids(a: Space, b: Space) -> _Paired:
    """The ids that both have."""
    both = match(a, b)
    total = len(both.original.vectors)
    return _Paired(both.original, both.space, both.original.rows, both.space.rows, total, both.notes)


def _by_pairs(a: Space, b: Space, pairs: IdPairs) -> _Paired:
    """The pairs of ids that are known and usable, one to one; the others are counted."""
    first, second = points_of(a), points_of(b)
    given = id_pairs(pairs)
    left = rows_of(first.vectors, [pair[0] for pair in given])
    right = rows_of(second.vectors, [pair[1] for pair in given])
    known = (left >= 0) & (right >= 0)
    usable = known & np.isin(left, first.rows) & np.isin(right, second.rows)
    if not usable.any():
        raise DataError(
            f"none of the {len(given):,} pairs has both of its ids in the spaces, with usable rows"
        )
    chosen = np.array(_one_to_one(left, right, np.flatnonzero(usable)))
    notes = []
    for count, what in (
        (len(given) - int(known.sum()), "have an id that is not there"),
        (int(known.sum() - usable.sum()), "have a row that is not usable"),
        (int(usable.sum()) - len(chosen), "repeat an id of an earlier pair"),
    ):
        if count:
            notes.append(f"{count:,} of {len(given):,} pairs {what} and are left out")
    return _Paired(
        first, second, left[chosen], right[chosen], len(given), (*notes, *first.notes, *second.notes)
    )


def _one_to_one(left: Rows, right: Rows, pairs: Rows) -> list[int]:
    """The pairs whose rows no earlier one has."""
    seen: tuple[set[int], set[int]] = set(), set()
    chosen = []
    for pair in pairs.tolist():
        a, b = int(left[pair]), int(right[pair])
        if a not in seen[0] and b not in seen[1]:
            chosen.append(pair)
            seen[0].add(a)
            seen[1].add(b)
    return chosen


def _shape(points: Points, rows: Rows) -> Floats:
    """Some rows of a space less their mean, at length 1 (0 where they are the mean), float64, (n, d)."""
    shape = points.vectors.matrix[rows].astype(np.float64)
    largest = float(np.abs(shape).max())
    shape -= shape.mean(axis=0)
    lengths = np.sqrt(np.einsum("ij,ij->i", shape, shape))
    lengths[lengths <= 1e-12 * largest] = np.inf
    shape /= lengths[:, None]
    return shape


def _relational(left: Floats, right: Floats) -> Figure:
    """Pearson's correlation of the cosines of all pairs of rows, and its interval over rows."""
    n = len(left)
    i, j = np.triu_indices(n, 1)
    x, y = (left @ left.T)[i, j], (right @ right.T)[i, j]
    x, y = x - x.mean(), y - y.mean()
    groups = group_count(n)
    both = (i % groups) * groups + j % groups
    sums = np.stack(  # by the groups of the two rows, so that no pair is looked at again for an interval
        [
            np.bincount(both, what, groups * groups).reshape(groups, groups)
            for what in (np.ones(len(x)), x, y, x * x, y * y, x * y)
        ]
    )
    left_out = [np.delete(np.delete(sums, g, axis=1), g, axis=2) for g in range(groups)]
    whole = _correlation(sums.sum(axis=(1, 2)))
    return with_interval(whole, [_correlation(s.sum(axis=(1, 2))) for s in left_out], bounds=(-1.0, 1.0))


def _correlation(sums: Floats) -> float:
    """Pearson's correlation from n, Σx, Σy, Σx², Σy² and Σxy; NaN where one of the two is constant."""
    n, x, y, xx, yy, xy = sums.tolist()
    spread = (xx - x * x / n) * (yy - y * y / n) if n else 0.0
    return (xy - x * y / n) / math.sqrt(spread) if spread > ROUNDING * n * n else math.nan


def laplacian_spectrum(shape: Floats, k: int) -> Floats:
    """The eigenvalues, falling, of the Laplacian D - A of the graph that joins each row with its k nearest.

    Args:
        shape: float64, (n, d): rows at length 1.
        k: neighbours of each, below n; two rows are joined if one is a neighbour of the other.
    """
    n = len(shape)
    points = points_of(Vectors(range(n), shape, metric="euclidean"))
    found = neighbourhoods(points, k=k, sample=None, seed=0)
    joined = np.zeros((n, n))
    joined[np.arange(n)[:, None], found.rows] = 1.0
    joined = np.maximum(joined, joined.T)
    spectrum: Floats = np.linalg.eigvalsh(np.diag(joined.sum(axis=1)) - joined)[::-1].clip(0)
    return spectrum


def spectral_distance(a: Floats, b: Floats) -> tuple[float, int]:
    """Σ (a - b)² over the leading eigenvalues, and how many those are: the fewest that hold 90 % of the sum
    in one of the two spectra (Søgaard et al. 2018, section 4). Both float64, falling.
    """
    used = min(int(np.searchsorted(np.cumsum(s), ENERGY * s.sum())) + 1 for s in (a, b))
    return float(np.square(a[:used] - b[:used]).sum()), used


def merge_heights(shape: Floats) -> Floats:
    """The distances at which clusters merge as balls around the rows grow, falling, float64, (n - 1,).

    They are the lengths of the edges of the minimum spanning tree, and where the classes of connected
    components die in the Vietoris–Rips filtration; all are born at 0.
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    heights: Floats = linkage(pdist(shape), "single")[::-1, 2]
    return heights


def bottleneck(a: Floats, b: Floats) -> float:
    """The bottleneck distance of two persistence diagrams whose classes are all born at 0.

    A class of the height h is matched with one of the other diagram, at the cost |h - h'|, or with the
    diagonal, at h / 2; the distance is the largest cost of the best matching. With all births equal, some
    matching that is best joins the t highest of both in order and leaves the rest to the diagonal, so that
    all t are tried.

    Args:
        a, b: heights, float64, falling.
    """
    n = min(len(a), len(b))
    ends = [np.append(heights, 0.0) for heights in (a, b)]
    matched = np.maximum.accumulate(np.append(0.0, np.abs(a[:n] - b[:n])))
    left = np.maximum(ends[0][: n + 1], ends[1][: n + 1]) / 2
    return float(np.maximum(matched, left).min())
