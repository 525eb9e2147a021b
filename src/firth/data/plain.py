"""`PlainBytes`: what of lower case and of the tokenizer "words" is settled byte by byte, before any look-up.

Most text is ASCII, and in ASCII each byte is a character that is respelt whatever stands beside it: a capital
becomes a small letter, a sign that separates words becomes a space. Done first, it spares the table of raw
tokens the capitals and the commas, which make up half of it. What is left, all beyond ASCII, is respelt token
by token (see `firth.data.spelling`), with the same result.

One rule of Unicode looks at neighbours: the capital sigma has two small forms, and which it takes depends on
letters that may stand beyond a full stop or an apostrophe (the Unicode Standard, section 3.13, Final_Sigma).
A block of text with a sigma is therefore left as it is for the second step where both steps are due.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.tokenizers import PieceSplitter

__all__ = ["PlainBytes"]

_SIGMA = re.compile("Σ".encode())
_SPACE, _NEWLINE = ord(" "), ord("\n")


@dataclass(frozen=True, kw_only=True)
class PlainBytes:
    """What each byte of a text may be taken for, whatever stands beside it.

    Attributes:
        code: uint8, (256,); bytes from 128 on are themselves.
        minds_sigma: whether this would be wrong for a text with a capital sigma.
        kind: uint8, (256,): which signs are parted from words, see `firth.kernels.signs`; None for none.
    """

    code: NDArray[np.uint8]
    minds_sigma: bool
    kind: NDArray[np.uint8] | None = None

    @classmethod
    def of(cls, *, lowercase: bool, tokenizer: Any) -> PlainBytes | None:
        """The bytes that these options of `firth.read_text` settle; None where they settle none."""
        if callable(tokenizer) or (tokenizer is None and not lowercase):
            return None
        code = np.arange(256, dtype=np.uint8)
        for byte in range(128):
            if tokenizer == "words" and byte != _NEWLINE and not re.match(r"\w", chr(byte)):
                code[byte] = _SPACE
            elif lowercase:
                code[byte] = ord(chr(byte).lower())
        return cls(code=code, minds_sigma=lowercase and tokenizer == "words")

    @classmethod
    def for_pieces(cls, splitter: PieceSplitter) -> PlainBytes:
        """The bytes that a tokenizer of pieces settles. Signs part only at the ends of a piece or in pieces
        of ASCII alone, so that a sigma sees the same letters as before."""
        code = np.arange(256, dtype=np.uint8)
        if splitter.lowers:
            code[:128] = [ord(chr(byte).lower()) for byte in range(128)]
        return cls(code=code, minds_sigma=False, kind=splitter.kinds)

    def code_for(self, block: memoryview) -> NDArray[np.uint8] | None:
        """The code for a block of text; None if it is to be left as it is."""
        return None if self.minds_sigma and _SIGMA.search(block) else self.code
