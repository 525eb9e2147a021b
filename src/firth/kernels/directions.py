"""The rows that lie in the same direction from c as b lies from a: analogies by parallel differences.

The key of a row x is cos(x - c, b - a). Of unit rows both parts follow from similarities that are there
anyway:

    (x - c)·(b - a) = x·b - x·a - (c·b - c·a)        |x - c|² = |x|² + |c|² - 2 x·c

In float32 these sums are only nearly right, and for a row close to c hardly at all. They therefore only say
which rows may have the greatest key; the key of such a row is computed anew from the differences, in float64.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.analogies import keep_answer
from firth.kernels.jit import kernel

__all__ = ["NEAREST", "best_directions"]

GROUP = 64
NEAREST = 1e-6  # unit rows in float32 that are nearer to each other than this may be equal but for rounding


@kernel
def best_directions(
    similar,
    least,
    units,
    first_row,
    asked,
    questions,
    question_rows,
    error,
    constants,
    keys,
    ties,
    hits,
):
    """Keep the greatest cos(x - c, b - a) of each question over a block of rows, and count who has it.

    Reads:
        similar: float32, (w, cols): the products of the w unit rows of the questions with the rows from
            first_row on.
        least: float32, (w, cols): the least that |x - c| can be, for each x of these rows and c of the words:
            the root of the sum above less `error`, 0 where that is negative.
        units: float32, (cols, d): these rows at length 1, or zeros.
        asked: float32, (w, d): the unit rows of the words of the questions.
        questions: int64, (q, 3): where a, b and c stand among the w words.
        question_rows: int64, (q, 4): their rows, which are no answers, and the row that is right.
        error: how far each of the two sums above may be wrong by rounding.
        constants: float64, (q, 2): c·b - c·a and |b - a|; a question whose |b - a| is below NEAREST has no
            answer.

    Changes:
        keys: float64, (q,): the greatest key so far, -inf at first; NaN never is, nor that of a row that
            equals c.
        ties: int64, (q,): how many rows have it; hits: int64, (q,): 1 where the right one is among them.
    """
    cols = similar.shape[1]
    for i in range(questions.shape[0]):
        a, b, c = questions[i, 0], questions[i, 1], questions[i, 2]
        length = constants[i, 1]
        if not length >= NEAREST:
            continue
        short = np.float32(constants[i, 0] - error)
        for start in range(0, cols, GROUP):
            stop = min(start + GROUP, cols)
            if keys[i] >= 0:
                bound = np.float32(keys[i] * length)
                better = 0
                for j in range(start, stop):
                    better += similar[b, j] - similar[a, j] - short >= bound * least[c, j]
                if better == 0:
                    continue
            for j in range(start, stop):
                # A key below 0 is greatest for the greatest |x - c| that it may have.
                away = least[c, j] if keys[i] >= 0 else np.sqrt(least[c, j] ** 2 + 2 * error)
                row = first_row + j
                if not similar[b, j] - similar[a, j] - short >= keys[i] * length * away:
                    continue
                if row == question_rows[i, 0] or row == question_rows[i, 1] or row == question_rows[i, 2]:
                    continue
                key = _cosine_of_differences(units[j], asked[c], asked[b], asked[a])
                keep_answer(key, row == question_rows[i, 3], i, keys, ties, hits)


@kernel
def _cosine_of_differences(x, c, b, a):
    """cos(x - c, b - a) of float32 rows (d,), in float64; NaN where x is all but c."""
    product, left, right = 0.0, 0.0, 0.0
    for k in range(x.shape[0]):
        u = np.float64(x[k]) - np.float64(c[k])
        v = np.float64(b[k]) - np.float64(a[k])
        product += u * v
        left += u * u
        right += v * v
    if np.sqrt(left) < NEAREST:
        return np.nan
    return product / np.sqrt(left * right)
