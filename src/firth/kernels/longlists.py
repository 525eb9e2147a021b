"""Long lists of answers: sorted once, where putting each candidate in its place takes k squared steps."""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["LONG", "sort_best"]

LONG = 256  # answers: up to here a candidate is put in its place sooner than all are sorted


@kernel(inline="always")
def _comes_after(scores, rows, i, j):
    """Whether entry i comes after entry j: by falling score, equal ones by rising row."""
    return scores[i] < scores[j] or (scores[i] == scores[j] and rows[i] > rows[j])


@kernel
def _sink(scores, rows, i, n):
    """Let entry i down to its place in a heap of n whose root comes last of all."""
    score, row = scores[i], rows[i]
    while 2 * i + 1 < n:
        child = 2 * i + 1
        if child + 1 < n and _comes_after(scores, rows, child + 1, child):
            child += 1
        if score < scores[child] or (score == scores[child] and row > rows[child]):
            break
        scores[i], rows[i] = scores[child], rows[child]
        i = child
    scores[i], rows[i] = score, row


@kernel
def sort_best(candidates, keys, rows, scores):
    """The best k of candidates that have scores, in order.

    Reads:
        candidates: int64, (c,): negative ones are no candidates; one that occurs twice counts once.
        keys: float32, (c,): their scores; equal candidates have equal ones, and NaN is no answer.

    Writes:
        rows: int64, (k,), and scores: float32, (k,): by falling score, equal scores by rising row. What lies
            beyond the number that is returned, the answers there are, stays as it was.
    """
    some, theirs = np.empty(candidates.size, np.int64), np.empty(candidates.size, np.float32)
    n = 0
    for c in range(candidates.size):
        if candidates[c] >= 0 and keys[c] == keys[c]:
            some[n], theirs[n] = candidates[c], keys[c]
            n += 1
    for i in range(n // 2 - 1, -1, -1):
        _sink(theirs, some, i, n)
    for last in range(n - 1, 0, -1):
        theirs[0], theirs[last] = theirs[last], theirs[0]
        some[0], some[last] = some[last], some[0]
        _sink(theirs, some, 0, last)
    held = 0
    for i in range(n):
        if held == rows.size:
            break
        if i == 0 or some[i] != some[i - 1]:
            rows[held], scores[held] = some[i], theirs[i]
            held += 1
    return held
