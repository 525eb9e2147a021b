"""The learner inside a transformer: what it is, what it needs, and the model that it makes."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from firth.errors import DataError, OptionError
from firth.learn.onehot import OneHot
from firth.learn.table import Table
from firth.learn.tablemodel import names_of, open_model
from firth.learn.tablerecipe import LEARNERS, learner_named
from firth.learn.weightedmean import WeightedMean
from firth.model import Model
from firth.run import Run

__all__ = [
    "as_table",
    "checked_learner",
    "fit_documents",
    "is_columnwise",
    "is_numeric",
    "names_of_documents",
    "names_of_table",
    "needs_target",
    "options_of",
    "restored",
    "written",
]

_OF_TEXT = {  # the learners over text -> where they live
    "CBOW": "firth.learn.cbow",
    "DocumentVectors": "firth.learn.docvec",
    "GloVe": "firth.learn.glove",
    "LSA": "firth.learn.lsa",
    "PPMI": "firth.learn.ppmi",
    "SkipGram": "firth.learn.skipgram",
    "SubwordCBOW": "firth.learn.subword",
    "SubwordSkipGram": "firth.learn.subword",
    "TfIdf": "firth.learn.tfidf",
}
_OF_DOCUMENTS = ("DocumentVectors", "LSA", "TfIdf")  # those whose models encode documents


def checked_learner(learner: Any) -> Any:
    """The learner; of None, the table that chooses one for each column.

    Raises:
        OptionError: it is none.
    """
    if learner is None:
        return Table()
    if isinstance(learner, type) or not dataclasses.is_dataclass(learner) or not hasattr(learner, "fit"):
        raise OptionError(f"learner is a learner such as firth.OneHot() or firth.TfIdf(), not {learner!r}")
    return learner


def written(learner: Any) -> dict[str, Any]:
    """A learner as values that JSON can hold; `restored` makes it again.

    Raises:
        DataError: it is none of Firth's.
    """
    if isinstance(learner, Table):
        return {"learner": "Table", "toml": learner.to_toml()}
    kind = type(learner)
    if {**LEARNERS, **_OF_TEXT}.get(kind.__name__) != kind.__module__:
        raise DataError(f"{kind.__name__} is no learner of Firth, so that no file can bring it back")
    return {"learner": kind.__name__, **dataclasses.asdict(learner)}


def restored(written: Mapping[str, Any]) -> Any:
    """The learner that was written.

    Raises:
        DataError: there is no such learner.
        OptionError: it has no such option, or a value is outside its range.
    """
    options = dict(written)
    name = options.pop("learner", None)
    if name == "Table":
        return Table.from_toml(str(options.get("toml")))
    if name in LEARNERS:
        return learner_named(name, options)
    if name not in _OF_TEXT:
        raise DataError(f"{name!r} is no learner of this version")
    return getattr(importlib.import_module(_OF_TEXT[name]), name)(**options)


def options_of(learner: Any) -> dict[str, Any]:
    """The options of a learner by name; none of what is no learner."""
    learner = Table() if learner is None else learner
    if isinstance(learner, type) or not dataclasses.is_dataclass(learner):
        return {}
    return {field.name: getattr(learner, field.name) for field in dataclasses.fields(learner)}


def is_columnwise(learner: Any) -> bool:
    """Whether it takes tables; else it takes documents."""
    return isinstance(learner, Table) or hasattr(learner, "learn")


def is_numeric(learner: Any) -> bool:
    """Whether it takes columns of numbers alone."""
    return getattr(learner, "numeric", False) is True


def needs_target(learner: Any) -> bool:
    """Whether it cannot learn without a target."""
    learners = [one for _, one in learner.entries] if isinstance(learner, Table) else [learner]
    return any(hasattr(one, "cross_fit") for one in learners)


def as_table(learner: Any, names: Sequence[str], *, dtype: Any, sparse: bool | None) -> Table:
    """The learner as a choice for each column of a table with these names.

    Raises:
        DataError: it takes several columns together, and there are others.
    """
    if isinstance(learner, Table):
        return dataclasses.replace(learner, dtype=dtype, sparse=learner.sparse if sparse is None else sparse)
    if sparse is None and isinstance(learner, OneHot):
        sparse = True  # as its own model does, however few the categories are
    if learner.width == 1:
        return Table(columns=dict.fromkeys(names, learner), dtype=dtype, sparse=sparse)
    if learner.width and len(names) != learner.width:
        raise DataError(
            f"{type(learner).__name__} takes {learner.width} columns together, and X has {len(names)} "
            f"feature(s); choose them with a ColumnTransformer"
        )
    return Table(columns={tuple(names): learner}, dtype=dtype, sparse=sparse)


def fit_documents(learner: Any, documents: list[Any], run: Run | None) -> Model:
    """A model that encodes documents."""
    if isinstance(learner, WeightedMean):
        raise DataError(
            "WeightedMean needs vectors of words; wrap the learner that makes them, such as firth.SkipGram()"
        )
    model: Model = learner.fit(documents, run=run)
    if model.recipe.get("learner") in _OF_DOCUMENTS:
        return model
    return WeightedMean().fit(documents, words=model, run=run)


def names_of_documents(model: Model) -> list[str]:
    """What the numbers of a document are called: its words, or else "lsa0", "lsa1", …"""
    nothing = model.encode([[]])
    if hasattr(nothing, "tocsr"):
        return [str(word) for word in model.vectors.ids]
    return [f"{str(model.recipe['learner']).lower()}{j}" for j in range(nothing.shape[1])]


def names_of_table(model: Model, called: Mapping[str, str]) -> list[str]:
    """What the encoded columns are called, where columns of the table are called otherwise than in training:
    name in training -> name."""
    return names_of(
        [
            dataclasses.replace(entry, names=tuple(called.get(name, name) for name in entry.names))
            for entry in open_model(model).entries
        ]
    )
