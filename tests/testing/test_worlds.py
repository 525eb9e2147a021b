"""The tiny worlds say what they hold, and their yardstick tells knowledge from noise."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors
from firth.testing import topic_world


def test_the_same_arguments_give_the_same_world():
    assert topic_world(sentences=20) == topic_world(sentences=20)
    assert topic_world(sentences=20) != topic_world(sentences=20, seed=8)


def test_a_sentence_keeps_to_its_topic():
    world = topic_world(topics=3, sentences=30)
    for i, sentence in enumerate(world.sentences):
        assert set(sentence) <= set(world.topics[i % 3]) | set(world.glue)


def test_a_stream_can_be_read_once():
    stream = topic_world(sentences=5).stream()
    assert len(list(stream)) == 5
    assert list(stream) == []


def test_agreement_is_one_for_the_truth_and_low_for_noise():
    world = topic_world(topics=4, words=5, sentences=4)
    words = sorted(world.words)
    truth = np.zeros((len(words), 4), np.float32)
    for t, topic in enumerate(world.topics):
        truth[[words.index(word) for word in topic], t] = 1
    assert world.agreement(Vectors(words, truth)) == 1.0
    noise = np.random.default_rng(0).standard_normal((len(words), 50)).astype(np.float32)
    assert world.agreement(Vectors(words, noise)) == pytest.approx(4 / 19, abs=0.15)
