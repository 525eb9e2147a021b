"""`Chain`: first fewer dims, then fewer bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import Bytes, Codec, CodecRecipe, Floats, Scorer
from firth.compress.known import codec_of, recipe_of
from firth.compress.linear import Projection, ProjectionRecipe
from firth.errors import DataError, OptionError
from firth.options import check_several
from firth.run import Run

__all__ = ["Chain", "ChainCodec"]

LONGEST = 8


@dataclass(frozen=True, kw_only=True)
class Chain(CodecRecipe):
    """Projections, and behind them any codec: each is fitted to what the one before it makes of the rows.

    Attributes:
        steps: recipes: one or more of Truncate and RandomProjection, and then one of any kind but Chain. What
            `to_dict` writes of them is taken too.

    >>> import numpy as np
    >>> from firth.compress import Binary, Chain, Truncate
    >>> rows = np.random.default_rng(1).normal(size=(100, 32)).astype("f4")
    >>> codec = Chain(steps=(Truncate(dim=16), Binary())).fit(rows)
    >>> codec.width
    2
    """

    steps: tuple[CodecRecipe, ...]

    def __post_init__(self) -> None:
        given = check_several("steps", self.steps)
        if not 2 <= len(given) <= LONGEST:
            raise OptionError(f"steps are 2 to {LONGEST} recipes, not {len(given)}")
        for entry in given:
            if isinstance(entry, Mapping) and entry.get("codec") == "Chain":
                raise OptionError("a step of a Chain is no Chain; write its steps instead")
        steps = tuple(recipe_of(entry) if isinstance(entry, Mapping) else entry for entry in given)
        for step in steps[:-1]:
            if not isinstance(step, ProjectionRecipe):
                raise OptionError(
                    f"only projections (Truncate, RandomProjection) go before the last step, not {step!r:.80}"
                )
        if not isinstance(steps[-1], CodecRecipe) or isinstance(steps[-1], Chain):
            raise OptionError(f"the last of the steps is the recipe of a codec, not {steps[-1]!r:.80}")
        object.__setattr__(self, "steps", steps)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON holds it, with those of its steps inside."""
        return {"codec": "Chain", "steps": [step.to_dict() for step in self.steps]}

    def _fit(self, rows: Floats, metric: str, run: Run) -> ChainCodec:
        codecs: list[Codec] = []
        for step in self.steps:
            codecs.append(codec := step._fit(rows, metric, run))
            if isinstance(codec, Projection):
                rows = codec.apply_rows(rows)
        return ChainCodec(self, codecs, {"steps": [dict(codec.report) for codec in codecs]})


class ChainCodec(Codec):
    """Projections and a codec, one behind the other. Its report has one of each step in "steps".

    Scores are those of the last codec in the small space, brought back as each projection says: to the
    scores of decoded rows where that is what it means (`Projection.lift`), as they are where the small space
    is one of its own.
    """

    recipe_type = Chain
    recipe: Chain

    def __init__(self, recipe: Chain, codecs: list[Codec], report: Mapping[str, Any]):
        super().__init__(recipe, codecs[0].dim, report=report)
        self.projections = [codec for codec in codecs[:-1] if isinstance(codec, Projection)]
        self.last = codecs[-1]

    @property
    def width(self) -> int:
        return self.last.width

    def parts(self) -> dict[str, NDArray[Any]]:
        """The arrays of all steps, by "number.name"."""
        codecs = [*self.projections, self.last]
        return {f"{i}.{name}": part for i, codec in enumerate(codecs) for name, part in codec.parts().items()}

    @classmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        own: list[dict[str, NDArray[Any]]] = [{} for _ in recipe.steps]
        for name, part in parts.items():
            number, _, rest = name.partition(".")
            if number not in map(str, range(len(own))):
                raise DataError(f"the part {name!r:.80} belongs to no step of a Chain of {len(own)}")
            own[int(number)][rest] = part
        reports = report.get("steps")
        if not isinstance(reports, list) or len(reports) != len(own):
            reports = [{}] * len(own)
        codecs, inner = [], dim
        for step, mine, said in zip(recipe.steps, own, reports, strict=True):
            codecs.append(codec_of(step.to_dict(), inner, mine, said if isinstance(said, dict) else {}))
            inner = getattr(step, "dim", inner)
        return cls(recipe, codecs, report)

    def tally(self, rows: Floats) -> dict[str, int]:
        """What the last codec counts of the rows as they come to it."""
        return self.last.tally(self._small(rows))

    def scorer(self, queries: Floats, metric: str) -> Scorer:
        """See the class."""
        return self._scorer(0, queries, metric)

    def _scorer(self, number: int, queries: Floats, metric: str) -> Scorer:
        if number == len(self.projections):
            return self.last.scorer(queries, metric)
        return self.projections[number].lift(
            queries,
            metric,
            inner=lambda small, kind: self._scorer(number + 1, small, kind),
            rows=lambda codes: self._back(codes, number + 1),
        )

    def _encode(self, rows: Floats) -> Bytes:
        return self.last._encode(self._small(rows))

    def _encode_counted(self, rows: Floats) -> tuple[Bytes, dict[str, int]]:
        return self.last._encode_counted(self._small(rows))

    def _decode(self, codes: Bytes) -> Floats:
        return self._back(np.ascontiguousarray(codes), 0)

    def _small(self, rows: Floats) -> Floats:
        """The rows as they come to the last codec."""
        for projection in self.projections:
            rows = projection.lower(rows)
        return rows

    def _back(self, codes: Bytes, number: int) -> Floats:
        """Decoded rows of the space before step `number`."""
        rows = self.last.decode_rows(codes)
        for projection in reversed(self.projections[number:]):
            rows = projection.back_rows(rows)
        return rows
