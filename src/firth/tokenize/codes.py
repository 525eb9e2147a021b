"""Whole numbers as tokens: the codes of patches and frames, of boards and of bits become Sequences.

"Visual words" (Sivic and Zisserman 2003, "Video Google") are such codes: each stands for a patch as a word
stands for what it means, and every learner of words can learn from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.data.sequences import Sequences
from firth.data.vocabulary import Choice, Vocabulary
from firth.errors import DataError, OptionError
from firth.options import check_whole

__all__ = ["code_sequences", "sequences_over", "several"]


def code_sequences(codes: Any, *, length: int | None = None, prefix: str = "v", ids: Any = None) -> Sequences:
    """The codes of many pictures or sounds as Sequences over the tokens "v0", "v1", …

    Args:
        codes: whole numbers from 0 to 2**31 - 1: an array (m, n) of one sequence a row, an array (m, …)
            likewise, its rows read line by line; a flat array of sequences of `length` codes each; or an
            iterable of arrays, a sequence each.
        length: codes in a sequence, for a flat array: `rows * columns` of the patches of a picture.
        prefix: what stands before the number in a token.
        ids: m unique strings or whole numbers, if the sequences are documents.

    Returns:
        The sequences. The vocabulary holds the codes that occur, the most frequent first.

    Raises:
        DataError: there is no code, one is no whole number or out of range, or a flat array does not divide
            into sequences of `length`.

    >>> made = code_sequences(np.array([[3, 3, 1], [3, 0, 0]]))
    >>> made, list(made.vocabulary.keys)
    (Sequences(2 of 6 tokens, 3 different), ['v3', 'v0', 'v1'])
    """
    if not isinstance(prefix, str):
        raise OptionError(f"prefix is a string, not {prefix!r}")
    flat, offsets = _rows(codes, length)
    different, inverse = np.unique(flat, return_inverse=True)
    keys = [f"{prefix}{code}" for code in different.tolist()]
    return sequences_over(inverse, offsets, keys, ids=ids)


def sequences_over(
    codes: NDArray[Any],
    offsets: NDArray[np.int64],
    keys: Iterable[str],
    *,
    ids: Any = None,
    report: Mapping[str, Any] | None = None,
) -> Sequences:
    """Sequences of codes that are rows of a list of keys; keys that do not occur are left out.

    Args:
        codes: whole numbers, flat, each a row of `keys`.
        offsets: int64, (m + 1,), as those of `Sequences`.
        keys: what the codes mean.

    Raises:
        DataError: there is no code.
    """
    table = Strings.of(keys)
    counts = np.bincount(codes, minlength=len(table)).astype(np.int64)
    rows = Choice(min_count=1).select(table, counts).rows
    token = np.full(len(table), -1, np.int32)
    token[rows] = np.arange(rows.size, dtype=np.int32)
    facts = {
        "sequences": offsets.size - 1,
        "tokens": int(codes.size),
        "vocabulary": int(rows.size),
        "unused_tokens": len(table) - int(rows.size),
    }
    vocabulary = Vocabulary(table.take(rows), counts[rows])
    return Sequences(token[codes], offsets, vocabulary, ids=ids, report={**facts, **(report or {})})


def several(values: Any, what: str) -> Iterator[Any]:
    """The values one by one.

    Args:
        what: they are, for the message.

    Raises:
        DataError: they are no iterable, or one string or bytes alone, whose letters are not what is meant.
    """
    if not isinstance(values, (str, bytes, bytearray)):
        with suppress(TypeError):
            return iter(values)
    raise DataError(
        f"{what} are a list, or come one by one, not {type(values).__name__}; write [value] for one"
    )


def _rows(codes: Any, length: int | None) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The codes one after the other, and where each sequence begins and ends."""
    if not isinstance(codes, np.ndarray):
        if length is not None:
            raise OptionError("length goes with one flat array; these codes are several sequences already")
        rows = [_array(row).reshape(-1) for row in several(codes, "sequences of codes")]
        if not rows:
            raise DataError("there is no sequence of codes; give at least one")
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([row.size for row in rows], out=offsets[1:])
        return np.concatenate(rows), offsets
    codes = _array(codes)
    if codes.ndim == 1:
        if length is None:
            raise DataError(
                f"a flat array of {codes.size:,} codes needs length, how many are one picture or sound"
            )
        if codes.size % check_whole("length", length, 1, 2**40):
            raise DataError(f"{codes.size:,} codes do not divide into sequences of length={length}")
        codes = codes.reshape(-1, length)
    elif length is not None:
        raise OptionError(f"length goes with a flat array; this one has the shape {codes.shape}")
    each = int(np.prod(codes.shape[1:]))
    return codes.reshape(-1), np.arange(len(codes) + 1, dtype=np.int64) * each


def _array(codes: Any) -> NDArray[Any]:
    """The codes as an array of whole numbers in range."""
    try:
        array: NDArray[Any] = np.asarray(codes)
    except ValueError as error:  # lists of different lengths
        raise DataError(f"the codes of one sequence are one array: {error}") from error
    if array.ndim < 1 or array.dtype.kind not in "iu":
        if array.ndim >= 1 and not array.size:
            return array.astype(np.int64)
        raise DataError(f"codes are arrays of whole numbers; found {array.dtype} of shape {array.shape}")
    if array.size and (array.min() < 0 or array.max() >= 2**31):
        worst = array.min() if array.min() < 0 else array.max()
        raise DataError(f"codes are 0 to 2**31 - 1; found {worst}")
    return array
