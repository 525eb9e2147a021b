"""A small random corpus, and streams of words drawn from it."""

import numpy as np

from firth.kernels import stream
from firth.learn.sampling import keep_thresholds


def corpus(seed, words=50, sequences=12):
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 40, sequences)
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    tokens = np.minimum(random.geometric(0.1, offsets[-1]), words).astype(np.int32) - 1
    counts = np.maximum(np.bincount(tokens, minlength=words), 1)
    return tokens, offsets, counts


def guide_of(bounds):
    guide = np.empty(stream.GUIDE + 1, np.int32)
    stream.guide_table(bounds, guide)
    return guide


def drawn_stream(tokens, offsets, counts, *, window, seed, subsample=0.05):
    """The arrays words, low and high, and how many words stayed."""
    arrays = [np.empty(tokens.size, np.int32) for _ in range(3)]
    keep = keep_thresholds(counts, subsample)
    n = stream.draw_stream(tokens, offsets, 0, keep, window, True, 0, np.uint64(seed), *arrays)
    return arrays, n
