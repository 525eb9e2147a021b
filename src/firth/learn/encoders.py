"""Which learners can embed objects that they have not seen or go back from them, and what does it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from firth.errors import DataError

if TYPE_CHECKING:
    from firth.model import Model

__all__ = ["decode", "encode"]

# The learner's name in the recipe -> the module with its encode(model, objects, **options) and, where there
# is a way back, its decode(model, encoded, **options).
_HOME: dict[str, str] = {
    "Codebook": "firth.learn.codebook",
    "DocumentVectors": "firth.learn.newdocuments",
    "LSA": "firth.learn.lsa",
    "SharedTable": "firth.learn.sharedencode",
    "SubwordCBOW": "firth.learn.subword",
    "SubwordSkipGram": "firth.learn.subword",
    "Table": "firth.learn.tablerows",
    "TfIdf": "firth.learn.tfidf",
    "WeightedMean": "firth.learn.weightedmean",
}


def encode(model: Model, objects: Any, **options: Any) -> Any:
    """Embed objects with the function that belongs to the learner of the model; see `Model.encode`.

    Raises:
        DataError: the learner knows only what it was trained on.
    """
    return _module(model).encode(model, objects, **options)


def decode(model: Model, encoded: Any, **options: Any) -> Any:
    """Go back from what `encode` made, with the function that belongs to the learner; see `Model.decode`.

    Raises:
        DataError: the learner knows no way back.
    """
    module = _module(model)
    if not hasattr(module, "decode"):
        raise DataError(
            f"a model of {model.recipe['learner']} encodes, but there is no way back from its numbers"
        )
    return module.decode(model, encoded, **options)


def _module(model: Model) -> Any:
    learner = str(model.recipe.get("learner", "a foreign file"))
    if learner not in _HOME:
        raise DataError(
            f"a model of {learner} holds vectors only for what it was trained on; look them up with "
            f"model.vectors.rows(ids). Models that can encode are those of {', '.join(sorted(_HOME))}"
        )
    return importlib.import_module(_HOME[learner])
