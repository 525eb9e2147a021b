"""The values of a column as 64-bit hashes that are alike in every process and on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.data.factors import spell, string_buffers
from firth.extras import require
from firth.kernels.categories import hash_strings

__all__ = ["hashed", "key_of"]

_ODD = 0xD6E8FEB86659FD93  # the second number of every key
_ABSENT = 0x9FB21C651E98DF25  # what the hash of a missing value differs by from that of ""


def key_of(name: str, seed: int) -> NDArray[np.uint64]:
    """The key of the hash function of a column of this name: uint64, (2,)."""
    data = np.frombuffer(name.encode(), np.uint8)
    found = np.empty(1, np.uint64)
    hash_strings(data, np.array([0, data.size]), np.array([seed, _ODD], np.uint64), found)
    return np.array([found[0], _ODD], np.uint64)


def hashed(column: Column, key: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The hash of the spelling of each value and in which rows there is none: uint64, (n,), and bool, (n,).

    A missing value has a hash too, which is that of no string.
    """
    pa = require("pyarrow", extra="table")
    values, missing = column.values, column.missing
    found = np.empty(len(column), np.uint64)
    begin = 0
    for chunk in values.chunks:
        part = found[begin : begin + len(chunk)]
        if pa.types.is_dictionary(chunk.type):
            each = _hash_array(chunk.dictionary, key)
            codes = chunk.indices.fill_null(0).to_numpy(zero_copy_only=False)
            part[:] = each[codes] if each.size else 0
        else:
            part[:] = _hash_array(chunk, key)
        begin += len(chunk)
    if missing.any():
        nothing = np.empty(1, np.uint64)
        hash_strings(np.empty(0, np.uint8), np.zeros(2, np.int64), key, nothing)
        found[missing] = nothing[0] ^ np.uint64(_ABSENT)
    return found, missing


def _hash_array(values: Any, key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hash of each string of an Arrow array; those of nulls are of no use."""
    data, offsets = string_buffers(spell(values))
    found = np.empty(len(values), np.uint64)
    hash_strings(data, offsets, key, found)
    return found
