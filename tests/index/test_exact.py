"""`Exact`: the answers of `Vectors.search`, in each form of the rows and through every filter."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.index import Exact, Index
from firth.index import exact as exact_module
from firth.index.exact import ByteEngine, ExactEngine, HalfEngine
from firth.index.forms import Singles
from firth.index.labels import Labels
from firth.kernels.keys import keep_close
from firth.kernels.reference_balltree import best_rows
from firth.neighbours import METRICS as KINDS

METRICS = ("cosine", "dot", "euclidean")
FORMS = ("float32", "float16", "int8")


def rows_of(n, d, seed=0, *, twice=False):
    rows = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    if twice:
        rows[n - n // 2 :] = rows[: n // 2]
    return rows


def space(rows, metric="cosine"):
    return Vectors(np.arange(len(rows)), rows, metric=metric)


def check_same(hits, expected):
    np.testing.assert_array_equal(hits.rows, expected.rows)
    np.testing.assert_array_equal(hits.scores, expected.scores)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 300),
    st.sampled_from([1, 2, 15, 16, 17, 50]),
    st.sampled_from([1, 3, 4, 70, 140]),
    st.integers(1, 40),
    st.sampled_from(METRICS),
    st.integers(1, 3),
)
def test_the_answers_are_those_of_vectors_to_the_last_bit(seed, n, d, m, k, metric, threads):
    vectors = space(rows_of(n, d, seed, twice=True), metric)
    queries = rows_of(m, d, seed + 1)
    queries[0] = vectors.matrix[0] * 3
    found = Exact().build(vectors).search(queries, k, threads=threads)
    check_same(found, vectors.search(queries, topn=k))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("m", [1, 5, 70])
def test_more_equal_rows_than_are_kept_come_in_the_order_of_rows(metric, m):
    rows = np.repeat(rows_of(3, 20), 40, axis=0)
    queries = rows_of(m, 20, 2)
    check_same(
        Exact().build(space(rows, metric)).search(queries, 15),
        space(rows, metric).search(queries, topn=15),
    )


@pytest.mark.parametrize("m", [1, 70])
def test_rows_that_differ_by_less_than_rounding_are_told_apart(m):
    """Far from the origin the differences of distances drown in the rounding of float32."""
    random = np.random.default_rng(5)
    rows = (1000 + random.standard_normal((500, 16)) / 50).astype(np.float32)
    queries = rows[random.choice(500, m)] + np.float32(0.01)
    vectors = space(rows, "euclidean")
    check_same(Exact().build(vectors).search(queries, 7), vectors.search(queries, topn=7))


def test_far_from_the_origin_few_queries_need_a_second_look(monkeypatch: pytest.MonkeyPatch):
    looked: list[int] = []

    def counted(*given_):
        looked.append(1)
        keep_close(*given_)

    monkeypatch.setattr(exact_module, "keep_close", counted)
    vectors = space(rows_of(3000, 16) + np.float32(1000), "euclidean")
    queries = vectors.matrix[:200] + np.float32(0.3)
    check_same(Exact().build(vectors).search(queries, 7), vectors.search(queries, topn=7))
    assert len(looked) < 20


@pytest.mark.parametrize("keep", ["float32", "int8"])
@pytest.mark.parametrize("scale", [1e-37, 1e-20, 1e18, 1e37])
@pytest.mark.parametrize("metric", METRICS)
def test_very_long_and_very_short_rows(metric, scale, keep):
    rows = rows_of(400, 20) * np.float32(scale)
    queries = rows_of(9, 20, 1) * np.float32(scale if metric == "euclidean" else 1)
    index = Exact(keep=keep).build(space(rows, metric))
    for some in (queries, queries[:1]):
        found = index.search(some, 5)
        expected, scores = best_rows(some, index.vectors().matrix, KINDS[metric], np.ones(400, bool), 5)
        np.testing.assert_array_equal(found.rows, expected)
        np.testing.assert_allclose(found.scores, scores, rtol=1e-6)
    none = index.search(queries[0], 5, only=np.arange(400) % 2 == 0)
    assert (none.rows % 2 == 0).all()


@pytest.mark.parametrize("keep", FORMS)
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("m", [1, 70])
def test_filters_leave_the_nearest_of_those_that_are_allowed(keep, metric, m):
    vectors = space(rows_of(600, 24), metric)
    index, queries = Exact(keep=keep).build(vectors), rows_of(m, 24, 3)
    kept = index.vectors()
    random = np.random.default_rng(4)
    for count in (1, 9, 70, 300, 599):
        chosen = np.sort(random.choice(600, count, replace=False))
        expected = kept.take(chosen.tolist()).search(queries, topn=5)
        found = index.search(queries, 5, only=chosen.tolist())
        np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5, atol=1e-6)
        assert found.ids == expected.ids


@pytest.mark.parametrize("keep", FORMS)
def test_rows_that_are_added_are_found_and_those_that_are_removed_are_not(keep):
    rows = rows_of(200, 20)
    index = Exact(keep=keep).build(space(rows[:120]))
    index.add(Vectors(np.arange(120, 200), rows[120:], fingerprint=index.fingerprint))
    index.remove([3, 150])
    kept = index.vectors().take([i for i in range(200) if i not in (3, 150)])
    found = index.search(rows[:30], 5)
    assert found.ids == kept.search(rows[:30], topn=5).ids
    assert index.search(rows[7], 1).ids == [7]
    assert 150 not in index.search(rows[150], 198).ids


@pytest.mark.parametrize("keep", FORMS)
@pytest.mark.parametrize("metric", METRICS)
def test_nothing_one_row_and_more_answers_than_rows(keep, metric):
    empty = Exact(keep=keep).build(space(np.empty((0, 7), np.float32), metric))
    assert len(empty) == 0
    assert empty.search(rows_of(2, 7), 3).rows.shape == (2, 0)
    one = Exact(keep=keep).build(space(rows_of(1, 7), metric))
    assert one.search(rows_of(2, 7), 3).ids == [[0], [0]]
    empty.add(Vectors([5], rows_of(1, 7), metric=metric, fingerprint=empty.fingerprint))
    assert empty.search(rows_of(1, 7)[0], 3).ids == [5]
    line = Exact(keep=keep).build(space(np.array([[1.0], [4.0], [2.0]], np.float32), "euclidean"))
    assert line.search(np.float32([1.9]), 3).ids == [2, 0, 1]


@pytest.mark.parametrize("metric", METRICS)
def test_half_floats_are_searched_exactly_as_they_are_kept(metric):
    index = Exact(keep="float16").build(space(rows_of(700, 33, twice=True), metric))
    kept = index.vectors()
    for m in (1, 70):
        queries = rows_of(m, 33, 9)
        check_same(index.search(queries, 9), kept.search(queries, topn=9))


def test_what_half_floats_cannot_hold_is_counted():
    rows = np.array([[1e6, 1.0], [1e-9, 2.0], [-1e6, 0.0]], np.float32)
    index = Exact(keep="float16").build(space(rows, "dot"))
    assert (index.report["clipped"], index.report["vanished"]) == (2, 1)
    np.testing.assert_array_equal(index.vectors().matrix[[0, 2], 0], [65504, -65504])
    unit = Exact(keep="float16").build(space(rows * np.float32(1e-6), "cosine"))
    assert unit.report["clipped"] == 0
    assert unit.search(rows[0], 1).ids == [0]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("m", [1, 200])
def test_bytes_find_nearly_all_true_neighbours(metric, m):
    """Neighbours of random rows are harder to tell apart than those of real ones."""
    vectors = space(rows_of(3000, 64), metric)
    queries = rows_of(max(m, 30), 64, 8)
    true = vectors.search(queries, topn=10).rows
    index = Exact(keep="int8").build(vectors)
    parts = [queries] if m > 1 else list(queries)
    found = np.concatenate([np.atleast_2d(index.search(part, 10).rows) for part in parts])
    recall = np.mean([np.isin(a, b).mean() for a, b in zip(found, true, strict=True)])
    assert recall >= 0.98


def test_memory_says_what_each_form_takes():
    vectors = space(rows_of(1000, 64))
    sizes = {keep: Exact(keep=keep).build(vectors).memory() for keep in FORMS}
    assert sizes["float32"]["rows"] == 1000 * 64 * 4
    assert 1000 * 64 * 2 <= sizes["float16"]["total"] <= 1000 * (64 * 2 + 4)
    assert 1000 * 64 * 3 // 2 <= sizes["int8"]["total"] <= 1000 * (64 * 3 // 2 + 8)


def test_rows_of_a_mapped_file_stay_there(tmp_path: Path):
    space(rows_of(400, 16)).save(tmp_path / "rows.safetensors")
    vectors = Vectors.load(tmp_path / "rows.safetensors")
    index = Exact().build(vectors)
    assert np.shares_memory(index.engine.originals(), vectors.matrix)
    memory = index.memory()
    assert memory["mapped"] == 400 * 16 * 4
    assert memory["total"] < 10_000
    check_same(index.search(vectors.matrix[:3], 5), vectors.search(vectors.matrix[:3], topn=5))


def test_numbers_beyond_2_to_the_31_are_found_without_reading_the_others(tmp_path: Path):
    n, d = 2**20 + 8, 2**11
    path = tmp_path / "sparse.bin"
    with path.open("wb") as file:
        file.truncate(n * d * 4)
    chosen = [0, 3, n // 2, n - 2, n - 1]
    mapped = np.memmap(path, np.float32, "r+", shape=(n, d))
    for i, row in enumerate(chosen):
        mapped[row, :2] = 1, i
    mapped.flush()
    before = path.stat().st_blocks
    index = Index(
        recipe=Exact(),
        metric="dot",
        engine=ExactEngine(Singles(np.memmap(path, np.float32, "r", shape=(n, d)), "dot")),
        labels=Labels(Vectors(np.arange(n), np.empty((n, 0), np.float32)).ids),
        kept=None,
        fingerprint="sparse",
        report={},
    )
    query = np.zeros(d, np.float32)
    query[1] = 1
    assert index.search(query, 3, only=chosen).ids == [n - 1, n - 2, n // 2]
    assert index.memory()["mapped"] == n * d * 4
    assert path.stat().st_blocks == before
    # The walk itself counts beyond 2^31 too: the last rows alone are looked at.
    keys, rows = np.full((1, 2), -np.inf, np.float32), np.full((1, 2), -1, np.int64)
    form = index.engine._form
    form._weights, form._weighed = np.zeros(n, np.float32), n
    form.keep(query[None], np.empty(0, bool), (n - 20, n), keys, rows)
    assert sorted(rows[0].tolist()) == [n - 2, n - 1]


@pytest.mark.parametrize("keep", FORMS)
def test_the_state_makes_the_same_engine(keep):
    recipe, vectors = Exact(keep=keep), space(rows_of(90, 21), "euclidean")
    index = recipe.build(vectors)
    arrays, values = index.engine.state()
    again = ExactEngine.from_state(recipe, "euclidean", arrays, values)
    kinds = {"float32": ExactEngine, "float16": HalfEngine, "int8": ByteEngine}
    assert type(again) is kinds[keep]
    queries = rows_of(4, 21, 2)
    given_ = {"allowed": None, "settings": index.settings, "threads": 1}
    for a, b in zip(
        index.engine.search(queries, 6, **given_), again.search(queries, 6, **given_), strict=True
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("keep", "changes", "message"),
    [
        ("float32", {"rows": np.zeros((3, 4))}, "has rows as float32"),
        ("float32", {"rows": np.zeros(3, np.float32)}, "has rows as float32"),
        ("float16", {"rows": np.zeros((3, 4), np.float32)}, "has halves as uint16"),
        ("float16", {"halves": np.full((3, 4), 0x7C00, np.uint16)}, "is not a finite number"),
        ("int8", {"codes": np.zeros((3, 5), np.uint8)}, "need codes as uint8 of shape"),
        ("int8", {"finer": np.zeros((2, 3), np.uint8)}, "need finer as uint8 of shape"),
        ("int8", {"scales": np.full(3, np.nan, np.float32)}, "not a finite number"),
        ("int8", {"scales": np.full(3, -1, np.float32)}, "negative"),
        ("int8", {"dim": 9}, "need codes as uint8 of shape"),
        ("int8", {"dim": "x"}, "needs their dim"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(keep, changes, message):
    good = {
        "codes": np.zeros((3, 8), np.uint8),
        "finer": np.zeros((3, 3), np.uint8),
        "scales": np.ones(3, np.float32),
    }
    arrays = {**good, **changes} if keep == "int8" else changes
    values = {"dim": arrays.pop("dim", 6)}
    with pytest.raises(DataError, match=message):
        ExactEngine.from_state(Exact(keep=keep), "dot", arrays, values)


@pytest.mark.parametrize("keep", FORMS)
def test_kernels_get_what_cannot_be_written_to_as_from_a_file(keep):
    """Else Numba compiles them again for the arrays of a file, which takes seconds in a first search."""
    index = Exact(keep=keep).build(space(rows_of(50, 20)))
    for _ in range(2):
        arrays, _ = index.engine.state()
        assert not any(array.flags.writeable for array in arrays.values())
        index.add(Vectors(np.arange(50, 60), rows_of(10, 20), fingerprint=index.fingerprint, metric="cosine"))
        index.remove(range(50, 60))


@pytest.mark.parametrize("keep", ["int4", "none"])
def test_forms_that_cannot_be_looked_at_are_refused(keep):
    with pytest.raises(OptionError, match=f"keep is float32, float16 or int8, not '{keep}'"):
        Exact(keep=keep)


def test_rows_without_a_direction_are_left_out_and_counted():
    rows = rows_of(10, 4)
    rows[2], rows[5, 1] = 0, np.nan
    index = Exact().build(space(rows))
    assert (index.report["left_out"], index.report["left_out_ids"]) == (2, [2, 5])
    assert len(Exact(keep="int8").build(space(rows, "dot"))) == 9
    rows[1], rows[7, 3] = 3e38, -np.inf  # the squares of finite numbers are finite too
    assert Exact().build(space(rows, "euclidean")).report["left_out_ids"] == [5, 7]
    with pytest.raises(DataError, match="not a finite number"):
        index.search(rows[5])
    with pytest.raises(DataError, match="do not fit an index of dim 4"):
        index.search(np.zeros(3))


def test_the_bound_on_threads_is_kept(monkeypatch: pytest.MonkeyPatch):
    seen: set[int] = set()
    keep = Singles.keep

    def watched(self, *given_):
        seen.add(threading.get_ident())
        return keep(self, *given_)

    monkeypatch.setattr(Singles, "keep", watched)
    monkeypatch.setattr(exact_module, "SHARED", 1)
    index = Exact().build(space(rows_of(500, 20)))
    for m in (1, 300):
        queries = rows_of(m, 20, 1)
        seen.clear()
        one = index.search(queries, 4, threads=1)
        assert seen == {threading.get_ident()}
        seen.clear()
        three = index.search(queries, 4, threads=3)
        assert 1 <= len(seen) <= 3
        assert threading.get_ident() not in seen
        check_same(three, one)
