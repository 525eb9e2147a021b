"""What contracts are written in: a promise that must hold, an error that must come, a run that repeats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firth.errors import FirthError
from firth.run import Run

__all__ = ["expect", "one_thread", "raised"]


def expect(condition: bool, message: str) -> None:
    """An assertion that `python -O` does not remove.

    Raises:
        AssertionError: the condition does not hold.
    """
    if not condition:
        raise AssertionError(message)


def raised(kind: type[FirthError], action: Callable[[], Any]) -> FirthError:
    """The error of this kind that the action raises.

    Raises:
        AssertionError: it raises none.
    """
    try:
        action()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


def one_thread() -> Run:
    """A run that gives the same bits each time."""
    return Run(threads=1, seed=3, progress=False)
