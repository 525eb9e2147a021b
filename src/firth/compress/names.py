"""Short words for recipes, as the command line takes them: each fits rows of any dim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firth.compress.codec import CodecRecipe
from firth.compress.known import recipe_of
from firth.errors import OptionError

__all__ = ["NAMES", "named_recipe"]

NAMES: dict[str, dict[str, Any]] = {
    "float16": {"codec": "Float16"},
    "int8": {"codec": "Scalar", "bits": 8, "per": "row"},
    "int4": {"codec": "Scalar", "bits": 4, "per": "row"},
    "int8-dimension": {"codec": "Scalar", "bits": 8, "per": "dimension"},
    "int4-dimension": {"codec": "Scalar", "bits": 4, "per": "dimension"},
    "pq": {"codec": "Product", "parts": "half"},
    "opq": {"codec": "Product", "parts": "half", "rotate": True},
    "residual": {"codec": "Residual", "stages": "eighth"},
    "binary": {"codec": "Binary"},
    "itq": {"codec": "Binary", "how": "itq"},
    "simhash": {"codec": "SimHash"},
    "leading": {"codec": "Truncate", "dim": "half"},
    "pca": {"codec": "Truncate", "dim": "half", "how": "pca"},
    "projection": {"codec": "RandomProjection", "dim": "half"},
    "pca-int8": {
        "codec": "Chain",
        "steps": [
            {"codec": "Truncate", "dim": "half", "how": "pca"},
            {"codec": "Scalar", "bits": 8, "per": "row"},
        ],
    },
}
"""The word -> the recipe as `recipe_of` takes it, "half" and "eighth" standing for so much of the dim."""

_SHARES = {"half": 2, "eighth": 8}


def named_recipe(name: str, dim: int, options: Mapping[str, Any] | None = None) -> CodecRecipe:
    """The recipe of a word for rows of a dim, with other options where some are given.

    >>> named_recipe("pq", 100, {"iterations": 10})
    Product(parts=50, bits=8, rotate=False, iterations=10)

    Raises:
        OptionError: there is no such word or option, or a value is outside its range.
    """
    if name not in NAMES:
        raise OptionError(f"the codec is one of {', '.join(NAMES)}, not {name!r:.80}")
    return recipe_of({**_for_dim(NAMES[name], dim), **(options or {})})


def _for_dim(value: Any, dim: int) -> Any:
    """The same with numbers in the place of shares of the dim."""
    if isinstance(value, dict):
        return {key: _for_dim(item, dim) for key, item in value.items()}
    if isinstance(value, list):
        return [_for_dim(item, dim) for item in value]
    return max(1, dim // _SHARES[value]) if isinstance(value, str) and value in _SHARES else value
