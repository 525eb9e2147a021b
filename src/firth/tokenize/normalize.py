"""`TextNormalizer`: different spellings of the same become one, and each character knows where it comes from.

Unicode writes "é" in two ways, "ﬁ" in one character or in two, and lower case can change how long a text is
("İ" has one character, "i̇" two). Offsets into the original survive all that: for each character of the
result its span in the original is kept. A text is cut where no rule of normalisation looks across (see
`firth.tokenize.classes.followers`), and only what changes between two cuts is entered into that account.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.options import check_flag
from firth.tokenize.classes import followers

__all__ = ["AS_IT_IS", "Normalized", "TextNormalizer", "check_normalizer", "check_text"]

_FORMS = (None, "NFC", "NFKC", "NFD", "NFKD")
Step: TypeAlias = Callable[[str], tuple[list[str], list[str]]]
"""Gives the pieces of a text before and after it. Even ones keep length and order, character by character;
odd ones change as a whole."""

_STORM = 32  # as many marks in a row are ordered here: unicodedata takes quadratic time


@dataclass(frozen=True, eq=False)
class Normalized:
    """A text after normalisation.

    Attributes:
        text: the n characters of the result.
        origin: int64, (n, 2): character i comes from original[origin[i, 0]:origin[i, 1]]; None where each
            comes from the one in its own place. Several characters may come from one span, and the spans
            never descend.
        size: how many characters the original has.
    """

    text: str
    origin: NDArray[np.int64] | None
    size: int

    def original(self, spans: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where spans of the result come from in the original; both int64, (m, 2), and none empty."""
        if self.origin is None or not len(spans):
            return spans
        return np.stack([self.origin[spans[:, 0], 0], self.origin[spans[:, 1] - 1, 1]], axis=1)


@dataclass(frozen=True, kw_only=True)
class TextNormalizer:
    """Steps that make different spellings of a text one, in this order: form, lower case, accents.

    >>> TextNormalizer(form="NFKC", lowercase=True, accents="strip").apply("Ångström ﬁnds İzmir")
    'angstrom finds izmir'

    Attributes:
        form: a form of Unicode: "NFC" writes "é" as one character, "NFD" as a letter and a mark;
            "NFKC" and "NFKD" also write "ﬁ" as "fi", "①" as "1" and wide letters as usual ones, which loses
            something. None leaves what is there. Lower case can undo a form, so it is made again afterwards.
        lowercase: whether to make letters lower case, as str.lower does.
        accents: "strip" takes off the marks beside, above and below letters (those of the combining classes
            200 to 240): "é" becomes "e", "й" becomes "и". It leaves letters that are no composition ("ø",
            "ł"), the vowel signs of Indic scripts and the voicing marks of Japanese. "keep" leaves all.

    Raises:
        OptionError: a field is none of these.

    Unicode Standard Annex #15, and chapter 3 of the Unicode Standard.
    """

    form: Literal["NFC", "NFKC", "NFD", "NFKD"] | None = None
    lowercase: bool = False
    accents: Literal["keep", "strip"] = "keep"

    def __post_init__(self) -> None:
        if self.form not in _FORMS:
            raise OptionError(f"form is None, 'NFC', 'NFKC', 'NFD' or 'NFKD', not {self.form!r}")
        check_flag("lowercase", self.lowercase)
        if self.accents not in ("keep", "strip"):
            raise OptionError(f"accents is 'keep' or 'strip', not {self.accents!r}")

    @property
    def changes_nothing(self) -> bool:
        """Whether every text is its own normalised form."""
        return self == TextNormalizer()

    def apply(self, text: str) -> str:
        """The normalised text alone, without the account of where it comes from.

        Raises:
            DataError: the text is not a string.
        """
        if check_text(text).isascii():
            return text.lower() if self.lowercase else text
        text = self._formed(text)
        if self.lowercase:
            text = self._formed(text.lower())
        if self.accents == "strip":
            text = "".join(_changed(text, self._stripped)[1])
        return text

    def normalize(self, text: str) -> Normalized:
        """The normalised text, and where each of its characters comes from; linear in the length.

        >>> TextNormalizer(form="NFC").normalize("cafe\u0301!").origin.tolist()
        [[0, 1], [1, 2], [2, 3], [3, 5], [5, 6]]

        Raises:
            DataError: the text is not a string.
        """
        after, origin = self.apply(text), None
        if after == text or text.isascii():
            return Normalized(after, None, len(text))
        before = text
        for step in self._steps():
            old, new = step(before)
            if old != new:
                origin = _traced(origin, _origin(old, new))
                before = "".join(new)
        return Normalized(before, None if _is_in_place(origin, len(text)) else origin, len(text))

    def _steps(self) -> list[Step]:
        form: list[Step] = [partial(_changed, change=self._formed)] if self.form else []
        lower: list[Step] = [_lowered, *form] if self.lowercase else []
        strip: list[Step] = [partial(_changed, change=self._stripped)] if self.accents == "strip" else []
        return [*form, *lower, *strip]

    def _formed(self, text: str) -> str:
        return text if self.form is None else unicodedata.normalize(self.form, _calmed(text))

    def _stripped(self, text: str) -> str:
        """A piece without accents; composed again, unless its form is a decomposed one."""
        apart = unicodedata.normalize("NFD", _calmed(text))
        bare = "".join(c for c in apart if not 200 <= unicodedata.combining(c) <= 240)
        if bare == apart:
            return text
        return bare if self.form in ("NFD", "NFKD") else unicodedata.normalize("NFC", bare)


