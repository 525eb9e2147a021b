"""The hash index over a table of strings, beside its NumPy twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.data.ids import Strings
from firth.kernels import reference
from firth.kernels.hashing import build_index, index_size, look_up

words = st.lists(st.text(alphabet="ab\x00é", max_size=12), unique=True, max_size=40)


@given(keys=words, queries=st.lists(st.text(alphabet="ab\x00é", max_size=12), max_size=20))
def test_look_up_agrees_with_its_twin(keys: list[str], queries: list[str]) -> None:
    table, asked = Strings.of(keys), Strings.of([*queries, *keys])
    slots = np.empty(index_size(len(table)), np.int64)
    assert build_index(table.data, table.offsets, slots) == (-1, -1)
    rows = np.empty(len(asked), np.int64)
    look_up(table.data, table.offsets, slots, asked.data, asked.offsets, rows)
    expected = reference.look_up(table.data, table.offsets, asked.data, asked.offsets)
    np.testing.assert_array_equal(rows, expected)


def test_a_string_that_occurs_twice_is_named_by_its_rows() -> None:
    table = Strings.of(["x", "same", "y", "same"])
    assert build_index(table.data, table.offsets, np.empty(16, np.int64)) == (1, 3)


def test_the_index_is_at_most_half_full() -> None:
    for n in (0, 1, 8, 9, 1000, 2**20):
        size = index_size(n)
        assert size >= 2 * n
        assert size & (size - 1) == 0
