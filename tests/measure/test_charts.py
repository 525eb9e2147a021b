"""Pictures: scales, ticks, labels that do not meet, and SVG that is whole."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.measure.page.charts.curve import curve
from firth.measure.page.charts.drawing import Scale, number, ticks
from firth.measure.page.charts.histogram import histogram
from firth.measure.page.charts.map import HEIGHT, WIDTH, place_labels, point_map
from firth.measure.page.charts.overlap import overlap
from firth.measure.page.charts.scatter import scatter
from firth.measure.page.charts.whiskers import ruler, strip
from firth.measure.page.markup import tag

NAN = math.nan


def parsed(svg: str) -> ET.Element:
    """The picture as a tree, which fails on anything that is not well-formed."""
    return ET.fromstring(svg)


def texts(root: ET.Element) -> list[str]:
    """The words that are drawn."""
    return [node.text or "" for node in root.iter("text")]


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    """The elements of a class."""
    return [node for node in root.iter() if name in node.get("class", "").split()]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 10))
def test_ticks_are_round_few_and_within(low: float, width: float, most: int):
    marks = ticks(low, low + width, most)
    assert 1 <= len(marks) <= most
    assert all(low - 1e-6 * width <= mark <= low + width + 1e-6 * width for mark in marks)
    steps = np.diff(marks)
    assert len(steps) == 0 or np.allclose(steps, steps[0], rtol=1e-6)


def test_ticks_by_hand():
    assert ticks(0, 1, 6) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(0, 1, 5) == [0, 0.5, 1.0]
    assert ticks(3, 3) == [3]
    assert ticks(NAN, 1) == []


def test_scales():
    scale = Scale(0, 10, 100, 200)
    assert [scale(0), scale(5), scale(10), scale(99)] == [100, 150, 200, 200]
    logs = Scale(1, 1000, 0, 3, logarithmic=True)
    assert logs(100) == pytest.approx(2)
    assert logs.ticks() == [1, 10, 100, 1000]
    assert Scale(5, 5, 0, 10)(5) == 5


def test_numbers_are_short():
    assert [number(x) for x in (0, 0.25, 3.0, 1234, 25_000, 2.5e6, NAN)] == [
        "0", "0.25", "3", "1,234", "25k", "2.5M", "–",
    ]  # fmt: skip


def test_attributes_are_escaped():
    assert tag("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'
    assert tag("b", hidden=True, id=None, x=1 / 3, y=float("nan")) == '<b hidden x="0.33" y="0"></b>'


def test_a_whisker_is_where_its_figures_are():
    scale = Scale(0, 2, 0, 100)
    root = parsed(strip(1.0, 0.5, 1.5, scale=scale, chance=0.2, says="half"))
    [dot], [whisker], [chance] = (of_class(root, name) for name in ("dot", "whisker", "chance"))
    assert dot.get("cx") == "50.00%"
    assert (whisker.get("x1"), whisker.get("x2")) == ("25.00%", "75.00%")
    assert chance.get("x1") == "10.00%"
    assert root.get("aria-label") == "half"


def test_what_is_no_number_is_not_drawn():
    root = parsed(strip(NAN, NAN, NAN, scale=Scale(0, 1, 0, 100), chance=NAN))
    assert not of_class(root, "dot") + of_class(root, "whisker") + of_class(root, "chance")
    root = parsed(strip(0.0, -0.1, 0.1, scale=Scale(-1, 1, 0, 100)))
    assert of_class(root, "zero")
    assert texts(parsed(ruler(Scale(-1, 1, 0, 100)))) == ["−1", "−0.5", "0", "0.5", "1"]


def test_a_histogram_is_as_high_as_its_counts():
    root = parsed(histogram([1, 4, 0], ["a", "b", "<c>"], title="t", says="s", across="x", upwards="y"))
    first, second, third = of_class(root, "bar")
    assert float(second.get("height", 0)) == pytest.approx(4 * float(first.get("height", 0)), rel=0.01)
    assert float(third.get("height", 1)) == 0
    assert "<c>" in texts(root)
    assert parsed(histogram([], [], title="t", says="s", across="x", upwards="y")) is not None


def test_a_curve_and_its_point():
    root = parsed(
        curve(
            [1, 2], [0.5, 1], title="t", says="s", across="x", upwards="y", even="e", point=(1, 0.5, "here")
        )
    )
    assert "here" in texts(root)
    [dot] = of_class(root, "dot")
    assert float(dot.get("cy", 0)) == pytest.approx((34 + 280 - 48) / 2)


def test_scattered_points():
    root = parsed(
        scatter(
            [1, 10], [2.0, 3.0], names=["<i>", "b"], title="t", says="s", across="x", upwards="y",
            middle=[(1, 2), (10, 3)],
        )
    )  # fmt: skip
    assert len(of_class(root, "point")) == 2
    assert [node.findtext("title") for node in of_class(root, "point")] == ["<i>: 2", "b: 3"]
    assert parsed(scatter([], [], names=[], title="t", says="s", across="x", upwards="y")) is not None


@given(st.lists(st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT)), min_size=1, max_size=40))
def test_names_meet_neither_names_nor_points(points: list[tuple[float, float]]):
    boxes = list(place_labels(points, ["word"] * len(points)))
    for i, box in boxes:
        assert 0 <= box.left <= box.right <= WIDTH
        assert 0 <= box.top <= box.bottom <= HEIGHT
        assert not any(box.meets(other) for j, other in boxes if j != i)
        x, y = points[i]
        assert abs(box.left - x) < 60 or abs(box.right - x) < 60
        assert abs(box.top - y) < 30
    if len(points) == 1 and 60 < points[0][0] < WIDTH - 60 and 30 < points[0][1] < HEIGHT - 30:
        assert boxes


def test_a_map_keeps_distances_alike_in_both_directions():
    square = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
    root = parsed(point_map(square, list("abcd"), [0, 1, 2, 3], title="t", says="s"))
    dots = [(float(d.get("cx", 0)), float(d.get("cy", 0))) for d in of_class(root, "point")]
    (x0, y0), (x1, y1), (x2, _), _ = dots
    assert x0 == x1
    assert y0 > y1  # up is up
    assert x2 - x0 == pytest.approx(y0 - y1)
    assert sorted(texts(root)) == list("abcd")
    assert parsed(point_map([], [], [], title="t", says="s")) is not None
    assert parsed(point_map([(1, 1)] * 3, list("abc"), [0] * 3, title="t", says="s")) is not None


def test_two_distributions_on_one_axis():
    root = parsed(
        overlap([0, 1, 2], [1.0, 0.0], [0.5, 0.5], names=("a", "b"), title="t", says="s", across="x")
    )
    first, second = of_class(root, "step")
    assert "44.0" in first.get("d", "")  # as high as the frame
    assert "138.0" in second.get("d", "")  # half as high
    assert {"a", "b", "x"} <= set(texts(root))
