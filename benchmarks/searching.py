"""Search word vectors: Firth beside gensim, on the same vectors, turn by turn in one process.

python benchmarks/searching.py                     vectors of its own: 100,000 x 100 and 100,000 x 300
python benchmarks/searching.py wiki.bin             vectors that you have; also answers the Google analogies

Measured is the time a query, kernels compiled and norms known to both. gensim has no batch, so that its batch
is a loop. The answers of both are compared first. BLAS uses the threads that it takes by default in both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import gensim
import numpy as np
from gensim.models import KeyedVectors

import firth
from firth import datasets, measure
from firth.vectors import Vectors

RESULTS = Path(__file__).parent / "results" / "searching.jsonl"
OURS, THEIRS = f"firth {firth.__version__}", f"gensim {gensim.__version__}"
QUESTIONS = datasets.wiki_text().parent / "google-analogies.txt"


def main() -> int:
    """Measure, print, and append the raw rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", nargs="*", type=Path, help="files of vectors instead of generated ones")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    run = {
        "run": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {processor()}, Python {platform.python_version()}",
        "command": " ".join(["python", "benchmarks/searching.py", *sys.argv[1:]]),
    }
    spaces = [Vectors.load(path) for path in options.vectors] or [generated(100), generated(300)]
    rows: list[dict[str, Any]] = []
    for vectors in spaces:
        tasks = queries(vectors, options.repeats)
        if options.vectors:
            tasks = chain(tasks, analogies(vectors))
        for task, program, value, unit in tasks:
            size = f"{len(vectors):,} × {vectors.dim}"
            row = {"task": f"{task}, {size}", "program": program, "value": round(value, 6), "unit": unit}
            rows.append({**row, "lower_is_better": True, **run})
    options.results.parent.mkdir(parents=True, exist_ok=True)
    with options.results.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    for task in dict.fromkeys(row["task"] for row in rows):
        show(task, [row for row in rows if row["task"] == task])
    return 0


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
            yield task, OURS, seconds(ours) / count * 1e3, "ms"
            yield task, THEIRS, seconds(theirs) / count * 1e3, "ms"


def analogies(vectors: Vectors) -> Iterator[tuple[str, str, float, str]]:
    """(task, program, seconds, "s") of the Google analogies among the 30,000 most frequent words, once."""
    peer = same_in_gensim(vectors)
    questions = datasets.google_analogies()
    measure.analogy(vectors, questions, restrict=100)  # compiles the kernel
    task = "19,544 analogy questions"
    started = time.perf_counter()
    report = measure.analogy(vectors, questions)
    yield task, OURS, time.perf_counter() - started, "s"
    started = time.perf_counter()
    _, sections = peer.evaluate_word_analogies(str(QUESTIONS), restrict_vocab=30_000)
    yield task, THEIRS, time.perf_counter() - started, "s"
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


def show(task: str, rows: list[dict[str, Any]]) -> None:
    """One line: the medians of both programs and how many times as fast Firth is."""
    medians = {
        program: statistics.median(row["value"] for row in rows if row["program"] == program)
        for program in (OURS, THEIRS)
    }
    shown = "".join(f"   {program} {value:.3f} {rows[0]['unit']}" for program, value in medians.items())
    print(f"{task:48}{shown}   × {medians[THEIRS] / medians[OURS]:.1f}")


def processor() -> str:
    """The name of the processor, where the system tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    sys.exit(main())
