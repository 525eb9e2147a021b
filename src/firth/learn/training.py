"""The loop of every learner that trains matrices by small steps: epochs, segments, threads, checkpoints,
losses, stops.

A learner supplies a `Task`, which knows how to train on one segment and how to measure the loss. The loop
decides what is trained when and at which rate, and keeps the place, so that a run can stop between any two
segments and go on later.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from firth.errors import NonFiniteError
from firth.learn.checkpoint import Checkpoint
from firth.learn.progress import Progress
from firth.learn.segments import Segment, stream_seeds
from firth.learn.threads import work_through
from firth.run import Run

__all__ = ["Course", "Schedule", "Task", "first_bad_row", "train"]

_ROWS = 1 << 14  # rows looked at together when searching for bad numbers


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How often the corpus is read, and a learning rate that falls linearly from its first token to its last.

    Attributes:
        epochs: passes over the corpus. tokens: its size. first_rate, last_rate: where the rate begins and
            ends.
    """

    epochs: int
    tokens: int
    first_rate: float
    last_rate: float

    def rate(self, epoch: int, position: int) -> float:
        """The learning rate at a position of the corpus in an epoch counted from 0."""
        done = (epoch * self.tokens + position) / (self.epochs * self.tokens)
        return self.first_rate + (self.last_rate - self.first_rate) * done


@dataclass
class Course:
    """How far a run has come.

    Attributes:
        epoch: the epoch under way, counted from 0; the number of epochs when all are done.
        segment: the first segment of it that is not trained yet.
        pairs: how many pairs were trained on. losses: the loss after each epoch that is done.
    """

    epoch: int = 0
    segment: int = 0
    pairs: int = 0
    losses: list[float | None] = field(default_factory=list)


class Task(Protocol):
    """What a learner trains."""

    @property
    def matrices(self) -> Mapping[str, NDArray[np.float32]]:
        """The arrays that training changes in place, by name."""

    def train(
        self, segment: Segment, *, rates: tuple[float, float], seeds: tuple[np.uint64, np.uint64]
    ) -> int | None:
        """Train on a segment while the rate falls from rates[0] to rates[1]. Called by several threads at
        once.

        Returns:
            How many pairs there were; None if a score was infinite or not a number.
        """

    def loss(self) -> float | None:
        """The loss of the matrices as they are."""


def train(
    task: Task, segments: list[Segment], schedule: Schedule, *, run: Run, identity: Mapping[str, Any]
) -> tuple[Course, bool]:
    """Train on every segment, `schedule.epochs` times.

    Args:
        task: its matrices are changed in place.
        segments: the corpus, in order.
        run: threads, seed, progress and checkpoints.
        identity: what a checkpoint must have in common with this run.

    Returns:
        How far the run came, and whether Ctrl-C or SIGTERM ended it early.

    Raises:
        NonFiniteError: a weight became infinite or not a number; the message names epoch, rate and row.
        DataError, ExistsError, FormatError: the checkpoint in the folder cannot be used.
    """
    folder = run.checkpoint_folder
    checkpoint = None if folder is None else Checkpoint(folder, identity, resume=run.resume)
    course = Course()
    if checkpoint is not None and (state := checkpoint.load(task.matrices)) is not None:
        course = Course(**state)
    starts = [segment.start for segment in segments] + [schedule.tokens]
    done = course.epoch * schedule.tokens + starts[course.segment]
    total = schedule.epochs * schedule.tokens
    with Progress(run.progress, total=total, done=done, epochs=schedule.epochs) as progress:
        try:
            while course.epoch < schedule.epochs:
                _train_until_due(task, segments, schedule, course, run=run, progress=progress)
                if course.segment == len(segments):
                    _check_finite(task, course, schedule)
                    losses = [*course.losses, task.loss()]
                    course = Course(epoch=course.epoch + 1, pairs=course.pairs, losses=losses)
                if checkpoint is not None:
                    checkpoint.save(asdict(course), task.matrices)
        except KeyboardInterrupt:
            if checkpoint is not None:
                checkpoint.save(asdict(course), task.matrices)
            return course, True
        progress.update(done=total, epoch=schedule.epochs, loss=course.losses[-1])
    return course, False


def _train_until_due(
    task: Task, segments: list[Segment], schedule: Schedule, course: Course, *, run: Run, progress: Progress
) -> None:
    """Train to the end of the epoch, or until a checkpoint is due; moves the course on, also when
    interrupted."""
    epoch, began = course.epoch, time.monotonic()
    pairs = np.zeros(len(segments), np.int64)
    starts = [segment.start for segment in segments] + [schedule.tokens]

    def work(k: int) -> None:
        segment = segments[k]
        rates = schedule.rate(epoch, segment.start), schedule.rate(epoch, segment.stop)
        found = task.train(segment, rates=rates, seeds=stream_seeds(run.seed, epoch, k))
        if found is None:
            raise _non_finite(task, epoch, rates[0])
        pairs[k] = found

    def tick(coming: int) -> bool:
        loss = course.losses[-1] if course.losses else None
        progress.update(done=epoch * schedule.tokens + starts[coming], epoch=epoch + 1, loss=loss)
        return run.checkpoint is not None and time.monotonic() - began >= run.checkpoint_every

    def settle(segment: int) -> None:
        course.segment, course.pairs = segment, course.pairs + int(pairs.sum())

    work_through(
        work, first=course.segment, stop=len(segments), threads=run.worker_count, tick=tick, settle=settle
    )


def _check_finite(task: Task, course: Course, schedule: Schedule) -> None:
    if any(first_bad_row(matrix) is not None for matrix in task.matrices.values()):
        raise _non_finite(task, course.epoch, schedule.rate(course.epoch, schedule.tokens))


def _non_finite(task: Task, epoch: int, rate: float) -> NonFiniteError:
    places = [
        f"row {row} of {name}"
        for name, matrix in task.matrices.items()
        if (row := first_bad_row(matrix)) is not None
    ]
    where = " and ".join(places) or "a score, though every row is finite"
    return NonFiniteError(
        f"a number became infinite or NaN in epoch {epoch + 1} at learning rate {rate:g}: {where}. "
        "Lower the learning rate"
    )


def first_bad_row(matrix: NDArray[np.float32]) -> int | None:
    """The first row with a value that is infinite or not a number, or None."""
    for start in range(0, len(matrix), _ROWS):
        good = np.isfinite(matrix[start : start + _ROWS]).all(axis=1)
        if not good.all():
            return start + int(np.argmin(good))
    return None
