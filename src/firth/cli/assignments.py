"""NAME=VALUE, as options of recipes are given to commands."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from firth.errors import OptionError

__all__ = ["assigned"]


def assigned(option: str, given: Sequence[str], *, example: str) -> dict[str, Any]:
    """The values by name: what TOML takes for a number, a flag, a list or a text is one, the rest is text.

    >>> assigned("--set", ["links=32", "how=pca", "whiten=true"], example="links=32")
    {'links': 32, 'how': 'pca', 'whiten': True}

    Args:
        option: of the command line, for messages.
        given: NAME=VALUE, each name once.
        example: one that is right, for messages.

    Raises:
        OptionError: no NAME=VALUE, or a name that was given before.
    """
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise OptionError(f"{option} takes NAME=VALUE, such as {example}, not {text!r}")
        if name in found:
            raise OptionError(f"{option} gives {name} twice: {found[name]!r} and {value.strip()!r}")
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # no TOML, or a number of thousands of digits
        return text.strip()
    return document["value"] if len(document) == 1 else text.strip()  # a line break began a name of its own
