"""A shared table as one of several learners over the columns of a table, and in scikit-learn."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

import firth
from firth import SharedTable, Standardize, Table
from firth.errors import DataError, OptionError
from firth.learn.columnwise import Learnt

SMALL = SharedTable(dim=4, rows=64, epochs=2)


@pytest.fixture(scope="module")
def people():
    random = np.random.default_rng(3)
    begin = dt.datetime(2020, 1, 1)
    return {
        "trade": random.choice(["smith", "baker", "sailor"], 200).tolist(),
        "town": random.choice(["Rome", "Oslo"], 200).tolist(),
        "born": [begin + dt.timedelta(hours=37 * i) for i in range(200)],
        "weight": random.normal(70, 9, 200),
    }


@pytest.fixture(scope="module")
def model(people):
    return Table(columns={("trade", "town", "born"): SMALL, "weight": Standardize()}).fit(people)


def first(people, **changed):
    return {name: list(values[:3]) for name, values in people.items()} | changed


def test_a_table_gives_some_of_its_columns_to_a_shared_table(model, people):
    features = model.encode(people)
    assert features.shape == (200, 6 * 4 + 1)  # a time is year, month, weekday and hour
    assert list(features.names[:5]) == ["trade.0", "trade.1", "trade.2", "trade.3", "town.0"]
    assert list(features.names[-2:]) == ["born.hour.3", "weight"]
    values = model.spaces["trade+town+born"]
    row = features.matrix[0].astype(np.float64)
    np.testing.assert_allclose(row[:4], values[f"trade={people['trade'][0]}"], atol=1e-7)
    np.testing.assert_allclose(row[8:12], values["born.year=2020"], atol=1e-7)


def test_the_recipe_and_the_model_survive_a_file(model, people, tmp_path):
    table = Table(columns={("trade", "town"): SMALL}, rest="drop")
    assert Table.from_toml(table.to_toml()) == table
    model.save(tmp_path / "people.safetensors")
    loaded = firth.load(tmp_path / "people.safetensors", verify=True)
    np.testing.assert_array_equal(loaded.encode(people).matrix, model.encode(people).matrix)


def test_a_column_of_times_without_any_time_keeps_its_place(model, people):
    features = model.encode(first(people, born=[None] * 3))
    assert features.shape == (3, 25)
    assert not features.matrix[:, 8:24].any()
    assert features.report["columns"]["born"] == {"missing": 3}
    own = SharedTable(dim=4, rows=64, epochs=2).fit(firth.column_values(people, missing="own"))
    found = own.encode(first(people, born=[None] * 3))
    assert found.report["missing"]["born.hour"] == 3
    assert found.report["unknown"]["born.hour"] == 3  # training had no missing one


def test_unknown_values_are_counted(model, people):
    report = model.encode(first(people, town=["Rome", "Atlantis", "Atlantis"])).report
    assert report["columns"]["trade+town+born"] == {"unknown": 2}


def test_there_is_no_way_back(model, people):
    with pytest.raises(DataError, match="no way back from a shared table"):
        model.decode(model.encode(people))


@pytest.mark.parametrize("pool", ["sum", "mean"])
def test_pooled_rows_have_names_too(pool, people):
    table = Table(columns={("trade", "town"): SharedTable(dim=4, epochs=1, pool=pool)}, rest="drop")
    features = table.fit(people).encode(people)
    assert list(features.names) == ["trade+1.0", "trade+1.1", "trade+1.2", "trade+1.3"]


def test_a_time_alone_has_company_and_another_column_has_none(people):
    assert Table(columns={"born": SMALL}, rest="drop").fit(people).encode(people).shape == (200, 16)
    with pytest.raises(DataError, match=r"no company in 1 feature\(s\), 'town'"):
        Table(columns={"town": SMALL}, rest="drop").fit(people)


def test_scikit_learn_takes_it(people):
    pandas = pytest.importorskip("pandas")
    transformer = pytest.importorskip("firth.sklearn").Transformer(SMALL)
    frame = pandas.DataFrame({name: people[name] for name in ("trade", "town")})
    rows = transformer.fit_transform(frame)
    assert rows.shape == (200, 8)
    np.testing.assert_array_equal(transformer.transform(frame[:5]), rows[:5])
    assert transformer.get_feature_names_out()[4] == "town.0"
    assert transformer.set_params(pool="mean").fit_transform(frame).shape == (200, 4)


def test_columns_of_another_kind_are_named(model, people):
    with pytest.raises(DataError, match=r"no tokens that begin with 'born\.year' now"):
        model.encode(first(people, born=["yesterday"] * 3))
    with pytest.raises(OptionError, match="pool is 'concat', 'sum' or 'mean', not 'max'"):
        SharedTable(pool="max")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "lacks values, rows or their numbers"),
        ({"numbers": np.arange(3.0)}, "numbers of shared rows are int64, not float64"),
        ({"numbers": np.array([2, 1, 0])}, "rows of a shared table rise from 0 to at most 63"),
        ({"numbers": np.array([1, 2, 64])}, "rows of a shared table rise from 0 to at most 63"),
        ({"rows": np.zeros((3, 5), np.float32)}, "says dim=4; its values have 4 numbers and its rows 5"),
        ({"rows": np.zeros((2, 4), np.float32)}, "3 ids"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(arrays, message, people):
    columns = firth.read_table({name: people[name] for name in ("trade", "town")})
    learnt = SMALL.learn(list(columns.values()))
    sound = {"numbers": np.arange(3), "rows": np.zeros((3, 4), np.float32)} if arrays else {}
    changed = Learnt(vectors=learnt.vectors, arrays=sound | arrays, facts=learnt.facts)
    with pytest.raises(DataError, match=message):
        SMALL.encode(changed, list(columns.values()))


@pytest.mark.parametrize("pool", ["concat", "mean"])
def test_fewer_names_than_columns_of_training_are_refused(pool, people):
    learner = SharedTable(dim=4, rows=64, pool=pool)
    learnt = learner.learn([*firth.read_table({name: people[name] for name in ("trade", "town")}).values()])
    with pytest.raises(DataError, match="takes 2 columns, and these are 1"):
        learner.names(learnt, ["trade"])
