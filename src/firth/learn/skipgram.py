"""`SkipGram`: word vectors that predict the words around a word (Mikolov et al. 2013)."""

from __future__ import annotations

from dataclasses import dataclass

from firth.learn.words import WordLearner

__all__ = ["SkipGram"]


@dataclass(frozen=True, kw_only=True)
class SkipGram(WordLearner):
    """Skip-gram: each word's vector learns to tell the words around it from other words.

    Attributes:
        dim: how many numbers a vector has.
        window: how many words to each side are context.
        loss: "negative_sampling" tells the true word from noise words; "hierarchical_softmax" takes its way
            through a Huffman tree, without noise words; "softmax" weighs it against the whole vocabulary,
            which is for small ones: the multiplications grow with its size.
        negative: noise words for each pair of word and context.
        subsample: words of a higher relative frequency than this are thinned out; 0 keeps all.
        min_count: rarer words are left out.
        ns_exponent: noise words are drawn in proportion to their count to this power.
        learning_rate: the step size at the start; None takes 0.025, or 0.035 for the hierarchical softmax. It
            falls linearly to
        min_learning_rate: the step size at the end.
        epochs: passes over the corpus.
        dynamic_window: draw each window from 1 to `window`, so that near words count more; False keeps it
            whole.

    Raises:
        OptionError: a value is outside its range.

    Mikolov, Sutskever, Chen, Corrado and Dean 2013, "Distributed Representations of Words and Phrases and
    their Compositionality"; the steps in blocks are described in `firth.kernels.negative`, `hierarchical` and
    `softmax`.

    >>> model = SkipGram(dim=8, min_count=1, subsample=0).fit([["to", "be", "or", "not", "to", "be"]])
    >>> model.vectors
    Vectors(4 ids, dim 8, cosine)
    """
