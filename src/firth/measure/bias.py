"""`weat`: which words go with which, as flowers go with what is pleasant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.measure.intervals import Floats
from firth.measure.outcome import Outcome, Statistic, row_of
from firth.measure.permutation import Chance, chance_of_split
from firth.measure.report import Report
from firth.measure.sets.associations import AssociationTest
from firth.measure.spaces import Case, Space, check_case, vectors_of
from firth.measure.wordlists import WordList, about_lists, find_list
from firth.options import check_seed

__all__ = ["WEAT", "effect_size_of", "weat"]

FEW = 10  # words of one side: 95 % intervals of a great effect on 8 + 8 words held it 88 times of 100
ROUNDING = 1e-12  # of a difference of mean cosines


def weat(space: Space, test: AssociationTest, *, case: Case = "auto", seed: int = 1) -> Report:
    """The word embedding association test: do the words of x go with a, and those of y with b?

    Caliskan, Bryson and Narayanan (2017), "Semantics derived automatically from language corpora contain
    human-like biases", Science 356(6334). A word w goes with a rather than b by

        s(w) = mean of cos(w, a) over the words of a - mean of cos(w, b) over the words of b

    and the effect size is d = (mean s over x - mean s over y) / standard deviation of s over x and y, from -2
    to 2 where x and y are of one size (the deviation divides by the number of words; programs that divide by
    one less get a d that is smaller by the factor √((n - 1) / n)). p is how often x and y would differ by as
    much in this direction, if the words were dealt to them by chance: of all ways to deal them where there
    are at most 200,000, else of 100,000 drawn ones.

    The vectors say what the text says; see docs/bias.md for what the figure does not say.

    Args:
        space: vectors whose ids are words, or a model. The cosine is taken whatever their metric.
        test: two lists of targets and two of attributes.
        case: "auto" looks a word up as written and else lower-cased; or "exact", "lower".
        seed: of the bootstrap and of the permutations.

    Returns:
        A report with the row "effect size" over the target words that have a vector (the words of a and b are
        taken as given: its interval is the bootstrap over the targets, x and y each by itself), and the mean
        s of x and of y. The first row holds p, its 95 % interval (p itself where all ways were counted),
        p_two_sided, and how many permutations it rests on. How many words of each list have a vector, and
        which have none, is in the notes and details; so is the s of each word.

    Raises:
        DataError: the ids are not strings.
        OptionError: an option is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> space = Vectors(["rose", "tulip", "wasp", "flea", "good", "bad"],
    ...                 np.array([[3, 1], [4, 1], [1, 2], [1, 3], [1, 0], [0, 1]]))
    >>> test = AssociationTest(name="t", x=("rose", "tulip"), y=("wasp", "flea"), a=("good",), b=("bad",))
    >>> row = weat(space, test)["effect size"]
    >>> round(row.value, 2), row.extra["p"]  # one of the six ways to deal four words into two pairs
    (1.99, 0.16666666666666666)
    """
    return WEAT(test=test, case=case, seed=seed).report(space)


@dataclass(frozen=True, kw_only=True)
class WEAT:
    """The task of `weat`; see there."""

    test: AssociationTest
    case: Case = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_case(self.case)

    @property
    def name(self) -> str:
        """The name of the test."""
        return self.test.name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """The effect size, an item being a word of x or, after these, of y; and the mean s of x and of y."""
        return self._outcomes(self._found(space))

    def report(self, space: Space) -> Report:
        """See `weat`."""
        lists = self._found(space)
        main, *means = self._outcomes(lists)
        x, y, a, b = self.test.names
        notes = [f"above 0: {x} go with {a} and {y} with {b}", *about_lists(lists)]
        notes += [self.test.note] if self.test.note else []
        few = [f"{len(one.rows)} of {name}" for name, one in list(lists.items())[:2] if len(one.rows) < FEW]
        if few:
            notes.append(f"few words ({', '.join(few)}): the interval is narrower than what is not known")
        both = sorted(set(self.test.x) & set(self.test.y))
        if both:
            notes.append(f"in {x} and in {y}: {', '.join(both)}; such words make the two more alike")
        return Report(
            title=f"{self.name}: {x} and {y}, {a} and {b}",
            rows=tuple(row_of(outcome, seed=self.seed) for outcome in (main, *means)),
            notes=(*notes, _about_p(main)),
            details={
                "lists": {name: one.to_dict() for name, one in lists.items()},
                "associations": {
                    word: None if np.isnan(s) else float(s)
                    for word, s in zip((*self.test.x, *self.test.y), main.values, strict=True)
                },
            },
        )

    def _found(self, space: Space) -> dict[str, WordList]:
        """Each of the four lists by its name."""
        lists = (self.test.x, self.test.y, self.test.a, self.test.b)
        vectors = vectors_of(space, [word for words in lists for word in words])
        names = self.test.names if len(set(self.test.names)) == 4 else ("x", "y", "a", "b")
        return {name: find_list(vectors, words, self.case) for name, words in zip(names, lists, strict=True)}

    def _outcomes(self, lists: dict[str, WordList]) -> tuple[Outcome, ...]:
        x, y, a, b = lists.values()
        values = np.full(x.total + y.total, np.nan)
        if len(a.rows) and len(b.rows):
            targets = np.concatenate([x.rows, y.rows])
            places = np.concatenate([x.places, x.total + y.places])
            values[places] = (targets @ a.rows.T).mean(axis=1) - (targets @ b.rows.T).mean(axis=1)
        covered = ~np.isnan(values)
        of_x = np.arange(len(values)) < x.total
        chance: Chance | None = None
        if covered[of_x].any() and covered[~of_x].any():
            k = int(np.count_nonzero(covered & of_x))
            chance = chance_of_split(values[covered], k, seed=self.seed)
        missing = tuple(sorted({word for one in (x, y, a, b) for word in one.missing}))
        main = Outcome(
            task=self.name,
            figure="effect size",
            values=values,
            covered=covered,
            statistic=effect_size_of(x.total),
            chance=0.0,
            higher_is_better=None,
            missing=missing,
            extra=_chance_row(chance),
        )
        means = (
            Outcome(
                task=self.name,
                figure=f"mean s of {name}",
                values=values[part],
                covered=covered[part],
                higher_is_better=None,
                missing=missing,
            )
            for name, part in zip(self.test.names, (of_x, ~of_x), strict=False)
        )
        return main, *means


def effect_size_of(n_x: int) -> Statistic:
    """The statistic d of scores of which the first n_x items are those of x; NaN where all scores are one.

    x and y are lists of the test and no draw: in a resample the words of each together weigh what they are,
    however many of them were drawn, so that d keeps to the range of the test itself.
    """

    def statistic(values: Floats, items: NDArray[np.int64], weights: Floats) -> Floats:
        of_x = items < n_x
        with np.errstate(invalid="ignore", divide="ignore"):  # a resample without a word of x or of y
            in_x, in_y = (
                weights * part / (weights * part).sum(axis=1, keepdims=True) for part in (of_x, ~of_x)
            )
            shares = of_x.mean() * in_x + (~of_x).mean() * in_y
            away = values - (shares @ values)[:, None]
            spread = np.sqrt((shares * away**2).sum(axis=1))
            d: Floats = np.where(spread > ROUNDING, (in_x - in_y) @ values / spread, np.nan)
        return d

    return statistic


def _chance_row(chance: Chance | None) -> dict[str, Any]:
    """What the row says of p; nothing where one side has no words."""
    if chance is None:
        return {}
    return {
        "p": chance.p,
        "p_low": chance.low,
        "p_high": chance.high,
        "p_two_sided": chance.p_two_sided,
        "permutations": chance.splits,
        "exact": chance.exact,
    }


def _about_p(main: Outcome) -> str:
    """p in words."""
    found = main.extra
    if "p" not in found:
        return "p: none, since one of the lists has no word with a vector"
    if found["exact"]:
        return f"p = {found['p']:.3g} (one-sided), of all {found['permutations']:,} permutations"
    interval = f"{found['p_low']:.3g} to {found['p_high']:.3g}"
    return (
        f"p = {found['p']:.3g} (one-sided; 95 % interval {interval}), of {found['permutations']:,} random "
        "permutations"
    )
