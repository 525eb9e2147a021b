"""`analogy`: a is to b as c is to what?"""

from __future__ import annotations

import os
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.errors import OptionError
from firth.kernels.analogies import best_answers
from firth.measure.intervals import proportion_interval
from firth.measure.pairs import check_seed
from firth.measure.report import Report, Row
from firth.measure.sets import Questions, read_questions
from firth.measure.spaces import Case, find_rows
from firth.neighbours import unit_rows
from firth.vectors import Vectors

__all__ = ["Answers", "Method", "analogy", "answer"]

Method: TypeAlias = Literal["3CosAdd", "3CosMul"]
BLOCK = 1024  # rows at a time: 900 words by 1,024 similarities are 4 MB, which stay in the cache


def analogy(
    vectors: Vectors,
    questions: Questions | str | os.PathLike[str],
    *,
    restrict: int | None = 30_000,
    method: Method = "3CosAdd",
    case: Case = "auto",
    seed: int = 1,
) -> Report:
    """Answer analogy questions and count the right answers, by section and in all.

    The answer to "a is to b as c is to ?" is the word, other than a, b and c, with the greatest cos(x, b) -
    cos(x, a) + cos(x, c) (3CosAdd: Mikolov et al. 2013, "Linguistic Regularities in Continuous Space Word
    Representations") or the greatest cos(x, b) cos(x, c) / (cos(x, a) + ε) with the cosines shifted to 0 … 1
    (3CosMul: Levy and Goldberg 2014, "Linguistic Regularities in Sparse and Explicit Word Representations").
    A question counts if its four words are all there.

    Args:
        vectors: whose ids are words.
        questions: the set, or a file that `read_questions` reads.
        restrict: keep to the so many most frequent words, in the questions and in the answers; None keeps
            all.
        method: "3CosAdd" or "3CosMul".
        case: "auto" looks a word up as written and else lower-cased; or "exact", "lower".
        seed: of the bootstrap.

    Returns:
        A report with the rows "total", "semantic" and "syntactic" (the sections whose names begin with
        "gram") where there are both, and one for each section: the share of right answers with its bootstrap
        interval over the questions. Questions of one section share their words, so that the interval rather
        says too little than too much.

    Raises:
        FormatError: the file is damaged; the message names the line.
        DataError: the ids are not strings.
        OptionError: an option is outside its range.
    """
    given = questions if isinstance(questions, Questions) else read_questions(questions)
    answers = answer(vectors, given, restrict=restrict, method=method, case=case)
    sections = np.repeat(np.arange(len(given.sections)), [len(some) for _, some in given.sections])
    grammar = np.array([name.startswith("gram") for name, _ in given.sections], bool)[sections]
    parts = {"total": np.ones(len(given), bool)}
    if grammar.any() and not grammar.all():
        parts |= {"semantic": ~grammar, "syntactic": grammar}
    parts |= {name: sections == i for i, (name, some) in enumerate(given.sections) if some}
    rows = [_row(given.name, name, answers, part, check_seed(seed)) for name, part in parts.items()]
    among = "all words" if restrict is None else f"the {min(restrict, len(vectors)):,} most frequent words"
    notes = [f"{method} among {among}"]
    if answers.missing:
        more = ", …" if len(answers.missing) > 8 else ""
        notes.append(f"missing words ({len(answers.missing):,}): {', '.join(answers.missing[:8])}{more}")
    return Report(
        title=f"{given.name}: share of analogies answered right",
        rows=tuple(rows),
        columns=("right",),
        notes=tuple(notes),
        details={"method": method, "restrict": restrict, "missing": list(answers.missing)},
    )


class Answers(NamedTuple):
    """What became of each question.

    covered: bool, (q,): all four words are there; right: bool, (q,): and the answer is the fourth; missing:
        the words without
    a vector.
    """

    covered: NDArray[np.bool_]
    right: NDArray[np.bool_]
    missing: tuple[str, ...]


def answer(
    vectors: Vectors, questions: Questions, *, restrict: int | None, method: Method, case: Case
) -> Answers:
    """Answer every question that is covered; see `analogy`."""
    if method not in ("3CosAdd", "3CosMul"):
        raise OptionError(f"method is '3CosAdd' or '3CosMul', not {method!r}")
    space = vectors if restrict is None else vectors.most_frequent(restrict)
    words = [word for _, some in questions.sections for question in some for word in question]
    rows = find_rows(space, words, case=case)
    missing = tuple(sorted({word for word, row in zip(words, rows.tolist(), strict=True) if row < 0}))
    four = rows.reshape(-1, 4)
    covered = four.min(axis=1) >= 0
    right = np.zeros(len(four), bool)
    right[covered] = _best(space.matrix, four[covered, :3], method) == four[covered, 3]
    return Answers(covered, right, missing)


def _best(matrix: NDArray[np.float32], rows: NDArray[np.int64], method: Method) -> NDArray[np.int64]:
    """The row that answers each question, of rows (q, 3) of a, b and c in the matrix (n, d); -1 for none."""
    words, places = np.unique(rows, return_inverse=True)
    asked = unit_rows(matrix[words])
    keys = np.full(len(rows), -np.inf, np.float32)
    best = np.full(len(rows), -1, np.int64)
    multiply = method == "3CosMul"
    for first in range(0, len(matrix), BLOCK):
        with np.errstate(invalid="ignore"):  # rows that are not finite are never an answer
            similar = asked @ unit_rows(matrix[first : first + BLOCK]).T
            if multiply:
                similar = (similar + 1) / 2
        best_answers(similar, first, places.reshape(-1, 3), rows, multiply, keys, best)
    return best


def _row(task: str, name: str, answers: Answers, part: NDArray[np.bool_], seed: int) -> Row:
    n = int(np.count_nonzero(answers.covered & part))
    right = int(np.count_nonzero(answers.right & part))
    low, high = proportion_interval(right, n, seed=seed)
    value = right / n if n else float("nan")
    total = int(np.count_nonzero(part))
    return Row(
        task=task, name=name, value=value, low=low, high=high, n=n, total=total, extra={"right": right}
    )
