"""`Target`: each category as the mean of what is to be foretold, smoothed and, in training, cross-fitted.

Micci-Barreca 2001, "A Preprocessing Scheme for High-Cardinality Categorical Attributes in Classification and
Prediction Problems". The numbers are those of scikit-learn's TargetEncoder, which computes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column
from firth.data.factors import MISSING
from firth.errors import DataError
from firth.extras import require
from firth.learn.categories import (
    check_word,
    found_factors,
    learnt_categories,
    learnt_counts,
    own_places,
    part_of,
    places,
)
from firth.learn.columnwise import Block, Learnt, TableFit
from firth.learn.fitted import Fitted
from firth.options import check_real, check_whole
from firth.run import Run

__all__ = ["Target"]

_MOST_CLASSES = 1000
_LARGEST = float(np.finfo(np.float32).max)  # the means are vectors of the model


@dataclass(frozen=True, kw_only=True)
class Target(TableFit):
    """A category as the mean of the target in the training rows that have it, drawn towards the mean of all.

    Attributes:
        kind: "continuous" takes the target as a number, "binary" and "multiclass" as classes, whose shares
            are foretold: one column for two classes (the share of the second one), else one a class. "auto"
            takes floats for numbers and everything else for classes, as scikit-learn does.
        smooth: how many rows the mean of all counts for beside those of a category; "auto" finds it from the
            variances within and between categories (empirical Bayes).
        folds: in how many parts the training rows are cut for `fit_transform`.
        missing: "own" (a category like others, where there were missing values in training), "middle" (the
            mean of all) or "error".
        unknown: "middle" (the mean of all) or "error".

    Raises:
        OptionError: a value is outside its range.

    The mean of a category leaks the target: of a category that stands in one row alone, it is the target of
    this row. A model trained on such numbers believes them, and they are worth nothing for new rows. Train on
    what `fit_transform` gives, in which the number of each row comes from the other folds; `encode` is for
    new rows.

    >>> fitted = Target(folds=2).fit_transform({"city": ["Oslo", "Rome"] * 4}, target=[0.0, 1.0] * 4)
    >>> fitted.model.encode({"city": ["Oslo", "Rome", "Paris"]}).matrix.ravel().tolist()
    [0.0, 1.0, 0.5]
    """

    kind: Literal["auto", "binary", "multiclass", "continuous"] = "auto"
    smooth: Literal["auto"] | float = "auto"
    folds: int = 5
    missing: Literal["own", "middle", "error"] = "own"
    unknown: Literal["middle", "error"] = "middle"

    width: ClassVar[int] = 1

    def __post_init__(self) -> None:
        check_word("kind", self.kind, ("auto", "binary", "multiclass", "continuous"))
        if self.smooth != "auto":
            object.__setattr__(self, "smooth", check_real("smooth", self.smooth, 0, 1e300))
        object.__setattr__(self, "folds", check_whole("folds", self.folds, 2, 10_000))
        check_word("missing", self.missing, ("own", "middle", "error"))
        check_word("unknown", self.unknown, ("middle", "error"))

    def fit_transform(self, observations: Any, *, target: Any = None, run: Run | None = None) -> Fitted:
        """Learn from every column of a table, and encode its rows without their own targets.

        Args:
            observations: a table.
            target: what is to be foretold, one a row, or the name of its column.
            run: its seed says which rows fall into which fold.

        Returns:
            (model, features): the model that `fit` returns, and the training rows, cross-fitted.
        """
        from firth.learn.table import fit_transform_columns

        return fit_transform_columns(self, observations, target=target, run=run)

    def learn(
        self, columns: Sequence[Column], *, target: NDArray[Any] | None = None, seed: int = 1
    ) -> Learnt:
        """The means of all categories; see `ColumnLearner.learn`."""
        del seed
        encoder, codes, y, classes = self._prepared(columns[0], target)
        encoder.fit(codes[:, None], y)
        return self._learnt(encoder, columns[0], classes)

    def cross_fit(
        self, columns: Sequence[Column], *, target: NDArray[Any] | None = None, seed: int = 1
    ) -> tuple[Learnt, Block]:
        """What `learn` gives, and for each training row the means that the other folds give."""
        encoder, codes, y, classes = self._prepared(columns[0], target)
        self._check_folds(y, classes)
        folds = require("sklearn.model_selection", extra="table")
        cut = folds.KFold if classes is None else folds.StratifiedKFold
        parts = cut(self.folds, shuffle=True, random_state=seed % 2**32)
        if _takes_folds():
            encoder.set_params(cv=parts)
        else:
            encoder.set_params(cv=self.folds, shuffle=True, random_state=seed % 2**32)
        matrix = np.asarray(encoder.fit_transform(codes[:, None], y), np.float64)
        missing = codes == MISSING
        if self.missing == "middle" and missing.any():
            for others, held_out in parts.split(codes, y):
                matrix[held_out[missing[held_out]]] = _middle(y[others], encoder)
        count = int(missing.sum())
        return self._learnt(encoder, columns[0], classes), Block(
            matrix=matrix, counts={"missing": count} if count else {}
        )

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Means, (n, 1) or (n, classes); see `ColumnLearner.encode`."""
        width = self._width(learnt)
        _, _, own = own_places(learnt, missing=self.missing, unknown=self.unknown)
        means = part_of(learnt, "means", shape=(learnt_counts(learnt).size + len(own), width))
        middle = part_of(learnt, "middle", shape=(width,))
        found = places(learnt, columns[0], missing=self.missing, unknown=self.unknown)
        return Block(matrix=np.vstack([means, middle])[found.places], counts=found.counts)

    def decode(self, learnt: Learnt, matrix: NDArray[np.float64]) -> list[list[Any]]:
        """There is no way back: categories may have equal means. Raises DataError."""
        del learnt, matrix
        raise DataError("there is no way back from the mean of the target: several categories may share it")

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "city mean", or "city share of yes" for each class."""
        classes = self._classes(learnt)
        if classes is None:
            return [f"{columns[0]} mean"]
        return [f"{columns[0]} share of {name}" for name in (classes[1:] if len(classes) == 2 else classes)]

    def _prepared(
        self, column: Column, target: NDArray[Any] | None
    ) -> tuple[Any, NDArray[np.int32], NDArray[Any], NDArray[Any] | None]:
        """scikit-learn's encoder, the codes of the categories, int32, (n,), the target, (n,), as float64 or
        as codes of its classes, and these classes, (c,), or None."""
        if target is None:
            raise DataError("Target learns from a target; give it: fit(table, target=…)")
        codes = found_factors(column, missing=self.missing).codes
        is_continuous = self.kind == "continuous" or (self.kind == "auto" and target.dtype.kind == "f")
        classes: NDArray[Any] | None = None
        y: NDArray[Any]
        if is_continuous:
            y, kind = self._numbers(target), "continuous"
        else:
            y, classes = self._classified(target)
            kind = "binary" if classes.size == 2 else "multiclass"
        preprocessing = require("sklearn.preprocessing", extra="table")
        return preprocessing.TargetEncoder(target_type=kind, smooth=self.smooth), codes, y, classes

    def _numbers(self, target: NDArray[Any]) -> NDArray[np.float64]:
        """The target as float64, (n,), of which means can be made."""
        if target.dtype.kind not in "fiu":
            raise DataError(f"the target holds no numbers, such as {target[0].item()!r}; take kind='auto'")
        y = target.astype(np.float64)
        size = float(np.abs(y).max())
        if size > _LARGEST:
            raise DataError(
                f"the numbers of the target reach {size:g}, and means go up to {_LARGEST:g}, as far as "
                f"float32 does; divide all by a power of ten"
            )
        if self.smooth != "auto" and not np.isfinite(self.smooth * size):
            raise DataError(
                f"float64 does not hold smooth={self.smooth:g} times numbers of the target that reach "
                f"{size:g}; take a smaller smooth"
            )
        return y

    def _classified(self, target: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[Any]]:
        """The target as codes, (n,), of its classes, (c,), which may be floats: at least two."""
        classes, codes = np.unique(target, return_inverse=True)
        if classes.size < 2:
            raise DataError(
                f"the target holds one class alone, {classes[0].item()!r}; there is nothing to foretell"
            )
        if self.kind == "binary" and classes.size > 2:
            raise DataError(f"the target has {classes.size:,} classes, not two; take kind='multiclass'")
        if classes.size > _MOST_CLASSES:
            raise DataError(
                f"the target has {classes.size:,} classes, more than {_MOST_CLASSES:,}; if it is a number, "
                f"take kind='continuous'"
            )
        return codes, classes

    def _check_folds(self, y: NDArray[Any], classes: NDArray[Any] | None) -> None:
        """Raise DataError where the rows, or those of a class, are fewer than the folds: then a fold would
        know nothing of it."""
        if classes is None:
            if y.size < self.folds:
                raise DataError(f"{y.size:,} rows are too few for {self.folds} folds; take fewer folds")
            return
        counts = np.bincount(y)
        if counts.min() < self.folds:
            rarest = classes[int(np.argmin(counts))]
            raise DataError(
                f"the class {rarest!s} of the target has {counts.min():,} rows, too few for {self.folds} "
                f"folds; take fewer folds, or leave these rows out"
            )

    def _learnt(self, encoder: Any, column: Column, classes: NDArray[Any] | None) -> Learnt:
        """What scikit-learn's encoder found, in arrays of our own."""
        factors = column.factors()
        means = np.column_stack([np.asarray(one, np.float64) for one in encoder.encodings_])
        absent = bool((factors.codes < 0).any())
        if absent:  # the code -1 sorts before the others
            own, means = means[:1], means[1:]
        matrix = means
        if absent and self.missing == "own":
            means = np.vstack([means, own])
        middle = np.atleast_1d(np.asarray(encoder.target_mean_, np.float64))
        facts = {} if classes is None else {"classes": [str(name) for name in classes.tolist()]}
        return learnt_categories(factors, matrix, arrays={"means": means, "middle": middle}, facts=facts)

    def _classes(self, learnt: Learnt) -> list[str] | None:
        classes = learnt.facts.get("classes")
        if classes is None:
            return None
        if not isinstance(classes, list) or len(classes) < 2 or len(classes) > _MOST_CLASSES:
            raise DataError("this model cannot encode: its classes are no list of two or more")
        return [str(name) for name in classes]

    def _width(self, learnt: Learnt) -> int:
        classes = self._classes(learnt)
        return 1 if classes is None or len(classes) == 2 else len(classes)


def _takes_folds() -> bool:
    """Whether scikit-learn's encoder is told how to cut the rows by an object, as it is from 1.9 on."""
    version = str(require("sklearn", extra="table").__version__)
    major, minor = (int(part) for part in version.split(".")[:2])
    return (major, minor) >= (1, 9)


def _middle(y: NDArray[Any], encoder: Any) -> NDArray[np.float64]:
    """What the encoder gives where there is no category, for these targets: their mean, or the share of the
    second class, or of each."""
    if encoder.target_type == "continuous":
        return np.array([y.mean()])
    classes = encoder.classes_[1:] if encoder.target_type == "binary" else encoder.classes_
    return np.array([np.mean(y == name) for name in classes])
