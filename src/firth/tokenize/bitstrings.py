"""Bit strings: bytes, whole numbers, strings of 0 and 1, and arrays as bits, and back with their length."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.memory import check_memory
from firth.data.sequences import Sequences
from firth.errors import DataError
from firth.options import check_whole
from firth.tokenize.codes import sequences_over, several

__all__ = ["Bits", "bit_sequences", "bits", "unbits"]

Kind: TypeAlias = Literal["bytes", "int", "str", "array"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Bits:
    """A string of bits, and what it was made of.

    Attributes:
        values: uint8, (n,), each 0 or 1, the most significant bit of each byte or number first.
        kind: "bytes", "int", "str" or "array".
        shape, dtype: of the array, the type with its order of bytes, such as "<u2"; () and "" for the others.
    """

    values: NDArray[np.uint8]
    kind: Kind
    shape: tuple[int, ...] = ()
    dtype: str = ""

    def __len__(self) -> int:
        return self.values.size

    def __str__(self) -> str:
        return (self.values + ord("0")).tobytes().decode("ascii")

    def __repr__(self) -> str:
        shown = str(self) if len(self) <= 32 else f"{str(self)[:29]}…"
        return f"Bits({shown}, {len(self):,} of {self.kind})"


def bits(value: bytes | int | str | NDArray[Any], *, length: int | None = None) -> Bits:
    """The bits of a value.

    Args:
        value: bytes; a whole number from 0 on; a string of 0 and 1; or an array of booleans, one bit each, or
            of unsigned whole numbers, as many bits each as their type has.
        length: how many bits; zeros fill up at the front. None takes as many as the value has; a number has
            as many as it needs, and 0 has one. Goes with numbers only.

    Returns:
        The bits; `unbits` is the way back.

    Raises:
        DataError: a number is negative or needs more bits; a string holds another character; the value is of
            another type.
        MemoryBudgetError: the bits do not fit into memory.

    >>> bits(5, length=8)
    Bits(00000101, 8 of int)
    >>> unbits(bits(b"Firth"))
    b'Firth'
    """
    if length is not None and isinstance(value, (bytes, str, np.ndarray, bool)):
        raise DataError(f"length goes with a whole number; {type(value).__name__} has a length of its own")
    if isinstance(value, bytes):
        return Bits(values=np.unpackbits(np.frombuffer(value, np.uint8)), kind="bytes")
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, np.ndarray):
        return _of_array(value)
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return _of_number(int(value), length)
    raise DataError(f"bits are made of bytes, int, str or an array, not of {type(value).__name__}")


def unbits(bits: Bits) -> Any:
    """The value that the bits were made of: equal, and an array of the same type and shape.

    Raises:
        DataError: they are no `Bits`, or not those of such a value: a number of bits that does not fit it.
    """
    if not isinstance(bits, Bits):
        raise DataError(f"unbits takes the Bits that bits returned, not {type(bits).__name__}")
    if bits.values.size and bits.values.max() > 1:
        raise DataError(f"bits are 0 or 1; place {int(bits.values.argmax())} holds {bits.values.max()}")
    if bits.kind == "str":
        return str(bits)
    if bits.kind == "int":
        return int(str(bits) or "0", 2)
    if bits.kind == "bytes":
        if len(bits) % 8:
            raise DataError(f"{len(bits):,} bits are not whole bytes")
        return np.packbits(bits.values).tobytes()
    plain = np.dtype(bits.dtype)
    if plain.kind == "b":
        _check_count(bits, math.prod(bits.shape))
        return bits.values.astype(np.bool_).reshape(bits.shape)
    _check_count(bits, math.prod(bits.shape) * plain.itemsize * 8)
    packed = np.packbits(bits.values).view(plain.newbyteorder(">"))
    return packed.astype(plain).reshape(bits.shape)


def bit_sequences(values: Iterable[Any], *, width: int = 1, ids: Any = None) -> Sequences:
    """Many bit strings as Sequences: a token is `width` bits, such as "0" and "1", or "0110".

    Args:
        values: `Bits`, or whatever `bits` takes.
        width: bits in a token, 1 to 24.
        ids: unique strings or whole numbers, if the sequences are documents.

    Raises:
        DataError: there is no bit; a value has bits that do not divide into tokens; `values` is one value
            alone; as `bits`.

    >>> made = bit_sequences(["0110", "1111"], width=2)
    >>> made, list(made.vocabulary.keys)
    (Sequences(2 of 4 tokens, 3 different), ['11', '01', '10'])
    """
    width = check_whole("width", width, 1, 24)
    weights = 1 << np.arange(width - 1, -1, -1)
    rows: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for i, value in enumerate(several(values, "values")):
        found = value if isinstance(value, Bits) else bits(value)
        if len(found) % width:
            raise DataError(
                f"the {len(found):,} bits of value {i} do not divide into tokens of width={width}"
            )
        rows.append(found.values.reshape(-1, width) @ weights)
    offsets = np.cumsum([row.size for row in rows], dtype=np.int64)  # the first row is empty: it begins at 0
    different, codes = np.unique(np.concatenate(rows), return_inverse=True)
    return sequences_over(codes, offsets, [f"{code:0{width}b}" for code in different.tolist()], ids=ids)


def _of_text(text: str) -> Bits:
    strange = text.strip("01")
    if strange:
        raise DataError(
            f"a string of bits holds 0 and 1; place {text.index(strange[0])} holds {strange[0]!r}"
        )
    return Bits(values=np.frombuffer(text.encode("ascii"), np.uint8) - ord("0"), kind="str")


def _of_number(number: int, length: int | None) -> Bits:
    needed = max(1, number.bit_length())
    # Python refuses to write out a number of several thousand digits.
    shown = str(number) if needed <= 128 else f"a number of {needed:,} bits"
    if number < 0:
        raise DataError(f"{shown} is negative, and its bits depend on a convention; pass number % 2**length")
    length = needed if length is None else check_whole("length", length, 1, 2**40)
    if length < needed:
        raise DataError(f"{shown} needs {needed:,} bits, more than length={length:,}")
    if length > 1 << 24:  # below, asking takes longer than filling up
        check_memory(length + length // 8, f"a string of {length:,} bits", "Choose a smaller length")
    octets = number.to_bytes(-(-length // 8), "big")
    return Bits(values=np.unpackbits(np.frombuffer(octets, np.uint8))[-length:], kind="int")


def _of_array(array: NDArray[Any]) -> Bits:
    if array.dtype == np.bool_:
        values = array.reshape(-1).astype(np.uint8)
    elif array.dtype.kind == "u":
        big = np.ascontiguousarray(array, array.dtype.newbyteorder(">"))
        values = np.unpackbits(big.reshape(-1).view(np.uint8))
    else:
        raise DataError(
            f"bits are made of arrays of booleans or unsigned whole numbers, not of {array.dtype}: "
            "array.view(np.uint64) shows the bits of other numbers of 64 bits"
        )
    return Bits(values=values, kind="array", shape=array.shape, dtype=array.dtype.str)


def _check_count(bits: Bits, expected: int) -> None:
    if len(bits) != expected:
        raise DataError(
            f"{len(bits):,} bits do not fill an array of {bits.shape} {np.dtype(bits.dtype)}: {expected:,} do"
        )
