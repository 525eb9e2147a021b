"""`drift`: which words moved between two spaces, by more than chance moves words of like frequency."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.align.driftreport import DriftReport, report_of
from firth.align.likefrequency import tail_p
from firth.align.movement import nearest_rows, neighbourhood_change, position_change
from firth.align.permutedlabels import AFTER, Distances, scores_among_peers, scores_beside_baseline
from firth.align.shared import Shared, shared_rows
from firth.errors import DataError, OptionError
from firth.measure.corrections import adjusted
from firth.options import check_seed, check_whole
from firth.vectors import Key, Vectors

__all__ = ["Against", "By", "drift"]

Floats = NDArray[np.float64]
By: TypeAlias = Literal["position", "neighbours"]
Against: TypeAlias = Literal["peers", "baseline"]
FEWEST = 3
SAME = 1e-6  # rows of length 1 differ by less where float32 was rounded


def drift(
    before: Vectors,
    after: Vectors,
    *,
    baseline: Sequence[Vectors] = (),
    anchor: Iterable[Key] | None = None,
    by: By = "position",
    against: Against = "peers",
    k: int = 25,
    restrict: int | None = None,
    seed: int = 1,
) -> DriftReport:
    """Find the words that moved between two spaces: two dates, two corpora, two models.

    `after` is turned into the space of `before` by orthogonal Procrustes over the words that both have, and
    fitted again without the tenth that moved most. Two measures say how far a word moved (Hamilton et al.
    2016): its position after the rotation, and its similarities to its neighbours of both spaces.

    Words move by chance alone, rare ones more. The logarithm of the distance is therefore put in units of the
    spread among words of like frequency (see `firth.align.likefrequency`), and gets a p:

    * With `baseline` runs, by permuted labels: each run in turn plays the part of `after`, which tells how
      far words stand out where nothing changed. What each word moves between the runs is taken into account,
      so that words that never stand still are not taken for drifting ones.
    * Without, by permuted signs: chance alone puts as many words as far below the middle of their peers as
      above it. That holds for the position, to the safe side; `by="neighbours"` has no p and q without a
      baseline, since chance moves a few words much further by their neighbours than others the less.

    Either finds words that moved unlike their peers, and not what all words moved together. That is found
    with `against="baseline"`, where a word is held against how far its peers move between baseline runs.

    The p are corrected by Benjamini and Hochberg's method: of the words with q up to 0.05, one in twenty is
    expected to be a false claim.

    Args:
        before, after: two spaces with shared ids and the same dim. Their `counts`, where they have some,
            say which words are of like frequency.
        baseline: a list of runs that differ from `before` as `after` would if no meaning had changed: trained
            on other halves or shuffles of the same text. A run on the very same text with another seed knows
            the chance of training alone, and not that of which sentences were written.
        anchor: ids that are known to have stayed, to fit the rotation to; all shared ones if None.
        by: what is tested: "position" or "neighbours"; the other is reported too.
        against: "peers" asks which words moved unlike words of like frequency; "baseline" which moved further
            than these do between baseline runs, which is only as good as the runs are.
        k: how many neighbours in each space.
        restrict: only so many shared ids, the most frequent ones of `before`; all if None.
        seed: of the bootstrap.

    Returns:
        A report with the words from the one that stands out most on; print it.

    Raises:
        DataError: the spaces share no ids, fewer than they have dimensions, or have different dims; or they
            are one space.
        OptionError: an option is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> random = np.random.default_rng(1)
    >>> ids = [f"w{i}" for i in range(600)]
    >>> old = random.standard_normal((600, 10))
    >>> new = old + random.standard_normal((600, 10)) / 10
    >>> new[[7, 8]] = new[[8, 7]]
    >>> found = drift(Vectors(ids, old), Vectors(ids, new @ np.linalg.qr(new[:10])[0]))
    >>> sorted(found.drifted)
    ['w7', 'w8']
    """
    if by not in ("position", "neighbours"):
        raise OptionError(f"by is 'position' or 'neighbours', not {by!r}")
    if against not in ("peers", "baseline"):
        raise OptionError(f"against is 'peers' or 'baseline', not {against!r}")
    if against == "baseline" and not baseline:
        raise OptionError("against='baseline' needs baseline runs")
    check_whole("k", k, 1, 10_000)
    check_seed(seed)
    if restrict is not None:
        check_whole("restrict", restrict, 1, 2**31)
    if not isinstance(baseline, (list, tuple)):
        raise OptionError(f"baseline is a list of runs, not {baseline!r:.80}; of one run, baseline=[run]")
    names = ["before", "after", *(f"baseline run {i}" for i in range(1, len(baseline) + 1))]
    runs = [before, after, *baseline]
    _check(names, runs)
    shared = shared_rows(names, runs, restrict=restrict)
    m, dim = shared.units[0].shape
    if m < max(dim, FEWEST):
        raise DataError(
            f"{' and '.join(names)} share {m:,} usable ids, and it takes {FEWEST}, and as many as "
            f"dimensions, {dim}: with fewer, a rotation would make them agree whatever they mean. Give "
            "spaces with more shared ids, or train with fewer dimensions"
        )
    _check_moved(names, shared)
    changes = _changes(shared, anchor=_anchor_rows(anchor, shared), k=min(k, m - 1))
    counts = _joint_counts(shared.spaces[0], shared.spaces[AFTER])
    tested = changes.position if by == "position" else changes.neighbours
    scores_of = scores_among_peers if against == "peers" else scores_beside_baseline
    scores, null = scores_of(tested, counts)
    untold = by == "neighbours" and not baseline  # chance is not symmetric there, so no signs may be permuted
    p = np.full(m, np.nan) if untold else tail_p(scores, null)
    return report_of(
        shared,
        changes,
        counts=counts,
        scores=scores,
        p=p,
        q=np.array(adjusted(p.tolist(), correction="benjamini-hochberg")),
        by=by,
        against=against,
        seed=seed,
    )


class Changes(NamedTuple):
    """How far every word moved between each two runs, float64 (m,), by the places of the runs.

    near: int64, (m, k), the neighbours in `before` and in `after`. fitted: how many words the rotation from
    after to before was fitted to.
    """

    position: Distances
    neighbours: Distances
    near: tuple[NDArray[np.int64], NDArray[np.int64]]
    fitted: int


def _changes(shared: Shared, *, anchor: NDArray[np.int64] | None, k: int) -> Changes:
    near = [nearest_rows(vectors, k) for vectors in shared.spaces]
    position, neighbours = {}, {}
    fitted = 0
    for a, b in itertools.combinations(range(len(shared.units)), 2):
        position[a, b], used = position_change(shared.units[a], shared.units[b], anchor=anchor)
        neighbours[a, b] = neighbourhood_change(shared.units[a], shared.units[b], near[a], near[b])
        fitted = used if (a, b) == (0, AFTER) else fitted
    return Changes(position, neighbours, (near[0], near[AFTER]), fitted)


def _joint_counts(before: Vectors, after: Vectors) -> Floats:
    """The harmonic mean of a word's two counts: the noise of both adds up. Ones where there are none."""
    found = [v.counts.astype(np.float64).clip(1.0) for v in (before, after) if v.counts is not None]
    if not found:
        return np.ones(len(before))
    mean: Floats = len(found) / np.sum([1.0 / counts for counts in found], axis=0)
    return mean


