"""`HNSW`: a graph over the rows, which it holds once."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.index.hnsw import HNSW
from firth.run import Run

pytest.importorskip("faiss")
ONE = Run(threads=1)


def clustered(n: int = 1000, d: int = 12, *, metric: str = "cosine") -> Vectors:
    rng = np.random.default_rng(3)
    rows = 2 * rng.standard_normal((25, d))[rng.integers(0, 25, n)] + rng.standard_normal((n, d))
    return Vectors([f"w{i}" for i in range(n)], rows, metric=metric)  # type: ignore[arg-type]


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    return float(
        np.mean([len({*a} & {*b}) / len(b) for a, b in zip(found.tolist(), truth.tolist(), strict=True)])
    )


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("storage", ["float32", "int8"])
def test_it_finds_the_neighbours_with_their_true_scores(metric: str, storage: str):
    vectors = clustered(metric=metric)
    index = HNSW(storage=storage, ef_construction=60).build(vectors, run=ONE)
    queries = vectors.matrix[:40] + np.float32(0.1)
    truth = vectors.search(queries, topn=10)
    hits = index.search(queries, 10, ef_search=128, rerank=4)
    assert recall(hits.rows, truth.rows) >= 0.97
    found = hits.rows == truth.rows
    np.testing.assert_allclose(hits.scores[found], truth.scores[found], rtol=1e-5)


def test_the_dot_product_over_rows_of_very_different_lengths():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((1500, 16)) * np.exp(rng.standard_normal((1500, 1)))
    vectors = Vectors(range(1500), rows, metric="dot")
    queries = rng.standard_normal((50, 16)).astype(np.float32)
    index = HNSW(ef_construction=60).build(vectors, run=ONE)
    assert (
        recall(index.search(queries, 10, ef_search=128).rows, vectors.search(queries, topn=10).rows) >= 0.95
    )


def test_the_rows_are_held_once_and_stay_right_as_it_grows():
    vectors = clustered(400)
    index = HNSW(ef_construction=40).build(vectors.take([f"w{i}" for i in range(300)]), run=ONE)
    assert index.kept is None and index.memory()["rows"] == 300 * 12 * 4 and index.memory()["codes"] == 0
    for start in range(300, 400, 25):
        part = slice(start, start + 25)
        index.add(Vectors(vectors.ids[part], vectors.matrix[part], fingerprint=index.fingerprint))
        np.testing.assert_allclose(index.vectors().matrix, vectors.unit().matrix[: start + 25], rtol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        index.engine.originals()[0, 0] = 1  # type: ignore[index]


def test_none_and_one_row():
    index = HNSW().build(Vectors([], np.empty((0, 3), np.float32)), run=ONE)
    assert len(index.search(np.ones(3), 5)) == 0
    index.add(Vectors(["a"], np.ones((1, 3)), fingerprint=index.fingerprint))
    assert index.search(np.ones(3), 5).ids == ["a"]
    with pytest.raises(DataError, match=r"HNSW\(storage='int8'\) learns the range of each dim"):
        HNSW(storage="int8").build(Vectors([], np.empty((0, 3), np.float32)), run=ONE)


def test_filters():
    vectors = clustered()
    index = HNSW(ef_construction=40).build(vectors, run=ONE)
    mask = np.arange(1000) % 4 == 0
    rows, _ = index.engine.search(
        vectors.unit().matrix[:6], 20, allowed=mask, settings={"ef_search": 64}, threads=1
    )
    assert mask[rows[rows >= 0]].all() and (rows >= 0).mean() > 0.9


def test_one_thread_gives_the_same_graph_and_another_seed_another():
    blobs = [
        HNSW(ef_construction=40).build(clustered(300), run=Run(threads=1, seed=s)).engine.state()[0]["blob"]
        for s in (4, 4, 5)
    ]
    assert np.array_equal(blobs[0], blobs[1]) and not np.array_equal(blobs[0], blobs[2])


def test_settings_and_options():
    index = HNSW(ef_construction=40).build(clustered(300), run=ONE)
    steps = [step["ef_search"] for step in index.engine.ladder()]
    assert steps == sorted(set(steps)) and steps[0] == 8 and steps[-1] == 300
    with pytest.raises(OptionError, match="this index has no setting 'nprobe'; there are: ef_search, rerank"):
        index.search(np.ones(12), 3, nprobe=3)
    with pytest.raises(OptionError, match="links is a whole number from 2 to 512, not 1"):
        HNSW(links=1)


def test_a_crowd_of_equal_rows_is_answered_by_rising_row():
    rows = np.random.default_rng(2).standard_normal((600, 8))
    rows[100:400] = rows[100]
    vectors = Vectors(range(600), rows, metric="euclidean")
    index = HNSW().build(vectors, run=Run(threads=1))
    hits = index.search(vectors.matrix[100], 50, ef_search=600)
    assert np.array_equal(hits.scores, np.zeros(50)) and (np.diff(hits.rows) > 0).all()
