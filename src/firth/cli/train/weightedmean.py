"""`firth train weightedmean`: the options of its recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from firth.cli.opening import open_vectors
from firth.cli.train.command import trains
from firth.cli.train.options import recipe
from firth.cli.training import Learner

if TYPE_CHECKING:
    from firth.learn.weightedmean import WeightedMean
    from firth.model import Model
    from firth.run import Run
    from firth.vectors import Vectors

__all__ = ["weightedmean"]


@trains(documents=True)
def weightedmean(
    *,
    words: Annotated[Path, recipe("--words", help="The vectors of words: any file that Firth reads.")],
    a: Annotated[
        float, recipe("-a", help="The smaller, the less frequent words count; 0 is the plain mean.")
    ] = 1e-3,
    components: Annotated[
        int, recipe("--components", help="Directions that all documents share, to be taken out.")
    ] = 1,
) -> Learner:
    """Embed documents, one a line, as weighted means of their words (Arora et al., 2017)."""
    from firth.learn.weightedmean import WeightedMean

    return _WithWords(WeightedMean(a=a, components=components), open_vectors(words))


@dataclass(frozen=True)
class _WithWords:
    """A learner that is given its word vectors beforehand."""

    learner: WeightedMean
    words: Vectors
    min_count: int = 1  # every word that has a vector counts, however rare it is here

    def fit(self, observations: Any, *, run: Run) -> Model:
        return self.learner.fit(observations, words=self.words, run=run)
