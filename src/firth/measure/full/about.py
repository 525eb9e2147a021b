"""`About`: what a space is, before anything is measured on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firth.data.ids import Integers
from firth.measure.full.plain import plain
from firth.measure.points import usable_rows
from firth.measure.spaces import Space
from firth.model import Model
from firth.vectors import Vectors

__all__ = ["About", "about", "main_vectors"]


@dataclass(frozen=True, kw_only=True)
class About:
    """Facts about a space.

    Attributes:
        name: what the reader calls it.
        kind: "vectors", "model" or the class of an encoder.
        rows, dim: of the main vectors; 0 where there are none.
        metric: "cosine", "dot" or "euclidean"; "" where there are no vectors.
        ids: "strings" or "integers"; "" where there are no vectors.
        megabytes: of the matrix in memory.
        not_finite, zeros: how many rows hold a number that is not finite, and how many are all zeros,
            or so short that no float32 says where they point.
        counted: how often all ids together were seen; None where that is not known.
        learner: the name of the learner; "" where it is not known.
        recipe: its hyper-parameters.
        data: what it was trained on, as far as the model says.
        fingerprint: of the space; "" where there are no vectors.
    """

    name: str
    kind: str
    rows: int = 0
    dim: int = 0
    metric: str = ""
    ids: str = ""
    megabytes: float = 0.0
    not_finite: int = 0
    zeros: int = 0
    counted: int | None = None
    learner: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The facts as values that JSON can hold."""
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


def main_vectors(space: Space | None) -> Vectors | None:
    """The vectors of a space; None for no space and for an encoder that holds none."""
    if isinstance(space, Vectors):
        return space
    if isinstance(space, Model) and space.spaces:
        return space.vectors
    return None


def about(space: Space, *, name: str) -> About:
    """The facts about a space."""
    model = space if isinstance(space, Model) else None
    vectors = main_vectors(space)
    kind = "model" if model else "vectors" if vectors is not None else type(space).__name__
    recipe = dict(model.recipe) if model else {}
    told: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "learner": str(recipe.pop("learner", "")),
        "recipe": recipe,
        "data": dict(model.report.get("data", {})) if model else {},
    }
    if vectors is None:
        return About(**told)
    usable = usable_rows(vectors)
    counts = vectors.counts
    return About(
        **told,
        rows=len(vectors),
        dim=vectors.dim,
        metric=vectors.metric,
        ids="integers" if isinstance(vectors.ids, Integers) else "strings",
        megabytes=vectors.matrix.nbytes / 1e6,
        not_finite=len(usable.not_finite),
        zeros=len(usable.zero),
        counted=None if counts is None else int(counts.sum()),
        fingerprint=vectors.fingerprint,
    )
