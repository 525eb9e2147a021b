"""What the planner tries: codecs and indexes with the options that usually pay, the cheap ones first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firth.compress.codec import CodecRecipe
from firth.compress.known import recipe_of as codec_recipe_of
from firth.index.known import recipe_of as index_recipe_of
from firth.index.recipe import IndexRecipe

__all__ = ["Candidate", "candidates"]

Entry = tuple[dict[str, Any], float, int]
"""A recipe as `recipe_of` takes it, about how many bytes a row it holds in memory, and its effort."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something to try.

    Attributes:
        name: how it is called in tables: "IVFPQ(subspaces=50)".
        recipe: an index, or a codec whose codes are searched as they are.
        row_bytes: about how many bytes of a row are in memory; only the order of the trials rests on it.
        effort: how long it takes to make, 1 for a copy of the rows; only the order of the trials rests on it.
    """

    name: str
    recipe: IndexRecipe | CodecRecipe
    row_bytes: float
    effort: int

    @property
    def kind(self) -> str:
        """ "index" or "codec"."""
        return "index" if isinstance(self.recipe, IndexRecipe) else "codec"


def candidates(dim: int) -> list[Candidate]:
    """What is worth trying for rows of a dim.

    Returns:
        The cheapest to make first. Options that are not defaults are in the name.
    """
    made = []
    for entry, row_bytes, effort in [*_indexes(dim), *_codecs(dim)]:
        recipe = index_recipe_of(entry) if "index" in entry else codec_recipe_of(entry)
        made.append(Candidate(name=_name(entry), recipe=recipe, row_bytes=row_bytes, effort=effort))
    different = {one.name: one for one in made}  # in few dims, a half and a quarter of them are the same
    return sorted(different.values(), key=lambda one: one.effort)


def _indexes(dim: int) -> list[Entry]:
    """Indexes; rows that are kept to score candidates again stay in the file and are not counted."""
    few, many = max(1, dim // 4), dim
    return [
        ({"index": "Exact"}, 4 * dim, 1),
        ({"index": "Exact", "keep": "float16"}, 2 * dim, 1),
        ({"index": "Exact", "keep": "int8"}, dim, 1),
        ({"index": "Binary"}, dim / 8, 1),
        ({"index": "LSH"}, 4 * dim + 64, 2),
        ({"index": "IVF"}, dim + 8, 2),
        ({"index": "IVF", "storage": "float32", "keep": "none"}, 4 * dim + 8, 2),
        ({"index": "IVFPQ"}, dim / 4 + 8, 3),
        ({"index": "IVFPQ", "parts": few}, dim / 8 + 8, 3),
        ({"index": "IVFPQ", "parts": many}, dim / 2 + 8, 3),
        ({"index": "Tree"}, dim / 4 + 8, 4),
        ({"index": "HNSW"}, 4 * dim + 128, 5),
        ({"index": "HNSW", "links": 32}, 4 * dim + 256, 6),
    ]


def _codecs(dim: int) -> list[Entry]:
    """Codecs whose codes are searched as they are, every one of them."""
    half, quarter = max(1, dim // 2), max(1, dim // 4)
    reduced = {"codec": "Truncate", "dim": half, "how": "pca"}
    return [
        ({"codec": "Float16"}, 2 * dim, 1),
        ({"codec": "Scalar", "bits": 8}, dim, 1),
        ({"codec": "Scalar", "bits": 4}, half, 1),
        ({"codec": "Chain", "steps": [reduced, {"codec": "Scalar", "bits": 8}]}, half, 1),
        ({"codec": "Product", "parts": half}, half, 4),
        ({"codec": "Product", "parts": quarter}, quarter, 4),
        ({"codec": "Product", "parts": half, "rotate": True}, half, 6),
        ({"codec": "Residual", "stages": quarter}, quarter, 8),
    ]


def _name(entry: Mapping[str, Any]) -> str:
    """A recipe in a few words: "IVFPQ(parts=25)"."""
    if "steps" in entry:
        return " + ".join(_name(one) for one in entry["steps"])
    options = ", ".join(f"{key}={value}" for key, value in entry.items() if key not in ("index", "codec"))
    name = entry.get("index") or entry["codec"]
    return f"{name}({options})" if options else str(name)
