"""The loss of document vectors, measured after each epoch on a fixed sample of positions.

Unlike those of word vectors (see `heldout`), these positions are trained on too: a document's row has only
the words of the document to learn from, and one of a few words would lose them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.data.sequences import Sequences

__all__ = ["Examples", "choose_examples"]

_RUN = 32  # positions come in runs of so many, which are read together


@dataclass(frozen=True)
class Examples:
    """Positions of documents.

    Attributes:
        documents: int64, (n,): the document of each.
        near: int32, (n, 2 * window): the words around it in their places, -1 where there is none.
        targets: int32, (n,): the word itself.
    """

    documents: NDArray[np.int64]
    near: NDArray[np.int32]
    targets: NDArray[np.int32]

    def __len__(self) -> int:
        return self.targets.size


def choose_examples(
    sequences: Sequences, *, window: int, dynamic: bool, keep: NDArray[np.uint32], most: int, seed: int
) -> Examples:
    """Positions spread evenly over the documents, thinned out and with windows as in training.

    Args:
        window: 0 where the words around do not matter.
        keep: from `firth.learn.sampling`.
        most: about how many examples.
    """
    random = np.random.default_rng((seed, 0x10C5))
    total = int(sequences.offsets[-1])
    runs = np.unique(np.linspace(0, max(0, total - _RUN), max(1, min(most, total) // _RUN)).astype(np.int64))
    documents, near, targets = [], [], []
    for start in runs.tolist():
        stop = min(start + _RUN, total)
        left, right = max(0, start - 4 * window), min(total, stop + 4 * window)
        tokens = sequences.slice(left, right)
        stays = np.flatnonzero(random.integers(0, 2**32, tokens.size, np.uint32) <= keep[tokens])
        document = np.searchsorted(sequences.offsets, left + stays, side="right") - 1
        centres = np.flatnonzero((left + stays >= start) & (left + stays < stop))
        radii = random.integers(1, window + 1, centres.size) if window and dynamic else window
        away = np.delete(np.arange(-window, window + 1), window)
        places = centres[:, None] + away
        inside = (places >= 0) & (places < stays.size) & (np.abs(away) <= np.reshape(radii, (-1, 1)))
        places = np.where(inside, places, 0)
        inside &= document[places] == document[centres][:, None]
        documents.append(document[centres])
        near.append(np.where(inside, tokens[stays[places]] if stays.size else 0, -1).astype(np.int32))
        targets.append(tokens[stays[centres]])
    return Examples(np.concatenate(documents), np.concatenate(near), np.concatenate(targets))
