"""`pmi`: how much more often two things meet than chance would have them, for the edges of any graph.

Pointwise mutual information (Church and Hanks 1990) of a left key i and a right key j is ln P(i, j) / (P(i)
P(j)), with the probabilities that the weights of the edges give. It is 0 where the two meet as often as
chance would have it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firth.data.edges import Edges
from firth.errors import DataError
from firth.options import check_flag, check_real

__all__ = ["pmi"]

_STEP = 1 << 20  # edges worked on together


def pmi(edges: Edges, *, shift: float = 1.0, smoothing: float = 0.75, positive: bool = True) -> Edges:
    """The pointwise mutual information of every pair that was seen.

    >>> edges = Edges.of([("ice", "solid", 3.0), ("ice", "water", 1.0), ("steam", "water", 4.0)])
    >>> pmi(edges, smoothing=1).weight.astype(float).round(2).tolist()
    [0.69, 0.47]

    Args:
        edges: how often the pairs were seen, weights of 0 or more; equal pairs are added up.
        shift: ln of this is taken off: the number of noise words of a skip-gram, whose vectors factorise PMI
            - ln k (Levy and Goldberg 2014).
        smoothing: the right keys count to this power, which makes rare ones less surprising (Levy, Goldberg
            and Dagan 2015, section 3.1). 1 is the plain definition.
        positive: leave out pairs that meet no more often than chance would have them (after the shift):
            PPMI. False keeps every pair that was seen; one that was not seen has no edge, though its PMI
            would be minus infinity and not 0.

    Returns:
        Edges with float32 weights, sorted by i and j, over the same vocabularies. `report` counts the pairs
        left out.

    Raises:
        DataError: these are no edges, a weight is negative, all are 0, or no pair is left.
        OptionError: an option is outside its range.
    """
    shift = check_real("shift", shift, 0, 1e9, above=True)
    smoothing = check_real("smoothing", smoothing, 0, 1)
    check_flag("positive", positive)
    if not isinstance(edges, Edges):
        raise DataError(f"pmi weighs Edges, not {type(edges).__name__}; firth.cooccur makes them of text")
    edges = edges.merged()
    rows, columns = _sums(edges)
    if not rows.sum() > 0:
        raise DataError("all weights are 0, so that no pair was ever seen")
    smoothed = np.where(columns > 0, columns**smoothing, 0)
    # ln P(i, j) / (P(i) P(j)) = ln w(i, j) - ln Σ w(i, ·) - ln P(j): the sum of all weights cancels.
    with np.errstate(divide="ignore"):  # keys that were never seen, whose value no pair asks for
        of_row, of_column = np.log(rows), np.log(smoothed / smoothed.sum())

    i, j = (np.empty(len(edges), np.int32) for _ in range(2))
    weight = np.empty(len(edges), np.float32)
    written = unseen = 0
    for part in _parts(edges):
        seen = edges.weight[part] > 0
        here_i, here_j, here = edges.i[part][seen], edges.j[part][seen], edges.weight[part][seen]
        value = np.log(here, dtype=np.float64) - of_row[here_i] - of_column[here_j] - np.log(shift)
        left = value > 0 if positive else np.ones(value.size, np.bool_)
        unseen += seen.size - here.size
        into = slice(written, written + int(np.count_nonzero(left)))
        i[into], j[into], weight[into] = here_i[left], here_j[left], value[left]
        written = into.stop
    if not written:
        raise DataError(
            f"no pair meets {shift:g} times as often as chance would have it: lower the shift"
            if shift > 1
            else "no pair meets more often than chance would have it, as where every word is the same; "
            "give other text"
        )
    report = {
        "shift": shift,
        "smoothing": smoothing,
        "positive": positive,
        "edges": written,
        "unseen_pairs": unseen,
        "negative_pairs": len(edges) - unseen - written,
        "counts": edges.report,
    }
    return Edges(
        i[:written], j[:written], weight[:written], left=edges.left, right=edges.right, report=report
    )


def _sums(edges: Edges) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sums of the weights by left and by right key, float64.

    Raises:
        DataError: a weight is negative.
    """
    rows, columns = (np.zeros(size) for size in edges.shape)
    for part in _parts(edges):
        weight = edges.weight[part].astype(np.float64)
        if weight.min() < 0:
            place = int(weight.argmin())
            pair = edges.left.keys[int(edges.i[part][place])], edges.right.keys[int(edges.j[part][place])]
            raise DataError(f"a pair is seen 0 times or more often; the weight of {pair} is {weight.min():g}")
        rows += np.bincount(edges.i[part], weight, rows.size)
        columns += np.bincount(edges.j[part], weight, columns.size)
    return rows, columns


def _parts(edges: Edges) -> Iterator[slice]:
    return (slice(start, start + _STEP) for start in range(0, len(edges), _STEP))
