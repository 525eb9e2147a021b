"""Binary: exact over the codes, candidates scored again, its memory and its files."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from firth import Run, Vectors
from firth.errors import DataError, OptionError
from firth.index import Binary, Exact
from firth.index.binary import BinaryEngine
from firth.testing.indexes import clustered_vectors

ONE = Run(threads=1)


def recall_of(index, queries, truth, **settings):
    found = index.search(queries, 10, **settings).rows.tolist()
    return float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truth.tolist(), strict=True)]))


@pytest.mark.parametrize(("how", "bits"), [("sign", None), ("threshold", None), ("itq", 20), ("simhash", 72)])
def test_without_rows_the_answers_are_those_of_the_fewest_differing_bits(how, bits):
    vectors = clustered_vectors(1500, 24 if how == "itq" else 80)
    index = Binary(how=how, bits=bits, keep="none").build(vectors, run=ONE)
    queries = vectors.matrix[:30] + np.float32(0.1)
    codec, unit = index.engine.codec, queries / np.linalg.norm(queries, axis=1, keepdims=True)
    rows = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    away = np.bitwise_count(codec.encode_rows(unit)[:, None] ^ codec.encode_rows(rows)).sum(axis=2, dtype=int)
    hits = index.search(queries, 12)
    np.testing.assert_array_equal(hits.rows, np.argsort(away, axis=1, kind="stable")[:, :12])
    np.testing.assert_array_equal(hits.scores, -np.sort(away, axis=1)[:, :12])


def test_recall_rises_with_candidates_to_exactness():
    vectors = clustered_vectors(2000, 32)
    queries = np.random.default_rng(2).normal(size=(60, 32)).astype(np.float32)
    truth = Exact().build(vectors).search(queries, 10).rows
    index = Binary(how="itq").build(vectors, run=ONE)
    recalls = [recall_of(index, queries, truth, rerank=rerank) for rerank in (1, 4, 16, 200)]
    assert recalls[0] < 0.8 and all(a < b for a, b in itertools.pairwise(recalls))
    assert recalls[-1] == 1  # all 2,000 rows


def test_more_bits_find_more():
    vectors = clustered_vectors(2000, 32)
    queries = np.random.default_rng(2).normal(size=(60, 32)).astype(np.float32)
    truth = Exact().build(vectors).search(queries, 10).rows
    recalls = [
        recall_of(Binary(how="simhash", bits=bits).build(vectors, run=ONE), queries, truth, rerank=8)
        for bits in (16, 64, 256)
    ]
    assert recalls[0] + 0.05 < recalls[1] < recalls[2] - 0.05


def test_codes_take_a_thirty_second_of_the_rows():
    index = Binary(how="sign", keep="int8").build(clustered_vectors(1000, 128), run=ONE)
    memory = index.memory()
    assert memory["codes"] == 1000 * 128 // 8 == 1000 * 128 * 4 // 32
    assert memory["rows"] < 1000 * 128 * 4 * 0.3


@pytest.mark.parametrize("how", ["sign", "itq", "simhash"])
def test_an_index_grows_from_nothing_and_by_one(how):
    vectors = clustered_vectors(400, 20)
    index = Binary(how=how).build(vectors.take([]), run=ONE)
    assert index.search(vectors.matrix[0], 3).ids == [] and index.memory()["codes"] == 0
    again = Vectors(vectors.ids, vectors.matrix, fingerprint=index.fingerprint)
    index.add(again.take(again.ids[:300]))
    for id in again.ids[300:320]:
        index.add(again.take([id]))
    assert index.search(again.matrix[:320], 1).ids == [[id] for id in again.ids[:320]]
    whole = Binary(how=how, keep="none").build(vectors.take(vectors.ids[:300]), run=ONE)
    np.testing.assert_array_equal(index.engine.words[:, :300], whole.engine.words[:, :300])


def test_threads_and_filters_find_the_same():
    vectors = clustered_vectors(6000, 16)
    index = Binary(keep="none").build(vectors, run=ONE)
    mask = np.random.default_rng(1).random(6000) < 0.5
    one, two = (index.search(vectors.matrix[:100], 10, only=mask, threads=threads) for threads in (1, 2))
    assert one.ids == two.ids and mask[one.rows].all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"how": "hash"}, "how is one of itq, sign, threshold, simhash, not 'hash'"),
        ({"how": "sign", "bits": 8}, "bits is of how='itq'"),
        ({"how": "simhash", "bits": 9}, "bits is a multiple of 8"),
        ({"bits": 0}, "bits is a whole number from 1 to 65,536, not 0"),
    ],
)
def test_options_outside_their_range(options, message):
    with pytest.raises(OptionError, match=message):
        Binary(**options)


def test_more_bits_than_dims_are_refused():
    with pytest.raises(DataError, match="rows of dim 5 have at most 5 bits, not 6"):
        Binary(bits=6).build(clustered_vectors(50, 5))


@pytest.fixture(scope="module")
def state():
    return Binary(how="itq", bits=10).build(clustered_vectors(60, 12), run=ONE).engine.state()


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("codes", lambda a: a[:, :1], "do not fit 2 bytes a row"),
        ("codes", lambda a: a[:0], "do not fit 2 bytes a row"),
        ("codes", lambda a: a.astype("u2"), "do not fit 2 bytes a row"),
        ("codec.levels", lambda a: a[:1], "levels"),
        ("codec.rotation", lambda a: a * 2, "rotation"),
        ("codec.rotation", lambda _: None, "rotation"),
        ("codec.offset", lambda a: a * np.nan, "offset"),
    ],
)
def test_damaged_codes_are_refused(state, name, change, message):
    arrays, values = state
    arrays = {**arrays, name: change(arrays[name])}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    with pytest.raises(DataError, match=message):
        BinaryEngine.from_state(Binary(how="itq", bits=10), "cosine", arrays, values)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"dim": 0}, "the dim of a binary index"),
        ({"seed": "1"}, "the seed of"),
        ({"report": 3}, "the report of"),
    ],
)
def test_damaged_values_are_refused(state, value, message):
    with pytest.raises(DataError, match=message):
        BinaryEngine.from_state(Binary(how="itq", bits=10), "cosine", state[0], {**state[1], **value})


def test_a_state_comes_back(state):
    engine = BinaryEngine.from_state(Binary(how="itq", bits=10), "cosine", *state)
    again, values = engine.state()
    assert values == state[1] and again.keys() == state[0].keys()
    for name, array in again.items():
        np.testing.assert_array_equal(array, state[0][name])
