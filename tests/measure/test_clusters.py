"""Clusters beside classes: the figures of scikit-learn, planted groups, and what cannot be clustered."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

import firth
from firth import Vectors
from firth.errors import DataError, OptionError
from firth.measure.agreement import cluster_scores
from firth.measure.clusters import Clusters, clusters
from firth.measure.clusterscores import SCORES, averaged, scores_of
from firth.measure.intervals import bca_interval
from firth.measure.sets import LabelledItems

CODES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40)


def planted(*, groups=4, each=12, apart=8.0, dim=6, seed=0, metric="euclidean"):
    random = np.random.default_rng(seed)
    centres = random.standard_normal((groups, dim)) * apart
    matrix = np.repeat(centres, each, axis=0) + random.standard_normal((groups * each, dim))
    words = [f"w{i}" for i in range(groups * each)]
    labels = tuple(f"class {i // each}" for i in range(groups * each))
    return Vectors(words, matrix, metric=metric), LabelledItems(
        name="planted", items=tuple(words), labels=labels
    )


@given(CODES)
def test_the_scores_are_those_of_scikit_learn(codes):
    classes, found = np.array(codes).T
    scores = scores_of(found, classes)
    table = metrics.cluster.contingency_matrix(classes, found)
    assert scores["purity"] == pytest.approx(table.max(axis=0).sum() / table.sum(), abs=1e-12)
    assert scores["ARI"] == pytest.approx(metrics.adjusted_rand_score(classes, found), abs=1e-12)
    assert scores["V-measure"] == pytest.approx(metrics.v_measure_score(classes, found), abs=1e-12)
    assert scores["V-measure"] == pytest.approx(
        metrics.normalized_mutual_info_score(classes, found), abs=1e-12
    )
    assert scores["homogeneity"] == pytest.approx(metrics.homogeneity_score(classes, found), abs=1e-12)
    assert scores["completeness"] == pytest.approx(metrics.completeness_score(classes, found), abs=1e-12)


def test_purity_by_hand():
    # Cluster 0 holds a a b, cluster 1 holds b c: the most frequent make 2 + 1 of 5.
    report = cluster_scores(["a", "a", "b", "b", "c"], [0, 0, 0, 1, 1])
    assert report["purity"].value == pytest.approx(3 / 5)
    assert report.value == report["purity"].value
    assert report["NMI"].value == report["V-measure"].value


def test_adjusted_rand_of_a_resample_counts_pairs_of_different_items():
    # Under weights, Σ over pairs i < j of w_i w_j, written out.
    random = np.random.default_rng(0)
    classes, found = random.integers(0, 3, 20), random.integers(0, 3, 20)
    weights = random.integers(0, 3, (1, 20)).astype(float)
    a, b = np.triu_indices(20, 1)
    pair = weights[0, a] * weights[0, b]
    same, alike = classes[a] == classes[b], found[a] == found[b]
    chance = (pair @ same) * (pair @ alike) / pair.sum()
    expected = (pair @ (same & alike) - chance) / ((pair @ same + pair @ alike) / 2 - chance)
    statistic = averaged(SCORES["ARI"], classes)
    assert statistic(found.astype(float), np.arange(20), weights)[0] == pytest.approx(expected)


@pytest.mark.parametrize("figure", SCORES)
def test_a_resample_is_the_figure_on_the_mean(figure):
    """Items drawn twice agree with themselves; clusters that know nothing must not look better for it."""
    random = np.random.default_rng(1)
    classes, found = random.integers(0, 8, 120), random.integers(0, 8, (120, 2)).astype(float)
    statistic, items = averaged(SCORES[figure], classes), np.arange(120)
    value = statistic(found, items, np.ones((1, 120)))[0]
    drawn = statistic(found, items, random.multinomial(120, np.full(120, 1 / 120), 400).astype(float))
    assert abs(drawn.mean() - value) < 4 * drawn.std() / np.sqrt(400) + 0.002
    assert value == pytest.approx(np.mean([scores_of(one, classes)[figure] for one in found.T]))


def test_intervals_hold_what_they_say():
    """Of 120 sets from one table, 95 in 100 intervals hold the mean of what sets of that size get."""
    random = np.random.default_rng(2)
    table = random.dirichlet(np.ones(5), 5) / 2 + np.eye(5) / 2
    table /= table.sum()

    def draw():
        return np.divmod(random.choice(25, 100, p=table.ravel()), 5)

    many = [scores_of(found, classes) for classes, found in (draw() for _ in range(400))]
    sets = [draw() for _ in range(120)]
    for figure in ("purity", "ARI", "V-measure"):
        truth, held = np.mean([one[figure] for one in many]), 0
        for classes, found in sets:
            statistic, values, items = averaged(SCORES[figure], classes), found[:, None] * 1.0, np.arange(100)
            low, high = bca_interval(
                lambda w, s=statistic, v=values, i=items: s(v, i, w),
                100,
                seed=1,
                value=float(statistic(values, items, np.ones((1, 100)))[0]),
                m=400,
            )
            held += low <= truth <= high
        assert held >= 102, figure  # 95 % of 120 is 114; 102 is five standard errors below


def test_planted_groups_are_found_and_others_are_not():
    vectors, labelled = planted()
    report = clusters(vectors, labelled)
    assert report["ARI"].value > 0.9
    assert report["purity"].value > 0.9
    assert report["purity"].extra["chance"] < 0.6
    assert report["V-measure"].extra["chance"] < 0.3
    noise = Vectors(vectors.ids, np.random.default_rng(1).standard_normal((48, 6)))
    report = clusters(noise, labelled)
    assert abs(report["ARI"].value) < 0.2
    for row in report:
        assert row.low <= row.value <= row.high
        assert (row.n, row.total, row.extra["seeds"]) == (48, 48, 10)
        assert row.extra["lowest"] <= row.value <= row.extra["highest"]
    json.dumps(report.to_dict(), allow_nan=False)


def test_a_cosine_space_is_clustered_by_direction():
    vectors, labelled = planted(metric="cosine")
    lengths = np.random.default_rng(3).uniform(0.01, 100, (48, 1))
    stretched = Vectors(vectors.ids, vectors.matrix * lengths, metric="cosine")
    assert clusters(stretched, labelled)["ARI"].value == pytest.approx(
        clusters(vectors, labelled)["ARI"].value, abs=1e-6
    )
    as_they_are = Vectors(vectors.ids, vectors.matrix * lengths, metric="euclidean")
    assert clusters(as_they_are, labelled)["ARI"].value < clusters(vectors, labelled)["ARI"].value - 0.2
    assert clusters(as_they_are, labelled, spherical=True)["ARI"].value > 0.8


def test_the_seed_repeats_and_a_single_clustering_has_no_spread():
    vectors, labelled = planted(apart=1.0)
    assert clusters(vectors, labelled, seed=3) == clusters(vectors, labelled, seed=3)
    row = clusters(vectors, labelled, seeds=1)["purity"]
    assert "spread" not in row.extra


def test_missing_words_and_bad_rows_are_counted_and_named():
    vectors, labelled = planted()
    matrix = vectors.matrix.copy()
    matrix[3, 2], matrix[7] = np.nan, 0
    space = Vectors([*list(vectors.ids)[:40], *(f"other{i}" for i in range(8))], matrix)
    report = clusters(space, labelled)
    assert (report["purity"].n, report["purity"].total) == (39, 48)
    assert report.details["missing"] == [f"w{i}" for i in range(40, 48)]
    text = str(report)
    assert "9 of 48 items are not covered; missing: w40, w41" in text
    assert "1 items have rows that are not finite and are not covered" in text
    assert "1 items have rows of zeros" in text


def test_nothing_covered_is_a_report_without_a_figure():
    labelled = LabelledItems(name="s", items=("x", "y"), labels=("a", "b"))
    assert clusters(planted()[0], labelled, k=2)["purity"].n == 0
    report = clusters(planted()[0], labelled)
    assert (report["purity"].n, report["purity"].total) == (0, 2)
    assert np.isnan(report.value)
    assert "2 of 2 items are not covered; missing: x, y" in str(report)


def test_constant_vectors_make_one_cluster_and_say_so():
    vectors, labelled = planted()
    same = Vectors(vectors.ids, np.full((48, 6), 0.1), metric="euclidean")
    report = clusters(same, labelled)
    assert report["purity"].value == pytest.approx(0.25)
    assert report["V-measure"].value == 0
    assert "only 1 clusters hold items: there are not 4 different rows" in str(report)


def test_more_clusters_than_items_are_refused():
    vectors, labelled = planted()
    with pytest.raises(OptionError, match="k=49 clusters cannot be made of 48 covered items; lower k"):
        clusters(vectors, labelled, k=49)
    one = LabelledItems(name="one", items=("w0",), labels=("a",))
    assert clusters(vectors, one)["purity"].value == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k is a whole number from 1"),
        ({"seeds": 0}, "seeds is a whole number from 1"),
        ({"seed": -1}, "seed is a whole number from 0"),
        ({"spherical": 1}, "spherical is True or False"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(OptionError, match=message):
        Clusters(labelled=planted()[1], **options)


def test_items_are_found_by_number_or_by_the_string_that_spells_it():
    vectors, labelled = planted()
    numbered = Vectors(range(48), vectors.matrix, metric="euclidean")
    spelt = LabelledItems(name="n", items=tuple(map(str, range(48))), labels=labelled.labels)
    counted = LabelledItems(name="n", items=tuple(range(48)), labels=labelled.labels)
    as_words = Vectors(list(map(str, range(48))), vectors.matrix, metric="euclidean")
    found = {clusters(v, s).value for v in (numbered, as_words) for s in (spelt, counted)}
    assert len(found) == 1
    odd = LabelledItems(name="n", items=("007", "-3", "x", "1e3", "3"), labels=("a",) * 5)
    assert clusters(numbered, odd)["purity"].n == 1


class Lengths:
    """An encoder of texts: how long they are and how many words they have."""

    def encode(self, objects):
        return np.array([[len(text), 30 * text.count(" ")] for text in objects], np.float32)


def test_an_encoder_is_given_the_texts():
    texts = ("a", "bb", "one two three four", "a b c d e")
    labelled = LabelledItems(name="texts", items=texts, labels=("word", "word", "sentence", "sentence"))
    assert clusters(Lengths(), labelled)["purity"].value == 1.0
    model = firth.TfIdf().fit(["one two", "two three", "a b c d e"])
    assert clusters(model, labelled, k=2)["purity"].n == 3  # "bb" is no word of the model
    words = LabelledItems(name="words", items=("one", "two", "bb"), labels=("x", "y", "y"))
    assert clusters(model, words).details["missing"] == ["bb"]
    with pytest.raises(DataError, match="looked up in Vectors or a Model, not in a Lengths"):
        clusters(Lengths(), labelled, by="id")
    with pytest.raises(OptionError, match="by is 'auto', 'id' or 'text', not 'words'"):
        clusters(Lengths(), labelled, by="words")


@pytest.mark.parametrize(
    ("labels", "found", "message"),
    [
        (["a"], [[[1]]], "clusters are whole numbers"),
        (["a"], [0.5], "not float64 of the shape"),
        ([], [], "clusters are whole numbers"),
        (["a", "b"], [1], "2 labels do not fit the clusters of 1 items"),
        (["a", "b"], [[1, 2], [1]], "all rows of one length"),
    ],
)
def test_clusters_from_elsewhere_are_checked(labels, found, message):
    with pytest.raises(DataError, match=message):
        cluster_scores(labels, found)


def test_numbers_of_clusters_are_ids_and_no_quantities():
    """Those beyond 2**53 stay apart, and labels may be anything that has a name."""
    labels = [1, 1, "b", "b"]
    ids = np.uint64(2**63) + np.array([0, 0, 1, 1], np.uint64)
    assert cluster_scores(labels, ids)["ARI"].value == cluster_scores(labels, [0, 0, 1, 1])["ARI"].value == 1
