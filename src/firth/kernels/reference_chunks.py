"""Twins of the kernels of chunks: slow, short, and the place to read what a chunk is."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

__all__ = ["chunks", "expand"]

# All that Unicode calls white space, control characters, and what once was white space.
_CUT = re.compile("(?<=[^\x00-\x20\x85\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff])(?= )")


def chunks(line: str) -> list[str]:
    """The chunks of a line, which joined are the line; an empty line has none."""
    return [chunk for chunk in _CUT.split(line) if chunk]


def expand(ids: list[int], pieces: list[list[int]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The pieces of the chunks, -1 ending a line, and how many each line has."""
    lines: list[list[int]] = [[]]
    for i in ids:
        if i < 0:
            lines.append([])
        else:
            lines[-1] += pieces[i]
    flat = [piece for line in lines for piece in line]
    return np.array(flat, np.int32), np.array([len(line) for line in lines[:-1]], np.int64)
