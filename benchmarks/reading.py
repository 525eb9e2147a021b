"""How fast a text file becomes token ids: Firth's whole `read_text` beside gensim's vocabulary pass.

python benchmarks/reading.py [FILE] [--threads N] [--repeats N]

FILE holds a sequence a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth serves
if none is given. Firth counts and encodes; gensim's `build_vocab(corpus_file=…)` only counts, and splits the
text again in each epoch of training. Each measurement runs in a process of its own, the two programs in turn.
Compiling or loading code is not timed; peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import bundled_corpus
from memory import peak
from rows import Rows

MIN_COUNT = 5


def firth(path: str, threads: int) -> tuple[float, int]:
    """Seconds of `read_text`, and the size of its vocabulary."""
    from firth.data.text import read_text

    read_text(["a small text to load the kernels"], min_count=1, threads=threads)
    start = time.perf_counter()
    sequences = read_text(path, min_count=MIN_COUNT, threads=threads)
    return time.perf_counter() - start, len(sequences.vocabulary)


def gensim(path: str, threads: int) -> tuple[float, int]:
    """Seconds of gensim's vocabulary pass over the file, and the size of its vocabulary."""
    from gensim.models import Word2Vec

    model = Word2Vec(vector_size=1, min_count=MIN_COUNT, workers=threads)
    start = time.perf_counter()
    model.build_vocab(corpus_file=path)
    return time.perf_counter() - start, len(model.wv)


PROGRAMS = {"firth": firth, "gensim": gensim}


def measure(program: str, path: str, threads: int) -> None:
    """Run one program in this process and print what came out, as JSON."""
    seconds, words = PROGRAMS[program](path, threads)
    print(json.dumps({"seconds": seconds, "words": words, "peak": peak()}))


def main() -> None:
    """Measure both programs in turn and append the rows to the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--only", choices=PROGRAMS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        measure(options.only, options.file, options.threads)
        return
    with tempfile.TemporaryDirectory() as folder:
        options.file = options.file or str(bundled_corpus(folder))
        in_turn(options)


def in_turn(options: argparse.Namespace) -> None:
    """Measure both programs as often as asked, and keep the rows."""
    size = Path(options.file).stat().st_size / 1e6
    rows = Rows("reading", path=options.results)
    for _ in range(options.repeats):
        for program in PROGRAMS:
            found = in_a_process(program, options)
            what = f"read {size:,.0f} MB of text, {options.threads} threads"
            rows.add(what, program, size / found["seconds"], "MB/s", lower_is_better=False)
            rows.add("peak memory of that process", program, found["peak"], "MB", lower_is_better=True)
    rows.show()


def in_a_process(program: str, options: argparse.Namespace) -> dict[str, float]:
    """What `measure` prints in a process of its own."""
    command = [sys.executable, __file__, options.file, "--threads", str(options.threads), "--only", program]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
