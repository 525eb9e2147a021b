"""`firth compare`: which of several files of vectors is best, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.choosing import chosen_tasks
from firth.cli.opening import open_model
from firth.cli.options import Analogies, Chosen, Json, Restrict, Sets, Similarities, Texts
from firth.cli.reports import show_reports
from firth.errors import DataError, OptionError

if TYPE_CHECKING:
    from firth.measure.outcome import Task
    from firth.measure.report import Report
    from firth.model import Model

__all__ = ["compare"]

Baseline = Annotated[
    Path | None, typer.Option("--baseline", help="The file that the others are held against; the first.")
]


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="Vectors or a model.")],
    others: Annotated[list[Path], typer.Argument(metavar="B…", help="Others, one file or several.")],
    *,
    analogies: Analogies = None,
    similarities: Similarities = None,
    sets: Sets = None,
    chosen: Chosen = None,
    restrict: Restrict = 30_000,
    texts: Texts = None,
    baseline: Baseline = None,
    every_pair: Annotated[
        bool, typer.Option("--every-pair", help="Hold every two files against each other.")
    ] = False,
    correction: Annotated[
        str, typer.Option(help="For many comparisons: holm, benjamini-hochberg or none.")
    ] = "holm",
    all_figures: Annotated[
        bool, typer.Option("--all-figures", help="All figures of each task, and not the main one alone.")
    ] = False,
    pareto: Annotated[
        bool, typer.Option("--pareto", help="Also set quality against size and speed of search.")
    ] = False,
    stability: Annotated[
        bool, typer.Option("--stability", help="Also how far the nearest neighbours agree, as between runs.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the resampling.")] = 1,
    json: Json = False,
) -> None:
    """Compare files of vectors or models on the same items: figures side by side, differences, verdicts.

    The difference of each file from the first comes with a paired test over the items that both cover, and
    "better" or "worse" is said only where it is more than chance, all comparisons together.

    Without a set of your own: the Google analogies, WordSim-353 and MEN, which ship with Firth.
    """
    from firth import measure
    from firth.measure.corrections import check_correction

    check_correction(correction)
    files = (a, *others)
    if baseline is not None and baseline not in files:
        raise OptionError(f"--baseline {baseline} is none of the files: {', '.join(map(str, files))}")
    choice = chosen_tasks(
        analogies=analogies,
        similarities=similarities,
        sets=sets,
        chosen=chosen,
        restrict=restrict,
        texts=texts,
        seed=seed,
    )
    if choice is None and texts is not None:
        raise OptionError("--texts is about sets of texts, and none is given: name one with --set or --task")
    tasks = _shipped(restrict, seed) if choice is None else choice.tasks
    spaces = _open(files)
    figures: Any = "all" if all_figures else "main"
    reports = [
        measure.standings(spaces, tasks, figures=figures, seed=seed),
        measure.compare(
            spaces,
            tasks,
            baseline=None if baseline is None else str(baseline),
            every_pair=every_pair,
            correction=correction,  # type: ignore[arg-type]
            figures=figures,
            seed=seed,
        ),
    ]
    if pareto:
        from firth.measure.pareto import pareto as weigh

        reports.append(weigh(spaces, reports[0], seed=seed))
    if stability:
        reports.append(_agreement(spaces, seed))
    show_reports(reports, json=json, files=list(spaces))


def _shipped(restrict: int, seed: int) -> Sequence[Task]:
    """The sets of words that ship with Firth."""
    from firth import datasets
    from firth.measure.tasks import tasks_of

    sets = [datasets.google_analogies(), datasets.wordsim353(), datasets.men()]
    return tasks_of(sets, restrict=restrict or None, seed=seed)


def _agreement(spaces: dict[str, Model], seed: int) -> Report:
    """How far the neighbours agree, or why that cannot be said; what else was found is shown in any case."""
    from firth.measure.report import Report
    from firth.measure.stability import stability

    runs = {name: model.vectors for name, model in spaces.items()}
    first, *others = runs.values()
    shared = set(first.ids).intersection(*(other.ids for other in others))
    try:
        return stability(runs, k=max(1, min(10, len(shared) - 1)), seed=seed)
    except (DataError, OptionError) as error:
        return Report(title="stability", rows=(), notes=(f"not measured: {error}",))


def _open(files: tuple[Path, ...]) -> dict[str, Model]:
    """The models in the files by name; a file that is given again gets a number."""
    spaces: dict[str, Model] = {}
    for file in files:
        name, times = str(file), 1
        while name in spaces:
            times += 1
            name = f"{file} ({times})"
        spaces[name] = open_model(file)[0]
    return spaces
