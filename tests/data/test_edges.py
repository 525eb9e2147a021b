"""Edges: what they hold, refuse, merge, and keep through a file."""

import numpy as np
import pytest

from firth import Edges, Vocabulary
from firth.errors import DataError, ExistsError, FormatError

TRIPLES = [("b", "x", 2.0), ("a", "y", 1.0), ("b", "x", 0.5), ("b", "y", 4.0)]


def some(**changes):
    """Three edges over a left vocabulary of two keys and a right one of three."""
    arrays = {
        "i": np.array([0, 0, 1], np.int32),
        "j": np.array([0, 2, 1], np.int32),
        "weight": np.array([1, 2, 3], np.float32),
        "left": Vocabulary.of("ab"),
        "right": Vocabulary.of("xyz"),
    }
    return Edges(**(arrays | changes))


def test_triples_are_added_up_and_sorted():
    edges = Edges.of(TRIPLES)
    assert repr(edges) == "Edges(3 of 2 × 2)"
    assert list(edges.left.keys) == ["b", "a"]  # the most frequent first
    assert edges.i.tolist() == [0, 0, 1]
    assert [edges.right.keys[j] for j in edges.j] == ["x", "y", "y"]
    assert edges.weight.tolist() == [2.5, 4.0, 1.0]
    assert edges.report == {"triples": 4, "added_up": 1}
    assert edges.is_sorted
    assert not edges.shared


def test_shared_edges_have_one_vocabulary():
    edges = Edges.of([("ice", "water", 3), ("water", "ice", 3)], shared=True)
    assert edges.left is edges.right
    assert edges.shape == (2, 2)
    assert Edges.of([("ice", "water", 1)], shared=True, dtype=np.float64).weight.dtype == np.float64


def test_sparse_form_shares_the_arrays():
    edges = some()
    table = edges.to_sparse()
    assert table.toarray().tolist() == [[1, 0, 2], [0, 3, 0]]
    assert np.shares_memory(table.data, edges.weight)
    assert np.shares_memory(table.indices, edges.j)


def test_unsorted_and_repeated_pairs_are_merged():
    edges = some(i=np.array([1, 0, 1], np.int32), j=np.array([1, 2, 1], np.int32))
    assert not edges.is_sorted
    with pytest.raises(DataError, match="merged"):
        edges.row_starts()
    merged = edges.merged()
    assert merged.is_sorted
    assert merged.merged() is merged
    assert merged.i.tolist() == [0, 1]
    assert merged.weight.tolist() == [2, 4]
    assert merged.report["added_up"] == 1
    np.testing.assert_array_equal(merged.to_sparse().toarray(), edges.to_sparse().toarray())


def test_relations_are_merged_into_one():
    edges = some(relation=np.array([0, 1, 0], np.int32))
    assert edges.merged().relation is None
    assert len(edges.merged()) == 3


def test_rows_begin_where_they_should():
    assert some().row_starts().tolist() == [0, 2, 3]


def test_summary_says_how_many_and_how_heavy():
    assert some().summary() == "3 edges between 2 and 3 keys (50.00%), weighing 6."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"i": np.array([0, 2, 1], np.int32)}, "i lies from 0 to 1; number 1 is 2"),
        ({"j": np.array([0, 2, -1], np.int32)}, "j lies from 0 to 2; number 2 is -1"),
        ({"i": np.array([0, 0, 1])}, "i is one-dimensional and int32"),
        ({"weight": np.array([1, 2, 3])}, "float32 or float64"),
        ({"weight": np.array([1, np.nan, 3])}, "number 1 is nan"),
        ({"weight": np.array([1, 3], np.float32)}, r"one length; these have \[2, 3\]"),
        ({"relation": np.array([0, -1, 0], np.int32)}, "relation lies from 0"),
    ],
)
def test_what_kernels_could_not_trust_is_refused(changes, message):
    with pytest.raises(DataError, match=message):
        some(**changes)


@pytest.mark.parametrize(
    ("triples", "message"),
    [
        ([], "there are no edges"),
        ([("a", "b")], r"triple \(left, right, weight\), not \('a', 'b'\)"),
        ([1], "triple .* not 1"),
        ([("a", "b", 1.0), ("c", "d")], r"triple .* not \('c', 'd'\)"),
        ([("a", 2, 1.0)], "found 2"),
        ([("a", "b", 1.0), ("c", "d", "much")], "the weight of an edge is a number, not 'much'"),
        ([("a", "b", 1.0), ("c", "d", None)], "number 1 is nan"),
        ([("a", "b", 1.0), ("c", "d", 1e60)], "number 1 is inf"),
    ],
)
def test_bad_triples_are_refused(triples, message):
    with pytest.raises(DataError, match=message):
        Edges.of(triples)


@pytest.mark.parametrize("edges", [Edges.of(TRIPLES), Edges.of(TRIPLES, shared=True), some()])
def test_a_file_gives_back_the_same_edges(tmp_path, edges):
    path = tmp_path / "edges.safetensors"
    edges.save(path)
    back = Edges.load(path, verify=True)
    assert back.fingerprint() == edges.fingerprint()
    assert back.left == edges.left
    assert back.right == edges.right
    assert back.shared == edges.shared
    assert back.report == edges.report
    with pytest.raises(ExistsError):
        edges.save(path)


def test_relations_and_float64_keep_their_type(tmp_path):
    edges = some(relation=np.array([0, 1, 0], np.int32), weight=np.array([0.1, 0.2, 0.3]))
    edges.save(tmp_path / "edges")
    back = Edges.load(tmp_path / "edges")
    assert back.relation.tolist() == [0, 1, 0]
    assert back.weight.dtype == np.float64
    assert back.fingerprint() == edges.fingerprint() != some().fingerprint()


def test_damaged_files_are_format_errors(tmp_path):
    path = tmp_path / "edges"
    some().save(path)
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(300):
        mutant = bytearray(whole)
        for place in random.integers(0, len(mutant), 3):
            mutant[place] = random.integers(0, 256)
        path.write_bytes(mutant)
        try:
            Edges.load(path, verify=True)
        except FormatError:
            continue
        assert bytes(mutant) == whole


def test_a_model_file_is_no_file_of_edges(tmp_path):
    from firth import Vectors

    Vectors(["a"], np.ones((1, 2))).save(tmp_path / "v.safetensors")
    with pytest.raises(FormatError, match="holds no edges"):
        Edges.load(tmp_path / "v.safetensors")
