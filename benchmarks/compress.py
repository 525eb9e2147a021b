"""Codecs: what they keep and how fast they are, beside those of FAISS of the same width.

python benchmarks/compress.py [VECTORS …] [--pixels FILE] [--threads 1] [--repeats 3] [--rows N]

VECTORS are files that Firth reads; without one, clustered rows of dim 100 are drawn. --pixels takes a .npy
file with a matrix (n, d) or images (n, height, width), or an .npz file, of which the first such array, such
as the images of MNIST, compared by distance. Each codec is fitted to all rows and measured on them: bytes a
row, seconds to fit, and to encode and to decode a million numbers, and the neighbours kept of ten. The
programs take turns. FAISS's neighbours are those of rows that it decodes, compared exactly, as `loss`
compares ours. What takes minutes needs --slow: residual codes and
rotations beyond 256 dims, and FAISS's product quantizers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import faiss
import numpy as np

import firth
from firth.compress.codec import CodecRecipe
from firth.compress.codes import Codes
from firth.compress.losses import loss
from firth.compress.names import NAMES, named_recipe
from firth.neighbours import scores_of_pairs
from firth.parallel import faiss_threads
from rows import Rows
from tables import render_codecs

PEERS = {
    "int8-dimension": "SQ8",
    "int4-dimension": "SQ4",
    "float16": "SQfp16",
    "pq": "PQ{half}",
    "opq": "OPQ{half},PQ{half}",
    "residual": "RQ{eighth}x8",
}
"""Our word -> FAISS's own for a codec of the same width."""

MOST_DIMS = {"residual": 256, "opq": 256}
"""Beyond these, fitting takes minutes."""

SLOW_PEERS = ("pq", "opq")  # FAISS takes 2 s for each part of two dims, at 20,000 rows and one thread


def main() -> None:
    """Run every codec over every matrix, and keep the rows."""
    options = arguments()
    rows = Rows("compress", path=options.results)
    for name, vectors in matrices(options):
        for word in options.codec or NAMES:
            if not options.slow and vectors.dim > MOST_DIMS.get(word, vectors.dim):
                print(f"{word}: left out, {name} has {vectors.dim} dims, more than {MOST_DIMS[word]}")
                continue
            for _ in range(options.repeats):
                add(rows, name, word, "firth", measure_firth(word, vectors, options))
                if word in PEERS and vectors.dim % 2 == 0 and (options.slow or word not in SLOW_PEERS):
                    add(rows, name, word, "faiss-cpu", measure_faiss(word, vectors, options))
    print(render_codecs(rows.rows))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", type=Path, nargs="*")
    parser.add_argument("--pixels", type=Path, help="numbers in a .npy or .npz file, a row or image each")
    parser.add_argument("--codec", action="append", choices=list(NAMES), help="all if not given")
    parser.add_argument("--rows", type=int, default=100_000, help="how many rows of a file at most")
    parser.add_argument("--slow", action="store_true", help="also what takes minutes")
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
        pixels = read_pixels(options.pixels)[: options.rows]
        space = firth.Vectors(range(len(pixels)), pixels, metric="euclidean")
        found.append((f"{options.pixels.name}, {len(pixels):,} rows", space))
    if not found:
        random = np.random.default_rng(1)
        n = min(options.rows, 20_000)
        drawn = random.normal(0, 1, (200, 100))[np.arange(n) % 200] + random.normal(0, 0.7, (n, 100))
        found.append((f"clustered, {n:,} rows", firth.Vectors(range(n), drawn.astype(np.float32))))
    return found


def read_pixels(path: Path) -> np.ndarray:
    """The rows (n, d), float32, of the first array of a file that has more than one dimension."""
    held = np.load(path, allow_pickle=False)
    arrays = [held] if isinstance(held, np.ndarray) else [held[name] for name in held.files]
    found = next((array for array in arrays if array.ndim > 1), None)
    if found is None:
        raise SystemExit(f"{path} holds no array of rows: {', '.join(str(array.shape) for array in arrays)}")
    return found.reshape(len(found), -1).astype(np.float32)


def measure_firth(word: str, vectors: firth.Vectors, options: argparse.Namespace) -> dict[str, float]:
    """One codec of ours."""
    recipe: CodecRecipe = named_recipe(word, vectors.dim)
    run = firth.Run(threads=options.threads, progress=False)
    codec, fitting = timed(lambda: recipe.fit(vectors, run=run))
    few = vectors.matrix[:64]
    codec.decode_rows(codec.encode_rows(few))  # compiles what it needs
    codes, encoding = timed(lambda: codec.encode_rows(vectors.matrix))
    _, decoding = timed(lambda: codec.decode_rows(codes))
    held = Codes(vectors.ids, codes, codec=codec, metric=vectors.metric, fingerprint=vectors.fingerprint)
    report = loss(held, vectors, sample=options.sample)
    return {
        "bytes": codec.width,
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
        "bytes": codes.shape[1],
        "fit": fitting,
        "encode": encoding / matrix.size * 1e6,
        "decode": decoding / matrix.size * 1e6,
        "kept": kept(vectors, back, options.sample),
    }


def kept(vectors: firth.Vectors, back: np.ndarray, sample: int) -> float:
    """How many of ten neighbours stay, of the rows that `loss` would ask, and counted as it counts them."""
    asked = np.sort(np.random.default_rng(1).choice(len(vectors), min(sample, len(vectors)), replace=False))
    queries = vectors.matrix[asked]
    decoded = firth.Vectors(vectors.ids, back, metric=vectors.metric)

    def true_scores(space: firth.Vectors) -> np.ndarray:
        rows = space.search(queries, topn=11).rows
        own = rows == asked[:, None]
        own[~own.any(axis=1), -1] = True
        others = rows[~own]
        scores = scores_of_pairs(np.repeat(queries, 10, axis=0), vectors.matrix[others], vectors.metric)
        return scores.astype(np.float32).reshape(-1, 10)

    least = true_scores(vectors).min(axis=1, keepdims=True)
    return float((true_scores(decoded) >= least).mean())


def timed(job: Callable[[], Any]) -> tuple[Any, float]:
    """What a job returns, and its seconds."""
    started = time.perf_counter()
    return job(), time.perf_counter() - started


def add(rows: Rows, name: str, word: str, program: str, found: dict[str, float]) -> None:
    """Keep the figures of one codec of one program."""
    figures = {figure: round(value, 6) for figure, value in found.items()}
    rows.keep(
        {
            "task": f"{word}, {name}",
            "data": name,
            "codec": word,
            "program": f"{program} {version(program)}",
            **figures,
        }
    )
    print(
        f"{word:16}{program:10}", *(f"{figure} {value:,.4g}" for figure, value in figures.items()), flush=True
    )


if __name__ == "__main__":
    main()
