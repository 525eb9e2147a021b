"""`firth train docvec`: the options of its recipe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from firth.cli.opening import text_lines
from firth.cli.train.command import trains
from firth.cli.train.options import (
    Dim,
    DynamicWindow,
    Epochs,
    LearningRate,
    MinCount,
    MinLearningRate,
    Negative,
    NsExponent,
    Subsample,
    Window,
    recipe,
)
from firth.cli.training import Learner

if TYPE_CHECKING:
    from firth.learn.docvec import DocumentVectors
    from firth.model import Model
    from firth.run import Run

__all__ = ["docvec"]


class Mode(StrEnum):
    """What tells a word."""

    dbow = "dbow"
    dm = "dm"


class Combine(StrEnum):
    """How rows make a hidden vector."""

    mean = "mean"
    sum = "sum"
    concat = "concat"


@trains(documents=True)
def docvec(
    *,
    mode: Annotated[
        Mode, recipe("--mode", help="A document tells its words alone, or with the words around.")
    ] = Mode.dbow,
    combine: Annotated[
        Combine, recipe("--combine", help="Of dm: how document and words around make one.")
    ] = Combine.mean,
    words: Annotated[
        bool, recipe("--words/--no-words", help="Of dbow: train word vectors too, by skip-gram.")
    ] = False,
    dim: Dim = 100,
    window: Window = 5,
    negative: Negative = 5,
    subsample: Subsample = 1e-3,
    min_count: MinCount = 5,
    ns_exponent: NsExponent = 0.75,
    learning_rate: LearningRate = 0.025,
    min_learning_rate: MinLearningRate = 1e-4,
    epochs: Epochs = 20,
    encode_epochs: Annotated[
        int, recipe("--encode-epochs", help="Passes over a new document when it is encoded.")
    ] = 20,
    dynamic_window: DynamicWindow = True,
    tags: Annotated[
        Path | None,
        recipe("--tags", help="A file of tags, a line a document, separated by tabs or else by spaces."),
    ] = None,
) -> Learner:
    """Train vectors of documents, one a line (Le and Mikolov, 2014)."""
    from firth.learn.docvec import DocumentVectors

    learner = DocumentVectors(
        mode=mode.value,
        combine=combine.value,
        words=words,
        dim=dim,
        window=window,
        negative=negative,
        subsample=subsample,
        min_count=min_count,
        ns_exponent=ns_exponent,
        learning_rate=learning_rate,
        min_learning_rate=min_learning_rate,
        epochs=epochs,
        encode_epochs=encode_epochs,
        dynamic_window=dynamic_window,
    )
    return learner if tags is None else _WithTags(learner, read_tags(tags), min_count)


@dataclass(frozen=True)
class _WithTags:
    """A learner that is given the tags of the documents beforehand."""

    learner: DocumentVectors
    tags: list[list[str]]
    min_count: int

    def fit(self, observations: Any, *, run: Run) -> Model:
        return self.learner.fit(observations, tags=self.tags, run=run)


def read_tags(path: Path) -> list[list[str]]:
    """The tags on each line: what stands between tabs, or between white space where a line has no tab.

    Raises:
        FormatError: the file is not UTF-8.
    """
    return [
        [tag.strip() for tag in line.split("\t" if "\t" in line else None) if tag.strip()]
        for line in text_lines(path)
    ]
