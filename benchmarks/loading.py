"""Load word vectors: Firth beside gensim, on the same files, turn by turn in one process.

python benchmarks/loading.py                       vectors of its own: 100,000 x 100 and 100,000 x 300
python benchmarks/loading.py wiki.bin               vectors that you have, of any format

Measured is the time from the path to vectors ready for use, files in the page cache, kernels compiled;
and from vectors to the file, which Firth syncs to the disk and gensim does not.
Firth checks what gensim does not: that every number is finite, and that no key occurs twice.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gensim
import numpy as np
from gensim.models import KeyedVectors

import firth
from firth.formats import write
from firth.vectors import Vectors

RESULTS = Path(__file__).parent / "results" / "loading.jsonl"


def main() -> int:
    """Measure, print, and append the raw rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("vectors", nargs="*", type=Path, help="files of vectors instead of generated ones")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    run = {
        "run": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {processor()}, Python {platform.python_version()}",
        "command": " ".join(["python", "benchmarks/loading.py", *sys.argv[1:]]),
    }
    spaces = [Vectors.load(path) for path in options.vectors] or [generated(100), generated(300)]
    rows: list[dict[str, Any]] = []
    for vectors in spaces:
        with tempfile.TemporaryDirectory() as folder:
            for task, program, seconds in measure(vectors, Path(folder), options.repeats):
                size = f"{len(vectors):,} × {vectors.dim}"
                row = {"task": f"{task}, {size}", "program": program, "value": round(seconds, 6), "unit": "s"}
                rows.append({**row, "lower_is_better": True, **run})
    options.results.parent.mkdir(parents=True, exist_ok=True)
    with options.results.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    for task in dict.fromkeys(row["task"] for row in rows):
        shown: dict[str, list[float]] = {}
        for row in rows:
            if row["task"] == task:
                shown.setdefault(row["program"], []).append(row["value"])
        medians = {program: statistics.median(values) for program, values in shown.items()}
        ours, *theirs = medians.values()
        times = f"   × {theirs[0] / ours:.1f}" if theirs else ""
        print(f"{task:48}" + "".join(f"   {p} {m:.4f} s" for p, m in medians.items()) + times)
    return 0


def generated(dim: int) -> Vectors:
    """100,000 rows like those of trained vectors: normal numbers, keys of 2 to 7 letters."""
    rng = np.random.default_rng(dim)
    matrix = rng.standard_normal((100_000, dim), dtype=np.float32) * np.float32(0.3)
    keys = np.char.mod("w%d", np.arange(100_000))
    return Vectors(keys.tolist(), matrix)


def measure(vectors: Vectors, folder: Path, repeats: int) -> Iterator[tuple[str, str, float]]:
    """(task, program, seconds) for each repeat of each task; the programs take turns."""
    ours, theirs = f"firth {firth.__version__}", f"gensim {gensim.__version__}"
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


def processor() -> str:
    """The name of the processor."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main())
