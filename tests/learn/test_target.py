"""Means of the target: those of scikit-learn, and without the leak."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import TargetEncoder

import firth
from firth import Run, Table, Target
from firth.errors import DataError, OptionError

RNG = np.random.default_rng(7)
CATEGORIES = RNG.choice(list("abcdefgh"), 300)
TARGETS = {
    "continuous": RNG.normal(size=300) + (CATEGORIES == "a"),
    "binary": RNG.integers(0, 2, 300),
    "multiclass": RNG.choice(["no", "perhaps", "yes"], 300),
}


@pytest.mark.parametrize("smooth", ["auto", 0.0, 20.0])
@pytest.mark.parametrize("kind", list(TARGETS))
def test_means_are_those_of_scikit_learn(kind, smooth):
    y, table = TARGETS[kind], {"c": CATEGORIES}
    peer = TargetEncoder(smooth=smooth).fit(CATEGORIES[:, None], y)
    later = np.array(["a", "h", "never"], object)
    model = Table(columns={"c": Target(smooth=smooth)}, dtype="float64").fit(table, target=y)
    assert np.allclose(model.encode({"c": later}).matrix, peer.transform(later[:, None]), rtol=0, atol=1e-14)
    assert model.encode({"c": later}).report["columns"] == {"c": {"unknown": 1}}
    model = Target(smooth=smooth).fit(table, target=y)
    assert model.encode({"c": later}).matrix.dtype == np.float32


@pytest.mark.parametrize("missing", ["own", "middle"])
@pytest.mark.parametrize("kind", list(TARGETS))
def test_training_rows_are_cross_fitted_as_by_scikit_learn(kind, missing):
    y = TARGETS[kind]
    absent = np.arange(300) % 7 == 0
    values = np.where(absent, None, CATEGORIES)
    folds = (KFold if kind == "continuous" else StratifiedKFold)(4, shuffle=True, random_state=5)
    expected = np.empty((300, 3 if kind == "multiclass" else 1))
    for others, held_out in folds.split(CATEGORIES, y):
        peer = TargetEncoder().fit(values[others, None], y[others])
        expected[held_out] = peer.transform(values[held_out, None])
        if missing == "middle":
            expected[held_out[absent[held_out]]] = peer.target_mean_
    table = Table(columns={"c": Target(folds=4, missing=missing)}, dtype="float64")
    fitted = table.fit_transform({"c": values}, target=y, run=Run(seed=5))
    assert np.allclose(fitted.features.matrix, expected, rtol=0, atol=1e-14)
    plain = fitted.model.encode({"c": values}).matrix
    assert not np.allclose(plain, expected, atol=1e-3)
    assert np.array_equal(plain, table.fit({"c": values}, target=y).encode({"c": values}).matrix)


def test_noise_leaks_unless_it_is_cross_fitted():
    """A column of noise with many categories foretells its own training rows, and nothing else."""
    rng = np.random.default_rng(1)
    noise, y = rng.integers(0, 1000, 4000).astype(str), rng.integers(0, 2, 4000)
    train, test = slice(0, 2000), slice(2000, None)
    fitted = Target().fit_transform({"c": noise[train]}, target=y[train])
    naive = fitted.model.encode({"c": noise[train]}).matrix
    later = fitted.model.encode({"c": noise[test]}).matrix

    def auc(rows):
        model = LogisticRegression().fit(rows, y[train])
        return [
            roc_auc_score(y[part], model.decision_function(x)) for part, x in ((train, rows), (test, later))
        ]

    leaked, honest = auc(naive), auc(fitted.features.matrix)
    assert leaked[0] > 0.75  # it believes the noise
    assert abs(leaked[1] - 0.5) < 0.05
    assert abs(honest[0] - 0.5) < 0.05
    assert abs(honest[1] - 0.5) < 0.05


def test_names_say_what_is_foretold():
    def names(y):
        return list(Target().fit({"c": CATEGORIES}, target=y).encode({"c": ["a"]}).names)

    assert names(TARGETS["continuous"]) == ["c mean"]
    assert names(np.where(TARGETS["binary"], "rich", "poor")) == ["c share of rich"]
    assert names(TARGETS["binary"] == 1) == ["c share of True"]
    assert names(TARGETS["multiclass"]) == ["c share of no", "c share of perhaps", "c share of yes"]


def test_missing_values_are_a_category_or_in_the_middle(tmp_path):
    table = {"c": ["a", "b", None, None] * 5}
    y = [0.0, 1.0, 4.0, 4.0] * 5
    for missing, expected in (("own", 4.0), ("middle", 2.25)):
        model = Target(missing=missing, smooth=0).fit(table, target=y)
        model.save(tmp_path / f"{missing}.safetensors")
        for one in (model, firth.load(tmp_path / f"{missing}.safetensors")):
            features = one.encode({"c": ["a", None, "z"]})
            assert features.matrix.ravel().tolist() == [0, expected, 2.25]
            assert features.report["columns"] == {"c": {"missing": 1, "unknown": 1}}
    crossed = Target(missing="middle", smooth=0).fit_transform(table, target=y).features
    assert np.unique(crossed.matrix[2::4]).size <= 5  # a mean a fold
    assert crossed.report["columns"] == {"c": {"missing": 10}}


def test_a_target_may_be_a_column_of_the_table():
    table = {"c": CATEGORIES, "income": TARGETS["continuous"]}
    model = Target().fit(table, target="income")
    assert list(model.encode(table).names) == ["c mean"]
    assert model.encode(table).report["left_out"] == ["income"]


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        (None, {}, r"Target learns from a target; give it: fit\(table, target=…\)"),
        ([1, 2], {}, "the target has 2 values for 6 rows"),
        ("income", {}, "there is no column 'income' to take the target from; there are 'c'"),
        ([1.0, 2, None, 4, 5, 6], {}, "the target 'target' holds no value in row 2"),
        ([1.0, 2, np.inf, 4, 5, 6], {}, "the target 'target' holds inf in row 2"),
        ([0.5, 0.5, 0.5, 0.5, 2.5, 2.5], {"kind": "binary", "folds": 3}, "the class 2.5 of the target has 2"),
        (["x"] * 6, {}, "the target holds one class alone, 'x'"),
        ([1, 1, 1, 1, 1, 0], {}, "the class 0 of the target has 1 rows, too few for 5 folds"),
        ([1.0, 2, 3, 4, 5, 6], {"folds": 7, "kind": "continuous"}, "6 rows are too few for 7 folds"),
        (["x", "y"] * 3, {"kind": "continuous"}, "the target holds no numbers, such as"),
        (["x", "y", "z"] * 2, {"kind": "binary", "folds": 2}, "the target has 3 classes, not two"),
    ],
    ids=str,
)
def test_targets_that_cannot_be_used(target, options, message):
    with pytest.raises(DataError, match=message):
        Target(**options).fit_transform({"c": list("ababab")}, target=target)


@pytest.mark.parametrize(
    ("target", "smooth", "message"),
    [
        ([1e308, -1e308] * 3, "auto", r"the target reach 1e\+308, and means go up to 3\.40282e\+38"),
        ([-1e39, 0.0] * 3, 1, r"the target reach 1e\+39, and means go up to 3\.40282e\+38"),
        ([1e10, 0.0] * 3, 1e300, r"smooth=1e\+300 times numbers of the target that reach 1e\+10"),
    ],
)
def test_targets_whose_means_no_model_holds_are_refused(target, smooth, message):
    learner = Target(folds=2, smooth=smooth)
    for learn in (learner.fit, learner.fit_transform):
        with pytest.raises(DataError, match=message):
            learn({"c": list("ababab")}, target=target)
    fitted = Target(folds=2).fit_transform({"c": list("ababab")}, target=[3e38, -3e38] * 3)
    assert np.isfinite(fitted.features.matrix).all()


@pytest.mark.parametrize("values", [[0.5, 1.5, 2.5], [0.25, 0.75]])
def test_classes_may_be_fractions(values):
    """scikit-learn takes no fractions for classes; their codes give the same shares."""
    codes = RNG.integers(0, len(values), 300)
    table = Table(columns={"c": Target(kind="multiclass")}, dtype="float64")
    fitted = table.fit_transform({"c": CATEGORIES}, target=np.array(values)[codes])
    expected = table.fit_transform({"c": CATEGORIES}, target=codes)
    assert np.array_equal(fitted.features.matrix, expected.features.matrix)
    assert fitted.features.names[-1] == f"c share of {values[-1]}"


def test_options_out_of_range():
    with pytest.raises(OptionError, match="smooth is a number from 0 to 1e"):
        Target(smooth=-1)
    with pytest.raises(OptionError, match="folds is a whole number from 2 to 10,000, not 1"):
        Target(folds=1)
    with pytest.raises(OptionError, match="unknown is 'middle' or 'error', not 'zero'"):
        Target(unknown="zero")
    with pytest.raises(DataError, match="'c' holds 'z', which was not there in training, in row 0"):
        Target(unknown="error").fit({"c": CATEGORIES}, target=TARGETS["binary"]).encode({"c": ["z"]})
