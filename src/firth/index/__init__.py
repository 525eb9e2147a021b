"""Indexes: near rows found fast, with ids, filters and removal, and recall that was measured."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firth.index.binary import Binary
    from firth.index.branchandbound import BranchAndBound
    from firth.index.exact import Exact
    from firth.index.foreign import Foreign
    from firth.index.index import Index, Selection
    from firth.index.lsh import LSH
    from firth.index.openfaiss import open_faiss
    from firth.index.planning import plan
    from firth.index.recipe import IndexRecipe
    from firth.index.tree import Tree
    from firth.index.tuning import measure, tune

_HOME = {  # public name -> the module that holds it
    "Binary": "binary",
    "BranchAndBound": "branchandbound",
    "Exact": "exact",
    "Foreign": "foreign",
    "HNSW": "hnsw",
    "IVF": "ivf",
    "IVFPQ": "ivfpq",
    "Index": "index",
    "IndexRecipe": "recipe",
    "LSH": "lsh",
    "Selection": "index",
    "Tree": "tree",
    "load": "files",
    "measure": "tuning",
    "open_faiss": "openfaiss",
    "plan": "planning",
    "recipe_of": "known",
    "tune": "tuning",
}

__all__ = [
    "HNSW",
    "IVF",
    "IVFPQ",
    "LSH",
    "Binary",
    "BranchAndBound",
    "Exact",
    "Foreign",
    "Index",
    "IndexRecipe",
    "Selection",
    "Tree",
    "load",
    "measure",
    "open_faiss",
    "plan",
    "recipe_of",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
