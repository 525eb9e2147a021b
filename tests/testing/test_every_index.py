"""Every kind of index keeps the contract."""

from __future__ import annotations

import pytest

from firth.index import HNSW, IVF, IVFPQ, LSH, Binary, BranchAndBound, Exact, IndexRecipe, Tree
from firth.index.known import KINDS
from firth.testing import check_index

RECIPES: dict[str, tuple[IndexRecipe, float]] = {
    "Binary": (Binary(), 0.8),
    "BranchAndBound": (BranchAndBound(leaf=16), 1.0),
    "Exact": (Exact(), 1.0),
    "Exact, float16": (Exact(keep="float16"), 0.95),
    "Exact, int8": (Exact(keep="int8"), 0.95),
    "HNSW": (HNSW(links=8, ef_construction=60), 0.9),
    "IVF": (IVF(lists=12), 0.8),
    "IVFPQ": (IVFPQ(lists=12, parts=8), 0.8),
    "IVFPQ, rows as int8": (IVFPQ(lists=12, parts=8, keep="int8"), 0.8),
    "LSH": (LSH(tables=8), 0.7),
    "Tree": (Tree(leaves=12), 0.8),
}


@pytest.mark.parametrize("name", RECIPES)
def test_every_kind_keeps_the_contract(name: str):
    recipe, recall = RECIPES[name]
    check_index(recipe, recall=recall)


def test_no_kind_is_missing():
    assert {type(recipe).__name__ for recipe, _ in RECIPES.values()} == set(KINDS)
