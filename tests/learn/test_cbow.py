"""CBOW, and the other objectives of CBOW and skip-gram."""

import math
from dataclasses import replace

import numpy as np
import pytest

from firth import CBOW, Run, SkipGram, load
from firth.errors import NonFiniteError, OptionError
from firth.testing import topic_world

ONE = Run(threads=1, progress=False)


@pytest.fixture(scope="module")
def world():
    return topic_world()


@pytest.mark.parametrize("learner", [SkipGram, CBOW])
def test_softmax_comes_near_the_entropy_of_the_world(world, learner):
    model = learner(dim=24, min_count=1, epochs=10, subsample=0, loss="softmax").fit(world.stream(), run=ONE)
    losses = model.report["losses"]
    assert losses[-1] < 0.8 * math.log(len(world.words))  # what a guess among all words costs


def test_hierarchical_softmax_has_a_row_a_node(world):
    model = SkipGram(dim=8, min_count=1, epochs=1, loss="hierarchical_softmax").fit(world.sentences, run=ONE)
    assert list(model.spaces) == ["words", "nodes"]
    assert list(model.spaces["nodes"].ids) == list(range(len(world.words) - 1))
    assert "counts" not in model.spaces["nodes"].columns


@pytest.mark.parametrize("learner", [SkipGram, CBOW])
@pytest.mark.parametrize("loss", ["negative_sampling", "hierarchical_softmax", "softmax"])
def test_a_vocabulary_of_one_or_two_words_is_sound(learner, loss):
    for words in ("a", "ab"):
        model = learner(dim=4, min_count=1, epochs=3, subsample=0, loss=loss).fit([list(words) * 99], run=ONE)
        assert len(model.vectors) == len(words)
        assert np.isfinite(model.vectors.matrix).all()


@pytest.mark.parametrize("loss", ["negative_sampling", "hierarchical_softmax", "softmax"])
@pytest.mark.parametrize("learner", [SkipGram(window=40), CBOW(mean=False, window=40), CBOW(window=1)])
def test_a_high_rate_and_a_wide_window_stay_finite(world, learner, loss):
    corner = replace(
        learner, dim=16, min_count=1, epochs=2, subsample=0, loss=loss, learning_rate=0.5, negative=20
    )
    model = corner.fit(world.sentences, run=ONE)
    assert np.isfinite(model.vectors.matrix).all()


def test_an_unknown_loss_is_refused():
    with pytest.raises(OptionError, match=r"loss='hinge': choose one of negative_sampling, "):
        SkipGram(loss="hinge")


@pytest.mark.parametrize("loss", ["negative_sampling", "hierarchical_softmax"])
def test_threads_agree_in_quality(world, loss):
    learner = CBOW(dim=24, min_count=1, epochs=15, subsample=1e-2, loss=loss)
    model = learner.fit(world.sentences, run=Run(threads=3, progress=False))
    assert world.agreement(model.vectors) >= 0.8


def test_a_killed_run_goes_on_bit_for_bit(world, tmp_path):
    learner = CBOW(dim=16, min_count=1, epochs=4, subsample=0, loss="hierarchical_softmax")
    whole = learner.fit(world.sentences, run=ONE)

    def interrupt(state):
        if state["epoch"] == 3:
            raise KeyboardInterrupt

    run = {"threads": 1, "checkpoint": tmp_path / "work", "checkpoint_every": 0.0}
    with pytest.raises(KeyboardInterrupt):
        learner.fit(world.sentences, run=Run(**run, progress=interrupt))
    again = learner.fit(world.sentences, run=Run(**run, progress=False, resume=True))
    np.testing.assert_array_equal(again.vectors.matrix, whole.vectors.matrix)


def test_saved_and_loaded(world, tmp_path):
    model = CBOW(dim=8, min_count=1, epochs=1).fit(world.sentences, run=ONE)
    model.save(tmp_path / "cbow.safetensors")
    assert load(tmp_path / "cbow.safetensors").recipe == model.recipe
    assert model.recipe["mean"] is True


def test_divergence_is_an_error_with_its_place(world, monkeypatch):
    from firth.kernels import cbow

    train = cbow.train

    def poison(words, low, high, n, inputs, *rest):
        inputs[3] = np.nan
        return train(words, low, high, n, inputs, *rest)

    monkeypatch.setattr(cbow, "train", poison)
    with pytest.raises(NonFiniteError, match="row 3 of words"):
        CBOW(dim=8, min_count=1).fit(world.sentences, run=ONE)
