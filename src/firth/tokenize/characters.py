"""`CharacterTokenizer` and `ByteTokenizer`: the smallest tokens that text has.

Nothing is ever unknown to them, and both give back the text exactly, lone surrogates too. The price is
length: English has 4 to 6 times as many characters as words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.tokenize.growing import GrowingKeys
from firth.tokenize.normalize import AS_IT_IS, TextNormalizer, check_normalizer, check_text
from firth.tokenize.tokens import Tokens, check_texts

if TYPE_CHECKING:
    from firth.data.tokenizers import LineEncoder

__all__ = ["ByteTokenizer", "CharacterTokenizer"]

_CODE_POINTS = 0x110000
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class CharacterTokenizer:
    """Cut text into characters.

    >>> CharacterTokenizer().encode("naïve").texts
    ['n', 'a', 'ï', 'v', 'e']
    >>> [len(CharacterTokenizer(unit=unit).encode("👩‍🚀")) for unit in ("code point", "grapheme")]
    [3, 1]

    Attributes:
        unit: "code point" takes the characters of Unicode, whose numbers are the ids. "grapheme" takes what a
            reader sees as one character (see `firth.tokenize.graphemes`): a letter with its marks, an emoji
            of several parts, a flag. There is no end of such clusters, so they have no ids of their own.
        normalizer: what is done to the text first.

    Raises:
        OptionError: a field is none of these.
    """

    unit: Literal["code point", "grapheme"] = "code point"
    normalizer: TextNormalizer = AS_IT_IS

    def __post_init__(self) -> None:
        if self.unit not in ("code point", "grapheme"):
            raise OptionError(f"unit is 'code point' or 'grapheme', not {self.unit!r}")
        check_normalizer(self.normalizer)

    @property
    def is_lossless(self) -> bool:
        """Whether decode(encode(text)) is the text itself: where the normalizer changes nothing."""
        return self.normalizer.changes_nothing

    @property
    def keys(self) -> Strings:
        """The characters of all ids, in order, 4 MB; code points only.

        Raises:
            DataError: the unit is "grapheme".
        """
        if self.unit == "grapheme":
            raise DataError("graphemes have no fixed ids: firth.read_text numbers those that occur")
        return _code_points()

    def normalized(self, text: str) -> str:
        """What decode(encode(text)) gives."""
        return self.normalizer.apply(text)

    def encode(self, text: str) -> Tokens:
        """Cut a text into characters, with ids (the numbers of code points) or, for graphemes, without.

        Raises:
            DataError: the text is not a string.
        """
        normal = self.normalizer.normalize(text)
        if self.unit == "code point":
            texts, ids = list(normal.text), _numbers(normal.text)
            bounds = np.arange(len(texts) + 1)
        else:
            texts, ids = _clusters(normal.text), None
            bounds = np.cumsum(np.fromiter(map(len, ["", *texts]), np.int64, len(texts) + 1))
        return Tokens(texts, normal.original(np.stack([bounds[:-1], bounds[1:]], axis=1)), ids)

    def encode_batch(self, texts: Iterable[str]) -> list[Tokens]:
        """Cut several texts into characters."""
        return [self.encode(text) for text in check_texts(texts)]

    def decode(self, tokens: Tokens | Sequence[int] | NDArray[Any]) -> str:
        """The text of these tokens, or of these ids, which are numbers of code points.

        Raises:
            DataError: an id is not the number of a code point, or the unit is "grapheme".
        """
        if isinstance(tokens, Tokens):
            return "".join(tokens.texts)
        if self.unit == "grapheme":
            raise DataError("graphemes have no fixed ids: decode takes the Tokens that encode returned")
        ids = check_ids(tokens, _CODE_POINTS)
        return ids.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")

    def for_reading(self) -> LineEncoder:
        """What `firth.read_text` reads with: this tokenizer, or one that numbers graphemes as they come."""
        return self if self.unit == "code point" else GrowingKeys(self._cut)

    @property
    def recipe(self) -> dict[str, Any] | None:
        """What a model keeps of it; see `firth.data.tokenizers`."""
        return {"class": "CharacterTokenizer", **asdict(self)} if type(self) is CharacterTokenizer else None

    def encode_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of all lines, int32, and how many each line has, int64; code points only."""
        normal = [self.normalizer.apply(line) for line in lines]
        lengths = np.fromiter(map(len, normal), np.int64, len(normal))
        return _numbers("".join(normal)), lengths

    def _cut(self, line: str) -> list[str]:
        return _clusters(self.normalizer.apply(line))


