"""The analogy kernel against its NumPy twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import reference
from firth.kernels.analogies import best_answers


@pytest.mark.parametrize("multiply", [False, True])
@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(3, 9), st.integers(1, 130), st.integers(0, 2**32 - 1))
def test_best_answers_equal_the_twin(multiply, n, words, step, seed):
    random = np.random.default_rng(seed)
    similar = (random.integers(0, 8, (words, n)) / 8).astype(np.float32)  # few values: many ties
    similar[random.random((words, n)) < 0.02] = np.nan
    questions = random.integers(0, words, (12, 3))
    question_rows = random.integers(0, n, (12, 3))
    keys, rows = np.full(12, -np.inf, np.float32), np.full(12, -1)
    for first in range(0, n, step):
        block = np.ascontiguousarray(similar[:, first : first + step])
        best_answers(block, first, questions, question_rows, multiply, keys, rows)
    best, best_rows = reference.best_answers(similar, questions, question_rows, multiply)
    np.testing.assert_array_equal(rows, best_rows)
    np.testing.assert_array_equal(keys, best)
