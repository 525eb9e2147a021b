"""How fast a text file becomes token ids: Firth's whole `read_text` beside gensim's vocabulary pass.

python benchmarks/reading.py FILE [--threads N] [--repeats N]

FILE holds a sequence a line, tokens separated by spaces. Firth counts and encodes; gensim's
`build_vocab(corpus_file=…)` only counts, and splits the text again in each epoch of training. Each
measurement runs in a process of its own, the two programs in turn. Compiling or loading code is not timed;
peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "reading.jsonl"
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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # kB on Linux
    print(json.dumps({"seconds": seconds, "words": words, "peak": peak}))


def main() -> None:
    """Measure both programs in turn and append the rows to the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", choices=PROGRAMS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        measure(options.only, options.file, options.threads)
        return
    size = Path(options.file).stat().st_size / 1e6
    common = {
        "run": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "command": f"python benchmarks/reading.py {Path(options.file).name} --threads {options.threads}",
    }
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as results:
        for _ in range(options.repeats):
            for program in PROGRAMS:
                command = [
                    sys.executable,
                    __file__,
                    options.file,
                    "--threads",
                    str(options.threads),
                    "--only",
                    program,
                ]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                found = json.loads(done.stdout)
                speed = size / found["seconds"]
                print(f"{program:7} {speed:6.0f} MB/s, {found['words']:,} words, peak {found['peak']:.0f} MB")
                for task, value, unit in (
                    (f"read {size:,.0f} MB of text, {options.threads} threads", speed, "MB/s"),
                    ("peak memory of that process", found["peak"], "MB"),
                ):
                    row = {"task": task, "program": f"{program} {version(program)}", "value": round(value, 2)}
                    row |= {"unit": unit, "lower_is_better": unit == "MB"}
                    results.write(json.dumps(row | common) + "\n")


if __name__ == "__main__":
    main()
