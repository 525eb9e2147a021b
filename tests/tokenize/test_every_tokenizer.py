"""Every tokenizer of text keeps the contract of `firth.testing.check_tokenizer`."""

from __future__ import annotations

from typing import Any

import pytest

from firth.testing import check_tokenizer
from firth.tokenize import ByteTokenizer, CharacterTokenizer, RuleTokenizer, TextNormalizer

SEARCH = TextNormalizer(form="NFKC", lowercase=True, accents="strip")
APART = TextNormalizer(form="NFD")


@pytest.mark.parametrize(
    "tokenizer",
    [
        RuleTokenizer(),
        RuleTokenizer(contractions="split"),
        RuleTokenizer(keep_space=True),
        RuleTokenizer(pattern=r"\w+"),
        RuleTokenizer(pattern=r"(\w)\w*|\s+", keep_space=True),
        CharacterTokenizer(),
        CharacterTokenizer(unit="grapheme"),
    ],
    ids=repr,
)
def test_tokens_are_slices_of_the_text(tokenizer: Any) -> None:
    check_tokenizer(tokenizer, exact=True)


@pytest.mark.parametrize(
    "tokenizer",
    [
        RuleTokenizer(normalizer=SEARCH),
        RuleTokenizer(normalizer=APART, contractions="split"),
        RuleTokenizer(normalizer=SEARCH, keep_space=True),
        RuleTokenizer(normalizer=SEARCH, pattern=r"\w\w+"),
        CharacterTokenizer(normalizer=SEARCH),
        CharacterTokenizer(unit="grapheme", normalizer=APART),
        ByteTokenizer(),
        ByteTokenizer(start="<s>", end="</s>"),
    ],
    ids=repr,
)
def test_tokens_lead_back(tokenizer: Any) -> None:
    check_tokenizer(tokenizer)


class Careless(RuleTokenizer):
    """Promises to lose nothing, and loses white space."""

    @property
    def is_lossless(self) -> bool:
        return True


class Silent(CharacterTokenizer):
    """Takes anything for a text."""

    def encode(self, text: Any) -> Any:
        return super().encode(str(text))


@pytest.mark.parametrize(
    ("tokenizer", "broken"),
    [(Careless(), r"decode\(encode\(text\)\) is the text"), (Silent(), "NoneType passes for a text")],
)
def test_a_broken_promise_is_found(tokenizer: Any, broken: str) -> None:
    with pytest.raises(AssertionError, match=broken):
        check_tokenizer(tokenizer)


def test_tokens_that_are_no_slices_are_found() -> None:
    with pytest.raises(AssertionError, match="slice that its span names"):
        check_tokenizer(ByteTokenizer(), exact=True)
