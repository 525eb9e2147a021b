"""The loop of every learner that trains matrices by small steps: epochs, segments, threads, checkpoints,
losses, stops.

A learner supplies a `Task`, which knows how to train on one segment and how to measure the loss. The loop
decides what is trained when and at which rate, and keeps the place, so that a run can stop between any two
segments and go on later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from firth.errors import FormatError, NonFiniteError, TrainingInterrupted
from firth.learn.checkpoint import Checkpoint
from firth.learn.progress import Progress
from firth.learn.segments import Segment, stream_seeds
from firth.learn.signals import Stop, held_back
from firth.learn.threads import work_through
from firth.model import Model
from firth.run import Run

__all__ = ["Course", "Schedule", "Task", "first_bad_row", "train", "train_to_model"]

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
        """Train on a segment, the rate falling from rates[0] to rates[1]; called by several threads at once.

        Returns:
            How many pairs there were; None if a score was infinite or not a number.
        """

    def loss(self) -> float | None:
        """The loss of the matrices as they are."""


def train(
    task: Task,
    segments: list[Segment] | Callable[[int], list[Segment]],
    schedule: Schedule,
    *,
    run: Run,
    identity: Mapping[str, Any],
    stop: Stop,
) -> Course:
    """Train on every segment, `schedule.epochs` times.

    Args:
        task: its matrices are changed in place.
        segments: the corpus, in order; or a function of the epoch, counted from 0, that returns it in the
            order of that epoch, always in as many segments.
        run: threads, seed, progress and checkpoints.
        identity: what a checkpoint must have in common with this run.
        stop: looked at between segments; once it came, the course ends early. So does a KeyboardInterrupt
            that the progress function raises, which sets it.

    Returns:
        How far the run came.

    Raises:
        NonFiniteError: a weight became infinite or not a number; the message names epoch, rate and row.
        DataError, ExistsError, FormatError: the checkpoint in the folder cannot be used.
    """
    in_epoch = segments if callable(segments) else lambda _: segments
    checkpoint = Checkpoint(run, identity)
    course = _course(checkpoint.load(task.matrices), len(in_epoch(0)), schedule.epochs)
    order = in_epoch(course.epoch)
    done = _done(course.epoch, course.segment, order, schedule)
    total = schedule.epochs * schedule.tokens
    with Progress(run.progress, total=total, done=done, epochs=schedule.epochs) as progress:

        def pause(coming: int) -> bool:
            loss = course.losses[-1] if course.losses else None
            done = _done(course.epoch, coming, order, schedule)
            progress.update(done=done, epoch=course.epoch + 1, loss=loss)
            return stop.came or checkpoint.due()

        try:
            while course.epoch < schedule.epochs and not stop.came:
                _train_until_paused(task, order, schedule, course, run=run, pause=pause)
                if course.segment == len(order):
                    _check_finite(task, course, schedule)
                    losses = [*course.losses, task.loss()]
                    course = Course(epoch=course.epoch + 1, pairs=course.pairs, losses=losses)
                    order = in_epoch(course.epoch)
                    progress.update(  # at the end of every epoch, however short it was
                        done=course.epoch * schedule.tokens,
                        epoch=min(course.epoch + 1, schedule.epochs),
                        loss=losses[-1],
                    )
                if checkpoint.due():
                    checkpoint.save(asdict(course), task.matrices)
        except KeyboardInterrupt:
            stop.came = True
        checkpoint.save(asdict(course), task.matrices)
    return course


def _done(epoch: int, segment: int, order: list[Segment], schedule: Schedule) -> int:
    """How many tokens were trained on before this segment of this epoch."""
    return epoch * schedule.tokens + (order[segment].start if segment < len(order) else schedule.tokens)


def train_to_model(
    task: Task,
    segments: list[Segment] | Callable[[int], list[Segment]],
    schedule: Schedule,
    *,
    run: Run,
    identity: Mapping[str, Any],
    finish: Callable[[Course], Model],
    unit: str = "pairs",
) -> tuple[Model, Course]:
    """Train with Ctrl-C and SIGTERM held back, and make the model, also of a run that was stopped.

    Args:
        task, segments, schedule, run, identity: see `train`.
        finish: makes the model of the matrices as they are then.
        unit: what the task counts.

    Raises:
        TrainingInterrupted: a signal came; it carries the model so far. And what `train` raises.
    """
    with held_back() as stop:
        course = train(task, segments, schedule, run=run, identity=identity, stop=stop)
        model = finish(course)
    if stop.came:
        place = f"epoch {min(course.epoch + 1, schedule.epochs)} of {schedule.epochs}"
        raise TrainingInterrupted(f"stopped in {place}, after {course.pairs:,} {unit}", model=model)
    return model, course


def _course(state: Mapping[str, Any] | None, segments: int, epochs: int) -> Course:
    """Where a checkpoint says that the run is; the beginning if there is none."""
    if state is None:
        return Course()
    try:
        course = Course(**state)
        sound = 0 <= course.epoch <= epochs and 0 <= course.segment <= segments
        sound = sound and len(course.losses) == course.epoch
    except TypeError:
        sound = False
    if not sound:
        raise FormatError(f"the state in the checkpoint makes no sense: {dict(state)}")
    return course


def _train_until_paused(
    task: Task,
    segments: list[Segment],
    schedule: Schedule,
    course: Course,
    *,
    run: Run,
    pause: Callable[[int], bool],
) -> None:
    """Train to the end of the epoch, or until there is a pause; moves the course on in either case."""
    epoch = course.epoch
    pairs = np.zeros(len(segments), np.int64)

    def work(k: int) -> None:
        segment = segments[k]
        rates = schedule.rate(epoch, segment.start), schedule.rate(epoch, segment.stop)
        found = task.train(segment, rates=rates, seeds=stream_seeds(run.seed, epoch, k))
        if found is None:
            raise _non_finite(task, epoch, rates[0])
        pairs[k] = found

    def settle(segment: int) -> None:
        course.segment, course.pairs = segment, course.pairs + int(pairs.sum())

    work_through(
        work, first=course.segment, stop=len(segments), threads=run.worker_count, tick=pause, settle=settle
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
    where = " and ".join(places) or f"a score; {_largest(task)}"
    return NonFiniteError(
        f"a number became infinite or NaN in epoch {epoch + 1} at learning rate {rate:g}: {where}. "
        "Lower the learning rate"
    )


def _largest(task: Task) -> str:
    """Where the largest number stands."""
    name, matrix = max(task.matrices.items(), key=lambda item: float(np.abs(item[1]).max()))
    row = int(np.abs(matrix).max(axis=1).argmax())
    return f"the largest number, {np.abs(matrix[row]).max():g}, is in row {row} of {name}"


def first_bad_row(matrix: NDArray[np.float32]) -> int | None:
    """The first row with a value that is infinite or not a number, or None."""
    for start in range(0, len(matrix), _ROWS):
        good = np.isfinite(matrix[start : start + _ROWS]).all(axis=1)
        if not good.all():
            return start + int(np.argmin(good))
    return None
