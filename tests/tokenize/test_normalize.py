"""Normalisation: the steps, and the account of where each character comes from."""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import DataError, OptionError
from firth.tokenize import TextNormalizer
from firth.tokenize.classes import between, followers, marks

FORMS = ("NFC", "NFKC", "NFD", "NFKD")

# Characters that compose, decompose, reorder, grow or shrink, beside some that do not.
LIVELY = [
    *"aeioAEJI İıßẞſΣσς ǅﬁ①Åé\u0344\u0345\u0f71\u0f73\u09c7\u09be\u1100\u1161\u11a8가각\uffc2",
    *"\u0301\u0308\u0323\u0327\u030c\u0307\u3099か\u00b4\u00a8\u00a0\u2126\u212b\n\t\U0001d15e\U0002f800",
]
texts = st.text(max_size=30) | st.lists(st.sampled_from(LIVELY), max_size=30).map("".join)
normalizers = st.builds(
    TextNormalizer,
    form=st.sampled_from([None, *FORMS]),
    lowercase=st.booleans(),
    accents=st.sampled_from(["keep", "strip"]),
)


@given(texts, st.sampled_from(FORMS))
def test_a_form_is_that_of_unicodedata(text: str, form: Any) -> None:
    assert TextNormalizer(form=form).apply(text) == unicodedata.normalize(form, text)
    assert TextNormalizer(form=form).normalize(text).text == unicodedata.normalize(form, text)


@given(texts)
def test_lower_case_is_that_of_str(text: str) -> None:
    assert TextNormalizer(lowercase=True).normalize(text).text == text.lower()


@given(texts, normalizers)
def test_spans_account_for_every_character(text: str, normalizer: TextNormalizer) -> None:
    found = normalizer.normalize(text)
    assert found.text == normalizer.apply(text)
    assert found.size == len(text)
    if found.origin is None:
        assert len(found.text) == len(text)
        return
    origin = found.origin
    assert origin.dtype == np.int64
    assert origin.shape == (len(found.text), 2)
    assert (origin[:, 0] < origin[:, 1]).all()
    assert (np.diff(origin, axis=0) >= 0).all()
    # What lies in no span was taken away: marks that stand alone.
    left = set(range(len(text))) - {i for a, b in origin.tolist() for i in range(a, b)}
    assert all(unicodedata.combining(unicodedata.normalize("NFD", text[i])[0]) for i in left)


@given(texts, normalizers)
def test_a_span_normalises_to_its_characters(text: str, normalizer: TextNormalizer) -> None:
    """Each span, by itself, becomes what it stands for; only the final sigma looks further."""
    if "Σ" in text:
        return
    found = normalizer.normalize(text)
    if found.origin is None:
        return
    spans = list(dict.fromkeys(map(tuple, found.origin.tolist())))
    if all(stop <= start for (_, stop), (start, _) in itertools.pairwise(spans)):
        again = "".join(normalizer.apply(text[a:b]) for a, b in spans)
        assert unicodedata.normalize("NFD", again) == unicodedata.normalize("NFD", found.text)


@given(texts, normalizers)
def test_twice_is_once(text: str, normalizer: TextNormalizer) -> None:
    once = normalizer.apply(text)
    assert normalizer.apply(once) == once


@pytest.mark.parametrize(
    ("options", "text", "expected", "origin"),
    [
        ({"form": "NFC"}, "cafe\u0301!", "café!", [[0, 1], [1, 2], [2, 3], [3, 5], [5, 6]]),
        ({"form": "NFD"}, "é!", "e\u0301!", [[0, 1], [0, 1], [1, 2]]),
        ({"form": "NFKC"}, "ﬁn", "fin", [[0, 1], [0, 1], [1, 2]]),
        ({"lowercase": True}, "aİb", "ai\u0307b", [[0, 1], [1, 2], [1, 2], [2, 3]]),
        ({"lowercase": True}, "Straße ẞ", "straße ß", None),
        ({"lowercase": True}, "ΟΔΟΣ Σ", "οδος σ", None),
        ({"form": "NFC", "lowercase": True}, "J\u030c", "\u01f0", [[0, 2]]),
        ({"accents": "strip"}, "crème brûlée", "creme brulee", None),
        ({"accents": "strip", "lowercase": True}, "İz", "iz", None),
        ({"accents": "strip"}, "\u0301a", "a", [[1, 2]]),
        ({"accents": "strip"}, "が ङि ø ł", "が ङि ø ł", None),
        ({"accents": "strip", "form": "NFD"}, "ộ각", "o\u1100\u1161\u11a8", [[0, 1], [1, 2], [1, 2], [1, 2]]),
        ({"form": "NFKC"}, "a\u00a0´", "a  \u0301", [[0, 1], [1, 2], [2, 3], [2, 3]]),
        ({}, "As ﬁt İs", "As ﬁt İs", None),
        ({"lowercase": True}, "ASCII", "ascii", None),
        ({"lowercase": True}, "", "", None),
    ],
)
def test_examples(options: dict[str, Any], text: str, expected: str, origin: list[list[int]] | None) -> None:
    found = TextNormalizer(**options).normalize(text)
    assert found.text == expected
    assert origin == (None if found.origin is None else found.origin.tolist())


def test_spans_of_tokens_go_back() -> None:
    found = TextNormalizer(form="NFKC").normalize("aﬁx")
    assert found.original(np.array([[0, 1], [1, 2], [1, 4]])).tolist() == [[0, 1], [1, 2], [1, 3]]
    assert found.original(np.empty((0, 2), np.int64)).shape == (0, 2)


@pytest.mark.parametrize("form", FORMS)
def test_a_storm_of_marks_is_ordered_as_unicodedata_does(form: Any) -> None:
    """unicodedata itself takes quadratic time for these: a million of them would take it hours."""
    few = "aé" + "\u0301\u0323\u0f73\u0327" * 100 + "b" + "\u0344\u1161" * 40
    assert TextNormalizer(form=form).normalize(few).text == unicodedata.normalize(form, few)
    many = "a" + "\u0301\u0323" * 300_000
    found = TextNormalizer(form=form).apply(many)
    assert len(found) == len(many) - (form in ("NFC", "NFKC"))
    assert found.endswith("\u0301" * 100_000)


def test_classes_know_all_of_unicode() -> None:
    """They look at some planes only; nothing of the kind is in the others."""
    code_points = [chr(code) for code in range(0x110000)]
    assert marks("Mn", "Mc", "Me") == marks_of(c for c in code_points if unicodedata.category(c)[0] == "M")
    follows = re.compile(f"[{followers()}]")
    missed = [c for c in code_points if unicodedata.combining(c) and not follows.match(c)]
    assert missed == []


def marks_of(characters: Any) -> str:
    return between(map(ord, characters))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "nfc"}, "form is None, 'NFC', 'NFKC', 'NFD' or 'NFKD', not 'nfc'"),
        ({"lowercase": 1}, "lowercase is True or False, not 1"),
        ({"accents": None}, "accents is 'keep' or 'strip', not None"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        TextNormalizer(**options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "a text is a string, not NoneType"),
        (3, "a text is a string, not int"),
        (b"abc", r"a text is a string, not bytes: decode it first: text.decode\('utf-8'\)"),
    ],
)
def test_what_is_no_text_is_refused(text: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        TextNormalizer().normalize(text)
