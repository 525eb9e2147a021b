"""Pieces: the rows whose mean is the vector of a word, its own row and those of its n-grams.

Bojanowski, Grave, Joulin and Mikolov 2017 ("Enriching Word Vectors with Subword Information"). The pieces of
word w are pieces[starts[w] : starts[w + 1]] (int32, int64), rows of one matrix. A word of eight letters has
some twenty n-grams, so nearly all memory that training touches belongs to pieces, and the programs in use
read and write those of a word once for each pair of word and context. Here they are read once for a block of
words and written once, also where a word stands in the block several times: its steps are added up before.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.tiles import prefetch

__all__ = ["BINS", "CROWD", "add_to_pieces", "crowding", "find_first", "slot_table", "sum_pieces"]

BINS = 4096  # see `crowding`
CROWD = np.float32(5.0)  # the most that a block may move a word; with usual settings it does half of that


def slot_table(places: int) -> int:
    """The size of the table that `find_first` needs for so many places: a power of two, at most half full."""
    return 1 << (2 * places - 1).bit_length()


@kernel
def find_first(words, slots, table):
    """Write to slots[i] (int64) the first place at which the word words[i] (int64) stands.

    table: int64, of the size `slot_table` says, overwritten: open addressing with linear probing.
    """
    table[:] = -1
    mask = table.size - 1
    for i in range(words.size):
        at = words[i] & mask
        while table[at] >= 0 and words[table[at]] != words[i]:
            at = (at + 1) & mask
        if table[at] < 0:
            table[at] = i
        slots[i] = table[at]


@kernel
def sum_pieces(s, X, row, words, slots, mean, matrix, starts, pieces):
    """Write the sum, or the mean, of each word's pieces to s[X + i * row :].

    words, slots: int64, see `find_first`. matrix: float32, (rows, wide), read.
    """
    wide = matrix.shape[1]
    ask_for(words[0], matrix, starts, pieces)
    for i in range(words.size):
        if i + 1 < words.size and slots[i + 1] == i + 1:
            ask_for(words[i + 1], matrix, starts, pieces)
        x = s[X + i * row : X + i * row + wide]
        if slots[i] < i:
            x[:] = s[X + slots[i] * row : X + slots[i] * row + wide]
            continue
        x[:] = 0.0
        begin, end = starts[words[i]], starts[words[i] + 1]
        for k in range(begin, end):
            add(x, matrix[pieces[k]])
        if mean:
            scale = np.float32(1.0) / np.float32(end - begin)
            for k in range(wide):
                x[k] *= scale


@kernel
def ask_for(word, matrix, starts, pieces):
    """Have the pieces of a word under way before they are summed: they lie all over memory."""
    for k in range(starts[word], starts[word + 1]):
        prefetch(matrix, np.int64(pieces[k]))


@kernel(inline="always")
def add(x, y):
    """x += y, both float32 of one length."""
    for k in range(x.size):
        x[k] += y[k]


@kernel
def add_to_pieces(steps, words, slots, matrix, starts, pieces):
    """Add to all pieces of each word, once a word, its step: steps[slots[i]], float32 (any, wide)."""
    for i in range(words.size):
        if slots[i] == i:
            for k in range(starts[words[i]], starts[words[i] + 1]):
                add(matrix[pieces[k]], steps[i])


@kernel
def crowding(pulls, words, starts, pieces, bins):
    """A bound on how far a block moves the vector of any of its words, where the step of word i has the
    weight pulls[i] (float32) in the sense of `negative`.

    Pieces are shared: between the words of a block, and within a word like "aaaa", several pieces of which
    are "aa". The pulls at each row are added up in `bins` (float32, BINS zeros; zeros again afterwards),
    where those at rows whose numbers are equal modulo BINS come together too.
    """
    for i in range(words.size):
        for k in range(starts[words[i]], starts[words[i] + 1]):
            bins[pieces[k] % BINS] += pulls[i]
    most = np.float32(0.0)
    for word in words:
        total = np.float32(0.0)
        for k in range(starts[word], starts[word + 1]):
            total += bins[pieces[k] % BINS]
        most = max(most, total / np.float32(starts[word + 1] - starts[word]))
    for word in words:
        for k in range(starts[word], starts[word + 1]):
            bins[pieces[k] % BINS] = 0.0
    return most
