"""Answer analogies by each method: Firth beside gensim, and beside plain NumPy where gensim has no method.

python benchmarks/analogies.py wiki.bin                   among the 30,000 most frequent words, as is usual
python benchmarks/analogies.py wiki.bin --questions 100   the first so many of each section, for a quick look

Measured is the time from vectors to the counts of right answers, kernels compiled and norms known to both,
turn by turn. Firth's counts are compared with those of the peer: where they differ, it is said. gensim's own
evaluation answers by 3CosAdd alone, so that for 3CosMul it is asked one question after the other.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from gensim.models import KeyedVectors

from firth import datasets
from firth.measure.analogies import METHODS, Analogies
from firth.measure.sets import Questions
from firth.measure.spaces import find_rows
from firth.vectors import Vectors
from rows import Rows

RESTRICT = 30_000


def main() -> None:
    """Measure, print, and append the raw rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", type=Path, help="a file of word vectors that Firth reads")
    parser.add_argument("--questions", type=int, help="only so many of each section")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    options = parser.parse_args()
    rows = Rows("analogies", path=options.results)
    vectors = Vectors.load(options.vectors).most_frequent(RESTRICT)
    questions = datasets.google_analogies()
    if options.questions:
        sections = tuple((name, some[: options.questions]) for name, some in questions.sections)
        questions = replace(questions, sections=sections)
    peer = KeyedVectors(vectors.dim)
    peer.add_vectors(list(vectors), np.array(vectors.matrix))
    peer.fill_norms()
    for method in METHODS:
        task = Analogies(questions=questions, method=method)
        jobs: dict[str, Callable[[], int]] = {"firth": lambda task=task: right(task, vectors)}
        if method == "3CosAdd":
            jobs["gensim"] = lambda: right_by_adding(peer, questions)
        elif method == "3CosMul":
            jobs["gensim"] = lambda: right_by_multiplying(peer, vectors, questions)
        else:
            jobs["numpy"] = lambda: right_by_differences(vectors, questions)
        jobs["firth"]()  # compiles
        title = f"{method}, {len(questions):,} questions, {len(vectors):,} × {vectors.dim}"
        counts = {}
        for _ in range(options.repeats):
            for program, job in jobs.items():
                started = time.perf_counter()
                counts[program] = job()
                rows.add(title, program, time.perf_counter() - started, "s", lower_is_better=True)
        if len(set(counts.values())) > 1:
            print(f"{method}: the counts of right answers differ: {counts}", file=sys.stderr)
    rows.show()


def right(task: Analogies, vectors: Vectors) -> int:
    """How many answers are right."""
    return int(task.outcomes(vectors)[0].extra["right"])


def right_by_adding(peer: KeyedVectors, questions: Questions) -> int:
    """The same of gensim's evaluation, which reads questions from a file."""
    with NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for name, some in questions.sections:
            file.write(f": {name}\n" + "".join(" ".join(words) + "\n" for words in some))
        file.flush()
        _, sections = peer.evaluate_word_analogies(file.name, restrict_vocab=RESTRICT)
    return len(sections[-1]["correct"])


def right_by_multiplying(peer: KeyedVectors, vectors: Vectors, questions: Questions) -> int:
    """The same of gensim's 3CosMul, question by question."""
    ids, count = list(vectors), 0
    for a, b, c, d in covered(vectors, questions).tolist():
        found = peer.most_similar_cosmul(positive=[ids[b], ids[c]], negative=[ids[a]], topn=1)
        count += found[0][0] == ids[d]
    return count


def right_by_differences(vectors: Vectors, questions: Questions) -> int:
    """cos(x - c, b - a) by matrix products over blocks of questions, as one would write it by hand."""
    unit = vectors.unit().matrix
    rows = covered(vectors, questions)
    count = 0
    for start in range(0, len(rows), 256):
        a, b, c, d = rows[start : start + 256].T
        along = unit[b] - unit[a]
        keys = along @ unit.T - np.einsum("qd,qd->q", along, unit[c])[:, None]
        squares = 2 - 2 * (unit[c] @ unit.T)
        keys /= np.sqrt(np.maximum(squares, 1e-12))
        keys[np.arange(len(a))[:, None], np.stack([a, b, c], axis=1)] = -np.inf
        count += int(np.count_nonzero(keys.argmax(axis=1) == d))
    return count


def covered(vectors: Vectors, questions: Questions) -> np.ndarray:
    """The rows of the words of the questions that are all there, int64, (q, 4)."""
    words = [word for _, some in questions.sections for four in some for word in four]
    rows = find_rows(vectors, words, case="auto").reshape(-1, 4)
    return rows[(rows >= 0).all(axis=1)]


if __name__ == "__main__":
    main()
