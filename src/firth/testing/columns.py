"""`check_column_learner`: what every learner over the columns of a table promises, on a tiny table."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from firth.data.features import Features
from firth.errors import DataError
from firth.model import Model, load
from firth.testing.learners import (
    check_bad_values_are_refused,
    check_recipe_is_frozen,
)
from firth.testing.promises import expect, one_thread, raised

__all__ = ["check_column_learner"]

Values = Mapping[str, Sequence[Any]]


def check_column_learner(
    learner: Any, table: Values, *, target: Sequence[Any] | None = None, reversible: bool = True
) -> None:
    """Check the contract of a learner over columns.

    Args:
        learner: with hyper-parameters that suit the table.
        table: {column: values}, a few rows of the kind that the learner takes, None where one is missing.
        target: what is to be foretold, one a row, for learners that look at it.
        reversible: whether `model.decode` must give the values back; False promises a DataError that says
            why it cannot.

    Raises:
        AssertionError: a promise is broken; the message says which.
    """
    check_recipe_is_frozen(learner)
    check_bad_values_are_refused(learner)
    check_no_rows_are_refused(learner, table)
    model = learner.fit(table, target=target, run=one_thread())
    features = model.encode(table)
    check_rows_are_whole(model, features, table)
    check_fit_repeats(learner, table, target, features)
    check_order_of_columns_is_nothing(model, table, features)
    check_rows_stand_alone(model, table, features)
    check_column_is_needed(model, table)
    check_way_back(model, table, features, reversible=reversible)
    check_file(model, table, features)


def check_no_rows_are_refused(learner: Any, table: Values) -> None:
    """Nothing to learn from is a DataError, never an empty model."""
    nothings: list[Any] = [{}, {name: [] for name in table}, []]
    for nothing in nothings:
        raised(DataError, partial(learner.fit, nothing, run=one_thread()))


def check_rows_are_whole(model: Model, features: Features, table: Values) -> None:
    """A finite row for each row of the table, a name of its own for each number; missing values counted."""
    rows = len(next(iter(table.values())))
    expect(isinstance(model, Model), f"fit returned {type(model).__name__}, not a Model")
    expect(isinstance(features, Features), f"encode returned {type(features).__name__}, not Features")
    expect(len(features) == rows, f"{len(features)} rows were made of {rows}")
    expect(len(set(features.names)) == features.shape[1], "the names are not one for each number")
    expect(features.report.get("rows") == rows, "the report does not say how many rows there were")
    counted = features.report.get("columns", {})
    for name, values in table.items():
        missing = sum(value is None for value in values)
        about = {key: counts for key, counts in counted.items() if name in key.split("+")}
        found = sum(counts.get("missing", 0) for counts in about.values())
        expect(found >= missing, f"{missing} values of {name!r} are missing; the report counts {found}")


def check_fit_repeats(learner: Any, table: Values, target: Sequence[Any] | None, features: Features) -> None:
    """One seed gives the same bits."""
    again = learner.fit(table, target=target, run=one_thread()).encode(table)
    expect(_equal(again, features), "two fits with one seed differ")


def check_order_of_columns_is_nothing(model: Model, table: Values, features: Features) -> None:
    """Columns are known by their names; those that the model does not know are left out and said."""
    turned = {"a stranger": [0.0] * len(features)} | {name: table[name] for name in reversed(list(table))}
    found = model.encode(turned)
    expect(_equal(found, features), "another order of the columns gives other numbers")
    expect("a stranger" in found.report.get("left_out", []), "a column was left out in silence")


def check_rows_stand_alone(model: Model, table: Values, features: Features) -> None:
    """A row encodes the same whatever stands beside it."""
    for i in range(len(features)):
        alone = model.encode({name: values[i : i + 1] for name, values in table.items()})
        expect(np.array_equal(_dense(alone)[0], _dense(features)[i]), f"row {i} alone is encoded otherwise")


def check_column_is_needed(model: Model, table: Values) -> None:
    """A column that is not there is named."""
    for name in table:
        rest = {other: values for other, values in table.items() if other != name} | {"x": [1, 2]}
        error = raised(DataError, partial(model.encode, {key: list(rest[key])[:2] for key in rest}))
        expect(name in str(error), f"the message does not name the column {name!r}: {error}")


def check_way_back(model: Model, table: Values, features: Features, *, reversible: bool) -> None:
    """`decode` gives the values back, or says why it cannot."""
    if not reversible:
        raised(DataError, partial(model.decode, features))
        return
    back = model.decode(features)
    expect(list(back) == list(table), f"the columns {list(back)} came back, not {list(table)}")
    for name, values in table.items():
        for i, (found, value) in enumerate(zip(back[name], values, strict=True)):
            near = isinstance(value, float) and found is not None and abs(found - value) < 1e-3
            expect(near or found == value, f"row {i} of {name!r} came back as {found!r}, not {value!r}")


def check_file(model: Model, table: Values, features: Features) -> None:
    """Saved and loaded again, the model encodes the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        model.save(path)
        back = load(path, verify=True)
        expect(dict(back.recipe) == dict(model.recipe), "the recipe changed on the way through a file")
        expect(_equal(back.encode(table), features), "a model from a file encodes otherwise")


def _dense(features: Features) -> Any:
    return features.matrix.toarray() if features.is_sparse else features.matrix


def _equal(a: Features, b: Features) -> bool:
    return list(a.names) == list(b.names) and np.array_equal(_dense(a), _dense(b))
