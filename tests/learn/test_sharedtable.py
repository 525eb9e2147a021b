"""One hashed table for all columns: what it learns, how it falls off, and what it makes of other rows."""

from __future__ import annotations

import logging
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firth
from firth import Run, SharedTable, column_values
from firth.data.ids import Integers, Strings
from firth.errors import DataError, OptionError
from firth.learn.sharedrows import SharedRows
from firth.testing import check_learner, topic_world

ONE = Run(threads=1, seed=3, progress=False)
SMALL = {"dim": 24, "rows": 1024, "epochs": 15}


@pytest.fixture(scope="module")
def world():
    return topic_world(topics=10, words=10, sentences=2000)


@pytest.fixture(scope="module")
def table():
    """600 people of three trades, whose tools and places say which; their age says nothing."""
    random = np.random.default_rng(5)
    trade = random.integers(0, 3, 600)
    return {
        "trade": [("smith", "baker", "sailor")[t] for t in trade],
        "tool": [f"tool{3 * i + t}" for i, t in zip(random.integers(0, 5, 600), trade, strict=True)],
        "place": [f"place{3 * i + t}" for i, t in zip(random.integers(0, 5, 600), trade, strict=True)],
        "age": random.integers(18, 80, 600),
    }


@pytest.fixture(scope="module")
def model(table):
    return SharedTable(**SMALL).fit(table, run=ONE)


def test_it_keeps_the_contract_of_learners():
    check_learner(SharedTable(**SMALL))


def test_values_of_other_columns_that_keep_company_come_out_alike(model):
    values = model.vectors
    for trade, name in enumerate(("smith", "baker", "sailor")):
        near = values.most_similar(f"trade={name}", topn=10).ids
        kind = {f"{column}={column}{3 * i + trade}" for column in ("tool", "place") for i in range(5)}
        assert set(near) == kind


def agreement(world, **options):
    learner = SharedTable(**SMALL | options)
    return np.mean(
        [world.agreement(learner.fit(world.sentences, run=Run(threads=1, seed=s)).vectors) for s in (1, 2, 3)]
    )


