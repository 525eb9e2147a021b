"""The losses that objectives measure, against what they must be."""

import math

import numpy as np
import pytest

from firth import Vocabulary
from firth.learn.heldout import HeldOut
from firth.learn.objectives import HierarchicalSoftmax, NegativeSampling, Softmax

VOCABULARY = Vocabulary.of({"a": 40, "b": 30, "c": 20, "d": 10})
HIDDEN = np.array([[0.5, -1.0, 2.0], [0.1, 0.2, 0.3]])
TARGETS = np.array([1, 3], np.int32)


def negative_sampling():
    return NegativeSampling(VOCABULARY, dim=3, negative=2, noise=4, ns_exponent=0.75, seed=1)


def filled(objective):
    objective.rows[:, :3] = np.random.default_rng(1).normal(size=(len(objective.rows), 3))
    return objective


def test_losses_of_rows_of_zeros():
    assert negative_sampling().losses(HIDDEN, TARGETS, 0) == pytest.approx(3 * math.log(2))
    assert Softmax(VOCABULARY, dim=3).losses(HIDDEN, TARGETS, 0) == pytest.approx(math.log(4))
    tree = HierarchicalSoftmax(VOCABULARY, dim=3)
    steps = np.diff(tree.offsets)[TARGETS]
    assert tree.losses(HIDDEN, TARGETS, 0) == pytest.approx(steps * math.log(2))


@pytest.mark.parametrize("make", [Softmax, HierarchicalSoftmax])
def test_the_probabilities_of_all_words_add_up_to_one(make):
    objective = filled(make(VOCABULARY, dim=3))
    for x in HIDDEN:
        losses = objective.losses(np.tile(x, (4, 1)), np.arange(4, dtype=np.int32), 0)
        assert np.exp(-losses).sum() == pytest.approx(1)


def test_noise_words_are_the_same_every_time_and_in_parts():
    objective = filled(negative_sampling())
    hidden, targets = np.repeat(HIDDEN, 50, axis=0), np.repeat(TARGETS, 50)
    whole = objective.losses(hidden, targets, 0)
    parts = [objective.losses(hidden[k : k + 30], targets[k : k + 30], k) for k in (0, 30, 60, 90)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_vocabulary_of_one_has_no_tree_to_walk():
    tree = HierarchicalSoftmax(Vocabulary.of({"a": 3}), dim=3)
    assert tree.losses(HIDDEN[:1], np.zeros(1, np.int32), 0).tolist() == [0.0]


def test_no_examples_have_no_loss():
    nothing = HeldOut(np.empty(0, np.int32), np.zeros(1, np.int64), np.empty(0, np.int32), False)
    assert nothing.loss(lambda *_: HIDDEN, negative_sampling().losses) is None
