"""Text from data made harmless: ids may hold markup, control characters, turned writing, or a whole book.

Whatever comes from a file of vectors goes through here on its way into a page, a picture or a table.
"""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["attribute", "cell", "shortened", "text", "visible", "width_of"]

# Characters that would steer what shows the text instead of being seen: controls, line and paragraph
# separators, the marks that turn the direction of writing, invisible ones, and halves of surrogate pairs.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
# What Markdown reads as markup, and what makes GitHub take http://… and www.… for links.
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&$@!]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
MOST = 48


def visible(value: object) -> str:
    r"""The value as text in which every character is seen: a newline is \n, a control \x1b, a turn \u202e."""
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), str(value))


def shortened(value: object, most: int = MOST) -> str:
    """The value as visible text of at most so many characters, the last of them … if it was cut."""
    seen = visible(value)
    return seen if len(seen) <= most else seen[: most - 1] + "…"


def text(value: object, *, most: int = MOST) -> str:
    """The value for HTML and SVG: visible, cut, and with no character of markup left."""
    return html.escape(shortened(value, most), quote=True)


def attribute(value: object, *, most: int = 400) -> str:
    """The value for an attribute of HTML or SVG, in double quotes."""
    return html.escape(shortened(value, most), quote=True)


def cell(value: object, *, most: int = MOST) -> str:
    """The value for a cell of a table in Markdown: visible, cut, every mark of Markdown taken literally and
    no address made a link.
    """
    return _MARKS.sub(r"\\\1", shortened(value, most))


def width_of(words: str) -> float:
    """About how wide a text is, in units of its font size: half for most letters, one for East Asian ones."""
    return sum(
        0.0
        if unicodedata.combining(letter)
        else 1.0
        if unicodedata.east_asian_width(letter) in "WF"
        else 0.3
        if letter in "iljtfr.,:;'|!I "
        else 0.85
        if letter in "mwMW@%"
        else 0.57
        for letter in words
    )
