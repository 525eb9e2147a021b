"""Spaces by name, as they are given to be measured side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firth.errors import DataError, OptionError
from firth.measure.spaces import Encoder, Space
from firth.vectors import Vectors

__all__ = ["named_spaces"]


def named_spaces(
    spaces: Mapping[str, Space] | Sequence[Space], *, at_least: int = 1, what: str
) -> dict[str, Space]:
    """The spaces by name; those of a sequence are called "space 1", "space 2" and so on.

    Args:
        spaces: vectors, models or encoders.
        at_least: how many there must be.
        what: for what, in an error.

    Raises:
        OptionError: one space was given, and not several.
        DataError: there are too few, or one is no space.
    """
    if isinstance(spaces, Vectors | Encoder) and not isinstance(spaces, Mapping):
        raise OptionError(f"{what} takes several spaces: {{name: space, …}} or [space, …]")
    if not isinstance(spaces, Mapping):
        spaces = {f"space {i}": space for i, space in enumerate(spaces, start=1)}
    if len(spaces) < at_least:
        few = "one space" if at_least == 1 else f"{at_least} spaces"
        raise DataError(f"{what} needs at least {few}: {{name: vectors}}; there are {len(spaces)}")
    for name, space in spaces.items():
        if not isinstance(space, Vectors | Encoder):
            raise DataError(
                f"the space {name!r} is a {type(space).__name__}; give Vectors, a Model, or what has `encode`"
            )
    return {str(name): space for name, space in spaces.items()}
