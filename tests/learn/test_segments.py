"""Cutting a corpus into segments."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.learn.segments import cut, stream_seeds


def offsets_of(lengths):
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=60))
def test_segments_cover_the_corpus_once_and_in_order(lengths):
    offsets = offsets_of(lengths)
    segments = cut(offsets)
    assert (
        [s.start for s in segments] == [0, *[s.stop for s in segments]][:-1] if segments else offsets[-1] == 0
    )
    assert sum(s.stop - s.start for s in segments) == offsets[-1]
    for segment in segments:
        assert segment.offsets[0] == 0
        assert segment.offsets[-1] == segment.stop - segment.start
        inside = offsets[(offsets > segment.start) & (offsets < segment.stop)] - segment.start
        assert np.array_equal(np.unique(segment.offsets[1:-1]), np.unique(inside))


def test_sequences_stay_whole_where_they_can():
    lengths = np.full(5000, 100)
    offsets = offsets_of(lengths)
    assert all(segment.stop in offsets for segment in cut(offsets))


def test_a_sequence_longer_than_a_segment_is_cut():
    segments = cut(offsets_of([3_000_000]))
    assert len(segments) >= 2
    assert max(s.stop - s.start for s in segments) <= 1 << 17


def test_a_long_sequence_of_a_small_corpus_stays_whole():
    offsets = offsets_of([100, 9000, 50])
    assert [(s.start, s.stop) for s in cut(offsets)] == [(0, 100), (100, 9100), (9100, 9150)]


def test_costly_tokens_make_small_segments():
    offsets = offsets_of(np.full(50_000, 20))
    assert max(s.stop - s.start for s in cut(offsets, cost=5_000_000)) <= 512


def test_a_large_corpus_has_work_for_many_threads():
    assert len(cut(offsets_of(np.full(10_000, 100)))) >= 64


def test_every_segment_of_every_epoch_has_seeds_of_its_own():
    seeds = [stream_seeds(seed, epoch, k) for seed in (1, 2) for epoch in range(5) for k in range(20)]
    flat = [int(value) for pair in seeds for value in pair]
    assert len(set(flat)) == len(flat)
    assert stream_seeds(7, 3, 2) == stream_seeds(7, 3, 2)