def test_fewer_rows_than_values_cost_quality_by_degrees(world):
    assert len(world.words) == 103
    found = [agreement(world, rows=rows) for rows in (1024, 128, 64, 16)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.95
    assert found[1] > 0.8  # as many rows as values
    assert found[2] > 0.5
    assert found[3] > 0.09  # what a guess would be right about


@pytest.mark.parametrize("rows", [128, 64])
def test_two_hashes_beat_one_in_the_same_memory(world, rows):
    assert agreement(world, rows=rows, hashes=2) > agreement(world, rows=rows, hashes=1) + 0.05


def test_a_value_is_the_mean_of_its_rows(model):
    rows = model.spaces["rows"]
    for value in ("trade=smith", "age=3 of 10"):
        own = SharedRows(rows=1024, hashes=2).of(Strings.of([value]))[0].tolist()
        expected = rows[own].astype(np.float64).mean(axis=0).astype(np.float32)
        np.testing.assert_array_equal(model.vectors[value], expected)
    assert model.report["rows_used"] == len(rows) <= 2 * len(model.vectors)
    assert list(model.spaces) == ["values", "contexts", "rows"]
    assert model.vectors.counts.sum() == 2400


def test_a_row_for_each_value_is_skip_gram(world):
    """With one hash and rows for all, only where the rows begin is drawn in another order."""
    same = {"dim": 24, "window": 5, "epochs": 15, "min_count": 1, "subsample": 0, "learning_rate": 0.05}
    shared = SharedTable(**same, rows=2**24, hashes=1).fit(world.sentences, run=ONE)
    plain = firth.SkipGram(**same, dynamic_window=False).fit(world.sentences, run=ONE)
    assert shared.report["values_without_own_row"] == 0
    assert shared.report["pairs"] == plain.report["pairs"]
    np.testing.assert_allclose(shared.report["losses"], plain.report["losses"], rtol=0.02)


def test_collisions_are_counted():
    report = SharedTable(**SMALL | {"rows": 2, "hashes": 1}).fit([["a", "b", "c", "d"]] * 9, run=ONE).report
    spread = SharedRows(rows=2, hashes=1).of(Strings.of("abcd")).reshape(-1)
    alone = int(np.count_nonzero(np.bincount(spread, minlength=2) == 1))
    assert report["rows_used"] == len(set(spread.tolist()))
    assert report["values_without_own_row"] == report["values_not_told_apart"] == 4 - alone


def test_one_thread_and_one_seed_give_the_same_bits(model, table):
    again = SharedTable(**SMALL).fit(table, run=ONE)
    for name, vectors in model.spaces.items():
        np.testing.assert_array_equal(vectors.matrix, again.spaces[name].matrix)
    assert dict(again.report) == dict(model.report)


def test_rows_are_the_same_in_every_process():
    code = (
        "from firth.learn.sharedrows import SharedRows; from firth.data.ids import Strings; "
        "print(SharedRows().of(Strings.of(['city=Rome', 'city=Brzęczyszczkiewicz', ''])).tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # These numbers are part of every file that holds a shared table.
    assert done.stdout.strip() == "[[21153, 36786], [8254, 46915], [22857, 42136]]"


# --- other rows


def test_encode_puts_columns_side_by_side_or_adds_them(model):
    features = model.encode(
        {"age": [20, None], "tool": ["tool1", "tool1"], "trade": ["baker"] * 2, "place": [None] * 2}
    )
    assert features.shape == (2, 4 * 24)
    parts = features.matrix.reshape(2, 4, 24)  # trade, tool, place, age: the order of training
    np.testing.assert_array_equal(parts[0, 0], model.vectors["trade=baker"])
    np.testing.assert_array_equal(parts[0, 1], model.vectors["tool=tool1"])
    np.testing.assert_array_equal(parts[0, 3], model.vectors["age=1 of 10"])
    assert not parts[:, 2].any()
    assert not parts[1, 3].any()
    assert features.report == {"rows": 2, "unknown": {}, "missing": {"place": 2, "age": 1}}
    assert features.names[:2] == ["trade.0", "trade.1"]
    same = {"age": [20, None], "tool": ["tool1"] * 2, "trade": ["baker"] * 2, "place": [None] * 2}
    np.testing.assert_allclose(model.encode(same, pool="sum").matrix, parts.sum(axis=1), atol=1e-6)
    mean = parts.sum(axis=1) / np.array([[3], [2]])
    np.testing.assert_allclose(model.encode(same, pool="mean").matrix, mean, atol=1e-6)


def test_values_never_seen_have_a_vector_and_are_counted(model, table):
    other = {name: list(values[:3]) for name, values in table.items()}
    other["tool"] = ["tool of tomorrow", other["tool"][1], "tool of tomorrow"]
    features = model.encode(other)
    assert features.report["unknown"] == {"tool": 2}
    rows = SharedRows(rows=1024, hashes=2).of(Strings.of(["tool=tool of tomorrow"]))[0]
    held = model.spaces["rows"]
    expected = sum(held[int(row)] if int(row) in held else np.zeros(24) for row in rows) / 2
    np.testing.assert_allclose(features.matrix[0, 24:48], expected, atol=1e-7)


def test_rows_of_the_training_table_are_known_and_threads_change_nothing(model, table):
    features = model.encode(table, run=ONE)
    assert features.report["unknown"] == {}
    np.testing.assert_array_equal(features.matrix, model.encode(table, run=Run(threads=3)).matrix)


def test_a_saved_model_encodes_alike(model, table, tmp_path):
    model.save(tmp_path / "shared.safetensors")
    loaded = firth.load(tmp_path / "shared.safetensors", verify=True)
    np.testing.assert_array_equal(loaded.encode(table).matrix, model.encode(table).matrix)


def test_sequences_are_pooled(model, table):
    rows = column_values(table, **model.vectors.meta["again"])
    pooled = model.encode(rows, pool="mean").matrix
    np.testing.assert_allclose(pooled, model.encode(table, pool="mean").matrix, atol=1e-6)
    with pytest.raises(OptionError, match="no columns to put side by side; choose pool='mean'"):
        model.encode(rows)


def test_a_model_of_sequences_encodes_sequences(world):
    model = SharedTable(**SMALL | {"epochs": 1}).fit(world.sentences, run=ONE)
    rows = firth.Sequences.of([["t0w0", "never seen"], ["t1w1"]])
    features = model.encode(rows, pool="sum")
    np.testing.assert_array_equal(features.matrix[1], model.vectors["t1w1"])
    assert features.report["unknown"] == {"tokens": 1}
    with pytest.raises(DataError, match="do not say which columns they come from"):
        model.encode({"a": ["x"]})


def test_rows_of_a_table_for_a_network(table):
    learner = SharedTable(rows=1024, hashes=3)
    again = column_values(table).report["again"]
    found = learner.rows_of({**table, "tool": [None, *table["tool"][1:]]}, **again)
    assert found.shape == (600, 4, 3)
    assert found.dtype == np.int32
    assert (found[0, 1] == -1).all()
    assert np.delete(found.reshape(-1, 3), 1, axis=0).min() >= 0
    smith = table["trade"].index("smith")
    np.testing.assert_array_equal(found[smith, 0], learner.spread.of(Strings.of(["trade=smith"]))[0])


@given(
    st.lists(st.tuples(*[st.none() | st.text("ab é", max_size=2)] * 2), min_size=1, max_size=20),
    st.integers(1, 3),
)
def test_the_rows_of_any_table_are_those_of_its_tokens(cells, hashes):
    learner = SharedTable(rows=50, hashes=hashes)
    table = firth.read_table({"x": [a for a, _ in cells], "y": [b for _, b in cells]}, as_text=["x", "y"])
    found = learner.rows_of(table)
    for i, row in enumerate(cells):
        for j, (name, value) in enumerate(zip("xy", row, strict=True)):
            own = [[-1] * hashes] if value is None else learner.spread.of(Strings.of([f"{name}={value}"]))
            np.testing.assert_array_equal(found[i, j], own[0])


def test_a_frame_a_file_and_a_dict_of_columns_are_one_table(model, table, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(table)
    frame.to_csv(tmp_path / "people.csv", index=False)
    records = frame.to_dict("records")
    for source in (frame, tmp_path / "people.csv", records, firth.read_table(table)):
        again = SharedTable(**SMALL).fit(source, run=ONE)
        np.testing.assert_array_equal(again.vectors.matrix, model.vectors.matrix)


# --- going on


def test_training_goes_on_with_the_rows_it_has(model, table):
    more = {name: list(values[:50]) for name, values in table.items()}
    more["tool"] = ["new tool"] * 50
    later = SharedTable(**SMALL | {"epochs": 1}).fit(more, start=model, run=ONE)
    assert set(model.vectors.ids) | {"tool=new tool"} == set(later.vectors.ids)
    assert later.vectors.meta["again"]["bins"] == model.vectors.meta["again"]["bins"]
    frozen = SharedTable(**SMALL | {"epochs": 1}).fit(more, start=model, anchor=math.inf, run=ONE)
    np.testing.assert_array_equal(frozen.vectors[list(model.vectors.ids)], model.vectors.matrix)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"rows": 512}, "start has {'rows': 1024, 'hashes': 2}, and the learner {'rows': 512, 'hashes': 2}")],
)
def test_a_start_that_was_spread_in_another_way_is_refused(model, table, options, message):
    with pytest.raises(DataError, match=message):
        SharedTable(**SMALL | options).fit(table, start=model, run=ONE)
    with pytest.raises(DataError, match="start is a model, vectors or the file of one, not int"):
        SharedTable(**SMALL).fit(table, start=5, run=ONE)
    with pytest.raises(DataError, match="start has no shared rows"):
        SharedTable(**SMALL).fit(table, start=model.vectors, run=ONE)


