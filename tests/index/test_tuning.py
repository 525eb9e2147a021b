"""Recall as it is measured and tuned, held against counts by hand with engines whose recall is known."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, OptionError, SpaceMismatchError
from firth.index import Exact, measure, tune
from firth.index.engine import Engine
from firth.index.recipe import IndexRecipe
from firth.index.tuning import recall_of
from firth.measure.intervals import proportion_interval


class PartialEngine(Engine):
    """Looks at the rows whose number leaves less than `depth` when divided by 10, by scores that are wrong by
    up to `noise`: more depth and more candidates find more, and both are known."""

    def __init__(self, rows: np.ndarray, metric: str, noise: float, whole: bool):
        self.metric, self.dim, self.whole = metric, rows.shape[1], whole
        self.rows = rows
        self.wrong = np.random.default_rng(5).uniform(-noise, noise, len(rows)).astype(np.float32)
        self.searches = 0

    def __len__(self) -> int:
        return len(self.rows)

    def search(self, queries, k, *, allowed, settings, threads):  # noqa: ARG002
        self.searches += 1
        scores = queries @ self.rows.T + self.wrong
        seen = np.arange(len(self.rows)) % 10 < settings["depth"]
        if allowed is not None:
            seen &= allowed
        scores[:, ~seen] = -np.inf
        rows = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        found = np.take_along_axis(scores, rows, 1)
        return np.where(found > -np.inf, rows, -1), found

    @property
    def settings(self) -> Mapping[str, int]:
        return {"depth": 3}

    def ladder(self) -> Iterator[Mapping[str, int]]:
        return ({"depth": depth} for depth in range(1, 11))

    def originals(self):
        return self.rows if self.whole else None

    def memory(self) -> dict[str, int]:
        return {"codes": 100}

    def state(self):
        return {}, {}

    @classmethod
    def from_state(cls, recipe, metric, arrays, values):
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Partial(IndexRecipe):
    """The recipe of `PartialEngine`."""

    noise: float = 0.0
    whole: bool = False
    engine_type: ClassVar[type[Engine]] = PartialEngine

    def engine(self, rows: Any, metric: str, run: Any) -> Engine:  # noqa: ARG002
        return PartialEngine(rows, metric, self.noise, self.whole)


def space(n: int = 1200, dim: int = 8, metric: Any = "cosine", seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return Vectors([f"w{i}" for i in range(n)], rows, metric=metric)


def true_neighbours(queries: np.ndarray, vectors: Vectors, k: int) -> np.ndarray:
    unit = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    left = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    return np.argsort(-(left @ unit.T), axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize("depth", [1, 4, 10])
def test_recall_is_the_share_of_true_neighbours_among_the_answers(depth: int):
    vectors = space()
    index = Partial().build(vectors)
    queries = space(60, seed=9).matrix
    found = measure(index, queries, 10, depth=depth, threads=1)
    expected = np.mean(true_neighbours(queries, vectors, 10) % 10 < depth)
    assert found.recall.value == pytest.approx(expected)
    assert found.recall.low <= expected <= found.recall.high
    assert (found.recall.n, found.recall.k, found.queries) == (60, 10, "given queries")
    assert found.settings["depth"] == depth
    assert index.settings["depth"] == 3, "a setting of one measurement is not kept"


def test_a_row_is_no_answer_to_itself():
    vectors = space(300)
    index = Partial().build(vectors)
    found = measure(index, k=5, sample=300, depth=4, threads=1)
    answers = true_neighbours(vectors.matrix, vectors, 6)
    assert (answers[:, 0] == np.arange(300)).all()
    assert found.recall.value == pytest.approx(np.mean(answers[:, 1:] % 10 < 4))
    assert "without itself" in found.queries


def test_of_equally_near_rows_any_will_do():
    base = space(20).matrix
    vectors = Vectors(range(600), np.repeat(base, 30, axis=0))  # each row 30 times
    index = Partial().build(vectors)
    found = measure(index, k=3, sample=100, depth=2, threads=1)  # other copies than exact search names
    assert found.recall.value == 1.0


def test_fewer_rows_than_asked_for_can_all_be_found():
    found = measure(Exact().build(space(4)), k=10, threads=1)
    assert (found.recall.value, found.recall.n) == (1.0, 4)


def test_a_row_that_is_given_twice_counts_once():
    class Repeating(PartialEngine):
        def search(self, queries, k, *, allowed, settings, threads):
            rows, scores = super().search(queries, k, allowed=allowed, settings=settings, threads=threads)
            return np.repeat(rows[:, :1], k, axis=1), np.repeat(scores[:, :1], k, axis=1)

    index = Partial(keep="none").build(space(200))
    index.engine = Repeating(index.engine.rows, "cosine", 0.0, False)
    found = measure(index, space(30, seed=4).matrix, 10, vectors=space(200), depth=10, threads=1)
    assert found.recall.value <= 0.1 + 1e-9


def test_removed_rows_are_neither_true_nor_queries():
    vectors = space(500)
    index = Partial().build(vectors)
    gone = [f"w{i}" for i in range(0, 500, 2)]
    index.remove(gone)
    assert measure(index, k=10, sample=250, depth=10, threads=1).recall.value == 1.0
    with pytest.raises(OptionError, match=r"sample is a whole number from 1 to"):
        measure(index, sample=0)


def test_removed_rows_leave_the_truth_that_vectors_tell():
    vectors = space(500)
    index = Partial(keep="none").build(vectors)
    index.remove([f"w{i}" for i in range(0, 500, 2)])
    shuffled = vectors.take([f"w{i}" for i in range(499, -1, -1)])
    assert measure(index, vectors=shuffled, sample=200, depth=10, threads=1).recall.value == 1.0


@pytest.mark.parametrize("keep", ["none", "int8"])
def test_an_index_without_rows_is_measured_against_the_vectors(keep: str):
    vectors = space(400)
    index = Partial(keep=keep).build(vectors)
    with pytest.raises(DataError, match=r"keeps (none|only codes) of its rows.*give the vectors.*vectors=…"):
        measure(index)
    found = measure(index, vectors=vectors, depth=10, threads=1)
    assert found.recall.value >= 0.97


def test_the_truth_is_that_of_the_same_space_and_ids():
    vectors = space(300)
    index = Partial(keep="none").build(vectors)
    with pytest.raises(SpaceMismatchError):
        measure(index, vectors=space(300, seed=1))
    fewer = vectors.take([f"w{i}" for i in range(290)])
    with pytest.raises(DataError, match=r"10 of the 300 ids of the index, such as 'w290'"):
        measure(index, vectors=fewer)


def test_queries_that_do_not_fit_are_refused():
    index = Exact().build(space(100))
    with pytest.raises(DataError, match=r"do not fit an index of dim 8"):
        measure(index, np.ones((3, 5), np.float32))
    with pytest.raises(DataError, match=r"query 1 has a value that is not a finite number"):
        measure(index, np.array([[1.0] * 8, [np.nan] * 8], np.float32))
    with pytest.raises(DataError, match=r"no query to measure with"):
        measure(index, np.zeros((3, 8), np.float32))
    with pytest.raises(OptionError, match=r"no setting 'nprobe'"):
        measure(index, nprobe=3)


def test_queries_of_zeros_are_left_out_and_counted():
    rows = space(50, seed=3).matrix.copy()
    rows[:7] = 0
    found = measure(Exact().build(space(200)), rows, threads=1)
    assert found.recall.n == 43
    assert any("7 queries of zeros" in note for note in found.notes)


def test_an_index_of_one_row_or_none_has_nothing_to_find():
    with pytest.raises(DataError, match=r"recall needs rows to be found, and there are 1"):
        measure(Exact().build(space(1)))
    assert measure(Exact().build(space(1)), space(5, seed=2).matrix, threads=1).recall.value == 1.0


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_exact_search_finds_everything_by_every_metric(metric: Any):
    vectors = space(400, metric=metric)
    found = Exact().build(vectors).measure(sample=100, threads=1)
    assert found.recall.value == 1.0
    assert found.recall.low == pytest.approx(proportion_interval(100, 100)[0])


def test_what_was_measured_is_remembered_and_json():
    index = Partial().build(space(300))
    found = measure(index, k=5, sample=100, threads=1)
    assert index.measured == found.remembered()
    assert json.loads(json.dumps(index.measured))["recall"] == found.recall.value
    assert not {"speed", "seconds", "date"} & set(index.measured)
    json.dumps(found.to_dict())
    assert f"recall@5 {found.recall.value:.3f}" in str(found)


def test_the_interval_narrows_with_queries_and_knows_its_ends():
    values = np.random.default_rng(0).binomial(10, 0.9, 4000) / 10
    wide, narrow = recall_of(values[:100], k=10, seed=1), recall_of(values, k=10, seed=1)
    assert wide.low < wide.value < wide.high
    assert (narrow.high - narrow.low) < (wide.high - wide.low) / 4
    error = 1.96 * values.std() / np.sqrt(4000)
    assert narrow.low == pytest.approx(narrow.value - error, abs=0.1 * error)
    same = recall_of(np.full(50, 0.8), k=10, seed=1)
    share = proportion_interval(50, 50)[0]
    assert (same.low, same.high) == (pytest.approx(0.8 * share), pytest.approx(1 - 0.2 * share))


def test_tuning_takes_the_cheapest_depth_that_reaches_the_target():
    vectors = space(2000)
    index = Partial().build(vectors)
    found = tune(index, target_recall=0.7, sample=1000, threads=1)
    assert found.reached
    assert found.recall.value >= 0.7
    assert (found.recall.n, found.tuned_on) == (500, 500)
    # depth 7 finds 70 % on average: not by more than chance; depth 8 does
    assert index.settings["depth"] == found.settings["depth"] == 8
    assert index.measured["target"] == 0.7
    assert len(found.tried) < 40, "recall rises along the ladder, so few steps need a look"


def test_tuning_trades_candidates_for_depth():
    vectors = space(2000)
    index = Partial(noise=0.15).build(vectors)
    found = tune(index, target_recall=0.85, threads=1)
    assert found.reached
    assert found.settings["rerank"] > 1
    measured = measure(index, sample=500, seed=77, threads=1)
    assert measured.recall.value == pytest.approx(found.recall.value, abs=0.04)


def test_rows_that_the_engine_has_itself_need_no_more_candidates():
    index = Partial(whole=True).build(space(600))
    found = tune(index, target_recall=0.9, threads=1)
    assert found.settings["rerank"] == 1


def test_a_target_out_of_reach_is_told_and_the_best_is_kept():
    index = Partial(noise=2.0, keep="none").build(space(600))
    found = tune(index, target_recall=0.99, vectors=space(600), threads=1)
    assert not found.reached
    assert any("no setting reaches 0.99" in note for note in found.notes)
    assert any("miss the target" in note for note in found.notes)
    assert found.recall.value == pytest.approx(index.measured["recall"])
    assert found.recall.value < 0.5


def test_tuning_is_the_same_every_time():
    first = tune(Partial(noise=0.1).build(space(900)), target_recall=0.6, threads=1, seed=3)
    again = tune(Partial(noise=0.1).build(space(900)), target_recall=0.6, threads=1, seed=3)
    assert [dict(one["settings"]) for one in first.tried] == [dict(one["settings"]) for one in again.tried]
    assert [one["recall"] for one in first.tried] == [one["recall"] for one in again.tried]


def test_tuning_wants_queries_for_two_halves():
    index = Exact().build(space(100))
    with pytest.raises(DataError, match=r"10 queries are too few.*at least 20"):
        tune(index, space(10, seed=3).matrix)
    with pytest.raises(OptionError, match=r"target_recall is a number above 0 up to 1, not 95"):
        tune(index, target_recall=95)
    with pytest.raises(OptionError, match=r"sample is a whole number from 20"):
        tune(index, sample=3)
