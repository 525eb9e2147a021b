"""`GloVe`: word vectors whose dot products are the logarithms of co-occurrence counts (Pennington et al.
2014)."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from firth.data.cooccur import Weighting, cooccur
from firth.data.edges import Edges
from firth.data.ids import Strings
from firth.data.memory import check_memory
from firth.errors import DataError, OptionError
from firth.learn.checkpoint import identity_of, refuse_old
from firth.learn.continuing import Origin, Start, check_anchor
from firth.learn.drift import drift
from firth.learn.glovetask import GloVeTask, wide_row
from firth.learn.matrices import narrow
from firth.learn.opening import check_company, open_sequences, without_seconds
from firth.learn.training import Course, Schedule, train_to_model
from firth.model import Model
from firth.options import check_flag, check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["Combine", "GloVe"]

Combine = Literal["sum", "words", "both"]
_log = logging.getLogger(__name__)
_STEP = 1 << 22  # weights looked at together


@dataclass(frozen=True, kw_only=True)
class GloVe:
    """GloVe: for each two words i and j that occur near each other, w_i · c_j + b_i + b̃_j learns to be the
    logarithm of how often.

    Attributes:
        dim: how many numbers a vector has.
        window: how many words to each side are counted as near.
        weighting: what a pair at distance d counts: "harmonic" 1 / d, "linear" (window - d + 1) / window,
            "flat" 1.
        symmetric: count the words on both sides; False counts those before a word only.
        min_count: rarer words are left out.
        x_max: counts from here on weigh 1 in the objective; below it (count / x_max) to the power of
        alpha: so that rare pairs, which are mostly noise, matter less.
        learning_rate: the step size of AdaGrad.
        epochs: passes over the counts.
        combine: "sum" gives each word the sum of its vector as a word and as a context, as the paper does;
            "words" only the former; "both" keeps the two as two spaces.

    Raises:
        OptionError: a value is outside its range.

    Pennington, Socher and Manning 2014, "GloVe: Global Vectors for Word Representation"; the steps are
    described in `firth.kernels.glove`, the counting in `firth.kernels.cooccur`.

    >>> model = GloVe(dim=8, min_count=1, epochs=2).fit([["to", "be", "or", "not", "to", "be"]])
    >>> model.vectors
    Vectors(4 ids, dim 8, cosine)
    """

    dim: int = 100
    window: int = 10
    weighting: Weighting = "harmonic"
    symmetric: bool = True
    min_count: int = 5
    x_max: float = 100.0
    alpha: float = 0.75
    learning_rate: float = 0.05
    epochs: int = 15
    combine: Combine = "sum"

    def __post_init__(self) -> None:
        for name, value in {
            "dim": check_whole("dim", self.dim, 1, 65_536),
            "window": check_whole("window", self.window, 1, 1_000),
            "symmetric": check_flag("symmetric", self.symmetric),
            "min_count": check_whole("min_count", self.min_count, 1, 2**31 - 1),
            "x_max": check_real("x_max", self.x_max, 0, 1e30, above=True),
            "alpha": check_real("alpha", self.alpha, 0, 10),
            "learning_rate": check_real("learning_rate", self.learning_rate, 0, 1, above=True),
            "epochs": check_whole("epochs", self.epochs, 1, 100_000),
        }.items():
            object.__setattr__(self, name, value)  # plain numbers, whatever kind they came as
        for name, choices in (("weighting", get_args(Weighting)), ("combine", get_args(Combine))):
            if (chosen := getattr(self, name)) not in choices:
                raise OptionError(f"{name}={chosen!r}: choose one of {', '.join(choices)}")

    @property
    def summed(self) -> bool:
        """Whether the vectors are the sums of both sides."""
        return self.combine == "sum"

    def fit(
        self,
        observations: Any,
        *,
        start: Origin | None = None,
        anchor: float = 0.0,
        run: Run | None = None,
    ) -> Model:
        """Count co-occurrences, and train on them.

        Args:
            observations: `Edges`, whose weights are taken as the counts (`window`, `weighting`, `symmetric`
                and `min_count` then do nothing); or `Sequences`, or whatever `firth.read_text` takes.
            start: a model, or vectors of words, or the file of one, to go on from: old words keep their
                vectors, also those that the new observations do not hold; new ones begin at random.
            anchor: how strongly old words are held where they were: μ of the penalty μ · |v - r|² for each
                of them, v its vector and r what it was (Dingwall and Potts 2018, "Mittens"). 0
                lets them move freely, infinity freezes them. How far they drifted is reported.
            run: threads, seed, progress, checkpoints, and the folder for temporary files.

        Returns:
            A model with the space "words", and with `combine="both"` the space "contexts", both with columns
            "counts" and "bias". Its report holds the loss after each epoch, the mean over the counts of
            f(X_ij) (w_i · c_j + b_i + b̃_j - log X_ij)², and what was read, counted and dropped.

        Raises:
            DataError: there is nothing to learn from, a weight is not above 0, or the start does not fit.
            OptionError: two sides of different keys have no sum, the anchor is below 0, or there is no start
                for it.
            MemoryBudgetError: the matrices would not fit into memory.
            NonFiniteError: a number became infinite or not a number.
            TrainingInterrupted: Ctrl-C or SIGTERM came; it carries the model so far.
        """
        run = run or Run()
        refuse_old(run)
        anchor = check_anchor(anchor, start)
        begun = None if start is None else Start(start, dim=self.dim, anchor=anchor)
        edges = self._edges(observations, begun, run)
        _log.info("%s", check_memory(self._memory(edges, begun, run), "training"))
        task = GloVeTask(self, edges, seed=run.seed, start=begun)
        schedule = Schedule(
            epochs=self.epochs,
            tokens=len(edges),
            first_rate=self.learning_rate,
            last_rate=self.learning_rate,
        )
        identity = identity_of(self._recipe(), run, edges.fingerprint)
        if identity and begun is not None:
            identity |= begun.identity()
        model, _ = train_to_model(
            task,
            task.combs.in_epoch,
            schedule,
            run=run,
            identity=identity,
            finish=lambda course: self._model(edges, task, course, begun),
            unit="counts",
        )
        return model

    def _edges(self, observations: Any, start: Start | None, run: Run) -> Edges:
        """The counts: sorted, each pair once, every one above 0."""
        if isinstance(observations, Edges):
            edges = observations.merged()
            if self.summed and not edges.shared:
                raise OptionError(
                    "combine='sum' adds the two sides of a word, but these edges are between two "
                    "vocabularies; choose combine='both' or 'words'"
                )
            _check_weights(edges)
            return edges
        with open_sequences(observations, min_count=self.min_count, run=run, start=start) as sequences:
            check_company(sequences)
            return cooccur(
                sequences,
                window=self.window,
                weighting=self.weighting,
                symmetric=self.symmetric,
                work=run.work,
                threads=run.threads,
            )

    def _memory(self, edges: Edges, start: Start | None, run: Run) -> int:
        """Bytes that training takes beside the edges: matrices, what old words are held at, combs, a sample
        for the loss."""
        rows = sum(edges.shape)
        held = 0 if start is None or not start.anchor else 4 * self.dim * len(start.words)
        threads = run.worker_count * (2 << 20)
        return 4 * rows * (2 * wide_row(self.dim)) + 64 * rows + held + threads + (96 << 20)

    def _recipe(self) -> dict[str, Any]:
        return {"learner": type(self).__name__, **asdict(self)}

    def _model(self, edges: Edges, task: GloVeTask, course: Course, start: Start | None) -> Model:
        """The model. Nothing in it depends on the clock, so that equal runs write equal files."""
        report: dict[str, Any] = {
            "losses": course.losses,
            "loss_pairs": task.sampled,
            "pairs": course.pairs,
            "epochs_done": course.epoch,
        }
        counts = {"edges": len(edges)} | without_seconds(edges.report)
        report["data"] = counts.pop("data", {})
        report["counts"] = counts
        spaces = self._spaces(edges, task, start)
        if start is not None:
            old = int(np.count_nonzero(task.place >= 0))
            report["start"] = {
                "words": len(start.words),
                "new_words": len(edges.left) - old,
                "kept_words": len(start.words) - old,
                "anchor": str(start.anchor),
                "drift": drift(start.words, spaces["words"]),
            }
        return Model(spaces, recipe=self._recipe(), report=report)

    def _spaces(self, edges: Edges, task: GloVeTask, start: Start | None) -> Mapping[str, Vectors]:
        """The vectors and biases out of the wide rows, whose memory they take over."""
        dim, words, contexts = self.dim, task.words, task.contexts
        bias, context_bias = words[:, dim].copy(), contexts[:, dim + 1].copy()
        if self.summed:
            words[:, :dim] += contexts[:, :dim]
            bias += context_bias
        if start is not None and math.isinf(start.anchor):
            held = np.flatnonzero(task.place >= 0)
            words[held, :dim] = task.old[task.place[held]]  # to the last bit
        sides = {"words": (edges.left, narrow(words, dim), bias)}
        if self.combine == "both":
            sides["contexts"] = (edges.right, narrow(contexts, dim), context_bias)
        meta = {"fingerprint": edges.left.fingerprint()}
        spaces = {}
        for name, (vocabulary, matrix, biases) in sides.items():
            made = Vectors(
                vocabulary.keys, matrix, columns={"counts": vocabulary.counts, "bias": biases}, meta=meta
            )
            spaces[name] = made if start is None else _with_kept_words(made, name, start)
        return spaces


def _with_kept_words(made: Vectors, name: str, start: Start) -> Vectors:
    """Add the old counts of a space to those of the new observations, and the old words that are not in
    them."""
    old = start.rows_of(name)
    if old is None:
        return made
    here = made.ids.rows(old.ids)  # type: ignore[arg-type]
    old_counts = start.counts_of(name)
    counts, bias = (made.columns[column].copy() for column in ("counts", "bias"))
    counts[here[here >= 0]] += old_counts[here >= 0]
    kept = np.flatnonzero(here < 0)
    old_bias = np.asarray(old.columns.get("bias", np.zeros(len(old))), np.float32)
    return Vectors(
        Strings.of([*made.ids, *old.ids.take(kept)]),
        np.concatenate((made.matrix, old.matrix[kept])) if kept.size else made.matrix,
        columns={
            "counts": np.concatenate((counts, old_counts[kept])),
            "bias": np.concatenate((bias, old_bias[kept])),
        },
        meta=made.meta,
    )


def _check_weights(edges: Edges) -> None:
    if not len(edges):
        raise DataError("there are no edges to learn from")
    for start in range(0, len(edges), _STEP):
        with np.errstate(over="ignore", under="ignore"):
            single = edges.weight[start : start + _STEP].astype(np.float32)
        good = (single > 0) & np.isfinite(single)
        if not good.all():
            k = start + int(np.argmin(good))
            pair = edges.left.keys[edges.i[k]], edges.right.keys[edges.j[k]]
            raise DataError(
                f"GloVe takes the logarithm of each weight, and that of {pair} is {edges.weight[k]:g}; "
                "give edges with weights above 0 that float32 can hold"
            )
