"""`OneHot`: one place a category, as sparse rows of a table; and words that have nothing in common.

It is the baseline of every comparison: any two categories are at right angles, and equally far apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.columns import Column, is_table
from firth.learn.categories import (
    Missing,
    Unknown,
    check_word,
    found_factors,
    known_values,
    learnt_categories,
    learnt_counts,
    learnt_missing,
    listed,
    places,
)
from firth.learn.columnwise import Block, FromColumns, Learnt
from firth.learn.opening import open_sequences, without_seconds
from firth.model import Model
from firth.options import check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["OneHot"]

_RARE_WORD = 5


@dataclass(frozen=True, kw_only=True)
class OneHot(FromColumns):
    """Categories as sparse rows with a single 1; words as unit vectors at right angles.

    Attributes:
        min_count: rarer categories share the place "(other)"; rarer words are left out. None is 1 for
            categories and 5 for words.
        max_categories: at most so many places for categories, "(other)" among them: the rarest share it. None
            for no limit. Words know no "(other)", and no option after this one.
        drop: "first" leaves out the first category of each column, which is what a linear model with an
            intercept needs; "binary" does so where there are two; None leaves out none.
        missing: "own" (a place, where there were missing values in training), "zero" or "error".
        unknown: "zero" (a row of zeros), "own" (the place "(other)") or "error".

    Raises:
        OptionError: a value is outside its range.

    Of a table, the model makes SciPy CSR rows, float32 with int32 places: 12 bytes a row and column of the
    table, however many categories there are. Columns are those of scikit-learn's OneHotEncoder, but where
    there are just `max_categories` categories: that calls the rarest one infrequent though there is room for
    it, and puts it last. Where a category is dropped, zeros mean that one on the way back.

    Of text, the model holds words. A hundred thousand unit vectors would take 40 GB. Since all that a
    comparison asks of them is the score of two different words, which is 0, it holds for each word the one
    number 0, whose score with every other is 0 too. Correlations with a constant do not exist:
    `firth.measure` shows them as such and does not make a number of them.

    >>> model = OneHot().fit({"city": ["Oslo", "Rome", "Oslo"]})
    >>> model.encode({"city": ["Rome", "Paris"]}).matrix.toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    >>> OneHot(min_count=1).fit([["to", "be", "or", "not"]]).vectors.similarity("to", "be")
    0.0
    """

    min_count: int | None = None
    max_categories: int | None = None
    drop: Literal["first", "binary"] | None = None
    missing: Missing = "own"
    unknown: Unknown = "zero"

    width: ClassVar[int] = 1
    sparse: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name in ("min_count", "max_categories"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, check_whole(name, getattr(self, name), 1, 2**31 - 1))
        check_word("drop", self.drop, ("first", "binary", None))
        check_word("missing", self.missing, ("own", "zero", "error"))
        check_word("unknown", self.unknown, ("zero", "own", "error"))

    def fit(self, observations: Any, *, target: Any = None, run: Run | None = None) -> Model:
        """Find the categories of every column of a table, or the words that there are.

        Args:
            observations: a table: a frame, a dict of columns, a list of dicts, an array of two dimensions or
                the path of a CSV, TSV, Parquet, Arrow or Feather file, or one column: a series or an Arrow
                array. Else `Sequences`, or whatever `firth.read_text` takes; a list of strings is text.
            target: not looked at.
            run: threads and the work folder.

        Returns:
            Of a table, a model that encodes tables; see `firth.Table.fit`. Of text, a model with the space
            "words", one 0 a word, with a column "counts".

        Raises:
            DataError: there is no category or no word, or none is left.
        """
        if is_table(observations):
            from firth.learn.table import fit_columns

            return fit_columns(self, observations, target=target, run=run)
        return self._fit_words(observations, run or Run())

    def _fit_words(self, observations: Any, run: Run) -> Model:
        min_count = _RARE_WORD if self.min_count is None else self.min_count
        with open_sequences(observations, min_count=min_count, run=run) as kept:
            words, report = kept.vocabulary, {"data": without_seconds(kept.report)}
        space = Vectors(
            words.keys,
            np.zeros((len(words), 1), np.float32),
            columns={"counts": words.counts},
            meta={"fingerprint": words.fingerprint()},
        )
        recipe = {"learner": type(self).__name__, **asdict(self)}
        return Model({"words": space}, recipe=recipe, report=report)

    def _learn(self, columns: Sequence[Column]) -> Learnt:
        """The categories and their counts; as vectors they are zeros, as words are."""
        factors = found_factors(columns[0], missing=self.missing)
        learnt = learnt_categories(factors, np.zeros((len(factors.values), 1)))
        rare = int(np.count_nonzero(~self._kept(factors.counts)))
        facts = dict(learnt.facts) | ({"rare": rare} if rare else {})
        return Learnt(vectors=learnt.vectors, facts=facts)

    def encode(self, learnt: Learnt, columns: Sequence[Column]) -> Block:
        """Rows with at most one 1, CSR float32, (n, w); see `ColumnLearner.encode`."""
        from scipy.sparse import csr_array

        # What is unknown goes where the rare categories are, if it is to have a place.
        found = places(learnt, columns[0], missing=self.missing, unknown=self.unknown)
        stand, _ = self._stand(learnt)
        at = stand[found.places]  # the last entry, at -1, is that of no place
        filled = at >= 0
        starts = np.zeros(at.size + 1, np.int32 if at.size < 2**31 else np.int64)
        np.cumsum(filled, out=starts[1:])
        inside = at[filled]
        width = int(stand.max(initial=-1)) + 1
        matrix: Any = csr_array((np.ones(inside.size, np.float32), inside, starts), shape=(at.size, width))
        matrix.has_canonical_format = True  # at most one entry a row
        return Block(matrix=matrix, counts=found.counts)

    def decode(self, learnt: Learnt, matrix: Any) -> list[list[Any]]:
        """The category of the largest number of each row; None for zeros, "(other)" and "(missing)".

        Args:
            matrix: (n, w), dense or CSR.
        """
        stand, dropped = self._stand(learnt)
        back = np.full(int(stand.max(initial=-1)) + 2, -1, np.int64)  # its last entry is that of zeros
        single = self._kept(learnt_counts(learnt))
        if dropped >= 0:
            single[dropped] = False
        back[stand[: single.size][single]] = np.flatnonzero(single)
        back[-1] = dropped
        if matrix.shape[1] == 0:
            return [listed(learnt, np.full(matrix.shape[0], back[-1]))]
        best = np.asarray(matrix.argmax(axis=1)).ravel()
        highest = np.asarray(matrix.max(axis=1).toarray() if hasattr(matrix, "tocsr") else matrix.max(axis=1))
        return [listed(learnt, back[np.where(highest.ravel() > 0, best, -1)])]

    def names(self, learnt: Learnt, columns: Sequence[str]) -> list[str]:
        """Such as "city=Oslo", "city=(other)" and "city=(missing)"."""
        stand, _ = self._stand(learnt)
        called = known_values(learnt).cast("string").to_pylist()
        names = [""] * (int(stand.max(initial=-1)) + 1)
        kept = self._kept(learnt_counts(learnt))
        for place, at in enumerate(stand[:-1].tolist()):
            if at < 0:
                continue
            if place < len(called):
                names[at] = called[place] if kept[place] else "(other)"
            else:
                names[at] = "(missing)" if self._is_missing(learnt, place) else "(other)"
        return [f"{columns[0]}={name}" for name in names]

    def _is_missing(self, learnt: Learnt, place: int) -> bool:
        own = self.missing == "own" and learnt_missing(learnt) > 0
        return own and place == learnt_counts(learnt).size

    def _kept(self, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which categories have a place for themselves: bool, (u,)."""
        kept = counts >= (self.min_count or 1)
        most = self.max_categories
        others = not kept.all() or self.unknown == "own"
        if most is not None and kept.sum() + others > most:
            order = np.argsort(counts, kind="stable")  # of equally frequent ones, the last stay
            kept[order[: counts.size - (most - 1)]] = False
        return kept

    def _stand(self, learnt: Learnt) -> tuple[NDArray[np.int32], int]:
        """At which column each place of `firth.learn.categories.places` stands, int32, -1 for none; the last
        entry is that of no place. And the category that was dropped, -1 for none."""
        kept = self._kept(learnt_counts(learnt))
        size, end = kept.size, int(kept.sum())
        own_missing = self.missing == "own" and learnt_missing(learnt) > 0
        stand = np.full(size + own_missing + (self.unknown == "own") + 1, -1, np.int32)
        stand[:size][kept] = np.arange(end, dtype=np.int32)
        if not kept.all() or self.unknown == "own":
            stand[:size][~kept] = end
            if self.unknown == "own":
                stand[-2] = end
            end += 1
        if own_missing:
            stand[size] = end
            end += 1
        if self.drop == "first" or (self.drop == "binary" and end == 2):
            stand = np.maximum(stand - 1, -1, dtype=np.int32)
            return stand, int(np.argmax(kept)) if kept.any() else -1
        return stand, -1
