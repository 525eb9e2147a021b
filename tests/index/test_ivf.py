"""`IVF`: lists, what they cost, and what a search finds in them."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.index.ivf import IVF
from firth.run import Run

pytest.importorskip("faiss")
ONE = Run(threads=1)


def clustered(n: int = 1500, d: int = 12, *, metric: str = "cosine", seed: int = 0) -> Vectors:
    rng = np.random.default_rng(seed)
    middles = 3 * rng.standard_normal((25, d))
    rows = middles[rng.integers(0, 25, n)] + rng.standard_normal((n, d))
    return Vectors([f"w{i}" for i in range(n)], rows, metric=metric)  # type: ignore[arg-type]


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    return float(
        np.mean([len({*a} & {*b}) / len(b) for a, b in zip(found.tolist(), truth.tolist(), strict=True)])
    )


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("storage", ["float32", "float16", "int8"])
def test_every_list_looked_into_is_exact(metric: str, storage: str):
    vectors = clustered(metric=metric)
    index = IVF(storage=storage).build(vectors, run=ONE)
    queries = clustered(20, metric=metric, seed=0).matrix + 0.1
    truth = vectors.search(queries, topn=10)
    hits = index.search(queries, 10, nprobe=index.report["lists"])
    assert np.array_equal(hits.rows, truth.rows)
    np.testing.assert_allclose(hits.scores, truth.scores, rtol=1e-5)
    assert recall(index.search(queries, 10).rows, truth.rows) > 0.8
    low, high = (recall(index.search(queries, 10, nprobe=p, rerank=1).rows, truth.rows) for p in (1, 16))
    assert low < high


def test_settings_go_from_one_list_to_all():
    index = IVF(lists=40).build(clustered(), run=ONE)
    tried = [step["nprobe"] for step in index.engine.ladder()]
    assert tried[0] == 1 and tried[-1] == 40 and tried == sorted(set(tried))
    assert 1 <= index.settings["nprobe"] <= 40


def test_lists_are_never_more_than_rows_and_the_report_says_how_many():
    index = IVF(lists=100).build(clustered(7), run=ONE)
    assert index.report["lists"] == 7
    assert list(index.search(clustered(7).matrix[3], 1).ids) == ["w3"]
    assert IVF().build(clustered(1), run=ONE).search(np.ones(12), 5).ids == ["w0"]


def test_no_rows_and_a_single_dim():
    with pytest.raises(DataError, match="IVF learns its lists from rows and there are 0 of dim 3"):
        IVF().build(Vectors([], np.empty((0, 3), np.float32)), run=ONE)
    line = Vectors(range(50), np.arange(50.0)[:, None], metric="euclidean")
    assert list(IVF().build(line, run=ONE).search([17.2], 3, nprobe=28).ids) == [17, 18, 16]


def test_equal_rows_are_all_found():
    rows = np.repeat(np.eye(3, dtype=np.float32), 40, axis=0)
    index = IVF(lists=8).build(Vectors(range(120), rows), run=ONE)
    hits = index.search(np.array([0, 1, 0]), 40)
    assert list(hits.ids) == list(range(40, 80))


def test_memory_counts_codes_lists_and_centroids():
    index = IVF(lists=30, keep="none").build(clustered(), run=ONE)
    parts = index.memory()
    assert parts["codes"] == 1500 * 12 and parts["centroids"] == 30 * 12 * 4 and not parts.get("rows")
    assert parts["total"] == sum(parts[name] for name in ("codes", "lists", "centroids"))
    assert IVF(lists=30, storage="float16").build(clustered(), run=ONE).memory()["codes"] == 1500 * 24


def test_filters_added_and_removed_rows():
    vectors = clustered()
    index = IVF(lists=10).build(vectors.take([f"w{i}" for i in range(1400)]), run=ONE)
    index.add(Vectors(vectors.ids[1400:], vectors.matrix[1400:], fingerprint=index.fingerprint))
    assert list(index.search(vectors["w1450"], 1).ids) == ["w1450"]
    index.remove(["w1450"])
    assert "w1450" not in list(index.search(vectors["w1450"], 50, nprobe=10).ids)
    mask = np.zeros(1500, bool)
    mask[::3] = True
    rows, scores = index.engine.search(
        vectors.unit().matrix[:4], 30, allowed=mask, settings={"nprobe": 10}, threads=1
    )
    assert mask[rows].all() and np.isfinite(scores).all()


def test_one_thread_gives_the_same_index_again():
    first, second = (IVF().build(clustered(), run=Run(threads=1, seed=5)) for _ in range(2))
    assert np.array_equal(first.engine.state()[0]["blob"], second.engine.state()[0]["blob"])


def test_float16_refuses_what_it_cannot_hold():
    rows = np.full((20, 2), 1e5, np.float32)
    with pytest.raises(
        DataError, match=r"float16 holds numbers up to 65,504 and the rows have one of size 100000"
    ):
        IVF(storage="float16").build(Vectors(range(20), rows, metric="euclidean"), run=ONE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lists": 0}, "lists is a whole number"),
        ({"storage": "int4"}, "storage is one of float32, float16, int8"),
    ],
)
def test_options_are_checked(options: dict, message: str):
    with pytest.raises(OptionError, match=message):
        IVF(**options)
