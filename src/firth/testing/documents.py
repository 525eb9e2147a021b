"""`check_document_learner`: what every learner of document vectors promises, checked on a tiny world."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.model import Model, load
from firth.run import Run
from firth.testing.learners import (
    Learner,
    check_bad_values_are_refused,
    check_empty_input_is_refused,
    check_recipe_is_frozen,
    check_round_trip,
)
from firth.testing.promises import expect, one_thread
from firth.testing.worlds import topic_world

__all__ = ["DocumentWorld", "check_document_learner", "document_world"]


@dataclass(frozen=True, kw_only=True)
class DocumentWorld:
    """Documents that each keep to one topic, short and long ones, so that those of a topic belong together.

    Attributes:
        documents: token lists. topics: the topic of each, a number from 0.
        unseen, unseen_topics: more of the same, not to be trained on.
    """

    documents: tuple[tuple[str, ...], ...]
    topics: tuple[int, ...]
    unseen: tuple[tuple[str, ...], ...]
    unseen_topics: tuple[int, ...]

    def agreement(self, documents: NDArray[np.float32], found: NDArray[np.float32] | None = None) -> float:
        """The share of rows whose nearest neighbour, by cosine, has their topic, 0 to 1.

        Args:
            documents: (n, d): the vectors of the documents.
            found: (m, d): those of the unseen documents, which are compared with the documents; None compares
                the documents with each other.
        """
        known = _unit(documents)
        scores = (known if found is None else _unit(found)) @ known.T
        topics = np.array(self.topics if found is None else self.unseen_topics)
        if found is None:
            np.fill_diagonal(scores, -np.inf)
        return float(np.mean(np.array(self.topics)[scores.argmax(axis=1)] == topics))


def document_world(*, topics: int = 5, documents: int = 200, seed: int = 7) -> DocumentWorld:
    """A world of documents of some 10 to 70 tokens, of which about a fifth belong to no topic.

    Args:
        topics: how many topics.
        documents: how many documents; there is one unseen one for every four of them.
        seed: where the random numbers start; the same arguments give the same world.

    >>> world = document_world(topics=2, documents=8)
    >>> world.topics, len(world.unseen)
    ((0, 1, 0, 1, 0, 1, 0, 1), 2)
    """
    world = topic_world(topics=topics, sentences=topics * (documents + documents // 4) * 3, seed=seed)
    made = []
    for i in range(documents + documents // 4):
        start = i % topics + topics * 3 * i  # sentences of one topic stand `topics` apart
        parts = world.sentences[start : start + topics * (1 + i // topics % 3) : topics]
        made.append(tuple(token for sentence in parts for token in sentence))
    labels = tuple(i % topics for i in range(len(made)))
    return DocumentWorld(
        documents=tuple(made[:documents]),
        topics=labels[:documents],
        unseen=tuple(made[documents:]),
        unseen_topics=labels[documents:],
    )


def check_document_learner(
    learner: Learner, *, world: DocumentWorld | None = None, agreement: float = 0.9, drawn: bool = True
) -> None:
    """Check the contract of a learner of document vectors that can encode new documents.

    Args:
        learner: with hyper-parameters that suit a world of 43 words and 5,000 tokens (min_count of 1 or so).
        world: the world to train on; `document_world()` if None.
        agreement: the share of nearest neighbours that must be right, for documents trained on and for new
            ones, 0 to 1.
        drawn: whether the learner draws random numbers, so that another seed must give another model; False
            promises that it must give the same bits.

    Raises:
        AssertionError: a promise is broken; the message says which.
    """
    world = world or document_world()
    check_recipe_is_frozen(learner)
    check_bad_values_are_refused(learner)
    check_empty_input_is_refused(learner)
    model = check_documents_are_kept(learner, world)
    right = world.agreement(model.spaces["documents"].matrix)
    expect(right >= agreement, f"{right:.0%} of the nearest neighbours are right, not {agreement:.0%}")
    check_encode(model, world, agreement)
    check_repeats(learner, world, model, drawn=drawn)
    check_round_trip(model)


def check_documents_are_kept(learner: Learner, world: DocumentWorld) -> Model:
    """`fit` gives every document a finite float32 row under its id; only empty ones are zeros; a generator is
    enough."""
    model = learner.fit((list(document) for document in world.documents), run=one_thread())
    expect("documents" in model.spaces, 'there is no space "documents"')
    vectors = model.spaces["documents"]
    expect(list(vectors.ids) == list(range(len(world.documents))), "the ids are not those of the documents")
    expect(vectors.matrix.dtype == np.float32, f"the matrix is {vectors.matrix.dtype}, not float32")
    expect(bool(np.isfinite(vectors.matrix).all()), "the matrix has values that are not finite")
    expect(bool(vectors.matrix.any(axis=1).all()), "a document with words has a row of zeros")
    expect(model.recipe.get("learner") == type(learner).__name__, "the recipe does not name the learner")
    with_empty = learner.fit([[], *world.documents, []], run=one_thread()).spaces["documents"]
    expect(len(with_empty) == len(world.documents) + 2, "an empty document was left out")
    expect(not with_empty.matrix[[0, -1]].any(), "an empty document has a row that is not zeros")
    return model


def check_encode(model: Model, world: DocumentWorld, agreement: float) -> None:
    """New documents come near those of their topic; each row depends on its own document alone, and not on
    the threads; unknown documents are zeros; a loaded model encodes alike."""
    found = model.encode(world.unseen, run=one_thread())
    expect(found.dtype == np.float32, f"encoded rows are {found.dtype}, not float32")
    right = world.agreement(model.spaces["documents"].matrix, found)
    expect(right >= agreement, f"{right:.0%} of new documents come near their topic, not {agreement:.0%}")
    some = model.encode([world.unseen[3], ["no such word"], world.unseen[0]], run=one_thread())
    expect(np.array_equal(some[[0, 2]], found[[3, 0]]), "a row depends on the documents beside it")
    expect(not some[1].any(), "a document without a known word is not zeros")
    threaded = model.encode(world.unseen, run=Run(threads=3, seed=3))
    expect(np.array_equal(threaded, found), "a row depends on the number of threads")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.safetensors")
        model.save(path)
        again = load(path).encode(world.unseen, run=one_thread())
        expect(np.array_equal(again, found), "a loaded model encodes in another way")


def check_repeats(learner: Learner, world: DocumentWorld, model: Model, *, drawn: bool = True) -> None:
    """One thread and one seed give the same bits; another seed, others, but the same where nothing is
    drawn."""

    def same(run: Run) -> bool:
        again = learner.fit(world.documents, run=run).spaces["documents"]
        return np.array_equal(again.matrix, model.spaces["documents"].matrix)

    expect(same(one_thread()), "two runs with one thread and one seed differ")
    other = same(Run(threads=1, seed=4, progress=False))
    expect(other or drawn, "the seed changes something, though nothing is said to be drawn")
    expect(not (other and drawn), "the seed changes nothing")


def _unit(rows: NDArray[Any]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    unit: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1)
    return unit
