"""`probe`: can the class of an item be read off its vector?

Alain and Bengio 2016, "Understanding intermediate layers using linear classifier probes"; Conneau and Kiela
2018, "SentEval". The vectors stay as they are; a simple classifier is trained on top of them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from firth.errors import DataError, OptionError
from firth.measure.items import By, check_by, item_rows, left_out
from firth.measure.outcome import Outcome, row_of, share_of
from firth.measure.predicting import Classifier, Logit, Part, Predicted, Votes, across_folds, by_training
from firth.measure.predictions import macro_f1, majority_chance
from firth.measure.report import Report
from firth.measure.sets.labelled import LabelledItems, read_labelled
from firth.measure.spaces import Case, Space, check_case
from firth.options import check_real, check_seed, check_whole

__all__ = ["Probe", "probe"]

Method: TypeAlias = Literal["logistic", "knn"]
HOW = "the intervals resample the items, each with its one prediction; chance names the most frequent class"


def probe(
    space: Space,
    labelled: LabelledItems | str | os.PathLike[str],
    *,
    test: LabelledItems | str | os.PathLike[str] | None = None,
    method: Method = "logistic",
    folds: int = 5,
    l2: float | None = None,
    neighbours: int = 10,
    by: By = "auto",
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """Predict the class of every item from its vector, by a classifier that has not seen the item.

    Args:
        space: vectors, a model or an encoder.
        labelled: the items with their classes, or a file or folder that `read_labelled` reads.
        test: items to predict, where the set has such a part; `labelled` is then what the classifier learns
            from. If None, `labelled` is dealt into folds, each predicted by a classifier of the others.
        method: "logistic", multinomial logistic regression over columns brought to mean 0 and spread 1 on
            the training part; or "knn", the votes of the nearest training items by the metric of the space.
        folds: how many.
        l2: the penalty of logistic regression (1 / C elsewhere); if None, each training part chooses among
            1000, 100, 10, 1 and 0.1 by a fifth of its own items.
        neighbours: how many vote in "knn".
        by: "id" looks items up, "text" encodes them, "auto" does what fits the space.
        case: how words are looked up; see `similarity`.
        seed: of the folds, the choice of the penalty and the bootstrap.

    Returns:
        A report with the rows "accuracy", the share of the items predicted right, and "macro-F1", the mean
        over the classes of the harmonic mean of precision and recall. The intervals resample the items that
        are predicted, each with its one prediction; how much another training set would change is not in
        them. "chance" is what naming the most frequent class every time gets.

    Raises:
        OptionError: an option is outside its range, or there are fewer different items than folds, or
            fewer items than neighbours.
        DataError: fewer than two classes are covered.
        FormatError: a file is damaged.
    """
    given = labelled if isinstance(labelled, LabelledItems) else read_labelled(labelled)
    asked = test if test is None or isinstance(test, LabelledItems) else read_labelled(test)
    task = Probe(
        labelled=given,
        test=asked,
        method=method,
        folds=folds,
        l2=l2,
        neighbours=neighbours,
        by=by,
        case=case,
        seed=seed,
    )
    return task.report(space)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """The task of `probe`; see there."""

    labelled: LabelledItems
    test: LabelledItems | None = None
    method: Method = "logistic"
    folds: int = 5
    l2: float | None = None
    neighbours: int = 10
    by: By = "auto"
    case: Case = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        if self.method not in ("logistic", "knn"):
            raise OptionError(f"method is 'logistic' or 'knn', not {self.method!r}")
        check_whole("folds", self.folds, 2, 2**31)
        check_whole("neighbours", self.neighbours, 1, 2**31)
        check_seed(self.seed)
        check_by(self.by)
        check_case(self.case)
        if self.l2 is not None:
            check_real("l2", self.l2, 0, 1e12, above=True)

    @property
    def name(self) -> str:
        """The name of the set that is predicted."""
        return (self.test or self.labelled).name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """Accuracy, where an item got 1 or 0, and macro-F1, where it got the number of a class."""
        asked = self.labelled if self.test is None else self.test
        kinds = sorted({*self.labelled.labels, *asked.labels})
        numbers = {kind: i for i, kind in enumerate(kinds)}
        classes = np.array([numbers[label] for label in asked.labels], np.int64)
        train = self._part(space, self.labelled, numbers)
        part = train if self.test is None else self._part(space, self.test, numbers)
        predicted = self._predicted(train, part)
        values = np.full(classes.size, np.nan)
        values[part.rows.covered] = predicted.classes
        share, f1 = majority_chance(part.classes, train.classes)
        main = Outcome(
            task=self.name,
            figure="accuracy",
            values=np.where(part.rows.covered, values == classes, np.nan),
            covered=part.rows.covered,
            statistic=share_of,
            chance=share,
            missing=part.rows.missing,
            extra={"classes": np.unique(part.classes).size},
            notes=(
                *left_out("items", part.rows.covered, part.rows.missing),
                *part.rows.notes,
                *predicted.notes,
            ),
        )
        over_classes = replace(main, figure="macro-F1", values=values, statistic=macro_f1(classes), chance=f1)
        return main, over_classes

    def _part(self, space: Space, labelled: LabelledItems, numbers: dict[str, int]) -> Part:
        rows = item_rows(space, labelled.items, by=self.by, case=self.case)
        there = np.flatnonzero(rows.covered).tolist()
        classes = np.array([numbers[labelled.labels[i]] for i in there], np.int64)
        return Part(rows, tuple(labelled.items[i] for i in there), classes)

    def _predicted(self, train: Part, part: Part) -> Predicted:
        if not part.classes.size:
            return Predicted(part.classes, ())
        held = np.unique(train.classes).size
        if held < 2:
            raise DataError(
                f"a probe learns from items of at least two classes; the {train.classes.size:,} items of "
                f"{self.labelled.name!r} that this space covers are of {held}"
            )
        classifier: Classifier = (
            Logit(l2=self.l2, seed=self.seed)
            if self.method == "logistic"
            else Votes(k=self.neighbours, metric=part.rows.metric)
        )
        if self.test is None:
            return across_folds(part, classifier, folds=self.folds, seed=self.seed)
        return by_training(train, part, classifier)

    def report(self, space: Space) -> Report:
        """See `probe`."""
        outcomes = self.outcomes(space)
        sets = [self.labelled] if self.test is None else [self.labelled, self.test]
        return Report(
            title=f"{self.name}: classes read off the vectors",
            rows=tuple(row_of(outcome, seed=self.seed) for outcome in outcomes),
            columns=("chance",),
            notes=(*outcomes[0].notes, HOW, *(part.note for part in sets if part.note)),
            details={"missing": list(outcomes[0].missing), "method": self.method},
        )
