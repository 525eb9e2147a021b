"""`rnd`: are words that should be neutral nearer to one group of people than to another?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from firth.errors import DataError
from firth.measure.outcome import Outcome, row_of
from firth.measure.report import Report
from firth.measure.spaces import Case, Space, check_case, vectors_of
from firth.measure.wordlists import WordList, about_lists, find_list
from firth.options import check_seed

__all__ = ["RND", "rnd"]


def rnd(
    space: Space,
    neutral: Sequence[str],
    *,
    first: Sequence[str],
    second: Sequence[str],
    name: str = "RND",
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """The relative norm distance: are neutral words, such as professions, nearer to one of two groups?

    Garg, Schiebinger, Jurafsky and Zou (2018), "Word embeddings quantify 100 years of gender and ethnic
    stereotypes", PNAS 115(16). With all vectors at length 1 and the mean vector of each group, it is

        |w - mean of first| - |w - mean of second|

    of a neutral word w: below 0 where w is nearer to the first group. The figure is its mean over the neutral
    words, so that lists of different lengths can be compared; the paper's is the sum, n times as much.

    Args:
        space: vectors whose ids are words, or a model.
        neutral: the words that belong to no group by what they mean.
        first, second: the words of the two groups, such as ["he", "man"] and ["she", "woman"].
        name: what to call the set of words in the report.
        case: "auto" looks a word up as written and else lower-cased; or "exact", "lower".
        seed: of the bootstrap.

    Returns:
        A report with the row "RND" over the neutral words that have a vector, with the bootstrap interval
        over these words (those of the groups are taken as given) and the sum. How many words of each list
        have a vector, which have none, and the figure of each word are in the notes and details.

    Raises:
        DataError: a list is empty or one string, or the ids are not strings.
        OptionError: an option is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> space = Vectors(["he", "she", "nurse", "smith"], np.array([[1, 0], [0, 1], [1, 2], [3, 2]]))
    >>> rnd(space, ["nurse"], first=["he"], second=["she"]).value > 0
    True
    """
    words = {"neutral": neutral, "first": first, "second": second}
    for key, some in words.items():
        if isinstance(some, str) or not len(some):
            raise DataError(f"{key} is a list of words, not {some!r}")
    task = RND(
        neutral=tuple(neutral), first=tuple(first), second=tuple(second), name=name, case=case, seed=seed
    )
    return task.report(space)


@dataclass(frozen=True, kw_only=True)
class RND:
    """The task of `rnd`; see there."""

    neutral: tuple[str, ...]
    first: tuple[str, ...]
    second: tuple[str, ...]
    name: str = "RND"
    case: Case = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_case(self.case)

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """The mean relative norm distance; an item is a neutral word."""
        return (self._outcome(self._found(space)),)

    def report(self, space: Space) -> Report:
        """See `rnd`."""
        lists = self._found(space)
        main = self._outcome(lists)
        return Report(
            title=f"{self.name}: relative norm distance",
            rows=(row_of(main, seed=self.seed),),
            columns=("sum",),
            notes=("below 0: nearer to the first group", *about_lists(lists)),
            details={
                "lists": {name: one.to_dict() for name, one in lists.items()},
                "distances": {
                    word: None if np.isnan(value) else float(value)
                    for word, value in zip(self.neutral, main.values, strict=True)
                },
            },
        )

    def _found(self, space: Space) -> dict[str, WordList]:
        lists = {"neutral": self.neutral, "first": self.first, "second": self.second}
        vectors = vectors_of(space, [word for words in lists.values() for word in words])
        return {name: find_list(vectors, words, self.case) for name, words in lists.items()}

    def _outcome(self, lists: dict[str, WordList]) -> Outcome:
        neutral, first, second = lists.values()
        values = np.full(neutral.total, np.nan)
        if len(first.rows) and len(second.rows):
            to_first, to_second = (
                np.sqrt(((neutral.rows - group.rows.mean(axis=0)) ** 2).sum(axis=1))
                for group in (first, second)
            )
            values[neutral.places] = to_first - to_second
        covered = ~np.isnan(values)
        return Outcome(
            task=self.name,
            figure="RND",
            values=values,
            covered=covered,
            chance=0.0,
            higher_is_better=None,
            missing=tuple(sorted({word for one in lists.values() for word in one.missing})),
            extra={"sum": float(values[covered].sum()) if covered.any() else None},
        )
