"""What every command that trains does around `fit`: say what is coming, save, and keep what Ctrl-C leaves."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from firth.cli.output import say

if TYPE_CHECKING:
    from firth.data.sequences import Sequences
    from firth.model import Model
    from firth.run import Run

__all__ = ["Learner", "train_and_save", "undisturbed"]


class Learner(Protocol):
    """What can be trained from the command line."""

    def fit(self, observations: Any, *, run: Run = ...) -> Model:
        """Train and return a complete Model."""


def train_and_save(
    learner: Learner, sequences: Sequences, output: Path, *, run: Run, force: bool, quiet: bool
) -> Model:
    """Train and save; say before what was read and what memory it takes, and after where the vectors are.

    Raises:
        TrainingInterrupted: Ctrl-C or SIGTERM; what was trained so far is in the output file.
    """
    from firth.errors import TrainingInterrupted

    tell = (lambda _: None) if quiet else say
    tell(sequences.summary())
    started = time.perf_counter()
    try:
        with _log_shown(quiet=quiet):
            model = learner.fit(sequences, run=run)
    except TrainingInterrupted as stop:
        with undisturbed():
            _save(stop.model, output, force=force)
            again = "; --resume goes on from the checkpoint" if run.checkpoint is not None else ""
            tell(f"{output}: stopped, with the vectors as they are now{again}")
        raise
    with undisturbed():
        _save(model, output, force=force)
    vectors, seconds = model.vectors, time.perf_counter() - started
    tell(f"{output}: {len(vectors):,} vectors of {vectors.dim} numbers, trained in {seconds:.1f} s")
    return model


def _save(model: Model, output: Path, *, force: bool) -> None:
    from firth.formats import write

    write(model, output, force=force)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within, Ctrl-C and SIGTERM wait: one that came takes effect at the end, with the handler from before.

    What hours of training made is not lost to a second Ctrl-C while it is being saved.
    """
    if threading.current_thread() is not threading.main_thread():  # only the main thread gets signals
        yield
        return
    arrived: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if arrived:
        signal.raise_signal(arrived[0])


@contextmanager
def _log_shown(*, quiet: bool) -> Iterator[None]:
    """Within, what Firth logs (the memory estimate) is said on stderr; warnings even if quiet."""
    handler = logging.Handler(logging.WARNING if quiet else logging.INFO)
    handler.emit = lambda record: say(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("firth")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(handler.level)
    try:
        yield
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
