"""Verdicts: the bounds, and that the page lists them as they are."""

from __future__ import annotations

import math
import re

import pytest

from firth.measure.jackknife import Figure
from firth.measure.verdicts import CONVENTIONS, figure_row, verdict_of


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("mean_cosine", 0.1, "good"),
        ("mean_cosine", 0.2, "look at this"),
        ("mean_cosine", 0.41, "bad"),
        ("isoscore", 0.2, "good"),
        ("isoscore", 0.1, "look at this"),
        ("isoscore", 0.04, "bad"),
        ("not_finite", 0.0, "good"),
        ("not_finite", 1e-6, "bad"),
        ("hubness", math.nan, "not measured"),
    ],
)
def test_verdicts_follow_the_bounds(name, value, verdict):
    assert verdict_of(name, value) == verdict


def test_advice_is_given_only_where_it_is_needed():
    def said(value, **more):
        row = figure_row(
            "p", "hubness", Figure(value), n=1, total=1, means="skewed", advice="do", why_none="none", **more
        )
        return row.extra["meaning"]

    assert said(0.0) == "skewed"
    assert said(9.0) == "skewed; do"
    assert said(9.0, judged=0.0) == "skewed"
    assert said(math.nan, judged=0.0) == "could not be measured: none"


def test_the_page_lists_the_bounds_as_they_are(repository):
    page = (repository / "docs/geometry.md").read_text(encoding="utf-8")
    found = {}
    for name, good, bad in re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \| ([^|]+) \|$", page, re.MULTILINE):
        found[name] = tuple(float(text.split()[-1]) for text in (good, bad))
        assert (
            good.split()[0] == {True: "from", False: "up"}[CONVENTIONS[name][0] > CONVENTIONS[name][1]]
            or good == "0"
        )
    assert found == CONVENTIONS
