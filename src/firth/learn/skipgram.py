"""`SkipGram`: word vectors that predict the words around a word (Mikolov et al. 2013)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.sequences import Sequences
from firth.data.text import read_text
from firth.errors import DataError, TrainingInterrupted
from firth.kernels import skipgram as kernels
from firth.kernels import stream as streams
from firth.learn.checkpoint import refuse_old
from firth.learn.heldout import HeldOut, hold_out, holdout_period
from firth.learn.matrices import narrow, row_width, zeros
from firth.learn.memory import check_memory
from firth.learn.sampling import keep_thresholds, noise_distribution
from firth.learn.segments import Segment, cut
from firth.learn.signals import held_back
from firth.learn.training import Course, Schedule, train
from firth.model import Model
from firth.options import check_flag, check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["SkipGram"]

_log = logging.getLogger(__name__)
_ROWS = 1 << 12  # rows made at a time


@dataclass(frozen=True, kw_only=True)
class SkipGram:
    """Skip-gram with negative sampling: each word's vector learns to tell the words around it from noise
    words.

    Attributes:
        dim: how many numbers a vector has.
        window: how many words to each side are context.
        negative: noise words for each pair of word and context.
        subsample: words of a higher relative frequency than this are thinned out; 0 keeps all.
        min_count: rarer words are left out.
        ns_exponent: noise words are drawn in proportion to their count to this power.
        learning_rate: the step size at the start. It falls linearly to
        min_learning_rate: the step size at the end.
        epochs: passes over the corpus.
        dynamic_window: draw each window from 1 to `window`, so that near words count more; False keeps it
            whole.

    Raises:
        OptionError: a value is outside its range.

    Mikolov, Sutskever, Chen, Corrado and Dean 2013, "Distributed Representations of Words and Phrases and
    their Compositionality"; the step in blocks is described in `firth.kernels.skipgram`.

    >>> model = SkipGram(dim=8, min_count=1, subsample=0).fit([["to", "be", "or", "not", "to", "be"]])
    >>> model.vectors
    Vectors(4 ids, dim 8, cosine)
    """

    dim: int = 100
    window: int = 5
    negative: int = 5
    subsample: float = 1e-3
    min_count: int = 5
    ns_exponent: float = 0.75
    learning_rate: float = 0.025
    min_learning_rate: float = 1e-4
    epochs: int = 5
    dynamic_window: bool = True

    def __post_init__(self) -> None:
        for name, value in {
            "dim": check_whole("dim", self.dim, 1, 65_536),
            "window": check_whole("window", self.window, 1, 1_000),
            "negative": check_whole("negative", self.negative, 1, 1_000),
            "subsample": check_real("subsample", self.subsample, 0, 1),
            "min_count": check_whole("min_count", self.min_count, 1, 2**31 - 1),
            "ns_exponent": check_real("ns_exponent", self.ns_exponent, -4, 4),
            "learning_rate": check_real("learning_rate", self.learning_rate, 0, 1, above=True),
            "min_learning_rate": check_real(
                "min_learning_rate", self.min_learning_rate, 0, self.learning_rate
            ),
            "epochs": check_whole("epochs", self.epochs, 1, 100_000),
            "dynamic_window": check_flag("dynamic_window", self.dynamic_window),
        }.items():
            object.__setattr__(self, name, value)  # plain numbers, whatever kind they came as

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        """Train on sequences of tokens.

        Args:
            observations: `Sequences`, or whatever `firth.read_text` takes: paths, or an iterable of strings
                or of token lists.
            run: threads, seed, progress and checkpoints.

        Returns:
            A model with the spaces "words" (the vectors) and "contexts" (what they were trained against),
            both with a column "counts". Its report holds the loss after each epoch, and what was read and
            dropped.

        Raises:
            DataError: there is nothing to learn from.
            MemoryBudgetError: the matrices would not fit into memory.
            NonFiniteError: a weight became infinite or not a number.
            TrainingInterrupted: Ctrl-C or SIGTERM came; it carries the model so far.
        """
        run = run or Run()
        refuse_old(run)
        with _sequences(observations, min_count=self.min_count, run=run) as sequences:
            _check_company(sequences)
            _log.info("%s", check_memory(self._memory(len(sequences.vocabulary), run), "training"))
            task = _Task(self, sequences, seed=run.seed)
            schedule = Schedule(
                epochs=self.epochs,
                tokens=int(sequences.offsets[-1]),
                first_rate=self.learning_rate,
                last_rate=self.min_learning_rate,
            )
            identity = {} if run.checkpoint is None else self._identity(sequences, run)
            segments = cut(sequences.offsets, cost=self.dim * (self.noise + 2 * self.window + 8))
            with held_back() as stop:
                course = train(task, segments, schedule, run=run, identity=identity, stop=stop)
                model = self._model(sequences, task, course)
        if stop.came:
            place = f"epoch {min(course.epoch + 1, self.epochs)} of {self.epochs}"
            raise TrainingInterrupted(f"stopped in {place}, after {course.pairs:,} pairs", model=model)
        if not course.pairs:
            raise DataError(
                f"not one pair of words was left to train on: subsample={self.subsample:g} thinned out "
                f"nearly all of {schedule.tokens:,} tokens. Raise it, or set it to 0 to keep every word"
            )
        return model

    @property
    def noise(self) -> int:
        """How many noise words a block of words shares: about as many as one word would draw for its own
        pairs."""
        return max(4, -(-self.negative * 32 // 20) * 4)

    def _memory(self, vocabulary: int, run: Run) -> int:
        """Bytes that training takes: two matrices, tables of the vocabulary, and each thread's scratch and
        stream."""
        wide = row_width(self.dim)
        scratch = 4 * kernels.scratch_size(wide, self.window, self.noise)
        return 8 * vocabulary * wide + 32 * vocabulary + run.worker_count * (scratch + (4 << 20)) + (96 << 20)

    def _recipe(self) -> dict[str, Any]:
        return {"learner": type(self).__name__, **asdict(self)}

    def _identity(self, sequences: Sequences, run: Run) -> dict[str, Any]:
        import firth

        identity = {"seed": run.seed, "data": sequences.fingerprint(), "firth": firth.__version__}
        return self._recipe() | identity

    def _model(self, sequences: Sequences, task: _Task, course: Course) -> Model:
        """The model. Nothing in it depends on the clock, so that equal runs write equal files."""
        vocabulary = sequences.vocabulary
        meta = {"fingerprint": vocabulary.fingerprint()}
        spaces = {
            name: Vectors(
                vocabulary.keys, narrow(matrix, self.dim), columns={"counts": vocabulary.counts}, meta=meta
            )
            for name, matrix in task.matrices.items()
        }
        report = {
            "losses": course.losses,
            "loss_pairs": int(task.held_out.inputs.size),
            "loss_held_out": task.held_out.apart,
            "pairs": course.pairs,
            "epochs_done": course.epoch,
            "data": {key: value for key, value in sequences.report.items() if key != "seconds"},
        }
        return Model(spaces, recipe=self._recipe(), report=report)


class _Task:
    """The matrices of a skip-gram, and how to train them on a segment (see `firth.learn.training.Task`)."""

    def __init__(self, learner: SkipGram, sequences: Sequences, *, seed: int):
        self._learner, self._sequences = learner, sequences
        counts = sequences.vocabulary.counts
        n, wide = counts.size, row_width(learner.dim)
        random = np.random.default_rng((seed, 0x1217))
        self._words, self._contexts = zeros(n, wide), zeros(n, wide)
        for start in range(0, n, _ROWS):  # in parts: a temporary of the whole would be a third matrix
            part = self._words[start : start + _ROWS, : learner.dim]
            part[:] = (random.random(part.shape, dtype=np.float32) - 0.5) / learner.dim
        self._keep = keep_thresholds(counts, learner.subsample)
        self._bounds = noise_distribution(counts, learner.ns_exponent)
        self._guide = np.empty(streams.GUIDE + 1, np.int32)
        streams.guide_table(self._bounds, self._guide)
        self._holdout = holdout_period(int(sequences.offsets[-1]), learner.window)
        self.held_out: HeldOut = hold_out(
            sequences,
            period=self._holdout,
            window=learner.window,
            negative=learner.negative,
            dynamic=learner.dynamic_window,
            keep=self._keep,
            bounds=self._bounds,
            seed=seed,
        )
        self._own = threading.local()

    @property
    def matrices(self) -> Mapping[str, NDArray[np.float32]]:
        """The input and the output rows, float32, (vocabulary, dim rounded up to cache lines)."""
        return {"words": self._words, "contexts": self._contexts}

    def train(
        self, segment: Segment, *, rates: tuple[float, float], seeds: tuple[np.uint64, np.uint64]
    ) -> int | None:
        """Draw the stream of the segment and train on it: how many pairs, None if a score was not finite."""
        learner = self._learner
        scratch, stream = self._buffers(segment.stop - segment.start)
        tokens = self._sequences.slice(segment.start, segment.stop)
        n = streams.draw_stream(
            tokens, segment.offsets, segment.start, self._keep, learner.window, learner.dynamic_window,
            self._holdout, seeds[0], *stream,
        )  # fmt: skip
        pairs, bad = kernels.train(
            *stream, n, self._words, self._contexts, self._bounds, self._guide, learner.window,
            learner.negative, learner.noise, rates[0], (rates[0] - rates[1]) / max(n, 1), seeds[1], scratch,
        )  # fmt: skip
        return int(pairs) if bad < 0 else None

    def loss(self) -> float | None:
        """The loss of the held-out pairs, in nats a pair."""
        return self.held_out.loss(self._words, self._contexts)

    def _buffers(self, size: int) -> tuple[NDArray[np.float32], list[NDArray[np.int32]]]:
        """This thread's scratch, and its stream of words with their windows."""
        own = self._own
        if not hasattr(own, "scratch"):
            wide = self._words.shape[1]
            own.scratch = zeros(1, kernels.scratch_size(wide, self._learner.window, self._learner.noise))[0]
            own.stream = []
        if not own.stream or own.stream[0].size < size:
            own.stream = [np.empty(size, np.int32) for _ in range(3)]
        return own.scratch, own.stream


@contextmanager
def _sequences(observations: Any, *, min_count: int, run: Run) -> Iterator[Sequences]:
    """The observations as Sequences over words of at least min_count; those made here are closed at the
    end."""
    if not isinstance(observations, Sequences):
        sequences = read_text(observations, min_count=min_count, threads=run.threads, work=run.work)
    elif observations.report.get("min_count", 1) >= min_count:
        sequences = observations  # what is rarer was kept on purpose
    else:
        sequences = observations.restrict(min_count=min_count)
    try:
        yield sequences
    finally:
        if sequences is not observations:
            sequences.close()


def _check_company(sequences: Sequences) -> None:
    longest = int(np.diff(sequences.offsets).max(initial=0))
    if longest < 2:
        raise DataError(
            f"no word has company: the longest of {len(sequences):,} sequences has {longest} tokens; "
            "give several tokens a line"
        )
