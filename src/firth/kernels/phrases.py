"""Phrases: which words follow each other, how often, and joining those that belong together.

A *candidate* is two words with nothing between them but connectors ("bank of america"): the first word, the
run of connectors, the last word. Words are rows of a vocabulary. `connector` (int32, one a word) numbers the
connectors 0, 1, 2, … and holds -1 for every other word. Runs are numbered too, 0 the empty one, in a tree:
`run_keys` and `run_ids` say which run a run becomes with one more connector.

A candidate is then one number of 63 bits, its *key*: the run, the first word and the last, in `bits` bits for
each word. Both tables here (of runs and of phrases) are open-addressing hash tables with linear probing: the
slots (int64) hold a key or `EMPTY`, a power of two of them, at most half full. The hash takes the key of the
process; see `firth.kernels.hashing` for why.

Tokens come as whole sequences: `tokens` (int32) and `offsets` (int64), sequence i being
tokens[offsets[i]:offsets[i + 1]]. Arrays are not checked here.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.hashing import EMPTY, mixed
from firth.kernels.jit import kernel

__all__ = [
    "divide",
    "fill_runs",
    "fill_table",
    "gather",
    "join",
    "measure_runs",
    "merge",
    "number_runs",
    "spell_keys",
    "tally",
    "try_thresholds",
]

NO_RUN = -1
OPENS, CLOSES = 1, 2
_20, _32 = np.uint64(20), np.uint64(32)


@kernel(inline="always")
def slot_of(number, slots, key):
    """The slot (int64) where `number` (int64, not negative) is, or where it would go."""
    mask = np.int64(slots.size - 1)
    slot = np.int64(mixed(key[0], np.uint64(number), key) & np.uint64(mask))
    while slots[slot] != number and slots[slot] != EMPTY:
        slot = (slot + 1) & mask
    return slot


@kernel(inline="always")
def longer_run(run, c, width, run_keys, run_ids, key):
    """The run that `run` becomes with connector c (of `width` of them); NO_RUN if that has no number."""
    if run == NO_RUN:
        return np.int64(NO_RUN)
    slot = slot_of(run * width + c, run_keys, key)
    if run_keys[slot] == EMPTY:
        return np.int64(NO_RUN)
    return np.int64(run_ids[slot])


@kernel
def number_runs(tokens, offsets, connector, width, key, run_keys, run_ids, used, limit):
    """Give a number to every run of connectors that follows a word, in the order of the text.

    `width`: how many connectors there are. `run_keys` (int64) and `run_ids` (int32) are the table of runs,
    changed; `used` (int64, (1,)) how many runs have a number, the empty one included; `limit` how many may.

    Returns False if the table is half full; grow it and call again with the same tokens.
    """
    for sequence in range(offsets.size - 1):
        run = np.int64(NO_RUN)
        for i in range(offsets[sequence], offsets[sequence + 1]):
            c = connector[tokens[i]]
            if c < 0:
                run = np.int64(0)
            elif run != NO_RUN:
                number = run * width + c
                slot = slot_of(number, run_keys, key)
                if run_keys[slot] != EMPTY:
                    run = np.int64(run_ids[slot])
                elif used[0] >= limit:
                    run = np.int64(NO_RUN)
                elif 2 * used[0] >= run_keys.size:
                    return False
                else:
                    run = used[0]
                    run_keys[slot], run_ids[slot] = number, run
                    used[0] += 1
    return True


@kernel
def fill_runs(old_keys, old_ids, key, run_keys, run_ids):
    """Put the runs of the table `old_keys`, `old_ids` into a larger one, whose keys are all EMPTY."""
    for i in range(old_keys.size):
        if old_keys[i] != EMPTY:
            slot = slot_of(old_keys[i], run_keys, key)
            run_keys[slot], run_ids[slot] = old_keys[i], old_ids[i]


@kernel
def gather(tokens, offsets, connector, width, key, run_keys, run_ids, bits, parts, part, out):
    """Write the keys of the candidates of one part to `out` (int64, as long as the tokens), in text order.

    `parts`: into how many parts the hash divides all keys; `part`: which of them is wanted.

    Returns (how many keys were written, how many candidates were passed over because their run has no
    number; these belong to no part and are counted for part 0 alone).
    """
    n, lost = np.int64(0), np.int64(0)
    for sequence in range(offsets.size - 1):
        first, run = np.int64(-1), np.int64(0)
        for i in range(offsets[sequence], offsets[sequence + 1]):
            word = np.int64(tokens[i])
            c = connector[word]
            if c >= 0:
                if first >= 0:
                    run = longer_run(run, c, width, run_keys, run_ids, key)
                continue
            if first >= 0:
                if run == NO_RUN:
                    lost += part == 0
                else:
                    number = ((run << bits | first) << bits) | word
                    hashed = mixed(key[0], np.uint64(number), key)
                    if parts == 1 or np.int64((hashed >> _32) * np.uint64(parts) >> _32) == part:
                        out[n] = number
                        n += 1
            first, run = word, np.int64(0)
    return n, lost


@kernel
def measure_runs(before, lengths):
    """Write to `lengths` (int64, one a run) how many connectors each run has.

    `before` (int64): the run that each goes on from, which has a lower number; run 0 is the empty one.
    """
    lengths[0] = 0
    for run in range(1, before.size):
        lengths[run] = lengths[before[run]] + 1


@kernel
def spell_keys(keys, bits, before, links, starts, pieces):
    """Write the words that each of the `keys` (int64) stands for to `pieces` (int32) from starts[i] on.

    `before` as in `measure_runs`; `links` (int64): the last connector of each run, a word; `starts` (int64):
    one more than there are keys, two words and the length of its run apart.
    """
    mask = (np.int64(1) << bits) - 1
    for i in range(keys.size):
        place = starts[i + 1] - 1
        pieces[place] = keys[i] & mask
        run = keys[i] >> (2 * bits)
        while run > 0:
            place -= 1
            pieces[place] = links[run]
            run = before[run]
        pieces[starts[i]] = keys[i] >> bits & mask


@kernel
def divide(keys, key, ends, divided):
    """Write `keys` (int64) to `divided` (int64, as long) in buckets by some bits of their hash.

    `ends` (int64, a power of two of them, at most 4,096, overwritten) gets where each bucket ends and the
    next one begins. Equal keys are in one bucket, and a bucket is small enough to be counted in the cache.
    """
    mask = np.uint64(ends.size - 1)
    ends[:] = 0
    for i in range(keys.size):
        ends[np.int64(mixed(key[0], np.uint64(keys[i]), key) >> _20 & mask)] += 1
    begin = np.int64(0)
    for bucket in range(ends.size):
        begin, ends[bucket] = begin + ends[bucket], begin
    for number in keys:
        bucket = np.int64(mixed(key[0], np.uint64(number), key) >> _20 & mask)
        divided[ends[bucket]] = number
        ends[bucket] += 1


@kernel
def tally(divided, ends, least, key, slots, tallies, keys, counts):
    """Count the keys of each bucket of `divide`, and keep those that occur at least `least` times.

    `slots` and `tallies` (int64, twice the largest bucket rounded up to a power of two, at least 16) are
    scratch. `keys` and `counts` (int64, with room for all that are kept) get the different keys, in no order
    that means anything, and how often each occurs.

    Returns (how many different keys there are, how many are kept).
    """
    different, kept, begin = np.int64(0), np.int64(0), np.int64(0)
    for end in ends:
        size = 16
        while size < 2 * (end - begin):
            size *= 2
        own = slots[:size]
        own[:] = EMPTY
        for number in divided[begin:end]:
            slot = slot_of(number, own, key)
            if own[slot] == EMPTY:
                own[slot], tallies[slot] = number, 0
                different += 1
            tallies[slot] += 1
        for slot in range(size):
            if own[slot] != EMPTY and tallies[slot] >= least:
                keys[kept], counts[kept] = own[slot], tallies[slot]
                kept += 1
        begin = end
    return different, kept


@kernel
def merge(a_keys, a_counts, b_keys, b_counts, keys, counts):
    """Merge two tables of different rising keys (int64) with counts (int64); equal keys add their counts.

    `keys` and `counts` have room for both. Returns how many different keys there are.
    """
    i, j, n = np.int64(0), np.int64(0), np.int64(0)
    while i < a_keys.size or j < b_keys.size:
        if j == b_keys.size or (i < a_keys.size and a_keys[i] < b_keys[j]):
            keys[n], counts[n] = a_keys[i], a_counts[i]
            i += 1
        elif i == a_keys.size or b_keys[j] < a_keys[i]:
            keys[n], counts[n] = b_keys[j], b_counts[j]
            j += 1
        else:
            keys[n], counts[n] = a_keys[i], a_counts[i] + b_counts[j]
            i, j = i + 1, j + 1
        n += 1
    return n


@kernel
def fill_table(keys, bits, key, slots, values, kinds):
    """Put the phrases with these `keys` (int64, all different) into the table `slots`, `values`.

    `slots` (int64) is all EMPTY; `values` (int32, as long) gets the number of the phrase. `kinds` (int32, one
    a word, changed) is a copy of `connector`: below 0, its bits turned over say whether the word begins a
    phrase (OPENS) and whether it ends one (CLOSES). Most pairs of words are turned down by these alone.
    """
    mask = (np.int64(1) << bits) - 1
    for i in range(keys.size):
        slot = slot_of(keys[i], slots, key)
        slots[slot], values[slot] = keys[i], i
        first, last = keys[i] >> bits & mask, keys[i] & mask
        kinds[first] = ~(~kinds[first] | OPENS)
        kinds[last] = ~(~kinds[last] | CLOSES)


@kernel(inline="always")
def phrase_of(first, run, last, bits, key, slots, values):
    """The number (int64) of the phrase with this first word, run and last word; -1 if there is none."""
    number = ((run << bits | np.int64(first)) << bits) | np.int64(last)
    slot = slot_of(number, slots, key)
    if slots[slot] == EMPTY:
        return np.int64(-1)
    return np.int64(values[slot])


@kernel
def join(
    tokens, offsets, kinds, width, key, run_keys, run_ids, bits, slots, values, code, out, lengths
):  # fmt: skip
    """Write the tokens to `out` (int32, as long), each phrase as one: what `code` (int32) has for its number.

    From left to right, and what was joined is not joined again (Mikolov et al. 2013, section 4). `lengths`
    (int64) gets the new length of each sequence. Returns how many tokens were written.
    """
    n = np.int64(0)
    for sequence in range(offsets.size - 1):
        begun = n
        start, run = np.int64(-1), np.int64(NO_RUN)  # where the word stands that may begin a phrase
        for i in range(offsets[sequence], offsets[sequence + 1]):
            word = tokens[i]
            kind = kinds[word]
            if kind >= 0:
                if start >= 0:
                    run = longer_run(run, kind, width, run_keys, run_ids, key)
                else:
                    out[n] = word
                    n += 1
                continue
            if start >= 0:
                if run != NO_RUN and ~kind & CLOSES:
                    phrase = phrase_of(tokens[start], run, word, bits, key, slots, values)
                    if phrase >= 0:
                        out[n] = code[phrase]
                        n += 1
                        start = np.int64(-1)
                        continue
                for k in range(start, i):
                    out[n] = tokens[k]
                    n += 1
            start = np.int64(i)
            run = np.int64(0) if ~kind & OPENS else np.int64(NO_RUN)
        if start >= 0:
            for k in range(start, offsets[sequence + 1]):
                out[n] = tokens[k]
                n += 1
        lengths[sequence] = n - begun
    return n


@kernel
def try_thresholds(
    tokens, offsets, kinds, width, key, run_keys, run_ids, bits, slots, values, scores, thresholds, free,
    joined,
):  # fmt: skip
    """Add to `joined` (int64, one a threshold) how many tokens `join` would put into phrases of a score above
    each of the `thresholds` (float64).

    `scores`: float64, one a phrase. `free`: bool, one a threshold, scratch: whether the word before is free
    to begin a phrase there.
    """
    for sequence in range(offsets.size - 1):
        start, run = np.int64(-1), np.int64(NO_RUN)
        for i in range(offsets[sequence], offsets[sequence + 1]):
            kind = kinds[tokens[i]]
            if kind >= 0:
                run = longer_run(run, kind, width, run_keys, run_ids, key)
                continue
            phrase = np.int64(-1)
            if run != NO_RUN and ~kind & CLOSES:
                phrase = phrase_of(tokens[start], run, tokens[i], bits, key, slots, values)
            for t in range(thresholds.size):
                if phrase >= 0 and free[t] and scores[phrase] > thresholds[t]:
                    joined[t] += i - start + 1
                    free[t] = False
                else:
                    free[t] = True
            start = np.int64(i)
            run = np.int64(0) if ~kind & OPENS else np.int64(NO_RUN)
