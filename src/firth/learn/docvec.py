"""`DocumentVectors`: vectors of documents that tell their words (Le and Mikolov 2014)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Integers
from firth.data.memory import check_memory
from firth.data.sequences import Sequences
from firth.data.unseen import how_read
from firth.errors import OptionError
from firth.learn.checkpoint import identity_of, refuse_old
from firth.learn.documentrows import document_rows
from firth.learn.documenttask import COMBINE, DocumentTask, scratch_size
from firth.learn.matrices import narrow, row_width
from firth.learn.opening import check_some_left, open_documents
from firth.learn.segments import cut
from firth.learn.training import Course, Schedule, train_to_model
from firth.model import Model
from firth.options import check_flag, check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["DocumentVectors"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class DocumentVectors:
    """Paragraph vectors (doc2vec): each document has a vector, which learns to tell the document's words from
    noise words.

    Attributes:
        mode: "dbow" (distributed bag of words): the document's vector alone tells each word. "dm"
            (distributed memory): it does so together with the vectors of the words around.
        combine: of dm, how the document's vector and those of the words make one: their "mean", their
            "sum", or "concat", one behind the other.
        words: of dbow, whether to train word vectors beside it, by skip-gram against the same contexts.
        dim: how many numbers a vector has.
        window: how many words to each side are context, of dm and of words.
        negative: noise words for each word.
        subsample: words of a higher relative frequency than this are thinned out; 0 keeps all.
        min_count: rarer words are left out.
        ns_exponent: noise words are drawn in proportion to their count to this power.
        learning_rate: the step size at the start. It falls linearly to
        min_learning_rate: the step size at the end.
        epochs: passes over the documents.
        encode_epochs: passes over a new document in `encode`.
        dynamic_window: draw each window from 1 to `window`, so that near words count more; False keeps it
            whole, as "concat" always does.

    Raises:
        OptionError: a value is outside its range, or two options do not go together.

    Le and Mikolov 2014, "Distributed Representations of Sentences and Documents". Which mode serves better:
    Lau and Baldwin 2016, "An Empirical Evaluation of doc2vec with Practical Insights" (dbow).

    >>> model = DocumentVectors(dim=8, min_count=1).fit([["to", "be"], ["or", "not"], ["to", "be"]])
    >>> model.vectors
    Vectors(3 ids, dim 8, cosine)
    >>> model.encode([["to", "be", "or"]]).shape
    (1, 8)
    """

    mode: Literal["dbow", "dm"] = "dbow"
    combine: Literal["mean", "sum", "concat"] = "mean"
    words: bool = False
    dim: int = 100
    window: int = 5
    negative: int = 5
    subsample: float = 1e-3
    min_count: int = 5
    ns_exponent: float = 0.75
    learning_rate: float = 0.025
    min_learning_rate: float = 1e-4
    epochs: int = 20
    encode_epochs: int = 20
    dynamic_window: bool = True

    def __post_init__(self) -> None:
        for name, value in {
            "words": check_flag("words", self.words),
            "dim": check_whole("dim", self.dim, 1, 65_536),
            "window": check_whole("window", self.window, 1, 1_000),
            "negative": check_whole("negative", self.negative, 1, 1_000),
            "subsample": check_real("subsample", self.subsample, 0, 1),
            "min_count": check_whole("min_count", self.min_count, 1, 2**31 - 1),
            "ns_exponent": check_real("ns_exponent", self.ns_exponent, -4, 4),
            "learning_rate": check_real("learning_rate", self.learning_rate, 0, 1, above=True),
            "min_learning_rate": check_real("min_learning_rate", self.min_learning_rate, 0, 1),
            "epochs": check_whole("epochs", self.epochs, 1, 100_000),
            "encode_epochs": check_whole("encode_epochs", self.encode_epochs, 1, 100_000),
            "dynamic_window": check_flag("dynamic_window", self.dynamic_window),
        }.items():
            object.__setattr__(self, name, value)  # plain numbers, whatever kind they came as
        if self.min_learning_rate > self.learning_rate:
            raise OptionError(
                f"learning_rate={self.learning_rate:g} is below min_learning_rate="
                f"{self.min_learning_rate:g}, where it ends; lower that too"
            )
        if self.mode not in ("dbow", "dm"):
            raise OptionError(f"mode is 'dbow' or 'dm', not {self.mode!r}")
        if self.combine not in tuple(COMBINE):  # which looks for equals, and so takes anything
            raise OptionError(f"combine is 'mean', 'sum' or 'concat', not {self.combine!r}")
        if self.mode == "dbow" and self.combine != "mean":
            raise OptionError(f"combine={self.combine!r} is for mode='dm'; dbow has nothing to combine")
        if self.mode == "dm" and self.words:
            raise OptionError("words=True is for mode='dbow'; dm trains word vectors in any case")

    @property
    def trains_words(self) -> bool:
        """Whether word vectors are trained too."""
        return self.words or self.mode == "dm"

    @property
    def noise(self) -> int:
        """How many noise words a block shares: of skip-gram beside dbow, see `SkipGram.noise`; half as many
        with dm, see `CBOW.noise`."""
        block = 16 if self.mode == "dm" else 32
        return max(4, -(-self.negative * block // 20) * 4)

    def fit(self, observations: Any, *, tags: Iterable[Any] | None = None, run: Run | None = None) -> Model:
        """Train on documents, each of which is used whole, however long.

        Args:
            observations: `Sequences`, or whatever `firth.read_documents` takes: paths, or an iterable of
                strings or of token lists.
            tags: for each document a list of tags, strings or whole numbers: an author, subjects, a class. A
                tag has a vector too, trained on all documents that carry it.
            run: threads, seed, progress and checkpoints.

        Returns:
            A model with the spaces "documents" (one vector a document, under its id), "tags" where there are
            any, "words" where they are trained, and "contexts" (what the words were told by). A document
            without a known word has a vector of zeros; the report counts them, and holds the loss after each
            epoch. The model's `encode` gives vectors of new documents, see `firth.learn.newdocuments`.

        Raises:
            DataError: there is nothing to learn from, or the tags do not fit.
            MemoryBudgetError: the matrices would not fit into memory.
            NonFiniteError: a weight became infinite or not a number.
            TrainingInterrupted: Ctrl-C or SIGTERM came; it carries the model so far.
        """
        run = run or Run()
        refuse_old(run)
        with open_documents(observations, min_count=self.min_count, run=run) as documents:
            rows = document_rows(len(documents), tags)
            needed = self._memory(len(rows), len(documents.vocabulary), run)
            _log.info("%s", check_memory(needed, "training"))
            task = DocumentTask(self, documents, rows, seed=run.seed)
            schedule = Schedule(
                epochs=self.epochs,
                tokens=int(documents.offsets[-1]),
                first_rate=self.learning_rate,
                last_rate=self.min_learning_rate,
            )
            identity = identity_of(self._recipe(), run, documents.fingerprint)
            if identity:
                identity["tags"] = rows.fingerprint()
            segments = cut(documents.offsets, cost=self.dim * 8 * (1 + self.negative))
            model, course = train_to_model(
                task,
                segments,
                schedule,
                run=run,
                identity=identity,
                finish=lambda course: self._model(documents, task, course),
            )
        check_some_left(course.pairs, "word", subsample=self.subsample, tokens=schedule.tokens)
        return model

    def _memory(self, rows: int, vocabulary: int, run: Run) -> int:
        """Bytes that training takes: the matrices, tables of documents and vocabulary, and each thread's
        scratch and stream."""
        wide = row_width(self.dim)
        layer = wide * (2 * self.window + 1) if self.combine == "concat" else wide
        words = vocabulary * (layer + (wide if self.trains_words else 0))
        each = 4 * scratch_size(self, wide) + (4 << 20)
        return 4 * (rows * wide + words) + 64 * (rows + vocabulary) + run.worker_count * each + (96 << 20)

    def _recipe(self) -> dict[str, Any]:
        return {"learner": type(self).__name__, **asdict(self)}

    def _model(self, documents: Sequences, task: DocumentTask, course: Course) -> Model:
        """The model. Nothing in it depends on the clock, so that equal runs write equal files."""
        lengths = np.diff(documents.offsets)
        known = task.rows.known(lengths)
        task.documents[~known] = 0
        report = {
            "losses": course.losses,
            "loss_pairs": len(task.examples),
            "pairs": course.pairs,
            "epochs_done": course.epoch,
            "documents": len(documents),
            "empty_documents": int(np.count_nonzero(lengths == 0)),
            "data": {key: value for key, value in documents.report.items() if key != "seconds"},
        }
        if task.rows.tags is not None:
            report |= {"tags": len(task.rows.tags), "empty_tags": int((~known[len(documents) :]).sum())}
        return Model(self._spaces(documents, task, lengths), recipe=self._recipe(), report=report)

    def _spaces(
        self, documents: Sequences, task: DocumentTask, lengths: NDArray[np.int64]
    ) -> dict[str, Vectors]:
        """The matrices as they are now, without the padding of their rows."""
        vocabulary, n = documents.vocabulary, len(documents)
        meta = {"fingerprint": vocabulary.fingerprint(), "reading": how_read(documents)}
        rows = narrow(task.documents, self.dim)
        ids = Integers(np.arange(n)) if documents.ids is None else documents.ids
        spaces = {"documents": Vectors(ids, rows[:n], columns={"counts": lengths}, meta=meta)}
        if task.rows.tags is not None:
            words = np.bincount(
                task.rows.rows, np.repeat(lengths, np.diff(task.rows.starts)), len(rows)
            ).astype(np.int64)
            spaces["tags"] = Vectors(task.rows.tags, rows[n:], columns={"counts": words[n:]})
        columns = {"counts": vocabulary.counts}
        if task.words is not None:
            spaces["words"] = Vectors(vocabulary.keys, narrow(task.words, self.dim), columns=columns)
        outputs = task.objective.rows.reshape(-1, task.documents.shape[1])  # each part of a row is padded
        contexts = narrow(outputs, self.dim).reshape(len(vocabulary), -1)
        spaces["contexts"] = Vectors(vocabulary.keys, contexts, columns=columns, meta=meta)
        return spaces
