"""`Collocations`: pairs of words with a score that says how much they belong together, and joining them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.data.blocks import Block, blocks
from firth.data.candidates import Grammar, take_runs
from firth.data.ids import Strings
from firth.data.ordered import ordered_map
from firth.data.sequences import Sequences
from firth.data.tokenfile import TokenFile
from firth.data.vocabulary import Choice, Vocabulary
from firth.errors import DataError
from firth.kernels import phrases as kernels
from firth.kernels.hashing import EMPTY, KEY, index_size
from firth.run import Run

__all__ = ["Collocations", "Matcher", "join"]


@dataclass(frozen=True, kw_only=True)
class Collocations:
    """Scored pairs of words, the highest score first.

    Attributes:
        words: the different words in them.
        pieces, starts: int32 and int64 (n + 1,): pair i is made of the words pieces[starts[i]:starts[i + 1]],
            rows of `words`; what is between the first and the last are connectors.
        counts: int64, (n,), how often each was seen.
        scores: float64, (n,), falling.
        connectors: the words that may stand between two others.
        delimiter: what the words of a phrase are joined by.
    """

    words: Strings
    pieces: NDArray[np.int32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    scores: NDArray[np.float64]
    connectors: tuple[str, ...]
    delimiter: str

    def __len__(self) -> int:
        return self.counts.size

    @property
    def phrases(self) -> list[str]:
        """Each pair as one string."""
        words = list(self.words)
        pieces = [words[piece] for piece in self.pieces.tolist()]
        return [self.delimiter.join(pieces[a:b]) for a, b in itertools.pairwise(self.starts.tolist())]

    def phrase(self, i: int) -> str:
        """Pair i as one string."""
        pieces = self.pieces[self.starts[i] : self.starts[i + 1]].tolist()
        return self.delimiter.join(self.words[piece] for piece in pieces)

    def first(self, n: int) -> Collocations:
        """The n with the highest scores, over the words that occur in them."""
        starts = self.starts[: n + 1]
        rows, pieces = np.unique(self.pieces[: starts[-1]], return_inverse=True)
        return Collocations(
            words=self.words.take(rows.astype(np.int64)),
            pieces=pieces.astype(np.int32),
            starts=starts,
            counts=self.counts[:n],
            scores=self.scores[:n],
            connectors=self.connectors,
            delimiter=self.delimiter,
        )


class Matcher:
    """Collocations as the tables over one vocabulary that the kernels read.

    Args:
        found: the collocations.
        keys: the words of the vocabulary, which need not be those that the collocations were found in.

    Attributes:
        numbers: int64, which of the collocations can occur: all their words are in the vocabulary.
        tables: the arguments that the kernels share.

    Raises:
        DataError: a collocation has a connector at an end, or another word in between.
    """

    def __init__(self, found: Collocations, keys: Strings):
        connectors = keys.rows(found.connectors)
        grammar = Grammar(len(keys), connectors[connectors >= 0])
        row_of = keys.rows(found.words)[found.pieces]
        known = np.minimum.reduceat(row_of, found.starts[:-1]) >= 0 if len(found) else np.empty(0, np.bool_)
        self.numbers: NDArray[np.int64] = np.flatnonzero(known)
        pieces, starts = take_runs(row_of.astype(np.int32), found.starts, self.numbers)
        grammar.learn_runs(pieces, starts)
        packed = np.empty(pieces.size, np.int64)
        n, _ = grammar.keys(pieces, starts, packed)
        if n != starts.size - 1:
            raise DataError(
                "a phrase is two words that are no connectors, with nothing but connectors between them; "
                f"of {starts.size - 1:,} phrases {n:,} are"
            )
        size = index_size(n)
        slots, values = np.full(size, EMPTY, np.int64), np.empty(size, np.int32)
        kinds = grammar.connector.copy()
        kernels.fill_table(packed[:n], grammar.bits, KEY, slots, values, kinds)
        self.tables = (
            kinds, grammar.width, KEY, grammar.run_keys, grammar.run_ids, grammar.bits, slots, values,
        )  # fmt: skip


def join(found: Collocations, sequences: Sequences, *, run: Run) -> Sequences:
    """The sequences with every phrase as one token; these themselves if none of the phrases can occur.

    The text is gone through twice: to count the tokens there will be, and to write them.
    """
    matcher = Matcher(found, sequences.vocabulary.keys)
    if not matcher.numbers.size:
        return sequences
    phrases = found.phrases
    keys, code = _with_phrases(sequences.vocabulary.keys, [phrases[i] for i in matcher.numbers.tolist()])
    counts = np.zeros(len(keys), np.int64)
    for tokens, _ in _joined(sequences, matcher, code, threads=run.worker_count):
        np.add.at(counts, tokens, 1)
    rows = Choice().select(keys, counts).rows
    final = np.full(len(keys), -1, np.int32)
    final[rows] = np.arange(rows.size, dtype=np.int32)
    written = TokenFile(run.work)
    all_lengths = []
    for tokens, lengths in _joined(sequences, matcher, code, threads=run.worker_count):
        written.append(final[tokens])
        all_lengths.append(lengths)
    offsets = np.zeros(len(sequences) + 1, np.int64)
    np.cumsum(np.concatenate(all_lengths), out=offsets[1:])
    report = sequences.report | {
        "tokens": len(written),
        "vocabulary": rows.size,
        "min_count": 1,  # phrases and what is left of their words may be rarer than the words once were
    }
    vocabulary = Vocabulary(keys.take(rows), counts[rows])
    return Sequences(written, offsets, vocabulary, ids=sequences.ids, report=report)


def _joined(
    sequences: Sequences, matcher: Matcher, code: NDArray[np.int32], *, threads: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64]]]:
    """Block by block: the tokens (int32) and the length of each sequence (int64)."""

    def one(block: Block) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        tokens, offsets = block
        out, lengths = np.empty_like(tokens), np.empty(offsets.size - 1, np.int64)
        n = kernels.join(tokens, offsets, *matcher.tables, code, out, lengths)
        return out[:n], lengths

    return ordered_map(one, blocks(sequences), threads=threads)


def _with_phrases(keys: Strings, phrases: list[str]) -> tuple[Strings, NDArray[np.int32]]:
    """The words with the phrases that are not among them yet, and the row of each phrase (int32)."""
    rows = keys.rows(phrases).astype(np.int32)
    more: dict[str, int] = {}
    for i in np.flatnonzero(rows < 0).tolist():
        rows[i] = more.setdefault(phrases[i], len(keys) + len(more))  # a_b + c and a + b_c are spelt alike
    added = Strings.of(more)
    offsets = np.concatenate([keys.offsets, keys.offsets[-1] + added.offsets[1:]])
    return Strings(np.concatenate([keys.data, added.data]), offsets), rows
