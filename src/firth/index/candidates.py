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
"""A recipe as `recipe_of` takes it, about how many bytes it holds in memory, and its effort."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Something to try.

    Attributes:
        name: how it is called in tables: "IVFPQ(subspaces=50)".
        recipe: an index, or a codec whose codes are searched as they are.
        memory: about how many bytes all rows take in memory; only the order of the trials rests on it.
        effort: how long it takes to make, 1 for a copy of the rows; only the order of the trials rests on it.
    """

    name: str
    recipe: IndexRecipe | CodecRecipe
    memory: int
    effort: int

    @property
    def kind(self) -> str:
        """ "index" or "codec"."""
        return "index" if isinstance(self.recipe, IndexRecipe) else "codec"


def candidates(dim: int, rows: int) -> list[Candidate]:
    """What is worth trying for so many rows of a dim.

    Returns:
        The cheapest to make first. Options that are not defaults are in the name.
    """
    made = []
    for entry, memory, effort in [*_indexes(dim, rows), *_codecs(dim, rows)]:
        recipe = index_recipe_of(entry) if "index" in entry else codec_recipe_of(entry)
        made.append(Candidate(name=_name(entry), recipe=recipe, memory=int(memory), effort=effort))
    different = {one.name: one for one in made}  # in few dims, a half and a quarter of them are the same
    return sorted(different.values(), key=lambda one: one.effort)


def _indexes(dim: int, n: int) -> list[Entry]:
    """Indexes; rows that are kept to score candidates again stay in the file and are not counted."""
    few, many = max(1, dim // 4), dim
    lists, leaves = 4 * n**0.5, n**0.5
    centres = 8 * n + lists * (4 * dim + 16)  # row numbers, centroids, and what a list costs
    beside = centres + 64 * dim  # the same with a table of 16 numbers for each dim
    padded = n + 18 * lists  # codes are laid out by 32 rows
    return [
        ({"index": "Exact"}, 4 * dim * n, 1),
        ({"index": "Exact", "keep": "float16"}, 2 * dim * n, 1),
        ({"index": "Exact", "keep": "int8"}, (1.5 * dim + 8) * n, 1),
        ({"index": "Binary"}, dim / 8 * n + 4 * dim * dim, 1),
        ({"index": "LSH"}, 70 * n + 1000 * dim, 2),
        ({"index": "IVF"}, dim * n + centres, 2),
        ({"index": "IVF", "storage": "float32", "keep": "none"}, 4 * dim * n + centres, 2),
        ({"index": "IVFPQ"}, dim / 4 * padded + beside, 3),
        ({"index": "IVFPQ", "parts": few}, dim / 8 * padded + beside, 3),
        ({"index": "IVFPQ", "parts": many}, dim / 2 * padded + beside, 3),
        ({"index": "Tree"}, dim / 4 * (n + 32 * leaves) + 6 * n + (4 * leaves + 64) * dim, 4),
        ({"index": "HNSW"}, (4 * dim + 144) * n, 5),
        ({"index": "HNSW", "links": 32}, (4 * dim + 272) * n, 6),
    ]


def _codecs(dim: int, n: int) -> list[Entry]:
    """Codecs whose codes are searched as they are, every one of them."""
    half, quarter = max(1, dim // 2), max(1, dim // 4)
    reduced = {"codec": "Truncate", "dim": half, "how": "pca"}
    book, turn = 256 * 4 * dim, 4 * dim * dim  # the centroids of a codebook, and a rotation
    return [
        ({"codec": "Float16"}, 2 * dim * n, 1),
        ({"codec": "Scalar", "bits": 8}, dim * n, 1),
        ({"codec": "Scalar", "bits": 4}, half * n, 1),
        ({"codec": "Chain", "steps": [reduced, {"codec": "Scalar", "bits": 8}]}, half * n + turn, 1),
        ({"codec": "Product", "parts": half}, half * n + book, 4),
        ({"codec": "Product", "parts": quarter}, quarter * n + book, 4),
        ({"codec": "Product", "parts": half, "rotate": True}, half * n + book + turn, 6),
        ({"codec": "Residual", "stages": quarter}, quarter * (n + book), 8),
    ]


def _name(entry: Mapping[str, Any]) -> str:
    """A recipe in a few words: "IVFPQ(parts=25)"."""
    if "steps" in entry:
        return " + ".join(_name(one) for one in entry["steps"])
    options = ", ".join(f"{key}={value}" for key, value in entry.items() if key not in ("index", "codec"))
    name = entry.get("index") or entry["codec"]
    return f"{name}({options})" if options else str(name)
