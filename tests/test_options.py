"""Hyper-parameters out of range are refused with name, value and range."""

import numpy as np
import pytest

from firth import SkipGram
from firth.errors import OptionError
from firth.measure.pairs import Similarity
from firth.measure.sets import GradedPairs
from firth.options import check_real, check_seed, check_several, check_whole

PAIRS = GradedPairs(name="pairs", pairs=(("a", "b"),), grades=(1.0,))


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("dim", 0, "from 1 to 65,536"),
        ("dim", 10.0, "from 1 to 65,536"),
        ("dim", True, "from 1 to 65,536"),
        ("window", 0, "from 1 to 1,000"),
        ("negative", 0, "from 1 to 1,000"),
        ("subsample", -1e-3, "from 0 to 1"),
        ("subsample", 2, "from 0 to 1"),
        ("min_count", 0, "from 1 to"),
        ("ns_exponent", float("nan"), "from -4 to 4"),
        ("learning_rate", 0, "above 0 up to 1"),
        ("learning_rate", float("inf"), "above 0 up to 1"),
        ("learning_rate", "fast", "above 0 up to 1"),
        ("dynamic_window", "no", "True or False"),
        ("min_learning_rate", 1, "from 0 to 0.025"),
        ("epochs", 0, "from 1 to 100,000"),
    ],
)
def test_a_bad_value_is_named_with_its_range(name, value, allowed):
    with pytest.raises(OptionError) as caught:
        SkipGram(**{name: value})
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)
    assert allowed in str(caught.value)


def test_a_learner_is_frozen_and_keyword_only():
    with pytest.raises(AttributeError):
        SkipGram().dim = 3
    with pytest.raises(TypeError):
        SkipGram(100)


def test_numbers_of_numpy_are_taken_as_plain_ones():
    learner = SkipGram(dim=np.int64(7), learning_rate=np.float32(0.5))
    assert (type(learner.dim), type(learner.learning_rate)) == (int, float)
    assert learner == SkipGram(dim=7, learning_rate=0.5)


def test_one_string_is_no_list_of_its_letters():
    assert check_several("names", iter(["a", "b"])) == ["a", "b"]
    with pytest.raises(OptionError, match=r"names is a list, not 'city': write \['city'\]"):
        check_several("names", "city")
    with pytest.raises(OptionError, match=r"names is a list, not 5$"):
        check_several("names", 5)


def test_numbers_that_python_does_not_write_are_refused_all_the_same():
    with pytest.raises(OptionError, match="dim is a whole number from 1 to 9, not a number of 16,610 bits"):
        check_whole("dim", 10**5000, 1, 9)
    with pytest.raises(OptionError, match="rate is a number from 0 to 1, not a number of 16,610 bits"):
        check_real("rate", 10**5000, 0, 1)


@pytest.mark.parametrize("seed", ["x", None, 1.5, True, -1, 2**63])
def test_every_seed_is_checked_alike(seed):
    for check in (check_seed, lambda seed: Similarity(pairs=PAIRS, seed=seed)):
        with pytest.raises(OptionError, match=r"seed is a whole number from 0 to 9,223"):
            check(seed)
    assert check_seed(np.int64(7)) == 7
