"""Classes of characters, as the text that stands between the brackets of a regular expression.

Python's `re` knows letters, digits and white space, but not marks, scripts or emoji. What `unicodedata` says
is taken from there, so it is of the same version of Unicode as the rest of Python; a class is made on first
use, in some 20 ms. What `unicodedata` does not say is written down here: pictographs (emoji-data.txt), and
the scripts that are written without spaces.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import chain

__all__ = [
    "HAN",
    "JOINERS",
    "KANA",
    "PICTOGRAPHS",
    "REGIONAL",
    "TAGS",
    "TONES",
    "between",
    "followers",
    "marks",
]

HAN = (
    r"\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
KANA = r"\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001b000-\U0001b16f"

JOINERS = r"\u00ad\u200c\u200d\u2060"
"""Soft hyphen, zero-width non-joiner and joiner, word joiner: unseen, and words go on across them."""

REGIONAL = r"\U0001f1e6-\U0001f1ff"
TONES = r"\U0001f3fb-\U0001f3ff"
TAGS = r"\U000e0020-\U000e007f"

PICTOGRAPHS = (  # Extended_Pictographic of emoji-data.txt, Unicode 15
    r"\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf\u23e9-\u23f3"
    r"\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612\u2614-\u2685\u2690-\u2705"
    r"\u2708-\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757"
    r"\u2763-\u2767\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d"
    r"\u3297\u3299\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f\U0001f16c-\U0001f171\U0001f17e\U0001f17f"
    r"\U0001f18e\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f\U0001f21a\U0001f22f"
    r"\U0001f232-\U0001f23a\U0001f23c-\U0001f23f\U0001f249-\U0001f3fa\U0001f400-\U0001f53d\U0001f546-\U0001f64f"
    r"\U0001f680-\U0001f6ff\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff\U0001f80c-\U0001f80f\U0001f848-\U0001f84f"
    r"\U0001f85a-\U0001f85f\U0001f888-\U0001f88f\U0001f8ae-\U0001f8ff\U0001f90c-\U0001f93a\U0001f93c-\U0001f945"
    r"\U0001f947-\U0001faff\U0001fc00-\U0001fffd"
)


def assigned() -> Iterable[int]:
    """The code points among which marks and compositions lie; what is left out is ideographs and nothing."""
    return chain(range(0x20000), range(0xE0000, 0xE0200))


@cache
def marks(*categories: str) -> str:
    """The class of the characters of these general categories, such as "Mn", nonspacing marks."""
    return between(code for code in assigned() if unicodedata.category(chr(code)) in categories)


@cache
def followers() -> str:
    """The class of the characters that normalisation may change together with what stands before them.

    These are, when decomposed, marks that have a place in the canonical order, and the second parts of
    compositions: some vowel signs, and the vowels and final consonants of Hangul. In front of any other
    character a text can be cut, and its parts normalised one by one (UAX #15, section 9, from the other
    side).
    """
    seconds = set(map(chr, chain(range(0x1161, 0x1176), range(0x11A8, 0x11C3))))
    for code in assigned():
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            seconds.add(chr(int(parts[1], 16)))
    firsts = ((code, unicodedata.normalize("NFKD", chr(code))[0]) for code in assigned())
    return between(code for code, first in firsts if unicodedata.combining(first) or first in seconds)


def between(codes: Iterable[int]) -> str:
    """Rising code points as ranges."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
