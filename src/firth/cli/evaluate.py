"""`firth evaluate`: how good vectors are, on sets of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from firth.cli.choosing import chosen_tasks, default_choice, space_of
from firth.cli.opening import open_model
from firth.cli.options import Analogies, Chosen, File, Json, Restrict, Sets, Similarities, Space, Texts
from firth.cli.output import say
from firth.cli.reports import show_reports
from firth.errors import DataError, OptionError

if TYPE_CHECKING:
    from firth.measure.choice import Choice
    from firth.measure.report import Report
    from firth.model import Model
    from firth.vectors import Vectors

__all__ = ["evaluate"]


def evaluate(
    file: File,
    *,
    analogies: Analogies = None,
    similarities: Similarities = None,
    sets: Sets = None,
    chosen: Chosen = None,
    restrict: Restrict = 30_000,
    texts: Texts = None,
    space: Space = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the intervals.")] = 1,
    json: Json = False,
) -> None:
    """Measure vectors on sets of any kind, each figure with n, coverage and a 95 % interval.

    A model of subwords makes vectors of words that it never saw. Without a set of your own: those that ship
    with Firth and fit, which are WordSim-353, MEN and the Google analogies for vectors of words that they
    cover, and Cranfield for models of texts; where none fits, the geometry, which needs no set.
    """
    model, vectors = open_model(file, space=space)
    measured = space_of(model, vectors)
    choice = chosen_tasks(
        analogies=analogies,
        similarities=similarities,
        sets=sets,
        chosen=chosen,
        restrict=restrict,
        texts=texts,
        seed=seed,
    ) or default_choice(measured, restrict=restrict, texts=texts, seed=seed)
    for left in choice.left_out:
        say(f"not measured: {left.what}: {left.why}")
    context = {"file": str(file), "not_measured": [left._asdict() for left in choice.left_out]}
    if choice.tasks:
        show_reports(_reports(choice, measured), json=json, **context)
        return
    from firth.measure.geometry import geometry

    say("no set fits these vectors; this is what can be said without one")
    show_reports([geometry(vectors, seed=seed)], json=json, **context)


def _reports(choice: Choice, space: Model | Vectors) -> Iterator[Report]:
    """The report of each task; an error says of which."""
    for task in choice.tasks:
        try:
            yield task.report(space)
        except (DataError, OptionError) as error:
            kind = OptionError if isinstance(error, OptionError) else DataError
            raise kind(f"{task.name}: {error}") from error
