"""Where the items of a labelled set or of links are found in a space: by their ids, or encoded as texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.measure.spaces import Case, Space, find_rows, vectors_of
from firth.model import Model
from firth.vectors import Metric, Vectors

__all__ = ["By", "Item", "ItemRows", "check_by", "item_rows", "left_out", "rows_of_ids"]

MOST = 1 << 28  # values of sparse rows that are written out: 1 GiB

By: TypeAlias = Literal["auto", "id", "text"]
Item: TypeAlias = str | int


class ItemRows(NamedTuple):
    """The rows of the items that a space covers.

    Attributes:
        matrix: float32, (k, d), finite: one row a covered item, in the order of the items.
        covered: bool, (n,): whether the item has a row, and one of finite numbers.
        metric: that of the space; "cosine" for an encoder.
        missing: the ids that are not there, sorted.
        notes: what a reader should know: rows that are not finite, or all zeros.
    """

    matrix: NDArray[np.float32]
    covered: NDArray[np.bool_]
    metric: Metric
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def item_rows(space: Space, items: Sequence[Item], *, by: By, case: Case) -> ItemRows:
    """The rows of items.

    Args:
        space: vectors, a model or an encoder.
        items: words, ids, or texts.
        by: "id" looks items up, "text" encodes them. "auto" looks them up in vectors, gives them to an
            encoder, and encodes them with a model of texts unless it holds half of them or more as ids.
        case: as in `find_rows`; for string ids.

    Raises:
        OptionError: `by` is none of the three.
        DataError: the space cannot do what it is asked for.
    """
    check_by(by)
    if by == "text" or (by == "auto" and _are_texts(space, items)):
        return _encoded(space, items)
    vectors = vectors_of(space, [item for item in items if isinstance(item, str)])
    rows = rows_of_ids(vectors, items, case=case)
    missing = tuple(sorted({str(item) for item, row in zip(items, rows.tolist(), strict=True) if row < 0}))
    return _finite(vectors.matrix[rows[rows >= 0]], rows >= 0, vectors.metric, missing, ())


def check_by(by: str) -> None:
    """Raise OptionError where it is no way to find items; see `item_rows`."""
    if by not in ("auto", "id", "text"):
        raise OptionError(f"by is 'auto', 'id' or 'text', not {by!r}")


def rows_of_ids(vectors: Vectors, items: Sequence[Item], *, case: Case) -> NDArray[np.int64]:
    """The row of each item, int64, -1 where it is missing.

    A file of node numbers holds strings, and so do vectors in a text format: the id 12 and the id "12" are
    the same here, whichever of the two the vectors have.
    """
    if isinstance(vectors.ids, Strings):
        return find_rows(vectors, [str(item) for item in items], case=case)
    numbers = [_whole(item) for item in items]
    rows = np.full(len(numbers), -1, np.int64)
    there = np.array([number is not None for number in numbers], np.bool_)
    rows[there] = vectors.ids.rows([number for number in numbers if number is not None])
    return rows


def left_out(what: str, covered: NDArray[np.bool_], missing: tuple[str, ...]) -> tuple[str, ...]:
    """The note on items that are not covered, if there are any."""
    left = int(np.count_nonzero(~covered))
    if not left:
        return ()
    named = f"; missing: {', '.join(missing[:8])}" if missing else ""
    more = f", … ({len(missing):,} in all)" if len(missing) > 8 else ""
    return (f"{left:,} of {covered.size:,} {what} are not covered{named}{more}",)


def _are_texts(space: Space, items: Sequence[Item]) -> bool:
    from firth.measure.texts import OF_TEXTS

    if not isinstance(space, Model):
        return not isinstance(space, Vectors)
    if space.recipe.get("learner") not in OF_TEXTS or not items:
        return False
    if not space.spaces:
        return True
    known = rows_of_ids(space.vectors, items, case="auto") >= 0
    return bool(known.mean() < 0.5)


def _encoded(space: Space, items: Sequence[Item]) -> ItemRows:
    from firth.measure.texts import encode_texts, own_metric

    found = encode_texts(space, [str(item) for item in items])
    metric = space.vectors.metric if isinstance(space, Model) and space.spaces else own_metric(space)
    rows = found.rows[found.covered]
    if not isinstance(rows, np.ndarray):
        if rows.shape[0] * rows.shape[1] > MOST:
            raise DataError(
                f"{rows.shape[0]:,} sparse rows of dim {rows.shape[1]:,} are too many to be written out; "
                "make them shorter first, such as with firth.LSA"
            )
        rows = rows.toarray()
    return _finite(rows, found.covered, metric, (), tuple(found.notes))


def _finite(
    matrix: NDArray[np.float32],
    covered: NDArray[np.bool_],
    metric: Metric,
    missing: tuple[str, ...],
    notes: tuple[str, ...],
) -> ItemRows:
    """What is left when rows with NaN or infinity are taken out, and said."""
    good = np.isfinite(matrix).all(axis=1)
    zeros = int(np.count_nonzero(~matrix.any(axis=1)))
    if not good.all():
        bad = int(np.count_nonzero(~good))
        notes += (f"{bad:,} items have rows that are not finite and are not covered",)
        covered = covered.copy()
        covered[np.flatnonzero(covered)[~good]] = False
        matrix = matrix[good]
    if zeros:
        notes += (f"{zeros:,} items have rows of zeros, which lie nowhere in particular",)
    return ItemRows(np.ascontiguousarray(matrix, np.float32), covered, metric, missing, notes)


def _whole(item: Item) -> int | None:
    """The whole number that an item is or spells, None if neither; "007" is no way to write 7."""
    if not isinstance(item, str):
        return int(item)
    digits = item.removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and len(digits) < 20 and str(int(item)) == item
    return int(item) if plain else None
