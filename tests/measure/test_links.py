"""Links: the figures of scikit-learn under any weights, planted graphs, and pairs that are not there."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.measure.links import Links, links
from firth.measure.rankscores import area_under_curve, average_precision
from firth.measure.sets import LinkSet
from firth.measure.sets.notlinked import hold_out_links

SCORED = st.lists(st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 3)), min_size=2, max_size=30)


@given(SCORED)
def test_the_figures_are_those_of_scikit_learn_under_any_weights(scored):
    right = np.array([one[0] for one in scored])
    scores = np.array([one[1] for one in scored], float)
    weights = np.array([[one[2] for one in scored], [1] * len(scored)], float)
    items = np.arange(len(scored))
    areas = area_under_curve(right)(scores, items, weights)
    precisions = average_precision(right)(scores, items, weights)
    for area, precision, row in zip(areas, precisions, weights, strict=True):
        drawn = np.repeat(items, row.astype(int))
        if right[drawn].any():
            expected = metrics.average_precision_score(right[drawn], scores[drawn])
            assert precision == pytest.approx(expected, abs=1e-12)
        else:
            assert np.isnan(precision)
        if right[drawn].any() and not right[drawn].all():
            assert area == pytest.approx(metrics.roc_auc_score(right[drawn], scores[drawn]), abs=1e-12)
        else:
            assert np.isnan(area)


def test_a_statistic_follows_the_values_that_it_is_given():
    """A paired test may ask for other values of the same items: nothing kept from before may serve."""
    random = np.random.default_rng(0)
    right, items, once = random.random(30) < 0.5, np.arange(30), np.ones((1, 30))
    statistic = area_under_curve(right)
    for _ in range(3):
        scores = random.standard_normal(30)
        assert statistic(scores, items, once)[0] == pytest.approx(metrics.roc_auc_score(right, scores))
    part = np.arange(5, 25)
    assert statistic(scores[part], part, once[:, :20])[0] == pytest.approx(
        metrics.roc_auc_score(right[part], scores[part])
    )


def communities(n=60, groups=3, seed=0):
    """Links within groups of ids, and vectors that know the groups."""
    random = np.random.default_rng(seed)
    group = np.arange(n) % groups
    a, b = np.triu_indices(n, 1)
    linked = random.random(a.size) < np.where(group[a] == group[b], 0.4, 0.03)
    pairs = [(int(x), int(y)) for x, y in zip(a[linked], b[linked], strict=True)]
    matrix = np.eye(groups)[group] + 0.4 * random.standard_normal((n, groups))
    return pairs, Vectors(range(n), matrix), group


def test_planted_communities_are_told_and_noise_is_not():
    pairs, vectors, _ = communities()
    train, test = hold_out_links(pairs, share=0.3)
    report = links(vectors, test)
    assert report["AUC"].value > 0.75
    assert report["average precision"].value > 0.7
    noise = Vectors(vectors.ids, np.random.default_rng(1).standard_normal((60, 5)))
    chance = links(noise, test)["AUC"]
    assert chance.low < 0.5 < chance.high
    for row in report:
        assert row.low < row.value < row.high
        assert (row.n, row.total) == (len(test), len(test))
        assert row.extra["chance"] == pytest.approx(0.5)
    assert "drawn at random (seed 1)" in str(report)
    json.dumps(report.to_dict(), allow_nan=False)
    assert len(train) + len(test.links) == len(pairs)


def test_a_pair_scores_what_the_metric_gives():
    vectors = Vectors(["a", "b", "c"], [[1, 0], [5, 0], [0.9, 0.4]], metric="dot")
    given = LinkSet(name="s", links=(("a", "b"),), others=(("a", "c"), ("b", "c")))
    for metric in ("dot", "cosine", "euclidean"):
        space = Vectors(vectors.ids, vectors.matrix, metric=metric)
        scores = Links(links=given).outcomes(space)[0].values
        assert scores == pytest.approx(space.similarity(["a", "a", "b"], ["b", "c", "c"]))


@pytest.mark.parametrize("features", ["hadamard", "average", "L1", "L2"])
def test_links_can_be_learnt_from_features_of_both_rows(features):
    """Groups that link to one another and never within: the cosine says the opposite of what is true."""
    vectors, group = communities(groups=2)[1:]
    across = [(a, b) for a in range(60) for b in range(a) if group[a] != group[b]][::3]
    within = [(a, b) for a in range(60) for b in range(a) if group[a] == group[b]][::3]
    train = LinkSet(name="train", links=tuple(across[::2]), others=tuple(within[::2]))
    test = LinkSet(name="test", links=tuple(across[1::2]), others=tuple(within[1::2]))
    assert links(vectors, test)["AUC"].value < 0.2
    report = links(vectors, test, train=train, features=features, l2=1.0)
    if features == "average":  # which of two groups is not to be seen in the mean of one of each, or of two
        assert abs(report["AUC"].value - 0.5) < 0.2
    else:
        assert report["AUC"].value > 0.8
    assert f"logistic regression on {features} features of {len(train):,} training pairs" in str(report)
    assert "also among those learnt from" not in str(report)
    assert f"{len(train):,} of the pairs are also among" in str(links(vectors, train, train=train, l2=1.0))


def test_pairs_that_are_not_there_are_counted_by_kind():
    matrix = np.eye(4)
    matrix[3] = np.nan
    vectors = Vectors(["a", "b", "c", "bad"], matrix)
    given = LinkSet(
        name="s",
        links=(("a", "b"), ("a", "gone"), ("a", "bad")),
        others=(("b", "c"), ("x", "y")),
    )
    report = links(vectors, given)
    assert (report["AUC"].n, report["AUC"].total) == (2, 5)
    assert (report["AUC"].extra["links"], report["AUC"].extra["others"]) == (1, 1)
    assert report.details["missing"] == ["gone", "x", "y"]
    assert "3 of 5 pairs are not covered; missing: gone, x, y" in str(report)
    assert "1 ids have rows that are not finite" in str(report)
    assert report["AUC"].value == 0.5  # both pairs are at right angles: a tie


def test_one_kind_alone_has_no_figure():
    vectors = Vectors(["a", "b", "c"], np.eye(3))
    report = links(vectors, LinkSet(name="s", links=(("a", "b"),), others=(("x", "y"),)))
    assert np.isnan(report["AUC"].value)
    assert "no pairs without a link are covered, so there is no figure" in str(report)
    report = links(vectors, LinkSet(name="s", links=(), others=(("a", "b"),)))
    assert np.isnan(report["average precision"].value)
    assert links(vectors, LinkSet(name="s", links=(("x", "y"),), others=()))["AUC"].n == 0


def test_what_cannot_be_learnt_or_asked():
    vectors = Vectors(["a", "b", "c"], np.eye(3))
    given = LinkSet(name="s", links=(("a", "b"),), others=(("a", "c"),))
    with pytest.raises(DataError, match="1 links and 0 pairs without one of 't' are in this space"):
        links(vectors, given, train=LinkSet(name="t", links=(("a", "b"),), others=(("x", "y"),)))
    with pytest.raises(OptionError, match=r"features are 'hadamard', .* not 'sum'"):
        links(vectors, given, features="sum")
    with pytest.raises(OptionError, match="seed is a whole number"):
        Links(links=given, seed=-1)
    with pytest.raises(OptionError, match="l2 is a number above 0"):
        Links(links=given, l2=0.0)
