"""The hash index over a table of strings, beside its NumPy twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.kernels import reference
from firth.kernels.hashing import build_index, hash_bytes, index_size, look_up

words = st.lists(st.text(alphabet="ab\x00é", max_size=12), unique=True, max_size=40)


ONE = np.ones(2, np.uint64)
hash_keys = st.builds(
    lambda seed, factor: np.array([seed, factor | 1], np.uint64),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
)


@given(keys=words, queries=st.lists(st.text(alphabet="ab\x00é", max_size=12), max_size=20), key=hash_keys)
def test_look_up_agrees_with_its_twin(keys: list[str], queries: list[str], key: NDArray[np.uint64]) -> None:
    table, asked = Strings.of(keys), Strings.of([*queries, *keys])
    slots = np.empty(index_size(len(table)), np.int64)
    assert build_index(table.data, table.offsets, slots, key) == (-1, -1)
    rows = np.empty(len(asked), np.int64)
    look_up(table.data, table.offsets, slots, key, asked.data, asked.offsets, rows)
    expected = reference.look_up(table.data, table.offsets, asked.data, asked.offsets)
    np.testing.assert_array_equal(rows, expected)


def test_a_string_that_occurs_twice_is_named_by_its_rows() -> None:
    table = Strings.of(["x", "same", "y", "same"])
    assert build_index(table.data, table.offsets, np.empty(16, np.int64), ONE) == (1, 3)


def test_the_index_is_at_most_half_full() -> None:
    for n in (0, 1, 8, 9, 1000, 2**20):
        size = index_size(n)
        assert size >= 2 * n
        assert size & (size - 1) == 0


def longest_run(taken: NDArray[np.bool_]) -> int:
    """How many slots in a row are taken: what a look-up goes through at worst."""
    free = np.flatnonzero(~taken)
    return int(np.diff(free, prepend=-1).max()) - 1


def fnv(strings: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """FNV-1a of each row of bytes, mixed once more: a good hash, but one that everybody can compute."""
    h = np.full(len(strings), 0xCBF29CE484222325, np.uint64)
    for column in strings.T:
        h = (h ^ column) * np.uint64(0x100000001B3)
    h = (h ^ (h >> np.uint64(32))) * np.uint64(0x9E3779B97F4A7C15)
    return h ^ (h >> np.uint64(29))


def test_strings_made_to_fall_into_one_slot_of_a_known_hash_do_not() -> None:
    digits = np.arange(10**6)[:, None] // 10 ** np.arange(6) % 10
    strings = digits.astype(np.uint8) + np.uint8(ord("0"))
    chosen = strings[fnv(strings) % np.uint64(1024) == 0]
    assert len(chosen) >= 512
    table = Strings.of(row.tobytes().decode() for row in chosen[:512])
    assert table.index().size == 1024
    assert longest_run(table.index() >= 0) < 256


@given(hash_keys, st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_no_eight_bytes_undo_a_difference_in_the_top_bit(
    key: NDArray[np.uint64], first: int, second: int
) -> None:
    """As they would, under every key, after one multiplication and x ^ x >> 32."""
    eights = np.array([first, second, first ^ 1 << 63, second ^ (1 << 63 | 1 << 31)], "<u8")
    data = eights.view(np.uint8)
    assert hash_bytes(data, 0, 16, key) != hash_bytes(data, 16, 32, key)
