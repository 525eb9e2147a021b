"""`CBOW`: word vectors that together predict the word in their middle (Mikolov et al. 2013)."""

from __future__ import annotations

from dataclasses import dataclass

from firth.learn.words import WordLearner
from firth.options import check_flag

__all__ = ["CBOW"]


@dataclass(frozen=True, kw_only=True)
class CBOW(WordLearner):
    """Continuous bag of words: the mean of a window learns to tell the word in its middle from other words.

    Several times as fast as skip-gram, since a window is one example and not one for each of its words.

    Attributes:
        mean: whether the words of a window are averaged, or added up.
        learning_rate: the step size at the start; None takes 0.15 for negative sampling and 0.1 otherwise.
            That is higher than in programs which give every word of a window the whole step instead of its
            share (see `firth.kernels.cbow`).
        dim, window, loss, negative, subsample, min_count, ns_exponent, min_learning_rate, epochs,
            dynamic_window: as in `firth.SkipGram`.

    Raises:
        OptionError: a value is outside its range.

    Mikolov, Chen, Corrado and Dean 2013, "Efficient Estimation of Word Representations in Vector Space";
    İrsoy, Benton and Stratos 2021, "Corrected CBOW Performs as well as Skip-gram".

    >>> model = CBOW(dim=8, min_count=1, subsample=0).fit([["to", "be", "or", "not", "to", "be"]])
    >>> model.vectors
    Vectors(4 ids, dim 8, cosine)
    """

    mean: bool = True

    together = True
    rates = {"negative_sampling": 0.15, "hierarchical_softmax": 0.1, "softmax": 0.1}  # noqa: RUF012

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "mean", check_flag("mean", self.mean))

    @property
    def averaged(self) -> bool:
        """Whether the words of a window predict by their mean, or by their sum."""
        return self.mean

    @property
    def noise(self) -> int:
        """How many noise words a block of words shares: half as many as with skip-gram, since a window is one
        example and not one for each of its words."""
        return max(4, -(-self.negative * 16 // 20) * 4)
