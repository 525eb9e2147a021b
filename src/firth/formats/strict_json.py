"""JSON from files that nobody vouches for, and JSON for files that must be read back everywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from firth.errors import DataError

__all__ = ["MAX_ITEMS", "JsonError", "count_items", "dump", "parse", "unique"]

MAX_ITEMS = 500_000
"""How many items a text may hold: each costs some 200 bytes in Python, whatever its size in the file."""

MAX_DEPTH = 100
"""How deeply what is written may be nested: far less than any interpreter can read back."""


class JsonError(ValueError):
    """The text is not the JSON that we accept; the message says why."""


def parse(text: bytes | str) -> dict[str, Any]:
    """The object that the text holds.

    Stricter than `json.loads`: UTF-8 only, no repeated keys, no NaN or Infinity, at most MAX_ITEMS items, and
    one kind of error whatever is wrong.

    Raises:
        JsonError: the text is anything else.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        if count_items(text.encode("utf-8", "surrogatepass")) > MAX_ITEMS:
            raise JsonError(f"it holds more than {MAX_ITEMS:,} items")
        value = json.loads(text, object_pairs_hook=unique, parse_constant=_no_constant)
    except RecursionError:
        raise JsonError("it is nested too deeply") from None
    except JsonError:
        raise
    except ValueError as error:  # bad UTF-8, bad JSON, a whole number of more than 4,300 digits
        raise JsonError(str(error)) from None
    if not isinstance(value, dict):
        raise JsonError(f"it is no object but {type(value).__name__}")
    return value


def count_items(text: bytes) -> int:
    """At least as many as the items that the text holds: its commas and opening brackets, also in strings."""
    return text.count(b",") + text.count(b"[") + text.count(b"{")


def dump(value: Mapping[str, Any]) -> str:
    """The text of an object: ASCII, compact, keys in their order; numbers that are not finite become null.

    NumPy's scalars and arrays are written as plain numbers and lists.

    Raises:
        DataError: it holds a value that JSON has no form for or that `parse` would refuse, or is nested more
            than MAX_DEPTH deep.
    """
    try:
        return json.dumps(_plain(value, MAX_DEPTH), separators=(",", ":"), allow_nan=False)
    except ValueError as error:  # DataError; or a whole number of more than 4,300 digits
        raise DataError(f"a recipe, report or meta cannot be written: {error}") from None


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, each of whose keys may stand in it once; else JsonError. For `object_pairs_hook`."""
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise JsonError(f"the key {key!r} occurs twice")
            seen.add(key)
    return made


def _no_constant(name: str) -> Any:
    raise JsonError(f"{name} is no JSON number")


def _plain(value: Any, depth: int) -> Any:
    """The same value in the types that the json module writes; `depth`: how many levels it may have."""
    if depth == 0:
        raise DataError(f"it refers to itself or is nested more than {MAX_DEPTH} deep")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise DataError(f"its keys must be strings, and {key!r} is none")
        return {key: _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist(), depth)
    if isinstance(value, np.generic):
        return _plain(value.item(), depth)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int, bool)):
        return value
    raise DataError(f"JSON has no form for {value!r}")
