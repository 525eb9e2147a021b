"""Counting co-occurrences and GloVe: seconds, memory and quality of Firth.

python benchmarks/glove.py [CORPUS] [--lines N] [--dim 100] [--window 10] [--epochs 15] [--repeats 3]

CORPUS holds a sentence a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given, and --lines keeps to its first lines. The counting and the training each run in a
process of its own. Measured are the counting (the corpus read, the counts not yet saved), an epoch (its share
of the training, the loss included), the peak memory of each process, beside it what 1.5 times its counts and
parameters would take on top of what the process had before, and how good the vectors are: the sets that ship
with Firth, and similarity files given with --words, by `firth.measure`, among the 30,000 most frequent words
for the analogies.

There is no peer that pip installs. The authors' C program is known to take about 20 s an epoch over 29
million counts at dim 100 on two threads of a machine like the one that Firth's own results name, which is 690
ns a count; that figure is kept beside Firth's as the program `published-C`, and is not measured here. For
another dim no such figure is kept.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from corpus import bundled_corpus
from rows import Rows

MIN_COUNT = 5
PUBLISHED = {"program": "published-C 2014", "dim": 100, "threads": 2, "ns": 20e9 / 29e6}
ALLOWED = 1.5  # times counts and parameters


def main() -> None:
    """Count and train in turn, score what was saved, and keep the rows."""
    options = arguments()
    if options.only:
        print(json.dumps({"count": count, "train": train}[options.only](options)))
        return
    rows = Rows("glove", path=options.results)
    with tempfile.TemporaryDirectory() as folder:
        options.corpus = shortened(options.corpus or bundled_corpus(folder), options.lines, folder)
        warm_up(options.corpus)
        for repeat in range(options.repeats):
            counted = run("count", options, folder)
            trained = run("train", options, folder)
            keep(rows, options, counted, trained)
            if repeat < options.scored:
                for task, value in scores(Path(folder, "vectors.safetensors"), options.words):
                    what = f"{task}, dim {options.dim}, {options.epochs} epochs"
                    rows.add(what, "firth", value, "%", lower_is_better=False)
    rows.show()
    if known(options):
        ours = [
            row["value"] for row in rows.rows if row["unit"] == "ns" and row["program"].startswith("firth")
        ]
        print(f"an epoch beside the published C program: {PUBLISHED['ns'] / min(ours):.1f} times as fast")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--lines", type=int, help="how many lines of the corpus to take; all if not given")
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--x-max", type=float, default=100.0)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scored", type=int, default=1, help="repeats whose vectors are scored")
    parser.add_argument("--words", type=Path, nargs="*", default=[], help="more word similarity files")
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--only", choices=["count", "train"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def shortened(corpus: Path, lines: int | None, folder: str) -> Path:
    """The corpus, or a file of its first lines."""
    if lines is None:
        return corpus
    path = Path(folder, "corpus.txt")
    with corpus.open("rb") as file:
        path.write_bytes(b"".join(itertools.islice(file, lines)))
    return path


def warm_up(corpus: Path) -> None:
    """Compile what Firth needs, and read the corpus once so that it is in the page cache."""
    import firth

    firth.GloVe(dim=8, min_count=1, epochs=1).fit([["a", "b"]] * 9)
    with corpus.open("rb") as file:
        while file.read(1 << 24):
            pass


def run(job: str, options: argparse.Namespace, folder: str) -> dict[str, Any]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, str(options.corpus), "--only", job, "--folder", folder]
    for name in ("dim", "window", "x_max", "epochs", "threads"):
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def count(options: argparse.Namespace) -> dict[str, float]:
    """Count the corpus and save the counts."""
    import firth

    with firth.read_text(options.corpus, min_count=MIN_COUNT, threads=options.threads) as text:
        words, before = int(text.offsets[-1]), present()
        started = time.perf_counter()
        edges = firth.cooccur(text, window=options.window, threads=options.threads)
        seconds = time.perf_counter() - started
    top = peak()
    edges.save(options.folder / "edges.safetensors", force=True)
    found = {"seconds": seconds, "peak": top, "allowed": before + ALLOWED * edge_bytes(edges) / 1e6}
    return found | {"words": words, "edges": len(edges)}


def train(options: argparse.Namespace) -> dict[str, float]:
    """Train on the saved counts and save the vectors."""
    import firth

    edges = firth.Edges.load(options.folder / "edges.safetensors")
    learner = firth.GloVe(dim=options.dim, epochs=options.epochs, x_max=options.x_max)
    before = present()
    started = time.perf_counter()
    model = learner.fit(edges, run=firth.Run(threads=options.threads, progress=False))
    seconds = time.perf_counter() - started
    top = peak()
    model.save(options.folder / "vectors.safetensors", force=True)
    # Two vectors and two biases a word, and for each number the sum of squares of its steps.
    parameters = 4 * 2 * 2 * (options.dim + 1) * len(edges.left)
    allowed = before + ALLOWED * (edge_bytes(edges) + parameters) / 1e6
    return {"seconds": seconds, "peak": top, "allowed": allowed}


def edge_bytes(edges: Any) -> int:
    """What the counts take."""
    return int(edges.i.nbytes + edges.j.nbytes + edges.weight.nbytes)


def keep(rows: Rows, options: argparse.Namespace, counted: dict[str, Any], trained: dict[str, Any]) -> None:
    """The rows of a round."""
    threads, edges = f"{options.threads} threads", counted["edges"]
    what = f"counting {counted['words'] / 1e6:.1f} M words, window {options.window}, {threads}"
    rows.add(what, "firth", counted["seconds"], "s", lower_is_better=True)
    rows.add(f"peak memory, {what}", "firth", counted["peak"], "MB", lower_is_better=True)
    rows.add(f"allowed, {what}", "firth", counted["allowed"], "MB", lower_is_better=True)
    epoch = trained["seconds"] / options.epochs
    what = f"dim {options.dim}, {edges / 1e6:.1f} M counts, {threads}"
    rows.add(f"an epoch, {what}", "firth", epoch, "s", lower_is_better=True)
    rows.add(f"a count, {what}", "firth", 1e9 * epoch / edges, "ns", lower_is_better=True)
    if known(options):
        rows.keep(
            {"task": f"a count, {what}", "program": PUBLISHED["program"], "value": round(PUBLISHED["ns"], 1)}
            | {"unit": "ns", "lower_is_better": True}
        )
    rows.add(f"peak memory, {what}", "firth", trained["peak"], "MB", lower_is_better=True)
    rows.add(f"allowed, {what}", "firth", trained["allowed"], "MB", lower_is_better=True)


def known(options: argparse.Namespace) -> bool:
    """Whether the published figure is for these options."""
    return bool(options.dim == PUBLISHED["dim"] and options.threads == PUBLISHED["threads"])


def peak() -> float:
    """The most memory this process had, in MB; of files that it mapped, what was in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1000 if os.uname().sysname == "Linux" else 1e6
    )


def present() -> float:
    """The memory that this process has now, in MB; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return 0.0


def scores(path: Path, more: list[Path]) -> list[tuple[str, float]]:
    """(task, per cent) of the vectors in a file."""
    import firth
    from firth import datasets, measure

    vectors = firth.load(path).vectors
    found = [("analogies", measure.analogy(vectors, datasets.google_analogies(), restrict=30_000))]
    sets = {"WordSim-353": datasets.wordsim353(), "MEN": datasets.men()}
    sets |= {file.stem: measure.read_set(file) for file in more}
    found += [(name, measure.similarity(vectors, pairs)) for name, pairs in sets.items()]
    return [(name, 100 * report.rows[0].value) for name, report in found]


if __name__ == "__main__":
    main()
