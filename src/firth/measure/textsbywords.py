"""`TextsByWords`: a task on texts for vectors of words, which have no vectors of texts of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from firth.errors import OptionError
from firth.measure.items import rows_of_ids
from firth.measure.outcome import Outcome, Task
from firth.measure.report import Report
from firth.measure.sets import LabelledItems
from firth.measure.spaces import Space
from firth.measure.tasks import kind_of
from firth.measure.texts import OF_TEXTS, MeanOfWords
from firth.model import Model
from firth.vectors import Vectors

__all__ = ["KINDS_OF_TEXTS", "TextsByWords", "check_texts"]

KINDS_OF_TEXTS = ("sentences", "retrieval", "clusters", "probe")
"""The kinds of tasks whose items may be texts."""

SAID = "the vector of a text is the mean of those of its words"


@dataclass(frozen=True, kw_only=True)
class TextsByWords:
    """A task whose texts get the mean of the vectors of their words, as `MeanOfWords` makes it.

    A space that encodes texts itself is measured as it is, and so are vectors on a labelled set of which they
    hold half of the items as ids: these are words.

    Attributes:
        task: what is measured, of one of `KINDS_OF_TEXTS`.
    """

    task: Task

    def __post_init__(self) -> None:
        if (kind := kind_of(self.task)) not in KINDS_OF_TEXTS:
            raise OptionError(
                f"texts is an option of {', '.join(KINDS_OF_TEXTS)}; {self.name!r} is a set for {kind}"
            )

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.task.name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """What the task says, of the texts as means of words."""
        used = self._used(space)
        said = () if used is space else (SAID,)
        return tuple(replace(some, notes=(*said, *some.notes)) for some in self.task.outcomes(used))

    def report(self, space: Space) -> Report:
        """The report of the task, which says how its texts got their vectors."""
        used = self._used(space)
        report = self.task.report(used)
        return report if used is space else replace(report, notes=(SAID, *report.notes))

    def _used(self, space: Space) -> Space:
        """What is measured in place of a space."""
        if isinstance(space, Model):
            if space.recipe.get("learner") in OF_TEXTS:
                return space
        elif not isinstance(space, Vectors):
            return space
        labelled = getattr(self.task, "labelled", None)
        if isinstance(labelled, LabelledItems):
            vectors = space if isinstance(space, Vectors) else space.vectors
            if 2 * int((rows_of_ids(vectors, labelled.items, case="auto") >= 0).sum()) >= len(labelled):
                return space
        return MeanOfWords(space)


def check_texts(texts: str) -> str:
    """How texts get their vectors. Raises OptionError for anything but "mean"."""
    if texts != "mean":
        raise OptionError(f"texts is 'mean', the mean of the vectors of their words, not {texts!r}")
    return texts
