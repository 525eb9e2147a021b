"""From a space to rows of texts: what encodes them, with which prompt, and which texts it says nothing of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.measure.spaces import Space, vectors_of
from firth.model import Model
from firth.options import check_flag, check_real
from firth.vectors import Vectors

__all__ = ["MeanOfWords", "Role", "TextRows", "TextSpace", "encode_texts"]

Role: TypeAlias = Literal["query", "document", "text"]
TextSpace: TypeAlias = Space | Callable[[list[str]], Any]

OF_TEXTS = ("DocumentVectors", "LSA", "TfIdf", "WeightedMean")  # the learners whose models encode texts
METHODS: dict[Role, tuple[str, ...]] = {  # what encoders of two kinds of text call them; the first there is
    "query": ("encode_queries", "encode_query"),
    "document": ("encode_documents", "encode_document", "encode_corpus"),
    "text": (),
}
PLURAL = {"query": "queries", "document": "documents", "text": "texts"}
WORDS = "for the mean of the vectors of their words, give measure.MeanOfWords(vectors)"


@dataclass(frozen=True, kw_only=True, eq=False)
class TextRows:
    """One row a text.

    Attributes:
        rows: float32, (n, d), or a SciPy CSR matrix of that shape and type.
        covered: bool, (n,): which texts have a row that says something: finite, and not all zeros.
        notes: what the encoder says of them.
    """

    rows: Any
    covered: NDArray[np.bool_]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class MeanOfWords:
    """An encoder of texts: the mean of the vectors of their words.

    Words are runs of letters and digits. Unknown ones are left out and counted; a text without a known word
    is a row of zeros, which is to say not covered. The plainest of encoders, and hard to beat (Arora, Liang
    and Ma 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings"); `firth.WeightedMean` is the
    learner that also takes out what all texts have in common.

    Attributes:
        vectors: of words: `Vectors`, or a model; one of subwords makes vectors of words that it never saw.
        lowercase: whether texts are made lower case, as the words of most vectors are.
        a: weigh each word by a / (a + p), where p is its share of the counts; 0 weighs all alike.

    Raises:
        DataError: `a` needs counts and the vectors carry none, or the ids are no words.
        OptionError: an option is outside its range.

    >>> vectors = Vectors(["new", "york"], [[1, 0], [1, 2]])
    >>> MeanOfWords(vectors).encode(["New York!", "Rome"])
    array([[1., 1.],
           [0., 0.]], dtype=float32)
    """

    vectors: Vectors | Model
    lowercase: bool = field(default=True, kw_only=True)
    a: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        check_flag("lowercase", self.lowercase)
        object.__setattr__(self, "a", check_real("a", self.a, 0, 1e6))
        vectors = vectors_of(self.vectors)
        if not all(isinstance(key, str) for key in vectors.ids[:1]):
            raise DataError("the vectors of words have strings as ids; those of these are whole numbers")
        if self.a and vectors.counts is None:
            raise DataError("these vectors carry no counts, which the weights are made of: leave a at 0")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The rows of some texts, float32, (n, d)."""
        return self.encode_and_count(texts)[0]

    def encode_and_count(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], dict[str, int]]:
        """The rows of some texts, and how many "words" they have and how many are "unknown_words"."""
        from firth.data.documents import read_documents
        from firth.data.vocabulary import Vocabulary
        from firth.kernels.means import weighted_means

        known = vectors_of(self.vectors)
        if not any(any(letter.isalnum() for letter in text) for text in texts):
            return np.zeros((len(texts), known.dim), np.float32), {"words": 0, "unknown_words": 0}
        read = read_documents(list(texts), lowercase=self.lowercase, tokenizer="words")
        with read as documents:
            known = vectors_of(self.vectors, list(documents.vocabulary.keys))
            table = Vocabulary(known.ids, np.ones(len(known), np.int64))  # type: ignore[arg-type]
            means = np.empty((len(texts), known.dim), np.float32)
            with documents.over(table) as ours:
                weighted_means(ours.tokens, ours.offsets, self._weights(known), known.matrix, means)
                words, left = int(documents.offsets[-1]), int(ours.offsets[-1])
        return means, {"words": words, "unknown_words": words - left}

    def _weights(self, known: Vectors) -> NDArray[np.float32]:
        if not self.a or known.counts is None:
            return np.ones(len(known), np.float32)
        shares = known.counts / max(1, int(known.counts.sum()))
        weights: NDArray[np.float32] = (self.a / (self.a + shares)).astype(np.float32)
        return weights


def encode_texts(
    space: TextSpace, texts: Sequence[str], *, role: Role = "text", prompt: str = ""
) -> TextRows:
    """Encode texts with whatever encodes them.

    Args:
        space: a model of texts; an object with `encode`, or with methods of its own for queries and for
            documents (`encode_queries`, `encode_query`, `encode_documents`, `encode_document`,
            `encode_corpus`); or a function of a list of strings.
        texts: n strings.
        role: what they are. A method of the encoder's own for that is used where there is no prompt.
        prompt: put before each text.

    Raises:
        DataError: the space does not encode texts, or what it returns has not one row a text.
    """
    given = [prompt + text for text in texts]
    rows, counts = _rows(space, given, role, prompt)
    notes = []
    if counts.get("unknown_words"):
        unknown = f"{counts['unknown_words']:,} of {counts['words']:,}"
        notes.append(f"words of the {PLURAL[role]} without a vector: {unknown}")
    longest = getattr(space, "max_seq_length", None)
    if isinstance(longest, int):
        notes.append(f"the encoder reads {longest:,} tokens of a text and does not say which it cut")
    return _checked(rows, len(texts), notes, PLURAL[role])


def _rows(space: TextSpace, texts: list[str], role: Role, prompt: str) -> tuple[Any, Mapping[str, int]]:
    """What the space makes of the texts, and the counts it gives beside."""
    if isinstance(space, Vectors):
        raise DataError(f"Vectors do not encode texts; {WORDS}")
    if isinstance(space, Model) and space.recipe.get("learner") not in OF_TEXTS:
        learner = space.recipe.get("learner", "a foreign file")
        raise DataError(f"a model of {learner} does not encode texts; {WORDS}")
    if hasattr(space, "encode_and_count"):
        rows, counts = space.encode_and_count(texts)
        return rows, counts
    own = () if prompt else METHODS[role]
    method = next((getattr(space, name) for name in (*own, "encode") if hasattr(space, name)), space)
    if not callable(method):
        raise DataError(
            f"a {type(space).__name__} does not encode texts: it has no encode and is no function"
        )
    return method(texts), {}


def _checked(rows: Any, n: int, notes: list[str], what: str) -> TextRows:
    if hasattr(rows, "tocsr"):
        rows = rows.tocsr().astype(np.float32)
        values, shape = abs(rows).sum(axis=1), rows.shape
        sizes = np.asarray(values, np.float64).ravel()
    else:
        rows = np.ascontiguousarray(rows, np.float32)
        shape = rows.shape
        sizes = np.abs(rows).sum(axis=1, dtype=np.float64) if rows.ndim == 2 else np.empty(0)
    if len(shape) != 2 or shape[0] != n:
        raise DataError(
            f"the encoder made an array of shape {shape} of {n:,} {what}; it needs one row a text"
        )
    broken = int(np.count_nonzero(~np.isfinite(sizes)))
    if broken:
        notes = [*notes, f"{what} with a row that is not finite: {broken:,} of {n:,}"]
    return TextRows(rows=rows, covered=np.isfinite(sizes) & (sizes > 0), notes=tuple(notes))
