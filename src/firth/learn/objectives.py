"""What a hidden vector is trained to predict a word by: the output side of SkipGram, CBOW and their kin.

Each objective holds the rows on the output side and what else its kernel needs, trains a stretch of the word
stream, and measures the loss of held-out examples.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids, Integers
from firth.data.vocabulary import Vocabulary
from firth.kernels import cbow, hierarchical, huffman, skipgram, softmax, stream
from firth.kernels.ways import pave
from firth.learn.matrices import row_width, zeros
from firth.learn.sampling import noise_distribution

__all__ = [
    "LOSSES",
    "HierarchicalSoftmax",
    "Loss",
    "NegativeSampling",
    "Objective",
    "Softmax",
    "Stream",
    "objective_of",
]

Loss: TypeAlias = Literal["negative_sampling", "hierarchical_softmax", "softmax"]
Stream: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], int]  # words, low, high, n

_NOISE = 2_000_000  # noise words drawn for the held-out examples, at most
_SOME = 256  # examples whose ways are followed at a time
_SCORES = 50_000_000  # scores of the full softmax computed for them, at most


class Objective(Protocol):
    """The output side of a learner.

    Attributes:
        space: the name of its rows in the model.
        rows: float32, (n, wide), changed in training.
        towards_centre: whether the words around a position predict the word there, each for itself, and not
            the other way about. (The same pairs, but those of a held-out position differ.)
        examples: how many held-out examples it is willing to measure.
    """

    space: str
    towards_centre: bool
    rows: NDArray[np.float32]
    examples: int

    def ids(self, vocabulary: Vocabulary) -> Ids:
        """What the rows stand for."""

    def scratch_size(self, window: int) -> int:
        """Floats of scratch that a thread needs."""

    def train(
        self, words: NDArray[np.float32], read: Stream, *, window: int, together: bool, mean: bool,
        rates: tuple[float, float], seed: np.uint64, scratch: NDArray[np.float32],
    ) -> tuple[int, int]:  # fmt: skip
        """Train on a stretch of the stream, the rate falling from rates[0] to rates[1].

        Args:
            words: float32, (vocabulary, wide): the input rows, changed too.
            together: whether the words of a window predict as one, and mean: by their mean or their sum.

        Returns:
            How many pairs there were, and the position where a score was not finite, or -1.
        """

    def losses(
        self, hidden: NDArray[np.float64], targets: NDArray[np.int32], first: int
    ) -> NDArray[np.float64]:
        """The loss in nats of the held-out examples number `first` and on, each a hidden vector (m, dim) and
        the word it should predict (m,)."""


class NegativeSampling:
    """Tell the target from noise words: -log σ(x·c) - Σ_n log σ(-x·c_n); see `firth.kernels.negative`.

    Args:
        vocabulary: its counts make the noise distribution.
        dim, negative, ns_exponent: of the learner. noise: noise words that a block shares.
        seed: for the noise words of the held-out examples.
    """

    space = "contexts"
    towards_centre = False

    def __init__(
        self, vocabulary: Vocabulary, *, dim: int, negative: int, noise: int, ns_exponent: float, seed: int
    ):
        self.rows = zeros(len(vocabulary), row_width(dim))
        self.negative, self.noise = negative, noise
        self.bounds = noise_distribution(vocabulary.counts, ns_exponent)
        self.guide = np.empty(stream.GUIDE + 1, np.int32)
        stream.guide_table(self.bounds, self.guide)
        self.examples = max(1, _NOISE // negative)
        self._random = np.random.default_rng((seed, 0x0153))
        self._drawn = np.empty((0, negative), np.int64)

    def ids(self, vocabulary: Vocabulary) -> Ids:
        """The words."""
        return vocabulary.keys

    def scratch_size(self, window: int) -> int:
        """Enough for either kernel."""
        wide = self.rows.shape[1]
        return max(
            skipgram.scratch_size(wide, window, self.noise), cbow.scratch_size(wide, window, self.noise)
        )

    def train(
        self, words: NDArray[np.float32], read: Stream, *, window: int, together: bool, mean: bool,
        rates: tuple[float, float], seed: np.uint64, scratch: NDArray[np.float32],
    ) -> tuple[int, int]:  # fmt: skip
        """See `Objective.train`."""
        step = (rates[0] - rates[1]) / max(read[-1], 1)
        rest = (self.negative, self.noise, rates[0], step, seed, scratch)
        tables = (words, self.rows, self.bounds, self.guide)
        if together:
            found: tuple[int, int] = cbow.train(*read, *tables, window, mean, *rest)
        else:
            found = skipgram.train(*read, *tables, window, *rest)
        return found

    def losses(
        self, hidden: NDArray[np.float64], targets: NDArray[np.int32], first: int
    ) -> NDArray[np.float64]:
        """See `Objective.losses`; the same noise words for the same examples each time."""
        if (missing := first + targets.size - len(self._drawn)) > 0:  # only before the first epoch ends
            uniform = self._random.integers(0, 2**32, (missing, self.negative), np.uint32)
            self._drawn = np.concatenate((self._drawn, np.searchsorted(self.bounds, uniform)))
        noise = self._drawn[first : first + targets.size]
        dim = hidden.shape[1]
        good = np.einsum("nd,nd->n", hidden, self.rows[targets, :dim])
        bad = np.einsum("nd,nkd->nk", hidden, self.rows[noise, :dim])
        losses: NDArray[np.float64] = np.logaddexp(0, -good) + np.logaddexp(0, bad).sum(axis=1)
        return losses


class HierarchicalSoftmax:
    """Turn left or right on the way to the target in a Huffman tree; see `firth.kernels.hierarchical`.

    The cost of a pair is the length of the way, and no word of noise is needed: a proper distribution over
    the vocabulary at about log2 of its size.

    Attributes:
        offsets: int64: where the way of each word begins, see `firth.kernels.huffman.walk`.
        places, turns: int32, float32: the ways, see `firth.kernels.ways.pave`.
    """

    space = "nodes"
    towards_centre = True

    def __init__(self, vocabulary: Vocabulary, *, dim: int):
        n = len(vocabulary)
        self.rows = zeros(max(n - 1, 1), row_width(dim))
        parent, side = huffman.tree(vocabulary.counts)
        self.offsets = np.empty(n + 1, np.int64)
        size = huffman.walk(parent, side, self.offsets, np.empty(0, np.int64), np.empty(0, np.uint8))
        points, codes = np.empty(size, np.int64), np.empty(size, np.uint8)
        huffman.walk(parent, side, self.offsets, points, codes)
        self._first = hierarchical.first_copied(len(self.rows))
        self.places, self.turns = pave(points, codes, self._first)
        self.examples = _NOISE // 32

    def ids(self, vocabulary: Vocabulary) -> Ids:
        """Inner nodes have no names; they are numbered, the root last."""
        del vocabulary
        return Integers(np.arange(len(self.rows), dtype=np.int64))

    def scratch_size(self, window: int) -> int:
        """For the longest way."""
        longest = int(np.diff(self.offsets).max())
        return hierarchical.scratch_size(self.rows.shape[1], window, longest)

    def train(
        self, words: NDArray[np.float32], read: Stream, *, window: int, together: bool, mean: bool,
        rates: tuple[float, float], seed: np.uint64, scratch: NDArray[np.float32],
    ) -> tuple[int, int]:  # fmt: skip
        """See `Objective.train`; nothing is drawn, so the seed does not matter."""
        del seed
        step = (rates[0] - rates[1]) / max(read[-1], 1)
        tree = (self.offsets, self.places, self.turns)
        found: tuple[int, int] = hierarchical.train(
            *read, words, self.rows, *tree, window, together, mean, rates[0], step, scratch
        )
        return found

    def losses(
        self, hidden: NDArray[np.float64], targets: NDArray[np.int32], first: int
    ) -> NDArray[np.float64]:
        """See `Objective.losses`."""
        del first
        parts = [slice(start, start + _SOME) for start in range(0, targets.size, _SOME)]
        return np.concatenate([self._losses(hidden[part], targets[part]) for part in parts])

    def _losses(self, hidden: NDArray[np.float64], targets: NDArray[np.int32]) -> NDArray[np.float64]:
        """The losses of so few examples that a row for each step of their ways takes little memory."""
        steps = self.offsets[targets + 1] - self.offsets[targets]
        example = np.repeat(np.arange(targets.size), steps)
        place = np.arange(example.size) - np.repeat(np.cumsum(steps) - steps, steps)
        place += np.repeat(self.offsets[targets], steps)
        points = self.places[place]
        points = np.where(points < 0, self._first - 1 - points, points)
        scores = np.einsum("nd,nd->n", hidden[example], self.rows[points, : hidden.shape[1]])
        turns = np.logaddexp(0, np.where(self.turns[place] == 1, -scores, scores))
        losses: NDArray[np.float64] = np.bincount(example, turns, minlength=targets.size).astype(np.float64)
        return losses


class Softmax:
    """Weigh the target against every word of the vocabulary; see `firth.kernels.softmax` for what that
    costs."""

    space = "contexts"
    towards_centre = False

    def __init__(self, vocabulary: Vocabulary, *, dim: int):
        self.rows = zeros(len(vocabulary), row_width(dim))
        self.examples = max(100, _SCORES // len(vocabulary))

    def ids(self, vocabulary: Vocabulary) -> Ids:
        """The words."""
        return vocabulary.keys

    def scratch_size(self, window: int) -> int:
        """With the scores of a block against the whole vocabulary."""
        return softmax.scratch_size(len(self.rows), self.rows.shape[1], window)

    def train(
        self, words: NDArray[np.float32], read: Stream, *, window: int, together: bool, mean: bool,
        rates: tuple[float, float], seed: np.uint64, scratch: NDArray[np.float32],
    ) -> tuple[int, int]:  # fmt: skip
        """See `Objective.train`; nothing is drawn, so the seed does not matter."""
        del seed
        step = (rates[0] - rates[1]) / max(read[-1], 1)
        found: tuple[int, int] = softmax.train(
            *read, words, self.rows, window, together, mean, rates[0], step, scratch
        )
        return found

    def losses(
        self, hidden: NDArray[np.float64], targets: NDArray[np.int32], first: int
    ) -> NDArray[np.float64]:
        """See `Objective.losses`."""
        del first
        scores = hidden @ self.rows[:, : hidden.shape[1]].T.astype(np.float64)
        most = scores.max(axis=1)
        total = np.log(np.exp(scores - most[:, None]).sum(axis=1)) + most
        losses: NDArray[np.float64] = total - scores[np.arange(targets.size), targets]
        return losses


LOSSES: tuple[str, ...] = ("negative_sampling", "hierarchical_softmax", "softmax")


def objective_of(learner: Any, vocabulary: Vocabulary, *, seed: int) -> Objective:
    """The objective that a learner's `loss` names."""
    if learner.loss == "hierarchical_softmax":
        return HierarchicalSoftmax(vocabulary, dim=learner.dim)
    if learner.loss == "softmax":
        return Softmax(vocabulary, dim=learner.dim)
    return NegativeSampling(
        vocabulary,
        dim=learner.dim,
        negative=learner.negative,
        noise=learner.noise,
        ns_exponent=learner.ns_exponent,
        seed=seed,
    )
