"""Every codec of Firth keeps the contract."""

from __future__ import annotations

from typing import Any

import pytest

from firth.compress import (
    Binary,
    Chain,
    RandomProjection,
    SimHash,
    Truncate,
)
from firth.testing import check_codec

CASES: list[tuple[Any, dict[str, Any]]] = [
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
    (Chain(steps=(Truncate(dim=12), Binary())), {}),
    (Chain(steps=(Truncate(dim=12, how="pca"), Truncate(dim=8), Binary(how="itq"))), {"found": 0.8}),
    (
        Chain(steps=(RandomProjection(dim=16), SimHash(bits=128))),
        {"exact_scores": False},
    ),
]


@pytest.mark.parametrize(
    ("recipe", "how"), CASES, ids=lambda value: str(value) if not isinstance(value, dict) else ""
)
def test_codecs_keep_their_contract(recipe: Any, how: dict[str, Any]) -> None:
    check_codec(recipe, **how)
