"""`RuleTokenizer`: the rules by example, patterns of one's own, and reading with it."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firth
from firth.errors import DataError, OptionError
from firth.tokenize import RuleTokenizer, TextNormalizer
from firth.tokenize.rules import RulePieces

# What rules look at, so that random strings of it meet many of them.
PARTS = [
    *"aBz09_.,:;!?'’\"()[]@#*+-%/<>$~\x00Σİéß漢字かナー각\u0301\u200d\ufe0f\u20e3\U0001f3fd👩🚀🇩ﬁ´…\u200f\ud800",
    *(
        " ",
        "\n",
        "\t",
        "\u00a0",
        "\u2028",
        "\x1c",
        "http://",
        "www.",
        "x@y.de",
        "U.S.",
        "n't",
        "'s",
        "1,000.5",
    ),
]
texts = st.lists(st.sampled_from(PARTS), max_size=25).map("".join) | st.text(max_size=25)
SEARCH = TextNormalizer(form="NFKC", lowercase=True, accents="strip")
tokenizers = st.builds(
    RuleTokenizer,
    normalizer=st.sampled_from([TextNormalizer(), TextNormalizer(lowercase=True), SEARCH]),
    contractions=st.sampled_from(["keep", "split"]),
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't stop, O'Neill: l’eau, rock'n'roll.", "Don't stop , O'Neill : l’eau , rock'n'roll ."),
        ("'quoted' dogs' 'n", "' quoted ' dogs ' ' n"),
        ("It costs $1,000.50 or 3.14%, not .5 or 1,.", "It costs $ 1,000.50 or 3.14 % , not . 5 or 1 , ."),
        ("10km 3.5km 1990s 2nd x_1 12:30 -7", "10km 3.5km 1990s 2nd x_1 12 : 30 - 7"),
        ("well-known and/or", "well - known and / or"),
        ("the U.S. and the U.S.A., e.g. it. a.", "the U.S. and the U.S.A. , e.g. it . a ."),
        ("See https://firth.dev/a?b=c&d#e.", "See https://firth.dev/a?b=c&d#e ."),
        ("(HTTP://X.org/y) www.a.b/c, ftp://f", "( HTTP://X.org/y ) www.a.b/c , ftp://f"),
        ("http:// www. www", "http : / / www . www"),
        ("to john.r+x@mail.firth.dev, a@b, @me #tag", "to john.r+x@mail.firth.dev , a @ b , @ me # tag"),
        ("👩🏽‍🚀👍🏿 🇩🇪🇫🇷 1️⃣2 ☹️!", "👩🏽‍🚀 👍🏿 🇩🇪 🇫🇷 1️⃣ 2 ☹️ !"),
        ("東京タワーへ行く、か\u3099", "東 京 タワーへ 行 く 、 か\u3099"),
        ("한국어 각", "한국어 각"),
        ("हिन्दी कि\u200dताब தமிழ்", "हिन्दी कि\u200dताब தமிழ்"),
        ("cafe\u0301's na\u00adive", "cafe\u0301's na\u00adive"),
        ("ภาษาไทย", "ภาษาไทย"),
        ("\u0301x !\u0301", "\u0301 x !\u0301"),
        ("a\x00b \u200fשלום\u200e", "a \x00 b \u200f שלום \u200e"),
        ("... --", ". . . - -"),
        ("\ud800 a\udfff", "\ud800 a \udfff"),
        ("", ""),
        (" \n\u00a0", ""),
    ],
)
def test_the_rules(text: str, tokens: str) -> None:
    assert RuleTokenizer().encode(text).texts == tokens.split()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't CAN'T won’t isn't.", "Do n't CA N'T wo n’t is n't ."),
        ("she'll I'm they've it's we'd you're", "she 'll I 'm they 've it 's we 'd you 're"),
        ("O'Neill's d'accord mustn'tx cannot", "O'Neill 's d'accord mustn'tx cannot"),
        ("John’s 'tis", "John ’s ' tis"),
    ],
)
def test_contractions_are_split_as_in_the_penn_treebank(text: str, tokens: str) -> None:
    assert RuleTokenizer(contractions="split").encode(text).texts == tokens.split()


def test_spans_are_those_of_the_original() -> None:
    text = "ﬁne İstanbul, CAFE\u0301S"
    found = RuleTokenizer(normalizer=SEARCH).encode(text)
    assert found.texts == ["fine", "istanbul", ",", "cafes"]
    assert [text[a:b] for a, b in found.spans.tolist()] == ["ﬁne", "İstanbul", ",", "CAFE\u0301S"]
    assert found.ids is None


@given(texts, tokenizers)
def test_nothing_but_white_space_is_left_out(text: str, tokenizer: RuleTokenizer) -> None:
    tokens = tokenizer.encode(text)
    assert "".join(tokens.texts) == "".join(tokenizer.normalizer.apply(text).split())
    assert tokenizer.decode(tokens) == tokenizer.normalized(text)
    if tokenizer.normalizer.changes_nothing:
        assert [text[a:b] for a, b in tokens.spans.tolist()] == tokens.texts
        assert tokenizer.normalized(text) == " ".join(text.split())


@given(texts, tokenizers)
def test_rules_do_not_look_across_white_space(text: str, tokenizer: RuleTokenizer) -> None:
    apart = [tokenizer.encode(piece).texts for piece in text.split()]
    assert list(itertools.chain.from_iterable(apart)) == tokenizer.encode(text).texts


@given(texts)
def test_space_as_tokens_restores_the_text(text: str) -> None:
    tokenizer = RuleTokenizer(keep_space=True)
    assert tokenizer.is_lossless
    assert "".join(tokenizer.encode(text)) == text
    assert [t for t in tokenizer.encode(text) if not t.isspace()] == RuleTokenizer().encode(text).texts


@given(st.lists(texts, min_size=1, max_size=6), tokenizers)
def test_reading_finds_the_tokens_of_encode(lines: list[str], tokenizer: RuleTokenizer) -> None:
    """The signs that reading parts from words beforehand are those that the rules part."""
    lines = [re.sub("[\ud800-\udfff\n]", " ", line) for line in lines]
    wanted = [tokens for tokens in (tokenizer.encode(line).texts for line in lines) if tokens]
    if not wanted:
        with pytest.raises(DataError, match="no token"):
            firth.read_text(iter(lines), tokenizer=tokenizer, min_count=1)
        return
    found = firth.read_text(iter(lines), tokenizer=tokenizer, min_count=1)
    keys = list(found.vocabulary.keys)
    assert [[keys[i] for i in sequence] for sequence in found] == wanted


@given(st.text(alphabet=[chr(i) for i in range(128) if i != 10], max_size=12))
def test_signs_of_ascii_part_as_the_rules_say(text: str) -> None:
    for contractions in ("keep", "split"):
        tokenizer = RuleTokenizer(contractions=contractions)  # type: ignore[arg-type]
        tokens = tokenizer.encode(text).texts
        if tokens:
            found = firth.read_text([text], tokenizer=tokenizer, min_count=1)
            assert [found.vocabulary.keys[i] for i in found[0]] == tokens


def test_pieces_come_one_a_line() -> None:
    way = RuleTokenizer().for_reading()
    assert isinstance(way, RulePieces)
    assert way.split_pieces("a,b\n\nc\n").split(" ") == ["a", ",", "b", "\n", "\n", "c", "\n"]


ADVERSARIAL = [
    "a" * 10**6,
    "a." * 10**5,
    "1,2.3,4" * 10**5,
    "a'" * 10**5,
    "http://" + "." * 10**5,
    "www.," * 10**5,
    "http://.(" * 10**5,
    "a@" * 10**5,
    ("x" * 63 + ".") * 10**4,
    "a@" + "x." * 10**5,
    "a\u0301" * 10**5,
    "\u0301" * 10**6,
    "n't" * 10**5,
    "👩\u200d" * 10**5,
    "🇩" * 10**5,
    "漢" * 10**5,
    "\u00ad" * 10**6,
]


@pytest.mark.parametrize("text", ADVERSARIAL, ids=lambda text: f"{text[:9]!a}")
def test_long_text_without_white_space_ends(text: str) -> None:
    """If one of these took quadratic time, it would take minutes."""
    for contractions in ("keep", "split"):
        found = RuleTokenizer(contractions=contractions).encode(text)  # type: ignore[arg-type]
        assert int(np.diff(found.spans, axis=1).sum()) == len(text)


# --- patterns of one's own ---------------------------------------------------------------------------


def test_a_pattern_takes_its_matches() -> None:
    tokenizer = RuleTokenizer(pattern=r"(\w)\w+")  # a group does not matter
    tokens = tokenizer.encode("to be, or I")
    assert tokens.texts == ["to", "be", "or"]
    assert tokens.spans.tolist() == [[0, 2], [3, 5], [7, 9]]
    assert tokenizer.decode(tokens) == tokenizer.normalized("to be, or I") == "to be or"


def test_what_a_pattern_leaves_stays_with_space() -> None:
    tokenizer = RuleTokenizer(pattern=r"[a-z]+", keep_space=True)
    assert tokenizer.encode("ab, c!").texts == ["ab", ", ", "c", "!"]
    assert tokenizer.is_lossless


def test_what_a_pattern_leaves_is_counted_when_read() -> None:
    found = firth.read_text(["to be, or", "I! 7"], tokenizer=RuleTokenizer(pattern="[a-z]+"), min_count=1)
    assert found.report["unmatched_characters"] == 4  # the comma, "I", "!" and "7"
    assert found.report["tokens"] == 3
    whole = firth.read_text(
        ["to be, or"], tokenizer=RuleTokenizer(pattern="[a-z]+", keep_space=True), min_count=1
    )
    assert whole.report["unmatched_characters"] == 0


def test_a_pattern_may_match_white_space() -> None:
    found = firth.read_text(["new york new"], tokenizer=RuleTokenizer(pattern=r"new york|\w+"), min_count=1)
    assert sorted(found.vocabulary.keys) == ["new", "new york"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pattern": "("}, r"pattern '\(' is not a regular expression: missing \)"),
        (
            {"pattern": "a*"},
            r"pattern 'a\*' matches the empty text, which is no token; use \+ in place of \*",
        ),
        ({"pattern": "a{4294967295}"}, "is not a regular expression: the repetition number is too large"),
        ({"pattern": "(" * 5000 + "a" + ")" * 5000}, "is not a regular expression: "),
        ({"pattern": b"a"}, "pattern is None or a regular expression as a string, not bytes"),
        ({"pattern": re.compile("a")}, "pattern is None or a regular expression as a string, not Pattern"),
        ({"keep_space": None}, "keep_space is True or False, not None"),
        ({"contractions": "no"}, "contractions is 'keep' or 'split', not 'no'"),
        ({"normalizer": None}, "normalizer is a firth.tokenize.TextNormalizer, not None"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        RuleTokenizer(**options)


def test_a_pattern_that_matches_nothing_somewhere_is_refused_there() -> None:
    with pytest.raises(DataError, match=r"pattern '\(\?=b\)' matches the empty text at character 1"):
        RuleTokenizer(pattern="(?=b)").encode("abc")


@pytest.mark.parametrize("tokenizer", [RuleTokenizer(), RuleTokenizer(keep_space=True)])
@pytest.mark.parametrize("strange", ["ab", ["a", "b"], None, []])
def test_only_tokens_are_decoded(tokenizer: RuleTokenizer, strange: Any) -> None:
    with pytest.raises(DataError, match=f"the Tokens that encode returned, not {type(strange).__name__}"):
        tokenizer.decode(strange)


@pytest.mark.parametrize(
    ("text", "name"), [(None, "NoneType"), (1.5, "float"), (b"a", "bytes"), (["a"], "list")]
)
def test_what_is_no_text_is_refused(text: Any, name: str) -> None:
    with pytest.raises(DataError, match=f"a text is a string, not {name}"):
        RuleTokenizer().encode(text)
    with pytest.raises(DataError, match=f"text 1 is {name}, not a string"):
        RuleTokenizer().encode_batch(["a", text])
    with pytest.raises(DataError, match=r"several texts are a list of strings, not str: write \[text\]"):
        RuleTokenizer().encode_batch("a text")
