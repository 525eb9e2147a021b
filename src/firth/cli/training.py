"""What every command that trains does around `fit`: say what is coming, save, and keep what Ctrl-C leaves."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from firth.cli.output import say

if TYPE_CHECKING:
    from firth.data.sequences import Sequences
    from firth.model import Model
    from firth.run import Run

__all__ = ["Learner", "train_and_save"]


class Learner(Protocol):
    """What can be trained from the command line."""

    def fit(self, observations: Any, *, run: Run = ...) -> Model:
        """Train and return a complete Model."""


def train_and_save(
    learner: Learner, sequences: Sequences, output: Path, *, run: Run, force: bool, quiet: bool
) -> Model:
    """Say what was read, train, save, and say where the vectors are; all of it to stderr."""
    from firth.formats import write

    if not quiet:
        say(sequences.summary())
    started = time.perf_counter()
    model = learner.fit(sequences, run=run)
    write(model, output, force=force)
    if not quiet:
        vectors = model.vectors
        seconds = time.perf_counter() - started
        say(f"{output}: {len(vectors):,} vectors of {vectors.dim} numbers, trained in {seconds:.1f} s")
    return model
