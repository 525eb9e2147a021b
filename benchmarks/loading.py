"""Load word vectors: Firth beside gensim, on the same files, turn by turn in one process.

python benchmarks/loading.py                       vectors of its own: 100,000 x 100 and 100,000 x 300
python benchmarks/loading.py wiki.bin               vectors that you have, of any format

Measured is the time from the path to vectors ready for use, files in the page cache, kernels compiled;
and from vectors to the file, which Firth syncs to the disk and gensim does not.
Firth checks what gensim does not: that every number is finite, and that no key occurs twice.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

import firth
from firth.formats import write
from firth.vectors import Vectors
from rows import Rows


def main() -> None:
    """Measure, print, and append the raw rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", nargs="*", type=Path, help="files of vectors instead of generated ones")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    options = parser.parse_args()
    rows = Rows("loading", path=options.results)
    spaces = [Vectors.load(path) for path in options.vectors] or [generated(100), generated(300)]
    for vectors in spaces:
        size = f"{len(vectors):,} × {vectors.dim}"
        with tempfile.TemporaryDirectory() as folder:
            for task, program, seconds in measure(vectors, Path(folder), options.repeats):
                rows.add(f"{task}, {size}", program, seconds, "s", lower_is_better=True)
    rows.show()


def generated(dim: int) -> Vectors:
    """100,000 rows like those of trained vectors: normal numbers, keys of 2 to 7 letters."""
    rng = np.random.default_rng(dim)
    matrix = rng.standard_normal((100_000, dim), dtype=np.float32) * np.float32(0.3)
    keys = np.char.mod("w%d", np.arange(100_000))
    return Vectors(keys.tolist(), matrix)


def measure(vectors: Vectors, folder: Path, repeats: int) -> Iterator[tuple[str, str, float]]:
    """(task, program, seconds) for each repeat of each task; the programs take turns."""
    ours, theirs = "firth", "gensim"
    text, binary, native = folder / "a.vec", folder / "a.bin", folder / "a.safetensors"
    for path in (text, binary, native):
        write(vectors, path)
        firth.load(path)  # loads the kernels, and the file into the page cache
    keyed, saved = load_with_gensim(binary), folder / "gensim.kv"
    keyed.save(str(saved))
    for _ in range(repeats):
        for task, path in (("load word2vec text", text), ("load word2vec binary", binary)):
            yield task, ours, clock(lambda path=path: firth.load(path))
            yield task, theirs, clock(lambda path=path: load_with_gensim(path))
        yield "open own format", ours, clock(lambda: firth.load(native))
        yield "open own format", theirs, clock(lambda: KeyedVectors.load(str(saved), mmap="r"))
    for _ in range(repeats):
        for task, path in (("save word2vec text", text), ("save word2vec binary", binary)):
            yield task, ours, clock(lambda path=path: write(vectors, path, force=True))
            yield (
                task,
                theirs,
                clock(lambda path=path: keyed.save_word2vec_format(str(path), binary=path == binary)),
            )


def load_with_gensim(path: Path) -> KeyedVectors:
    return KeyedVectors.load_word2vec_format(str(path), binary=path.suffix == ".bin")


def clock(job: Callable[[], object]) -> float:
    """Seconds that the job takes."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
