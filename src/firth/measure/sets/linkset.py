"""`LinkSet`: pairs of ids that are linked, and pairs that are not."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from firth.errors import FormatError
from firth.measure.sets.checks import check_tuples
from firth.measure.sets.lines import PathLike, about_comments, cells_of, is_number, lines_of, separator_of
from firth.measure.sets.testset import TestSet
from firth.options import check_flag

__all__ = ["LinkSet", "Pair", "read_edges", "read_links"]

Pair: TypeAlias = tuple[str | int, str | int]


@dataclass(frozen=True, kw_only=True)
class LinkSet(TestSet):
    """Links held out of training and pairs without a link, for link prediction.

    Attributes:
        links: pairs of ids that are linked.
        others: pairs of ids that are not.
        directed: whether (a, b) and (b, a) are two different pairs.

    Raises:
        DataError: a pair is not two ids, strings or whole numbers.
        OptionError: `directed` is neither True nor False.
    """

    links: tuple[Pair, ...]
    others: tuple[Pair, ...]
    directed: bool = False

    def __post_init__(self) -> None:
        check_tuples(f"{self.name}: links", self.links, 2, ids=True)
        check_tuples(f"{self.name}: pairs without a link", self.others, 2, ids=True)
        check_flag("directed", self.directed)

    def __len__(self) -> int:
        return len(self.links) + len(self.others)


def read_links(
    path: PathLike,
    *,
    others: PathLike | None = None,
    known: Iterable[Pair] = (),
    directed: bool = False,
    seed: int = 1,
    name: str | None = None,
) -> LinkSet:
    """Read pairs of ids, two on each line, and the pairs that are not linked.

    Args:
        path: the file; separators, comments and further columns as in `read_pairs`. Where the third column
            holds 1 on some lines and 0 on others, and nothing else, it says which pairs are links. Any other
            third column is a weight, which plays no part here.
        others: a file with the pairs that are not linked. If None, and if no column says it, as many pairs
            as there are links are drawn among the ids of the file, none of them a link or known.
        known: further links, such as those that were trained on, which are drawn neither.
        directed: whether (a, b) and (b, a) are two different pairs.
        seed: of the drawing.
        name: what to call the set; the file's name if None.

    Returns:
        The set, ids as strings. Pairs that come twice and links of an id to itself are left out, and its
        `note` says how many, and how the others were come by.

    Raises:
        FormatError: a line has not two ids, or there is no link; the message names the line.
        DataError: there are not enough pairs without a link to draw.
    """
    from firth.measure.sets.notlinked import distinct_pairs, draw_others

    comments: list[int] = []
    pairs, labels = read_edges(path, comments=comments)
    if labels is not None:
        linked = [pair for pair, label in zip(pairs, labels, strict=True) if label]
        apart = [pair for pair, label in zip(pairs, labels, strict=True) if not label]
    else:
        linked, apart = pairs, []
    said = [about_comments(comments)] if comments else []
    links, left = distinct_pairs(linked, directed=directed)
    said += [f"of the links, {left}"] if left else []
    if labels is None and others is None:
        found = draw_others(links, known=known, directed=directed, seed=seed)
        said.append(f"the {len(found):,} pairs without a link were drawn at random (seed {seed})")
    else:
        given = apart if others is None else apart + read_edges(others)[0]
        found, left = distinct_pairs(given, directed=directed)
        said += [f"of the pairs without a link, {left}"] if left else []
    return LinkSet(
        name=name or Path(path).stem, links=links, others=found, directed=directed, note="; ".join(said)
    )


def read_edges(path: PathLike, *, comments: list[int] | None = None) -> tuple[list[Pair], list[bool] | None]:
    """The pairs of a file as they come, and whether each is a link, None where no column says so.

    The numbers of lines among them that are comments are put into `comments`.
    """
    separator: str | None = None
    rows: list[tuple[int, list[str]]] = []
    for number, line in lines_of(path, comments):
        if separator is None:
            separator = separator_of(line)
        try:
            cells = cells_of(line, separator)
        except csv.Error as error:
            raise FormatError(f"line {number} cannot be split into columns ({error})", path=path) from error
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise FormatError(f"line {number}: two ids were expected, found {line[:80]!r}", path=path)
        rows.append((number, cells))
    if rows and _is_header([cells for _, cells in rows]):
        rows = rows[1:]
    if not rows:
        raise FormatError("holds no links", path=path)
    third = {cells[2] if len(cells) > 2 else "" for _, cells in rows}
    labels = [cells[2] == "1" for _, cells in rows] if third == {"0", "1"} else None
    return [(cells[0], cells[1]) for _, cells in rows], labels


HEADS = {  # both, so that an id that is called "source" is no header
    ("source", "target"),
    ("src", "dst"),
    ("from", "to"),
    ("node1", "node2"),
    ("node_1", "node_2"),
    ("id1", "id2"),
    ("left", "right"),
    ("user", "item"),
    ("head", "tail"),
}


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: usual names, or no numbers where all the others have two."""
    first, rest = rows[0], rows[1:]
    if not rest:
        return False
    numbers = all(is_number(cell) for row in rest for cell in row[:2])
    return (first[0].lower(), first[1].lower()) in HEADS or (
        numbers and not any(is_number(cell) for cell in first[:2])
    )
