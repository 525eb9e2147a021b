"""Truncated SVD and LSA: Firth beside scikit-learn's TruncatedSVD.

python benchmarks/lsa.py [TEXTS ...] [--lines N] [--dim 300] [--threads 2] [--repeats 3]

TEXTS are folders, each file in them a document, and files, each line in them a document; the slice of
Wikipedia that ships with Firth serves if none is given, and --lines keeps to the first lines of each file.
Both programs decompose the same TF-IDF matrix (words in at least two documents, sublinear), each with its
usual settings (TruncatedSVD with n_iter=5, as its documentation recommends for text), in turn, each in a
process of its own that loads the matrix first. Measured are the decomposition, the peak memory (how much the
process grew, the matrix included, beside the size of matrix and vectors), and the part of the matrix that the
vectors leave unexplained: |A - U S Vᵀ|² / |A|², computed in float64 from what each program returns. The whole
way from a text file to the vectors of documents is measured too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from rows import Rows
from texts import write_documents
from tfidf import peak, resident

READING = {"lowercase": True, "tokenizer": "words", "min_length": 2}
WEIGHING = {"sublinear_tf": True, "min_df": 2}
PROGRAMS = {"firth": "firth", "sklearn": "scikit-learn"}


def main() -> None:
    """Run both programs in turn and keep the rows."""
    options = arguments()
    if options.only:
        job, program = options.only.split("-")
        print(json.dumps({"svd": decompose, "lsa": from_text}[job](program, options)))
        return
    rows = Rows("lsa", path=options.results)
    with tempfile.TemporaryDirectory() as folder:
        options.folder = Path(folder)
        shape = prepare(options)
        what = f"{shape}, dim {options.dim}, {options.threads} threads"
        for _ in range(options.repeats):
            for name, program in PROGRAMS.items():
                found = run(f"svd-{name}", options)
                rows.add(f"SVD of {what}", program, found["seconds"], "s", lower_is_better=True)
                rows.add(f"left unexplained, {what}", program, found["left"], "%", lower_is_better=True)
                rows.add(f"memory, {what}", program, found["grown"], "MB", lower_is_better=True)
                times = found["grown"] / found["result"]
                rows.add(
                    f"memory beside matrix and vectors, {what}", program, times, "times", lower_is_better=True
                )
                found = run(f"lsa-{name}", options)
                rows.add(f"text file to LSA, {what}", program, found["seconds"], "s", lower_is_better=True)
    rows.show()
    for task in ("SVD of", "text file to LSA,"):
        middle = {
            program: statistics.median(
                row["value"]
                for row in rows.rows
                if row["task"].startswith(task) and row["program"].startswith(program)
            )
            for program in PROGRAMS.values()
        }
        print(f"{task} {shape}: {middle['scikit-learn'] / middle['firth']:.2f} times as fast as scikit-learn")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texts", type=Path, nargs="*")
    parser.add_argument("--lines", type=int, help="how many lines of each file to take; all if not given")
    parser.add_argument("--dim", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    return parser.parse_args()


def prepare(options: argparse.Namespace) -> str:
    """Write the documents and their TF-IDF, which compiles what Firth needs; returns the shape in words."""
    import firth

    write_documents(options.texts, options.folder / "documents.txt", most=options.lines)
    documents = firth.read_documents(options.folder / "documents.txt", **READING)
    features = firth.TfIdf(**WEIGHING).fit_transform(documents).features
    features.save(options.folder / "matrix")
    firth.svd(features.matrix, 2, iterations=1)
    rows, columns = features.shape
    return f"{rows:,} × {columns:,} with {features.matrix.nnz:,} entries"


def run(only: str, options: argparse.Namespace) -> dict[str, float]:
    """What one program measured in a process of its own."""
    command = [sys.executable, __file__, "--only", only, "--folder", str(options.folder)]
    for name in ("dim", "threads"):
        command += [f"--{name}", str(getattr(options, name))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def decompose(program: str, options: argparse.Namespace) -> dict[str, float]:
    """Seconds, what is left unexplained (per cent) and MB of one decomposition."""
    import firth

    run = firth.Run(threads=options.threads)
    firth.svd(firth.Features.load(options.folder / "matrix").matrix[:600], 2, run=run)  # loads the kernels
    before = resident()
    loaded = firth.Features.load(options.folder / "matrix").matrix
    matrix = type(loaded)((loaded.data.copy(), loaded.indices.copy(), loaded.indptr.copy()), loaded.shape)
    del loaded
    started = time.perf_counter()
    if program == "firth":
        found = firth.svd(matrix, options.dim, run=run)
        seconds, grown = time.perf_counter() - started, peak() - before
        left, right = found.left * found.values, found.right
    else:
        from sklearn.decomposition import TruncatedSVD

        svd = TruncatedSVD(options.dim, n_iter=5, random_state=1)
        left = svd.fit_transform(matrix)
        right = svd.components_.T
        seconds, grown = time.perf_counter() - started, peak() - before
    size = matrix.data.nbytes + matrix.indices.nbytes + 4 * options.dim * sum(matrix.shape)
    share = 100 * unexplained(matrix, left, right)
    return {"seconds": seconds, "grown": grown, "result": size / 1e6, "left": share}


def unexplained(matrix: Any, left: Any, right: Any) -> float:
    """|A - L Rᵀ|² / |A|², from |A|² - 2 tr(Lᵀ A R) + tr(LᵀL RᵀR), in blocks of rows and in float64."""
    right = right.astype(np.float64)
    inner, square = 0.0, np.zeros((right.shape[1], right.shape[1]))
    for start in range(0, len(left), 4096):
        part = left[start : start + 4096].astype(np.float64)
        inner += float(np.sum((matrix[start : start + 4096].astype(np.float64) @ right) * part))
        square += part.T @ part
    energy = float(np.square(matrix.data.astype(np.float64)).sum())
    return (energy - 2 * inner + float(np.sum(square * (right.T @ right)))) / energy


def from_text(program: str, options: argparse.Namespace) -> dict[str, float]:
    """Seconds from a file of text to the vectors of its documents."""
    path = options.folder / "documents.txt"
    if program == "firth":
        import firth

        firth.LSA(dim=1).fit(["load", "the", "kernels"])
        started = time.perf_counter()
        run = firth.Run(threads=options.threads)
        documents = firth.read_documents(path, threads=options.threads, **READING)
        firth.LSA(dim=options.dim, **WEIGHING).fit(documents, run=run)
        return {"seconds": time.perf_counter() - started}
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    started = time.perf_counter()
    with path.open(encoding="utf-8") as file:
        matrix = TfidfVectorizer(dtype=np.float32, **WEIGHING).fit_transform(file)
    TruncatedSVD(options.dim, n_iter=5, random_state=1).fit_transform(matrix)
    return {"seconds": time.perf_counter() - started}


if __name__ == "__main__":
    main()