# --- what cannot be used


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": 0}, "rows is a whole number from 1 to 2,147,483,647, not 0"),
        ({"hashes": 65}, "hashes is a whole number from 1 to 64, not 65"),
        ({"rows": 2, "hashes": 3}, "hashes=3 different rows cannot be had of rows=2"),
        ({"bins": -1}, "bins is a whole number from 0 to 10,000, not -1"),
        ({"loss": "softmax"}, "trained by 'negative_sampling' only"),
    ],
)
def test_options_outside_their_range_are_named(options, message):
    with pytest.raises(OptionError, match=message):
        SharedTable(**options)


def test_rows_of_one_value_have_no_company():
    with pytest.raises(DataError, match="no value has company: the fullest of 2 rows has 1"):
        SharedTable().fit({"a": ["x", "y"]}, run=ONE)


def test_a_window_that_is_too_narrow_is_said(table, caplog):
    with caplog.at_level(logging.WARNING):
        SharedTable(**SMALL | {"epochs": 1, "window": 2}).fit(table, run=ONE)
    assert "the longest row has 4 values, and window=2 reaches over 3; raise it to 3" in caplog.text


def test_other_rows_that_do_not_fit_are_named(model, table):
    with pytest.raises(DataError, match="trained on the column 'trade', and the table has only 'x'"):
        model.encode({"x": [1]})
    with pytest.raises(DataError, match="the column 'age' holds no numbers: row 0 is 'old'"):
        model.encode({**table, "age": ["old"] * 600})
    with pytest.raises(OptionError, match="pool is 'concat', 'sum' or 'mean', not 'max'"):
        model.encode(table, pool="max")


