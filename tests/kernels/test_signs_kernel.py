"""Signs parted from words: the kernel beside its twin in plain Python."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels.reference_signs import part_signs as reference
from firth.kernels.signs import CLOSES, OPENS, SIGN, STOP, WORD, part_signs

LOWER = np.array([ord(chr(i).lower()) if i < 128 else i for i in range(256)], np.uint8)


def kinds() -> np.ndarray:
    kind = np.zeros(256, np.uint8)
    kind[list(b"abcABC019_")] = WORD
    kind[list(b"-/$")] = SIGN
    kind[list(b'("')] = SIGN | OPENS
    kind[list(b")!")] = SIGN | CLOSES
    kind[list(b",")] = CLOSES
    kind[list(b".")] = STOP
    return kind


def tokens(text: bytes, kind: np.ndarray) -> list[bytes]:
    """What a reader finds in what the kernel writes."""
    out = np.full(2 * len(text), 33, np.uint8)
    size = part_signs(np.frombuffer(text, np.uint8), LOWER, kind, out)
    return re.findall(rb"\n|[^\t-\r\x1c-\x1f ]+", out[:size].tobytes())


@given(st.lists(st.sampled_from([*b"abC01_-/$(\")!,.'@ \n\t\x1c\x00\xc3\xa9"]), max_size=60))
def test_as_the_reference(text: list[int]) -> None:
    assert tokens(bytes(text), kinds()) == reference(bytes(text), LOWER, kinds())


BITS = np.array([0, WORD, SIGN, SIGN | OPENS, SIGN | CLOSES, SIGN | OPENS | CLOSES, CLOSES, STOP], np.uint8)


@given(st.binary(max_size=60), st.binary(min_size=256, max_size=256))
def test_any_bytes_and_any_kinds(text: bytes, kind: bytes) -> None:
    bits = BITS[np.frombuffer(kind, np.uint8) % BITS.size]
    assert tokens(text, bits) == reference(text, LOWER, bits)


def test_what_is_parted() -> None:
    found = tokens(b"(Ab-c), a.b. abc. a. $9 (\xc3\xa9) it's!", kinds())
    assert [token.decode() for token in found] == (
        ["(", "ab", "-", "c", ")", ",", "a.b.", "abc", ".", "a.", "$", "9", "(é", ")", "it's", "!"]
    )
