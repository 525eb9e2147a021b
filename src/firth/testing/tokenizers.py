"""`check_tokenizer`: what every tokenizer of text promises, checked on texts that are hard to cut."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from firth.data.text import read_text
from firth.data.tokenizers import reads_lines, way_of_reading
from firth.errors import DataError

if TYPE_CHECKING:
    from firth.tokenize.tokens import TextTokenizer, Tokens

__all__ = ["HARD_TEXTS", "check_tokenizer"]

HARD_TEXTS = (
    "",
    " ",
    "To be, or not to be: that is the question.",
    "Don't pay $1,000.50 (or 3.5%) at https://firth.dev/a?b=c, write to j.r@firth.dev!",
    "Grzegorz Brzęczyszczkiewicz, Chrząszczyżewoszyce, powiat Łękołody",
    "cafe\u0301 café ﬁn Å Å İstanbul ΣΊΣΥΦΟΣ Straße ẞ ǅ",
    "क्षत्रिय नमस्ते தமிழ் ภาษาไทย 한국어 각 東京タワー が مَرْحَبًا שָׁלוֹם",
    "👩🏽‍🚀👨‍👩‍👧‍👦🇩🇪🇫🇷1️⃣☹️ 🏴\U000e0067\U000e0062\U000e007f 👍🏿",
    "tab\tline feed\nreturn\r\nform\x0cfile\x1cno-break\u00a0narrow\u202fideographic\u3000end ",
    "nul\x00bell\x07\u200fright to left\u200e\u202emark\u202c\ufeffzero\u200bwidth\u00adsoft",
    "\u0301\u0323 marks alone, a\u0301\u0323\u0308" + "\u0301\u0323" * 500,
    "private \ue000 \U000f0000 unassigned \u0378 no character \uffff \U0010ffff",
    "x" * 10_000,
)
SURROGATES = ("lone \ud800 surrogate", "\udfff\ud83d\ude00", "\udc80")


def check_tokenizer(
    tokenizer: TextTokenizer, *, texts: Iterable[str] = HARD_TEXTS, exact: bool = False
) -> None:
    """Check the contract of a tokenizer of text.

    Args:
        tokenizer: what to check.
        texts: what to check it on, as well as lone surrogates, which it may refuse.
        exact: whether the text of each token must be the slice of the original that its span names; for
            tokenizers that neither normalise nor cut characters apart.

    Raises:
        AssertionError: a promise is broken; the message says which, and on which text.
    """
    texts = list(texts)
    found = [_checked(tokenizer, text, exact=exact) for text in texts]
    _check_batch(tokenizer, texts, found)
    _check_surrogates(tokenizer, exact=exact)
    _check_refusals(tokenizer)
    _check_reading(tokenizer, texts)


def _checked(tokenizer: TextTokenizer, text: str, *, exact: bool) -> Tokens:
    """The tokens of a text, if they are what they should be and lead back."""
    tokens = tokenizer.encode(text)
    n, spans = len(tokens), tokens.spans
    _expect(all(isinstance(one, str) for one in tokens.texts), "texts are strings", text)
    _expect(spans.dtype == np.int64 and spans.shape == (n, 2), "spans are int64, (n, 2)", text)
    if tokens.ids is not None:
        _expect(tokens.ids.dtype == np.int32 and tokens.ids.shape == (n,), "ids are int32, (n,)", text)
    if n:
        _expect(bool((spans[:, 0] <= spans[:, 1]).all()), "a span does not end before it starts", text)
        _expect(int(spans.min()) >= 0 and int(spans.max()) <= len(text), "spans lie within the text", text)
        _expect(bool((np.diff(spans, axis=0) >= 0).all()), "spans stand in the order of the text", text)
    if exact:
        slices = [text[start:stop] for start, stop in spans.tolist()]
        _expect(slices == tokens.texts, "the text of a token is the slice that its span names", text)
    back = tokenizer.decode(tokens)
    if tokenizer.is_lossless:
        _expect(back == text, f"decode(encode(text)) is the text, not {back!r:.200}", text)
        covered = np.zeros(len(text) + 1, np.int64)
        np.add.at(covered, spans[:, 0], 1)
        np.add.at(covered, spans[:, 1], -1)
        _expect(bool((np.cumsum(covered)[:-1] > 0).all()), "every character belongs to a token", text)
    else:
        wanted = tokenizer.normalized(text)
        _expect(back == wanted, f"decode(encode(text)) is {wanted!r:.200}, not {back!r:.200}", text)
    return tokens


def _check_batch(tokenizer: TextTokenizer, texts: list[str], found: list[Tokens]) -> None:
    """A batch gives what the texts give one by one."""
    batch = tokenizer.encode_batch(iter(texts))
    _expect(len(batch) == len(texts), "encode_batch gives as many as it takes", texts)
    for text, one, other in zip(texts, found, batch, strict=True):
        same = one.texts == other.texts and np.array_equal(one.spans, other.spans)
        same = same and (one.ids is None) == (other.ids is None)
        same = same and (one.ids is None or np.array_equal(one.ids, other.ids))  # type: ignore[arg-type]
        _expect(same, "encode_batch gives what encode gives", text)
    _expect(tokenizer.encode_batch([]) == [], "no texts give no tokens", [])


def _check_surrogates(tokenizer: TextTokenizer, *, exact: bool) -> None:
    """Half a character comes back like any other, or is refused in words."""
    for text in SURROGATES:
        try:
            tokenizer.encode(text)
        except DataError as error:
            _expect("surrogate" in str(error), f"the error names the surrogate; it says {error}", text)
            continue
        _checked(tokenizer, text, exact=exact)


def _check_refusals(tokenizer: Any) -> None:
    """What is no text is refused with the name of its type, and in a batch with its place."""
    for wrong in (None, 7, 1.5, ["a"]):
        name = type(wrong).__name__
        for call, argument, place in (
            (tokenizer.encode, wrong, ""),
            (tokenizer.encode_batch, ["a", wrong], "1"),
        ):
            try:
                call(argument)
            except DataError as error:
                said = name in str(error) and place in str(error)
                _expect(said, f"the error names {name} and its place {place}; it says {error}", wrong)
                continue
            raise AssertionError(f"{name} passes for a text")


def _check_reading(tokenizer: Any, texts: list[str]) -> None:
    """`firth.read_text` finds the tokens that `encode` gives, where the tokenizer can be read with."""
    way = way_of_reading(tokenizer)
    if way is None:
        return
    # A newline in a string is white space to the reader, as it says.
    lines = [text.replace("\n", " ") for text in texts]
    wanted = [tokenizer.encode(line).texts for line in lines]
    if not any(wanted):
        return
    with read_text(iter(lines), tokenizer=tokenizer, min_count=1, max_length=2**31 - 1) as found:
        keys = list(found.vocabulary.keys)
        got = [[keys[token] for token in sequence] for sequence in found]
    _expect(got == [one for one in wanted if one], "read_text finds the tokens that encode gives", lines)
    if reads_lines(way):
        ids, lengths = way.encode_lines(lines)
        _expect(ids.dtype == np.int32 and lengths.dtype == np.int64, "ids int32, lengths int64", lines)
        keys = [way.keys[i] for i in ids.tolist()]
        _expect(keys == [one for line in wanted for one in line], "keys are what encode gives", lines)


def _expect(holds: bool, promise: str, text: Any) -> None:
    if not holds:
        raise AssertionError(f"{promise}: broken on {text!r:.300}")
