"""The progress of a training run: a line on stderr, or a call a step, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Progress"]


class Progress:
    """Shows epoch, words a second, loss and time left.

    Args:
        show: True or False; None for a terminal only; or a function that is called with a dict after each
            step.
        total: words to train on in all epochs together.
        done: words that an earlier, interrupted run has done.
        epochs: how many epochs there are.
    """

    def __init__(
        self, show: bool | Callable[[Mapping[str, Any]], None] | None, *, total: int, done: int, epochs: int
    ):
        self._call = show if callable(show) else None
        self._visible = self._call is None and (sys.stderr.isatty() if show is None else bool(show))
        self._total, self._before, self._epochs = total, done, epochs
        self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        if self._visible:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
                BarColumn(),
                TextColumn(
                    "{task.percentage:3.0f} %  {task.fields[speed]:.2f} M words/s  loss {task.fields[loss]}"
                ),
                TimeRemainingColumn(),
                TextColumn("left"),
                console=Console(stderr=True),
            )
            self._task = self._bar.add_task(
                "",
                total=self._total,
                completed=self._before,
                epoch=1,
                epochs=self._epochs,
                speed=0.0,
                loss="…",
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, *, done: int, epoch: int, loss: float | None) -> None:
        """Show where the run is: `done` words in all, in this epoch (from 1), with the loss of the last one
        measured."""
        seconds = time.monotonic() - self._started
        speed = (done - self._before) / max(seconds, 1e-9)
        if self._bar is not None:
            shown = "…" if loss is None else f"{loss:.4f}"
            self._bar.update(self._task, completed=done, epoch=epoch, speed=speed / 1e6, loss=shown)
        elif self._call is not None:
            left = (self._total - done) / speed if speed else None
            self._call(
                {
                    "done": done,
                    "total": self._total,
                    "epoch": epoch,
                    "epochs": self._epochs,
                    "words_per_second": speed,
                    "loss": loss,
                    "seconds_left": left,
                }
            )
