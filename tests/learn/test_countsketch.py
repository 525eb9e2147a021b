"""Count sketches: exact where there is room, within their bound where there is not, and they add up."""

from __future__ import annotations

import numpy as np
import pytest

import firth
from firth import CountSketch, Hashing
from firth.errors import DataError
from firth.learn.countsketch import estimate, merge


def test_with_room_for_all_counts_are_exact():
    values = list("abracadabra")
    model = CountSketch(of="count").fit({"c": values})
    assert estimate(model, ["a", "b", "z"]).tolist() == [5, 2, 0]
    assert model.encode({"c": ["a", "z", None]}).matrix.ravel().tolist() == [5, 0, 0]
    share = CountSketch().fit({"c": values}).encode({"c": ["a"]}).matrix
    assert share.ravel().tolist() == [np.float32(5 / 11)]


@pytest.mark.parametrize("depth", [1, 5])
def test_errors_keep_the_stated_bound(depth):
    """A row errs by more than 3·√(F/size) at most once in 9; the median of 5 rows once in 80."""
    rng = np.random.default_rng(depth)
    codes = rng.zipf(1.3, 30_000) % 5000
    values, counts = np.unique(codes, return_counts=True)
    bound = 3 * np.sqrt((counts.astype(float) ** 2).sum() / 64)
    beyond = []
    for seed in range(30):
        model = CountSketch(size=64, depth=depth, seed=seed).fit({"c": codes})
        beyond.append(np.mean(np.abs(estimate(model, values) - counts) > bound))
    assert np.mean(beyond) <= {1: 1 / 9, 5: 1 / 80}[depth]


def test_estimates_are_right_on_average_and_better_with_more_rows():
    codes = np.random.default_rng(1).zipf(1.5, 5000) % 1000
    values, counts = np.unique(codes, return_counts=True)
    errors = {
        depth: np.array([
            estimate(CountSketch(size=32, depth=depth, seed=seed).fit({"c": codes}), values) - counts
            for seed in range(60)
        ])
        for depth in (1, 7)
    }  # fmt: skip
    deviation = errors[1].std() / np.sqrt(60)
    assert np.abs(errors[1].mean(axis=0)).max() < 6 * deviation
    assert np.abs(errors[7]).mean() < 0.5 * np.abs(errors[1]).mean()


def test_sketches_add_up(tmp_path):
    parts = {"c": ["a", "b", None], "d": [1, 1, 2]}, {"c": ["b", "c", "d"], "d": [2, 2, 3]}
    whole = {name: parts[0][name] + parts[1][name] for name in parts[0]}
    learner = CountSketch(size=64)
    models = [learner.fit(part) for part in parts]
    for i, model in enumerate(models):
        model.save(tmp_path / f"{i}.safetensors")
    merged = merge(*(firth.load(tmp_path / f"{i}.safetensors") for i in range(2)))
    assert np.array_equal(merged.encode(whole).matrix, learner.fit(whole).encode(whole).matrix)
    assert np.array_equal(estimate(merged, ["b"], column="c"), [2])
    with pytest.raises(DataError, match="only sketches with the same options of the same columns"):
        merge(models[0], CountSketch(size=32).fit(parts[1]))
    with pytest.raises(DataError, match="only sketches with the same options"):
        merge(models[0], Hashing().fit(parts[1]))


def test_memory_does_not_grow_with_the_categories():
    table = {"c": [f"v{i}" for i in range(20_000)]}
    parts = CountSketch(size=256, depth=3).fit(table).parts
    assert sum(part.nbytes for part in parts.values()) == 8 * (256 * 3 + 1)


def test_missing_values_and_unknown_columns():
    model = CountSketch(of="count").fit({"c": [None, None, "a"], "d": [1, 2, 3]})
    features = model.encode({"c": [None, "a"], "d": [1, 1]})
    assert features.matrix[:, 0].tolist() == [2, 1]
    assert features.report["columns"] == {"c": {"missing": 1}}
    zero = CountSketch(of="count", missing="zero").fit({"c": [None, "a"]})
    assert zero.encode({"c": [None, "a"]}).matrix.ravel().tolist() == [0, 1]
    with pytest.raises(DataError, match="the model has 2 sketches of any column; name the column"):
        estimate(model, ["a"])
    with pytest.raises(DataError, match="the model has 0 sketches of 'e'"):
        estimate(model, ["a"], column="e")
    with pytest.raises(DataError, match="the column 'c' holds no value in row 0, one of 2 such rows"):
        CountSketch(missing="error").fit({"c": [None, None, "a"]})
