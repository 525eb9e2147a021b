"""`Encoder`: the package `tokenizers` at work, with errors that say which text and where.

The package tells texts apart that it can encode and others, by a TypeError without a place; it makes of text
that spells a special token that token, where the model knows it; it may panic. All of that is met here, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.data.ordered import ordered_map
from firth.errors import DataError
from firth.extras import require
from firth.formats.tokenizer_json import panics_raise
from firth.options import check_whole
from firth.tokenize.special import Special, read_special
from firth.tokenize.steps import cuts_at_spaces, restores_text

__all__ = ["Encoder", "Reading", "check_unicode"]

_BATCH = 1_024  # texts given to the package at a time: what it returns takes 100 times the memory of the ids


class Encoder:
    """A copy of a `tokenizers.Tokenizer`, without truncation and padding.

    Attributes:
        plain: the copy, which takes special tokens in a text for text.
        special: its special tokens.
        restores: whether every text, after the normaliser, is what its tokens decode to.

    Raises:
        DataError: its parts do not fit together.
    """

    def __init__(self, tokenizer: Any):
        package = require("tokenizers", extra="text")
        try:
            with panics_raise():
                self.plain = _copy(package, tokenizer)
                self.plain.encode_special_tokens = True
                self.special: Special = read_special(self.plain)
                self.restores = restores_text(self.plain, package.pre_tokenizers.ByteLevel.alphabet())
                self._cuts = cuts_at_spaces(self.plain)
        except DataError:
            raise
        except Exception as error:  # the package has no class for its errors
            raise DataError(f"the parts of the tokenizer do not fit together: {error}") from None
        self.unspoken = frozenset(self.special.ids.values()) - {self.special.unknown}
        self._idle: list[Any] = []  # chunk tables that no thread uses now

    @cached_property
    def parsing(self) -> Any:
        """The tokenizer for which special tokens in a text are tokens."""
        made = _copy(require("tokenizers", extra="text"), self.plain)
        made.encode_special_tokens = False
        return made

    def encodings(
        self, texts: list[str], *, first: int | None, parse_special: bool, threads: int | None
    ) -> Iterator[Any]:
        """What the package makes of each text, without ends; see `SubwordTokenizer.encode_batch`.

        Args:
            texts, parse_special, threads: see there.
            first: the number of the first text, for errors; None where there is one text, without a number.

        Raises:
            DataError: a text holds a lone surrogate, or spells a special token.
        """
        if threads is not None:
            check_whole("threads", threads, 1, 1024)
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            number = None if first is None else first + start
            for place, encoding in enumerate(self._batch(batch, number, parse_special, threads)):
                if not parse_special and not self.unspoken.isdisjoint(encoding.ids):
                    token = next(k for k, i in enumerate(encoding.ids) if i in self.unspoken)
                    raise DataError(
                        f"{_where(number, place)}character {encoding.offsets[token][0]} begins "
                        f"{encoding.tokens[token]!r}, which this vocabulary cannot write as text, only as a "
                        "special token; parse_special=True takes it as that"
                    )
                yield encoding

    def _batch(
        self, texts: list[str], number: int | None, parse_special: bool, threads: int | None
    ) -> list[Any]:
        tokenizer = self.parsing if parse_special else self.plain

        def alone(text: str) -> Any:
            return tokenizer.encode_batch([text], add_special_tokens=False)[0]

        with _errors_named(texts, number):
            if threads is None:
                return list(tokenizer.encode_batch(texts, add_special_tokens=False))
            if threads == 1:
                return [tokenizer.encode(text, add_special_tokens=False) for text in texts]
            # The package works on as many texts at a time as it is given at a time.
            return list(ordered_map(alone, texts, threads=threads))

    def encode_lines(
        self, lines: list[str], *, first: int = 0
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of the tokens of many lines; see `SubwordTokenizer.encode_lines`.

        Args:
            lines: the lines.
            first: the number of the first of them, for errors.
        """
        if not lines:
            return np.empty(0, np.int32), np.empty(0, np.int64)
        with _errors_named(lines, first):
            try:
                return self._flat_lines(lines)
            except _SpeltError:
                for _ in self.encodings(lines, first=first, parse_special=False, threads=None):
                    pass  # until the error that names the line
                raise

    def _flat_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        if not self._cuts:
            return self.flat(lines)
        from firth.tokenize.chunks import ChunkTable

        table = self._idle.pop() if self._idle else ChunkTable(self.flat)
        found: tuple[NDArray[np.int32], NDArray[np.int64]] = table.encode_lines(lines)
        if not table.is_full:
            self._idle.append(table)  # after an error it is left to itself: a part of it may be missing
        return found

    def flat(self, texts: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of texts, int32, flat, and how many each has, int64; each given to the package as it is.

        Raises:
            DataError: a text spells a special token.
        """
        flat, lengths = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            found = [one.ids for one in self.plain.encode_batch_fast(batch, add_special_tokens=False)]
            lengths.append(np.fromiter(map(len, found), np.int64, len(found)))
            flat.append(np.fromiter(chain.from_iterable(found), np.int32, int(lengths[-1].sum())))
        ids = np.concatenate(flat)
        if self.unspoken and np.isin(ids, list(self.unspoken)).any():
            raise _SpeltError("a text spells a special token, which this vocabulary cannot write as text")
        return ids, np.concatenate(lengths)

    def decode(self, ids: list[int]) -> str:
        """The text of these ids, all of them in the vocabulary."""
        with panics_raise():
            return str(self.plain.decode(ids, skip_special_tokens=False))


class Reading:
    """One source of text while it is read: see `firth.data.tokenizers.LineEncoder`.

    Attributes:
        keys: the tokens in the order of their ids.
        counts: how many tokens were unknown to the vocabulary so far, by that name.
    """

    def __init__(self, encoder: Encoder, keys: Strings):
        self.keys = keys
        self.counts = {"unknown_to_tokenizer": 0}
        self._encoder = encoder
        self._lines = 0

    def encode_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of the tokens of many lines; see `SubwordTokenizer.encode_lines`."""
        ids, lengths = self._encoder.encode_lines(lines, first=self._lines)
        self._lines += len(lines)
        if (unknown := self._encoder.special.unknown) is not None:
            self.counts["unknown_to_tokenizer"] += int(np.count_nonzero(ids == unknown))
        return ids, lengths


class _SpeltError(DataError):
    """A text spells a special token; which, and where, is yet to be found out."""


def check_unicode(texts: list[str], first: int | None = None) -> None:
    """Raise DataError for the first text that UTF-8 cannot write.

    Args:
        texts: the texts.
        first: the number of the first of them; None where there is one, without a number.
    """
    for place, text in enumerate(texts):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"{_where(first, place)}character {error.start} is the lone surrogate "
                f"U+{ord(text[error.start]):04X}, half of a character; replace it, as "
                "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace') does"
            ) from None


@contextmanager
def _errors_named(texts: list[str], first: int | None) -> Iterator[None]:
    """Within, whatever the package says about one of these texts becomes a DataError, which names it."""
    try:
        with panics_raise():
            yield
    except DataError:
        raise
    except (TypeError, UnicodeEncodeError):
        check_unicode(texts, first)
        raise
    except Exception as error:
        raise DataError(f"the vocabulary has no tokens for a text: {error}") from None


def _copy(package: Any, tokenizer: Any) -> Any:
    made = package.Tokenizer.from_str(tokenizer.to_str())
    made.no_truncation()
    made.no_padding()
    return made


def _where(first: int | None, place: int) -> str:
    return "" if first is None else f"text {first + place}: "
