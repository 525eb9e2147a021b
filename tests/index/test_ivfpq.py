"""`IVFPQ`: product codes in lists, and the rows that score the candidates again."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.index.ivfpq import IVFPQ
from firth.run import Run

pytest.importorskip("faiss")
ONE = Run(threads=1)


def clustered(n: int = 1500, d: int = 12, *, metric: str = "cosine") -> Vectors:
    rng = np.random.default_rng(3)
    rows = 3 * rng.standard_normal((25, d))[rng.integers(0, 25, n)] + rng.standard_normal((n, d))
    return Vectors([f"w{i}" for i in range(n)], rows, metric=metric)  # type: ignore[arg-type]


def recall(found: np.ndarray, truth: np.ndarray) -> float:
    return float(
        np.mean([len({*a} & {*b}) / len(b) for a, b in zip(found.tolist(), truth.tolist(), strict=True)])
    )


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("options", [{}, {"bits": 8, "parts": 3}, {"rotate": True}, {"parts": 5}])
def test_codes_find_candidates_and_rows_score_them(metric: str, options: dict):
    vectors = clustered(metric=metric)
    index = IVFPQ(lists=16, **options).build(vectors, run=ONE)
    queries = vectors.matrix[:30] + np.float32(0.1)
    truth = vectors.search(queries, topn=10)
    again = index.search(queries, 10, nprobe=16, rerank=20)
    assert recall(again.rows, truth.rows) > 0.97
    assert recall(index.search(queries, 10, nprobe=16, rerank=1).rows, truth.rows) < 1
    found = again.rows == truth.rows
    np.testing.assert_allclose(again.scores[found], truth.scores[found], rtol=1e-5)


def test_parts_that_do_not_divide_the_dim_are_filled_with_zeros():
    vectors = clustered(d=7)
    index = IVFPQ(lists=4, parts=3).build(vectors, run=ONE)
    assert index.engine.width == 9 and index.dim == 7
    line = Vectors(range(60), np.arange(60.0)[:, None], metric="euclidean")
    assert list(IVFPQ(lists=4).build(line, run=ONE).search([17.2], 3, nprobe=4).ids) == [17, 18, 16]


def test_too_few_rows_are_refused_with_the_numbers():
    with pytest.raises(DataError, match="4 bits learns 16 centroids a part and there are only 15 rows"):
        IVFPQ().build(clustered(15), run=ONE)
    with pytest.raises(DataError, match=r"8 bits learns 256 .* only 100 rows; take bits=4 or Exact"):
        IVFPQ(bits=8).build(clustered(100), run=ONE)
    with pytest.raises(DataError, match="there are 0 of dim 12"):
        IVFPQ().build(clustered(0), run=ONE)
    with pytest.raises(DataError, match="rows of dim 12 cannot be cut into 13 parts; take at most 12"):
        IVFPQ(parts=13).build(clustered(), run=ONE)


def test_an_eighth_of_the_memory_with_the_rows_in_the_file(tmp_path):
    from firth.index.files import load

    vectors = clustered(6000, 64)
    IVFPQ(lists=60).build(vectors, run=ONE).save(tmp_path / "small.index")
    index = load(tmp_path / "small.index", trusted=True)
    memory = index.memory()
    assert memory["mapped"] == 6000 * 64 * 4
    assert (
        memory["total"] <= memory["mapped"] / 4
    )  # centroids of a small world weigh much; codes alone an eighth
    assert memory["codes"] <= memory["mapped"] / 7
    queries = vectors.matrix[:50]
    truth = vectors.search(queries, topn=10).rows
    assert recall(index.search(queries, 10, nprobe=30).rows, truth) >= 0.95


def test_filters_reach_fast_scan():
    vectors = clustered()
    index = IVFPQ(lists=8).build(vectors, run=ONE)
    mask = np.arange(1500) % 5 == 0
    rows, _ = index.engine.search(
        vectors.unit().matrix[:6], 40, allowed=mask, settings={"nprobe": 8}, threads=1
    )
    assert (rows >= 0).all() and mask[rows].all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bits": 6}, "bits is 4 or 8, not 6"),
        ({"parts": 0}, "parts"),
        ({"rotate": 1}, "rotate is True or False"),
    ],
)
def test_options_are_checked(options: dict, message: str):
    with pytest.raises(OptionError, match=message):
        IVFPQ(**options)


def test_candidates_of_cosines_are_near_where_all_rows_lie_to_one_side():
    plain = clustered(3000, 32)
    vectors = Vectors(range(3000), plain.matrix + np.float32(15), metric="cosine")
    queries = vectors.matrix[:60] + np.float32(0.1)
    truth = vectors.search(queries, topn=10).rows
    index = IVFPQ(lists=20, rerank=4).build(vectors, run=ONE)
    assert recall(index.search(queries, 10, nprobe=20).rows, truth) > 0.8  # by products 0.46


def test_scores_of_codes_alone_are_nearly_cosines():
    vectors = clustered()
    index = IVFPQ(lists=8, keep="none").build(vectors, run=ONE)
    hits = index.search(vectors.matrix[:20], 5, nprobe=8)
    unit = vectors.unit().matrix
    cosines = np.einsum("id,ikd->ik", unit[:20], unit[hits.rows])
    np.testing.assert_allclose(hits.scores, cosines, atol=0.1)
    np.testing.assert_allclose(index.search(np.zeros(12), 5).scores, 0, atol=0.3)
