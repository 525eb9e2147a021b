"""`lexicon`: is the nearest word of the other language a translation?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.csls import crowding, each_block, threads_for
from firth.errors import DataError, OptionError
from firth.kernels.csls import count_above
from firth.measure.intervals import Floats
from firth.measure.outcome import Outcome, row_of, share_of
from firth.measure.report import Report
from firth.measure.sets.dictionary import Dictionary, read_dictionary
from firth.measure.spaces import Case, Space, check_case, find_words, vectors_of
from firth.neighbours import directions, usable
from firth.options import check_seed, check_whole
from firth.vectors import Vectors

__all__ = ["Lexicon", "Map", "Retrieval", "lexicon"]

Retrieval: TypeAlias = Literal["csls", "nn"]
TOLERANCE = 4e-6  # float32 products of rows of some hundred dims are rounded by less
DEPTHS = (1, 5, 10)


class Map(Protocol):
    """What brings two spaces together, such as an `align.Alignment`."""

    def common(self, source: Vectors, target: Vectors) -> tuple[Vectors, Vectors]:
        """Both spaces as they are to be compared."""


def lexicon(
    source: Space,
    target: Vectors,
    dictionary: Dictionary | str | os.PathLike[str],
    *,
    alignment: Map | None = None,
    method: Retrieval = "csls",
    k: int = 10,
    restrict: int | None = 200_000,
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """Translate words by their nearest neighbours in another space, and count how often that is right.

    Bilingual lexicon induction, as Conneau et al. 2018 measure it. An item is a word of the dictionary with
    all its translations; one of them among the first n answers makes it right at n. It is covered if the word
    and at least one translation have a vector, which is finite and not zero. The reciprocal rank is that of
    the best translation. Targets that are as near as it, to within rounding, count half as before it, so that
    a space in which all are equally near earns nothing.

    Args:
        source: vectors of words, or a model.
        target: the vectors in which the translations are searched.
        dictionary: the set, or a file that `read_dictionary` reads.
        alignment: the map between them; None where both are in one space already.
        method: "csls" (see `firth.csls`), or "nn", the greatest cosine.
        k: how many neighbours CSLS takes the crowding from, over all of the other side.
        restrict: keep to the so many most frequent words of either side, in questions, answers and crowding;
            None keeps all.
        case: "auto" looks a word up as written and else lower-cased; or "exact", "lower". One with spaces is
            also looked up with underscores.
        seed: of the bootstrap.

    Returns:
        A report of the rows "P@1", "P@5", "P@10" and "MRR", each with the 95 % bootstrap interval over the
        words; what is missing is in its details.

    Raises:
        FormatError: the file is damaged; the message names the line.
        DataError: the ids are not strings, or the dims differ and there is no alignment.
        OptionError: an option is outside its range.
        SpaceMismatchError: the alignment is of other spaces.
    """
    given = dictionary if isinstance(dictionary, Dictionary) else read_dictionary(dictionary)
    return Lexicon(
        target=target,
        dictionary=given,
        alignment=alignment,
        method=method,
        k=k,
        restrict=restrict,
        case=case,
        seed=seed,
    ).report(source)


@dataclass(frozen=True, kw_only=True, eq=False)
class Lexicon:
    """The task of `lexicon`; see there."""

    target: Vectors
    dictionary: Dictionary
    alignment: Map | None = None
    method: Retrieval = "csls"
    k: int = 10
    restrict: int | None = 200_000
    case: Case = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_case(self.case)
        check_whole("k", self.k, 1, 1_000)
        if self.restrict is not None:
            check_whole("restrict", self.restrict, 1, 2**31 - 1)
        if self.method not in ("csls", "nn"):
            raise OptionError(f"method is 'csls' or 'nn', not {self.method!r}")

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.dictionary.name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """P@1, P@5, P@10 and the reciprocal rank; an item is a word with all its translations."""
        words = list(dict.fromkeys(word for word, _ in self.dictionary.pairs))
        ours, theirs = self._sides(space, words)
        asked = find_words(ours, words, case=self.case)
        right = self._translations(theirs, words)
        ranks = np.full(len(words), np.nan)
        there = (asked >= 0) & np.array([rows.size > 0 for rows in right.rows])
        there[there] = usable(ours.matrix[asked[there]])
        rows = [right.rows[i] for i in np.flatnonzero(there)]
        ranks[there] = _ranks(ours.matrix, theirs.matrix, asked[there], rows, self.method, self.k)
        values = [(f"P@{n}", np.where(np.isnan(ranks), np.nan, ranks < n + 0.5)) for n in DEPTHS]
        values.append(("MRR", 1 / ranks))
        missing = (*(word for word, row in zip(words, asked, strict=True) if row < 0), *right.missing)
        extra = {"targets": len(theirs)}
        return tuple(
            Outcome(
                task=self.name,
                figure=figure,
                values=found.astype(np.float64),
                covered=~np.isnan(ranks),
                statistic=share_of,
                missing=tuple(sorted(set(missing))),
                extra=extra,
            )
            for figure, found in values
        )

    def report(self, space: Space) -> Report:
        """See `lexicon`."""
        outcomes = self.outcomes(space)
        main = outcomes[0]
        words = len(main.covered)
        covered = int(np.count_nonzero(main.covered))
        how = f"CSLS, k={self.k}" if self.method == "csls" else "the greatest cosine"
        notes = [f"translations by {how} among {main.extra['targets']:,} words"]
        if covered < words:
            notes.append(
                f"{words - covered:,} of {words:,} words are not covered: they, or all their translations, "
                "have no vector, or none with a direction"
            )
        if main.missing:
            more = ", …" if len(main.missing) > 8 else ""
            notes.append(f"missing ({len(main.missing):,}): {', '.join(main.missing[:8])}{more}")
        return Report(
            title=f"{self.name}: words translated by their neighbours",
            rows=tuple(row_of(outcome, seed=self.seed) for outcome in outcomes),
            notes=tuple(notes),
            details={"method": self.method, "pairs": len(self.dictionary), "missing": list(main.missing)},
        )

    def _sides(self, space: Space, words: list[str]) -> tuple[Vectors, Vectors]:
        """Both spaces brought together, each kept to its most frequent words."""
        ours, theirs = vectors_of(space, words), self.target
        if self.restrict is not None:
            ours, theirs = ours.most_frequent(self.restrict), theirs.most_frequent(self.restrict)
        if self.alignment is not None:
            return self.alignment.common(ours, theirs)
        if ours.dim != theirs.dim:
            raise DataError(
                f"vectors of dim {ours.dim} and {theirs.dim} are not in one space; map one into the other "
                "(firth.align) and give the alignment"
            )
        return ours, theirs

    def _translations(self, theirs: Vectors, words: list[str]) -> Translations:
        """The rows of the translations of each word."""
        targets = [target for _, target in self.dictionary.pairs]
        found = find_words(theirs, targets, case=self.case)
        pointing = usable(theirs.matrix)
        rows: dict[str, set[int]] = {word: set() for word in words}
        for (word, _), row in zip(self.dictionary.pairs, found.tolist(), strict=True):
            if row >= 0 and pointing[row]:
                rows[word].add(row)
        missing = tuple(target for target, row in zip(targets, found, strict=True) if row < 0)
        return Translations([np.array(sorted(rows[word]), np.int64) for word in words], missing)


class Translations(NamedTuple):
    """The rows of the translations of each word that have a vector, and the translations that have none."""

    rows: list[NDArray[np.int64]]
    missing: tuple[str, ...]


def _ranks(
    source: NDArray[np.float32],
    target: NDArray[np.float32],
    asked: NDArray[np.int64],
    right: list[NDArray[np.int64]],
    method: Retrieval,
    k: int,
) -> Floats:
    """The rank of the best translation of each word, float64, (q,), from 1; halves come of ties.

    Args:
        source, target: (m, d) and (n, d), in one space.
        asked: the row of each word; right: the rows of its translations, at least one.
    """
    if not asked.size:
        return np.empty(0)
    left, rows = directions(source), directions(target)
    crowded = crowding(left, rows, k=k)[1] if method == "csls" else np.zeros(len(rows), np.float32)
    queries = left[asked]
    query = np.repeat(np.arange(len(asked)), [found.size for found in right])
    column = np.concatenate(right)
    keys = 2 * np.einsum("pd,pd->p", queries[query], rows[column], dtype=np.float64) - crowded[column]
    best = np.maximum.reduceat(keys, np.searchsorted(query, np.arange(len(asked)))).astype(np.float32)
    above, level = np.zeros(len(asked), np.int64), np.zeros(len(asked), np.int64)
    twice = np.full(len(rows), 2, np.float32)
    shift, near = -crowded, np.float32(TOLERANCE)

    def look(_: int, some: slice, columns: slice, products: NDArray[np.float32]) -> None:
        # A word's other translations are no wrong answers.
        own = (
            (query >= some.start) & (query < some.stop) & (column >= columns.start) & (column < columns.stop)
        )
        products[query[own] - some.start, column[own] - columns.start] = -np.inf
        count_above(products, twice[columns], shift[columns], best[some], near, above[some], level[some])

    each_block(queries, rows, look, threads=threads_for(len(queries)))
    ranks: Floats = 1 + above + level / 2
    return ranks
