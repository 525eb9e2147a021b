"""Codecs: what they keep and how fast they are, beside those of FAISS of the same width.

python benchmarks/compress.py [VECTORS …] [--pixels FILE.npy] [--threads 1] [--repeats 3] [--rows N]

VECTORS are files that Firth reads; without one, clustered rows of dim 100 are drawn. --pixels takes a matrix
(n, d) of numbers, such as the 784 pixels of MNIST's images, compared by distance. Each codec is fitted to all
rows and measured on them: bytes a row, seconds to fit, and to encode and to decode a million numbers, and the
neighbours kept of ten. The programs take turns. FAISS's neighbours are those of rows that it decodes,
compared exactly, as `loss` compares ours.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np

import firth
from firth.compress.codec import CodecRecipe
from firth.compress.losses import loss
from firth.compress.names import NAMES, named_recipe
from firth.parallel import faiss_threads
from rows import Rows

PEERS = {
    "int8-dimension": "SQ8",
    "int4-dimension": "SQ4",
    "float16": "SQfp16",
    "pq": "PQ{half}",
    "opq": "OPQ{half},PQ{half}",
    "residual": "RQ{eighth}x8",
}
"""Our word -> FAISS's own for a codec of the same width."""


def main() -> None:
    """Run every codec over every matrix, and keep the rows."""
    options = arguments()
    rows = Rows("compress", path=options.results)
    for name, vectors in matrices(options):
        for word in options.codec or NAMES:
            for _ in range(options.repeats):
                add(rows, name, word, "firth", measure_firth(word, vectors, options))
                if word in PEERS and vectors.dim % 2 == 0:
                    add(rows, name, word, "faiss-cpu", measure_faiss(word, vectors, options))
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", type=Path, nargs="*")
    parser.add_argument("--pixels", type=Path, help="a matrix (n, d) in a .npy file")
    parser.add_argument("--codec", action="append", choices=list(NAMES), help="all if not given")
    parser.add_argument("--rows", type=int, default=100_000, help="how many rows of a file at most")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sample", type=int, default=500, help="queries")
    parser.add_argument("--results", type=Path, help="where to append the rows")
    return parser.parse_args()


def matrices(options: argparse.Namespace) -> list[tuple[str, firth.Vectors]]:
    """What is compressed, by name."""
    found = [
        (f"{path.name}, {min(len(vectors), options.rows):,} rows", vectors.most_frequent(options.rows))
        for path in options.vectors
        for vectors in [firth.load(path).vectors]
    ]
    if options.pixels is not None:
        pixels = np.load(options.pixels).astype(np.float32)
        pixels = pixels.reshape(len(pixels), -1)[: options.rows]
        space = firth.Vectors(range(len(pixels)), pixels, metric="euclidean")
        found.append((f"{options.pixels.name}, {len(pixels):,} rows", space))
    if not found:
        random = np.random.default_rng(1)
        n = min(options.rows, 20_000)
        drawn = random.normal(0, 1, (200, 100))[np.arange(n) % 200] + random.normal(0, 0.7, (n, 100))
        found.append((f"clustered, {n:,} rows", firth.Vectors(range(n), drawn.astype(np.float32))))
    return found


def measure_firth(word: str, vectors: firth.Vectors, options: argparse.Namespace) -> dict[str, float]:
    """One codec of ours."""
    recipe: CodecRecipe = named_recipe(word, vectors.dim)
    run = firth.Run(threads=options.threads, progress=False)
    codec, fitting = timed(lambda: recipe.fit(vectors, run=run))
    few = vectors.matrix[:64]
    codec.decode_rows(codec.encode_rows(few))  # compiles what it needs
    codes, encoding = timed(lambda: codec.encode_rows(vectors.matrix))
    _, decoding = timed(lambda: codec.decode_rows(codes))
    report = loss(codec.encode(vectors), vectors, sample=options.sample)
    return {
        "bytes a row": codec.width,
        "fit": fitting,
        "encode": encoding / vectors.matrix.size * 1e6,
        "decode": decoding / vectors.matrix.size * 1e6,
        "kept": report["neighbours kept"].value,
    }


def measure_faiss(word: str, vectors: firth.Vectors, options: argparse.Namespace) -> dict[str, float]:
    """FAISS's codec of the same width."""
    d = vectors.dim
    description = PEERS[word].format(half=d // 2, eighth=max(1, d // 8))
    matrix = np.ascontiguousarray(vectors.matrix)
    with faiss_threads(options.threads):
        index = faiss.index_factory(d, description)
        _, fitting = timed(lambda: index.train(matrix[:: max(1, len(matrix) // 65_536)]))
        codes, encoding = timed(lambda: index.sa_encode(matrix))
        back, decoding = timed(lambda: index.sa_decode(codes))
    return {
        "bytes a row": codes.shape[1],
        "fit": fitting,
        "encode": encoding / matrix.size * 1e6,
        "decode": decoding / matrix.size * 1e6,
        "kept": kept(vectors, back, options.sample),
    }


def kept(vectors: firth.Vectors, back: np.ndarray, sample: int) -> float:
    """How many of ten neighbours stay, of the rows that `loss` would ask."""
    asked = np.sort(np.random.default_rng(1).choice(len(vectors), min(sample, len(vectors)), replace=False))
    decoded = firth.Vectors(vectors.ids, back, metric=vectors.metric)
    pairs = zip(
        vectors.search(vectors.matrix[asked], topn=11).rows.tolist(),
        decoded.search(vectors.matrix[asked], topn=11).rows.tolist(),
        asked.tolist(),
        strict=True,
    )
    shares = [
        len({*[r for r in a if r != own][:10]} & {*[r for r in b if r != own][:10]}) / 10
        for a, b, own in pairs
    ]
    return float(np.mean(shares))


def timed(job: Callable[[], Any]) -> tuple[Any, float]:
    """What a job returns, and its seconds."""
    started = time.perf_counter()
    return job(), time.perf_counter() - started


def add(rows: Rows, name: str, word: str, program: str, found: dict[str, float]) -> None:
    """Keep the figures of one codec of one program."""
    units = {"bytes a row": "bytes", "fit": "s", "encode": "s", "decode": "s", "kept": ""}
    what = {"encode": "encoding 1 M numbers", "decode": "decoding 1 M numbers", "fit": "fitting"}
    for figure, unit in units.items():
        title = f"{word}: {what.get(figure, figure)}, {name}"
        title = title.replace(": kept,", ": neighbours kept of 10,")
        rows.add(title, program, found[figure], unit, lower_is_better=figure != "kept")


if __name__ == "__main__":
    main()
