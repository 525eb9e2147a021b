"""What every learner over the windows of a text shares: its options, the run, and the model that comes of it.

A learner of this family is a hidden vector (see `kernels.negative`) and an objective (see `objectives`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from firth.data.memory import check_memory
from firth.data.sequences import Sequences
from firth.data.vocabulary import Vocabulary
from firth.errors import OptionError
from firth.kernels import hierarchical, softmax
from firth.learn.checkpoint import identity_of, refuse_old
from firth.learn.continuing import Origin, Start, check_anchor
from firth.learn.drift import drift
from firth.learn.matrices import narrow, row_width
from firth.learn.objectives import LOSSES, Loss
from firth.learn.opening import check_company, check_some_left, open_sequences, without_seconds
from firth.learn.segments import cut
from firth.learn.training import Course, Schedule, train_to_model
from firth.learn.wordtask import WordTask
from firth.model import Model
from firth.options import check_flag, check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["WordLearner"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class WordLearner:
    """The options and the fit of SkipGram, CBOW and their kin; see there."""

    dim: int = 100
    window: int = 5
    loss: Loss = "negative_sampling"
    negative: int = 5
    subsample: float = 1e-3
    min_count: int = 5
    ns_exponent: float = 0.75
    learning_rate: float | None = None
    min_learning_rate: float = 1e-4
    epochs: int = 5
    dynamic_window: bool = True

    together: ClassVar[bool] = False  # whether the words of a window predict as one
    rates: ClassVar[Mapping[Loss, float]] = {  # the usual learning rate for each loss
        "negative_sampling": 0.025,
        "hierarchical_softmax": 0.035,
        "softmax": 0.025,
    }

    def __post_init__(self) -> None:
        for name, value in {
            "dim": check_whole("dim", self.dim, 1, 65_536),
            "window": check_whole("window", self.window, 1, 1_000),
            "negative": check_whole("negative", self.negative, 1, 1_000),
            "subsample": check_real("subsample", self.subsample, 0, 1),
            "min_count": check_whole("min_count", self.min_count, 1, 2**31 - 1),
            "ns_exponent": check_real("ns_exponent", self.ns_exponent, -4, 4),
            "min_learning_rate": check_real("min_learning_rate", self.min_learning_rate, 0, 1),
            "epochs": check_whole("epochs", self.epochs, 1, 100_000),
            "dynamic_window": check_flag("dynamic_window", self.dynamic_window),
        }.items():
            object.__setattr__(self, name, value)  # plain numbers, whatever kind they came as
        if self.loss not in LOSSES:
            raise OptionError(f"loss={self.loss!r}: choose one of {', '.join(LOSSES)}")
        if self.learning_rate is not None:
            rate = check_real("learning_rate", self.learning_rate, 0, 1, above=True)
            object.__setattr__(self, "learning_rate", rate)
        if self.learning_rate is None:
            check_real("min_learning_rate", self.min_learning_rate, 0, self.first_rate)
        elif self.learning_rate < self.min_learning_rate:
            raise OptionError(
                f"learning_rate={self.learning_rate:g} is below min_learning_rate="
                f"{self.min_learning_rate:g}, where it ends; lower that too"
            )

    def fit(
        self,
        observations: Any,
        *,
        start: Origin | None = None,
        anchor: float = 0.0,
        run: Run | None = None,
    ) -> Model:
        """Train on sequences of tokens.

        Args:
            observations: `Sequences`, or whatever `firth.read_text` takes: paths, or an iterable of strings
                or of token lists.
            start: a model, or vectors of words, or the file of one, to go on from: old words keep their
                vectors and counts, new ones are added.
            anchor: how strongly old words are held where they were: μ of a penalty μ/2 · |x - x₀|² on each
                occurrence. 0 lets them move freely, infinity freezes them. How far they drifted is reported.
            run: threads, seed, progress and checkpoints.

        Returns:
            A model with the spaces "words" (the vectors) and "contexts" (what they were trained against) or
            "nodes" (of the tree of a hierarchical softmax), those of words with a column "counts". Its
            report holds the loss after each epoch, and what was read and dropped.

        Raises:
            DataError: there is nothing to learn from, or the start does not fit.
            OptionError: the anchor is below 0, or there is no start for it.
            MemoryBudgetError: the matrices would not fit into memory.
            NonFiniteError: a weight became infinite or not a number.
            TrainingInterrupted: Ctrl-C or SIGTERM came; it carries the model so far.
        """
        run = run or Run()
        refuse_old(run)
        anchor = check_anchor(anchor, start)
        begun = None if start is None else Start(start, dim=self.dim, anchor=anchor)
        with open_sequences(observations, min_count=self.min_count, run=run, start=begun) as given:
            check_company(given)
            sequences, counts = (given, given.vocabulary.counts) if begun is None else begun.merged(given)
            try:
                return self._fit(sequences, counts, begun, run)
            finally:
                if sequences is not given:
                    sequences.close()

    def _fit(self, sequences: Sequences, counts: NDArray[np.int64], start: Start | None, run: Run) -> Model:
        _log.info("%s", check_memory(self._memory(sequences.vocabulary, start, run), "training"))
        task = self._task(sequences, counts, run.seed, start)
        schedule = Schedule(
            epochs=self.epochs,
            tokens=int(sequences.offsets[-1]),
            first_rate=self.first_rate,
            last_rate=self.min_learning_rate,
        )
        identity = identity_of(self._recipe(), run, sequences.fingerprint)
        if identity and start is not None:
            identity |= start.identity()

        def finish(course: Course) -> Model:
            task.settle()
            return self._model(sequences, task, course, start, run)

        segments = cut(sequences.offsets, cost=self._cost(len(sequences.vocabulary)))
        model, course = train_to_model(task, segments, schedule, run=run, identity=identity, finish=finish)
        check_some_left(course.pairs, "pair of words", subsample=self.subsample, tokens=schedule.tokens)
        return model

    @property
    def first_rate(self) -> float:
        """The learning rate at the start: the one given, or the usual one for the loss."""
        return self.rates[self.loss] if self.learning_rate is None else self.learning_rate

    @property
    def averaged(self) -> bool:
        """Whether words that predict together do so by their mean, or by their sum."""
        return True

    @property
    def noise(self) -> int:
        """How many noise words a block of words shares: about as many as one word of skip-gram would draw
        for its own pairs."""
        return max(4, -(-self.negative * 32 // 20) * 4)

    def _task(
        self, sequences: Sequences, counts: NDArray[np.int64], seed: int, start: Start | None
    ) -> WordTask:
        return WordTask(self, sequences, counts, seed=seed, start=start)

    def _cost(self, vocabulary: int) -> int:
        """Multiplications a token, roughly."""
        if self.loss == "softmax":
            return 3 * self.dim * vocabulary
        return self.dim * (self.noise + 2 * self.window + 8)

    def _memory(self, vocabulary: Vocabulary, start: Start | None, run: Run) -> int:
        """Bytes that training takes: two matrices, where old rows are held, tables of the vocabulary, and
        each thread's scratch and stream."""
        n, wide = len(vocabulary), row_width(self.dim)
        if self.loss == "softmax":
            scratch = softmax.scratch_size(n, wide, self.window)
        elif self.loss == "hierarchical_softmax":
            scratch = hierarchical.scratch_size(wide, self.window, 64)
        else:
            scratch = 4 * wide * (4 * 32 + 4 * self.window + self.noise)  # more than either kernel takes
        held = 0 if start is None else start.held("words", "contexts", wide=wide)
        return 8 * n * wide + 64 * n + held + run.worker_count * (4 * scratch + (4 << 20)) + (96 << 20)

    def _recipe(self) -> dict[str, Any]:
        return {"learner": type(self).__name__, **asdict(self)}

    def _spaces(
        self,
        sequences: Sequences,
        task: WordTask,
        run: Run,  # noqa: ARG002 (for kin that have still to compose the vectors)
    ) -> Mapping[str, Vectors]:
        """The matrices as they are now, without the padding of their rows."""
        vocabulary = sequences.vocabulary
        meta = {"fingerprint": vocabulary.fingerprint()}
        spaces = {}
        for name, matrix in task.matrices.items():
            ids = task.ids(name)
            columns = {"counts": vocabulary.counts} if ids is vocabulary.keys else {}
            spaces[name] = Vectors(ids, narrow(matrix, self.dim), columns=columns, meta=meta)
        return spaces

    def _model(
        self, sequences: Sequences, task: WordTask, course: Course, start: Start | None, run: Run
    ) -> Model:
        """The model. Nothing in it depends on the clock, so that equal runs write equal files."""
        report: dict[str, Any] = {
            "losses": course.losses,
            "loss_pairs": len(task.held_out),
            "loss_held_out": task.held_out.apart,
            "pairs": course.pairs,
            "epochs_done": course.epoch,
            **task.figures,
            "data": without_seconds(sequences.report),
        }
        spaces = self._spaces(sequences, task, run)
        if start is not None:
            report["start"] = {
                "words": len(start.words),
                "new_words": len(sequences.vocabulary) - len(start.words),
                "anchor": str(start.anchor),
                "drift": drift(start.words, next(iter(spaces.values()))),
            }
        return Model(spaces, recipe=self._recipe(), report=report)
