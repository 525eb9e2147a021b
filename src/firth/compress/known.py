"""The codecs by name, for files and recipes written as text."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from firth.compress.codec import Codec, CodecRecipe
from firth.errors import DataError, OptionError

__all__ = ["CODECS", "codec_of", "recipe_of"]

CODECS = {
    "Binary": "binary",
    "Chain": "chain",
    "Float16": "float16",
    "Product": "product",
    "RandomProjection": "projection",
    "Residual": "residual",
    "Scalar": "scalar",
    "SimHash": "simhash",
    "Truncate": "truncate",
}
"""The name of a recipe -> its module, which also holds the codec, named `<recipe>Codec`."""


def recipe_of(entry: Mapping[str, Any]) -> CodecRecipe:
    """The recipe that `to_dict` wrote: {"codec": "Scalar", "bits": 8, …}.

    Raises:
        OptionError: there is no such codec or option, or a value is outside its range.
    """
    name = entry.get("codec")
    if not isinstance(name, str) or name not in CODECS:
        raise OptionError(f"codec is one of {', '.join(CODECS)}, not {name!r:.80}")
    kind = getattr(_module(name), name)
    options = {key: value for key, value in entry.items() if key != "codec"}
    fields = [field.name for field in dataclasses.fields(kind)]
    for key in options:
        if key not in fields:
            others = f"there are: {', '.join(fields)}" if fields else "it has none at all"
            raise OptionError(f"{name} has no option {key!r:.80}; {others}")
    missing = [field.name for field in dataclasses.fields(kind) if _is_required(field, options)]
    if missing:
        raise OptionError(f"{name} needs the option {missing[0]!r}")
    recipe: CodecRecipe = kind(**options)
    return recipe


def _is_required(field: dataclasses.Field[Any], given: Mapping[str, Any]) -> bool:
    """Whether an option has no default and was not given."""
    plain = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return plain and field.name not in given


def codec_of(
    entry: Mapping[str, Any], dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
) -> Codec:
    """The codec of a file; everything comes from outside and is checked.

    Args:
        entry: the recipe as `recipe_of` takes it.
        dim: how many numbers a row has.
        parts: the arrays of the codec. report: what was seen in fitting.

    Raises:
        OptionError: the recipe is none.
        DataError: the parts do not fit it.
    """
    recipe = recipe_of(entry)
    if isinstance(dim, bool) or not isinstance(dim, int) or not 1 <= dim < 2**31:
        raise DataError(f"the dim of a codec is a whole number from 1 on, not {dim!r:.80}")
    kind = getattr(_module(type(recipe).__name__), f"{type(recipe).__name__}Codec")
    codec: Codec = kind.from_parts(recipe, dim, parts, report)
    return codec


def _module(name: str) -> Any:
    return importlib.import_module(f"firth.compress.{CODECS[name]}")
