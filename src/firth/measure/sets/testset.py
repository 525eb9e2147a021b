"""`TestSet`: what every evaluation set knows of itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any

__all__ = ["TestSet"]

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


def _plain(value: Any) -> Any:
    """Arrays and mappings that json does not know as what it knows."""
    return value.tolist() if hasattr(value, "tolist") else dict(value)
