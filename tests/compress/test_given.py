"""What codecs are given by hand is looked at: whatever does not fit is a DataError that says what would."""

from __future__ import annotations

import json

import numpy as np
import pytest

from firth import Vectors
from firth.compress import Scalar, Truncate, compress, loss
from firth.errors import DataError

SPACE = Vectors(range(60), np.random.default_rng(0).standard_normal((60, 6)).astype(np.float32))
CODEC = Scalar().fit(SPACE)
CODES = CODEC.encode(SPACE)
RAGGED = [[1, 2, 3], [4]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Scalar().fit(RAGGED), "the rows are rows of numbers, all of one length"),
        (lambda: CODEC.encode_rows(RAGGED), "the rows are rows of numbers, all of one length"),
        (lambda: CODES.search(RAGGED), "queries are rows of numbers, all of one length"),
        (lambda: loss(CODES, SPACE, queries=RAGGED), "queries are rows of numbers, all of one length"),
        (lambda: CODES.search("word7"), "queries are rows of numbers, not <U5 of shape"),
        (lambda: CODEC.encode(SPACE.matrix), "Vectors, not of type ndarray: encode_rows takes rows"),
        (lambda: loss(CODEC, SPACE.matrix), "the originals are Vectors, not of type ndarray"),
        (lambda: loss("int8", SPACE), r"of a codec or of codes, not 'int8': Scalar\(bits=8\)"),
        (lambda: compress(SPACE.matrix, Scalar()), "a model or its vectors are Vectors, not of type ndarray"),
        (lambda: compress("words.vec", Scalar()), r"not of type str: firth\.load\(path\)"),
        (lambda: CODEC.decode_rows([[1, 2]]), r"codes of int64 and shape \(1, 2\) do not fit"),
        (lambda: CODES.rows([9999]), "rows have the whole numbers 0 to 59, not 9999"),
        (lambda: CODES.rows([3, -1]), "rows have the whole numbers 0 to 59, not -1"),
        (lambda: CODES.rows([0.5]), r"whole numbers 0 to 59, not float64 of shape \(1,\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, message: str):
    with pytest.raises(DataError, match=message):
        call()


def test_rows_by_numbers_in_any_form():
    np.testing.assert_array_equal(CODES.rows([3, 1]), CODEC.decode_rows(CODES.data[[3, 1]]))
    assert CODES.rows([]).shape == (0, 6)


def test_options_that_are_numbers_of_numpy_can_be_written():
    recipe = Truncate(dim=np.int64(4))
    small = recipe.fit(SPACE).apply(SPACE)
    assert small.dim == 4 and json.loads(json.dumps(recipe.to_dict()))["dim"] == 4
    assert small.fingerprint == Truncate(dim=4).fit(SPACE).apply(SPACE).fingerprint


def test_more_numbers_and_more_bytes_than_an_int32_counts(tmp_path):
    n, d = 40_000, 1 << 16  # 2.6e9 numbers; the files are sparse: nothing but the last row is written
    codec = Scalar(range="minmax").fit(np.eye(2, d, dtype=np.float32))
    found = _sparse(tmp_path / "bytes", n, codec.width)
    found[-1] = codec.encode_rows(np.eye(1, d, dtype=np.float32))[0]
    assert found.nbytes > 2**31
    codes = type(CODES)(range(n), found, codec=codec, fingerprint="x")
    assert codes.rows([n - 1])[0, :2].round().tolist() == [1, 0]
    assert codes.decode([n - 1]).matrix[0, :2].round().tolist() == [1, 0]
    codec = Truncate(dim=8).fit(np.eye(2, d, dtype=np.float32))  # of so few bytes all can be searched
    found = _sparse(tmp_path / "few", n, codec.width)
    found[-1] = codec.encode_rows(np.eye(1, d, dtype=np.float32))[0]
    hits = type(CODES)(range(n), found, codec=codec, fingerprint="x").search(np.eye(1, d)[0], 1)
    assert n * d > 2**31 and hits.ids == [n - 1]


def _sparse(path, n: int, width: int) -> np.ndarray:
    return np.memmap(path, np.uint8, "w+", shape=(n, width))
