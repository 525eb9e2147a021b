"""The best answer of many analogy questions at once.

A set of 19,544 questions uses only some 900 different words. Their similarities with a block of the rows are
one small matrix product; the key of a question is then a sum (3CosAdd) or a product (3CosMul) of three rows
of it, some 200 times less work than multiplying a query vector for each question.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["best_answers"]

GROUP = 64
EPSILON = np.float32(
    1e-6
)  # against division by zero, as in Levy and Goldberg's 3CosMul; their value is 0.001


@kernel
def best_answers(similar, first_row, questions, question_rows, multiply, keys, rows):
    """Keep the row with the greatest key of each question, over a block of rows.

    3CosAdd: similar(x, b) - similar(x, a) + similar(x, c); 3CosMul: similar(x, b) similar(x, c) / (similar(x,
        a) + ε).

    Reads:
        similar: float32, (w, cols): the similarities of the w words of the questions with the rows from
            first_row on; for 3CosMul shifted to 0 … 1.
        questions: int64, (q, 3): where a, b and c stand among the w words.
        question_rows: int64, (q, 3): their rows, which are no answers.
        multiply: whether to use 3CosMul.

    Changes:
        keys: float32, (q,): the greatest key so far, -inf at first; rows: int64, (q,): its row, -1 at first.
            Of equal keys the lower row is kept; NaN never is.
    """
    cols = similar.shape[1]
    groups = cols // GROUP
    for i in range(questions.shape[0]):
        a, b, c = questions[i, 0], questions[i, 1], questions[i, 2]
        for g in range(groups + 1):
            best = keys[i]
            if g < groups:
                better = 0
                if multiply:
                    for k in range(GROUP):
                        j = g * GROUP + k
                        better += similar[b, j] * similar[c, j] / (similar[a, j] + EPSILON) > best
                else:
                    for k in range(GROUP):
                        j = g * GROUP + k
                        better += similar[b, j] - similar[a, j] + similar[c, j] > best
                if better == 0:
                    continue
            for j in range(g * GROUP, min((g + 1) * GROUP, cols)):
                if multiply:
                    key = similar[b, j] * similar[c, j] / (similar[a, j] + EPSILON)
                else:
                    key = similar[b, j] - similar[a, j] + similar[c, j]
                row = first_row + j
                asked = row == question_rows[i, 0] or row == question_rows[i, 1] or row == question_rows[i, 2]
                if key > best and not asked:
                    best = key
                    rows[i] = row
            keys[i] = best
