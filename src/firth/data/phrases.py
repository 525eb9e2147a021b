"""`Phrases`: words that belong together, such as "new york" and "bank of america", become one token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.candidates import Candidates, count_candidates
from firth.data.collocations import Collocations, join
from firth.data.phraseladder import Ladder, Rung, rungs
from firth.data.phrasetable import PhraseTable
from firth.data.sequences import Sequences
from firth.data.text import read_text
from firth.errors import DataError, OptionError
from firth.options import check_real, check_whole
from firth.run import Run

__all__ = ["ENGLISH_CONNECTORS", "MEMORY", "Phrases", "npmi"]

ENGLISH_CONNECTORS = (
    "a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and", "or",
)  # fmt: skip
"""Articles, common prepositions and conjunctions: those that gensim takes, so that both find the same."""

MEMORY = 256 << 20
"""How many bytes counting pairs may take where nothing else is said."""

_USUAL = {"default": 10.0, "npmi": 0.5}

_LADDERS = {
    "default": (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    "npmi": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
}


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """How to find phrases: pairs of words that follow each other more often than their counts explain.

    With n(a), n(b), n(ab) the counts of two words and of the pair, a score above `threshold` makes the pair a
    phrase:

        "default"    (n(ab) - min_count) · T / (n(a) · n(b))
        "npmi"       ln(N n(ab) / (n(a) n(b))) / -ln(n(ab) / N)

    where N is the number of tokens and T the number of different words and pairs (connectors left out). The
    first is that of Mikolov et al. 2013, "Distributed Representations of Words and Phrases and their
    Compositionality", section 4, scaled as gensim does, so that thresholds mean the same in both; the second
    that of Bouma 2009, "Normalized (Pointwise) Mutual Information in Collocation Extraction", from -1 to 1.

    Attributes:
        min_count: with "default" what is taken off the count of a pair, so that rare ones do not count; with
            "npmi" rarer pairs are no phrases.
        threshold: pairs with a higher score are phrases; None takes 10, or 0.5 with "npmi".
        scoring: "default" or "npmi".
        connectors: words that may stand between the two, but not at an end; "english" for the usual ones.
        passes: how often to go through the text; a second pass joins phrases with their neighbours.
        delimiter: what the words of a phrase are joined by.

    Raises:
        OptionError: a value is outside its range.

    >>> table = Phrases(min_count=1, threshold=1).find([["new", "york", "is", "new"], ["in", "new", "york"]])
    >>> table.phrases
    ['new_york']
    """

    min_count: int = 5
    threshold: float | None = None
    scoring: Literal["default", "npmi"] = "default"
    connectors: Literal["english"] | Iterable[str] = ()
    passes: int = 1
    delimiter: str = "_"

    def __post_init__(self) -> None:
        if self.scoring not in ("default", "npmi"):
            raise OptionError(f"scoring is 'default' or 'npmi', not {self.scoring!r}")
        if not isinstance(self.delimiter, str) or self.delimiter.split() != [self.delimiter]:
            raise OptionError(f"delimiter is a string without white space, not {self.delimiter!r}")
        if self.threshold is not None:
            object.__setattr__(self, "threshold", self._checked_threshold(self.threshold))
        for name, value in {
            "min_count": check_whole("min_count", self.min_count, 1, 2**31 - 1),
            "connectors": _listed(self.connectors),
            "passes": check_whole("passes", self.passes, 1, 100),
        }.items():
            object.__setattr__(self, name, value)

    @property
    def limit(self) -> float:
        """The threshold: the one given, or the usual one of the score."""
        return _USUAL[self.scoring] if self.threshold is None else self.threshold

    @property
    def recipe(self) -> dict[str, Any]:
        """The fields as values that JSON can hold."""
        return asdict(self) | {"connectors": list(self.connectors), "threshold": self.limit}

    def find(self, observations: Any, *, run: Run | None = None, memory: int = MEMORY) -> PhraseTable:
        """Find the phrases of a text.

        Args:
            observations: `Sequences` of all its words (read with min_count=1: where rare words were dropped,
                words seem to follow each other that do not), or whatever `firth.read_text` takes.
            run: threads, and the folder for temporary files.
            memory: about how many bytes counting pairs may take; with fewer the text is gone through more
                often. The result is the same.

        Returns:
            The phrases, which can be joined in this text or in any other. There may be none: the report says
            how many pairs were looked at.

        Raises:
            DataError: the text is empty.
        """
        passes: list[Collocations] = []
        seen: list[dict[str, int]] = []
        run = run or Run()
        with _sequences(observations, run) as sequences:
            for one in self._passes(sequences, run=run, memory=memory):
                chosen = one.scored.first(one.phrases)
                passes.append(chosen)
                seen.append(
                    {
                        "tokens": int(one.text.offsets[-1]),
                        "pairs": one.candidates.different,
                        "frequent_pairs": one.candidates.counts.size,
                        "phrases": one.phrases,
                        "pairs_passed_over": one.candidates.passed_over,
                    }
                )
        return PhraseTable(passes, recipe=self.recipe, report={"passes": seen})

    def convert(self, observations: Any, *, run: Run | None = None, memory: int = MEMORY) -> Sequences:
        """The text with its own phrases joined: `find`, and `PhraseTable.apply` to the same text.

        Returns:
            New sequences; the given ones themselves if there is no phrase.
        """
        run = run or Run()
        with _sequences(observations, run, keep=True) as sequences:
            joined = self.find(sequences, run=run, memory=memory).apply(sequences, run=run)
            if joined is not sequences and sequences is not observations:
                sequences.close()
            return joined

    def ladder(
        self,
        observations: Any,
        *,
        thresholds: Iterable[float] | None = None,
        run: Run | None = None,
        memory: int = MEMORY,
    ) -> Ladder:
        """What each of several thresholds would do to a text; print it to choose one.

        Args:
            observations, run, memory: as in `find`.
            thresholds: which ones; None for a ladder over the usual range. The recipe's own is always among
                them, and what the text of a later pass was joined with.

        Returns:
            For each pass and threshold how many phrases there would be, what share of the tokens would be
            joined, and examples of pairs just above and just below.
        """
        wanted = _LADDERS[self.scoring] if thresholds is None else thresholds
        steps = sorted({*map(self._checked_threshold, wanted), self.limit})
        rows: list[Rung] = []
        run = run or Run()
        with _sequences(observations, run) as sequences:
            for number, one in enumerate(self._passes(sequences, run=run, memory=memory), start=1):
                rows += rungs(one.scored, one.text, steps, number=number)
        return Ladder(rows=tuple(rows), threshold=self.limit, scoring=self.scoring)

    def _passes(self, sequences: Sequences, *, run: Run, memory: int) -> Iterator[_Pass]:
        """Pass by pass: the text as it is then, and its pairs with their scores."""
        check_whole("memory", memory, 1, 2**63 - 1)
        text = sequences
        try:
            for left in range(self.passes, 0, -1):
                keys = text.vocabulary.keys
                connectors = keys.rows(self.connectors)
                connectors = connectors[connectors >= 0]
                candidates = count_candidates(
                    text, connectors, min_count=self.min_count, threads=run.worker_count, memory=memory
                )
                scored, phrases = self._scored(candidates, text, connectors)
                yield _Pass(text=text, candidates=candidates, scored=scored, phrases=phrases)
                if left > 1:
                    before, text = text, join(scored.first(phrases), text, run=run)
                    if before is not sequences and before is not text:
                        before.close()
        finally:
            if text is not sequences:
                text.close()

    def _scored(
        self, candidates: Candidates, text: Sequences, connectors: NDArray[np.int64]
    ) -> tuple[Collocations, int]:
        """The candidates by falling score, and how many of them are phrases."""
        seen = candidates.words
        first = seen[candidates.pieces[candidates.starts[:-1]]]
        last = seen[candidates.pieces[candidates.starts[1:] - 1]]
        different = np.count_nonzero(seen) - np.count_nonzero(seen[connectors]) + candidates.different
        if self.scoring == "default":
            scores = (candidates.counts - self.min_count) / (first * last.astype(np.float64)) * different
        else:
            scores = npmi(first, last, candidates.counts, int(text.offsets[-1]))
        order = np.argsort(-scores, kind="stable")
        taken = candidates.take(order)
        found = Collocations(
            words=text.vocabulary.keys,
            pieces=taken.pieces,
            starts=taken.starts,
            counts=taken.counts,
            scores=scores[order],
            connectors=tuple(self.connectors),
            delimiter=self.delimiter,
        )
        return found, int(np.count_nonzero(scores > self.limit))

    def _checked_threshold(self, value: float) -> float:
        if self.scoring == "npmi":
            return check_real("threshold", value, -1, 1)
        return check_real("threshold", value, 0, 1e300, above=True)


@dataclass(frozen=True, kw_only=True)
class _Pass:
    """One pass: the text, its candidates, and these by falling score; the first `phrases` are phrases."""

    text: Sequences
    candidates: Candidates
    scored: Collocations
    phrases: int


def npmi(
    first: NDArray[np.int64], last: NDArray[np.int64], pair: NDArray[np.int64], tokens: int
) -> NDArray[np.float64]:
    """Normalised pointwise mutual information, -1 to 1, of pairs seen `pair` times among so many tokens.

    Args:
        first, last: int64, how often the words of each pair were seen.

    A pair that is the whole text says nothing about its words: 0.
    """
    a, b, ab = first / tokens, last / tokens, pair / tokens
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(ab / (a * b)) / -np.log(ab)
    return np.where(ab < 1, found, 0.0)


@contextmanager
def _sequences(observations: Any, run: Run, *, keep: bool = False) -> Iterator[Sequences]:
    """The observations as Sequences over all their words; what was read here is closed, unless `keep`."""
    if isinstance(observations, Sequences):
        if not observations.offsets[-1]:
            raise DataError("there are no phrases in a text without a token")
        yield observations
        return
    sequences = read_text(observations, min_count=1, threads=run.threads, work=run.work)
    try:
        yield sequences
    finally:
        if not keep:
            sequences.close()


def _listed(connectors: Any) -> tuple[str, ...]:
    """The connectors, each once."""
    if connectors == "english":
        return ENGLISH_CONNECTORS
    if isinstance(connectors, str):
        raise OptionError(f"connectors is 'english' or a list of words, not the string {connectors!r}")
    try:
        listed = tuple(dict.fromkeys(connectors))
    except TypeError:
        raise OptionError(f"connectors is 'english' or a list of words, not {connectors!r}") from None
    for word in listed:
        if not isinstance(word, str):
            raise OptionError(f"connectors are words; {word!r} is {type(word).__name__}")
    return listed
