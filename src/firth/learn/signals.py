"""Ctrl-C and SIGTERM held back while something must not be torn apart."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

__all__ = ["Stop", "held_back"]


@dataclass
class Stop:
    """Whether a signal came.

    Attributes:
        came: it did; whoever works looks here between two steps.
    """

    came: bool = False


@contextmanager
def held_back() -> Iterator[Stop]:
    """Within, SIGINT and SIGTERM only set `Stop.came`; the process's own handlers come back at the end.

    If a signal came, its own handler is called once then, so that it can take note; the KeyboardInterrupt
    that it raises is left to the caller, who knows what there is to save. Signals that Python does not handle
    (SIGTERM in a program that sets no handler) keep their effect. Outside the main thread nothing is held
    back.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    came: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        stop.came = True
        came.append(number)

    handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
    for number in (int(signal.SIGINT), int(signal.SIGTERM)):
        handler = signal.getsignal(number)
        if callable(handler):
            handlers[number] = handler
            signal.signal(number, note)
    try:
        yield stop
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            with suppress(KeyboardInterrupt):
                handlers[came[0]](came[0], None)