def changed(model, *, recipe=None, meta=None, rows=None):
    """The model as a file might hold it that someone has tampered with."""
    values = model.vectors
    spaces = dict(model.spaces)
    spaces["values"] = firth.Vectors(
        values.ids, values.matrix, columns=values.columns, meta={**values.meta, **(meta or {})}
    )
    if rows is not None:
        spaces["rows"] = rows
    return firth.Model(spaces, recipe={**model.recipe, **(recipe or {})})


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"recipe": {"hashes": 5_000}}, "the recipe of this model is none of SharedTable: hashes"),
        ({"recipe": {"rows": 1}}, "the recipe of this model is none of SharedTable"),
        ({"recipe": {"rows": 500}}, "rows of a shared table rise from 0 to at most 499"),
        ({"recipe": {"dim": 7}}, "says dim=7; its values have 24 numbers and its rows 24"),
        ({"meta": {"again": 5}}, "does not say how a table was read: 5"),
        ({"meta": {"again": {"only": "abc", "bins": {}, "missing": "own"}}}, "does not say how a table was"),
        ({"meta": {"again": {"only": ["a"], "bins": 3, "missing": "own"}}}, "does not say how a table was"),
        (
            {"meta": {"again": {"only": ["age"], "bins": {"age": [2, 1]}, "missing": "own"}}},
            "does not say how",
        ),
        ({"meta": {"again": {"only": ["age"], "bins": {}, "missing": "x"}}}, "does not say how a table was"),
    ],
)
def test_a_file_that_lies_is_refused(model, table, what, message):
    with pytest.raises(DataError, match=message):
        changed(model, **what).encode(table)


def test_rows_that_do_not_rise_are_refused(model, table):
    rows = model.spaces["rows"]
    order = np.arange(len(rows))[::-1]
    mixed = firth.Vectors(Integers(rows.ids.values[order].copy()), rows.matrix[order].copy())
    with pytest.raises(DataError, match="rows of a shared table rise"):
        changed(model, rows=mixed).encode(table)
    with pytest.raises(DataError, match="are strings and those of 'rows' whole numbers"):
        changed(model, rows=model.vectors).encode(table)
