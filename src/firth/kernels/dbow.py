"""Paragraph vectors, distributed bag of words: each document's vector learns to tell its words from noise.

Le and Mikolov 2014 ("Distributed Representations of Sentences and Documents", section 2.3), with the
objective of negative sampling (see `contrast`). All words of a document have its row as their hidden vector,
so that a step takes PIECE of them at once. A document with tags has several rows; each of
them takes the step.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.contrast import aim, choose, contrast, lay_out
from firth.kernels.jit import kernel
from firth.kernels.negative import MOST
from firth.kernels.rows import add_at
from firth.kernels.stream import splitmix
from firth.kernels.tiles import gather, prefetch

__all__ = ["PIECE", "scratch_size", "thin_out", "train"]

PIECE = 8  # words of a document that make a step

_LOW = np.uint64(0xFFFFFFFF)


@kernel
def thin_out(tokens, offsets, keep, seed, words, ends):
    """Thin out the frequent words of documents.

    tokens: int32. offsets: int64, where the documents begin, and the end. keep: uint32, one a word: it stays
    if 32 random bits do not exceed it. words: int32, written: the words that stay. ends: int64, one a
    document, written: where in `words` it ends.
    """
    state = np.uint64(seed)
    n = 0
    for i in range(offsets.size - 1):
        for p in range(offsets[i], offsets[i + 1]):
            word = tokens[p]
            state, bits = splitmix(state)
            words[n] = word
            n += np.int64(np.uint32(bits & _LOW) <= keep[word])
        ends[i] = n


def scratch_size(wide: int, negative: int) -> int:
    """How many floats of scratch `train` needs for rows of `wide` floats."""
    return int(lay_out(wide, PIECE * (1 + negative)).end + 1)


@kernel
def train(
    words, ends, rows, row_starts, documents, outputs, share, other, negative, rate, rate_step, seed, s,
    frozen,
):  # fmt: skip
    """Train on documents as thinned out by `thin_out`.

    rows, row_starts: int64: document i trains the rows[row_starts[i] : row_starts[i + 1]] of `documents`.
    documents, outputs: float32 (n, wide), C-contiguous, wide a multiple of LANES; read and written (outputs
    not if `frozen`); columns past the dimension hold zeros and keep them. share, other: noise words, from
    `stream.alias_table`. negative: noise words a word. rate: the learning rate at first; it falls by
    rate_step a word. s: float32, `scratch_size` floats, aligned to 64 bytes.

    Returns how many pairs of a row and a word there were, and -1, or the position in `words` of the step in
    which a score was not finite.
    """
    m = lay_out(outputs.shape[1], PIECE * (1 + negative))
    one = m.end
    s[one] = 1.0
    state = np.uint64(seed)
    now, coming = np.empty(PIECE * (1 + negative), np.int64), np.empty(PIECE * (1 + negative), np.int64)
    pairs, start = 0, np.int64(0)
    i, n = next_piece(ends, 0, start)
    state = choose(words, start, n, negative, share, other, state, coming, outputs)
    while n:
        now, coming = coming, now
        following, size = next_piece(ends, i, start + n)
        state = choose(words, start + n, size, negative, share, other, state, coming, outputs)
        if following > i and size:
            prefetch(documents, rows[row_starts[following]])
        lr = np.float32(rate - rate_step * start)
        aim(s, m, n, n * (1 + negative), lr)
        for r in range(row_starts[i], row_starts[i + 1]):
            gather(s, m.x, documents, rows[r])
            if not np.isfinite(contrast(s, m, now, n * (1 + negative), lr, MOST, outputs, frozen)):
                return pairs, start
            add_at(s, m.g, one, documents, rows[r:], 1)
            pairs += n
        i, start, n = following, start + n, size
    return pairs, np.int64(-1)


@kernel
def next_piece(ends, i, start):
    """The document of the word at `start`, that is document i or one after it, and how many words make the
    next step: none at the end."""
    while i < ends.size and ends[i] <= start:
        i += 1
    return i, min(ends[i] - start, PIECE) if i < ends.size else 0
