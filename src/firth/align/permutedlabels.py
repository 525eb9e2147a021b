"""How far words stand out in one run among several, and how far they do by chance alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.align.likefrequency import mirrored, standardized

__all__ = ["AFTER", "Distances", "scores_among_peers", "scores_beside_baseline"]

Floats = NDArray[np.float64]
Distances: TypeAlias = Mapping[tuple[int, int], Floats]
"""How far every word moved between each two runs, float64 (m,); by the places of the two, the lower first."""

AFTER = 1  # the place of `after`; `before` is at 0, and baseline runs follow
LEAST = 1e-7  # a distance below it is rounding
CUT = 3.0  # scores beyond it do not bend the slope


def scores_among_peers(distances: Distances, counts: Floats) -> tuple[Floats, Floats]:
    """The score of each word, and the scores that chance alone makes.

    If nothing changed, any of the runs might as well have been `after`. The scores of the words under these
    other labels are what chance alone makes, pooled over the words, as they are in units of their peers
    (Tusher, Tibshirani and Chu 2001, "Significance analysis of microarrays", PNAS 98, pool permuted labels
    so). With two runs there are no other labels, and the signs are permuted instead; see `mirrored`.

    Args:
        distances: between each two of the runs.
        counts: float64, (m,), what makes words of like frequency.

    Returns:
        The scores, float64 (m,), NaN where the peers do not differ; those of chance, (n,), finite.
    """
    runs = 1 + max(late for _, late in distances)
    scores = _scores(distances, AFTER, counts)
    if runs == 2:
        null = mirrored(scores)
    else:
        null = np.concatenate([_scores(distances, run, counts) for run in range(runs) if run != AFTER])
    return scores, null[np.isfinite(null)]


def scores_beside_baseline(distances: Distances, counts: Floats) -> tuple[Floats, Floats]:
    """The same in units of the movement between the other runs: also that of all words together counts.

    Chance is what each of the other runs in turn is from the rest of them; `after` has no part in it.

    Args, returns: as `scores_among_peers`; of three runs or more.
    """
    runs = 1 + max(late for _, late in distances)
    others = [run for run in range(runs) if run != AFTER]
    apart = {pair: change for pair, change in distances.items() if AFTER not in pair}
    chance = np.stack([_log_mean([d for pair, d in apart.items() if run in pair]) for run in others])
    if runs == 3:
        chance = chance[:1]  # of two runs, each is from the other as that is from it
    cross = _log_mean([d for pair, d in distances.items() if AFTER in pair])
    null = np.concatenate([standardized(one, counts, reference=chance) for one in chance])
    return standardized(cross, counts, reference=chance), null[np.isfinite(null)]


def _scores(distances: Distances, run: int, counts: Floats) -> Floats:
    """How far words stand out between one run and the others, beyond what they move among the others.

    A word that moves much among the others is expected to move much here: the slope of one on the other is
    taken out.
    """
    cross = standardized(_log_mean([d for pair, d in distances.items() if run in pair]), counts)
    among = [d for pair, d in distances.items() if run not in pair]
    if not among:
        return cross
    within = np.nan_to_num(standardized(_log_mean(among), counts))
    x, y = np.nan_to_num(cross).clip(-CUT, CUT), within.clip(-CUT, CUT)
    slope = min(1.0, max(0.0, float(x @ y) / max(float(y @ y), LEAST)))
    return standardized(cross - slope * within, counts)


def _log_mean(distances: list[Floats]) -> Floats:
    """The logarithm, which is near to normal among words of like frequency where nothing changed."""
    logarithms: Floats = np.log(np.maximum(np.mean(distances, axis=0), LEAST))
    return logarithms
