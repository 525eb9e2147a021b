"""Corrections for many comparisons: hand-computed, against SciPy, and what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from firth.errors import OptionError
from firth.measure.corrections import adjusted

SEVERAL = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holm_by_hand():
    assert adjusted([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjusted([0.6, 0.7]) == [1.0, 1.0]
    assert adjusted([]) == []


@given(SEVERAL)
def test_benjamini_hochberg_is_scipys(p):
    found = adjusted(p, correction="benjamini-hochberg")
    np.testing.assert_allclose(found, stats.false_discovery_control(p), atol=1e-12)


@given(SEVERAL)
def test_holm_lies_between_the_plain_p_and_bonferronis(p):
    found = adjusted(p)
    assert all(plain <= one <= min(1, len(p) * plain) + 1e-12 for plain, one in zip(p, found, strict=True))
    assert [found[i] for i in np.argsort(p, kind="stable")] == sorted(found)


@pytest.mark.parametrize("correction", ["holm", "benjamini-hochberg", "none"])
def test_tests_that_could_not_be_made_do_not_count(correction):
    found = adjusted([math.nan, 0.02, math.nan, 0.5], correction=correction)
    assert math.isnan(found[0])
    assert math.isnan(found[2])
    assert [found[1], found[3]] == adjusted([0.02, 0.5], correction=correction)


def test_an_unknown_correction_is_refused():
    with pytest.raises(OptionError, match=r"'holm', 'benjamini-hochberg', 'none', not 'sidak'"):
        adjusted([0.1], correction="sidak")
