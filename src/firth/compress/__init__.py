"""Codecs: vectors in a half to a sixty-fourth of their bytes, with the loss measured."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firth.compress.codec import Codec, CodecRecipe
    from firth.compress.codes import Codes

_HOME = {  # public name -> the module that holds it
    "Binary": "binary",
    "Chain": "chain",
    "Codec": "codec",
    "CodecRecipe": "codec",
    "Codes": "codes",
    "Compressed": "compressed",
    "Float16": "float16",
    "Product": "product",
    "RandomProjection": "projection",
    "Residual": "residual",
    "Scalar": "scalar",
    "SimHash": "simhash",
    "Truncate": "truncate",
    "codec_of": "known",
    "compress": "compressed",
    "load": "compressed",
    "loss": "loss",
    "recipe_of": "known",
}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
