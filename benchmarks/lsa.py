"""Truncated SVD and LSA: Firth beside scikit-learn's TruncatedSVD.

python benchmarks/lsa.py [TEXTS ...] [--lines N] [--dim 300] [--threads 2] [--repeats 3]

TEXTS are folders and archives (.tar.gz), each file in them a document, and files, each line a document; the
slice of Wikipedia that ships with Firth serves if none is given, and --lines keeps to the first lines of each
file.
Both programs decompose the same TF-IDF matrix (words in at least two documents, sublinear), each with its
usual settings (TruncatedSVD with n_iter=5, as its documentation recommends for text), in turn, each in a
process of its own that loads the matrix first. Measured are the decomposition, the peak memory, and the part
of the matrix that the vectors leave unexplained: |A - U S Vᵀ|² / |A|², computed in float64 from what each
program returns. The whole way from a text file to the vectors of documents is measured too. "Memory beside
matrix and vectors" is how much loading and decomposing the matrix grew the process, over the bytes of the
matrix and of the vectors of all documents and words in float32; what was there before, compiled kernels
included, does not count: see `memory.Growth`.
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
                keep_memory(rows, found, what, program, beside="matrix and vectors")
                found = run(f"lsa-{name}", options)
                rows.add(f"text file to LSA, {what}", program, found["seconds"], "s", lower_is_better=True)
    rows.show()


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
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def decompose(program: str, options: argparse.Namespace) -> dict[str, float]:
    """Seconds, what is left unexplained (per cent) and the memory of one decomposition."""
    import firth

    make = {"firth": by_firth, "sklearn": by_sklearn}[program]
    make(firth.Features.load(options.folder / "matrix").matrix[:600], 2, options.threads)  # loads the code
    growth = Growth()
    loaded = firth.Features.load(options.folder / "matrix").matrix
    matrix = type(loaded)((loaded.data.copy(), loaded.indices.copy(), loaded.indptr.copy()), loaded.shape)
    del loaded
    held = matrix.data.nbytes + matrix.indices.nbytes + 4 * options.dim * sum(matrix.shape)
    started = time.perf_counter()
    left, right = make(matrix, options.dim, options.threads)
    seconds = time.perf_counter() - started
    memory = growth.found(held)
    return {"seconds": seconds, "left": 100 * unexplained(matrix, left, right), **memory}


def by_firth(matrix: Any, dim: int, threads: int) -> tuple[Any, Any]:
    """The vectors of documents, times the singular values, and those of words, of Firth."""
    import firth

    found = firth.svd(matrix, dim, run=firth.Run(threads=threads))
    return np.multiply(found.left, found.values, out=found.left), found.right


def by_sklearn(matrix: Any, dim: int, _: int) -> tuple[Any, Any]:
    """The same of scikit-learn, whose threads are those of its BLAS."""
    from sklearn.decomposition import TruncatedSVD

    svd = TruncatedSVD(dim, n_iter=5, random_state=1)
    return svd.fit_transform(matrix), svd.components_.T


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
