"""Tiny worlds: synthetic observations whose right answers are known, small enough to train on in a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from firth.vectors import Vectors

__all__ = ["TopicWorld", "topic_world"]


@dataclass(frozen=True, kw_only=True)
class TopicWorld:
    """Sentences that each keep to one topic, so that the words of a topic are each other's neighbours.

    Attributes:
        sentences: token lists; every token but a few belongs to the topic of its sentence.
        topics: the words of each topic.
        glue: words of no topic, spread over all sentences as "the" and "of" are over English.
    """

    sentences: tuple[tuple[str, ...], ...]
    topics: tuple[tuple[str, ...], ...]
    glue: tuple[str, ...]

    @property
    def words(self) -> set[str]:
        """Every word of this world."""
        return {word for topic in self.topics for word in topic} | set(self.glue)

    def stream(self) -> Iterator[list[str]]:
        """The sentences as a generator that can be read once."""
        return (list(sentence) for sentence in self.sentences)

    def agreement(self, vectors: Vectors) -> float:
        """The share of nearest neighbours that are right, 0 to 1.

        For a word of a topic of k words the k - 1 nearest topical words should be the rest of its topic. A
        matrix that knows nothing scores about (k - 1) / (words - 1). The glue is left out on both sides.
        """
        words = [word for topic in self.topics for word in topic]
        label = np.repeat(np.arange(len(self.topics)), [len(topic) for topic in self.topics])
        rows = vectors[words].astype(np.float64)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.where(lengths > 0, lengths, 1)
        scores = rows @ rows.T
        np.fill_diagonal(scores, -np.inf)
        right = total = 0
        for i, row in enumerate(scores):
            same = label == label[i]
            k = int(same.sum()) - 1
            right += int(same[np.argsort(-row, kind="stable")[:k]].sum())
            total += k
        return right / total


def topic_world(
    *, topics: int = 5, words: int = 8, sentences: int = 1500, length: int = 12, seed: int = 7
) -> TopicWorld:
    """A world of topics with distinct words and some words of no topic.

    Args:
        topics: how many topics.
        words: how many words a topic has.
        sentences: how many sentences; sentence i keeps to topic i modulo `topics`.
        length: tokens in a sentence, of which about a fifth are glue.
        seed: where the random numbers start; the same arguments give the same world.

    >>> world = topic_world(topics=2, words=3, sentences=4)
    >>> world.topics
    (('t0w0', 't0w1', 't0w2'), ('t1w0', 't1w1', 't1w2'))
    """
    random = np.random.default_rng(seed)
    names = tuple(tuple(f"t{topic}w{word}" for word in range(words)) for topic in range(topics))
    glue = ("and", "of", "the")
    made = []
    for i in range(sentences):
        topic = names[i % topics]
        is_glue = random.random(length) < 0.2
        choice = random.integers(0, words, length)
        filler = random.integers(0, len(glue), length)
        made.append(tuple(glue[filler[j]] if is_glue[j] else topic[choice[j]] for j in range(length)))
    return TopicWorld(sentences=tuple(made), topics=names, glue=glue)
