"""Every codec of Firth keeps the contract."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from firth.compress import (
    Binary,
    Chain,
    Float16,
    Product,
    RandomProjection,
    Residual,
    Scalar,
    SimHash,
    Truncate,
    codec_of,
)
from firth.compress.known import CODECS
from firth.testing import check_codec
from firth.testing.codecs import clustered_rows

CASES: list[tuple[Any, dict[str, Any]]] = [
    (Float16(), {"narrow": True}),
    (Scalar(bits=8), {"narrow": True}),
    (Scalar(bits=4), {"narrow": True, "bigger": Scalar(bits=8)}),
    (Scalar(bits=8, per="row"), {"narrow": True}),
    (Scalar(bits=4, per="row"), {"narrow": True, "bigger": Scalar(bits=8, per="row")}),
    (
        Product(parts=6, bits=4, iterations=4),
        {"least_rows": 16, "bigger": Product(parts=12, bits=4, iterations=4)},
    ),
    (Product(parts=4, bits=5, rotate=True, iterations=3), {"least_rows": 32}),
    (Product(parts=1, bits=4, iterations=3), {"least_rows": 16, "narrow": True}),
    (
        Residual(stages=2, bits=4, iterations=3),
        {"least_rows": 16, "narrow": True, "bigger": Residual(stages=6, bits=4, iterations=3)},
    ),
    (Truncate(dim=12), {"bigger": Truncate(dim=20)}),
    (Truncate(dim=12, centre=True), {}),
    (Truncate(dim=8, how="pca"), {"bigger": Truncate(dim=16, how="pca")}),
    (Truncate(dim=1, how="pca", centre=False), {"found": 0.05, "narrow": True}),
    (Truncate(dim=10, how="pca", whiten=True, drop_top=2), {"exact_scores": False}),
    (RandomProjection(dim=16), {"exact_scores": False, "bigger": RandomProjection(dim=22)}),
    (RandomProjection(dim=16, kind="sparse"), {"exact_scores": False}),
    (SimHash(bits=128), {"exact_scores": False, "narrow": True, "bigger": SimHash(bits=512)}),
    (SimHash(bits=128, lengths=True), {"exact_scores": False, "narrow": True}),
    (Binary(), {"narrow": True}),
    (Binary(how="threshold", threshold="mean"), {"narrow": True}),
    (Binary(how="itq"), {"narrow": True}),
    (Binary(how="itq", bits=12), {"bigger": Binary(how="itq", bits=24)}),
    (Chain(steps=(Truncate(dim=12), Scalar(bits=8))), {}),
    (Chain(steps=(Truncate(dim=12, how="pca"), Truncate(dim=8), Binary(how="itq"))), {"found": 0.8}),
    (Chain(steps=(Truncate(dim=16, how="pca"), Product(parts=4, bits=4))), {"least_rows": 16}),
    (Chain(steps=(RandomProjection(dim=16), SimHash(bits=128))), {"exact_scores": False}),
]


def name(value: Any) -> str:
    return "" if isinstance(value, dict) else str(value)


@pytest.mark.parametrize(("recipe", "how"), CASES, ids=name)
def test_codecs_keep_their_contract(recipe: Any, how: dict[str, Any]) -> None:
    check_codec(recipe, **how)


@pytest.mark.parametrize("recipe", [recipe for recipe, _ in CASES], ids=name)
def test_codecs_come_back_from_what_a_file_holds(recipe: Any) -> None:
    rows = clustered_rows(100)
    codec = recipe.fit(rows)
    entry, report = json.loads(json.dumps([codec.recipe.to_dict(), dict(codec.report)]))
    back = codec_of(entry, codec.dim, codec.parts(), report)
    assert type(back) is type(codec) and back.recipe == recipe
    np.testing.assert_array_equal(back.encode_rows(rows), codec.encode_rows(rows))


def test_none_is_left_out() -> None:
    assert {type(recipe).__name__ for recipe, _ in CASES} == set(CODECS)
