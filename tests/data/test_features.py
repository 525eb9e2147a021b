"""`Features`: rows of numbers with ids and names, dense and sparse, in memory and in a file."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import firth
from firth.data.features import Features
from firth.data.ids import Integers, Strings
from firth.errors import DataError, FormatError, UnknownIdError

DENSE = np.array([[1, 0, 2], [0, 0, 3]], np.float32)


def dense(features: Features) -> Any:
    return features.matrix.toarray() if features.is_sparse else features.matrix


@pytest.fixture(params=["dense", "sparse"])
def features(request: pytest.FixtureRequest) -> Features:
    matrix = DENSE if request.param == "dense" else sparse.csr_array(DENSE)
    return Features(matrix, ids=["a", "b"], names=["x", "y", "z"], report={"read": 2})


def test_rows_and_columns_have_names(features: Features) -> None:
    assert (len(features), features.shape) == (2, (2, 3))
    assert features.ids == Strings.of("ab")
    assert repr(features) in ("Features(2 × 3, dense)", "Features(2 × 3, 3 stored)")
    plain = Features(features.matrix)
    assert plain.ids == Integers(np.arange(2))
    assert plain.names == Integers(np.arange(3))


def test_rows_are_taken_by_id(features: Features) -> None:
    taken = features.take(["b", "a", "b"][:2])
    np.testing.assert_array_equal(dense(taken), DENSE[::-1])
    assert (taken.ids, taken.names) == (Strings.of("ba"), features.names)
    for wrong in ("c", 0):
        with pytest.raises(UnknownIdError, match=f"{wrong!r} is not among these 2 ids"):
            features.take([wrong])  # type: ignore[list-item]


def test_a_file_brings_back_what_was_saved(features: Features, tmp_path: Path) -> None:
    features.save(tmp_path / "f")
    back = Features.load(tmp_path / "f", verify=True)
    np.testing.assert_array_equal(dense(back), DENSE)
    assert (back.ids, back.names, back.report) == (features.ids, features.names, features.report)
    assert back.is_sparse == features.is_sparse
    assert Features.load(tmp_path / "f").matrix.dtype == np.float32
    with pytest.raises(FormatError, match=r"firth\.Features\.load reads it"):
        firth.load(tmp_path / "f")
    firth.Vectors(["a"], [[1.0]]).save(tmp_path / "v")
    with pytest.raises(FormatError, match="it holds no features"):
        Features.load(tmp_path / "v")


def test_numbered_rows_survive_a_file(tmp_path: Path) -> None:
    Features(DENSE, ids=[7, 5]).save(tmp_path / "f")
    assert Features.load(tmp_path / "f").ids == Integers(np.array([7, 5]))


def test_a_file_whose_columns_lie_outside_is_refused(tmp_path: Path) -> None:
    from firth.formats.tensors import read_tensors, write_tensors

    Features(sparse.csr_array(DENSE)).save(tmp_path / "f")
    tensors, metadata = read_tensors(tmp_path / "f")
    for name, bad in (
        ("columns", [0, 2, 3]), ("columns", [0, -1, 2]), ("starts", [0, 4, 3]),
        ("starts", [1, 2, 3]), ("starts", [0, 3]),
    ):  # fmt: skip
        changed = {**tensors, name: np.array(bad, tensors[name].dtype)}
        write_tensors(tmp_path / "g", changed, metadata, force=True)
        with pytest.raises(FormatError, match="these features cannot be read: the"):
            Features.load(tmp_path / "g")


@pytest.mark.parametrize(
    ("matrix", "options", "message"),
    [
        (np.zeros(3), {}, "two dimensions"),
        (np.zeros((2, 2), np.int64), {}, "float32 or float64, not int64"),
        ([[1.0]], {}, "not list"),
        (np.array([[0, 1], [0, np.nan]]), {}, "row 1 holds nan"),
        (sparse.csr_array([[0, 1.0], [0, 0], [np.inf, 0]]), {}, "row 2 holds inf"),
        (np.zeros((2, 2)), {"ids": ["a"]}, "1 ids do not fit a matrix of 2"),
        (np.zeros((2, 2)), {"names": ["a", "a"]}, "'a' occurs twice"),
    ],
)
def test_what_does_not_fit_is_refused(matrix: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Features(matrix, **options)


def test_other_sparse_forms_become_sorted_rows_and_stay_as_they_were() -> None:
    given = sparse.coo_array(([1.0, 2.0, 3.0], ([0, 0, 0], [2, 0, 2])), shape=(1, 3))
    features = Features(given)
    assert features.matrix.indices.tolist() == [0, 2]
    assert features.matrix.toarray().tolist() == [[2, 0, 4]]
    unsorted = sparse.csr_array((np.array([1.0, 2.0]), np.array([1, 0]), np.array([0, 2])), shape=(1, 2))
    assert Features(unsorted).matrix.indices.tolist() == [0, 1]
    assert unsorted.indices.tolist() == [1, 0]
