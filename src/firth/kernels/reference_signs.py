"""What `firth.kernels.signs` computes, in plain Python."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from firth.kernels.signs import CLOSES, OPENS, SIGN, STOP, WORD

__all__ = ["part_signs"]

_PIECE = re.compile(rb"[^\t-\r\x1c-\x1f ]+")


def part_signs(text: bytes, code: NDArray[np.uint8], kind: NDArray[np.uint8]) -> list[bytes]:
    """The tokens and newlines of the text that `firth.kernels.signs.part_signs` writes, in order."""
    found = []
    for line in text.split(b"\n"):
        for piece in _PIECE.findall(line):
            found += _parted(piece, kind)
        found.append(b"\n")
    return [bytes(code[list(token)].tolist()) for token in found[:-1]]


def _parted(piece: bytes, kind: NDArray[np.uint8]) -> list[bytes]:
    core = piece
    opening: list[bytes] = []
    closing: list[bytes] = []
    while core:
        bits = int(kind[core[-1]])
        before = [bool(kind[byte] & WORD) for byte in core[-3:-1]]
        may_stop = before == [True, True] or (before[-1:] == [False] and core[-2] < 128)
        if not (bits & CLOSES or (bits & STOP and may_stop)):
            break
        core, closing = core[:-1], [core[-1:], *closing]
    while core and kind[core[0]] & OPENS and (len(core) == 1 or core[1] < 128):
        core, opening = core[1:], [*opening, core[:1]]
    if not all(kind[byte] & (WORD | SIGN) for byte in core):
        return [*opening, core, *closing]
    parts: list[bytes] = []
    for i, byte in enumerate(core):
        if kind[byte] & SIGN or i == 0 or kind[core[i - 1]] & SIGN:
            parts.append(bytes([byte]))
        else:
            parts[-1] += bytes([byte])
    return [*opening, *parts, *closing]
