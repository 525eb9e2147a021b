"""Keeping a fitted transformer as a Firth file, without pickle."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from firth.errors import DataError, FormatError, OptionError
from firth.model import Model
from firth.model import load as load_model
from firth.options import check_whole
from firth.sklearn.transformer import Transformer
from firth.sklearn.wrapped import checked_learner, restored, written

__all__ = ["load", "save"]

_KEPT = "transformer"  # under this name a model's report says which transformer it came from


def save(transformer: Transformer, path: str | os.PathLike[str], *, force: bool) -> None:
    """Write a fitted transformer; see `Transformer.save`."""
    kept = {
        "learner": written(checked_learner(transformer.learner)),
        "dtype": transformer.dtype,
        "sparse": transformer.sparse,
        "columns": getattr(transformer, "n_features_in_", None),
        "column_names": getattr(transformer, "feature_names_in_", np.empty(0, object)).tolist(),
    }
    model = transformer.model_
    report = {**model.report, _KEPT: kept}
    Model(model.spaces, recipe=model.recipe, report=report, parts=model.parts).save(path, force=force)


def load(path: str | os.PathLike[str], *, verify: bool = False) -> Transformer:
    """Read a fitted transformer that `Transformer.save` wrote.

    Args:
        path: the file.
        verify: also check the checksum of every tensor.

    Raises:
        FormatError: the file is damaged, or holds no transformer.
    """
    model = load_model(path, verify=verify)
    kept = model.report.get(_KEPT)
    try:
        if not isinstance(kept, Mapping):
            raise DataError("this file holds a model and no transformer; read it with firth.load")
        transformer = Transformer(restored(kept["learner"]), dtype=kept["dtype"], sparse=kept["sparse"])
        if kept["columns"] is not None:
            transformer.n_features_in_ = check_whole("columns", kept["columns"], 1, 2**31 - 1)
        if kept["column_names"]:
            transformer.feature_names_in_ = np.array(_strings(kept["column_names"]), object)
    except (DataError, OptionError, KeyError, TypeError) as error:
        raise FormatError(f"no transformer can be made of it: {error}", path=path) from error
    report = {name: value for name, value in model.report.items() if name != _KEPT}
    transformer.model_ = Model(model.spaces, recipe=model.recipe, report=report, parts=model.parts)
    return transformer


def _strings(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise DataError(f"names are a list of strings, not {values!r}")
    return values
