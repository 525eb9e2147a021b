"""What scikit-learn hands over, read as tables, documents and targets; and rows handed back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import assert_all_finite, column_or_1d, validate_data

from firth.data.columns import Column, Columns, read_table
from firth.errors import DataError
from firth.extras import require

__all__ = ["names_in", "read_columns", "read_documents", "read_target", "side_by_side"]


def read_columns(estimator: Any, X: Any, *, reset: bool, numeric: bool) -> Columns:
    """A table as columns, called as in the fit; those without names, as in an array, are called x0, x1, ….

    Args:
        estimator: gets `n_features_in_` and `feature_names_in_`, or is held to them.
        X: a frame, `Columns`, an array of two dimensions or a list of rows.
        reset: whether this is the table to fit.
        numeric: whether nothing but numbers is wanted.

    Raises:
        ValueError: there are other columns than in the fit, or none, or no row.
        TypeError: the input is sparse, or holds something that is no value.
        DataError: a column cannot be read.
    """
    if isinstance(X, Columns) or hasattr(X, "columns"):
        table = read_table(X)
        if isinstance(X, Columns):  # scikit-learn looks at the names of frames
            pa = require("pyarrow", extra="table")
            X = pa.table({name: column.values for name, column in X.items()})
        validate_data(estimator, X, skip_check_array=True, reset=reset)
        named = zip(names_in(estimator), table.values(), strict=True)
        return Columns([Column(name, column.values) for name, column in named], report=table.report)
    if isinstance(X, (list, tuple)) and not numeric:
        X = np.array(X, dtype=object)  # else NumPy would make text of numbers beside text
    array = validate_data(
        estimator, X, dtype="numeric" if numeric else None, ensure_all_finite=False, reset=reset
    )
    names = names_in(estimator)
    try:
        return read_table({name: array[:, j] for j, name in enumerate(names)})
    except DataError as error:
        for (row, j), value in np.ndenumerate(array):
            if isinstance(value, (Mapping, list, tuple, set, np.ndarray)):
                raise TypeError(
                    f"argument must be a string or a real number, and row {row} of column {names[j]} "
                    f"is a {type(value).__name__}"
                ) from error
        raise


def names_in(estimator: Any) -> list[str]:
    """What the columns are called of a table that a transformer was fitted to."""
    if hasattr(estimator, "feature_names_in_"):
        return [str(name) for name in estimator.feature_names_in_]
    return [f"x{j}" for j in range(estimator.n_features_in_)]


def read_documents(X: Any) -> list[Any]:
    """Documents as a list, each a string or a list of tokens.

    Raises:
        DataError: something else.
    """
    if isinstance(X, (str, bytes)) or getattr(X, "ndim", 1) != 1 or not isinstance(X, Iterable):
        raise DataError(
            "documents come as one list of strings, or of lists of tokens; in a ColumnTransformer, name "
            "their column itself: 'text', not ['text']"
        )
    documents = list(X)
    for row, document in enumerate(documents):
        if not isinstance(document, (str, list, tuple)):
            raise DataError(f"document {row} is {document!r}, which is neither a string nor a list of tokens")
    return documents


def read_target(y: Any, *, rows: int) -> Any:
    """The target, (n,), as `Table.fit` takes it.

    Raises:
        ValueError: it is not one value a row, or one is missing.
    """
    target: NDArray[Any] = column_or_1d(y)
    if len(target) != rows:
        raise DataError(f"y has {len(target):,} values for the {rows:,} rows of X")
    # scikit-learn makes floats of nullable whole numbers and truth values, which are classes.
    if hasattr(y, "columns"):
        (column,) = read_table(y).values()
        return column.values
    if not isinstance(getattr(y, "dtype", target.dtype), np.dtype):
        return y
    assert_all_finite(target, input_name="y")
    return target


def side_by_side(columns: list[list[Any]]) -> NDArray[Any]:
    """Columns as an array (n, columns): float64 with NaN for None where all are numbers, else object."""
    table = np.empty((len(columns[0]) if columns else 0, len(columns)), object)
    for j, column in enumerate(columns):
        table[:, j] = column
    numbers = all(value is None or type(value) is float for column in columns for value in column)
    return table.astype(np.float64) if numbers else table
