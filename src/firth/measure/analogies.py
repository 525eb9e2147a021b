"""`analogy`: a is to b as c is to what?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.measure.intervals import Floats
from firth.measure.items import left_out
from firth.measure.outcome import Outcome, row_of, share_of
from firth.measure.report import Report
from firth.measure.sets.questions import Questions, read_questions
from firth.measure.spaces import Case, Space, check_case, find_rows, vectors_of
from firth.options import check_seed
from firth.vectors import Vectors

__all__ = ["METHODS", "Analogies", "Answers", "Method", "analogy", "answer"]

Method: TypeAlias = Literal["3CosAdd", "3CosMul", "PairDistance"]
METHODS = ("3CosAdd", "3CosMul", "PairDistance")
BLOCK = 1024  # rows at a time: 900 words by 1,024 similarities are 4 MB, which stay in the cache


def analogy(
    space: Space,
    questions: Questions | str | os.PathLike[str],
    *,
    restrict: int | None = 30_000,
    method: Method = "3CosAdd",
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """Answer analogy questions and count the right answers, by section and in all.

    The answer to "a is to b as c is to ?" is the word x, other than a, b and c, with the greatest

    - cos(x, b) - cos(x, a) + cos(x, c) for "3CosAdd" (Mikolov et al. 2013, "Linguistic Regularities in
      Continuous Space Word Representations");
    - cos(x, b) cos(x, c) / (cos(x, a) + ε), the cosines shifted to 0 … 1, for "3CosMul" (Levy and Goldberg
      2014, "Linguistic Regularities in Sparse and Explicit Word Representations");
    - cos(x - c, b - a), of vectors of length 1, for "PairDistance" (Mikolov et al. 2013; Levy and Goldberg
      call it PairDirection): the difference has to be parallel, however long it is. It is the hardest of
      the three, since nothing keeps the answer near the words of the question.

    A question counts if its four words all have a vector, none of zeros. Where k words are the answer
    equally well, a question gets 1 / k of the point if the right one is among them.

    Args:
        space: vectors whose ids are words, or a model. Answers are words of the vocabulary: a model of
            subwords makes no further ones.
        questions: the set, or a file that `read_questions` reads.
        restrict: keep to the so many most frequent words, in the questions and in the answers; None keeps
            all.
        method: "3CosAdd", "3CosMul" or "PairDistance".
        case: "auto" looks a word up as written and else lower-cased; or "exact", "lower".
        seed: of the bootstrap.

    Returns:
        A report with the rows "total", "semantic" and "syntactic" (the sections whose names begin with
        "gram") where there are both, and one for each section: the share of right answers with Wilson's
        (1927) interval for so many questions. Questions of one section share their words, so that the
        interval rather says too little than too much.

    Raises:
        FormatError: the file is damaged; the message names the line.
        DataError: the ids are not strings.
        OptionError: an option is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors, measure
    >>> corners = [[-1, 1, 1], [1, 1, 1], [-1, -1, 1], [1, -1, 1], [0, 0, 1]]
    >>> space = Vectors(["man", "woman", "king", "queen", "it"], np.array(corners))
    >>> asked = (("man", "woman", "king", "queen"), ("man", "king", "woman", "queen"))
    >>> questions = measure.Questions(name="royals", sections=(("family", asked),))
    >>> measure.analogy(space, questions, method="PairDistance")["total"].value
    1.0
    """
    given = questions if isinstance(questions, Questions) else read_questions(questions)
    return Analogies(questions=given, restrict=restrict, method=method, case=case, seed=seed).report(space)


@dataclass(frozen=True, kw_only=True)
class Analogies:
    """The task of `analogy`; see there."""

    questions: Questions
    restrict: int | None = 30_000
    method: Method = "3CosAdd"
    case: Case = "auto"
    seed: int = 1

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError(f"method is '3CosAdd', '3CosMul' or 'PairDistance', not {self.method!r}")
        check_restrict(self.restrict)
        check_seed(self.seed)
        check_case(self.case)

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.questions.name

    def outcomes(self, space: Space) -> tuple[Outcome, ...]:
        """The share of right answers, "accuracy", and that of each part; an item is a question.

        The figures of the parts are called after them: "semantic", "syntactic", the names of the sections.
        """
        answers = answer(
            vectors_of(space), self.questions, restrict=self.restrict, method=self.method, case=self.case
        )
        values = np.where(answers.covered, answers.right, np.nan)
        return tuple(
            Outcome(
                task=self.name,
                figure=name,
                values=values[part],
                covered=answers.covered[part],
                statistic=share_of,
                missing=answers.missing,
                extra={"right": _plain(float(answers.right[part].sum()))},
                notes=answers.notes,
            )
            for name, part in _parts(self.questions)
        )

    def report(self, space: Space) -> Report:
        """See `analogy`."""
        main, *parts = self.outcomes(space)
        words = len(vectors_of(space))
        kept = words if self.restrict is None else min(self.restrict, words)
        among = "all words" if self.restrict is None else f"the {kept:,} most frequent words"
        notes = [f"{self.method} among {among}", *main.notes]
        notes += [self.questions.note] if self.questions.note else []
        return Report(
            title=f"{self.name}: share of analogies answered right",
            rows=(
                row_of(main, seed=self.seed, name="total"),
                *(row_of(part, seed=self.seed) for part in parts),
            ),
            columns=("right",),
            notes=tuple(notes),
            details={"method": self.method, "restrict": self.restrict, "missing": list(main.missing)},
        )


def _parts(questions: Questions) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The name of each part of a set and which questions are in it, all first; bool, (q,)."""
    sections = np.repeat(np.arange(len(questions.sections)), [len(some) for _, some in questions.sections])
    names = [name for name, _ in questions.sections]
    yield "accuracy", np.ones(len(questions), bool)
    grammar = np.array([name.startswith("gram") for name in names], bool)[sections]
    if grammar.any() and not grammar.all():
        yield "semantic", ~grammar
        yield "syntactic", grammar
    for name in dict.fromkeys(names):  # sections of one name are one
        part = np.isin(sections, [i for i, other in enumerate(names) if other == name])
        if part.any():
            yield name, part


class Answers(NamedTuple):
    """What became of each question.

    Attributes:
        covered: bool, (q,): all four words have a direction.
        right: float64, (q,): 1 where the fourth is the answer, 0 where it is not; of k answers that are as
            good as each other each counts 1 / k.
        missing: the words without a vector, or with one of zeros or not finite, sorted.
        notes: what a reader should know.
    """

    covered: NDArray[np.bool_]
    right: Floats
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def answer(
    vectors: Vectors, questions: Questions, *, restrict: int | None, method: Method, case: Case
) -> Answers:
    """Answer every question that is covered; see `analogy`."""
    from firth.neighbours import inverse_norms

    space = vectors if restrict is None else vectors.most_frequent(restrict)
    words = [word for _, some in questions.sections for question in some for word in question]
    rows = find_rows(space, words, case=case)
    found = np.unique(rows[rows >= 0])
    blank = found[~(inverse_norms(space.matrix[found]) > 0)]
    rows[np.isin(rows, blank)] = -1
    missing = tuple(sorted({word for word, row in zip(words, rows.tolist(), strict=True) if row < 0}))
    four = rows.reshape(-1, 4)
    covered = four.min(axis=1) >= 0
    ties, hits = _best(space.matrix, four[covered], method)
    right = np.zeros(len(four))
    right[covered] = hits / np.maximum(ties, 1)
    notes = left_out("questions", covered, missing)
    if blank.size:
        notes += (f"{blank.size:,} of their words have rows of zeros or not finite, and count as missing",)
    if tied := int(np.count_nonzero(ties > 1)):
        notes += (
            f"{tied:,} questions have several answers as good as each other, of which each gets its share",
        )
    return Answers(covered, right, missing, notes)


Counts: TypeAlias = NDArray[np.int64]


def _best(matrix: NDArray[np.float32], rows: Counts, method: Method) -> tuple[Counts, Counts]:
    """How many rows answer each question equally well, and whether the right one is among them; int64, (q,).

    Args:
        matrix: float32, (n, d).
        rows: int64, (q, 4): those of a, b, c and the right answer.
        method: as in `analogy`.
    """
    from firth.kernels.analogies import best_answers
    from firth.neighbours import unit_rows

    words, places = np.unique(rows[:, :3], return_inverse=True)
    asked = unit_rows(matrix[words])
    questions = places.reshape(-1, 3)
    if method == "PairDistance":
        return _best_directions(matrix, rows, asked, questions)
    keys = np.full(len(rows), -np.inf)
    ties, hits = np.zeros((2, len(rows)), np.int64)
    multiply = method == "3CosMul"
    # Three sums of d products each, every step of which is wrong by at most 2**-24, and what follows them.
    error = (3 * matrix.shape[1] + 40) * 2.0**-24
    for first in range(0, len(matrix), BLOCK):
        units = unit_rows(matrix[first : first + BLOCK])
        with np.errstate(invalid="ignore"):  # rows that are not finite are never an answer
            similar = asked @ units.T
            if multiply:
                similar = (similar + 1) / 2
        best_answers(
            similar,
            units,
            first,
            asked,
            questions,
            rows,
            multiply,
            error,
            keys,
            ties,
            hits,
        )
    return ties, hits


def _best_directions(
    matrix: NDArray[np.float32], rows: Counts, asked: NDArray[np.float32], questions: Counts
) -> tuple[Counts, Counts]:
    """`_best` for "PairDistance"; asked are unit rows (w, d), questions (q, 3) their places."""
    from firth.kernels.directions import best_directions
    from firth.neighbours import unit_rows

    a, b, c = (asked[questions[:, i]].astype(np.float64) for i in range(3))
    constants = np.stack([(c * (b - a)).sum(axis=1), np.sqrt(((b - a) ** 2).sum(axis=1))], axis=1)
    lengths = np.einsum("wd,wd->w", asked, asked)[:, None]
    # Two sums of d products each, every step of which is wrong by at most 2**-24, and what follows them.
    error = (2 * matrix.shape[1] + 40) * 2.0**-24
    keys = np.full(len(rows), -np.inf)
    ties, hits = np.zeros((2, len(rows)), np.int64)
    for first in range(0, len(matrix), BLOCK):
        units = unit_rows(matrix[first : first + BLOCK])
        with np.errstate(invalid="ignore"):
            similar = asked @ units.T
            squares = lengths + np.einsum("nd,nd->n", units, units) - 2 * similar
        least = np.sqrt(np.maximum(squares - np.float32(error), 0))
        best_directions(
            similar,
            least,
            units,
            first,
            asked,
            questions,
            rows,
            error,
            constants,
            keys,
            ties,
            hits,
        )
    return ties, hits


def _plain(count: float) -> float | int:
    """A whole number without its ".0"."""
    return int(count) if count.is_integer() else count


def check_restrict(restrict: int | None) -> None:
    """Raises OptionError where `restrict` is neither None nor a whole number from 1 on."""
    whole = isinstance(restrict, (int, np.integer)) and not isinstance(restrict, bool)
    if restrict is not None and (not whole or restrict < 1):
        raise OptionError(f"restrict is None or a whole number from 1 on, not {restrict!r}")
