"""TF-IDF of documents: Firth beside scikit-learn's TfidfVectorizer.

python benchmarks/tfidf.py [TEXTS ...] [--lines N] [--threads 2] [--repeats 3]

TEXTS are folders and archives (.tar.gz), each file in them a document, and files, each line a document; the
slice of Wikipedia that ships with Firth serves if none is given, and --lines keeps to the first lines of each
file.
Both programs make the same tokens (runs of two and more letters, digits and underscores, in lower case) and
the same matrix, which is checked. They run in turn, each in a process of its own. Measured are making the
matrix from a list of strings that is in memory already, from a file with a document a line, and the peak
memory. "Memory beside matrix, vocabulary and counts" is how much making the matrix from the file grew the
process, over the bytes of what it must hold: the matrix (a value, a column and its share of the row ends an
entry), the characters of the vocabulary, a count (int64) and a weight (float64) a word, and the text as
numbers (int32 a token) that are counted. What was there before does not count: see `memory.Growth`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from memory import Growth, keep_memory
from rows import Rows
from texts import write_documents


def main() -> None:
    """Run both programs in turn and keep the rows."""
    options = arguments()
    if options.only:
        program, source = options.only.split("-")
        print(json.dumps(measure(program, source, options)))
        return
    rows = Rows("tfidf", path=options.results)
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "documents.txt")
        count = write_documents(options.texts, lines, most=options.lines)
        what = f"{count:,} documents, {lines.stat().st_size / 1e6:,.0f} MB, {options.threads} threads"
        warm_up()
        for _ in range(options.repeats):
            sums = {}
            for program in ("firth", "scikit-learn"):
                for source in ("strings", "file"):
                    found = run(f"{program}-{source}".replace("scikit-learn", "sklearn"), lines, options)
                    rows.add(
                        f"TF-IDF from {source}, {what}", program, found["seconds"], "s", lower_is_better=True
                    )
                    sums[program] = found["sum"]
                    if source == "file":
                        keep_memory(rows, found, what, program, beside="matrix, vocabulary and counts")
            if not np.isclose(sums["firth"], sums["scikit-learn"], rtol=1e-6):
                raise SystemExit(f"the matrices differ: {sums}")
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texts", type=Path, nargs="*")
    parser.add_argument("--lines", type=int, help="how many lines of each file to take; all if not given")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    return parser.parse_args()


def run(only: str, lines: Path, options: argparse.Namespace) -> dict[str, Any]:
    """What one program measured in a process of its own."""
    command = [sys.executable, __file__, str(lines), "--only", only, "--threads", str(options.threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def warm_up() -> None:
    """Compile what Firth needs."""
    import firth

    for texts in (["a b c", "c d"], [["a", "b"]]):
        firth.TfIdf().fit(firth.read_documents(texts))


def measure(program: str, source: str, options: argparse.Namespace) -> dict[str, float]:
    """Seconds and memory for a matrix from strings in memory or from a file."""
    path = options.texts[0]
    make = {"firth": by_firth, "sklearn": by_sklearn}[program]
    make(["warm up", "the imports"], options.threads)
    given: Any = path
    if source == "strings":
        given = path.read_text(encoding="utf-8").split("\n")[:-1]
    growth = Growth()
    started = time.perf_counter()
    matrix, words, tokens = make(given, options.threads)
    seconds = time.perf_counter() - started
    size = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    size += sum(map(len, words)) + 16 * len(words) + 4 * tokens
    return {"seconds": seconds, "sum": float(matrix.sum()), **growth.found(size)}


def by_firth(source: Any, threads: int) -> tuple[Any, Any, int]:
    """The matrix and the words of Firth, and how many tokens were counted."""
    import firth

    documents = firth.read_documents(source, lowercase=True, tokenizer="words", min_length=2, threads=threads)
    features = firth.TfIdf().fit_transform(documents, run=firth.Run(threads=threads)).features
    return features.matrix, features.names, features.report["data"]["tokens"]


def by_sklearn(source: Any, _: int) -> tuple[Any, Any, int]:
    """The matrix and the words of scikit-learn, which has one thread for this and never holds all tokens."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(dtype=np.float32)
    if isinstance(source, Path):
        with source.open(encoding="utf-8") as file:
            matrix = vectorizer.fit_transform(file)
    else:
        matrix = vectorizer.fit_transform(source)
    return matrix, vectorizer.vocabulary_, 0


if __name__ == "__main__":
    main()
