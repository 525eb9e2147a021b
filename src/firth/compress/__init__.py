"""Codecs: vectors in a half to a sixty-fourth of their bytes, with the loss measured."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firth.compress.binary import Binary
    from firth.compress.chain import Chain
    from firth.compress.codec import Codec, CodecRecipe
    from firth.compress.codes import Codes
    from firth.compress.product import Product
    from firth.compress.projection import RandomProjection
    from firth.compress.residual import Residual
    from firth.compress.simhash import SimHash
    from firth.compress.truncate import Truncate

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
    "loss": "losses",
    "recipe_of": "known",
}

__all__ = [
    "Binary",
    "Chain",
    "Codec",
    "CodecRecipe",
    "Codes",
    "Compressed",
    "Float16",
    "Product",
    "RandomProjection",
    "Residual",
    "Scalar",
    "SimHash",
    "Truncate",
    "codec_of",
    "compress",
    "load",
    "loss",
    "recipe_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
