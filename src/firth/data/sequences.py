"""`Sequences`: ordered tokens, the form that sentences, walks on a graph and sessions of a user all take."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Ids, Strings, make_ids
from firth.data.tokenfile import TokenFile
from firth.data.vocabulary import Choice, Vocabulary
from firth.errors import DataError

__all__ = ["Sequences"]

_SLICE = 1 << 20  # tokens handled at a time
_IN_MEMORY = 1 << 22  # a file of up to so many tokens, 16 MB, is read into memory and closed at once


class Sequences:
    """Many ordered runs of tokens over one vocabulary.

    Args:
        tokens: int32, flat: the token ids (rows of the vocabulary) of all sequences one after the other; or
            the `TokenFile` that holds them, which then belongs to these sequences.
        offsets: int64, m + 1 ascending positions; sequence i is tokens[offsets[i]:offsets[i + 1]].
        vocabulary: what the token ids mean.
        ids: m unique strings or whole numbers where the sequences are documents; None where they are not told
            apart.
        report: what was read, dropped, split and replaced on the way here (counts by name).

    Raises:
        DataError: the offsets do not rise from 0 to the number of tokens, or a token is not in the
            vocabulary (a large `TokenFile` is not read for that; what writes one vouches for it); the ids are
            not one a sequence, or one occurs twice.

    A large corpus stays in a temporary file, which goes when the sequences do, at `close` or at the end of a
    `with` block. `slice` reads from it without keeping the pages in memory; `tokens` maps it.
    """

    __slots__ = ("__weakref__", "_file", "_tokens", "ids", "offsets", "report", "vocabulary")

    def __init__(
        self,
        tokens: NDArray[np.int32] | TokenFile,
        offsets: NDArray[np.int64],
        vocabulary: Vocabulary,
        *,
        ids: Any = None,
        report: Mapping[str, Any] | None = None,
    ):
        _check_offsets(offsets, len(tokens))
        self.ids = None if ids is None else _checked_ids(ids, offsets.size - 1)
        if isinstance(tokens, TokenFile) and len(tokens) <= _IN_MEMORY:
            file, tokens = tokens, tokens.read(0, len(tokens))
            file.close()
        if not isinstance(tokens, TokenFile):
            _check_tokens(tokens, len(vocabulary))
        self._file = tokens if isinstance(tokens, TokenFile) else None
        self._tokens = None if isinstance(tokens, TokenFile) else tokens
        self.offsets = offsets
        self.vocabulary = vocabulary
        self.report = dict(report or {})

    @classmethod
    def of(cls, lists: Iterable[Iterable[str]], *, min_count: int = 1) -> Sequences:
        """The sequences of these token lists; the short form of `firth.read_text(lists, min_count=1)`.

        >>> Sequences.of([["a", "b", "a"], ["b"]])
        Sequences(2 of 4 tokens, 2 different)
        """
        from firth.data.text import read_text

        return read_text(lists, min_count=min_count)

    @property
    def tokens(self) -> NDArray[np.int32]:
        """All token ids, int32, flat; a read-only map of the file where there is one.

        Raises:
            DataError: the sequences were closed.
        """
        if self._tokens is None:
            if self._file is None or self._file.closed:
                raise DataError("these sequences were closed; read the text again")
            self._tokens = self._file.map()
        return self._tokens

    def slice(self, start: int, stop: int) -> NDArray[np.int32]:
        """The tokens start to stop, int32, cut to those that there are; read afresh where they are in a file.

        Raises:
            DataError: the sequences were closed.
        """
        start, stop, _ = slice(start, stop).indices(int(self.offsets[-1]))
        if self._file is None:
            return self.tokens[start:stop]
        return self._file.read(start, max(start, stop))

    def __len__(self) -> int:
        return self.offsets.size - 1

    def __getitem__(self, i: int) -> NDArray[np.int32]:
        if not -len(self) <= i < len(self):
            raise IndexError(f"sequence {i} of {len(self)}")
        i = i % len(self)
        return self.slice(int(self.offsets[i]), int(self.offsets[i + 1]))

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Sequences({len(self):,} of {self.offsets[-1]:,} tokens, {len(self.vocabulary):,} different)"

    def __enter__(self) -> Sequences:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the tokens, in memory or in the temporary file; offsets, vocabulary and report stay."""
        self._tokens = None
        if self._file is not None:
            self._file.close()

    def restrict(
        self,
        *,
        min_count: int = 1,
        max_size: int | None = None,
        keep: Iterable[str] | None = None,
        drop: Iterable[str] | None = None,
    ) -> Sequences:
        """The same sequences over a smaller vocabulary.

        Sequences that become empty are left out, unless they have ids: documents stay in their places.

        Args:
            min_count, max_size, keep, drop: see `firth.data.vocabulary.Choice`.

        Returns:
            New sequences; these ones themselves where all tokens are frequent enough and none is dropped.

        Raises:
            DataError: no token is left, or the sequences were closed.
            OptionError: an option is outside its range.
        """
        keys, counts = self.vocabulary.keys, self.vocabulary.counts
        choice = Choice(min_count=min_count, max_size=max_size, keep=keep, drop=drop)
        selection = choice.select(keys, counts)
        rows = selection.rows
        if rows.size == len(keys) and counts.min() >= min_count:
            return self
        code = np.full(len(keys), -1, np.int32)
        code[rows] = np.arange(rows.size, dtype=np.int32)
        tokens, offsets = self._recoded(code)
        dropped = selection.dropped()
        if self.ids is None:
            offsets = offsets[np.append(True, np.diff(offsets) > 0)]
            dropped |= {"empty_lines": len(self) + 1 - offsets.size}
        report = self.report | {name: self.report.get(name, 0) + more for name, more in dropped.items()}
        # Learners restrict to their own min_count unless this says that it was done, with words to keep.
        report["min_count"] = max(min_count, self.report.get("min_count", 1))
        return self._of(tokens, offsets, Vocabulary(keys.take(rows), counts[rows]), report)

    def over(self, vocabulary: Vocabulary) -> Sequences:
        """The same sequences, empty ones too, over another vocabulary; tokens that it lacks are left out.

        Returns:
            New sequences, whose report counts the `unknown_tokens`; these ones themselves where the tokens of
            both vocabularies are the same in the same order.

        Raises:
            DataError: the sequences were closed.
        """
        if vocabulary.keys == self.vocabulary.keys:
            return self
        tokens, offsets = self._recoded(vocabulary.keys.rows(self.vocabulary.keys).astype(np.int32))
        unknown = int(self.offsets[-1]) - len(tokens)
        report = self.report | {
            "dropped_tokens": self.report.get("dropped_tokens", 0) + unknown,
            "unknown_tokens": self.report.get("unknown_tokens", 0) + unknown,
        }
        return self._of(tokens, offsets, vocabulary, report)

    def _recoded(self, code: NDArray[np.int32]) -> tuple[TokenFile, NDArray[np.int64]]:
        """The tokens with code[t] for each t, those with -1 left out, and the offsets; no sequence goes."""
        tokens = TokenFile(None if self._file is None else self._file.folder)
        offsets = np.zeros_like(self.offsets)
        for start in range(0, int(self.offsets[-1]), _SLICE):
            ids = code[self.slice(start, start + _SLICE)]
            left = ids >= 0
            # The offsets in (start, start + slice] move to where the tokens before them end now.
            first, last = np.searchsorted(self.offsets, (start, start + ids.size), side="right")
            offsets[first:last] = len(tokens) + np.cumsum(left)[self.offsets[first:last] - start - 1]
            tokens.append(ids[left])
        return tokens, offsets

    def _of(
        self, tokens: TokenFile, offsets: NDArray[np.int64], vocabulary: Vocabulary, report: dict[str, Any]
    ) -> Sequences:
        """Sequences made from these ones, with the numbers of what is there now in the report."""
        report |= {"tokens": len(tokens), "sequences": offsets.size - 1, "vocabulary": len(vocabulary)}
        if self.ids is not None:
            report["empty_documents"] = int(np.count_nonzero(np.diff(offsets) == 0))
        return Sequences(tokens, offsets, vocabulary, ids=self.ids, report=report)

    def summary(self) -> str:
        """What was read and what was lost on the way, in a few plain sentences."""
        report = self.report
        n, size, different = len(self), int(self.offsets[-1]), len(self.vocabulary)
        said = [f"{size:,} tokens in {n:,} sequences, {different:,} different."]
        if dropped := report.get("dropped_tokens"):
            said.append(f"Dropped as rare or not wanted: {dropped:,} tokens.")
        if split := report.get("split_lines"):
            said.append(f"Split because longer than {report['max_length']:,} tokens: {split:,} lines.")
        if invalid := report.get("invalid_utf8_tokens"):
            said.append(f"Not valid UTF-8, so now with U+FFFD: {invalid:,} tokens.")
        return " ".join(said)

    def fingerprint(self) -> str:
        """The fingerprint of the vocabulary, the numbers of sequences and of tokens, a CRC-32 of both and of
        the ids.

        Raises:
            DataError: the sequences were closed.
        """
        checksum = zlib.crc32(self.offsets.astype("<i8").tobytes())
        size = int(self.offsets[-1])
        for start in range(0, size, _SLICE):
            checksum = zlib.crc32(self.slice(start, start + _SLICE).tobytes(), checksum)
        if self.ids is not None:
            for table in (
                (self.ids.data, self.ids.offsets) if isinstance(self.ids, Strings) else (self.ids.values,)
            ):
                checksum = zlib.crc32(table.tobytes(), checksum)
        return f"{self.vocabulary.fingerprint()}-{len(self)}-{size}-{checksum:08x}"


