"""Spaces by name, as they are given to be measured side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from firth.errors import DataError, OptionError
from firth.measure.spaces import Encoder
from firth.vectors import Vectors

__all__ = ["named_spaces"]


def named_spaces(
    spaces: Mapping[str, Any] | Sequence[Any], *, at_least: int = 1, what: str
) -> dict[str, Any]:
    """The spaces by name; those of a sequence are called "space 1", "space 2" and so on.

    Args:
        spaces: whatever the tasks can be measured on, which they say themselves: vectors, models, encoders,
            functions, runs.
        at_least: how many there must be.
        what: for what, in an error.

    Raises:
        OptionError: one space was given, and not several.
        DataError: there are too few, or two have the same name.
    """
    if not isinstance(spaces, Mapping):
        if isinstance(spaces, Vectors | Encoder) or not isinstance(spaces, Iterable):
            raise OptionError(f"{what} takes several spaces: {{name: space, …}} or [space, …]")
        spaces = {f"space {i}": space for i, space in enumerate(spaces, start=1)}
    if len(spaces) < at_least:
        few = "one space" if at_least == 1 else f"{at_least} spaces"
        raise DataError(f"{what} needs at least {few}: {{name: vectors}}; there are {len(spaces)}")
    named = {str(name): space for name, space in spaces.items()}
    if len(named) < len(spaces):
        raise DataError(f"{what} tells spaces apart by their names, and two of these are written alike")
    return named
