"""`cooccur`: what it counts, that neither threads nor memory change it, and what it refuses."""

import errno
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from firth import Sequences, cooccur, read_text
from firth.data.cooccurrows import Plan
from firth.errors import DataError, OptionError


def table(edges):
    """{(word, word): weight}"""
    left, right = edges.left.keys, edges.right.keys
    return {
        (left[i], right[j]): w
        for i, j, w in zip(edges.i.tolist(), edges.j.tolist(), edges.weight.tolist(), strict=True)
    }


@pytest.fixture(scope="module")
def text():
    """Some 30,000 tokens of 300 words, the first ones much more frequent."""
    random = np.random.default_rng(3)
    words = (300 * random.random(30_000) ** 3).astype(int)
    return Sequences.of([[f"w{w}" for w in words[k : k + 75]] for k in range(0, words.size, 75)])


def test_a_table_made_by_hand():
    edges = cooccur(Sequences.of([["a", "b", "c", "a"]]), window=2)
    assert table(edges) == {
        ("a", "b"): 1.5, ("b", "a"): 1.5, ("a", "c"): 1.5, ("c", "a"): 1.5, ("b", "c"): 1.0, ("c", "b"): 1.0,
    }  # fmt: skip
    assert edges.is_sorted
    assert edges.left is edges.right
    assert edges.report["pairs"] == 10


@pytest.mark.parametrize(("weighting", "far"), [("harmonic", 1 / 3), ("linear", 2 / 4), ("flat", 1.0)])
def test_the_weight_of_a_pair_three_words_apart(weighting, far):
    edges = cooccur(Sequences.of([["a", "b", "c", "d"]]), window=4, weighting=weighting, dtype=np.float64)
    assert table(edges)["a", "d"] == pytest.approx(far, abs=1e-9)
    assert table(edges)["c", "d"] == 1


def test_one_sided_pairs_point_to_what_was_before():
    edges = cooccur(Sequences.of([["a", "b", "c"]]), window=1, symmetric=False)
    assert table(edges) == {("b", "a"): 1, ("c", "b"): 1}
    assert edges.report["pairs"] == 2


def test_no_pair_reaches_into_another_sequence():
    edges = cooccur(Sequences.of([["a", "b"], ["c", "d"]]), window=5)
    assert sorted(table(edges)) == [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]


def test_a_word_beside_itself_counts_from_both_places():
    assert table(cooccur(Sequences.of([["a", "a", "a"]]), window=2)) == {("a", "a"): 5.0}


def test_a_symmetric_table_is_symmetric_to_the_bit(text):
    dense = cooccur(text, window=7).to_sparse().toarray()
    np.testing.assert_array_equal(dense, dense.T)


@pytest.mark.parametrize("symmetric", [True, False])
def test_threads_and_memory_change_no_bit(text, symmetric):
    options = {"window": 6, "symmetric": symmetric, "dtype": np.float64}
    whole = cooccur(text, threads=1, **options)
    assert whole.report["parts"] == 1
    for threads, memory in [(3, 1 << 30), (1, 100_000), (2, 150_000)]:
        other = cooccur(text, threads=threads, memory=memory, **options)
        assert other.fingerprint() == whole.fingerprint()
        assert (other.report["parts"] > 1) == (memory < 1 << 30)


def test_large_tables_stay_in_a_file(text, tmp_path):
    small = cooccur(text, window=4)
    large = cooccur(text, window=4, work=tmp_path, memory=200_000, threads=1)
    assert not isinstance(small.weight, np.memmap)
    assert isinstance(large.weight, np.memmap)
    assert large.fingerprint() == small.fingerprint()
    assert list(tmp_path.iterdir()) == []  # the file has no name


