"""Time grows as the text does, whatever the text; see the fixture `growth`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from firth.tokenize import ByteTokenizer, CharacterTokenizer, RuleTokenizer, SubwordTokenizer, TextNormalizer

Growth = Callable[..., float]
SHORT, TIMES, ALLOWED = 4_000, 16, 64

TEXTS: dict[str, Callable[[int], str]] = {
    "one word": lambda n: "a" * n,
    "one sign": lambda n: "^" * n,
    "white space": lambda n: " " * n,
    "marks": lambda n: "a" + "\u0301\u0327" * (n // 2),
    "marks out of order": lambda n: "a" + "\u0301" * (n // 2) + "\u0327" * (n // 2),
    "joiners": lambda n: "\u200d" * n,
    "emoji": lambda n: "👩🏽‍🚀" * (n // 4),
    "one family": lambda n: "👩" + "\u200d👩" * (n // 2),
    "flags": lambda n: "🇮🇹" * (n // 2),
    "numbers": lambda n: "1," * (n // 2),
    "apostrophes": lambda n: "n't" * (n // 3),
    "addresses": lambda n: "http://" * (n // 7),
    "an address of signs": lambda n: "http://" + "." * n,
    "e-mail": lambda n: "a." * (n // 2) + "@",
    "many e-mails": lambda n: "a@a." * (n // 4),
    "abbreviations": lambda n: "a." * (n // 2),
    "Hangul": lambda n: "\u1100\u1161\u11a8" * (n // 3),
    "ideographs": lambda n: "漢" * n,
    "letters among ideographs": lambda n: "a東" * (n // 2),
    "letters among kana": lambda n: "aタ" * (n // 2),
    "right to left": lambda n: "\u202eא" * (n // 2),
    "NUL": lambda n: "\0" * n,
    "ligatures": lambda n: "ﷺ" * n,
    "İ": lambda n: "İ" * n,
}


@cache
def subwords(algorithm: str) -> SubwordTokenizer:
    """A small vocabulary of some common letters."""
    corpus = ["the cat sat on the mat, aaaa aa ^^ 1,2 http://a.b a@a.b 漢漢 éé"] * 20
    return SubwordTokenizer.train(corpus, algorithm=algorithm, vocab_size=400)


TOKENIZERS: dict[str, Callable[[], Callable[[str], object]]] = {
    "rules": lambda: RuleTokenizer(contractions="split").encode,
    "rules and space": lambda: RuleTokenizer(keep_space=True).encode,
    "normalised rules": lambda: (
        RuleTokenizer(normalizer=TextNormalizer(form="NFKC", lowercase=True, accents="strip")).encode
    ),
    "graphemes": lambda: CharacterTokenizer(unit="grapheme").encode,
    "bytes": lambda: ByteTokenizer().encode,
    "bpe": lambda: subwords("bpe").encode,
    "wordpiece": lambda: subwords("wordpiece").encode,
    "unigram": lambda: subwords("unigram").encode,
}


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_time_grows_as_the_text_does(tokenizer: str, growth: Growth) -> None:
    encode = TOKENIZERS[tokenizer]()
    encode("a first one ’ é 漢 👩🏽‍🚀 \u0301")  # makes what is made once
    slow = {}
    for name, text in TEXTS.items():
        ratio = growth(encode, text(SHORT), text(TIMES * SHORT), allowed=ALLOWED)
        if ratio > ALLOWED:
            slow[name] = round(ratio)
    assert slow == {}
