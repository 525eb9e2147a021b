"""`TestSet`: what every evaluation set knows of itself."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from firth.errors import DataError

__all__ = ["TestSet", "opened"]

Kind = TypeVar("Kind", bound="TestSet")

ABOUT = ("name", "citation", "licence", "note")


@dataclass(frozen=True, kw_only=True)
class TestSet:
    """An evaluation set of any kind: the items are in the fields of the kind, `len` says how many there are.

    Attributes:
        name: such as "wordsim353".
        citation: the paper that made it, where that is known.
        licence: under which it may be used, where that is known.
        note: what was left out or drawn at random when it was read; reports repeat it.
    """

    __test__ = False  # pytest would take the class for tests

    name: str
    citation: str = ""
    licence: str = ""
    note: str = ""

    def __len__(self) -> int:
        raise NotImplementedError

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self)

    @property
    def checksum(self) -> str:
        """SHA-256 of the items, in hexadecimal: equal for the same items, from whatever file they came."""
        items = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in ABOUT}
        text = json.dumps(items, ensure_ascii=False, separators=(",", ":"), default=_plain)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def about(self) -> dict[str, Any]:
        """Name, kind, size, citation, licence and checksum: values that JSON can hold."""
        return {
            "name": self.name,
            "kind": type(self).__name__,
            "size": len(self),
            "citation": self.citation,
            "licence": self.licence,
            "checksum": self.checksum,
        }


def opened(given: Kind | str | os.PathLike[str], kind: type[Kind], read: Callable[[Any], Kind]) -> Kind:
    """The set that was given, or what is read from the path. Raises DataError where it is neither."""
    if isinstance(given, kind):
        return given
    if not isinstance(given, str | os.PathLike):
        raise DataError(f"a {kind.__name__} or its path is measured on, not a {type(given).__name__}")
    return read(given)


def _plain(value: Any) -> Any:
    """Arrays and mappings that json does not know as what it knows."""
    return value.tolist() if hasattr(value, "tolist") else dict(value)
