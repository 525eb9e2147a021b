"""`TfIdf`: documents as sparse rows of weighed words, the more the rarer (Salton and Buckley 1988)."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.data.features import Features
from firth.data.memory import check_memory
from firth.data.ordered import ordered_map
from firth.data.unseen import how_read, unseen_documents
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError, OptionError
from firth.kernels import counts as kernels
from firth.learn.bags import Bags, count_bags, in_parts
from firth.learn.opening import open_documents
from firth.learn.parts import learner_of, space_of, vocabulary_of
from firth.model import Model
from firth.options import check_flag, check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Fitted", "TfIdf", "encode", "weigh_unseen"]

_log = logging.getLogger(__name__)


class Fitted(NamedTuple):
    """What one pass over the training documents gives: the model, and the documents themselves as it sees
    them."""

    model: Model
    features: Features


@dataclass(frozen=True, kw_only=True)
class TfIdf:
    """TF-IDF: a document is a sparse row with, for each of its words, how often it occurs × how rare it is.

    Attributes:
        norm: "l2" gives each row the euclidean length 1, "l1" the sum 1, None leaves it.
        use_idf: whether rare words weigh more; False leaves how often they occur.
        smooth_idf: count one more document that holds every word, so that no weight is 0 or infinite:
            idf = ln((1 + n) / (1 + df)) + 1 instead of ln(n / df) + 1, for n documents and the df of them
            that hold the word.
        sublinear_tf: a word that occurs tf times counts 1 + ln(tf) instead of tf.
        min_count: words that are rarer in all documents together are left out.
        min_df: words in fewer documents are left out; a float is a share of the documents.
        max_df: words in more documents are left out; a float is a share of the documents.
        max_features: at most so many words, the most frequent first; None for no limit.

    Raises:
        OptionError: a value is outside its range.

    Sparck Jones 1972, "A Statistical Interpretation of Term Specificity and its Application in Retrieval";
    Salton and Buckley 1988, "Term-weighting Approaches in Automatic Text Retrieval". Names, defaults and
    results are those of scikit-learn's TfidfVectorizer.

    >>> model = TfIdf().fit([["to", "be"], ["or", "not"], ["to", "be"]])
    >>> model.encode([["to", "or"]]).toarray().astype(float).round(2).tolist()
    [[0.0, 0.61, 0.0, 0.8]]
    """

    norm: Literal["l2", "l1"] | None = "l2"
    use_idf: bool = True
    smooth_idf: bool = True
    sublinear_tf: bool = False
    min_count: int = 1
    min_df: int | float = 1
    max_df: int | float = 1.0
    max_features: int | None = None

    def __post_init__(self) -> None:
        if self.norm not in ("l1", "l2", None):
            raise OptionError(f"norm is 'l2', 'l1' or None, not {self.norm!r}")
        for name, value in {
            "use_idf": check_flag("use_idf", self.use_idf),
            "smooth_idf": check_flag("smooth_idf", self.smooth_idf),
            "sublinear_tf": check_flag("sublinear_tf", self.sublinear_tf),
            "min_count": check_whole("min_count", self.min_count, 1, 2**31 - 1),
            "min_df": _check_share("min_df", self.min_df),
            "max_df": _check_share("max_df", self.max_df),
        }.items():
            object.__setattr__(self, name, value)  # plain numbers, whatever kind they came as
        if self.max_features is not None:
            object.__setattr__(
                self, "max_features", check_whole("max_features", self.max_features, 1, 2**31 - 1)
            )

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        """Learn how rare each word is.

        Args:
            observations: documents: `Sequences`, or whatever `firth.read_documents` takes.
            run: threads and the work folder; nothing here is drawn at random.

        Returns:
            A model with the space "words": one number a word, its idf (so that words are near that are
            equally rare), and the columns "counts" and "documents", in how many documents it occurs. Its
            `encode` makes rows of documents.

        Raises:
            DataError: there is no document or no word, or no word is left.
            MemoryBudgetError: the counts would not fit into memory.
        """
        return self.fit_transform(observations, run=run).model

    def fit_transform(self, observations: Any, *, run: Run | None = None) -> Fitted:
        """Learn how rare each word is, and weigh the same documents, which are counted only once.

        Returns:
            (model, features): the model that `fit` returns; the documents as `Features`, float32 CSR
            (documents, words), with the ids of the documents and the words as names.

        Raises:
            As `fit`.
        """
        run = run or Run()
        with open_documents(observations, min_count=self.min_count, run=run) as documents:
            needed = 8 * int(documents.offsets[-1]) + 16 * len(documents) + (64 << 20)
            _log.info("%s", check_memory(needed, "counting documents"))
            bags = count_bags(documents, threads=run.worker_count)
            kept = self._kept(bags.documents, len(documents))
            dropped = int((~kept).sum())
            if dropped:
                bags.select(kept)
            keys, counts = documents.vocabulary.keys, documents.vocabulary.counts
            words = (
                Vocabulary(keys.take(np.flatnonzero(kept)), counts[kept]) if dropped else documents.vocabulary
            )
            idf = self._idf(bags.documents, len(documents))
            _weigh(bags, idf, self, threads=run.worker_count)
            report = {
                "documents": len(documents),
                "words": len(words),
                "dropped_words": dropped,
                "empty_documents": int(np.count_nonzero(np.diff(bags.starts) == 0)),
                "stored": int(bags.columns.size),
                "data": {key: value for key, value in documents.report.items() if key != "seconds"},
            }
            space = Vectors(
                words.keys,
                idf[:, None],
                columns={"counts": words.counts, "documents": bags.documents},
                metric="euclidean",
                meta={"fingerprint": words.fingerprint(), "reading": how_read(documents)},
            )
            model = Model({"words": space}, recipe=self._recipe(), report=report)
            features = Features(bags.to_sparse(), ids=documents.ids, names=words.keys, report=report)
        return Fitted(model, features)

    def _recipe(self) -> dict[str, Any]:
        return {"learner": type(self).__name__, **asdict(self)}

    def _idf(self, documents: NDArray[np.int64], n: int) -> NDArray[np.float32]:
        """The weight of each word for the number of documents that it is in."""
        if not self.use_idf:
            return np.ones(documents.size, np.float32)
        more = 1 if self.smooth_idf else 0
        return (np.log((n + more) / (documents + more)) + 1.0).astype(np.float32)

    def _kept(self, documents: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
        """Which words stay, bool, (vocabulary,).

        Raises:
            DataError: none.
        """
        least, most = (limit if isinstance(limit, int) else limit * n for limit in (self.min_df, self.max_df))
        if least > n:
            raise OptionError(
                f"min_df={self.min_df} is more than the {n:,} documents that there are; lower it"
            )
        if most < least:
            raise OptionError(
                f"max_df={self.max_df} of {n:,} documents is fewer than min_df={self.min_df}; raise it"
            )
        kept = (documents >= max(least, 1)) & (documents <= most)
        if not kept.any():
            raise DataError(
                f"none of {documents.size:,} words is in {least:g} to {most:g} of {n:,} documents; "
                f"the most common one is in {documents.max():,}: change min_df or max_df"
            )
        if self.max_features is not None:
            kept &= np.cumsum(kept) <= self.max_features  # words stand by falling count
        return kept


def encode(model: Model, objects: Any, *, run: Run | None = None) -> csr_array:
    """Documents as sparse rows of weighed words; words that the model does not know do not count.

    Args:
        model: of `TfIdf`.
        objects: `Sequences`, or whatever `firth.read_documents` takes; strings become tokens as those did
            that the model was fitted on.
        run: threads and the work folder.

    Returns:
        SciPy CSR, float32, (documents, words), columns rising; a document without a known word is a row of
        zeros. How many there are is logged.

    Raises:
        DataError: the objects are no documents, or the parts of the model do not go together.
    """
    words, learner = space_of(model, "words"), learner_of(model, TfIdf)
    if words.dim != 1 or not np.isfinite(words.matrix).all():
        raise DataError("this model cannot encode: its words do not have one finite number each, their idf")
    return weigh_unseen(objects, words, words.matrix[:, 0], learner, run=run or Run())


def weigh_unseen(
    objects: Any, words: Vectors, idf: NDArray[np.float32], learner: TfIdf, *, run: Run
) -> csr_array:
    """New documents as sparse rows over the words of a model; see `encode`.

    Args:
        words: with the column "counts" and, in `meta`, how the documents were read that they come from.
        idf: float32, (words,).
    """
    with unseen_documents(objects, vocabulary_of(words), words.meta.get("reading"), run=run) as documents:
        bags = count_bags(documents, threads=run.worker_count)
    _weigh(bags, idf, learner, threads=run.worker_count)
    return bags.to_sparse()


def _weigh(bags: Bags, idf: NDArray[np.float32], learner: TfIdf, *, threads: int) -> None:
    """Turn the counts of the bags into weights, in place."""
    norm = {"l1": kernels.L1, "l2": kernels.L2, None: 0}[learner.norm]

    def weighed(part: tuple[int, int]) -> None:
        kernels.weigh(bags.starts, bags.columns, bags.values, idf, learner.sublinear_tf, *part)
        if norm:
            kernels.scale_rows(bags.starts, bags.values, norm, *part)

    for _ in ordered_map(weighed, in_parts(bags.starts.size - 1), threads=threads):
        pass


def _check_share(name: str, value: Any) -> int | float:
    """A number of documents, or a float that is a share of them."""
    if isinstance(value, (float, np.floating)):
        return check_real(name, value, 0, 1)
    return check_whole(name, value, 1, 2**31 - 1)
