"""`Candidates`: the pairs of words that might be phrases, counted exactly in bounded memory.

Text holds far more different pairs than words, most of them seen once. Their keys are therefore counted a
part at a time: the hash of a key says which part it belongs to, the text is gone through once for each part,
and of each part only what is frequent enough is kept. So the counts are exact, however small the memory; less
memory only means more passes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firth.data.blocks import blocks, longest_block
from firth.data.ordered import ordered_map
from firth.data.sequences import Sequences
from firth.kernels import phrases as kernels
from firth.kernels.hashing import EMPTY, KEY, index_size

__all__ = ["Candidates", "Grammar", "count_candidates", "take_runs"]

_BLOCK = 1 << 20  # tokens handled at a time, unless there is room for fewer
_BUCKETS = 4096
_COST = 18  # bytes that a key takes while its part is counted: itself, its copy in a bucket, and some slots


class Grammar:
    """How candidates over one vocabulary are written as numbers; see `firth.kernels.phrases`.

    Args:
        words: how many words the vocabulary has.
        connectors: int64, the rows of those that are connectors.

    Attributes:
        connectors: as given.
        connector: int32, one a word: the number of a connector, -1 for all other words.
        width: how many connectors there are.
        bits: how many bits of a key a word takes.
        run_keys, run_ids: the table of runs.
        used: int64, (1,), how many runs have a number.
    """

    def __init__(self, words: int, connectors: NDArray[np.int64]):
        self.connectors = connectors
        self.connector: NDArray[np.int32] = np.full(words, -1, np.int32)
        self.connector[connectors] = np.arange(connectors.size, dtype=np.int32)
        self.width = int(connectors.size)
        self.bits = max(1, (words - 1).bit_length())
        self.run_keys: NDArray[np.int64] = np.full(1 << 10, EMPTY, np.int64)
        self.run_ids: NDArray[np.int32] = np.empty(1 << 10, np.int32)
        self.used: NDArray[np.int64] = np.ones(1, np.int64)

    def learn_runs(self, tokens: NDArray[np.int32], offsets: NDArray[np.int64]) -> None:
        """Give numbers to the runs of these sequences; to no more than a key has room for."""
        limit = min(1 << (63 - 2 * self.bits), 2**31 - 1)
        while not kernels.number_runs(
            tokens, offsets, self.connector, self.width, KEY, self.run_keys, self.run_ids, self.used, limit
        ):
            keys, ids = (
                np.full(2 * self.run_keys.size, EMPTY, np.int64),
                np.empty(2 * self.run_ids.size, np.int32),
            )
            kernels.fill_runs(self.run_keys, self.run_ids, KEY, keys, ids)
            self.run_keys, self.run_ids = keys, ids

    def keys(
        self,
        tokens: NDArray[np.int32],
        offsets: NDArray[np.int64],
        out: NDArray[np.int64],
        *,
        parts: int = 1,
        part: int = 0,
    ) -> tuple[int, int]:
        """Write the keys of one part of these sequences to `out`: how many, and how many have none."""
        return kernels.gather(  # type: ignore[no-any-return]
            tokens, offsets, self.connector, self.width, KEY, self.run_keys, self.run_ids, self.bits,
            parts, part, out,
        )  # fmt: skip

    def spelt(self, keys: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The words that these keys stand for: `pieces` and `starts` as in `Candidates`."""
        taken = np.flatnonzero(self.run_keys != EMPTY)
        before, links, lengths = np.zeros((3, int(self.used[0])), np.int64)
        runs = self.run_ids[taken]
        before[runs], added = np.divmod(self.run_keys[taken], max(self.width, 1))
        links[runs] = self.connectors[added]
        kernels.measure_runs(before, lengths)
        starts = np.zeros(keys.size + 1, np.int64)
        np.cumsum(lengths[keys >> 2 * self.bits] + 2, out=starts[1:])
        pieces = np.empty(starts[-1], np.int32)
        kernels.spell_keys(keys, self.bits, before, links, starts, pieces)
        return pieces, starts


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The candidates of some sequences that occur often enough, by rising key.

    Attributes:
        pieces, starts: int32 and int64 (n + 1,): candidate i is made of the words
            pieces[starts[i]:starts[i + 1]], rows of the vocabulary, all but the first and last connectors.
        counts: int64, (n,), how often each occurs.
        words: int64, one a word of the vocabulary: how often it occurs.
        different: how many different candidates there are, the rare ones included.
        passed_over: how many occurrences were passed over because there are too many different runs of
            connectors for keys of 63 bits.
    """

    pieces: NDArray[np.int32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    words: NDArray[np.int64]
    different: int
    passed_over: int

    def take(self, order: NDArray[np.int64]) -> Candidates:
        """The candidates at these places, in this order."""
        pieces, starts = take_runs(self.pieces, self.starts, order)
        return replace(self, pieces=pieces, starts=starts, counts=self.counts[order])


def take_runs(
    values: NDArray[np.int32], starts: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The runs values[starts[i]:starts[i + 1]] of these rows, in this order, and where each begins."""
    lengths = np.diff(starts)[rows]
    new = np.zeros(rows.size + 1, np.int64)
    np.cumsum(lengths, out=new[1:])
    return values[np.repeat(starts[:-1][rows] - new[:-1], lengths) + np.arange(new[-1])], new


