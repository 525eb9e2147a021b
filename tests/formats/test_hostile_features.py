"""Damaged files of features: each is read as something valid or refused with one kind of error."""

from __future__ import annotations

import itertools
from pathlib import Path

import mutate
import numpy as np
import pytest
from scipy import sparse

from firth.data.features import Features
from firth.errors import FormatError

MUTANTS = 2_000


@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_damaged_features_are_refused_or_harmless(form: str, tmp_path: Path) -> None:
    matrix = np.arange(12, dtype=np.float32).reshape(4, 3) % 5
    path = tmp_path / "features"
    Features(
        matrix if form == "dense" else sparse.csr_array(matrix), ids=["a", "bb", "é", ""], names=[3, 1, 2]
    ).save(path)
    good, rng, refused = path.read_bytes(), np.random.default_rng(len(form)), 0
    for what, damaged in itertools.islice(mutate.mutants("firth", {"features": good}, rng), MUTANTS):
        path.write_bytes(damaged.get("features", b""))
        try:
            found = Features.load(path, verify=True)
        except FormatError:
            refused += 1
            continue
        assert found.shape == (len(found.ids), len(found.names)), what
        values = found.matrix.toarray() if found.is_sparse else found.matrix
        assert np.isfinite(values).all(), what
    assert refused > MUTANTS / 2
