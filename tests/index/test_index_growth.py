"""Additions that fail change nothing, and what is replaced or left out is counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, FirthError
from firth.index.exact import Exact
from firth.index.files import load
from firth.index.hnsw import HNSW
from firth.index.index import Index
from firth.index.ivf import IVF
from firth.run import Run

pytest.importorskip("faiss")
ONE = Run(threads=1)


def made(recipe: object, metric: str = "dot") -> Index:
    rows = np.random.default_rng(1).standard_normal((150, 6))
    vectors = Vectors([f"w{i}" for i in range(150)], rows, metric=metric)  # type: ignore[arg-type]
    return recipe.build(vectors, run=ONE)  # type: ignore[attr-defined, no-any-return]


def more(index: Index, ids: list[object], rows: object) -> Vectors:
    return Vectors(ids, np.asarray(rows, float), metric=index.metric, fingerprint=index.fingerprint)


@pytest.mark.parametrize(
    "recipe",
    [
        IVF(lists=4, keep="float16"),
        IVF(lists=4, storage="float16"),
        HNSW(links=4, storage="float16"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("replace", [False, True])
def test_a_row_that_does_not_fit_changes_nothing(recipe: object, replace: bool, tmp_path: Path):
    index = made(recipe)
    before = index.search(np.ones(6), 200)
    with pytest.raises(DataError, match=r"65,?504"):
        index.add(more(index, ["w3" if replace else "new"], [[1e30] * 6]), replace=replace)
    assert len(index) == 150 and "w3" in index and "new" not in index
    assert index.search(np.ones(6), 200) == before
    index.save(tmp_path / "an.index")
    assert load(tmp_path / "an.index", trusted=True).search(np.ones(6), 200) == before


@pytest.mark.parametrize("replace", [False, True])
def test_an_id_that_occurs_twice_changes_nothing(replace: bool):
    index = made(IVF(lists=4), "cosine")
    with pytest.raises(FirthError, match="'w3'"):
        index.add(more(index, ["w3", "w3", "z"], [[1] * 6, [2] * 6, [0] * 6]), replace=replace)
    assert len(index) == 150 and "w3" in index


def test_a_row_that_is_left_out_takes_the_old_one_with_it():
    index = made(IVF(lists=4), "cosine")
    index.add(more(index, ["w3", "w4"], [[0] * 6, [1] * 6]), replace=True)
    assert "w3" not in index and "w4" in index and len(index) == 149
    assert index.report["left_out"] == 1 and index.report["left_out_ids"] == ["w3"]
    with pytest.raises(DataError, match="1 ids are in the index already, such as 'w4'"):
        index.add(more(index, ["w3", "w4"], [[2] * 6, [1] * 6]))
    assert "w3" not in index


def test_an_index_out_of_step_with_its_ids_is_not_written(tmp_path: Path):
    index = made(Exact())
    index.engine.add(np.ones((1, 6), np.float32))
    with pytest.raises(DataError, match="150 ids and 151 rows, since an addition failed midway"):
        index.save(tmp_path / "an.index")


def test_queries_that_are_none_are_refused_without_a_warning():
    index = made(IVF(lists=4), "euclidean")
    with pytest.raises(DataError, match="queries are rows of equal length"):
        index.search([[1.0] * 6, [1.0] * 5])
    with pytest.raises(DataError, match="query 1 has a value that is not a finite number"):
        index.search([[1.0] * 6, [1e300] * 6])
    for metric in ("dot", "cosine"):
        with pytest.raises(DataError, match="query 0 has a value that is not a finite number"):
            made(IVF(lists=4), metric).search(np.full(6, np.nan, np.float32))


def test_more_candidates_in_hand_than_rows_cost_nothing():
    index = made(HNSW(links=4))
    assert len(index.search(np.ones(6), 5, ef_search=2**31 - 1)) == 5


def test_removed_rows_stay_away_from_search_to_search():
    index = made(IVF(lists=4, storage="float32"))
    nearest = index.search(np.ones(6), 3, nprobe=4).ids
    index.remove(nearest[:1])
    assert index.search(np.ones(6), 2, nprobe=4).ids == nearest[1:]
    index.remove(nearest[1:2])
    assert index.search(np.ones(6), 1, nprobe=4).ids == nearest[2:]