def test_the_report_says_what_was_counted(text):
    report = cooccur(text, window=3, weighting="flat").report
    lengths = np.diff(text.offsets)
    assert report["pairs"] == 2 * int((3 * lengths - 6).sum())
    assert report["window"] == 3
    assert report["weighting"] == "flat"
    assert report["data"]["tokens"] == 30_000
    edges = cooccur(text, window=3, weighting="flat")
    assert edges.weight.sum() == report["pairs"]
    assert len(edges) == report["edges"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 0}, "window is a whole number from 1 to 1,000, not 0"),
        ({"weighting": "inverse"}, "weighting is 'harmonic', 'linear' or 'flat', not 'inverse'"),
        ({"symmetric": 1}, "symmetric is True or False, not 1"),
        ({"dtype": np.int32}, "dtype is float32 or float64, not <class 'numpy.int32'>"),
        ({"dtype": "x"}, "dtype is float32 or float64, not 'x'"),
        ({"memory": 1000}, "memory=1,000 is too little to count 300 words"),
    ],
)
def test_bad_options(text, options, message):
    with pytest.raises(OptionError, match=message):
        cooccur(text, **options)


def test_words_without_company_are_an_error():
    with pytest.raises(DataError, match="no word has company"):
        cooccur(Sequences.of([["one"], ["two"]]))


def test_closed_sequences_are_an_error():
    sequences = read_text(["a b a b"], min_count=1)
    sequences.close()
    with pytest.raises(DataError, match="closed"):
        cooccur(sequences)


@pytest.mark.parametrize("memory", [700_000, 100_000])
def test_a_full_disk_is_a_clear_error_and_leaves_nothing(text, monkeypatch, tmp_path, memory):
    write, written = os.pwrite, []

    def pwrite(file, data, place):
        written.append(len(data))
        if sum(written) > 200_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data, place)

    monkeypatch.setattr(os, "pwrite", pwrite)
    with pytest.raises(
        DataError, match=r"the co-occurrence counts do not fit into the work folder .*No space"
    ):
        cooccur(text, window=5, work=tmp_path, memory=memory, threads=1)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_spill_leaves_nothing_and_harms_nothing(text, monkeypatch, tmp_path):
    before = cooccur(text, window=5)
    write, calls = os.pwrite, []

    def pwrite(file, data, place):
        calls.append(place)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return write(file, data, place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", pwrite)
        with pytest.raises(KeyboardInterrupt):
            cooccur(text, window=5, work=tmp_path, memory=100_000, threads=1)
    assert list(tmp_path.iterdir()) == []
    again = cooccur(text, window=5, work=tmp_path, memory=100_000, threads=1)
    assert again.fingerprint() == before.fingerprint()


LIMITED = """
    import resource, sys
    import numpy as np
    from firth import Sequences, cooccur
    words = np.random.default_rng(0).integers(0, 300, 30_000)
    text = Sequences.of([[f"w{w}" for w in words]])
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    try:
        cooccur(text, window=5, work=sys.argv[1], memory=500_000, threads=1)
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_a_limit_on_files_is_a_clear_error(tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(LIMITED), str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("DataError the co-occurrence counts do not fit into the work folder")
    assert "work=" in said
    assert list(tmp_path.iterdir()) == []


def test_as_many_threads_work_as_the_memory_is_enough_for():
    few, many = (Plan.within(None, vocabulary=400_000, threads=threads) for threads in (2, 1024))
    assert few.threads == 2
    assert 2 < many.threads < 1024
    assert many.tokens * 8 > many.memory // 8  # enough is left to the text that it is not cut to pieces
    huge = Plan.within(None, vocabulary=100_000_000, threads=64)
    assert huge.threads == 1
    assert huge.memory > 1 << 30


def test_more_threads_than_the_memory_is_enough_for_change_no_bit(text):
    least = 58 * 300 + (1 << 16)
    assert cooccur(text, threads=64, memory=2 * least).fingerprint() == cooccur(text).fingerprint()


@pytest.mark.parametrize("given", ["text.txt", [["a", "b"]], None])
def test_what_is_no_sequences_is_refused(given):
    with pytest.raises(DataError, match=f"not {type(given).__name__}; firth.read_text makes them"):
        cooccur(given)
