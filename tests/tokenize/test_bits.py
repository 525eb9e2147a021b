"""Bit strings: the way back gives the same value with the same length."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from firth.errors import DataError, MemoryBudgetError, OptionError
from firth.tokenize import bit_sequences, bits, unbits


@given(st.binary() | st.text("01") | st.integers(0, 2**200))
def test_bytes_strings_and_numbers_come_back(value: Any):
    found = bits(value)
    assert set(found.values.tolist()) <= {0, 1} and found.values.dtype == np.uint8
    assert unbits(found) == value and type(unbits(found)) is type(value)


@given(
    st.sampled_from(["?", "u1", "<u2", ">u4", "u8"]).flatmap(lambda k: arrays(k, array_shapes(min_side=0)))
)
def test_arrays_come_back(value: np.ndarray[Any, Any]):
    back = unbits(bits(value))
    assert back.shape == value.shape and back.dtype == value.dtype
    np.testing.assert_array_equal(back, value)


@given(st.integers(0, 2**70), st.integers(0, 20))
def test_numbers_are_filled_up_at_the_front(number: int, more: int):
    length = max(1, number.bit_length()) + more
    found = bits(number, length=length)
    assert str(found) == f"{number:0{length}b}" and unbits(found) == number


def test_the_most_significant_bit_comes_first():
    assert str(bits(b"\x80\x01")) == "1000000000000001"
    assert str(bits(np.array([1], np.uint16))) == "0000000000000001"
    assert repr(bits("0" * 40)) == f"Bits({'0' * 29}…, 40 of str)"


def test_sequences_of_bits_and_of_groups_of_them():
    one = bit_sequences([b"\x0f", "01"], ids=["a", "b"])
    keys = list(one.vocabulary.keys)
    assert ["".join(keys[t] for t in row) for row in one] == ["00001111", "01"]
    assert list(one.ids or ()) == ["a", "b"]
    four = bit_sequences([b"\xf0\xff", bits(b"")], width=4)
    keys = list(four.vocabulary.keys)
    assert [[keys[t] for t in row] for row in four] == [["1111", "0000", "1111", "1111"], []]
    assert keys == ["1111", "0000"]


@pytest.mark.parametrize(
    ("value", "length", "message"),
    [
        ("0120", None, "a string of bits holds 0 and 1; place 2 holds '2'"),
        (-5, None, "-5 is negative, and its bits depend on a convention"),
        (256, 8, "256 needs 9 bits, more than length=8"),
        (np.array([1.5]), None, "arrays of booleans or unsigned whole numbers, not of float64"),
        (np.array([1]), None, "not of int64"),
        (True, None, "not of bool"),
        (None, None, "not of NoneType"),
        ("01", 8, "length goes with a whole number; str has a length of its own"),
    ],
)
def test_what_has_no_bits_is_refused(value: Any, length: int | None, message: str):
    with pytest.raises(DataError, match=message):
        bits(value, length=length)


def test_numbers_too_long_to_be_written_out_are_refused_too():
    with pytest.raises(DataError, match="a number of 16,610 bits is negative"):
        bits(-(10**5000))
    with pytest.raises(DataError, match="a number of 16,610 bits needs 16,610 bits, more than length=3"):
        bits(10**5000, length=3)


@pytest.mark.parametrize("value", [b"Firth", "0110", bytearray(b"x"), 5, None, bits(5), np.array(5, "u1")])
def test_one_value_alone_is_no_list_of_values(value: Any):
    with pytest.raises(
        DataError, match=rf"values are a list, .* not {type(value).__name__}; write \[value\]"
    ):
        bit_sequences(value)


def test_more_bits_than_memory_holds_are_refused():
    with pytest.raises(MemoryBudgetError, match=r"a string of 1,099,511,627,776 bits needs about .* MB"):
        bits(5, length=2**40)


def test_bits_that_fit_no_value_are_refused():
    whole = bits(b"ab")
    with pytest.raises(DataError, match="15 bits are not whole bytes"):
        unbits(replace(whole, values=whole.values[1:]))
    with pytest.raises(DataError, match="place 1 holds 8"):
        unbits(replace(whole, values=whole.values + 7))
    array = bits(np.zeros((2, 2), np.uint8))
    with pytest.raises(DataError, match=r"31 bits do not fill an array of \(2, 2\) uint8: 32 do"):
        unbits(replace(array, values=array.values[1:]))
    with pytest.raises(DataError, match="the 3 bits of value 1 do not divide into tokens of width=2"):
        bit_sequences(["01", "011"], width=2)
    with pytest.raises(DataError, match="the Bits that bits returned, not str"):
        unbits("0101")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no token is left"):
        bit_sequences([])
    with pytest.raises(OptionError, match="width is a whole number from 1 to 24, not 25"):
        bit_sequences(["01"], width=25)
