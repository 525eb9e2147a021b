"""Comparisons: equals are not told apart, better is called better, and what is said is what was done."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from planted import Got, Planted
from scipy import stats

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.measure.analogies import Analogies
from firth.measure.bias import WEAT
from firth.measure.clusters import Clusters
from firth.measure.comparison import BETTER, LESS, MORE, UNKNOWN, UNTESTED, WORSE, compare
from firth.measure.pareto import pareto
from firth.measure.probe import Probe
from firth.measure.sets import AssociationTest, GradedPairs, LabelledItems, Questions
from firth.measure.standings import standings

WORDS = [f"w{i}" for i in range(60)]
TRUTH = np.random.default_rng(0).standard_normal((60, 8))


def noisy(amount, seed):
    return Vectors(WORDS, TRUTH + amount * np.random.default_rng(seed).standard_normal(TRUTH.shape))


def pairs(n=150, seed=1):
    random = np.random.default_rng(seed)
    both = random.integers(0, 60, (n, 2))
    grades = Vectors(WORDS, TRUTH).similarity([WORDS[i] for i in both[:, 0]], [WORDS[i] for i in both[:, 1]])
    return GradedPairs(
        name="pairs", pairs=tuple((WORDS[a], WORDS[b]) for a, b in both), grades=tuple(grades.tolist())
    )


def questions(n=200):
    """Questions that the true vectors answer right."""
    random = np.random.default_rng(3)
    v, some = Vectors(WORDS, TRUTH), []
    for _ in range(n):
        a, b, c = (WORDS[i] for i in random.choice(60, 3, replace=False))
        some.append((a, b, c, v.most_similar([b, c], [a], topn=1)[0][0]))
    return Questions(name="questions", sections=(("s", tuple(some)),))


def verdicts(report):
    return [row.extra["verdict"] for row in report]


def test_a_space_is_not_told_apart_from_itself():
    v = noisy(0.5, 1)
    for row in compare([v, v], [pairs(), questions()]):
        assert (row.value, row.extra["p"], row.extra["verdict"]) == (0, 1, UNKNOWN)
    shares = compare([v, v], questions()).rows[0]
    assert -0.02 < shares.low <= 0 <= shares.high < 0.02
    assert math.isnan(compare([v, v], pairs()).rows[0].low)  # no resample differs: nothing to tell how far


def test_the_better_space_is_better_from_both_sides():
    good, bad, sets = noisy(0.1, 1), noisy(1.5, 2), [pairs(), questions()]
    forth = compare({"bad": bad, "good": good}, sets)
    back = compare({"bad": bad, "good": good}, sets, baseline="good")
    assert verdicts(forth) == [BETTER, BETTER]
    assert verdicts(back) == [WORSE, WORSE]
    for row, other in zip(forth, back, strict=True):
        assert row.low > 0
        assert row.value == pytest.approx(-other.value)
        assert row.value == pytest.approx(row.extra["to"] - row.extra["from"])
        assert (row.extra["from"], row.extra["baseline"]) == (other.extra["to"], other.extra["space"])
        assert row.extra["p"] == pytest.approx(other.extra["p"], abs=0.01)
    assert "good beside bad: better on pairs (spearman), questions (accuracy)" in forth.notes


def test_what_the_items_got_decides_on_the_test():
    random = np.random.default_rng(1)
    right, score = random.integers(0, 2, (2, 50)), random.random((2, 50))
    grades = tuple(random.random(50))
    assert [
        compare([Got(values[0]), Got(values[1])], task).rows[0].extra["test"]
        for values, task in (
            (right, Planted(share=True)),
            (right, Planted()),
            (score, Planted()),
            (score, Planted(grades=grades)),
        )
    ] == ["McNemar, exact", *["sign flips, 9,999 drawn"] * 2, "bootstrap, 5,000 draws"]


def test_shares_by_hand():
    """10 items: 1 that a alone gets right, 6 that b alone does."""
    a, b = np.array([1, 0, 0, 0, 0, 0, 0, 1, 1, 0.0]), np.array([0, 1, 1, 1, 1, 1, 1, 1, 1, 0.0])
    [row] = compare([Got(a), Got(b)], Planted(share=True))
    assert (row.extra["from"], row.extra["to"], row.value) == (0.3, 0.8, 0.5)
    assert row.extra["p"] == pytest.approx(stats.binomtest(1, 7).pvalue)
    assert row.extra["effect_name"] == "Cohen's g"
    assert row.extra["effect"] == pytest.approx(6 / 7 - 0.5)
    error = math.sqrt((2 / 12 + 7 / 12 - (5 / 12) ** 2) / 12)  # Bonett and Price 2012
    assert (row.low, row.high) == pytest.approx((5 / 12 - 1.96 * error, 5 / 12 + 1.96 * error), abs=1e-4)
    assert row.extra["detectable"] == pytest.approx((1.959964 + 0.841621) * error)


def test_means_by_hand():
    a = np.random.default_rng(6).random(40)
    b = a + 0.1 + 0.05 * np.random.default_rng(7).standard_normal(40)
    [row] = compare([Got(a), Got(b)], Planted())
    away = b - a
    assert row.extra["effect_name"] == "d_z"
    assert row.extra["effect"] == pytest.approx(away.mean() / away.std(ddof=1))
    student = stats.ttest_1samp(away, 0).confidence_interval()
    assert (row.low, row.high) == pytest.approx((student.low, student.high), abs=0.003)
    assert row.extra["detectable"] == pytest.approx(2.8016 * away.std(ddof=1) / math.sqrt(40), rel=1e-4)


def test_only_items_that_both_cover_count():
    half = Vectors(WORDS[:30], TRUTH[:30])
    report = compare({"all": Vectors(WORDS, TRUTH), "half": half}, pairs())
    assert report.rows[0].n < report.rows[0].total
    assert report.rows[0].value == 0
    assert f"pairs: of 150 items are covered by all 150, half {report.rows[0].n}" in report.notes[-1]


def test_every_pair_shares_what_it_can():
    """Each pair of spaces is compared where the two cover, whatever the third does."""
    x = np.random.default_rng(0).random((3, 30))
    x[0, :10] = x[2, 20:] = np.nan
    report = compare(dict(zip("abc", map(Got, x), strict=True)), Planted(), every_pair=True)
    assert [(row.extra["baseline"], row.extra["space"], row.n) for row in report] == [
        ("a", "b", 20), ("a", "c", 10), ("b", "c", 20),
    ]  # fmt: skip
    alone = compare({"a": Got(x[0]), "c": Got(x[2])}, Planted()).rows[0]
    assert (report.rows[1].low, report.rows[1].extra["p"]) == (alone.low, alone.extra["p"])


def test_figures_that_cannot_be_had_are_marked_and_not_claimed():
    nothing = compare(
        {"x": Vectors(["x"], [[1.0]]), "half": Vectors(WORDS[:30], TRUTH[:30])}, [pairs(), questions()]
    )
    assert [row.n for row in nothing] == [0, 0]
    assert all(math.isnan(row.value) for row in nothing)
    assert verdicts(nothing) == [UNKNOWN, UNKNOWN]
    assert json.loads(json.dumps(nothing.to_dict(), allow_nan=False))["rows"][0]["p"] is None
    assert nothing.details["tests"] == 0
    assert UNKNOWN in str(nothing)


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_items_prove_nothing(n):
    for task in (Planted(), Planted(grades=(0.1, 0.2)[:n])):
        [row] = compare([Got([0.2, 0.3][:n]), Got([0.7, 0.9][:n])], task)
        assert row.n == n
        assert row.extra["p"] is None
        assert row.extra["verdict"] == UNKNOWN
    [row] = compare([Got([0.0] * n), Got([1.0] * n)], Planted())
    assert row.extra["verdict"] == UNKNOWN


def test_ties_everywhere_and_constant_vectors():
    same = Vectors(WORDS, np.ones((60, 4)))
    [row] = compare({"same": same, "other": noisy(0.5, 1)}, pairs())
    assert math.isnan(row.value)  # all similarities are equal: there is no order to correlate
    assert row.extra["verdict"] == UNKNOWN
    [row] = compare([Got(np.full(20, 0.5)), Got(np.full(20, 0.5))], Planted())
    assert (row.value, row.extra["p"], row.extra["detectable"]) == (0, 1, None)


def test_the_same_gain_on_every_item_has_no_spread():
    x = np.random.default_rng(3).random(40)
    [row] = compare([Got(x), Got(x + 0.1)], Planted())
    assert (row.extra["verdict"], row.extra["effect"], row.extra["detectable"]) == (BETTER, None, None)


def test_rows_that_are_not_finite_are_not_covered():
    broken = TRUTH.copy()
    broken[:5] = np.nan
    [row] = compare({"whole": noisy(0.1, 1), "broken": Vectors(WORDS, broken)}, pairs())
    assert 0 < row.n < row.total
    assert math.isfinite(row.value)


def test_p_is_corrected_over_all_of_the_call():
    x = np.random.default_rng(9).random(40)
    shifted = {f"b{i}": Got(x + 0.02 + 0.05 * np.random.default_rng(i).standard_normal(40)) for i in range(3)}
    spaces = {"a": Got(x), **shifted}
    report = compare(spaces, [Planted(name="one"), Planted(name="two")], figures="all")
    plain = compare(spaces, [Planted(name="one"), Planted(name="two")], figures="all", correction="none")
    assert len(report) == 12
    assert [row.extra["figure"] for row in report][:6] == ["mean"] * 3 + ["again"] * 3
    least = min(row.extra["p"] for row in report)
    assert min(row.extra["p_adjusted"] for row in report) == pytest.approx(12 * least)
    assert [row.extra["p_adjusted"] for row in plain] == [row.extra["p"] for row in report]
    assert "12 tests, corrected by Holm's method" in str(report)
    false_rate = compare(spaces, Planted(), correction="benjamini-hochberg")
    assert "expected share of false claims" in str(false_rate)


def test_the_same_seed_says_the_same():
    spaces = [noisy(0.5, 1), noisy(0.7, 2)]
    assert compare(spaces, pairs(), seed=3).to_dict() == compare(spaces, pairs(), seed=3).to_dict()
    assert compare(spaces, pairs(), seed=3).rows[0].low != compare(spaces, pairs(), seed=4).rows[0].low


def test_files_and_tasks_with_options(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text(
        "".join(f"{a} {b} {grade}\n" for (a, b), grade in zip(pairs().pairs, pairs().grades, strict=True))
    )
    assert compare([noisy(0.1, 1), noisy(1.5, 2)], path).rows[0].name == "mine (spearman)"
    few = Analogies(questions=questions(), restrict=20)
    [row] = compare([noisy(0.1, 1), noisy(1.5, 2)], few)
    assert row.n < 100


@pytest.mark.parametrize(
    ("error", "options", "message"),
    [
        (OptionError, {"baseline": "third"}, r"baseline is one of 'space 1', 'space 2', not 'third'"),
        (OptionError, {"baseline": "space 1", "every_pair": True}, "every_pair has no baseline"),
        (OptionError, {"correction": "bonferroni"}, "correction is 'holm'"),
        (OptionError, {"figures": "some"}, "figures is 'main' or 'all', not 'some'"),
        (OptionError, {"seed": -1}, "seed is a whole number"),
    ],
)
def test_bad_options(error, options, message):
    with pytest.raises(error, match=message):
        compare([noisy(0.1, 1), noisy(0.1, 2)], pairs(), **options)


def test_what_cannot_be_compared():
    v = noisy(0.1, 1)
    with pytest.raises(DataError, match="at least one set"):
        compare([v, v], [])
    with pytest.raises(DataError, match="at least 2 spaces"):
        compare({"one": v}, pairs())
    with pytest.raises(OptionError, match="several spaces"):
        compare(v, v)
    with pytest.raises(
        DataError, match="the space 'two': words are looked up in Vectors or a Model, not in a list"
    ):
        compare({"one": v, "two": [1, 2]}, pairs())
    with pytest.raises(DataError, match="not asked the same items: a 3, b 4"):
        compare({"a": Got(np.ones(3)), "b": Got(np.ones(4))}, Planted())
    numbered = Vectors(np.arange(3), np.eye(3))
    with pytest.raises(DataError, match="ids are strings"):
        compare([numbered, numbered], pairs())


def test_a_handful_of_items_is_not_told_apart_however_far_it_lies():
    """Three pairs in the one order and in the other: a correlation of -1 against one of 1."""
    grades = (1.0, 2.0, 3.0)
    [row] = compare([Got([3.0, 2.0, 1.0]), Got(grades)], Planted(grades=grades))
    assert (row.value, row.extra["p"], row.extra["detectable"]) == (pytest.approx(2), None, None)
    assert math.isnan(row.low)
    assert row.extra["verdict"] == UNKNOWN
    random = np.random.default_rng(1)
    for _ in range(20):
        values = random.standard_normal((2, 5))
        [row] = compare(list(map(Got, values)), Planted(grades=tuple(random.standard_normal(5))))
        assert row.extra["verdict"] == UNKNOWN
        assert row.extra["p"] is None or row.extra["p"] >= 2 / 2**5


def test_more_is_better_only_where_it_is():
    x = np.random.default_rng(3).random(40)
    for direction, verdicts in ((True, (BETTER, WORSE)), (False, (WORSE, BETTER)), (None, (MORE, LESS))):
        task = Planted(higher_is_better=direction)
        report = compare({"a": Got(x), "up": Got(x + 0.1), "down": Got(x - 0.1)}, task)
        assert tuple(row.extra["verdict"] for row in report) == verdicts
        assert f"up beside a: {verdicts[0]} on planted (mean)" in report.notes


def test_a_bias_is_more_and_not_better():
    words = [f"{kind}{i}" for kind in "xyab" for i in range(8)]
    axis = np.repeat([1.0, -1.0, 1.0, -1.0], 8)[:, None]
    fair = np.random.default_rng(0).standard_normal((32, 6))
    lists = {kind: tuple(word for word in words if word[0] == kind) for kind in "xyab"}
    task = WEAT(test=AssociationTest(name="t", **lists))
    biased = Vectors(words, np.hstack([fair, 3 * axis]))
    [row] = compare({"fair": Vectors(words, fair), "biased": biased}, task)
    assert row.extra["verdict"] == MORE
    report = standings([biased], task)
    assert report.rows[0].to_dict()["higher_is_better"] is None
    with pytest.raises(DataError, match="t: more is not better there"):
        pareto({"space 1": biased}, report)


def test_clusters_get_no_verdict_that_would_not_hold():
    """Of equals k-means now and then finds another optimum, which tests of fixed clusters claim."""
    random = np.random.default_rng(5)
    words = [f"w{i}" for i in range(60)]
    labels = tuple(str(i % 4) for i in range(60))
    task = Clusters(labelled=LabelledItems(name="l", items=tuple(words), labels=labels), seeds=2)
    centres = random.standard_normal((4, 6))[np.arange(60) % 4]
    one, two = (
        Vectors(words, centres + random.standard_normal((60, 6)), metric="euclidean") for _ in range(2)
    )
    report = compare({"one": one, "two": two}, task, correction="none", figures="all")
    for row in report:
        assert (row.extra["p"], row.extra["detectable"], row.extra["verdict"]) == (None, None, UNTESTED)
        assert row.low <= row.value <= row.high
    assert report.details["tests"] == 0
    assert "l: no verdict, since other items would make other clusters" in str(report)


def test_tasks_on_one_set_are_told_apart_and_their_notes_are_kept():
    words = [f"w{i}" for i in range(30)]
    labelled = LabelledItems(
        name="l", items=(*words, "missing"), labels=(*"abc" * 10, "a"), note="one line was empty"
    )
    matrices = np.random.default_rng(0).standard_normal((2, 30, 4))
    spaces = {name: Vectors(words, matrix) for name, matrix in zip("vw", matrices, strict=True)}
    tasks = [Clusters(labelled=labelled, seeds=2), Probe(labelled=labelled, l2=1.0)]
    report = compare(spaces, tasks)
    assert [row.task for row in report] == ["l, clusters", "l, probe"]
    for some in (report, standings(spaces, tasks)):
        assert "l, probe: one line was empty" in some.notes
        assert any(note.startswith("l, clusters: 1 of 31 items are not covered") for note in some.notes)
    [row, _] = pareto(spaces, tasks, queries=5, repeats=1)
    assert row.task == "l, clusters, l, probe"
    assert row.total == 62


def test_a_task_has_the_same_figures_for_all_spaces():
    class Odd(Planted):
        def outcomes(self, space):
            return super().outcomes(space)[: int(space.values[0])]

    for function in (compare, standings):
        with pytest.raises(DataError, match="space 1: mean; space 2: mean, again"):
            function([Got([1.0, 2.0]), Got([2.0, 2.0])], Odd(), figures="all")
