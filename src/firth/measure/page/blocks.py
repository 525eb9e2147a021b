"""What a page is made of, whatever it is shown as: sections of words, tables and pictures.

A section is written once and shown as HTML and as Markdown. Everything here is plain text that may come from
a hostile file; whoever shows it makes it harmless. Only a `Picture` holds markup, which `charts` made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

__all__ = [
    "Aside",
    "Block",
    "Cards",
    "Cell",
    "Column",
    "Facts",
    "Judged",
    "Named",
    "Names",
    "Notes",
    "Picture",
    "Row",
    "Section",
    "Strip",
    "Table",
    "Words",
]


class Judged(NamedTuple):
    """A cell with a verdict: "good", "look at this", "bad" or "not measured"."""

    verdict: str


class Named(NamedTuple):
    """An id of the data."""

    id: str | int
    marked: bool = False


class Names(NamedTuple):
    """Several ids, the first the nearest; None where the space does not have what was asked for."""

    ids: tuple[Named, ...] | None


class Strip(NamedTuple):
    """A figure as a dot with its interval; `scale` of its column says from where to where."""

    value: float
    low: float
    high: float
    chance: float | None
    says: str


Cell: TypeAlias = str | Judged | Named | Names | Strip
Kind: TypeAlias = Literal["words", "number", "strip", "prose"]


class Column(NamedTuple):
    """A column of a table: its heading, and how its cells stand; "prose" for sentences, which want room."""

    title: str
    kind: Kind = "words"


class Row(NamedTuple):
    """A line of a table; `sub` for one that belongs to the line above it."""

    cells: tuple[Cell, ...]
    sub: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with its caption; `low` and `high` are the ends of the scale of its strips."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Words:
    """A paragraph; `strong` for one that is read first."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Notes:
    """A list of remarks."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Cards:
    """Verdicts, each with its heading and its reason."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture, drawn only where it is shown, and what it shows in words; `wide` for the whole width."""

    draw: Callable[[], str]
    title: str
    says: str
    wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Aside:
    """What is opened by those who want to know more."""

    title: str
    blocks: tuple[Block, ...]


Block: TypeAlias = Words | Facts | Notes | Cards | Table | Picture | Aside


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page with its key in the address, its title and what to know before it."""

    key: str
    title: str
    lead: str = ""
    blocks: tuple[Block, ...] = field(default_factory=tuple)
