"""Translating words by their neighbours: ranks by the formula, many translations, ties, what is missing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from firth import Vectors, align
from firth.errors import DataError, FormatError, OptionError
from firth.measure import Dictionary
from firth.measure.lexicon import Lexicon, lexicon
from firth.measure.spaces import find_words
from firth.neighbours import unit_rows


def spaces(n=200, dim=8, noise=0.8, seed=0):
    random = np.random.default_rng(seed)
    rows = random.standard_normal((n, dim))
    source = Vectors([f"s{i}" for i in range(n)], rows)
    return source, Vectors([f"t{i}" for i in range(n)], rows + noise * random.standard_normal((n, dim)))


def pairs_of(n):
    return tuple((f"s{i}", f"t{i}") for i in range(n))


@pytest.mark.parametrize("method", ["csls", "nn"])
def test_the_figures_are_those_of_the_formula(method):
    source, target = spaces()
    pairs = (*pairs_of(120), ("s0", "t5"), ("s1", "t199"), ("s1", "t198"))
    x, y = (unit_rows(space.matrix).astype(np.float64) for space in (source, target))
    keys = 2 * x @ y.T
    if method == "csls":
        keys -= np.sort(y @ x.T, axis=1)[:, -10:].mean(axis=1)
    golds = {f"s{i}": {int(b[1:]) for a, b in pairs if a == f"s{i}"} for i in range(120)}
    order = np.argsort(-keys, axis=1)
    ranks = np.array([min(np.flatnonzero(order[i] == g)[0] for g in golds[f"s{i}"]) + 1 for i in range(120)])
    report = lexicon(source, target, Dictionary(name="d", pairs=pairs), method=method)
    assert [report[f"P@{n}"].value for n in (1, 5, 10)] == [np.mean(ranks <= n) for n in (1, 5, 10)]
    assert 0.2 < report.value < 0.9
    assert report["MRR"].value == pytest.approx(np.mean(1 / ranks))
    assert all(row.low < row.value < row.high and (row.n, row.total) == (120, 120) for row in report)


def test_a_word_counts_once_and_any_of_its_translations_is_right():
    rows = np.eye(4)
    source = Vectors(["dog", "cat"], rows[:2])
    target = Vectors(
        ["cane", "cagna", "gatto", "ente"], [[0.7, 0, 0.7, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    )
    given = Dictionary(name="d", pairs=(("dog", "cane"), ("dog", "cagna"), ("dog", "cane"), ("cat", "gatto")))
    report = lexicon(source, target, given, method="nn")
    assert (report.value, report.rows[0].n) == (1.0, 2)
    report = lexicon(source, target, Dictionary(name="d", pairs=(("dog", "cane"),)), method="nn")
    assert (report["P@1"].value, report["P@5"].value, report["MRR"].value) == (0, 1, 0.5)


def test_an_alignment_brings_the_spaces_together():
    source, target = spaces(noise=0.1)
    turned = Vectors(
        target.ids, target.matrix @ np.linalg.qr(np.random.default_rng(1).standard_normal((8, 8)))[0]
    )
    given = Dictionary(name="d", pairs=pairs_of(200)[100:])
    assert lexicon(source, turned, given).value < 0.1
    for learner in (align.Procrustes(), align.Procrustes(centre=True, reweight=0.5)):
        alignment = learner.fit(source, turned, pairs_of(100))
        assert lexicon(source, turned, given, alignment=alignment).value > 0.95
    wide = Vectors(target.ids, np.hstack([turned.matrix, turned.matrix]))
    ridge = align.Ridge().fit(source, wide, pairs_of(100))
    assert lexicon(source, wide, given, alignment=ridge).value > 0.9


def test_spaces_in_which_all_is_equal_earn_nothing():
    same = Vectors([f"t{i}" for i in range(50)], np.ones((50, 4)))
    source, _ = spaces(n=50, dim=4)
    for method in ("nn", "csls"):
        report = lexicon(source, same, Dictionary(name="d", pairs=pairs_of(50)), method=method)
        assert report["P@10"].value == 0
        assert report["MRR"].value == pytest.approx(1 / 25.5)


def test_what_is_missing_is_counted_and_named():
    source, target = spaces(n=20)
    matrix = source.matrix.copy()
    matrix[4] = np.nan
    source = Vectors(source.ids, matrix)
    pairs = (*pairs_of(6), ("x", "t1"), ("s7", "y"), ("s8", "y"), ("s8", "t8"), ("S9", "T9"))
    report = lexicon(source, target, Dictionary(name="d", pairs=pairs))
    assert (report.rows[0].n, report.rows[0].total) == (7, 10)
    assert report.details["missing"] == ["x", "y"]
    assert report.details["pairs"] == 11
    assert "3 of 10 words are not covered" in str(report)
    assert "missing (2): x, y" in str(report)
    exact = lexicon(source, target, Dictionary(name="d", pairs=pairs), case="exact")
    assert exact.rows[0].n == 6


def test_rows_of_zeros_are_neither_covered_nor_answers():
    """By CSLS, a row of zeros would come before a right answer in a crowded place."""
    source = Vectors(["a", "b", "c"], [[1.0, 0], [0, 0], [0.4, 0.9]])
    target = Vectors(["x", "0"], [[0.4, 0.9], [0, 0]])
    given = Dictionary(name="d", pairs=(("a", "x"), ("b", "y"), ("c", "0")))
    for method in ("csls", "nn"):
        report = lexicon(source, target, given, method=method, k=1)
        assert (report["MRR"].n, report["MRR"].value) == (1, 1.0)
        assert "2 of 3 words are not covered" in str(report)


def test_nothing_covered_is_a_report_without_a_figure():
    source, target = spaces(n=20)
    report = lexicon(source, target, Dictionary(name="d", pairs=(("x", "y"), ("s1", "z"))))
    assert np.isnan(report.value)
    assert report.rows[0].n == 0
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["rows"][0]["value"] is None


def test_only_the_most_frequent_words_are_asked_and_answer():
    source, target = spaces(n=100)
    given = Dictionary(name="d", pairs=pairs_of(100))
    report = lexicon(source, target, given, restrict=30)
    assert (report.rows[0].n, report.rows[0].extra["targets"]) == (30, 30)
    assert report.value > lexicon(source, target, given, restrict=None).value


def test_phrases_are_found_with_underscores():
    vectors = Vectors(["new_york", "a b", "york"], np.eye(3))
    words = ["New York", "a b", "old york", "york"]
    assert find_words(vectors, words, case="auto").tolist() == [0, 1, -1, 2]
    assert find_words(vectors, words, case="exact").tolist() == [-1, 1, -1, 2]


def test_the_outcomes_are_of_words():
    source, target = spaces(n=40)
    pairs = (*pairs_of(10), ("x", "t1"))
    outcomes = Lexicon(target=target, dictionary=Dictionary(name="d", pairs=pairs)).outcomes(source)
    assert [one.figure for one in outcomes] == ["P@1", "P@5", "P@10", "MRR"]
    assert outcomes[0].covered.tolist() == [True] * 10 + [False]
    assert np.isnan(outcomes[3].values[10])
    assert (outcomes[0].values[:10] <= outcomes[1].values[:10]).all()


def test_what_cannot_be_translated_is_refused(tmp_path):
    source, target = spaces(n=20)
    given = Dictionary(name="d", pairs=pairs_of(5))
    with pytest.raises(
        DataError, match="vectors of dim 8 and 7 are not in one space; map one into the other"
    ):
        lexicon(source, Vectors(target.ids, target.matrix[:, :7]), given)
    with pytest.raises(DataError, match="can only be looked up in vectors whose ids are strings"):
        lexicon(source, Vectors(range(20), target.matrix), given)
    with pytest.raises(OptionError, match="method is 'csls' or 'nn', not 'best'"):
        lexicon(source, target, given, method="best")
    with pytest.raises(OptionError, match="restrict is a whole number from 1"):
        lexicon(source, target, given, restrict=0)
    with pytest.raises(OptionError, match="k is a whole number from 1"):
        lexicon(source, target, given, k=0)
    path = tmp_path / "d.txt"
    path.write_text("a\n")
    with pytest.raises(FormatError, match=r"line 1, divided by .*: a word and a translation were expected"):
        lexicon(source, target, path)
