"""Models of learners over numbers: tables in, features out, and back, also from a file."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("sklearn")

import firth
from firth.errors import DataError

TABLE = {"x": [1.0, 4.0, None, 2.5], "y": [10, 20, 30, 40]}
LEARNERS = [
    firth.Standardize(),
    firth.Standardize(center=False, missing="middle"),
    firth.Normalize(low=-1, clip=True),
    firth.Robust(),
    firth.Quantile(levels=3),
    firth.Quantile(shape="normal"),
    firth.Periodic(period=50.0, harmonics=2),
]


@pytest.mark.parametrize("learner", LEARNERS, ids=repr)
def test_a_model_encodes_and_decodes_also_from_a_file(learner, tmp_path):
    model = learner.fit(TABLE)
    features = model.encode(TABLE)
    assert features.matrix.dtype == np.float32
    assert features.report["columns"]["x"]["missing"] == 1
    assert "x=(missing)" in features.names or learner.missing == "middle"
    back = model.decode(features)
    np.testing.assert_allclose(back["y"], TABLE["y"], rtol=1e-4)
    assert back["x"][1] == pytest.approx(4.0, rel=1e-4)
    if learner.missing == "own":
        assert back["x"][2] is None
    model.save(tmp_path / "model")
    loaded = firth.load(tmp_path / "model", verify=True)
    np.testing.assert_array_equal(loaded.encode(TABLE).matrix, features.matrix)
    assert loaded.decode(features) == back


def test_the_report_says_what_was_constant_missing_and_rounded():
    model = firth.Standardize().fit({"flat": [7, 7, 7], "holes": [1, None, 2], "long": [2**60 + 1, 0, 5]})
    found = model.report["columns"]
    assert found["flat"]["constant"] is True
    assert found["holes"]["missing"] == 1
    assert found["long"]["rounded"] == 1


def test_places_and_times_of_a_table():
    rows = [
        {"lat": 59.91, "lon": 10.75, "at": dt.datetime(2026, 12, 31, 23, 0)},
        {"lat": -18.14, "lon": 178.44, "at": None},
    ]
    hour, month = firth.Periodic(unit="hour"), firth.Periodic(unit="month")
    table = firth.Table(columns={("lat", "lon"): firth.LatLong(), "at": (hour, month)})
    model = table.fit(rows)
    features = model.encode(rows)
    assert features.shape == (2, 9)
    assert {"lat,lon z", "at hour sin", "at month cos", "at=(missing)"} <= set(features.names)
    back = model.decode(features)
    np.testing.assert_allclose(back["lat"], [59.91, -18.14], atol=1e-4)
    np.testing.assert_allclose(back["lon"], [10.75, 178.44], atol=1e-4)


def test_places_are_two_columns():
    with pytest.raises(DataError, match="LatLong takes 2 columns together, and the table has 3"):
        firth.LatLong().fit({"a": [1.0], "b": [1.0], "c": [1.0]})


def test_a_number_that_float32_does_not_hold_is_refused_by_name():
    model = firth.Standardize().fit({"x": [0.0, 1e-30, 2e-30]})
    with pytest.raises(DataError, match=r"row 1 of x becomes 1.*e\+60, which float32 does not hold"):
        model.encode({"x": [0.0, 1e30]})
    wide = firth.Table(columns={"x": firth.Standardize()}, dtype="float64").fit({"x": [0.0, 1e-30, 2e-30]})
    assert wide.encode({"x": [1e30]}).matrix[0, 0] > 1e60
