"""Observations, whatever they come as, as Sequences or documents over the words that a recipe keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from firth.data.documents import check_documents, read_documents
from firth.data.sequences import Sequences
from firth.data.text import read_text
from firth.errors import DataError
from firth.learn.continuing import Start
from firth.run import Run

__all__ = ["check_company", "check_some_left", "open_documents", "open_sequences", "without_seconds"]


@contextmanager
def open_sequences(
    observations: Any, *, min_count: int, run: Run, start: Start | None = None
) -> Iterator[Sequences]:
    """The observations as Sequences over words of at least min_count, and the old words of a start; those
    made here are closed at the end."""
    keep = None if start is None else list(start.ids)
    if isinstance(observations, Sequences):
        sequences = _restricted(observations, min_count, keep)
    else:
        sequences = read_text(
            observations, min_count=min_count, keep=keep, threads=run.threads, work=run.work
        )
    with _closed_at_the_end(sequences, observations):
        yield sequences


@contextmanager
def open_documents(observations: Any, *, min_count: int, run: Run) -> Iterator[Sequences]:
    """The observations as documents over words of at least min_count; those made here are closed at the
    end."""
    if isinstance(observations, Sequences):
        documents = _restricted(observations, min_count, None)
    else:
        documents = read_documents(observations, min_count=min_count, threads=run.threads, work=run.work)
    with _closed_at_the_end(documents, observations):
        yield check_documents(documents)


def _restricted(sequences: Sequences, min_count: int, keep: list[str] | None) -> Sequences:
    """What is rarer stays where the reader was told to keep it."""
    if sequences.report.get("min_count", 1) >= min_count:
        return sequences
    return sequences.restrict(min_count=min_count, keep=keep)


@contextmanager
def _closed_at_the_end(made: Sequences, given: Any) -> Iterator[None]:
    try:
        yield
    finally:
        if made is not given:
            made.close()


def check_company(sequences: Sequences) -> None:
    """Raise DataError where no sequence has two tokens."""
    longest = int(np.diff(sequences.offsets).max(initial=0))
    if longest < 2:
        raise DataError(
            f"no word has company: the longest of {len(sequences):,} sequences has {longest} tokens; "
            "give several tokens a line"
        )


def check_some_left(pairs: int, what: str, *, subsample: float, tokens: int) -> None:
    """Raise DataError where thinning out left nothing to train on."""
    if not pairs:
        raise DataError(
            f"not one {what} was left to train on: subsample={subsample:g} thinned out "
            f"nearly all of {tokens:,} tokens. Raise it, or set it to 0 to keep every word"
        )


def without_seconds(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report of what was read, and the reports in it, without what the clock said: equal runs write equal
    files."""
    return {
        key: without_seconds(value) if isinstance(value, Mapping) else value
        for key, value in report.items()
        if key != "seconds"
    }