@dataclass(frozen=True, kw_only=True)
class ByteTokenizer:
    """Cut text into the bytes of its UTF-8: 256 tokens, which any text of any language is made of.

    >>> ByteTokenizer(end="</s>").encode("é!").texts
    ['<0xC3>', '<0xA9>', '!', '</s>']

    The text of a byte of ASCII is that character; of any other it is "<0xC3>". A lone surrogate, which UTF-8
    does not know, becomes the three bytes that it would have ("surrogatepass"), and comes back.

    Attributes:
        start, end: tokens to put before and behind each text; None for none. Their ids are 256 and up.

    Raises:
        OptionError: start or end is not a string, is empty, the other one, the text of a byte, or holds a
            lone surrogate, which no vocabulary can.
    """

    start: str | None = None
    end: str | None = None

    def __post_init__(self) -> None:
        for name, token in (("start", self.start), ("end", self.end)):
            if token is not None and (not isinstance(token, str) or not token or token in _byte_texts()):
                raise OptionError(f"{name} is None or a string that is not the text of a byte, not {token!r}")
            if token is not None and _SURROGATE.search(token):
                raise OptionError(f"{name} holds a lone surrogate: {token!r}; leave it out")
        if self.start is not None and self.start == self.end:
            raise OptionError(f"start and end are two different tokens, not both {self.start!r}")

    @property
    def is_lossless(self) -> bool:
        """True: decode(encode(text)) is the text itself."""
        return True

    @property
    def keys(self) -> Strings:
        """The texts of all ids, in order: 256 bytes, then start and end where there are such."""
        return Strings.of([*_byte_texts(), *self._special])

    @property
    def _special(self) -> list[str]:
        return [token for token in (self.start, self.end) if token is not None]

    def normalized(self, text: str) -> str:
        """What decode(encode(text)) gives: the text."""
        return check_text(text)

    def encode(self, text: str | bytes) -> Tokens:
        """Cut a text into bytes; the ids are the bytes.

        Args:
            text: a string; the spans are those of its characters, so that the bytes of one character share a
                span. Or bytes, UTF-8 or not; the spans are places of bytes then.

        Raises:
            DataError: the text is neither.
        """
        if isinstance(text, (bytes, bytearray, memoryview)):
            codes = np.frombuffer(bytes(text), np.uint8)  # a memoryview may leave bytes out
            size = codes.size
            owner = np.arange(size)
        else:
            codes = np.frombuffer(check_text(text).encode("utf-8", "surrogatepass"), np.uint8)
            size = len(text)
            owner = np.cumsum((codes & 0xC0) != 0x80) - 1  # a byte of the form 10xxxxxx goes on a character
        ids, spans = codes.astype(np.int32), np.stack([owner, owner + 1], axis=1)
        if self.start is not None:
            ids = np.insert(ids, 0, self._id(self.start))
            spans = np.insert(spans, 0, 0, axis=0)
        if self.end is not None:
            ids = np.append(ids, np.int32(self._id(self.end)))
            spans = np.append(spans, [[size, size]], axis=0)
        names = [*_byte_texts(), *self._special]
        return Tokens([names[i] for i in ids.tolist()], spans, ids)

    def encode_batch(self, texts: Iterable[str | bytes]) -> list[Tokens]:
        """Cut several texts into bytes."""
        return [self.encode(text) for text in check_texts(texts, or_bytes=True)]

    def decode(
        self,
        tokens: Tokens | Sequence[int] | NDArray[Any],
        *,
        errors: Literal["strict", "replace"] = "strict",
    ) -> str:
        """The text of these tokens, or of these ids; start and end are left out.

        Args:
            errors: "replace" gives U+FFFD for what is not UTF-8, such as half a character that a model made.

        Raises:
            DataError: an id is none of this tokenizer, or the bytes are not UTF-8.
        """
        if errors not in ("strict", "replace"):
            raise OptionError(f"errors is 'strict' or 'replace', not {errors!r}")
        found = self.decode_bytes(tokens)
        try:
            return found.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            if errors == "replace":
                return found.decode("utf-8", "replace")
            raise DataError(
                f"these are not UTF-8: byte {error.start} is 0x{found[error.start]:02X} ({error.reason}); "
                "decode_bytes gives them as they are, errors='replace' a text with U+FFFD"
            ) from error

    def decode_bytes(self, tokens: Tokens | Sequence[int] | NDArray[Any]) -> bytes:
        """The bytes of these tokens, or of these ids; start and end are left out.

        Raises:
            DataError: an id is none of this tokenizer, or the tokens have no ids.
        """
        ids = check_ids(tokens.ids if isinstance(tokens, Tokens) else tokens, 256 + len(self._special))
        return ids[ids < 256].astype(np.uint8).tobytes()

    @property
    def recipe(self) -> dict[str, Any] | None:
        """What a model keeps of it; see `firth.data.tokenizers`."""
        return {"class": "ByteTokenizer", **asdict(self)} if type(self) is ByteTokenizer else None

    def encode_lines(self, lines: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The ids of all lines one after the other, int32, and how many each line has, int64."""
        parts = [line.encode("utf-8", "surrogatepass") for line in lines]
        lengths = np.fromiter(map(len, parts), np.int64, len(parts))
        ids = np.frombuffer(b"".join(parts), np.uint8).astype(np.int32)
        lengths += len(self._special)
        stops = np.cumsum(lengths)
        found = np.empty(int(lengths.sum()), np.int32)
        is_byte = np.ones(found.size, np.bool_)
        for token, places in ((self.start, stops - lengths), (self.end, stops - 1)):
            if token is not None:
                found[places] = self._id(token)
                is_byte[places] = False
        found[is_byte] = ids
        return found, lengths

    def _id(self, token: str) -> int:
        return 256 + self._special.index(token)


def check_ids(ids: Any, size: int) -> NDArray[np.int64]:
    """The ids as int64, (n,), if all are whole numbers from 0 to size - 1; else DataError."""
    try:
        array = np.asarray(ids if ids is not None else "none")
    except ValueError as error:  # lists of different lengths
        raise DataError(f"ids are whole numbers in one row: {error}") from error
    if array.size == 0:
        return np.empty(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise DataError(f"ids are whole numbers in one row; these are {array.dtype} of shape {array.shape}")
    outside = np.flatnonzero((array < 0) | (array >= size))
    if outside.size:
        place = int(outside[0])
        raise DataError(f"ids go from 0 to {size - 1:,} here; number {place} is {array[place]}")
    return array.astype(np.int64)


def _numbers(text: str) -> NDArray[np.int32]:
    """The number of each code point, int32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<i4").astype(np.int32)


def _clusters(text: str) -> list[str]:
    from firth.tokenize.graphemes import graphemes

    return graphemes().findall(text)


@cache
def _code_points() -> Strings:
    """Every code point as a string; the surrogates as the bytes they would have."""
    data = "".join(map(chr, range(_CODE_POINTS))).encode("utf-8", "surrogatepass")
    sizes = np.repeat([1, 2, 3, 4], [0x80, 0x800 - 0x80, 0x10000 - 0x800, _CODE_POINTS - 0x10000])
    return Strings(np.frombuffer(data, np.uint8), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


@cache
def _byte_texts() -> tuple[str, ...]:
    return tuple(chr(byte) if byte < 128 else f"<0x{byte:02X}>" for byte in range(256))
