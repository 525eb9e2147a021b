"""`check_codec` finds each broken promise and names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from firth.compress.codec import Codec, CodecRecipe
from firth.errors import DataError, OptionError
from firth.testing import check_codec


@dataclass(frozen=True, kw_only=True)
class Plain(CodecRecipe):
    """Rows as they are; an honest codec, and the one that those below spoil."""

    digits: int = 3

    def __post_init__(self) -> None:
        if self.digits < 0:
            raise OptionError(f"digits is not {self.digits}")

    def _fit(self, rows: Any, metric: str, run: Any) -> Codec:  # noqa: ARG002
        return self.codec(self, rows.shape[1], rows.mean(0), {"digits": self.digits})

    @property
    def codec(self) -> type[Codec]:
        return CODECS[type(self)]


class PlainCodec(Codec):
    def __init__(self, recipe: Any, dim: int, mean: Any, report: Any):
        super().__init__(recipe, dim, report=report)
        self.mean = mean

    @property
    def width(self) -> int:
        return 4 * self.dim

    def parts(self) -> dict[str, Any]:
        return {"mean": self.mean}

    @classmethod
    def from_parts(cls, recipe: Any, dim: int, parts: Any, report: Any) -> Any:
        mean = parts.get("mean")
        if set(parts) != {"mean"} or mean.dtype != np.float32 or mean.shape != (dim,):
            raise DataError("mean does not fit")
        if not np.isfinite(mean).all():
            raise DataError("mean is not finite")
        return cls(recipe, dim, mean, report)

    def _encode(self, rows: Any) -> Any:
        return np.asarray(rows, np.float32).view(np.uint8)

    def _decode(self, codes: Any) -> Any:
        return np.ascontiguousarray(codes).view(np.float32)


class Sociable(PlainCodec):
    def _encode(self, rows: Any) -> Any:
        return super()._encode(rows + np.float32(len(rows) > 1))


class Trusting(PlainCodec):
    @classmethod
    def from_parts(cls, recipe: Any, dim: int, parts: Any, report: Any) -> Any:
        return cls(recipe, dim, parts.get("mean"), report)


class Boastful(PlainCodec):
    def scorer(self, queries: Any, metric: str) -> Any:
        scores = super().scorer(queries, metric)
        return lambda codes: scores(codes) + np.float32(0.01)


class Forgetful(PlainCodec):
    def _decode(self, codes: Any) -> Any:
        return np.zeros_like(super()._decode(codes))


class Fickle(PlainCodec):
    made = 0

    def __init__(self, *given: Any):
        super().__init__(*given)
        Fickle.made += 1
        self.number = np.float32(Fickle.made)

    def _encode(self, rows: Any) -> Any:
        return super()._encode(rows * self.number)


@dataclass(frozen=True, kw_only=True)
class Careless(Plain):
    def __post_init__(self) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class Lossy(Plain):
    def to_dict(self) -> dict[str, Any]:
        return {"codec": type(self).__name__}


CODECS: dict[type, type[Codec]] = {Plain: PlainCodec, Careless: PlainCodec, Lossy: PlainCodec}


def test_the_honest_one_passes() -> None:
    check_codec(Plain(), narrow=True)


def test_a_broken_recipe_is_named() -> None:
    with pytest.raises(AssertionError, match="no OptionError was raised"):
        check_codec(Careless(), narrow=True)
    with pytest.raises(AssertionError, match="to_dict and back, through JSON, gives another recipe"):
        check_codec(Lossy(digits=4), narrow=True)
    with pytest.raises(AssertionError, match="rows of dim 1 are not refused"):
        check_codec(Plain())
    with pytest.raises(AssertionError, match="the bigger recipe has no more bytes"):
        check_codec(Plain(), narrow=True, bigger=Plain(digits=5))


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        (Sociable, "has another code alone than among others"),
        (Trusting, "no DataError was raised"),
        (Boastful, "scores are off by"),
        (Forgetful, "of the nearest codes are of the own cluster"),
        (Fickle, "1 threads, one seed: other codes"),
    ],
)
def test_a_broken_codec_is_named(spoilt: type[Codec], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CODECS, Plain, spoilt)
    with pytest.raises(AssertionError, match=message):
        check_codec(Plain(), narrow=True)
