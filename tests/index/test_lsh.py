"""LSH: collisions as often as the theory says, recall that rises with what is looked at, and its files."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from firth import Run, Vectors
from firth.errors import DataError, OptionError
from firth.index import LSH, Exact
from firth.index.collisions import found_probability, hyperplane_probability, stable_probability
from firth.index.hashspace import HashSpace
from firth.index.known import recipe_of
from firth.index.lsh import LSHEngine
from firth.kernels.lsh import hash_rows
from firth.neighbours import unit_rows
from firth.testing.indexes import clustered_vectors

ONE = Run(threads=1)


def recall_of(index, queries, truth, **settings):
    """Of what the tables find: where that is fewer than 10, the layer around them would look at all rows."""
    asked = unit_rows(queries) if index.metric == "cosine" else queries
    chosen = {**index.engine.settings, **settings}
    found, _ = index.engine.search(asked, 10, allowed=None, settings=chosen, threads=1)
    return float(
        np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), truth.tolist(), strict=True)])
    )


def slots_of(recipe, metric, rows):
    """The slots (tables, n) of rows by a space that was drawn for them, and the space."""
    space = HashSpace.draw(rows, recipe.plan(metric, 3))
    slots = np.empty((space.tables, len(rows)), np.int32)
    hash_rows(
        space.points(rows), space.planes, space.shifts, space.multipliers, space.slot_bits, space.signs, slots
    )
    return slots, space


def pairs_at(angle, count, dim=12):
    """Pairs of unit rows at an angle, as rows (2 · count, d): the first of all pairs, then the others."""
    random = np.random.default_rng(7)
    first = random.normal(size=(count, dim))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    aside = random.normal(size=(count, dim))
    aside -= (aside * first).sum(axis=1, keepdims=True) * first
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    return np.concatenate([first, np.cos(angle) * first + np.sin(angle) * aside]).astype(np.float32)


def standard_error(probability, tables):
    """Of the share of tables in which pairs meet. All pairs see the same planes: only the tables count
    as independent draws."""
    return np.sqrt(probability * (1 - probability) / tables)


@pytest.mark.parametrize("angle", [0.2, 0.8, 1.6, 2.6])
@pytest.mark.parametrize("bits", [1, 4])
def test_hyperplanes_part_two_rows_as_often_as_their_angle_says(angle, bits):
    rows = pairs_at(angle, 20)
    slots, _ = slots_of(LSH(tables=1000, bits=bits, center=False), "cosine", rows)
    shared = float(np.mean(slots[:, :20] == slots[:, 20:]))
    expected = float(hyperplane_probability(angle)) ** bits
    assert abs(shared - expected) <= 4 * standard_error(expected, 1000)


@pytest.mark.parametrize("distance", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("bits", [1, 3])
def test_intervals_part_two_rows_as_often_as_their_distance_says(distance, bits):
    random = np.random.default_rng(5)
    first = random.normal(size=(20, 8)).astype(np.float32)
    aside = random.normal(size=(20, 8))
    aside *= distance / np.linalg.norm(aside, axis=1, keepdims=True)
    rows = np.concatenate([first, first + aside]).astype(np.float32)
    recipe = LSH(tables=1000, bits=bits, width=2.0)
    _, space = slots_of(recipe, "euclidean", rows)
    whole = np.floor(space.points(rows) @ space.planes + space.shifts).reshape(40, 1000, bits)
    shared = float(np.mean((whole[:20] == whole[20:]).all(axis=2)))
    expected = float(stable_probability(distance, width=2.0)) ** bits
    assert abs(shared - expected) <= 4 * standard_error(expected, 1000)


def test_the_formula_of_intervals_is_the_integral_it_comes_from():
    from scipy.integrate import quad
    from scipy.stats import halfnorm

    for apart, width in ((0.3, 1.0), (1.0, 1.0), (2.0, 5.0)):
        integral, _ = quad(lambda t: halfnorm.pdf(t / apart) / apart * (1 - t / width), 0, width)  # noqa: B023
        assert stable_probability(apart, width=width) == pytest.approx(integral, rel=1e-6)
    assert stable_probability(0.0, width=1.0) == 1


def test_recall_of_one_probe_is_what_the_collisions_say():
    vectors = clustered_vectors(1500, 12, clusters=40)
    queries = vectors.matrix[:150] + np.float32(0.2)
    truth = Exact().build(vectors).search(queries, 10)
    angles = np.arccos(np.clip(truth.scores.astype(float), -1, 1))
    recipe = LSH(tables=24, bits=9, center=False)
    found = np.mean(
        [
            recall_of(recipe.build(vectors, run=Run(threads=1, seed=seed)), queries, truth.rows, probes=1)
            for seed in range(6)
        ]
    )
    expected = found_probability(hyperplane_probability(angles), bits=9, tables=24).mean()
    # The rows of one cluster share their fate, so that this is a band and not an interval of so many pairs.
    assert found == pytest.approx(float(expected), abs=0.03)


@pytest.mark.parametrize(("metric", "family"), [("cosine", None), ("dot", None), ("euclidean", "hyperplane")])
def test_recall_rises_with_probes_up_to_all_rows(metric, family):
    vectors = clustered_vectors(1500, 12, metric=metric)
    queries = np.random.default_rng(2).normal(size=(60, 12)).astype(np.float32)
    truth = Exact().build(vectors, metric=metric).search(queries, 10).rows
    index = LSH(tables=2, bits=7, family=family).build(vectors, metric=metric, run=ONE)
    shares, recalls = [], []
    for setting in index.engine.ladder():
        recalls.append(recall_of(index, queries, truth, **setting))
        shares.append(index.engine.looked.share)
    assert all(a < b for a, b in itertools.pairwise(shares))
    assert recalls[0] < 0.9 and all(a <= b for a, b in itertools.pairwise(recalls))
    assert recalls[-1] == shares[-1] == 1  # 128 probes of 7 bits are all slots


def test_recall_rises_with_tables():
    vectors = clustered_vectors(1500, 12)
    queries = np.random.default_rng(2).normal(size=(60, 12)).astype(np.float32)
    truth = Exact().build(vectors).search(queries, 10).rows
    recalls = [
        recall_of(LSH(tables=tables, bits=8).build(vectors, run=ONE), queries, truth, probes=1)
        for tables in (1, 4, 16, 64)
    ]
    assert all(a < b for a, b in itertools.pairwise(recalls)), recalls


def test_hyperplanes_through_the_middle_find_more_where_rows_lie_to_one_side():
    rows = np.random.default_rng(4).normal(size=(2000, 16)).astype(np.float32) + 2
    vectors, queries = Vectors(np.arange(2000), rows), rows[:100] + np.float32(0.1)
    truth = Exact().build(vectors).search(queries, 10).rows
    shares = []
    for center in (True, False):
        index = LSH(tables=8, bits=8, center=center).build(vectors, run=ONE)
        for setting in index.engine.ladder():
            if recall_of(index, queries, truth, **setting) >= 0.9:
                break
        shares.append(index.engine.looked.share)
    assert shares[0] < shares[1] / 2


def test_rows_that_are_added_are_found_before_and_after_they_are_hashed():
    vectors = clustered_vectors(3000, 8)
    index = LSH(tables=4).build(vectors.take(vectors.ids[:1000]), run=ONE)
    again = Vectors(vectors.ids, vectors.matrix, fingerprint=index.fingerprint)
    bits = index.engine.space.bits
    for first in range(1000, 3000, 250):
        index.add(again.take(again.ids[first : first + 250]))
        own = index.search(again.matrix[: first + 250], 1, probes=1)
        assert own.ids == [[id] for id in again.ids[: first + 250]]
    assert index.engine.members.shape[1] > 2000 and index.engine.space.bits == bits + 1


def test_an_index_that_begins_empty_grows():
    vectors = clustered_vectors(2000, 8)
    index = LSH(tables=4).build(vectors.take([]), run=ONE)
    assert index.search(vectors.matrix[0], 3).ids == []
    again = Vectors(vectors.ids, vectors.matrix, fingerprint=index.fingerprint)
    index.add(again.take(again.ids[:10]))
    assert index.engine.space is None and index.search(again.matrix[7], 1).ids == [again.ids[7]]
    index.add(again.take(again.ids[10:]))
    assert index.engine.space is not None and index.search(again.matrix[1700], 1).ids == [again.ids[1700]]


def test_one_thread_and_two_build_and_find_the_same():
    vectors = clustered_vectors(2000, 8)
    one, two = (LSH().build(vectors, run=Run(threads=threads)) for threads in (1, 2))
    np.testing.assert_array_equal(one.engine.members, two.engine.members)
    hits = [one.search(vectors.matrix[:300], 5, threads=threads) for threads in (1, 2)]
    assert hits[0].ids == hits[1].ids


def test_the_stamps_of_the_last_query_do_not_meet_those_of_the_first():
    vectors = clustered_vectors(300, 8)
    index = LSH(tables=4).build(vectors, run=ONE)
    before = index.search(vectors.matrix, 5, threads=1)
    (stamps,) = index.engine._stamps
    stamps[0] = 2**31 - 100  # as after two thousand million queries
    assert index.search(vectors.matrix, 5, threads=1).ids == before.ids


@pytest.mark.parametrize("rows", [np.ones((50, 3)), np.ones((50, 1)), np.zeros((50, 3))])
@pytest.mark.parametrize("family", ["hyperplane", "stable"])
def test_equal_rows_are_all_found(rows, family):
    vectors = Vectors(np.arange(50), rows.astype(np.float32))
    index = LSH(family=family, tables=2).build(vectors, metric="euclidean", run=ONE)
    assert index.search(rows[0].astype(np.float32), 50).ids == list(range(50))


@pytest.mark.parametrize("scale", [1e-30, 1e30])
@pytest.mark.parametrize("metric", ["dot", "euclidean"])
def test_very_long_and_very_short_rows_are_hashed_like_others(metric, scale):
    rows = clustered_vectors(400, 6).matrix
    queries = rows[:20] + np.float32(0.1)
    plain = LSH(tables=2, bits=4).build(Vectors(np.arange(400), rows), metric=metric, run=ONE)
    scaled = Vectors(np.arange(400), rows * np.float32(scale))
    index = LSH(tables=2, bits=4).build(scaled, metric=metric, run=ONE)
    if metric == "euclidean":
        queries_there = queries * np.float32(scale)
    else:
        queries_there = queries  # else the products are beyond float32
    np.testing.assert_array_equal(index.search(queries_there, 3).rows, plain.search(queries, 3).rows)
    assert index.engine.looked.rows == pytest.approx(plain.engine.looked.rows, rel=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tables": 0}, "tables is a whole number from 1 to 1,024, not 0"),
        ({"bits": 25}, "bits is a whole number from 1 to 24, not 25"),
        ({"family": "minhash"}, "family is 'hyperplane', 'stable' or None, not 'minhash'"),
        ({"width": 0}, "width is a number above 0"),
        ({"width": 1.0, "family": "hyperplane"}, "hyperplanes have none"),
        ({"center": 1}, "center is True or False"),
        ({"probes": 0}, "probes is a whole number from 1"),
        ({"keep": "int8"}, "keep is 'float32', not 'int8'; IVF and Binary keep fewer bytes"),
    ],
)
def test_options_outside_their_range(options, message):
    with pytest.raises(OptionError, match=message):
        LSH(**options)


def test_a_recipe_comes_back():
    recipe = LSH(tables=5, family="stable", width=2.5)
    assert recipe_of(recipe.to_dict()) == recipe


def far_and_back(offsets):
    """Offsets whose differences are all positive where they wrap around in 32 bits."""
    wrong = offsets.copy()
    wrong[:, 1:6] = 2**30, 2**31 - 1, -(2**30), -1, 0
    return wrong


def test_without_tables_none_are_made_however_many_a_file_asks_for():
    rows = clustered_vectors(60, 5).matrix
    engine = LSHEngine.from_state(LSH(tables=1024, bits=24), "dot", {"rows": rows}, {"seed": 0})
    found, _ = engine.search(rows[:4], 1, allowed=None, settings={"probes": 8}, threads=1)
    assert engine.looked.rows == 4 * 60
    assert found[:, 0].tolist() == (rows[:4] @ rows.T).argmax(axis=1).tolist()


@pytest.fixture(scope="module")
def state():
    index = LSH(tables=3, bits=4).build(clustered_vectors(60, 5), run=ONE)
    return index.engine.state()


def restored(state, recipe=None, **changed):
    arrays, values = state
    arrays = {name: changed.pop(name, array) for name, array in arrays.items()}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    return LSHEngine.from_state(recipe or LSH(tables=3, bits=4), "cosine", arrays, {**values, **changed})


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("rows", lambda a: a.astype("f8"), "keeps its rows as float32"),
        ("rows", lambda a: a[:10], "do not fit its 3 hashes and 10 rows"),
        ("rows", lambda a: a[:, :2], "do not fit each other"),
        ("shifts", lambda a: a[1:], "do not fit each other"),
        ("multipliers", lambda a: a + 1, "do not fit each other"),
        ("middle", lambda _: None, "one is not there"),
        ("offsets", lambda _: None, "do not fit its 3 hashes"),
        ("offsets", lambda a: a[:, :-1], "do not fit its 3 hashes"),
        ("offsets", lambda a: a[:, ::-1].copy(), "do not follow each other"),
        ("offsets", lambda a: a + 1, "do not follow each other"),
        ("offsets", far_and_back, "do not follow each other"),
        ("members", lambda a: a + 1, "names a row that is not among its 60"),
        ("members", lambda a: a - 1, "names a row that is not among its 60"),
        ("members", lambda a: a.astype("i8"), "do not fit its 3 hashes"),
    ],
)
def test_damaged_tables_are_refused(state, name, change, message):
    with pytest.raises(DataError, match=message):
        restored(state, **{name: change(state[0][name])})


@pytest.mark.parametrize("changed", [{"slot_bits": 5}, {"slot_bits": True}, {"longest": 0.0}, {"width": "1"}])
def test_damaged_values_are_refused(state, changed):
    with pytest.raises(DataError, match="do not fit each other"):
        restored(state, **changed)
    with pytest.raises(DataError, match="the seed of an LSH index"):
        restored(state, seed=-1)
