"""The kinds of index by name, for files and recipes written as text."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

from firth.errors import OptionError
from firth.index.recipe import IndexRecipe

__all__ = ["KINDS", "recipe_of"]

KINDS = {
    "Binary": "binary",
    "BranchAndBound": "branchandbound",
    "Exact": "exact",
    "HNSW": "hnsw",
    "IVF": "ivf",
    "IVFPQ": "ivfpq",
    "LSH": "lsh",
    "Tree": "tree",
}
"""The name of a recipe -> its module."""

_OPENED = {"Foreign": "foreign"}
"""Those that a file may hold but nobody builds."""


def recipe_of(entry: Mapping[str, Any]) -> IndexRecipe:
    """The recipe that `to_dict` wrote: {"index": "HNSW", "links": 32, …}.

    Raises:
        OptionError: there is no such kind or option, or a value is outside its range.
    """
    name = entry.get("index")
    modules = {**KINDS, **_OPENED}
    if not isinstance(name, str) or name not in modules:
        raise OptionError(f"index is one of {', '.join(KINDS)}, not {name!r:.80}")
    kind = getattr(importlib.import_module(f"firth.index.{modules[name]}"), name)
    fields = [field.name for field in dataclasses.fields(kind)]
    options = {key: value for key, value in entry.items() if key != "index"}
    for key in options:
        if key not in fields:
            raise OptionError(f"{name} has no option {key!r:.80}; there are: {', '.join(fields)}")
    recipe: IndexRecipe = kind(**options)
    return recipe
