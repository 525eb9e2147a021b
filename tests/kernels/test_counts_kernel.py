"""Counting, choosing and weighing the words of documents, beside the NumPy twins."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firth.kernels import counts as kernels
from firth.kernels import reference_counts as reference

# Vocabularies around the sizes of one word of the map and of the map of the map.
vocabularies = st.sampled_from([1, 63, 64, 65, 4095, 4096, 4097, 20_000])


@st.composite
def documents(draw: st.DrawFn) -> tuple[NDArray[np.int32], NDArray[np.int64], int]:
    size = draw(vocabularies)
    token = st.one_of(st.integers(0, min(size, 5) - 1), st.integers(0, size - 1), st.just(size - 1))
    texts = draw(st.lists(st.lists(token, max_size=30), max_size=8))
    offsets = np.cumsum([0] + [len(text) for text in texts])
    return np.array([token for text in texts for token in text], np.int32), offsets, size


def counted(tokens: NDArray[np.int32], offsets: NDArray[np.int64], size: int) -> Any:
    words, blocks = kernels.map_sizes(size)
    maps = [np.zeros(size, np.int32), np.zeros(words, np.uint64), np.zeros(blocks, np.uint64)]
    columns, values = np.empty(tokens.size, np.int32), np.empty(tokens.size, np.float32)
    ends = np.empty(offsets.size - 1, np.int64)
    n = kernels.count_documents(tokens, offsets, *maps, columns, values, ends)
    assert not any(array.any() for array in maps)  # left as they were found, for the next part
    return np.concatenate([[0], ends]), columns[:n], values[:n]


@given(documents())
def test_counting_agrees_with_its_twin(given_: tuple[NDArray[np.int32], NDArray[np.int64], int]) -> None:
    for found, expected in zip(counted(*given_), reference.count_documents(*given_[:2]), strict=True):
        np.testing.assert_array_equal(found, expected)


@given(documents(), st.integers(1, 7))
def test_selection_agrees_with_its_twin(
    given_: tuple[NDArray[np.int32], NDArray[np.int64], int], step: int
) -> None:
    starts, columns, values = counted(*given_)
    code = np.full(given_[2], -1, np.int32)
    code[::step] = np.arange(code[::step].size)
    expected_starts, expected_columns, left = reference.select_columns(starts, columns, code)
    expected_values = values[left]
    n = kernels.select_columns(starts, columns, values, code)
    np.testing.assert_array_equal(starts, expected_starts)
    np.testing.assert_array_equal(columns[:n], expected_columns)
    np.testing.assert_array_equal(values[:n], expected_values)


@given(documents(), st.booleans(), st.sampled_from([0, kernels.L1, kernels.L2]))
def test_weights_agree_with_their_twin(
    given_: tuple[NDArray[np.int32], NDArray[np.int64], int], sublinear: bool, norm: int
) -> None:
    size = given_[2]
    starts, columns, values = counted(*given_)
    rows, idf = starts.size - 1, np.linspace(1, 3, size, dtype=np.float32)
    dense = np.zeros((rows, size))
    row = np.repeat(np.arange(rows), np.diff(starts))
    dense[row, columns] = values
    kernels.weigh(starts, columns, values, idf, sublinear, 0, rows)
    if norm:
        kernels.scale_rows(starts, values, norm, 0, rows)
    expected = reference.weigh_rows(dense, idf, sublinear=sublinear, norm=norm)
    np.testing.assert_allclose(values, expected[row, columns], rtol=1e-6)


def test_tally_counts_columns() -> None:
    counts = np.array([1, 0, 0])
    kernels.tally(np.array([2, 0, 2], np.int32), counts)
    assert counts.tolist() == [2, 0, 2]
