"""Maps between spaces: how to bring the vectors of one into another, and what is lost on the way."""

from __future__ import annotations

__all__: list[str] = []
