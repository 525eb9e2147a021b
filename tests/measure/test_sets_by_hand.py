"""Sets that are built by hand: what does not fit is refused when it is made, not when it is measured."""

from __future__ import annotations

import pytest

from firth.errors import DataError
from firth.measure.sets import (
    AssociationTest,
    Dictionary,
    GradedPairs,
    LabelledItems,
    LinkSet,
    OutlierGroups,
    Questions,
)

LISTS = {"x": ("a",), "y": ("b",), "a": ("c",), "b": ("d",)}


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (GradedPairs, {"pairs": (("a", "b"),) * 3, "grades": (1.0,)}, "3 pairs need as many grades"),
        (GradedPairs, {"pairs": (("a", "b"),), "grades": (float("nan"),)}, "a finite number, not nan"),
        (GradedPairs, {"pairs": (("a", "b"),), "grades": ("1",)}, "a finite number, not '1'"),
        (GradedPairs, {"pairs": ("ab",), "grades": (1.0,)}, "pairs of words are tuples of 2, not 'ab'"),
        (Questions, {"sections": (("s", (("a", "b", "c"),)),)}, "questions of 's' are tuples of 4"),
        (Questions, {"sections": (("a", "b", "c", "d"),)}, "a section is its name and its questions"),
        (Dictionary, {"pairs": (("a", 1),)}, "pairs of words are strings, not 1"),
        (LinkSet, {"links": (("a", "b", 1.0),), "others": ()}, "links are tuples of 2"),
        (LinkSet, {"links": ((1, 2),), "others": ((1, None),)}, "strings or whole numbers, not None"),
        (OutlierGroups, {"groups": ()}, "there is no group of words"),
        (OutlierGroups, {"groups": (("cats", "lion", ("car",)),)}, "members of 'cats' are several"),
        (OutlierGroups, {"groups": (("cats", ("lion",)),)}, "a group is its name, members and outliers"),
        (LabelledItems, {"items": ("a", "b"), "labels": ("x", 2)}, "labels are strings, not 2"),
        (LabelledItems, {"items": ("a", 1.5), "labels": ("x", "y")}, "whole numbers, not 1.5"),
        (AssociationTest, {**LISTS, "x": "w0"}, "the words of x are several, in a tuple, not 'w0'"),
        (AssociationTest, {**LISTS, "names": ("x", "y")}, "names of x, y, a and b are tuples of 4"),
    ],
)
def test_what_does_not_fit_is_refused(kind, fields, message):
    with pytest.raises(DataError, match=f"set: .*{message}"):
        kind(name="set", **fields)
