"""What every command that trains does around `fit`: say what is coming, save, and keep what Ctrl-C leaves."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from firth.cli.output import say

if TYPE_CHECKING:
    from firth.data.sequences import Sequences
    from firth.model import Model
    from firth.run import Run

__all__ = ["Learner", "log_shown", "train_and_save", "undisturbed"]


class Learner(Protocol):
    """What can be trained from the command line."""

    @property
    def fit(self) -> Callable[..., Model]:
        """fit(observations, run=…): train and return a complete Model."""


def train_and_save(
    learner: Learner,
    sequences: Sequences,
    output: Path,
    *,
    run: Run,
    force: bool,
    quiet: bool,
    **more: Any,
) -> Model:
    """Train and save; say before what was read and what memory it takes, and after where the vectors are.

    Args:
        more: what else `fit` takes.

    Raises:
        TrainingInterrupted: Ctrl-C or SIGTERM; what was trained so far is in the output file.
    """
    from firth.errors import TrainingInterrupted

    tell = (lambda _: None) if quiet else say
    tell(sequences.summary())
    started = time.perf_counter()
    try:
        with log_shown(quiet=quiet):
            model = learner.fit(sequences, run=run, **more)
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
    """Within, Ctrl-C and SIGTERM wait: if one came, KeyboardInterrupt is raised at the end.

    What hours of training made is not lost to a second Ctrl-C while it is being saved.
    """
    from firth.learn.signals import held_back

    with held_back() as stop:
        yield
    if stop.came:
        raise KeyboardInterrupt


@contextmanager
def log_shown(*, quiet: bool) -> Iterator[None]:
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
