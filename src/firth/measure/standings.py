"""`standings`: the figures of several spaces side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from firth.errors import DataError
from firth.measure.analogies import Method, analogy
from firth.measure.pairs import similarity
from firth.measure.report import Report
from firth.measure.sets import EvaluationSet, GradedPairs, given_sets
from firth.measure.spaces import Case
from firth.vectors import Vectors

__all__ = ["standings"]


def standings(
    spaces: Mapping[str, Vectors],
    sets: EvaluationSet | Iterable[EvaluationSet],
    *,
    restrict: int | None = 30_000,
    method: Method = "3CosAdd",
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """Measure several spaces on the same sets.

    Args:
        spaces: the vectors by name.
        sets: graded pairs, questions, files of either kind, or several of them.
        restrict, method, case, seed: as in `analogy` and `similarity`.

    Returns:
        A report with a row for each set and space, set by set: Spearman's correlation on graded pairs, the
        share of right answers on questions, each over what the space covers and with its interval. Whether
        one is better than another by more than chance is for `compare` to say.

    Raises:
        FormatError: a file is damaged; the message names the line.
        DataError: there is no space or no set, or ids are not strings.
        OptionError: an option is outside its range.
    """
    if not spaces:
        raise DataError("standings needs at least one space: {name: vectors}")
    rows = []
    for some in given_sets(sets):
        for name, vectors in spaces.items():
            if isinstance(some, GradedPairs):
                found = similarity(vectors, some, case=case, seed=seed)
            else:
                found = analogy(vectors, some, restrict=restrict, method=method, case=case, seed=seed)
            figure = found.rows[0]
            rows.append(replace(figure, name=f"{some.name}: {name}", extra={"space": name}))
    return Report(title=f"{len(spaces)} spaces", rows=tuple(rows))
