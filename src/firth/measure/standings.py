"""`standings`: the figures of several spaces side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from firth.measure.named import named_spaces
from firth.measure.outcome import row_of
from firth.measure.report import Report, Row
from firth.measure.sidebyside import check_figures, side_by_side
from firth.measure.tasks import Given, tasks_of
from firth.options import check_seed

__all__ = ["standings"]


def standings(
    spaces: Mapping[str, Any] | Sequence[Any],
    tasks: Given | Iterable[Given],
    *,
    figures: Literal["main", "all"] = "main",
    seed: int = 1,
) -> Report:
    """Measure several spaces on the same tasks.

    Args:
        spaces: by name, vectors, models, encoders or whatever else the tasks take, such as runs for
            retrieval; those of a sequence are called "space 1", "space 2", ….
        tasks: sets of any kind, their files, tasks with options of their own (`task_of`), or several of them.
        figures: "main", the first figure of each task, or "all".
        seed: of the bootstrap, and of tasks that are made here and draw.

    Returns:
        A report with a row for each figure and space, task by task, each over what the space itself covers
        and with its 95 % interval over the items. Tasks on one set are called after their kinds and the
        options in which they differ, too. Whether one is better than another by more than chance is
        for `compare` to say.

    Raises:
        FormatError: a file is damaged; the message names the line.
        DataError: there is no space or no task, or a task cannot be done on a space.
        OptionError: an option is outside its range.
    """
    named = named_spaces(spaces, what="standings")
    check_figures(figures)
    rows: list[Row] = []
    notes: list[str] = []
    for one in side_by_side(tasks_of(tasks, seed=check_seed(seed)), named, figures):
        notes += one.notes
        for name, outcome in one.got.items():
            row = row_of(outcome, seed=seed)
            which = one.task if one.first else f"{one.task} ({row.name})"
            extra = {**row.extra, "space": name, "figure": row.name}
            rows.append(replace(row, task=one.task, name=f"{which}: {name}", extra=extra))
    return Report(title=f"{len(named)} spaces", rows=tuple(rows), notes=tuple(dict.fromkeys(notes)))
