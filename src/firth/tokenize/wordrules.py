"""The rules of `firth.tokenize.RuleTokenizer`: what is a word, a number, a sign, an address, an emoji.

The rules follow the default word boundaries of Unicode (UAX #29, section 4) with what text on the web adds:
addresses, e-mail, emoji, abbreviations. They look at characters alone and know no language; none of them
looks across white space. In order, the first that fits:

    address        https://firth.dev/a?b, www.firth.dev, without the full stop or bracket that ends a sentence
    e-mail         john.rupert@firth.dev
    emoji          a flag, a keycap, pictographs with tones and joiners: 👩🏽‍🚀 is one token
    abbreviation   two or more single letters with full stops: U.S., e.g.
    ideograph      each Han character is a token
    kana           a run of Japanese syllables
    word, number   a run of letters, digits and underscores with their marks; an apostrophe between letters
                   and a point or comma between digits do not end it: don't, l’eau, 3.14, 1,000, 10km, 1990s
    sign           any other character, with the marks on it; nothing is left out

So a hyphen is a token of its own. Thai, Lao, Khmer and Burmese, which put no space between words, come as one
token a run, since finding their words takes a dictionary.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

from firth.tokenize.classes import HAN, JOINERS, KANA, marks
from firth.tokenize.graphemes import emoji

__all__ = ["byte_kinds", "word_rules"]

# No rule goes back over more than the 64 characters that an e-mail address may have before its "@" (RFC
# 5321), or the signs at the end of an address, so that time is linear: "++" and "*+" give nothing back.

_SIGNS_AT_END = r".,;:!?'\"’”»)\]}…"
_ADDRESS = rf"(?i:https?://|ftp://|www\.)[^\s<>\"]*[^\s<>{_SIGNS_AT_END}]"
_EMAIL = r"[\w.+%-]{1,64}+@(?:[\w-]{1,63}\.){1,8}\w{2,63}"
_ABBREVIATION = r"(?:[^\W\d_]\.){2,64}+"
_PLAIN = r"[A-Za-z]++(?![^\s,;!?)\"])"  # no other rule could take these for more than a word: a short cut
_CLITIC = r"['’](?i:s|re|ve|ll|d|m)(?!\w)"
_NOT = r"(?i:n['’]t)(?!\w)"


@cache
def word_rules(contractions: str, *, space: str = "") -> re.Pattern[str]:
    """The rules in one expression.

    Args:
        contractions: "keep" or "split", see `firth.tokenize.RuleTokenizer`.
        space: a pattern of white space that is a token too, such as "\\s+".
    """
    mark = f"[{marks('Mn', 'Mc', 'Me')}{JOINERS}]"
    letters = rf"(?:[^\W{HAN}{KANA}]++{mark}*+)"
    behind_letter, before_letter = rf"(?:(?<=[^\W\d_])|(?<={mark}))", r"(?=[^\W\d_])"
    apostrophe = rf"{behind_letter}['’]{before_letter}"
    english = []
    if contractions == "split":
        apostrophe = rf"(?!{_CLITIC}){apostrophe}"
        english = [_NOT, _CLITIC, rf"[^\W\d_{HAN}{KANA}]+?(?={_NOT})"]  # no more than a word would take
    rules = [
        *([space] if space else []),
        _PLAIN,
        _ADDRESS,
        _EMAIL,
        emoji(),
        _ABBREVIATION,
        rf"[{HAN}]{mark}*+",
        rf"(?:[{KANA}]++{mark}*+)++",
        *english,
        rf"{letters}++(?:(?:{apostrophe}|(?<=\d)[.,](?=\d)){letters}++)*+",
        rf"\S{mark}*+",
    ]
    return re.compile("|".join(rules))


@cache
def byte_kinds() -> NDArray[np.uint8]:
    """What the rules come to for pieces of ASCII, and for the signs around any piece.

    Full stop, comma, apostrophe, "@" and ":" can be within a token; what may begin an e-mail address does not
    open a piece, and what may end an address on the web does not close one.
    """
    from firth.kernels.signs import CLOSES, OPENS, SIGN, STOP, WORD

    kinds = np.zeros(256, np.uint8)
    for byte in range(128):
        character = chr(byte)
        if re.match(r"\w", character):
            kinds[byte] = WORD
        elif not character.isspace() and character not in ".,'@:":
            kinds[byte] = SIGN if character in "+%-" else SIGN | OPENS
    kinds[list(b",;:!?)]}\"'")] |= CLOSES
    kinds[ord(".")] = STOP
    return kinds
