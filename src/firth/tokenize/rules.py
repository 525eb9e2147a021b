"""`RuleTokenizer`: words, numbers, signs and what else a reader tells apart, by rules or a pattern of your
own.

The rules are those of `firth.tokenize.wordrules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.options import check_flag
from firth.tokenize.growing import GrowingKeys
from firth.tokenize.normalize import AS_IT_IS, TextNormalizer, check_normalizer
from firth.tokenize.tokens import Tokens, check_texts
from firth.tokenize.wordrules import byte_kinds, word_rules

if TYPE_CHECKING:
    from firth.data.tokenizers import LineEncoder, PieceSplitter

__all__ = ["RuleTokenizer"]

_VISIBLE = re.compile(r"\S+")


@dataclass(frozen=True, kw_only=True)
class RuleTokenizer:
    r"""Cut text into tokens by rules, or by a pattern of your own.

    >>> RuleTokenizer().encode("Don't pay $1,000 (or 3.5%)!").texts
    ["Don't", 'pay', '$', '1,000', '(', 'or', '3.5', '%', ')', '!']
    >>> RuleTokenizer(contractions="split", normalizer=TextNormalizer(lowercase=True)).encode("Don't!").texts
    ['do', "n't", '!']

    Attributes:
        pattern: None takes the rules; a regular expression of Python's `re` takes its matches for tokens. It
            may not match the empty text, and one that goes back and forth for ever ("(a+)+b") does so here
            too.
        normalizer: what is done to the text first.
        keep_space: whether white space is a token too, a run at a time, and whatever else lies between the
            matches of a pattern. Without a normalizer "".join(tokens) is then the text.
        contractions: "split" cuts English ones as the Penn Treebank does: do + n't, she + 'll. "keep" makes
            them one token. Of no concern to a pattern of your own.

    Raises:
        OptionError: the pattern is no regular expression or matches the empty text, or a field is of a wrong
            type.
    """

    pattern: str | None = None
    normalizer: TextNormalizer = AS_IT_IS
    keep_space: bool = False
    contractions: Literal["keep", "split"] = "keep"

    def __post_init__(self) -> None:
        check_normalizer(self.normalizer)
        check_flag("keep_space", self.keep_space)
        if self.contractions not in ("keep", "split"):
            raise OptionError(f"contractions is 'keep' or 'split', not {self.contractions!r}")
        if self.pattern is not None:
            _check_pattern(self.pattern)

    @property
    def is_lossless(self) -> bool:
        """Whether decode(encode(text)) is the text: where white space stays and nothing is normalised."""
        return self.keep_space and self.normalizer.changes_nothing

    def normalized(self, text: str) -> str:
        """What decode(encode(text)) gives.

        With `keep_space` that is the normalised text. By the rules it is the normalised text with a single
        space for the white space between its words, and none at its ends; with a pattern, its matches
        likewise. White space that a form makes of something else ("´" becomes a space and a mark in "NFKC")
        is left out.
        """
        if self.keep_space:
            return self.normalizer.apply(text)
        if self.pattern is not None:
            return self.decode(self.encode(text))
        normal = self.normalizer.normalize(text)
        words = np.array([match.span() for match in _VISIBLE.finditer(normal.text)], np.int64).reshape(-1, 2)
        return self.decode(Tokens(_slices(normal.text, words), normal.original(words)))

    def encode(self, text: str) -> Tokens:
        """Cut a text into tokens; they have no ids.

        Raises:
            DataError: the text is not a string, or the pattern matches the empty text somewhere in it.
        """
        normal = self.normalizer.normalize(text)
        spans = self._spans(normal.text)
        return Tokens(_slices(normal.text, spans), normal.original(spans))

    def encode_batch(self, texts: Iterable[str]) -> list[Tokens]:
        """Cut several texts into tokens."""
        return [self.encode(text) for text in check_texts(texts)]

    def decode(self, tokens: Tokens) -> str:
        """The tokens as a text, with a space between two that do not touch, unless white space is a token.

        Raises:
            DataError: these are no `Tokens`.
        """
        if not isinstance(tokens, Tokens):
            raise DataError(f"decode takes the Tokens that encode returned, not {type(tokens).__name__}")
        if self.keep_space or len(tokens) < 2:
            return "".join(tokens.texts)
        apart = tokens.spans[1:, 0] > tokens.spans[:-1, 1]
        rest = (" " * gap + token for gap, token in zip(apart.tolist(), tokens.texts[1:], strict=True))
        return tokens.texts[0] + "".join(rest)

    def for_reading(self) -> PieceSplitter | LineEncoder:
        """What `firth.read_text` reads with: the rules split each different piece between white space once;
        with a pattern of your own, or white space as tokens, each line is cut."""
        if self.pattern is None and not self.keep_space:
            return RulePieces(self)
        return PatternLines(self)

    @property
    def recipe(self) -> dict[str, Any] | None:
        """What a model keeps of it, see `firth.data.tokenizers`; None with a pattern of your own, since a
        file could bring one that takes for ever."""
        if self.pattern is not None or type(self) is not RuleTokenizer:
            return None
        return {"class": "RuleTokenizer", **asdict(self)}

    @property
    def expression(self) -> re.Pattern[str]:
        """The compiled pattern."""
        if self.pattern is not None:
            return re.compile(self.pattern)
        return word_rules(self.contractions, space=r"\s+" if self.keep_space else "")

    def _spans(self, text: str) -> NDArray[np.int64]:
        """Where the tokens of a normalised text are: int64, (n, 2)."""
        found = np.array([match.span() for match in self.expression.finditer(text)], np.int64).reshape(-1, 2)
        if self.pattern is not None:
            _refuse_empty(found, self.pattern)
        if self.pattern is None or not self.keep_space:
            return found
        bounds = np.concatenate([[0], found.ravel(), [len(text)]])
        covered = np.stack([bounds[:-1], bounds[1:]], axis=1)  # matches, and what lies between them
        return covered[covered[:, 0] < covered[:, 1]]

    def cut(self, text: str) -> list[str]:
        """The tokens of a text that is normalised already."""
        expression = self.expression
        if expression.groups or (self.pattern is not None and self.keep_space):
            return _slices(text, self._spans(text))
        tokens: list[str] = expression.findall(text)  # twice as fast as asking for places
        if "" in tokens:
            self._spans(text)
        return tokens


class PatternLines(GrowingKeys):
    """Lines cut by a pattern; see `firth.data.tokenizers.LineEncoder`.

    Attributes:
        counts: how many characters, without white space, lay outside the matches of the pattern.
    """

    def __init__(self, tokenizer: RuleTokenizer):
        super().__init__(self._cut)
        self._tokenizer = tokenizer
        self.counts = {"unmatched_characters": 0}

    def _cut(self, line: str) -> list[str]:
        text = self._tokenizer.normalizer.apply(line)
        tokens = self._tokenizer.cut(text)
        if not self._tokenizer.keep_space:
            self.counts["unmatched_characters"] += _visible(text) - _visible("".join(tokens))
        return tokens


@dataclass(frozen=True)
class RulePieces:
    """The rules applied to pieces of text without white space; see `firth.data.tokenizers.PieceSplitter`."""

    tokenizer: RuleTokenizer

    @property
    def lowers(self) -> bool:
        """Whether letters become lower case."""
        return self.tokenizer.normalizer.lowercase

    @property
    def kinds(self) -> NDArray[np.uint8]:
        """What the rules say of each byte of ASCII whatever stands around it; see `firth.kernels.signs`."""
        return byte_kinds()

    def split_pieces(self, text: str) -> str:
        """The tokens of pieces that come one a line: a line for each, a space between tokens."""
        return " ".join(
            word_rules(self.tokenizer.contractions, space="\n").findall(self.tokenizer.normalizer.apply(text))
        )


def _slices(text: str, spans: NDArray[np.int64]) -> list[str]:
    return [text[start:stop] for start, stop in spans.tolist()]


def _visible(text: str) -> int:
    """How many characters are no white space."""
    return sum(map(len, text.split()))


def _check_pattern(pattern: object) -> None:
    """Raises OptionError unless it is a regular expression that does not match the empty text."""
    if not isinstance(pattern, str):
        raise OptionError(
            f"pattern is None or a regular expression as a string, not {type(pattern).__name__}"
        )
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:  # counts and brackets beyond what Python takes
        raise OptionError(f"pattern {pattern!r} is not a regular expression: {error}") from error
    if compiled.search(""):
        raise OptionError(
            f"pattern {pattern!r} matches the empty text, which is no token; use + in place of *"
        )


def _refuse_empty(spans: NDArray[np.int64], pattern: str) -> None:
    """Raises DataError if a match is empty, as those of a pattern that only looks around are."""
    empty = np.flatnonzero(spans[:, 0] == spans[:, 1])
    if empty.size:
        place = int(spans[empty[0], 0])
        raise DataError(f"pattern {pattern!r} matches the empty text at character {place}, which is no token")
