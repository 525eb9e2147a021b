"""Tokens back as text."""

from __future__ import annotations

from firth.kernels.jit import kernel

__all__ = ["spell_lines"]

_SPACE, _NEWLINE = 32, 10


@kernel
def spell_lines(data, bounds, tokens, offsets, out):
    """Write the strings of the tokens to `out`: a space between two of them, a newline after each sequence.

    String t is data[bounds[t]:bounds[t + 1]] (uint8, int64); sequence i is tokens[offsets[i]:offsets[i + 1]]
    (int32, int64). `out` (uint8) has room for every string and one byte after each, and for the newline of
    each empty sequence.
    """
    n = 0
    for i in range(offsets.size - 1):
        for j in range(offsets[i], offsets[i + 1]):
            for k in range(bounds[tokens[j]], bounds[tokens[j] + 1]):
                out[n] = data[k]
                n += 1
            out[n] = _SPACE
            n += 1
        if offsets[i + 1] > offsets[i]:
            n -= 1  # the newline takes the place of the last space
        out[n] = _NEWLINE
        n += 1