def _anchor_rows(anchor: Iterable[Key] | None, shared: Shared) -> NDArray[np.int64] | None:
    if anchor is None:
        return None
    rows = np.unique(shared.spaces[0].rows(anchor))
    if rows.size < shared.spaces[0].dim:
        raise OptionError(
            f"anchor names {rows.size:,} ids; a rotation in {shared.spaces[0].dim} dimensions needs at least "
            "as many"
        )
    return rows


def _check(names: Sequence[str], runs: Sequence[Vectors]) -> None:
    for name, vectors in zip(names, runs, strict=True):
        if not isinstance(vectors, Vectors):
            raise DataError(f"{name} is a {type(vectors).__name__}, not Vectors; a model's are model.vectors")
        if vectors.dim != runs[0].dim:
            raise DataError(
                f"before has rows of {runs[0].dim} numbers and {name} of {vectors.dim}: drift is measured "
                "after a rotation, which keeps the dim. Train both with the same"
            )


def _check_moved(names: Sequence[str], shared: Shared) -> None:
    """Refuse runs of the very same rows. A fingerprint cannot tell: two dates of one model share it."""
    for (one, a), (two, b) in itertools.combinations(zip(names, shared.units, strict=True), 2):
        if np.allclose(a, b, rtol=0, atol=SAME):
            raise DataError(f"{one} and {two} have the same rows: nothing can have moved")
