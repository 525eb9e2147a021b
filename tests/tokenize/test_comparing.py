"""Tokenizers side by side: figures that one can count, a verdict that says what it knows, a drawing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from subwords import WORDS, trained

import firth
from firth.errors import DataError, ExistsError, OptionError
from firth.tokenize.comparing import Comparison, compare_tokenizers
from firth.tokenize.comparisonfigure import _PANELS, _draw_panel, draw_comparison


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare_tokenizers(WORDS, algorithms=["bpe", "unigram"], vocab_sizes=[300, 600])


def row(found: Comparison, name: str) -> Any:
    (one,) = (row for row in found.rows if row.name == name)
    return one


def held_out() -> list[str]:
    return WORDS[9::10]


def test_the_figures_of_the_untrained_are_those_one_counts(found: Comparison):
    lines = held_out()
    words, characters = sum(len(line.split()) for line in lines), sum(map(len, lines))
    size = sum(len(line.encode()) for line in lines)
    by_character, by_byte, rules = (row(found, name) for name in ("characters", "bytes", "rules"))
    assert (by_character.tokens, by_byte.tokens) == (characters, size)
    assert by_character.fertility == characters / words
    assert by_byte.bytes == by_character.characters == 1.0
    assert rules.tokens == sum(len(firth.RuleTokenizer().encode(line)) for line in lines)
    known = {token for line in WORDS for token in firth.RuleTokenizer().encode(line)}
    assert rules.vocabulary < len(known)
    training = [line for i, line in enumerate(WORDS) if i % 10 != 9]
    seen = {token for line in training for token in firth.RuleTokenizer().encode(line)}
    tokens = [token for line in lines for token in firth.RuleTokenizer().encode(line)]
    assert rules.vocabulary == len(seen)
    assert rules.unknown == pytest.approx(sum(token not in seen for token in tokens) / len(tokens))
    lost = sum(len(token) for token in tokens if token not in seen)
    assert rules.coverage == pytest.approx(1 - lost / characters)
    assert rules.used == pytest.approx(len(seen & set(tokens)) / len(seen))


def test_the_figures_of_a_vocabulary_are_those_one_counts(found: Comparison):
    training = [line for i, line in enumerate(WORDS) if i % 10 != 9]
    tokenizer = firth.SubwordTokenizer.train(training, vocab_size=600)
    ids = np.concatenate([tokenizer.encode(line).ids for line in held_out()])
    ours = row(found, "bpe 600")
    counts = np.bincount(ids)
    shares = counts[counts > 0] / ids.size
    assert ours.tokens == ids.size and ours.vocabulary == len(tokenizer)
    assert ours.used == np.count_nonzero(counts) / len(tokenizer)
    assert ours.efficiency == pytest.approx(np.log((shares**2.5).sum()) / -1.5 / np.log(len(tokenizer)))
    assert (ours.unknown, ours.coverage) == (0.0, 1.0)
    assert ours.low < ours.fertility < ours.high
    assert ours.seconds > 0 and ours.speed > 0


def test_unknown_tokens_and_their_characters_are_counted():
    lines = ["plain words only here"] * 29 + ["plain words only ☃☃ here"]  # the last one is held out
    found = compare_tokenizers(lines, algorithms=["bpe"], vocab_sizes=[100], byte_fallback=False)
    ours = row(found, found.rows[-1].name)
    assert ours.unknown > 0
    assert ours.coverage == pytest.approx(1 - 2 / (21 + 21 + 24))
    assert not found.verdict.startswith("bpe")


def test_the_verdict_names_the_fewest_tokens_and_what_it_cannot_tell(found: Comparison):
    able = [one for one in found.rows if one.coverage == 1]
    best = min(able, key=lambda one: one.fertility)
    assert found.verdict.startswith(f"{best.name} takes the fewest tokens a word, {best.fertility:.3f}")
    twice = compare_tokenizers(
        WORDS, algorithms=[], vocab_sizes=[], others={"mine": trained("bpe"), "same": trained("bpe")}
    )
    assert "mine takes the fewest" in twice.verdict
    assert "on these lines same cannot be told from it" in twice.verdict


def test_the_same_text_gives_the_same_figures(found: Comparison):
    again = compare_tokenizers(WORDS, algorithms=["bpe", "unigram"], vocab_sizes=[300, 600])
    for one, other in zip(found.rows, again.rows, strict=True):
        changing = {"speed", "seconds"}
        assert {k: v for k, v in vars(one).items() if k not in changing} == {
            k: v for k, v in vars(other).items() if k not in changing
        }


def test_the_rest_of_a_long_text_is_left_out_and_that_is_said(tmp_path: Path):
    path = tmp_path / "long.txt"
    path.write_text("some words that come again and again\n" * 120_000)
    found = compare_tokenizers(path, algorithms=[], vocab_sizes=[], limit=1_000_000)
    assert found.report["rest_left_out"] == 1
    assert 1_000_000 <= found.report["bytes"] < 3_000_000
    names = []
    compare_tokenizers(WORDS, algorithms=[], progress=names.append)
    assert names == ["rules", "characters", "bytes"]


@pytest.mark.parametrize(
    ("corpus", "options", "error", "said"),
    [
        (["one line"], {}, DataError, "0.1 of 1 line is too little to measure on: .* so 30 in all"),
        (["a"] * 29, {}, DataError, "0.1 of 29 lines is too little"),
        ([["a"]], {}, DataError, "not on token lists"),
        (["a"], {"held_out": 0}, OptionError, "held_out is a number from 0.001 to 0.5, not 0"),
        (["a"], {"held_out": 5e-324}, OptionError, "held_out is a number from 0.001 to 0.5"),
        (["a"], {"held_out": 0.6}, OptionError, "held_out is a number from 0.001 to 0.5"),
        (["a"], {"vocab_sizes": []}, OptionError, "vocab_sizes names at least one size"),
        (["a"], {"vocab_sizes": 300}, OptionError, "vocab_sizes is a list, not 300"),
        (
            ["a"],
            {"vocab_sizes": [16_000, 100]},
            OptionError,
            "vocab_size is a whole number from 261 .*not 100",
        ),
        (["a"], {"algorithms": None}, OptionError, "algorithms is a list, not None"),
        (["a"], {"algorithms": "bpe"}, OptionError, r"algorithms is a list, not 'bpe': write \['bpe'\]"),
        (["a"], {"algorithms": ["bpe", "x"]}, OptionError, "one of bpe, wordpiece, unigram, not 'x'"),
        (["a"], {"limit": 0}, OptionError, "limit is a whole number from 1"),
        (["a"], {"others": ["x"]}, OptionError, r"others is a mapping of names to tokenizers, not \['x'\]"),
        (["a"], {"others": {1: None}}, OptionError, "the names of others are strings, not 1"),
        (["a"], {"others": {"x": 3}}, OptionError, "tokenizer is None, .* not 3"),
        (["a"], {"others": {"rules": None}}, OptionError, "'rules' is measured anyway; .* another name"),
        (["a"], {"others": {"bpe 4,000": None}}, OptionError, "'bpe 4,000' is measured anyway"),
    ],
)
def test_what_cannot_be_compared_is_refused(corpus: Any, options: Any, error: type[Exception], said: str):
    told: list[str] = []
    with pytest.raises(error, match=said):
        compare_tokenizers(corpus, progress=told.append, **options)
    assert told == []


def test_options_are_checked_before_anything_is_read():
    def corpus() -> Iterator[str]:
        raise AssertionError("the text was read")
        yield ""

    with pytest.raises(OptionError, match="not 'x'"):
        compare_tokenizers(corpus(), algorithms=["bpe", "x"])


def test_a_size_or_algorithm_named_twice_is_taken_once():
    found = compare_tokenizers(WORDS, algorithms=["bpe", "bpe"], vocab_sizes=[300, 300])
    assert [one.name for one in found.rows] == ["rules", "characters", "bytes", "bpe 300"]
    assert [one.algorithm for one in found.rows] == [None, None, None, "bpe"]


@pytest.mark.parametrize("share", [0.001, 0.07, 0.1, 0.25, 1 / 3, 0.4, 0.5])
def test_the_share_that_is_held_out_is_the_one_asked_for(share: float):
    lines = [f"{i}" for i in range(4_200)]
    report = compare_tokenizers(lines, algorithms=[], held_out=share).report
    assert abs(report["held_out_lines"] - share * len(lines)) < 1
    assert report["held_out_lines"] + report["training_lines"] == len(lines)


def test_damaged_lines_are_replaced_and_counted(tmp_path: Path):
    path = tmp_path / "damaged.txt"
    path.write_bytes(b"whole\n" * 30 + b"\xff bad \xff\n" * 2 + b"\xef\xbf\xbd\n")
    report = compare_tokenizers(path, algorithms=[]).report
    assert (report["invalid_utf8_lines"], report["training_lines"] + report["held_out_lines"]) == (2, 33)
    report = compare_tokenizers(["whole"] * 30 + ["lone \ud800"], algorithms=[]).report
    assert report["invalid_utf8_lines"] == 1


@pytest.mark.parametrize(("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_a_figure_is_drawn(found: Comparison, suffix: str, magic: bytes, tmp_path: Path):
    path = tmp_path / f"figure{suffix}"
    draw_comparison(found, path)
    drawn = path.read_bytes()
    assert drawn.startswith(magic)
    if suffix == ".svg":
        assert b"vocabulary" in drawn
    with pytest.raises(ExistsError):
        draw_comparison(found, path)
    with pytest.raises(OptionError, match=r"a figure ends in .png, .svg, .pdf; .*\.gif does not"):
        draw_comparison(found, tmp_path / "a.gif")


def test_a_panel_has_a_line_an_algorithm_and_bars_where_it_says_so(found: Comparison):
    # Neither the names nor figures that happen to be equal say what is drawn.
    rows = [
        replace(one, name=f"row {i}", used=one.fertility / 100, efficiency=one.fertility)
        for i, one in enumerate(found.rows)
        if one.algorithm is not None
    ]
    for panel in _PANELS:
        axis = Figure().subplots()
        _draw_panel(axis, rows, panel)
        assert axis.get_legend_handles_labels()[1] == ["bpe", "unigram"]
        bars = [one for one in axis.containers if isinstance(one, ErrorbarContainer)]
        assert len(bars) == (2 if panel.title.startswith("tokens a word") else 0)
        (line, *_) = axis.lines
        assert line.get_ydata() == pytest.approx([one.fertility for one in rows if one.algorithm == "bpe"])
