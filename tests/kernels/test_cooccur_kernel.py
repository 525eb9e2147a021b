"""The kernels that count co-occurrences against their twin."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firth.kernels import cooccur, reference_glove


def random_text(lengths, vocabulary, seed):
    tokens = np.random.default_rng(seed).integers(0, vocabulary, sum(lengths)).astype(np.int32)
    return tokens, np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


def scratch(vocabulary):
    return np.zeros(vocabulary, np.int64), np.zeros(-(-vocabulary // 64), np.uint64)


def count(tokens, offsets, steps, *, vocabulary, both):
    """All rows by the kernels: their lengths, columns and sums."""
    size = tokens.size + offsets.size
    text = np.empty(-(-size // cooccur.LINE) * cooccur.LINE, np.int32)
    cooccur.separate(tokens, offsets, text)
    starts, positions = np.empty(vocabulary + 1, np.int64), np.empty(tokens.size, np.int32)
    cooccur.index_text(text, starts, positions)
    row, marks = scratch(vocabulary)
    counts, j = np.empty(vocabulary, np.int64), np.empty(vocabulary**2 + 1, np.int32)
    sums = np.empty(j.size, np.int64)
    n = cooccur.count_rows(text, starts, positions, 0, vocabulary, steps, both, row, marks, counts, j, sums)
    assert not row.any()
    assert not marks.any()
    assert n == counts.sum()
    return counts, j[:n], sums[:n]


def dense(counts, j, sums, vocabulary):
    table = np.zeros((vocabulary, vocabulary), np.int64)
    table[np.repeat(np.arange(vocabulary), counts), j] = sums
    return table


texts = {
    "lengths": st.lists(st.integers(0, 40), min_size=1, max_size=6),
    "vocabulary": st.sampled_from([1, 2, 7, 64, 65, 200]),
    "window": st.integers(1, 30),
    "both": st.booleans(),
    "seed": st.integers(0, 99),
}


@settings(max_examples=150)
@given(**texts)
def test_rows_are_those_of_the_twin_and_sorted(lengths, vocabulary, window, both, seed):
    tokens, offsets = random_text(lengths, vocabulary, seed)
    steps = np.arange(window, 0, -1)
    counts, j, sums = count(tokens, offsets, steps, vocabulary=vocabulary, both=both)
    expected = reference_glove.cooccurrences(tokens, offsets, steps, vocabulary=vocabulary, both=both)
    np.testing.assert_array_equal(dense(counts, j, sums, vocabulary), expected)
    ends = np.cumsum(counts)
    for first, last in zip(ends - counts, ends, strict=True):
        assert (np.diff(j[first:last]) > 0).all()


@settings(max_examples=60)
@given(**texts, cut=st.integers(0, 6))
def test_tables_of_parts_add_up_to_that_of_the_whole(lengths, vocabulary, window, both, seed, cut):
    tokens, offsets = random_text(lengths, vocabulary, seed)
    steps, cut = np.arange(window, 0, -1), min(cut, len(lengths))
    middle = offsets[cut]
    options = {"vocabulary": vocabulary, "both": both}
    parts = [
        count(tokens[:middle], offsets[: cut + 1], steps, **options),
        count(tokens[middle:], offsets[cut:] - middle, steps, **options),
    ]
    row, marks = scratch(vocabulary)
    counts, j = np.empty(vocabulary, np.int64), np.empty(vocabulary**2 + 1, np.int32)
    sums = np.empty(j.size, np.int64)
    parts_counts, parts_j, parts_sums = zip(*parts, strict=True)
    n = cooccur.add_rows(
        np.stack(parts_counts),
        np.concatenate(parts_j),
        np.concatenate(parts_sums),
        row,
        marks,
        counts,
        j,
        sums,
    )
    for found, expected in zip(
        (counts, j[:n], sums[:n]), count(tokens, offsets, steps, **options), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
