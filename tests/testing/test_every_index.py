"""Every kind of index keeps the contract."""

from __future__ import annotations

import pytest

from firth.index import Exact, IndexRecipe
from firth.index.known import KINDS
from firth.testing import check_index

RECIPES: dict[str, tuple[IndexRecipe, float]] = {
    "Exact": (Exact(), 1.0),
}


@pytest.mark.parametrize("name", RECIPES)
def test_every_kind_keeps_the_contract(name: str):
    recipe, recall = RECIPES[name]
    check_index(recipe, recall=recall)


def test_no_kind_is_missing():
    assert {type(recipe).__name__ for recipe, _ in RECIPES.values()} == set(KINDS)
