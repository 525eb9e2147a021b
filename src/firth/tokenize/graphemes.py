"""What a reader takes for one character: extended grapheme clusters, by Unicode Standard Annex #29.

"é" written with a mark, a flag, a family of four joined into one emoji, a syllable of Hangul, "\\r\\n": each
is one cluster. The rules GB1 to GB13 are here as one regular expression, which never goes back over what it
has read. Rule GB9c, which since Unicode 15.1 keeps conjuncts of Indic consonants together, is not: such a
conjunct is cut after its virama, as it was before.
"""

from __future__ import annotations

import re
from functools import cache

from firth.tokenize.classes import PICTOGRAPHS, REGIONAL, TAGS, TONES, between, marks

__all__ = ["emoji", "graphemes"]

# Grapheme_Cluster_Break=Extend beyond the marks Mn and Me, and SpacingMark beyond and without some of Mc.
# Both stay with what is before them, so that only the characters that are in neither matter.
_EXTEND = rf"\u200c{TONES}{TAGS}\uff9e\uff9f"
_SPACING = r"\u0e33\u0eb3"
_NOT_SPACING = (
    r"\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c\u1a61\u1a63\u1a64"
    r"\uaa7b\uaa7d\U00011720\U00011721"
)
_PREPEND = (
    r"\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3\U0001193f"
    r"\U00011941\U00011a3a\U00011a84-\U00011a89\U00011d46\U00011f02"
)
_ZWJ = r"\u200d"
_SHOWN = rf"{_PREPEND}{_ZWJ}\u200c{TAGS}\U000e0100-\U000e01ef"  # control characters by category that are none
_L, _V, _T = r"\u1100-\u115f\ua960-\ua97c", r"\u1160-\u11a7\ud7b0-\ud7c6", r"\u11a8-\u11ff\ud7cb-\ud7fb"
_LV = between(range(0xAC00, 0xD7A4, 28))


@cache
def emoji() -> str:
    """The pattern of one emoji: a flag, a keycap, or joined pictographs, each with what alters it."""
    extend = f"[{marks('Mn', 'Me')}{_EXTEND}]"
    return (
        rf"[{REGIONAL}]{{2}}"
        rf"|[0-9#*]\ufe0f?\u20e3"
        rf"|[{PICTOGRAPHS}]{extend}*+(?:{_ZWJ}[{PICTOGRAPHS}]{extend}*+)*+"
    )


@cache
def graphemes() -> re.Pattern[str]:
    """The pattern whose matches are the clusters of a text; one after the other they are the text."""
    behind = rf"(?:(?![{_NOT_SPACING}])[{marks('Mn', 'Me', 'Mc')}{_EXTEND}{_SPACING}{_ZWJ}])*+"
    control = rf"(?![{_SHOWN}])[{marks('Cc', 'Cf', 'Cs', 'Zl', 'Zp')}\U000e0000-\U000e0fff]"
    core = (
        rf"[{_L}]*+(?:[{_LV}][{_V}]*+|[\uac00-\ud7a3]|[{_V}]++)[{_T}]*+|[{_L}]++|[{_T}]++"  # Hangul
        rf"|{emoji()}|."
    )
    return re.compile(
        rf"\r\n|{control}|(?:[{_PREPEND}]++(?:(?!{control})(?:{core}))?+|{core}){behind}", re.DOTALL
    )
