"""The best answers of many analogy questions at once.

A set of 19,544 questions uses only some 900 different words. Their similarities with a block of the rows are
one small matrix product; the key of a question is then a sum (3CosAdd) or a product (3CosMul) of three rows
of it, some 200 times less work than multiplying a query vector for each question.

In float32 these say which rows may have the greatest key; that of such a row, some ten a question, is
computed anew in float64. Equal rows thereby have equal keys, which products of matrices do not promise, and
answers that are as good as each other are counted.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["ROUNDING", "best_answers", "keep_answer"]

GROUP = 64
EPSILON = 1e-6  # against division by zero, as in Levy and Goldberg's 3CosMul; their value is 0.001
ROUNDING = 1e-12  # of keys in float64: those that differ by less are equal


@kernel
def best_answers(
    similar, units, first_row, asked, questions, question_rows, multiply, error, keys, ties, hits
):
    """Keep the greatest key of each question over a block of rows, and count the rows that have it.

    3CosAdd: x·b - x·a + x·c; 3CosMul: x·b x·c / (x·a + ε), of products shifted to 0 … 1.

    Reads:
        similar: float32, (w, cols): the products of the w unit rows of the questions with the rows from
            first_row on; for 3CosMul shifted to 0 … 1.
        units: float32, (cols, d): these rows at length 1.
        asked: float32, (w, d): the unit rows of the words of the questions.
        questions: int64, (q, 3): where a, b and c stand among the w words.
        question_rows: int64, (q, 4): their rows, which are no answers, and the row that is right.
        multiply: whether to use 3CosMul.
        error: how far a key in float32 may be wrong by rounding, or for 3CosMul the product of two.

    Changes:
        keys: float64, (q,): the greatest key so far, -inf at first; NaN never is.
        ties: int64, (q,): how many rows have it; hits: int64, (q,): 1 where the right one is among them.
    """
    cols = similar.shape[1]
    groups = cols // GROUP
    slack, shift = np.float32(error), np.float32(EPSILON - error)
    for i in range(questions.shape[0]):
        a, b, c = questions[i, 0], questions[i, 1], questions[i, 2]
        for g in range(groups + 1):
            bound = _bound(keys[i], multiply)
            if g < groups:
                better = 0
                if multiply:
                    for k in range(GROUP):
                        j = g * GROUP + k
                        better += similar[b, j] * similar[c, j] + slack >= bound * (similar[a, j] + shift)
                else:
                    for k in range(GROUP):
                        j = g * GROUP + k
                        better += similar[b, j] - similar[a, j] + similar[c, j] + slack >= bound
                if better == 0:
                    continue
            for j in range(g * GROUP, min((g + 1) * GROUP, cols)):
                if multiply:
                    maybe = similar[b, j] * similar[c, j] + slack >= bound * (similar[a, j] + shift)
                else:
                    maybe = similar[b, j] - similar[a, j] + similar[c, j] + slack >= bound
                row = first_row + j
                asked_for = (
                    row == question_rows[i, 0] or row == question_rows[i, 1] or row == question_rows[i, 2]
                )
                if maybe and not asked_for:
                    key = _key(units[j], asked[a], asked[b], asked[c], multiply)
                    keep_answer(key, row == question_rows[i, 3], i, keys, ties, hits)
                    bound = _bound(keys[i], multiply)


@kernel
def _bound(key, multiply):
    """What a key in float32 has to reach; none of 3CosMul is much below 0, and -inf times 0 were NaN."""
    return np.float32(max(key, -1.0)) if multiply else np.float32(key)


@kernel
def keep_answer(key, right, i, keys, ties, hits):
    """Keep the key of a row for question i if it is the greatest, or count the row if it is as great."""
    margin = ROUNDING * max(1.0, abs(key))
    if key > keys[i] + margin:
        keys[i] = key
        ties[i] = 1
        hits[i] = right
    elif key >= keys[i] - margin:
        ties[i] += 1
        hits[i] = max(hits[i], np.int64(right))


@kernel
def _key(x, a, b, c, multiply):
    """The key of float32 rows (d,), in float64."""
    to_a, to_b, to_c = 0.0, 0.0, 0.0
    for k in range(x.shape[0]):
        u = np.float64(x[k])
        to_a += u * a[k]
        to_b += u * b[k]
        to_c += u * c[k]
    if multiply:
        return (to_b + 1) / 2 * ((to_c + 1) / 2) / ((to_a + 1) / 2 + EPSILON)
    return to_b - to_a + to_c
