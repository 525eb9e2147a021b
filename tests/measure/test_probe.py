"""The probe: scikit-learn's classifier and figures, folds without leaks, and sets that cannot be probed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.measure.classifiers import by_neighbours, fit_probe
from firth.measure.folds import deal, held_back
from firth.measure.logistic import fit_logistic
from firth.measure.predictions import macro_f1, majority_chance
from firth.measure.probe import Probe, probe
from firth.measure.sets import LabelledItems


def problem(n=300, dim=8, kinds=4, seed=0, noise=1.0):
    random = np.random.default_rng(seed)
    rows = random.standard_normal((n, dim)).astype(np.float32)
    classes = np.argmax(rows[:, :kinds] + noise * random.standard_normal((n, kinds)), axis=1)
    return rows, classes


def labelled(classes, name="set", start=0):
    items = tuple(f"w{i}" for i in range(start, start + len(classes)))
    return LabelledItems(name=name, items=items, labels=tuple(f"class {c}" for c in classes))


def space(rows, metric="cosine"):
    return Vectors([f"w{i}" for i in range(len(rows))], rows, metric=metric)


@pytest.mark.parametrize("c", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("kinds", [2, 4])
def test_probabilities_are_those_of_scikit_learn(c, kinds):
    rows, classes = problem(kinds=kinds)
    # Of two classes scikit-learn fits one vector of weights where we fit two, each half as long.
    found = fit_logistic(rows.astype(float), classes, count=kinds, l2=(2 if kinds == 2 else 1) / c)
    peer = LogisticRegression(C=c, tol=1e-9, max_iter=10_000).fit(rows.astype(float), classes)
    np.testing.assert_allclose(found.probabilities(rows), peer.predict_proba(rows), atol=1e-3)
    np.testing.assert_allclose(
        found.losses(rows, classes), -np.log(peer.predict_proba(rows)[np.arange(300), classes]), atol=5e-3
    )
    assert found.settled
    assert not fit_logistic(rows.astype(float), classes, count=kinds, l2=1.0, steps=1).settled


def test_the_gradient_is_at_rest_where_the_loss_is_least():
    rows, classes = problem(n=40, dim=4)
    found = fit_logistic(rows.astype(float), classes, count=4, l2=0.5)

    def loss(weights, bias):
        moved = found._replace(weights=weights, bias=bias)
        return moved.losses(rows, classes).sum() + 0.25 * (weights**2).sum()

    least = loss(found.weights, found.bias)
    random = np.random.default_rng(0)
    for _ in range(20):
        step = 0.01 * random.standard_normal((5, 4))
        assert loss(found.weights + step[:4], found.bias + step[4]) > least


def test_neighbours_vote_as_in_scikit_learn():
    rows, classes = problem()
    peer = KNeighborsClassifier(5, algorithm="brute").fit(rows[:200], classes[:200])
    ours = by_neighbours(rows[:200], classes[:200], rows[200:], metric="euclidean", k=5)
    # Where two classes have as many votes, scikit-learn takes the lower and we take the nearer.
    votes = peer.predict_proba(rows[200:])
    clear = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) == 1
    assert clear.sum() > 60
    assert (ours[clear] == peer.predict(rows[200:])[clear]).all()
    tied = by_neighbours(np.float32([[0], [3]]), np.array([1, 0]), np.float32([[1]]), metric="euclidean", k=2)
    assert tied.tolist() == [1]


def test_the_standard_columns_are_those_of_the_training_part():
    rows, classes = problem()
    scaled = rows * np.float32([1, 1000, 0.001, 1, 1, 1, 1, 1]) + np.float32(50)
    plain = fit_probe(rows, classes, count=4, l2=1.0, seed=1).scores(rows).argmax(axis=1)
    moved = fit_probe(scaled, classes, count=4, l2=1.0, seed=1).scores(scaled).argmax(axis=1)
    assert (plain == moved).mean() > 0.98
    constant = np.hstack([rows, np.full((300, 1), 0.1, np.float32)])
    assert (
        fit_probe(constant, classes, count=4, l2=1.0, seed=1).scores(constant).argmax(axis=1) == plain
    ).all()


def test_macro_f1_is_that_of_scikit_learn_on_the_resampled_items():
    random = np.random.default_rng(0)
    true, found = random.integers(0, 5, 80), random.integers(0, 7, 80)
    weights = random.integers(0, 3, (5, 80)).astype(float)
    ours = macro_f1(true)(found.astype(float), np.arange(80), weights)
    for figure, row in zip(ours, weights, strict=True):
        drawn = np.repeat(np.arange(80), row.astype(int))
        assert figure == pytest.approx(
            metrics.f1_score(true[drawn], found[drawn], average="macro"), abs=1e-12
        )


def test_chance_is_naming_the_most_frequent_class():
    true = np.array([0, 0, 0, 1, 2])
    share, f1 = majority_chance(true, true)
    named = np.zeros(5, int)
    assert share == pytest.approx(metrics.accuracy_score(true, named))
    assert f1 == pytest.approx(metrics.f1_score(true, named, average="macro", zero_division=0))


def test_folds_hold_every_class_evenly_and_copies_together():
    random = np.random.default_rng(0)
    classes = random.integers(0, 7, 203)
    items = [f"w{i % 190}" for i in range(203)]  # 13 items come twice
    classes[190:] = classes[:13]
    fold = deal(items, classes, folds=5, seed=1)
    for kind in range(7):
        sizes = np.bincount(fold[:190][classes[:190] == kind], minlength=5)
        assert sizes.max() - sizes.min() <= 1
    assert np.ptp(np.bincount(fold[:190])) <= 1
    assert (fold[190:] == fold[:13]).all()
    assert (fold == deal(items, classes, folds=5, seed=1)).all()
    out = held_back(classes, share=0.2, seed=1)
    assert all(out[classes == kind].any() and not out[classes == kind].all() for kind in range(7))


def test_what_can_be_learnt_is_learnt_and_noise_is_not():
    rows, classes = problem(noise=0.3)
    for method in ("logistic", "knn"):
        report = probe(space(rows, "euclidean"), labelled(classes), method=method)
        assert report["accuracy"].value > 0.6
        assert report["macro-F1"].value > 0.6
        assert report["accuracy"].extra["chance"] < 0.4
        for row in report:
            assert row.low < row.value < row.high
            assert row.n == 300
        json.dumps(report.to_dict(), allow_nan=False)
    shuffled = np.random.default_rng(1).permutation(classes)
    report = probe(space(rows), labelled(shuffled))
    assert report["accuracy"].low < report["accuracy"].extra["chance"] + 0.05
    assert report == probe(space(rows), labelled(shuffled))


def test_the_answer_of_a_copy_is_not_looked_up():
    """Every item comes twice with a class drawn at random: only a leak could tell more than chance."""
    random = np.random.default_rng(0)
    once = random.integers(0, 2, 120)
    items = tuple(f"w{i}" for i in range(120)) * 2
    some = LabelledItems(name="s", items=items, labels=tuple(map(str, [*once, *once])))
    vectors = space(random.standard_normal((120, 10)))
    report = probe(vectors, some, method="knn", neighbours=1)
    assert report["accuracy"].value < 0.65
    assert "120 items are copies of others, which lie in the same fold" in str(report)


def test_a_split_that_the_set_brings():
    rows, classes = problem(noise=0.3)
    vectors = space(rows)
    train, test = labelled(classes[:200], "train"), labelled(classes[200:], "test", start=200)
    report = probe(vectors, train, test=test, l2=1.0)
    assert (report["accuracy"].task, report["accuracy"].n) == ("test", 100)
    assert report["accuracy"].value > 0.6
    assert "100 items predicted from 200 others" in str(report)
    odd = LabelledItems(name="odd", items=("w0", "w250", "gone"), labels=("class 0", "new", "class 1"))
    text = str(probe(vectors, train, test=odd, l2=1.0))
    assert "1 of the items predicted are also among those learnt from" in text
    assert "1 items are of classes that were not learnt, and count as wrong" in text
    assert "1 of 3 items are not covered; missing: gone" in text


def test_classes_that_are_too_small_are_counted():
    rows, _ = problem(n=20)
    classes = [0] * 12 + [1] * 6 + [2, 3]
    report = probe(space(rows), labelled(classes))
    assert report["accuracy"].n == 20
    assert "2 of 4 classes have fewer items than there are folds" in str(report)
    assert "2 classes have a single item" in str(report)


def test_missing_and_bad_rows_are_left_out_and_named():
    rows, classes = problem(n=60)
    rows[5, 0] = np.inf
    some = LabelledItems(
        name="s", items=(*(f"w{i}" for i in range(60)), "x"), labels=(*map(str, classes), "0")
    )
    report = probe(space(rows), some, l2=1.0)
    assert (report["accuracy"].n, report["accuracy"].total) == (59, 61)
    assert report.details["missing"] == ["x"]
    assert "1 items have rows that are not finite" in str(report)
    none = probe(space(rows), LabelledItems(name="s", items=("x", "y"), labels=("a", "b")))
    assert (none["accuracy"].n, none["macro-F1"].n) == (0, 0)
    assert np.isnan(none.value)


def test_constant_vectors_get_what_chance_gets():
    _, classes = problem(n=100)
    report = probe(space(np.ones((100, 4))), labelled(classes))
    assert report["accuracy"].value == pytest.approx(report["accuracy"].extra["chance"], abs=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "svm"}, "method is 'logistic' or 'knn', not 'svm'"),
        ({"folds": 1}, "folds is a whole number from 2"),
        ({"neighbours": 0}, "neighbours is a whole number from 1"),
        ({"l2": 0}, "l2 is a number above 0"),
        ({"seed": -1}, "seed is a whole number from 0"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(OptionError, match=message):
        Probe(labelled=labelled([0, 1]), **options)


def test_sets_that_cannot_be_probed():
    rows, classes = problem(n=30)
    vectors = space(rows)
    with pytest.raises(DataError, match=r"at least two classes; the 30 items of 'set' .* are of 1"):
        probe(vectors, labelled([0] * 30))
    with pytest.raises(OptionError, match="folds=31 cannot be made of 30 covered items; lower folds"):
        probe(vectors, labelled(classes), folds=31)
    with pytest.raises(OptionError, match="neighbours=25 cannot be found among 24 training items"):
        probe(vectors, labelled(classes), method="knn", neighbours=25)
    copies = LabelledItems(name="copies", items=("w0",) * 20 + ("w1",) * 20, labels=("a", "b") * 20)
    with pytest.raises(
        OptionError, match=r"40 covered items, of which 2 are different and copies share a fold"
    ):
        probe(vectors, copies)
    assert "from the other 1 of 2 folds" in str(probe(vectors, copies, folds=2))
