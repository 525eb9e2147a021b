"""`Transformer`: a learner with the methods and manners of scikit-learn."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from firth.data.columns import Columns
from firth.data.features import Features
from firth.errors import DataError, OptionError
from firth.learn.table import Table
from firth.options import check_flag
from firth.run import Run
from firth.sklearn.reading import names_in, read_columns, read_documents, read_target, side_by_side
from firth.sklearn.wrapped import (
    as_table,
    checked_learner,
    fit_documents,
    is_columnwise,
    is_numeric,
    names_of_documents,
    names_of_table,
    needs_target,
    options_of,
)

__all__ = ["Transformer"]


class Transformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A learner as a scikit-learn transformer.

    Args:
        learner: any learner of Firth; None for `firth.Table()`, which chooses one for each column. One that
            takes a single column is applied to each column. Its options are options of the transformer too:
            `Transformer(firth.Target()).set_params(smooth=10)`, and "encoder__smooth" in the grid of a
            pipeline whose step is called "encoder".
        dtype: "float64" or "float32", what the rows of a table are made of. Rows of documents are float32.
        sparse: whether rows are SciPy CSR; None for as the learner makes them, which is CSR where most
            numbers are zeros. `set_output("pandas")` and `set_output("polars")` need False there.
        run: how a learner over text runs: threads, seed, progress.

    Attributes:
        model_: the `firth.Model` that was fitted; its report says what was missing, unknown or constant.
        n_features_in_: how many columns the table had.
        feature_names_in_: their names, where it had such: object array.

    A learner over columns takes what scikit-learn takes, frames of pandas and polars, arrays and lists of
    rows, and what `firth.read_table` gives.
    One over text takes a list of documents, strings or lists of tokens; where it has vectors for words alone,
    as `firth.SkipGram` has, a document is the weighted mean of its words (`firth.WeightedMean`).

    `inverse_transform` leads back where the learner knows a way. `fit_transform` of learners that look at the
    target, such as `firth.Target`, encodes each row without its own target (cross-fitting), so that it is not
    `fit` and then `transform`. `save` and `firth.sklearn.load` keep a fitted transformer without pickle.
    """

    def __init__(
        self,
        learner: Any = None,
        *,
        dtype: str = "float64",
        sparse: bool | None = None,
        run: Run | None = None,
    ):
        self.learner = learner
        self.dtype = dtype
        self.sparse = sparse
        self.run = run

    # --- options ---------------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The options; with `deep` also those of the learner that the transformer does not have itself."""
        own: dict[str, Any] = super().get_params(deep=False)
        return {**options_of(self.learner), **own} if deep else own

    def set_params(self, **params: Any) -> Transformer:
        """Set options of the transformer, or of its learner, which is replaced by one that has them.

        Raises:
            OptionError: neither has such an option, or a value is outside its range.
        """
        own = {name: params.pop(name) for name in super().get_params(deep=False) if name in params}
        super().set_params(**own)
        if params:
            learner = checked_learner(self.learner)
            known = options_of(learner)
            for name in params:
                if name not in known:
                    raise OptionError(
                        f"{type(learner).__name__} has no option {name!r}; there are "
                        f"{', '.join([*known, *super().get_params(deep=False)])}"
                    )
            self.learner = dataclasses.replace(learner, **params)
        return self

    # --- fitting and transforming ----------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None) -> Transformer:
        """Learn from a table or from documents.

        Args:
            X: a frame, an array of two dimensions or a list of rows; for learners over text a list of
                documents.
            y: the target, (n,), for learners that look at it; others leave it alone.

        Raises:
            DataError: a value cannot be learned from; the message names the column and the row.
            TypeError: X is sparse.
        """
        self._fit(X, y, rows=False)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Learn from rows and encode them, each without its own target where the learner looks at that."""
        return self._fit(X, y, rows=True)

    def transform(self, X: Any) -> Any:
        """Encode rows: float64 or float32 (n, width), or SciPy CSR where the learner makes mostly zeros.

        Raises:
            DataError: a value cannot be encoded; the message names the column and the row.
        """
        check_is_fitted(self)
        return self._rows(self.model_.encode(self._read(X, reset=False)))

    def inverse_transform(self, X: Any) -> NDArray[Any]:
        """The columns of a table again, (n, columns), without those that were dropped: float64 with NaN where
        there was no value, or object with None where not all are numbers.

        Raises:
            DataError: a learner knows no way back.
        """
        check_is_fitted(self)
        columns = self.model_.decode(X if hasattr(X, "tocsr") else np.asarray(X, np.float64))
        return side_by_side([columns[name] for name in names_in(self) if name in columns])

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """What the columns of `transform` are called, object array, (width,).

        Args:
            input_features: what to call the columns of a table that had no names; None for x0, x1, ….
        """
        check_is_fitted(self)
        if not hasattr(self, "n_features_in_"):
            return np.array(names_of_documents(self.model_), object)
        given = _check_feature_names_in(self, input_features)
        called = {name: str(new) for name, new in zip(names_in(self), given, strict=True)}
        return np.array(names_of_table(self.model_, called), object)

    # --- keeping ---------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the fitted transformer as one Firth file, which `firth.load` reads too.

        Args:
            path: where the file goes.
            force: replace a file that is there.

        Raises:
            ExistsError: the file is there and `force` is not set.
            DataError: the learner is none of Firth's.
        """
        check_is_fitted(self)
        from firth.sklearn.keeping import save

        save(self, path, force=force)

    # --- what scikit-learn asks ------------------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        learner = Table() if self.learner is None else self.learner
        tags.transformer_tags.preserves_dtype = []  # the option dtype says what comes out
        tags.target_tags.required = needs_target(learner)
        if is_columnwise(learner):
            tags.input_tags.allow_nan = getattr(learner, "missing", "own") != "error"
            tags.input_tags.categorical = not isinstance(learner, Table) and not is_numeric(learner)
        else:
            tags.input_tags.string = tags.input_tags.one_d_array = True
            tags.input_tags.two_d_array = False
        return tags

    # --- details ---------------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, *, rows: bool) -> Any:
        """Fit, and give the encoded rows if they are asked for."""
        learner = checked_learner(self.learner)
        if self.dtype not in ("float32", "float64"):
            raise OptionError(f"dtype is 'float64' or 'float32', not {self.dtype!r}")
        if self.sparse is not None:
            check_flag("sparse", self.sparse)
        data = self._read(X, reset=True)
        encoded = None
        if isinstance(data, Columns):
            target = self._target(y, learner, rows=data.rows)
            table = as_table(learner, data.names, dtype=self.dtype, sparse=self.sparse)
            try:
                if rows:
                    self.model_, encoded = table.fit_transform(data, target=target, run=self.run)
                else:
                    self.model_ = table.fit(data, target=target, run=self.run)
            except DataError as error:
                if data.rows > 1:
                    raise
                raise DataError(f"X has 1 sample, of which too little is learned: {error}") from error
        else:
            self.model_ = fit_documents(learner, data, self.run)
            for of_tables in ("n_features_in_", "feature_names_in_"):  # of a fit to a table before
                self.__dict__.pop(of_tables, None)
        if not rows:
            return None
        return self._rows(self.model_.encode(data) if encoded is None else encoded)

    def _read(self, X: Any, *, reset: bool) -> Columns | list[Any]:
        """The input as a table, held to the one that was fitted unless `reset`; or as documents."""
        learner = checked_learner(self.learner)
        if is_columnwise(learner):
            return read_columns(self, X, reset=reset, numeric=is_numeric(learner))
        return read_documents(X)

    def _target(self, y: Any, learner: Any, *, rows: int) -> Any:
        """The target for learners that look at it, (n,), or None.

        Raises:
            DataError: it is needed and not there.
        """
        needed = needs_target(learner)
        if y is None and needed:
            raise DataError("this learner requires y to be passed, but the target y is None: fit(X, y)")
        if y is None or not (needed or isinstance(learner, Table)):
            return None
        return read_target(y, rows=rows)

    def _rows(self, encoded: Any) -> Any:
        """What a model makes of rows, as scikit-learn takes it."""
        matrix = encoded.matrix if isinstance(encoded, Features) else encoded
        if not hasattr(matrix, "tocsr"):
            return csr_array(matrix) if self.sparse else matrix
        if self.sparse is False:
            return matrix.toarray()
        container = getattr(self, "_sklearn_output_config", {}).get("transform")
        container = container or get_config()["transform_output"]
        if container != "default":
            raise DataError(
                f"a {container} frame holds no sparse rows, and these are {matrix.shape[1]:,} columns of "
                "mostly zeros; take Transformer(…, sparse=False), or set_output(transform='default')"
            )
        return matrix
