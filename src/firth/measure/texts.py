"""From a space to rows of texts: what encodes them, with which prompt, and which texts it says nothing of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.measure.spaces import Case, Space, check_case, find_rows, vectors_of
from firth.model import Model
from firth.options import check_real
from firth.vectors import Metric, Vectors

__all__ = ["MeanOfWords", "Role", "TextRows", "TextSpace", "encode_texts", "lengths_of", "own_metric"]

Role: TypeAlias = Literal["query", "document", "text"]
TextSpace: TypeAlias = Space | Callable[[list[str]], Any]

OF_TEXTS = ("DocumentVectors", "LSA", "TfIdf", "WeightedMean")  # the learners whose models encode texts
METHODS: dict[Role, tuple[str, ...]] = {  # what encoders of two kinds of text call them; the first there is
    "query": ("encode_queries", "encode_query"),
    "document": ("encode_documents", "encode_document", "encode_corpus"),
    "text": (),
}
PLURAL = {"query": "queries", "document": "documents", "text": "texts"}
WORDS = (
    "for the mean of the vectors of their words, give measure.MeanOfWords(vectors), in the shell --texts mean"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class TextRows:
    """One row a text.

    Attributes:
        rows: float32, (n, d), or a SciPy CSR matrix of that shape and type.
        covered: bool, (n,): which texts have a row that says something: finite, and not all zeros.
        broken: how many rows are not finite.
        notes: what the encoder says of them.
    """

    rows: Any
    covered: NDArray[np.bool_]
    broken: int
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
        case: "exact" looks a word up as written, "lower" lower-cased, "auto" as written and else lower-cased.
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
    case: Case = field(default="auto", kw_only=True)
    a: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        check_case(self.case)
        object.__setattr__(self, "a", check_real("a", self.a, 0, 1e6))
        vectors = vectors_of(self.vectors)
        if not all(isinstance(key, str) for key in vectors.ids[:1]):
            raise DataError("the vectors of words have strings as ids; those of these are whole numbers")
        if self.a and vectors.counts is None:
            raise DataError("these vectors carry no counts, which the weights are made of: leave a at 0")

    @property
    def metric(self) -> Metric:
        """That of the vectors."""
        return vectors_of(self.vectors).metric

    def encode(self, texts: Iterable[str]) -> NDArray[np.float32]:
        """The rows of some texts, float32, (n, d). Raises DataError where they are not strings, or one is."""
        return self.encode_and_count(texts)[0]

    def encode_and_count(self, texts: Iterable[str]) -> tuple[NDArray[np.float32], dict[str, int]]:
        """The rows of some texts, and how many "words" they have and how many are "unknown_words"."""
        from firth.data.documents import read_documents
        from firth.data.vocabulary import Vocabulary
        from firth.kernels.means import weighted_means

        texts = _strings(texts)
        if not any(any(letter.isalnum() for letter in text) for text in texts):
            dim = vectors_of(self.vectors).dim
            return np.zeros((len(texts), dim), np.float32), {"words": 0, "unknown_words": 0}
        with read_documents(texts, tokenizer="words") as documents:
            keys, counts = documents.vocabulary.keys, documents.vocabulary.counts
            words = [key.lower() for key in keys] if self.case == "lower" else list(keys)
            known = vectors_of(self.vectors, words)
            rows = find_rows(known, words, case=self.case)
            there = np.flatnonzero(rows >= 0)
            means = np.empty((len(texts), known.dim), np.float32)
            with documents.over(Vocabulary(keys.take(there), counts[there])) as ours:
                weights, matrix = self._weights(known)[rows[there]], known.matrix[rows[there]]
                weighted_means(ours.tokens, ours.offsets, weights, matrix, means)
                total, left = int(documents.offsets[-1]), int(ours.offsets[-1])
        return means, {"words": total, "unknown_words": total - left}

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
        DataError: the space does not encode texts, or what it returns has not one row of real numbers a text.
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


def own_metric(space: TextSpace) -> Metric:
    """The metric of vectors and of means of their words; the cosine for all else that encodes."""
    return space.metric if isinstance(space, Vectors | MeanOfWords) else "cosine"


def lengths_of(rows: Any) -> NDArray[np.float64]:
    """The length of each row of float32, (n, d), or of a CSR matrix; float64, (n,), and 0 where the cosine is
    undefined; not finite where a value is not: no float32 is so large that its square is no float64.
    """
    from firth.kernels.topk import SHORTEST, squared_norms

    if hasattr(rows, "tocsr"):
        squares = np.asarray(rows.astype(np.float64).power(2).sum(axis=1)).ravel()
    else:
        squares = np.empty(len(rows), np.float64)
        squared_norms(rows, squares)
    lengths: NDArray[np.float64] = np.sqrt(squares)
    lengths[lengths < SHORTEST] = 0
    return lengths


def _strings(texts: Iterable[str]) -> list[str]:
    if isinstance(texts, str):
        raise DataError(f"one text was given where several are encoded: write [{texts!r:.80}]")
    strings = list(texts)
    for i, text in enumerate(strings):
        if not isinstance(text, str):
            raise DataError(f"texts are strings, and text {i + 1} is of type {type(text).__name__}")
    return strings


def _rows(space: TextSpace, texts: list[str], role: Role, prompt: str) -> tuple[Any, Mapping[str, int]]:
    """What the space makes of the texts, and the counts it gives beside."""
    if isinstance(space, str | bytes | os.PathLike):
        raise DataError(
            f"{space!r:.80} is a {type(space).__name__}, which does not encode texts; load the model "
            "first, or read a run with measure.read_run"
        )
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


def _checked(made: Any, n: int, notes: list[str], what: str) -> TextRows:
    rows = _numbers(made, what)
    if rows.ndim != 2 or rows.shape[0] != n:
        raise DataError(
            f"the encoder made an array of shape {rows.shape} of {n:,} {what}; it needs one row a text"
        )
    lengths = lengths_of(rows)
    broken = int(np.count_nonzero(~np.isfinite(lengths)))
    if broken:
        notes = [*notes, f"{what} with a row that is not finite: {broken:,} of {n:,}"]
    covered = np.isfinite(lengths) & (lengths > 0)
    return TextRows(rows=rows, covered=covered, broken=broken, notes=tuple(notes))


def _numbers(made: Any, what: str) -> Any:
    """What an encoder made as float32: an array, or a CSR matrix. Too large numbers become infinite."""
    try:
        given = made.tocsr() if hasattr(made, "tocsr") else np.asarray(made)
        real = given.dtype.kind not in "cSUmM"
        with np.errstate(over="ignore"):
            rows = given.astype(np.float32) if real else given
    except (TypeError, ValueError) as error:
        raise DataError(f"the encoder made no rows of numbers of the {what}: {error}") from error
    if not real:
        raise DataError(f"the encoder made {given.dtype} of the {what}, and not real numbers")
    return rows if hasattr(rows, "tocsr") or not rows.ndim else np.ascontiguousarray(rows)
