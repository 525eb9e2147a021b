"""LatLong: places as points of the unit sphere, their distances, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.columns import read_table
from firth.errors import DataError, OptionError
from firth.learn.latlong import LatLong

RADIUS = 6371.0088  # km, the mean radius of the earth


def encoded(latitudes, longitudes, learner=None):
    """(learnt, block, back) of these places."""
    learner = learner or LatLong()
    columns = list(read_table({"lat": latitudes, "lon": longitudes}).values())
    learnt = learner.learn(columns)
    block = learner.encode(learnt, columns)
    assert block.matrix.shape[1] == len(learner.names(learnt, ["lat", "lon"]))
    return learnt, block, learner.decode(learnt, block.matrix)


def haversine(a, b):
    """The way on the surface between two places in km, by the haversine formula (Sinnott 1984)."""
    (up, around), (up2, around2) = np.radians(a), np.radians(b)
    h = np.sin((up2 - up) / 2) ** 2 + np.cos(up) * np.cos(up2) * np.sin((around2 - around) / 2) ** 2
    return 2 * RADIUS * np.arcsin(np.sqrt(h))


PLACE = st.tuples(st.floats(-89.9, 89.9), st.floats(-180, 180))


@given(PLACE, PLACE)
def test_the_distance_of_points_gives_the_way_on_the_surface(a, b):
    points = encoded(*zip(a, b, strict=True))[1].matrix
    chord = np.linalg.norm(points[0] - points[1])
    way = 2 * RADIUS * np.arcsin(min(chord / 2, 1.0))
    assert way == pytest.approx(haversine(a, b), abs=1e-3)


@given(st.lists(PLACE, min_size=1, max_size=20))
def test_the_way_back_leads_to_the_place(places):
    latitudes, longitudes = encoded(*zip(*places, strict=True))[2]
    np.testing.assert_allclose(latitudes, [place[0] for place in places], atol=1e-9)
    turn = np.abs(np.array(longitudes) - [place[1] for place in places])
    np.testing.assert_allclose(np.minimum(turn, 360 - turn), 0, atol=1e-9)


def test_what_is_no_point_comes_back_as_none():
    model = LatLong().fit({"lat": [0.0], "lon": [0.0]})
    assert model.decode([[np.nan, 0.0, 1.0], [1.0, 0.0, 0.0]]) == {"lat": [None, 0.0], "lon": [None, 0.0]}


def test_the_points_are_where_they_should_be():
    _, block, _ = encoded([0.0, 0.0, 90.0, -90.0], [0.0, 90.0, 12.0, 0.0])
    np.testing.assert_allclose(block.matrix, [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1]], atol=1e-15)
    assert LatLong().names(encoded([0], [0])[0], ["lat", "lon"]) == ["lat,lon x", "lat,lon y", "lat,lon z"]


def test_both_ways_of_counting_longitudes_meet():
    points = encoded([10.0, 10.0], [-90.0, 270.0])[1].matrix
    np.testing.assert_allclose(points[0], points[1], atol=1e-15)


def test_a_place_of_which_a_part_is_missing_is_missing():
    learnt, block, back = encoded([59.9, None, 1.0], [10.7, 5.0, None])
    assert block.matrix[1:].tolist() == [[0, 0, 0, 1], [0, 0, 0, 1]]
    assert block.counts == {"missing": 2}
    assert back == [[pytest.approx(59.9), None, None], [pytest.approx(10.7), None, None]]
    assert LatLong().names(learnt, ["lat", "lon"])[-1] == "lat,lon=(missing)"
    _, bare, back = encoded([59.9, None], [10.7, 5.0], LatLong(missing="middle"))
    assert bare.matrix[1].tolist() == [0, 0, 0]
    assert back[0][1] is None
    with pytest.raises(DataError, match=r"'lon' holds no value \(NaN\) in row 0"):
        encoded([59.9], [None], LatLong(missing="error"))


@pytest.mark.parametrize(
    ("latitude", "longitude", "message"),
    [
        (90.5, 0.0, r"'lat' holds 90.5 in row 1, which is not a latitude in degrees \(-90 to 90\)"),
        (-91, 0.0, "'lat' holds -91 in row 1"),
        (0.0, 361.0, r"'lon' holds 361 in row 1, which is not a longitude in degrees \(-180 to 360\)"),
        (0.0, -180.1, "'lon' holds -180.1 in row 1"),
        (np.inf, 0.0, "'lat' holds inf in row 1"),
    ],
)
def test_what_is_no_place_is_refused_by_column_and_row(latitude, longitude, message):
    with pytest.raises(DataError, match=message):
        encoded([0.0, latitude], [0.0, longitude])


def test_text_is_no_place():
    with pytest.raises(DataError, match="'lat' holds no numbers: row 0 is '59N'"):
        encoded(["59N"], [10.0])


def test_missing_is_one_of_three_words():
    with pytest.raises(OptionError, match="missing is 'own', 'middle' or 'error'"):
        LatLong(missing="zero")
