"""A choice of learner per column: said or inferred, printed as a recipe, saved, and there and back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import firth
from firth import (
    Binary,
    CountSketch,
    Features,
    Frequency,
    Hashing,
    LatLong,
    Model,
    Normalize,
    OneHot,
    Ordinal,
    Periodic,
    Quantile,
    Standardize,
    Table,
    Target,
    read_table,
)
from firth.data.columns import Columns
from firth.errors import DataError, FirthError, OptionError
from firth.learn.inference import _places_on_earth
from firth.learn.tablerecipe import LEARNERS, learner_named
from firth.learn.tablerows import decode

PEOPLE = {
    "age": [20.0, 30.0, None, 40.0],
    "city": ["Oslo", "Rome", "Oslo", None],
    "lat": [60.0, 42.0, 60.0, 50.0],
    "lon": [11.0, 12.5, 11.0, 8.0],
    "job": ["a", "b", "c", "a"],
}
CHOICE = {
    "age": Standardize(),
    "city": (OneHot(), Frequency()),
    ("lat", "lon"): LatLong(),
    "job": Ordinal(order=("c", "b", "a")),
}


def dense(features: Features) -> np.ndarray:
    return features.matrix.toarray() if features.is_sparse else features.matrix


def test_learners_stand_side_by_side():
    model = Table(columns=CHOICE).fit(PEOPLE)
    features = model.encode(PEOPLE)
    assert list(features.names) == [
        "age", "age=(missing)", "city=Oslo", "city=Rome", "city=(missing)", "city share",
        "lat,lon x", "lat,lon y", "lat,lon z", "job",
    ]  # fmt: skip
    for key, learners in CHOICE.items():
        for learner in learners if isinstance(learners, tuple) else (learners,):
            names = [key] if isinstance(key, str) else list(key)
            alone = learner.fit(read_table(PEOPLE).take(names)).encode(PEOPLE)
            assert np.array_equal(
                dense(alone), features.matrix[:, [list(features.names).index(n) for n in alone.names]]
            )
    assert features.report["columns"] == {"age": {"missing": 1}, "city": {"missing": 1}}
    assert list(model.spaces) == ["city", "city 2", "job"]
    assert model.recipe["learner"] == "Table"


def test_there_and_back():
    model = Table(columns=CHOICE).fit(PEOPLE)
    back = model.decode(model.encode(PEOPLE))
    assert back["city"] == PEOPLE["city"]
    assert back["job"] == PEOPLE["job"]
    assert back["age"] == [
        pytest.approx(20, abs=1e-5),
        pytest.approx(30, abs=1e-5),
        None,
        pytest.approx(40, abs=1e-5),
    ]
    assert back["lat"] == pytest.approx(PEOPLE["lat"], abs=1e-4)


def test_a_column_that_does_not_come_back_is_named():
    model = Table(columns={"city": OneHot(), "job": Hashing(size=4)}, rest="drop").fit(PEOPLE)
    features = model.encode(PEOPLE)
    with pytest.raises(
        DataError, match="the column 'job' does not come back: there is no way back from hashed"
    ):
        model.decode(features)
    assert decode(model, features, columns=["city"]) == {"city": PEOPLE["city"]}
    with pytest.raises(OptionError, match=r"columns is a list, not 'city': write \['city'\]"):
        decode(model, features, columns="city")
    with pytest.raises(DataError, match="was not trained with a column 'age'"):
        decode(model, features, columns=["age"])
    with pytest.raises(DataError, match=r"rows of 7 numbers; these have shape \(4, 2\)"):
        model.decode(np.zeros((4, 2)))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["a"]], "rows that are decoded are of real numbers, and these are of <U1"),
        ([[None]], "rows that are decoded are of real numbers, and these are of object"),
        ([[1j]], "rows that are decoded are of real numbers, and these are of complex128"),
        ([[1, 2], [1]], "rows that are decoded are of one length each"),
    ],
)
def test_what_are_no_rows_of_numbers_is_not_decoded(rows, message):
    with pytest.raises(DataError, match=message):
        Frequency().fit(PEOPLE).decode(rows)


def test_sparse_rows():
    codes = [f"k{i % 50}" for i in range(200)]
    table = {"c": codes, "x": np.arange(200.0)}
    choice = {"c": OneHot(), "x": Standardize()}
    assert Table(columns=choice).fit(table).encode(table).is_sparse
    one, other = (Table(columns=choice, sparse=sparse).fit(table).encode(table) for sparse in (True, False))
    assert (one.is_sparse, other.is_sparse) == (True, False)
    assert np.array_equal(one.matrix.toarray(), other.matrix)
    assert one.matrix.dtype == np.float32
    assert Table(columns=choice, dtype="float64").fit(table).encode(table).matrix.dtype == np.float64
    back = Table(columns=choice).fit(table)
    assert back.decode(back.encode(table))["c"] == codes


def test_what_becomes_of_the_rest():
    with pytest.raises(DataError, match="no learner is chosen for the columns 'lat', 'lon', 'job'"):
        Table(columns={"age": Standardize(), "city": OneHot()}, rest="error").fit(PEOPLE)
    model = Table(columns={"age": Standardize()}, rest="drop").fit(PEOPLE)
    assert set(model.report["dropped"]) == {"city", "lat", "lon", "job"}
    assert model.encode(PEOPLE).report["left_out"] == ["city", "lat", "lon", "job"]
    model = Table(columns={"age": Normalize()}, dropped={"job": "not asked for"}).fit(PEOPLE)
    assert model.report["dropped"] == {"job": "not asked for"}
    assert {choice["learner"] for choice in model.recipe["columns"]} == {"Normalize", "OneHot", "LatLong"}


# --- inference -----------------------------------------------------------------------------------------


def many(n: int = 400) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    start = np.datetime64("2024-01-01")
    return {
        "user_id": rng.permutation(10 * n)[:n],
        "name": [f"person {i}" for i in range(n)],
        "row": np.arange(n),
        "planet": ["earth"] * n,
        "nothing": [None] * n,
        "colour": rng.choice(["red", "green", "blue"], n),
        "town": rng.choice([f"town {i}" for i in range(120)], n),
        "street": rng.choice([f"street {i}" for i in range(60)], n),
        "member": rng.integers(0, 2, n).astype(bool),
        "height": rng.normal(170, 10, n),
        "income": rng.pareto(1.1, n),
        "paid": 3 * rng.permutation(n) + 1,
        "born": start + rng.integers(0, 365, n),
        "home_lat": rng.uniform(-90, 90, n),
        "home_lon": rng.uniform(-180, 180, n),
        "latency": rng.normal(0, 1, n),
    }


def test_columns_are_inferred_by_what_they_hold():
    table = Table.inferred(many())
    found = {
        "+".join(names): tuple(type(one).__name__ for one in learners)
        for names, learners in table.columns.items()
    }
    assert found == {
        "colour": ("OneHot",), "town": ("Hashing",), "street": ("OneHot",), "member": ("OneHot",),
        "height": ("Standardize",), "income": ("Quantile",), "paid": ("Standardize",),
        "born": ("Periodic", "Periodic"), "home_lat+home_lon": ("LatLong",), "latency": ("Standardize",),
    }  # fmt: skip
    assert table.dropped == {
        "user_id": "an id by its name: all 400 numbers are different",
        "name": "an id: all 400 values are different",
        "row": "an id: all 400 numbers are different and consecutive",
        "planet": "constant: all values are 'earth'",
        "nothing": "all values are missing",
    }
    assert table.columns[("town",)] == (Hashing(size=128),)
    assert [one.unit for one in table.columns[("born",)]] == ["weekday", "yearday"]


def test_many_categories_are_encoded_by_the_target_where_there_is_one():
    y = np.random.default_rng(2).integers(0, 2, 400)
    assert Table.inferred(many(), target=y).columns[("town",)] == (Target(),)
    fitted = Table().fit_transform(many(), target=y)
    name = list(fitted.features.names).index("town share of 1")
    encoded = fitted.model.encode(many())
    crossed, alone = dense(fitted.features), dense(encoded)
    assert not np.array_equal(crossed[:, name], alone[:, name])
    others = np.arange(len(encoded.names)) != name
    assert np.array_equal(crossed[:, others], alone[:, others])


def test_what_is_inferred_is_what_is_fitted():
    table = many()
    assert Table.inferred(table).fit(table).recipe["columns"] == Table().fit(table).recipe["columns"]


def test_a_recipe_is_completed_by_what_is_inferred():
    table = many()
    some = Table(columns={"height": Normalize()}, dropped={"town": "private"})
    whole = some.completed(table)
    assert whole.columns[("height",)] == (Normalize(),)
    assert whole.dropped["town"] == "private"
    assert {**whole.columns, ("height",): (Standardize(),), ("town",): (Hashing(size=128),)} == (
        Table.inferred(table).columns
    )
    assert whole.fit(table).recipe["columns"] == some.fit(table).recipe["columns"]


def test_numbers_that_are_all_infinite_are_refused_by_column_and_row():
    with pytest.raises(DataError, match="the column 'a' holds inf in row 0"):
        Table().fit({"a": [np.inf, -np.inf, np.inf]})


def test_looking_for_places_takes_time_in_proportion_to_the_columns(growth):
    def degrees(n: int) -> Columns:
        lone = [f"{i}_{what}" for i in range(n // 2) for what in ("a_lat", "b_lon")]
        return read_table({name: [1.0, 2.0] for name in lone})

    assert growth(_places_on_earth, degrees(200), degrees(3200), allowed=64) <= 64


def test_a_latitude_is_paired_with_the_longitude_of_its_place():
    table = {
        name: [1.0, 2.0]
        for name in ("lon", "a_latitude", "b_lat", "lat", "a_lng", "b_long", "c_lat", "d_lon")
    }
    assert _places_on_earth(read_table(table)) == [
        ("a_latitude", "a_lng"),
        ("b_lat", "b_long"),
        ("lat", "lon"),
    ]


def test_the_log_tells_in_words_what_was_learned(caplog):
    table = {"sex": ["f", None, "m"], "year": [1, 2, 2], "flat": [1.0, 1.0, 1.0], "key": ["a", "b", "a"]}
    choice = {"sex": OneHot(min_count=2), "year": Ordinal(), "flat": Standardize(), "key": Hashing(size=1)}
    with caplog.at_level("INFO", logger="firth"):
        Table(columns=choice).fit(table)
    assert caplog.messages == [
        "sex: OneHot of text, 1 missing, 2 rare",
        "year: Ordinal of whole numbers",
        "flat: Standardize, constant",
        "key: Hashing, 1 collisions",
    ]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, lambda table: table])
def test_models_do_not_depend_on_how_the_table_came(make):
    model = Table().fit(many())
    assert np.array_equal(dense(Table().fit(make(many())).encode(make(many()))), dense(model.encode(many())))


# --- recipes -------------------------------------------------------------------------------------------


def test_a_recipe_is_printed_edited_and_read(tmp_path):
    table = Table.inferred(many())
    text = str(table)
    assert Table.from_toml(text) == table
    (tmp_path / "recipe.toml").write_text(text.replace("size = 128", "size = 256"), encoding="utf-8")
    for path in (tmp_path / "recipe.toml", str(tmp_path / "recipe.toml")):
        assert Table.from_toml(path).columns[("town",)] == (Hashing(size=256),)
    assert 'names = ["home_lat", "home_lon"]\nlearner = "LatLong"\n' in text
    assert "planet = \"constant: all values are 'earth'\"" in text


OPTIONS = {
    "order": st.none() | st.lists(st.text(max_size=4), min_size=1, max_size=4, unique=True).map(tuple),
    "missing": st.sampled_from(["own", "error"]),
    "size": st.integers(1, 2**20),
    "smooth": st.just("auto") | st.floats(0, 1e6),
    "min_count": st.none() | st.integers(1, 9),
    "signed": st.booleans(),
}


@st.composite
def tables(draw):
    names = draw(st.lists(st.text(max_size=8), unique=True, max_size=6))
    chosen = {}
    for name in names:
        kind = draw(st.sampled_from([n for n in LEARNERS if n not in ("LatLong", "Periodic")]))
        known = {field.name for field in dataclasses.fields(learner_named(kind, {}))}
        known = known if kind != "SharedTable" else set()  # its options of these names are others
        options = {key: draw(value) for key, value in OPTIONS.items() if key in known and draw(st.booleans())}
        chosen[name] = learner_named(kind, options)
    if draw(st.booleans()):
        chosen[("a b", "'\"\\\n")] = LatLong(missing="middle")
        chosen["time"] = (Periodic(unit="hour"), Periodic(period=0.1, harmonics=2))
    named = {one for key in chosen for one in (key if isinstance(key, tuple) else (key,))}
    reasons = draw(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3))
    return Table(
        columns=chosen or draw(st.sampled_from([{}, None])),
        rest=draw(st.sampled_from(["infer", "drop", "error"])),
        dtype=draw(st.sampled_from(["float32", "float64"])),
        sparse=draw(st.sampled_from([None, True, False])),
        dropped={name: why for name, why in reasons.items() if name not in named},
    )


@given(tables())
def test_any_recipe_comes_back_exactly(table):
    assert Table.from_toml(table.to_toml()) == table


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("rest = ", DataError, "the recipe is no TOML"),
        ("colour = 1", DataError, r"has rest, dtype, sparse, dropped and \[\[column\]\], and no 'colour'"),
        ("column = 3", DataError, r"written as \[\[column\]\], once for each choice"),
        ("[[column]]\nlearner = 'OneHot'", DataError, "names of the choice 0 .* not None"),
        (
            "[[column]]\nnames = ['a']\nlearner = 'SkipGram'",
            OptionError,
            "no learner 'SkipGram' of columns; there are",
        ),
        (
            "[[column]]\nnames = ['a']\nlearner = 'OneHot'\ndim = 3",
            OptionError,
            "OneHot has no option 'dim'; it has",
        ),
        (
            "[[column]]\nnames = ['a']\nlearner = 'Hashing'\nsize = 0",
            OptionError,
            "size is a whole number from 1",
        ),
        (
            "[[column]]\nnames = ['a', 'b']\nlearner = 'OneHot'",
            OptionError,
            "OneHot takes 1 columns together, not 2",
        ),
        ("rest = 'keep'", OptionError, "rest is 'infer', 'drop' or 'error', not 'keep'"),
        ("dropped = 4", OptionError, "dropped is a dict by column names, not 4"),
    ],
)
def test_recipes_that_are_none(text, error, message):
    with pytest.raises(error, match=message):
        Table.from_toml(text + "\n")


def test_tables_that_are_refused():
    with pytest.raises(DataError, match=r"the recipe 'nowhere\.toml' cannot be read"):
        Table.from_toml("nowhere.toml")
    with pytest.raises(OptionError, match=r"'a' has SkipGram\(.*\), which is no learner of columns"):
        Table(columns={"a": firth.SkipGram()})
    with pytest.raises(OptionError, match="columns are named by a string or a tuple of strings, not 3"):
        Table(columns={3: OneHot()})
    with pytest.raises(OptionError, match="name one twice"):
        Table(columns={("a", "a"): LatLong()})
    with pytest.raises(OptionError, match="the column 'a' has no learner; name it in dropped"):
        Table(columns={"a": ()})
    with pytest.raises(DataError, match="there is no column 'b' to encode; there are 'a'"):
        Table(columns={"b": OneHot()}).fit({"a": [1]})
    with pytest.raises(DataError, match="there is no column 'agee' to leave out; there are 'age'"):
        Table(dropped={"agee": "private"}).fit({"age": [1, 2]})
    with pytest.raises(OptionError, match="the column 'b' has a learner and is in dropped"):
        Table(columns={("a", "b"): LatLong()}, dropped={"b": "private"})
    with pytest.raises(DataError, match="a recipe is its text or the path of its file, not None"):
        Table.from_toml(None)
    with pytest.raises(DataError, match="the table has no row; there is nothing to learn from"):
        Table().fit({"a": []})
    with pytest.raises(DataError, match="no column is left to learn from: a: constant: all values are 1"):
        Table().fit({"a": [1, 1]})
    with pytest.raises(DataError, match="LatLong takes 2 columns together, and the table has 1: 'a'"):
        LatLong().fit({"a": [1]})


# --- any table -----------------------------------------------------------------------------------------

KINDS = {
    "text": st.text(max_size=4),
    "whole": st.integers(-(2**53), 2**53),
    "real": st.floats(-1e9, 1e9, width=32),
    "bool": st.booleans(),
    "date": st.dates(),
    "time": st.datetimes(min_value=dt.datetime(1700, 1, 1), max_value=dt.datetime(2200, 1, 1)),
}
ENCODERS = [
    *(OneHot(), OneHot(drop="first"), OneHot(min_count=2, unknown="own"), Ordinal(), Ordinal(unknown="own")),
    *(Binary(), Frequency(), Hashing(size=8), Hashing(size=64, missing="zero"), CountSketch(size=64)),
]


@st.composite
def any_table(draw):
    n = draw(st.integers(1, 8))
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=3))
    return {
        f"{i} {kind}": draw(
            st.lists(st.none() | KINDS[kind], min_size=n, max_size=n).filter(
                lambda c: any(v is not None for v in c)
            )
        )
        for i, kind in enumerate(kinds)
    }


@settings(max_examples=60)
@given(any_table(), any_table(), st.sampled_from(ENCODERS))
def test_any_encoder_takes_any_table(tmp_path_factory, table, later, learner):
    model = learner.fit(table)
    features = model.encode(table)
    assert np.isfinite(dense(features)).all()
    assert len(set(features.names)) == features.shape[1]
    missing = {name: {"missing": values.count(None)} for name, values in table.items() if None in values}
    assert {name: {"missing": counts["missing"]} for name, counts in features.report["columns"].items()
            if "missing" in counts} == missing  # fmt: skip
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    model.save(path, force=True)
    loaded = firth.load(path)
    assert np.array_equal(dense(loaded.encode(table)), dense(features))
    if isinstance(learner, (Ordinal, Binary)) or (isinstance(learner, OneHot) and learner.min_count is None):
        expected = {name: [None if v is None else v + 0 if isinstance(v, float) else v for v in values]
                    for name, values in table.items()}  # fmt: skip
        back = loaded.decode(features)
        assert back == expected
        assert all(
            type(a) is type(b) for name in back for a, b in zip(back[name], expected[name], strict=True)
        )
    if list(later) == list(table):
        assert len(model.encode(later)) == len(next(iter(later.values())))


@settings(max_examples=40)
@given(any_table())
def test_any_table_is_encoded_as_inferred_or_says_why_not(table):
    try:
        fitted = Table().fit_transform(table)
    except DataError as error:
        assert "no column is left" in str(error)
        return
    dropped = fitted.model.report["dropped"]
    taken = {name for choice in fitted.model.recipe["columns"] for name in choice["names"]}
    assert taken | set(dropped) == set(table)
    assert np.array_equal(dense(fitted.model.encode(table)), dense(fitted.features))


def test_a_model_does_not_grow_with_the_rows():
    sizes = []
    for n in (500, 2000):
        table = {"c": [f"k{i % 7}" for i in range(n)], "x": np.arange(n) % 13}
        fitted = Table().fit_transform(table)
        sizes.append((fitted.features.matrix.size, sum(part.nbytes for part in fitted.model.parts.values())))
    assert sizes[1][0] == 4 * sizes[0][0]
    assert sizes[1][1] == sizes[0][1]


# --- files ---------------------------------------------------------------------------------------------


def test_a_saved_table_is_the_same_table(tmp_path):
    y = np.random.default_rng(2).integers(0, 2, 400)
    model = Table().fit(many(), target=y)
    model.save(tmp_path / "m.safetensors")
    back = firth.load(tmp_path / "m.safetensors", verify=True)
    assert np.array_equal(dense(back.encode(many())), dense(model.encode(many())))
    assert dict(back.recipe) == dict(model.recipe)
    assert dict(back.report) == dict(model.report)


def forged(model: Model, *, drop: str = "", **changes: Any) -> Model:
    """The model with other parts or another recipe, as a file could hold them."""
    parts = {name: part for name, part in model.parts.items() if name != drop}
    recipe = dict(model.recipe) | changes.pop("recipe", {})
    return Model(changes.pop("spaces", model.spaces), recipe=recipe, parts=parts | changes.pop("parts", {}))


def test_files_that_lie_are_refused_and_reach_no_kernel():
    table = {"c": ["a", "b", "a"], "d": ["x", "y", "y"]}
    model = Table(columns={"c": CountSketch(size=8, depth=3), "d": OneHot()}).fit(table)
    choice, learnt = model.recipe["columns"], model.recipe["learnt"]
    vectors = model.spaces["d"]
    without = firth.Vectors(vectors.ids, vectors.matrix)
    negative = firth.Vectors(vectors.ids, vectors.matrix, columns={"counts": np.array([-1, 2])})
    lies = [
        forged(model, drop="0/sketch"),
        forged(model, parts={"0/sketch": np.zeros((3, 4), np.int64)}),
        forged(model, parts={"0/sketch": np.zeros((3, 8), np.int32)}),
        forged(model, drop="rows"),
        forged(model, recipe={"columns": choice[:1]}),
        forged(model, recipe={"columns": "OneHot"}),
        forged(model, recipe={"dtype": "object"}),
        forged(model, recipe={"columns": [{**choice[0], "learner": "SkipGram"}, choice[1]]}),
        forged(model, recipe={"columns": [{**choice[0], "size": 2**40}, choice[1]]}),
        forged(model, recipe={"columns": [{**choice[0], "names": ["c", "d"]}, choice[1]]}),
        forged(model, recipe={"learnt": [{"space": "nowhere", "facts": {}}, learnt[1]]}),
        forged(model, recipe={"learnt": [{"space": ["d"], "facts": {}}, learnt[1]]}),
        forged(
            model, recipe={"learnt": [learnt[0], {"space": "d", "facts": {"kind": "text", "missing": -1}}]}
        ),
        forged(
            model, recipe={"learnt": [learnt[0], {"space": "d", "facts": {"kind": "date", "missing": 0}}]}
        ),
        forged(model, recipe={"learnt": [learnt[0], {"space": None, "facts": learnt[1]["facts"]}]}),
        forged(model, recipe={"learnt": [{"space": None, "facts": {"rows": "many"}}, learnt[1]]}),
        forged(model, spaces={"d": without}),
        forged(model, spaces={"d": negative}),
    ]
    for lie in lies:
        with pytest.raises(FirthError):
            lie.encode(table)


def test_mutants_of_a_file_load_or_are_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    y = [0.0, 1.0, 1.0, 2.0]
    table = {"c": list("abca"), "d": list("xyyx"), "e": [1, 2, 3, 4]}
    Table(columns={"c": Target(folds=2), "d": OneHot(), "e": Quantile()}).fit(table, target=y).save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(300):
        mutant = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 4)):
            mutant[place] = rng.integers(256)
        path.write_bytes(bytes(mutant))
        try:
            found = firth.load(path).encode(table)
        except FirthError:
            continue
        assert np.isfinite(dense(found)).all()
