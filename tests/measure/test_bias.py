"""The association test against a case by hand and SciPy, the published direction, and what is left out."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from firth import Run, SkipGram, Vectors, datasets, read_text
from firth.errors import DataError, OptionError
from firth.measure.bias import WEAT, effect_size_of, weat
from firth.measure.outcome import Outcome, Task, row_of
from firth.measure.permutation import chance_of_split
from firth.measure.relativenorm import RND, rnd
from firth.measure.sets import AssociationTest


def turned(**degrees):
    """Vectors of length 2 in the plane at these angles."""
    angles = np.radians(list(degrees.values()))
    return Vectors(list(degrees), 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def by_hand():
    """s(w) = cos(angle) - sin(angle): good lies at 0 degrees, bad at 90."""
    return turned(rose=0, tulip=30, lily=20, wasp=60, flea=90, fly=75, good=0, bad=90)


TEST = AssociationTest(
    name="by hand",
    x=("rose", "tulip", "lily"),
    y=("wasp", "flea", "fly"),
    a=("good",),
    b=("bad",),
    names=("flowers", "insects", "good", "bad"),
)


def test_a_case_by_hand():
    s = {w: math.cos(math.radians(a)) - math.sin(math.radians(a)) for w, a in
         {"rose": 0, "tulip": 30, "lily": 20, "wasp": 60, "flea": 90, "fly": 75}.items()}  # fmt: skip
    flowers, insects = list(s.values())[:3], list(s.values())[3:]
    d = (np.mean(flowers) - np.mean(insects)) / np.std(list(s.values()))
    report = weat(by_hand(), TEST)
    row = report["effect size"]
    assert row.value == pytest.approx(d, abs=1e-6)
    assert row.value == pytest.approx(1.8651, abs=1e-4)
    assert (row.extra["p"], row.extra["p_two_sided"]) == (1 / 20, 2 / 20)  # the best of the 20 ways
    assert (row.extra["permutations"], row.extra["exact"], row.extra["p_low"]) == (20, True, 1 / 20)
    assert (row.n, row.total) == (6, 6)
    assert row.low < row.value <= row.high <= 2
    assert report["mean s of flowers"].value == pytest.approx(np.mean(flowers), abs=1e-6)
    assert report["mean s of insects"].value == pytest.approx(np.mean(insects), abs=1e-6)
    assert report.details["associations"] == pytest.approx(s, abs=1e-6)
    assert "p = 0.05 (one-sided), of all 20 permutations" in str(report)


@settings(max_examples=20)
@given(st.integers(2, 5), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_p_of_all_ways_is_that_of_scipy(n_x, n_y, seed):
    scores = np.random.default_rng(seed).integers(0, 5, n_x + n_y).astype(float)  # few values: many ties
    found = chance_of_split(scores, n_x, seed=1)

    def difference(x, y, axis):
        return x.mean(axis=axis) - y.mean(axis=axis)

    sides = scores[:n_x], scores[n_x:]
    greater = stats.permutation_test(sides, difference, n_resamples=np.inf, alternative="greater")
    less = stats.permutation_test(sides, difference, n_resamples=np.inf, alternative="less")
    assert found.p == pytest.approx(greater.pvalue, abs=1e-9)
    assert found.exact
    if n_x == n_y:  # then both tails are of one size
        assert found.p_two_sided == pytest.approx(min(1, 2 * min(greater.pvalue, less.pvalue)), abs=1e-9)


def test_p_of_drawn_ways_says_how_sure_it_is():
    random = np.random.default_rng(0)
    scores = np.concatenate([random.normal(0.6, 1, 20), random.normal(0, 1, 25)])
    drawn = chance_of_split(scores, 20, seed=1)
    assert (drawn.splits, drawn.exact) == (100_000, False)
    normal = stats.ttest_ind(scores[:20], scores[20:], alternative="greater").pvalue
    assert drawn.low < drawn.p < drawn.high
    assert drawn.p == pytest.approx(normal, rel=0.15)
    assert drawn.high - drawn.low < 0.005
    assert chance_of_split(scores, 20, seed=1) == drawn
    apart = chance_of_split(np.repeat([1.0, 0.0], 25), 25, seed=1)
    assert 0 < apart.p < apart.high < 1e-4
    assert apart.low == 0


def test_p_of_nothing_is_rarely_small():
    """Of 400 tests of words that differ by chance alone, about one in twenty comes out at p <= 0.05."""
    random = np.random.default_rng(3)
    small = sum(chance_of_split(random.standard_normal(12), 6, seed=1).p <= 0.05 for _ in range(400))
    assert stats.binomtest(small, 400, 0.05).pvalue > 0.001
    assert small > 0


def test_missing_words_are_named_list_by_list():
    test = AssociationTest(
        name="t",
        x=("rose", "tulip", "dahlia"),
        y=("wasp", "flea"),
        a=("good", "fine"),
        b=("bad",),
        names=("flowers", "insects", "pleasant", "unpleasant"),
    )
    report = weat(by_hand(), test)
    assert (report.rows[0].n, report.rows[0].total) == (4, 5)
    text = str(report)
    assert "flowers 2 of 3, insects 2 of 2, pleasant 1 of 2, unpleasant 1 of 1" in text
    assert "missing: dahlia, fine" in text
    assert "few words (2 of flowers, 2 of insects): the interval is narrower" in text
    assert report.details["lists"]["flowers"] == {"n": 2, "total": 3, "missing": ["dahlia"]}
    assert report.details["associations"]["dahlia"] is None
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["rows"][0]["p"] == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    "change", [{"x": ("no", "none")}, {"y": ("no",)}, {"a": ("no",)}, {"b": ("no", "none")}]
)
def test_a_list_of_unknown_words_has_no_figure(change):
    lists = {"x": TEST.x, "y": TEST.y, "a": TEST.a, "b": TEST.b} | change
    report = weat(by_hand(), AssociationTest(name="t", **lists))
    assert math.isnan(report.value)
    assert "p" not in report.rows[0].extra
    assert "p: none, since one of the lists has no word with a vector" in str(report)


def test_bad_vectors_and_vectors_that_are_all_alike():
    matrix = np.array(by_hand().matrix)
    matrix[0], matrix[3] = 0, np.nan
    report = weat(Vectors(list(by_hand()), matrix), TEST)
    assert report.rows[0].n == 4
    assert "missing: rose, wasp" in str(report)
    alike = weat(Vectors(list(by_hand()), np.ones((8, 3))), TEST)
    assert math.isnan(alike.value)
    assert (alike.rows[0].n, alike.rows[0].extra["p"]) == (6, 1.0)
    with pytest.raises(DataError, match="ids are strings"):
        weat(Vectors(range(3), np.eye(3)), TEST)
    with pytest.raises(OptionError, match=r"seed is a whole number from 0 to .*, not -1"):
        WEAT(test=TEST, seed=-1)


def test_a_word_on_both_sides_is_said_and_one_word_a_side_is_no_test():
    test = AssociationTest(name="t", x=("rose", "fly"), y=("wasp", "fly"), a=("good",), b=("bad",))
    report = weat(by_hand(), test)
    assert "in x and in y: fly" in str(report)
    one = weat(by_hand(), AssociationTest(name="t", x=("rose",), y=("wasp",), a=("good",), b=("bad",)))
    assert (one.value, one.rows[0].extra["p"]) == (pytest.approx(2.0), 0.5)
    assert math.isnan(one.rows[0].low)


@pytest.fixture(scope="module")
def slice_vectors():
    """Vectors of the text that ships."""
    text = read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=10)
    return SkipGram(dim=32, epochs=3).fit(text, run=Run(threads=1, progress=False)).vectors


@pytest.mark.parametrize("name", ["weat2", "weat6", "weat7"])
def test_the_published_direction_on_vectors_trained_here(slice_vectors, name):
    """Instruments are pleasant, men have careers, mathematics is male: the paper has 1.53, 1.81 and 1.06."""
    row = weat(slice_vectors, datasets.weat()[name]).rows[0]
    assert row.n >= 12
    assert row.value > 0.8
    assert row.extra["p"] < 0.01
    assert row.low > 0


def test_the_interval_covers_a_planted_effect():
    """Of 100 sets of 20 + 20 words with a planted effect, the interval misses about five."""
    random = np.random.default_rng(5)
    gap, n, missed = 1.0, 20, 0
    planted = gap / math.sqrt(1 + gap**2 / 4)  # over the spread of both sides together
    for _ in range(100):
        s = np.concatenate([random.normal(gap, 1, n), random.normal(0, 1, n)])
        found = Outcome(
            task="t", figure="d", values=s, covered=np.ones(2 * n, bool), statistic=effect_size_of(n)
        )
        row = row_of(found, seed=1)
        missed += not row.low <= planted <= row.high
    assert stats.binomtest(missed, 100, 0.05).pvalue > 0.001


def test_the_interval_keeps_to_the_range_of_the_effect():
    """Of two words a side a resample would often have three of one, and with them a d beyond 2."""
    found = Outcome(
        task="t",
        figure="d",
        values=np.array([1.0, 0.2, -0.1, -1.0]),
        covered=np.ones(4, bool),
        statistic=effect_size_of(2),
    )
    row = row_of(found, seed=1)
    assert -2 <= row.low < row.value < row.high <= 2
    assert found.under(np.array([[2.0, 1, 1, 0]]))[0] == found.under(np.array([[4.0, 2, 6, 0]]))[0]


def test_the_relative_norm_distance_by_hand():
    v = turned(he=0, man=0, she=90, woman=90, nurse=60, smith=30, judge=45)
    report = rnd(v, ["nurse", "smith", "judge", "baker"], first=["he", "man"], second=["she", "woman", "it"])
    apart = {a: 2 * math.sin(math.radians(a) / 2) for a in (30, 45, 60)}  # chords of the unit circle
    expected = [apart[60] - apart[30], apart[30] - apart[60], 0]
    assert list(report.details["distances"].values())[:3] == pytest.approx(expected, abs=1e-6)
    assert report.details["distances"]["baker"] is None
    assert report.value == pytest.approx(0, abs=1e-6)
    assert (report.rows[0].n, report.rows[0].total) == (3, 4)
    assert report.rows[0].low < 0 < report.rows[0].high
    assert "neutral 3 of 4, first 2 of 2, second 2 of 3" in str(report)
    one = rnd(v, ["nurse", "judge"], first=["he"], second=["she"], name="work")
    assert one.rows[0].extra["sum"] == pytest.approx(expected[0], abs=1e-6)
    assert one.title == "work: relative norm distance"
    task: Task = RND(neutral=("nurse",), first=("he",), second=("x",))
    assert math.isnan(task.report(v).value)
    assert task.report(v).rows[0].extra["sum"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"neutral": "nurse"}, "neutral is a list of words, not 'nurse'"),
        ({"neutral": []}, r"neutral is a list of words, not \[\]"),
        ({"first": "he"}, "first is a list of words"),
        ({"second": ()}, "second is a list of words"),
    ],
)
def test_lists_of_the_relative_norm_distance(change, message):
    lists = {"neutral": ["rose"], "first": ["good"], "second": ["bad"]} | change
    with pytest.raises(DataError, match=message):
        rnd(by_hand(), lists["neutral"], first=lists["first"], second=lists["second"])
