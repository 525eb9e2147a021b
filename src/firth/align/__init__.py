"""Maps between spaces: how to bring the vectors of one into another, and what is lost on the way.

>>> import numpy as np
>>> from firth import Vectors, align
>>> rows = np.random.default_rng(0).standard_normal((100, 8))
>>> old, new = Vectors(range(100), rows), Vectors(range(100), rows[:, ::-1])
>>> alignment = align.Procrustes().fit(old, new)
>>> new.search(alignment.apply(old), topn=1).ids[42]
[42]

A learner's `fit` takes two spaces, and pairs or none, and returns an `Alignment`, which maps all rows of the
source, new ones too.
"""

from __future__ import annotations

from firth.align.adapters import Adapter
from firth.align.alignment import Alignment, load
from firth.align.dictionaries import induced_pairs
from firth.align.drifting import drift
from firth.align.driftreport import DriftReport
from firth.align.moving import adapter
from firth.align.procrustes import Procrustes
from firth.align.rcsls import RCSLS
from firth.align.ridge import LowRank, Ridge
from firth.align.selflearning import SelfLearning
from firth.align.unsupervised import Unsupervised

__all__ = [
    "RCSLS",
    "Adapter",
    "Alignment",
    "DriftReport",
    "LowRank",
    "Procrustes",
    "Ridge",
    "SelfLearning",
    "Unsupervised",
    "adapter",
    "drift",
    "induced_pairs",
    "load",
]