def count_candidates(
    sequences: Sequences, connectors: NDArray[np.int64], *, min_count: int, threads: int, memory: int
) -> Candidates:
    """Count the candidates of the sequences.

    Args:
        sequences: the text.
        connectors: the rows of the connectors in its vocabulary.
        min_count: rarer candidates are counted as different ones, but not kept.
        threads: how many threads count.
        memory: about how many bytes counting may take in all; fewer mean more passes.
    """
    grammar = Grammar(len(sequences.vocabulary), connectors)
    words = np.zeros(len(sequences.vocabulary), np.int64)
    for tokens, offsets in blocks(sequences):
        np.add.at(words, tokens, 1)
        if connectors.size:
            grammar.learn_runs(tokens, offsets)
    room = max(memory // threads // _COST, 1)
    parts = -(-int(sequences.offsets[-1]) * 9 // 8 // room)  # an eighth more: parts are not all equal
    parts = max(1, -(-parts // threads)) * threads

    def count(part: int) -> _Counted:
        return _count_part(sequences, grammar, parts, part, room, min_count)

    found = list(ordered_map(count, range(parts), threads=threads))
    keys, counts = np.concatenate([one.keys for one in found]), np.concatenate([one.counts for one in found])
    order = np.argsort(keys)
    pieces, starts = grammar.spelt(keys[order])
    return Candidates(
        pieces=pieces,
        starts=starts,
        counts=counts[order],
        words=words,
        different=sum(one.different for one in found),
        passed_over=sum(one.passed_over for one in found),
    )


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """The frequent keys of a part (int64, different, in no order) and their counts (int64)."""

    keys: NDArray[np.int64]
    counts: NDArray[np.int64]
    different: int
    passed_over: int = 0


def _count_part(
    sequences: Sequences, grammar: Grammar, parts: int, part: int, room: int, min_count: int
) -> _Counted:
    """Count the keys of one part, `room` of them at a time.

    A part that has more than that, because a few pairs make up most of the text, is counted in several turns
    whose counts are merged.
    """
    size = min(room, _BLOCK)
    # Room for the longest block at least; the system gives only what is written to.
    waiting = np.empty(max(room, longest_block(sequences.offsets, size)), np.int64)
    counted: _Counted | None = None
    n = passed_over = 0
    for tokens, offsets in blocks(sequences, size):
        if n + tokens.size > waiting.size:
            counted, n = _merged(counted, _count(waiting[:n], 1)), 0
        more, lost = grammar.keys(tokens, offsets, waiting[n:], parts=parts, part=part)
        n, passed_over = n + more, passed_over + lost
    if counted is None:
        counted = _count(waiting[:n], min_count)
    else:
        counted = _merged(counted, _count(waiting[:n], 1))
        enough = counted.counts >= min_count
        counted = replace(counted, keys=counted.keys[enough], counts=counted.counts[enough])
    return replace(counted, passed_over=passed_over)


def _count(keys: NDArray[np.int64], least: int) -> _Counted:
    """Count keys (int64, overwritten) and keep those that occur at least so often."""
    divided, ends = np.empty_like(keys), np.empty(_BUCKETS, np.int64)
    kernels.divide(keys, KEY, ends, divided)
    slots = np.empty(index_size(int(np.diff(ends, prepend=0).max())), np.int64)
    counts = np.empty_like(keys)
    different, kept = kernels.tally(divided, ends, least, KEY, slots, np.empty_like(slots), keys, counts)
    return _Counted(keys=keys[:kept].copy(), counts=counts[:kept].copy(), different=different)


def _merged(a: _Counted | None, b: _Counted) -> _Counted:
    """Both counts in one, by rising key."""
    order = np.argsort(b.keys)
    b = replace(b, keys=b.keys[order], counts=b.counts[order])
    if a is None:
        return b
    keys, counts = np.empty((2, a.keys.size + b.keys.size), np.int64)
    n = kernels.merge(a.keys, a.counts, b.keys, b.counts, keys, counts)
    return _Counted(keys=keys[:n].copy(), counts=counts[:n].copy(), different=n)