def check_normalizer(normalizer: object) -> None:
    """Raises OptionError unless it is a `TextNormalizer`."""
    if not isinstance(normalizer, TextNormalizer):
        raise OptionError(f"normalizer is a firth.tokenize.TextNormalizer, not {normalizer!r}")


AS_IT_IS = TextNormalizer()


def check_text(text: Any) -> str:
    """The text, if it is a string; DataError, naming its type, if not."""
    if isinstance(text, str):
        return text
    way = "decode it first: text.decode('utf-8')" if isinstance(text, (bytes, bytearray)) else "give a str"
    raise DataError(f"a text is a string, not {type(text).__name__}: {way}")


@cache
def _segment() -> re.Pattern[str]:
    """A piece that normalisation may change: what is not ASCII, with the marks that follow it.

    White space takes no mark: nothing composes with it, and so a span never reaches from a word into the
    space before it.
    """
    f = followers()
    ascii_with_marks = rf"[^\s\x80-\U0010ffff][{f}]+"
    return re.compile(rf"({ascii_with_marks}|[^\s\x00-\x7f{f}][{f}]*|[{f}]+|[^\S\x00-\x7f])")


@cache
def _storm() -> re.Pattern[str]:
    return re.compile(rf"[{followers()}]{{{_STORM},}}")


def _calmed(text: str) -> str:
    """An equivalent text whose long runs of marks are in canonical order, so that unicodedata need not sort.

    It sorts by insertion: a letter with a million marks takes it hours.
    """
    if len(text) <= _STORM or text.isascii():
        return text
    return _storm().sub(lambda run: _ordered(run.group()), text)


def _ordered(marks: str) -> str:
    apart = [c for mark in marks for c in unicodedata.normalize("NFD", mark)]
    classes = np.array([unicodedata.combining(c) for c in apart])
    runs = np.cumsum(classes == 0)  # a mark never moves across a character of class 0
    return "".join([apart[i] for i in np.lexsort((classes, runs)).tolist()])


def _changed(text: str, change: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """The pieces of a text before and after `change`, which is called once for each different segment."""
    before = _segment().split(text)
    table = {segment: change(segment) for segment in set(before[1::2])}
    after = before.copy()
    after[1::2] = [table[segment] for segment in before[1::2]]
    return before, after


def _lowered(text: str) -> tuple[list[str], list[str]]:
    """The pieces of a text before and after it is made lower case."""
    lower = text.lower()
    if len(lower) == len(text):
        return [text], [lower]
    parts = re.split("(İ)", text)  # the one letter that grows, to two characters
    places = np.cumsum([0, *(len(part) + (i & 1) for i, part in enumerate(parts))]).tolist()
    return parts, [lower[start:stop] for start, stop in itertools.pairwise(places)]


def _origin(before: list[str], after: list[str]) -> NDArray[np.int64]:
    """Where each character of the pieces `after` comes from in the pieces `before`: int64, (n, 2)."""
    whole = np.array([i & 1 == 1 and a != b for i, (a, b) in enumerate(zip(before, after, strict=True))])
    old = np.fromiter(map(len, before), np.int64, len(before))
    new = np.fromiter(map(len, after), np.int64, len(after))
    stops, new_stops = np.cumsum(old), np.cumsum(new)
    owner = np.repeat(np.arange(new.size), new)
    starts = (stops - old)[owner]
    within = np.arange(owner.size) - (new_stops - new)[owner]
    first = np.where(whole[owner], starts, starts + within)
    last = np.where(whole[owner], stops[owner], first + 1)
    return np.stack([first, last], axis=1)


def _is_in_place(origin: NDArray[np.int64] | None, size: int) -> bool:
    """Whether each character comes from the one in its own place."""
    places = np.arange(size)
    return origin is not None and np.array_equal(origin, np.stack([places, places + 1], axis=1))


def _traced(first: NDArray[np.int64] | None, second: NDArray[np.int64]) -> NDArray[np.int64]:
    """The origin of the characters after two steps."""
    if first is None or not len(second):
        return second
    return np.stack([first[second[:, 0], 0], first[second[:, 1] - 1, 1]], axis=1)
