"""Graded pairs: the figures of SciPy, what is covered, and what is said about the rest."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from firth import Vectors
from firth.errors import OptionError
from firth.measure import GradedPairs, similarity

WORDS = [f"w{i}" for i in range(30)]


def space(seed=0, words=WORDS):
    return Vectors(words, np.random.default_rng(seed).standard_normal((len(words), 6)))


def some_pairs(n=40, seed=1):
    random = np.random.default_rng(seed)
    pairs = tuple((WORDS[a], WORDS[b]) for a, b in random.integers(0, 30, (n, 2)))
    return GradedPairs(name="some", pairs=pairs, grades=tuple(random.random(n).round(1).tolist()))


def test_the_figures_are_those_of_scipy():
    v, pairs = space(), some_pairs()
    scores = [v.similarity(a, b) for a, b in pairs.pairs]
    report = similarity(v, pairs)
    assert report["spearman"].value == pytest.approx(stats.spearmanr(scores, pairs.grades).statistic)
    assert report["pearson"].value == pytest.approx(stats.pearsonr(scores, pairs.grades).statistic)
    for row in report:
        assert row.low < row.value < row.high
        assert (row.n, row.total, row.coverage) == (40, 40, 1.0)
    assert report.value == report["spearman"].value


def test_the_order_of_the_pairs_does_not_matter_and_the_seed_repeats():
    v, pairs = space(), some_pairs()
    other = GradedPairs(name="some", pairs=pairs.pairs[::-1], grades=pairs.grades[::-1])
    assert similarity(v, pairs) == similarity(v, pairs)
    assert [row.value for row in similarity(v, other)] == pytest.approx(
        [row.value for row in similarity(v, pairs)]
    )


def test_missing_words_and_bad_vectors_are_counted_and_named():
    matrix = np.random.default_rng(0).standard_normal((3, 4))
    matrix[2, 1] = np.nan
    v = Vectors(["a", "b", "bad"], matrix)
    pairs = GradedPairs(
        name="s", pairs=(("a", "b"), ("b", "a"), ("A", "b"), ("a", "x"), ("bad", "a")), grades=(1, 2, 3, 4, 5)
    )
    report = similarity(v, pairs)
    assert (report["spearman"].n, report["spearman"].total) == (3, 5)
    assert report.details["missing"] == ["x"]
    assert report.notes == ("2 of 5 pairs are not covered; missing: x",)
    assert similarity(v, replace(pairs, note="a line was empty")).notes[-1] == "a line was empty"
    assert similarity(v, pairs, case="exact")["spearman"].n == 2


def test_nothing_covered_is_a_report_without_a_figure():
    report = similarity(space(), GradedPairs(name="s", pairs=(("x", "y"),), grades=(1.0,)))
    assert report.rows[0].n == 0
    assert np.isnan(report.value)
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["rows"][0]["value"] is None
    assert "–" in str(report)


def test_a_file_is_read_and_a_bad_seed_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("w0,w1,3\nw2,w3,1\nw4,w5,2\n")
    assert similarity(space(), path).rows[0].task == "mine"
    with pytest.raises(OptionError, match=r"seed is a whole number from 0 to .*, not -1"):
        similarity(space(), path, seed=-1)


def test_the_printed_report():
    text = str(similarity(space(), some_pairs()))
    assert text.splitlines()[0] == "some: correlation with people's grades"
    assert text.splitlines()[1].split() == ["value", "95", "%", "interval", "n", "coverage"]
    assert text.splitlines()[2].startswith("spearman")
    with pytest.raises(KeyError, match="there are spearman, pearson"):
        similarity(space(), some_pairs())["kendall"]