def _checked_ids(given: Any, size: int) -> Ids:
    ids = make_ids(given)
    if len(ids) != size:
        raise DataError(f"{len(ids):,} ids were given for {size:,} sequences; each needs one")
    ids.rows([])  # looks whether one occurs twice
    return ids


# Kernels trust tokens and offsets: they read and write without looking at the bounds of arrays.


def _check_offsets(offsets: NDArray[np.int64], size: int) -> None:
    if not isinstance(offsets, np.ndarray) or offsets.dtype != np.int64 or offsets.ndim != 1:
        raise DataError("offsets are one-dimensional and int64: np.array(offsets, np.int64)")
    if not offsets.size or offsets[0] != 0 or offsets[-1] != size:
        raise DataError(f"offsets go from 0 to the number of tokens, {size}; these are {offsets}")
    descents = np.flatnonzero(offsets[1:] < offsets[:-1])
    if descents.size:
        i = int(descents[0])
        raise DataError(f"offsets never descend; number {i + 1}, {offsets[i + 1]}, is below {offsets[i]}")


def _check_tokens(tokens: NDArray[np.int32], different: int) -> None:
    if not isinstance(tokens, np.ndarray) or tokens.dtype != np.int32 or tokens.ndim != 1:
        raise DataError("tokens are one-dimensional and int32: np.array(tokens, np.int32)")
    if tokens.size and not 0 <= tokens.min() <= tokens.max() < different:
        place = int(np.flatnonzero((tokens < 0) | (tokens >= different))[0])
        raise DataError(
            f"tokens are rows of the vocabulary, 0 to {different - 1}; number {place} is {tokens[place]}"
        )
