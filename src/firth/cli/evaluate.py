"""`firth evaluate`: how good vectors are, on sets of any kind."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from firth.cli.choosing import chosen_tasks, restricted, space_of
from firth.cli.opening import open_model
from firth.cli.options import Analogies, Chosen, File, Json, Restrict, Sets, Similarities, Space
from firth.cli.output import say
from firth.cli.reports import show_reports

__all__ = ["evaluate"]


def evaluate(
    file: File,
    *,
    analogies: Analogies = None,
    similarities: Similarities = None,
    sets: Sets = None,
    chosen: Chosen = None,
    restrict: Restrict = 30_000,
    space: Space = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the intervals.")] = 1,
    json: Json = False,
) -> None:
    """Measure vectors on sets of any kind, each figure with n, coverage and a 95 % interval.

    A model of subwords makes vectors of words that it never saw. Without a set of your own: the Google
    analogies, WordSim-353 and MEN, which ship with Firth; for ids that are whole numbers, the geometry, which
    needs no set.
    """
    model, vectors = open_model(file, space=space)
    measured = space_of(model, vectors)
    choice = chosen_tasks(
        analogies=analogies, similarities=similarities, sets=sets, chosen=chosen, restrict=restrict, seed=seed
    )
    reports: list[Any]
    if choice is not None:
        reports = [task.report(measured) for task in choice.tasks]
    else:
        reports = _by_default(measured, vectors, restrict=restrict, seed=seed)
    show_reports(reports, json=json, file=str(file))


def _by_default(space: Any, vectors: Any, *, restrict: int, seed: int) -> list[Any]:
    """The sets that ship, or the geometry of what has no words."""
    from firth.data.ids import Strings
    from firth.measure.choice import WORD_SETS, choose

    if isinstance(vectors.ids, Strings):
        names = sorted(WORD_SETS, key=lambda name: name != "google-analogies")  # as ever, analogies first
        return [restricted(choose(name, seed=seed), restrict).report(space) for name in names]
    from firth.measure.geometry import geometry

    say("the ids are whole numbers, so that no set of words fits; this is what can be said without one")
    return [geometry(vectors, seed=seed)]
