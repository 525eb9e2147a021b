"""Subword vocabularies: what training promises, what comes back, special tokens, and refusals."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from subwords import TEXT, WORDS, trained

import firth
from firth.errors import DataError, OptionError
from firth.testing import check_tokenizer
from firth.tokenize import SubwordTokenizer, TextNormalizer, Tokens

ALGORITHMS = ("bpe", "wordpiece", "unigram")
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = (
    "Grzegorz Brzęczyszczkiewicz",
    "👩🏽‍🚀👨‍👩‍👧‍👦🇩🇪 1️⃣",
    "nul\x00 and \x1c and \x85",
    "\u200fשלום\u202e abc \u202c",
    "  two  spaces\t\ttabs \n lines \r\n",
    "x" * 5_000,
)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("byte_fallback", [True, False])
def test_the_contract_of_tokenizers_holds(algorithm: str, byte_fallback: bool):
    check_tokenizer(trained(algorithm, byte_fallback))


@pytest.mark.parametrize(
    "normalizer",
    [TextNormalizer(form="NFKC", lowercase=True), TextNormalizer(form="NFD", accents="strip")],
    ids=str,
)
def test_the_contract_holds_after_normalising(normalizer: TextNormalizer):
    made = SubwordTokenizer.train(TEXT, vocab_size=300, normalizer=normalizer)
    assert not made.is_lossless
    check_tokenizer(made)
    assert made.decode(made.encode("ÉTÉ Straße")) == normalizer.apply("ÉTÉ Straße")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@settings(max_examples=60)
@given(text=ANY_TEXT)
def test_with_byte_fallback_every_text_comes_back(algorithm: str, text: str):
    tokenizer = trained(algorithm)
    assert tokenizer.is_lossless
    tokens = tokenizer.encode(text)
    assert tokenizer.decode(tokens) == text
    assert tokenizer.special.unknown not in tokens.ids
    assert set(range(len(text))) == {i for start, stop in tokens.spans.tolist() for i in range(start, stop)}
    assert [tokenizer.keys[i] for i in tokens.ids] == tokens.texts


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:12]))
def test_hard_names_come_back(algorithm: str, name: str):
    tokenizer = trained(algorithm)
    assert tokenizer.decode(tokenizer.encode(name, ends=True)) == name


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_rare_is_unknown_without_byte_fallback(algorithm: str):
    tokenizer = trained(algorithm, byte_fallback=False)
    assert not tokenizer.is_lossless
    unknown = tokenizer.special.unknown
    assert tokenizer.keys[unknown] == "<unk>"
    assert unknown in tokenizer.encode("the ☃ question").ids
    assert "<unk>" in tokenizer.decode(tokenizer.encode("the ☃ question"))
    padded = tokenizer.encode_padded(["☃ ☃", "the"], ends=False)
    assert padded.unknown.tolist() == [2, 0]
    with firth.read_text(["the ☃ question ☃"], tokenizer=tokenizer, min_count=1) as found:
        assert found.report["unknown_to_tokenizer"] == 2


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_training_again_gives_the_same(algorithm: str, tmp_path: Path):
    """Also in another process, where hashes of strings are others."""
    first, again = tmp_path / "first.json", tmp_path / "again.json"
    SubwordTokenizer.train(firth.datasets.wiki_titles(), algorithm=algorithm, vocab_size=700).save(first)
    code = (
        "import sys, firth; firth.SubwordTokenizer.train(firth.datasets.wiki_titles(), "
        "algorithm=sys.argv[1], vocab_size=700).save(sys.argv[2])"
    )
    subprocess.run([sys.executable, "-c", code, algorithm, str(again)], check=True)
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("byte_fallback", [True, False])
def test_the_vocabulary_is_no_larger_than_asked_for(algorithm: str, byte_fallback: bool):
    tokenizer = trained(algorithm, byte_fallback, size=400)
    assert 390 < len(tokenizer) <= 400
    assert tokenizer.report["vocabulary"] == len(tokenizer) == len(tokenizer.vocabulary)
    assert sorted(tokenizer.special.ids) == sorted(["<pad>", "<unk>", "<s>", "</s>", "<mask>"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_longer_vocabularies_take_fewer_tokens(algorithm: str):
    short, long = (len(trained(algorithm, size=size).encode("\n".join(WORDS))) for size in (300, 900))
    assert long < 0.8 * short


def test_training_reads_files_and_counts_what_was_damaged(tmp_path: Path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"good line\n" * 40 + b"bad \xff line\n\n")
    tokenizer = SubwordTokenizer.train(path, vocab_size=300)
    assert tokenizer.report == {
        "lines": 41, "bytes": 411 + 1, "invalid_utf8_lines": 1, "vocabulary": len(tokenizer)
    }  # fmt: skip


# --- special tokens -----------------------------------------------------------------------------------------


def test_ends_stand_around_the_text_and_no_text_stands_behind_them():
    tokenizer = trained("bpe")
    tokens = tokenizer.encode("the question", ends=True)
    assert tokens.texts[0] == "<s>" and tokens.texts[-1] == "</s>"
    assert tokens.spans[0].tolist() == [0, 0] and tokens.spans[-1].tolist() == [12, 12]
    assert tokenizer.encode("", ends=True).texts == ["<s>", "</s>"]
    bert = SubwordTokenizer.train(TEXT, vocab_size=300, special_tokens=("[CLS]", "[SEP]", "<s>", "</s>"))
    assert bert.encode("x", ends=True).texts == ["[CLS]", "x", "[SEP]"]
    bare = SubwordTokenizer.train(TEXT, vocab_size=300, special_tokens=())
    assert bare.encode("x", ends=True).texts == ["x"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("byte_fallback", [True, False])
@settings(max_examples=40)
@given(st.lists(st.sampled_from(["<s>", "</s>", "<mask>", "<pad>", " ", "a", "<", "s>", "the"])).map("".join))
def test_no_text_spells_a_special_token(algorithm: str, byte_fallback: bool, text: str):
    tokenizer = trained(algorithm, byte_fallback)
    special = set(tokenizer.special.ids.values()) - {tokenizer.special.unknown}
    assert special.isdisjoint(tokenizer.encode(text).ids)
    assert special.isdisjoint(tokenizer.encode_lines([text])[0])


def test_special_tokens_in_the_text_are_parsed_only_where_asked_for():
    tokenizer = trained("bpe")
    text = "the <mask> question</s>"
    assert "<mask>" not in tokenizer.encode(text).texts
    parsed = tokenizer.encode(text, parse_special=True)
    assert {"<mask>", "</s>"} <= set(parsed.texts)
    assert tokenizer.decode(parsed, special=True) == text
    assert tokenizer.decode(parsed) == "the  question"
    assert tokenizer.encode_batch([text], parse_special=True)[0].texts == parsed.texts


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("byte_fallback", [True, False])
def test_a_corpus_may_spell_the_special_tokens(algorithm: str, byte_fallback: bool):
    """Training would make pieces of them, and the tokenizer refuse its own corpus."""
    texts = ["<s>the cat<s>dog</s>", "<s>a bird </s> <unk>"] * 100 + WORDS[:100]
    special = ("<unk>", "<s>", "</s>", "<pad>", "the")
    tokenizer = SubwordTokenizer.train(
        texts, algorithm=algorithm, byte_fallback=byte_fallback, vocab_size=500, special_tokens=special
    )
    assert tokenizer.report["vocabulary"] == len(tokenizer) == len(set(tokenizer.keys))
    barred = [tokenizer.special.ids[token] for token in special[1:]]
    for text in texts[:2]:
        assert not set(barred) & set(tokenizer.encode(text).ids.tolist())
        if byte_fallback:
            assert tokenizer.decode(tokenizer.encode(text)) == text
    firth.read_text(texts, tokenizer=tokenizer, min_count=1).close()
    parsed = tokenizer.encode(texts[0], parse_special=True).texts
    assert parsed[:2] == ["<s>", "the"] and parsed[-1] == "</s>"


def test_special_tokens_may_come_one_by_one():
    made = SubwordTokenizer.train(TEXT, vocab_size=300, special_tokens=(t for t in ("<s>", "</s>")))  # type: ignore[arg-type]
    assert list(made.special.ids) == ["<s>", "</s>"]


# --- truncation, batches, rectangles ------------------------------------------------------------------------


@pytest.mark.parametrize("ends", [True, False])
def test_what_is_cut_is_counted(ends: bool):
    tokenizer = trained("bpe")
    whole = tokenizer.encode(TEXT[1], ends=ends)
    cut = tokenizer.encode(TEXT[1], ends=ends, max_length=7)
    assert (len(cut), cut.cut, whole.cut) == (7, len(whole) - 7, 0)
    inner = 5 if ends else 7
    assert cut.ids[ends : ends + inner].tolist() == whole.ids[ends : ends + inner].tolist()
    assert (cut.texts[-1] == "</s>") == ends
    assert len(cut.texts) == len(cut.spans) == 7
    assert tokenizer.encode("x", ends=True, max_length=2).cut == 1


@pytest.mark.parametrize("threads", [None, 1, 2, 3])
def test_batches_keep_their_order_whatever_the_threads(threads: int | None):
    tokenizer = trained("bpe")
    texts = [f"{text} {i}" for i, text in enumerate(TEXT * 12)]
    batch = tokenizer.encode_batch(iter(texts), threads=threads, ends=True)
    one_by_one = [tokenizer.encode(text, ends=True) for text in texts]
    assert [tokens.ids.tolist() for tokens in batch] == [tokens.ids.tolist() for tokens in one_by_one]


def test_a_rectangle_holds_what_the_texts_hold():
    tokenizer = trained("unigram")
    texts = ["", "the question", TEXT[1]]
    padded = tokenizer.encode_padded(texts, max_length=9)
    assert padded.ids.dtype == np.int32 and padded.ids.shape == padded.mask.shape == (3, 9)
    for text, ids, mask, cut in zip(texts, padded.ids, padded.mask, padded.cut, strict=True):
        tokens = tokenizer.encode(text, ends=True, max_length=9)
        assert ids[mask].tolist() == tokens.ids.tolist()
        assert cut == tokens.cut
        assert set(ids[~mask]) <= {tokenizer.special.padding}
    assert padded.cut[2] > 0
    assert tokenizer.encode_padded([]).ids.shape == (0, 0)


def test_without_a_token_for_it_the_padding_is_given():
    bare = SubwordTokenizer.train(TEXT, vocab_size=300, special_tokens=())
    with pytest.raises(OptionError, match="no token to fill up with"):
        bare.encode_padded(["a", "b c d"])
    assert bare.encode_padded(["a", "b c d"], padding=7).ids[0, -1] == 7
    with pytest.raises(OptionError, match="padding is a whole number from 0 to 2"):
        bare.encode_padded(["a"], padding=300)


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["bpe", "unigram"])
def test_half_a_character_is_refused_with_its_place(algorithm: str):
    tokenizer = trained(algorithm)
    with pytest.raises(DataError, match=r"^character 5 is the lone surrogate U\+D800, half of a character"):
        tokenizer.encode("half \ud800 one")
    with pytest.raises(DataError, match=r"^text 1: character 0 is the lone surrogate U\+DFFF"):
        tokenizer.encode_batch(["whole", "\udfff"])
    with pytest.raises(DataError, match=r"^text 2: character 1 is the lone surrogate"):
        tokenizer.encode_lines(["whole", "also", "a\udc80"])
    healed = "half \ud83d one".encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert tokenizer.decode(tokenizer.encode(healed)) == "half \ufffd one"


@pytest.mark.parametrize("wrong", [None, 5, b"bytes", ["a", "b"], float("nan")])
def test_what_is_no_text_is_refused_with_its_type(wrong: object):
    tokenizer = trained("bpe")
    name = type(wrong).__name__
    with pytest.raises(DataError, match=f"a text is a string, not {name}"):
        tokenizer.encode(wrong)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=f"text 1 is {name}, not a string"):
        tokenizer.encode_batch(["a", wrong], threads=2)  # type: ignore[list-item]
    with pytest.raises(DataError, match=f"text 2 is {name}, not a string"):
        tokenizer.encode_lines(["a", "b", wrong])  # type: ignore[list-item]


@pytest.mark.parametrize("wrong", ["text", b"text", None, 5])
def test_one_text_is_no_batch(wrong: object):
    tokenizer = trained("bpe")
    for encode in (tokenizer.encode_batch, tokenizer.encode_padded, tokenizer.encode_lines):
        with pytest.raises(
            DataError, match=f"several texts are a list of strings, not {type(wrong).__name__}"
        ):
            encode(wrong)  # type: ignore[operator]


def test_lines_may_come_one_by_one():
    tokenizer = trained("bpe")
    ids, lengths = tokenizer.encode_lines(iter(["a", "b"]))
    assert ids.tolist() == tokenizer.encode_lines(["a", "b"])[0].tolist() and lengths.size == 2


def test_errors_number_texts_from_the_first_one_on():
    """Also behind those that are given to the package at once."""
    tokenizer = trained("bpe")
    for number, count in ((1_200, 1_300), (1_024, 1_025)):
        texts = ["a"] * count
        texts[number] = "b\udc80"
        for encode in (tokenizer.encode_batch, tokenizer.encode_padded, tokenizer.encode_lines):
            with pytest.raises(DataError, match=f"^text {number:d}: character 1 is the lone surrogate"):
                encode(texts)  # type: ignore[operator]
        with pytest.raises(DataError, match=f"^text {number:d}: character 1 is"):
            tokenizer.encode_batch(texts, threads=2)
    reading = tokenizer.for_reading()
    reading.encode_lines(["a"] * 7)
    with pytest.raises(DataError, match=r"^text 8: character 1 is"):
        reading.encode_lines(["a", "b\udc80"])


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([-1], "the id -1 is not in the vocabulary"),
        ([10**6], "the id 1000000 is not"),
        ([0.5], "whole numbers"),
        ([[1], [2, 3]], "those of one text here"),
        ([[], []], "one-dimensional"),
    ],
)
def test_ids_that_are_none_are_refused(ids: list[float], said: str):
    with pytest.raises(DataError, match=said):
        trained("bpe").decode(ids)
    with pytest.raises(DataError, match="these have none"):
        trained("bpe").decode(Tokens(["a"], np.zeros((1, 2), np.int64)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"algorithm": "bpa"}, "algorithm is one of bpe, wordpiece, unigram, not 'bpa'"),
        ({"vocab_size": 100}, "vocab_size is a whole number from 261 to"),
        ({"vocab_size": None}, "vocab_size is a whole number"),
        ({"byte_fallback": 1}, "byte_fallback is True or False, not 1"),
        ({"special_tokens": "<s>"}, "special_tokens are several strings"),
        ({"special_tokens": ("<s>", "<s>")}, "the special token '<s>' is given twice"),
        ({"special_tokens": {"<s>", "</s>"}}, "several strings in order"),
        ({"special_tokens": None}, "several strings in order.*not None"),
        ({"special_tokens": 5}, "several strings in order.*not 5"),
        ({"special_tokens": ("a", "<s>")}, "the special token 'a' is a single character.*write <a>"),
        ({"special_tokens": ("",)}, "a special token is printable"),
        ({"special_tokens": (" a",)}, "no white space around it"),
        ({"byte_fallback": False, "special_tokens": ()}, "add '<unk>' to special_tokens"),
        ({"algorithm": "unigram", "min_frequency": 3}, "unigram scores its pieces"),
        ({"algorithm": "wordpiece", "max_token_length": 3}, "wordpiece has no max_token_length"),
        ({"max_token_length": 0}, "max_token_length is a whole number from 1 to 100"),
        ({"min_frequency": 0}, "min_frequency is a whole number from 1"),
        ({"normalizer": "NFC"}, "normalizer is a TextNormalizer or None, not str"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], said: str):
    with pytest.raises(OptionError, match=said):
        SubwordTokenizer.train(TEXT, **options)  # type: ignore[arg-type]


def test_a_length_that_leaves_no_room_is_refused():
    with pytest.raises(OptionError, match="max_length is a whole number from 2 to"):
        trained("bpe").encode("a", ends=True, max_length=1)
    with pytest.raises(OptionError, match="threads is a whole number from 1"):
        trained("bpe").encode_batch(["a"], threads=0)


@pytest.mark.parametrize(
    ("corpus", "said"),
    [
        ([], "the source is empty"),
        ([""], "holds no text to train on"),
        ([["a", "b"]], "not on token lists"),
        (["a", None], "item 1 is NoneType, not a string"),
        ("nowhere.txt", "there is no file nowhere.txt"),
    ],
)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_corpus_that_is_none_is_refused(algorithm: str, corpus: object, said: str):
    with pytest.raises(DataError, match=said):
        SubwordTokenizer.train(corpus, algorithm=algorithm, vocab_size=300)  # type: ignore[arg-type]


def test_unigram_says_what_a_corpus_lacks():
    with pytest.raises(DataError, match="more different letters than vocab_size has room for"):
        SubwordTokenizer.train(WORDS, algorithm="unigram", byte_fallback=False, vocab_size=10)
    with pytest.raises(DataError, match="too little text for unigram"):
        SubwordTokenizer.train(["\x00"], algorithm="unigram", byte_fallback=False, vocab_size=300)


def test_line_ends_of_windows_are_no_tokens(tmp_path: Path):
    plain, windows = tmp_path / "plain.txt", tmp_path / "windows.txt"
    plain.write_bytes("\n".join(TEXT).encode())
    windows.write_bytes("\r\n".join(TEXT).encode())
    first, second = (SubwordTokenizer.train(path, vocab_size=300) for path in (plain, windows))
    assert first.keys == second.keys
    with firth.read_text(windows, tokenizer=first, min_count=1) as found:
        assert found.over(first.vocabulary).tokens.tolist() == first.encode_lines(TEXT)[0].tolist()


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece"])
@pytest.mark.parametrize("byte_fallback", [True, False])
def test_the_time_of_training_grows_with_the_text(
    algorithm: str, byte_fallback: bool, growth: Callable[..., float]
):
    """Not with the square of a word that never ends."""
    letters = "".join(random.Random(1).choices("abcdefgh", k=160_000))

    def train(text: str) -> None:
        SubwordTokenizer.train([text], algorithm=algorithm, byte_fallback=byte_fallback, vocab_size=1_000)  # type: ignore[arg-type]

    assert growth(train, letters[:10_000], letters, allowed=64) <= 64


@pytest.mark.parametrize("wrong", ["bpe", None])
def test_it_is_made_of_a_tokenizer(wrong: object):
    with pytest.raises(DataError, match=f"made by train or load.*not of {type(wrong).__name__}"):
        SubwordTokenizer(wrong)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_word_of_a_million_letters_is_cut(algorithm: str):
    """A quadratic step would take days here, and a limit on the length of words would give one unknown."""
    tokenizer = trained(algorithm)
    text = "ab" * 500_000
    ids, lengths = tokenizer.encode_lines([text])
    assert tokenizer.decode(ids) == text
    assert lengths.tolist() == [ids.size]
