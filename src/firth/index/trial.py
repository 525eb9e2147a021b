"""One trial of the planner: make an index or codes of rows, and measure what it finds, takes and costs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import CodecRecipe
from firth.compress.known import recipe_of as codec_recipe_of
from firth.index.candidates import Candidate
from firth.index.exact import Exact
from firth.index.faissengine import FaissEngine
from firth.index.index import Index
from firth.index.keep import Coded
from firth.index.known import recipe_of as index_recipe_of
from firth.index.recipe import IndexRecipe
from firth.index.timing import Speed, speed_of
from firth.index.truth import Questions
from firth.index.tuning import Recall, recall_of, searcher_of, tune_to
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["FEWEST", "Trial", "attempt"]

FEWEST = 30  # queries that can be cut into three parts


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What became of one candidate.

    Attributes:
        name: the candidate's.
        recipe: an index, or a codec whose codes are searched as they are.
        settings: search settings tuned to the recall that is asked for; {} for codes.
        rows: how many rows it was made of: all, or those of a sample.
        recall: on queries that had no part in tuning. The winner is chosen by it, so that of the winner it
            is a little too good.
        checked: on queries that had no part in tuning nor in choosing.
        memory: bytes in memory, without ids.
        mapped: bytes that stay in the file, of which a search reads a few rows.
        speed: of searching.
        build_seconds: of making it.
        notes: what the tuning had to say.
    """

    name: str
    recipe: IndexRecipe | CodecRecipe
    settings: Mapping[str, int] = field(default_factory=dict)
    rows: int
    recall: Recall
    checked: Recall
    memory: int
    mapped: int
    speed: Speed
    build_seconds: float
    seconds: float
    """What the whole trial took."""
    notes: tuple[str, ...] = ()
    each: NDArray[np.float64] | None = field(default=None, repr=False, compare=False)
    """The recall of each query that `recall` is the mean of; the same queries for every trial on the same
    rows, so that two can be compared in pairs. Not kept in files."""

    @property
    def kind(self) -> str:
        """ "index" or "codec"."""
        return "index" if isinstance(self.recipe, IndexRecipe) else "codec"

    def to_dict(self) -> dict[str, Any]:
        """Everything as values that JSON can hold."""
        return {
            "name": self.name,
            self.kind: self.recipe.to_dict(),
            "settings": dict(self.settings),
            "rows": self.rows,
            **self.recall.to_dict(),
            "checked": self.checked.to_dict(),
            "memory": self.memory,
            "mapped": self.mapped,
            "speed": self.speed.to_dict(),
            "build_seconds": self.build_seconds,
            "seconds": self.seconds,
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Trial:
        """The trial that `to_dict` told.

        Raises:
            OptionError: its recipe is none.
            KeyError, TypeError: it is no such document.
        """
        same = ("name", "settings", "rows", "memory", "mapped", "build_seconds", "seconds")
        recipe = index_recipe_of(document["index"]) if "index" in document else None
        return cls(
            recipe=recipe or codec_recipe_of(document["codec"]),
            recall=_recall(document),
            checked=_recall(document.get("checked", document)),
            speed=Speed(**document["speed"]),
            notes=tuple(document["notes"]),
            **{name: document[name] for name in same},
        )


def _recall(document: Mapping[str, Any]) -> Recall:
    others = {name: document[name] for name in ("low", "high", "n", "k")}
    return Recall(value=document["recall"], **others)


def parts(asked: Questions) -> tuple[Questions, Questions, Questions]:
    """Questions to tune with, to choose the winner with, and to say what it finds."""
    third = len(asked) // 3
    return (
        asked.take(slice(0, third)),
        asked.take(slice(third, 2 * third)),
        asked.take(slice(2 * third, None)),
    )


def attempt(
    candidate: Candidate, vectors: Vectors, asked: Questions, *, target: float, run: Run, patience: float
) -> Trial:
    """Make the candidate of vectors and measure it with questions about their rows.

    Args:
        candidate: what is made.
        vectors: rows that are all of use, so that row numbers are those of the questions.
        asked: the questions, of which an index is tuned with one third; see `parts`.
        target: the recall to be reached.
        run: threads and seed.
        patience: seconds for each of the two timings, though each query is asked once at least.

    Raises:
        DataError: there are too few rows for it.
        OptionError: an option does not fit the rows.
    """
    started = time.perf_counter()
    if isinstance(candidate.recipe, IndexRecipe):
        return _index(candidate, candidate.recipe, vectors, asked, target, run, patience, started)
    return _codes(candidate, candidate.recipe, vectors, asked, run, patience, started)


def _index(
    candidate: Candidate,
    recipe: IndexRecipe,
    vectors: Vectors,
    asked: Questions,
    target: float,
    run: Run,
    patience: float,
    started: float,
) -> Trial:
    index = recipe.build(vectors, metric=cast("Any", asked.metric), run=run)
    built = time.perf_counter() - started
    tuning, choosing, checking = parts(asked)
    tuned = tune_to(index, tuning, choosing, target=target, seed=run.seed, threads=run.worker_count)
    search = searcher_of(index, tuned.settings, run.worker_count)
    checked = recall_of(checking.recalls_of(search), k=asked.k, seed=run.seed)
    speed = speed_of(
        lambda some: search(some, asked.k), choosing.queries, threads=run.worker_count, patience=patience
    )
    memory, mapped = in_memory(index)
    return Trial(
        name=candidate.name,
        recipe=recipe,
        settings=tuned.settings,
        rows=len(vectors),
        recall=tuned.recall,
        checked=checked,
        memory=memory,
        mapped=mapped,
        speed=speed,
        build_seconds=built,
        seconds=time.perf_counter() - started,
        notes=tuned.notes,
        each=tuned.each,
    )


def in_memory(index: Index) -> tuple[int, int]:
    """Bytes that an index needs in memory once its file is opened, and those that stay in the file.

    Rows that are kept to score candidates again, by the index or by its engine, are read where they are
    needed: they stay in the file. Those of an exact index are all read by every search, so that they belong
    into memory, wherever they lie; those inside an index of FAISS are read into memory with it.
    """
    sizes = index.memory()
    if isinstance(index.recipe, Exact):
        return sizes["total"] + sizes["mapped"], 0
    if index.kept is None:
        rows = 0 if isinstance(index.engine, FaissEngine) else sizes.get("rows", 0)
        return sizes["total"] - rows, sizes["mapped"] + rows
    here, there = index.kept.memory()
    scales = 0  # of codes, which stay in memory
    if isinstance(index.kept, Coded):
        scales = sum(part.nbytes for part in index.kept.codec.parts().values())
    return sizes["total"] - here + scales, here + there - scales


def _codes(
    candidate: Candidate,
    recipe: CodecRecipe,
    vectors: Vectors,
    asked: Questions,
    run: Run,
    patience: float,
    started: float,
) -> Trial:
    codes = recipe.fit(vectors, run=run).encode(vectors)
    built = time.perf_counter() - started
    _, choosing, checking = parts(asked)

    def search(queries: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        return codes.search(queries, k).rows

    each = choosing.recalls_of(search)
    checked = recall_of(checking.recalls_of(search), k=asked.k, seed=run.seed)
    speed = speed_of(lambda some: search(some, asked.k), choosing.queries, threads=1, patience=patience)
    return Trial(
        name=candidate.name,
        recipe=recipe,
        rows=len(vectors),
        recall=recall_of(each, k=asked.k, seed=run.seed),
        checked=checked,
        memory=codes.nbytes,
        mapped=0,
        speed=speed,
        build_seconds=built,
        seconds=time.perf_counter() - started,
        each=each,
    )
