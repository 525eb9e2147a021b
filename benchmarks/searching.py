"""Search word vectors: Firth beside gensim, on the same vectors, turn by turn in one process.

python benchmarks/searching.py                     vectors of its own: 100,000 x 100 and 100,000 x 300
python benchmarks/searching.py wiki.bin             vectors that you have; also answers the Google analogies

Measured is the time a query, kernels compiled and norms known to both. gensim has no batch, so that its batch
is a loop. The answers of both are compared first. BLAS uses the threads that it takes by default in both.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

from firth import datasets, measure
from firth.vectors import Vectors
from rows import Rows

QUESTIONS = datasets.wiki_text().parent / "google-analogies.txt"


def main() -> None:
    """Measure, print, and append the raw rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", nargs="*", type=Path, help="files of vectors instead of generated ones")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    options = parser.parse_args()
    rows = Rows("searching", path=options.results)
    spaces = [Vectors.load(path) for path in options.vectors] or [generated(100), generated(300)]
    for vectors in spaces:
        size = f"{len(vectors):,} × {vectors.dim}"
        tasks = queries(vectors, options.repeats)
        if options.vectors:
            tasks = chain(tasks, analogies(vectors))
        for task, program, value, unit in tasks:
            rows.add(f"{task}, {size}", program, value, unit, lower_is_better=True)
    rows.show()


def queries(vectors: Vectors, repeats: int) -> Iterator[tuple[str, str, float, str]]:
    """(task, program, milliseconds a query, "ms") of every repeat, the programs in turn."""
    peer = same_in_gensim(vectors)
    keys = list(vectors.most_frequent(2_000))
    ones, batch = keys[1_000:1_200], keys[:1_000]
    triples = list(zip(keys[0:300:3], keys[1:300:3], keys[2:300:3], strict=True))
    check(vectors, peer, ones[:50])
    jobs: dict[str, tuple[Callable[[], object], Callable[[], object], int]] = {
        "neighbours, one by one": (
            lambda: [vectors.most_similar(key) for key in ones],
            lambda: [peer.most_similar(key) for key in ones],
            len(ones),
        ),
        "b - a + c, one by one": (
            lambda: [vectors.most_similar([b, c], [a]) for a, b, c in triples],
            lambda: [peer.most_similar([b, c], [a]) for a, b, c in triples],
            len(triples),
        ),
        "neighbours, 1,000 at once": (
            lambda: vectors.search(batch),
            lambda: [peer.most_similar(key) for key in batch],
            len(batch),
        ),
    }
    for task, (ours, theirs, count) in jobs.items():
        for _ in range(repeats):
            yield task, "firth", seconds(ours) / count * 1e3, "ms"
            yield task, "gensim", seconds(theirs) / count * 1e3, "ms"


def analogies(vectors: Vectors) -> Iterator[tuple[str, str, float, str]]:
    """(task, program, seconds, "s") of the Google analogies among the 30,000 most frequent words, once."""
    peer = same_in_gensim(vectors)
    questions = datasets.google_analogies()
    measure.analogy(vectors, questions, restrict=100)  # compiles the kernel
    task = "19,544 analogy questions"
    started = time.perf_counter()
    report = measure.analogy(vectors, questions)
    yield task, "firth", time.perf_counter() - started, "s"
    started = time.perf_counter()
    _, sections = peer.evaluate_word_analogies(str(QUESTIONS), restrict_vocab=30_000)
    yield task, "gensim", time.perf_counter() - started, "s"
    theirs = {some["section"]: len(some["correct"]) for some in sections[:-1] if some["correct"]}
    ours = {row.name: row.extra["right"] for row in report if row.name in theirs}
    if ours != theirs:
        print(f"the counts of right answers differ: {ours} and {theirs}", file=sys.stderr)


def same_in_gensim(vectors: Vectors) -> KeyedVectors:
    """The same vectors in gensim, their norms computed."""
    peer = KeyedVectors(vectors.dim)
    peer.add_vectors(list(vectors), np.array(vectors.matrix))
    peer.fill_norms()
    return peer


def check(vectors: Vectors, peer: KeyedVectors, keys: list[str]) -> None:
    """Stop where the scores of the two programs differ by more than rounding."""
    batch = vectors.search(keys)
    for i, key in enumerate(keys):
        theirs = np.array([score for _, score in peer.most_similar(key)])
        for hits in (vectors.most_similar(key), batch[i]):
            np.testing.assert_allclose(hits.scores, theirs, atol=2e-6)


def generated(dim: int) -> Vectors:
    """100,000 rows of normal numbers."""
    matrix = np.random.default_rng(dim).standard_normal((100_000, dim), dtype=np.float32)
    return Vectors([f"w{i}" for i in range(100_000)], matrix)


def seconds(job: Callable[[], object]) -> float:
    """How long a job takes."""
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
