"""Predictions of a probe: across folds, or of a test part by a training part; and what to say of them."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.measure.classifiers import GRID, by_neighbours, fit_probe
from firth.measure.folds import deal
from firth.measure.items import Item, ItemRows, left_out
from firth.vectors import Metric

__all__ = ["Classifier", "Logit", "Part", "Predicted", "Votes", "across_folds", "by_training"]

Rows = NDArray[np.float32]
Classes = NDArray[np.int64]


class Part(NamedTuple):
    """The covered items of a set: where all its items are, the covered ones, the numbers of their classes."""

    rows: ItemRows
    items: tuple[Item, ...]
    classes: Classes


class Predicted(NamedTuple):
    """The class predicted for each covered item, int64, (n,), and what a reader should know."""

    classes: Classes
    notes: tuple[str, ...]


class Classifier(Protocol):
    """What predicts classes after it has seen others: of rows (m, d) from rows (n, d) and their classes."""

    def predict(self, rows: Rows, classes: Classes, asked: Rows) -> Classes:
        """The classes of the rows asked for, int64, (m,)."""

    def told(self) -> tuple[str, ...]:
        """What to say of the predictions so far."""


class Logit:
    """Logistic regression, which remembers the penalties that it chose and whether it settled."""

    def __init__(self, *, l2: float | None, seed: int):
        self._l2, self._seed = l2, seed
        self._penalties: list[float] = []
        self._unsettled = 0

    def predict(self, rows: Rows, classes: Classes, asked: Rows) -> Classes:
        """See `Classifier`."""
        kinds, own = np.unique(classes, return_inverse=True)
        fitted = fit_probe(rows, own, count=kinds.size, l2=self._l2, seed=self._seed)
        self._penalties.append(fitted.logistic.l2)
        self._unsettled += not fitted.logistic.settled
        found: Classes = kinds[fitted.scores(asked).argmax(axis=1)]
        return found

    def told(self) -> tuple[str, ...]:
        """See `Classifier`."""
        chosen = ", ".join(f"{l2:g} ({n:,}×)" for l2, n in sorted(Counter(self._penalties).items()))
        among = "" if self._l2 is not None else f", chosen among {', '.join(f'{l2:g}' for l2 in GRID)}"
        notes = [f"logistic regression with l2 = {chosen}{among}"]
        if self._unsettled:
            notes.append(f"{self._unsettled:,} fits were stopped before they settled")
        return tuple(notes)


class Votes:
    """The nearest neighbours by the metric of the space."""

    def __init__(self, *, k: int, metric: Metric):
        self._k, self._metric = k, metric

    def predict(self, rows: Rows, classes: Classes, asked: Rows) -> Classes:
        """See `Classifier`. Raises OptionError where there are fewer rows than neighbours."""
        if self._k > classes.size:
            raise OptionError(
                f"neighbours={self._k:,} cannot be found among {classes.size:,} training items; lower it"
            )
        return by_neighbours(rows, classes, asked, metric=self._metric, k=self._k)

    def told(self) -> tuple[str, ...]:
        """See `Classifier`."""
        return (f"votes of {self._k:,} neighbours by the {self._metric} of the vectors",)


def across_folds(part: Part, classifier: Classifier, *, folds: int, seed: int) -> Predicted:
    """Predict every item by a classifier of the other folds.

    Raises:
        OptionError: there are more folds than different items.
    """
    n, different = part.classes.size, len(set(part.items))
    if folds > different:
        same = f", of which {different:,} are different and copies share a fold" if different < n else ""
        raise OptionError(f"folds={folds:,} cannot be made of {n:,} covered items{same}; lower folds")
    fold = deal(part.items, part.classes, folds=folds, seed=seed)
    predicted = np.empty(n, np.int64)
    for out in np.unique(fold):
        asked = fold == out
        predicted[asked] = classifier.predict(
            part.rows.matrix[~asked], part.classes[~asked], part.rows.matrix[asked]
        )
    notes = [f"each of {n:,} items predicted from the other {folds - 1:,} of {folds:,} folds"]
    notes += classifier.told()
    if copies := n - different:
        notes.append(f"{copies:,} items are copies of others, which lie in the same fold")
    sizes = np.bincount(part.classes)
    sizes = sizes[sizes > 0]
    if few := int(np.count_nonzero(sizes < folds)):
        notes.append(f"{few:,} of {sizes.size:,} classes have fewer items than there are folds")
    if alone := int(np.count_nonzero(sizes == 1)):
        notes.append(
            f"{alone:,} classes have a single item, whose class nothing can be learnt of: it counts as wrong"
        )
    return Predicted(predicted, tuple(notes))


def by_training(train: Part, test: Part, classifier: Classifier) -> Predicted:
    """Predict the test items by a classifier of the training items."""
    predicted = classifier.predict(train.rows.matrix, train.classes, test.rows.matrix)
    notes = [f"{test.classes.size:,} items predicted from {train.classes.size:,} others", *classifier.told()]
    notes += left_out("training items", train.rows.covered, train.rows.missing)
    notes += [f"of the training items: {note}" for note in train.rows.notes]
    learnt = set(train.items)
    if seen := sum(item in learnt for item in test.items):
        notes.append(f"{seen:,} of the items predicted are also among those learnt from")
    if new := int(np.count_nonzero(~np.isin(test.classes, train.classes))):
        notes.append(f"{new:,} items are of classes that were not learnt, and count as wrong")
    return Predicted(predicted, tuple(notes))
