"""Counting co-occurrences and GloVe: seconds, memory and quality of Firth.

python benchmarks/glove.py [CORPUS] [--lines N] [--dim 100] [--window 10] [--epochs 15] [--repeats 3]

CORPUS holds a sentence a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given, and --lines keeps to its first lines. The counting and the training each run in a
process of its own. Measured are the counting (the corpus read, the counts not yet saved), an epoch (its share
of the training, the loss included), the peak memory of each process, and how good the vectors are: the sets
that ship with Firth, and similarity files given with --words, by `firth.measure`, among the 30,000 most
frequent words for the analogies.

"Memory beside the counts" is how much the counting grew the process, over the bytes of the counts (two rows
and a weight each). "Memory beside parameters and counts" is how much loading the counts and training on them
grew it, over the bytes of the counts and of the parameters (two vectors and two biases a word, and for each
number of them AdaGrad's sum of squares, all float32). What was there before, compiled kernels included, does
not count: see `memory.Growth`.

There is no peer that pip installs. The authors' C program is known to take about 20 s an epoch over 29
million counts at dim 100 on two threads of a machine like the one that Firth's own results name, which is 690
ns a count; that figure is kept beside Firth's as the program `published-C`, and is not measured here. An
epoch of Firth is kept in seconds, in nanoseconds a count, and scaled to those 29 million. For another dim no
such figure is kept.
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

from corpus import chosen_corpus, words_in
from memory import Growth, keep_memory
from rows import Rows
from scoring import scores

MIN_COUNT = 5
PUBLISHED = {"program": "published-C 2014", "dim": 100, "threads": 2, "s": 20.0, "ns": 689.7}


def main() -> None:
    """Count and train in turn, score what was saved, and keep the rows."""
    options = arguments()
    if options.only:
        print(json.dumps({"count": count, "train": train}[options.only](options)))
        return
    rows = Rows("glove", path=options.results)
    with tempfile.TemporaryDirectory() as folder:
        options.corpus = chosen_corpus(options.corpus, options.lines, folder)
        load_kernels()
        words_in(options.corpus)
        for repeat in range(options.repeats):
            counted = run("count", options, folder)
            trained = run("train", options, folder)
            keep(rows, options, counted, trained)
            if repeat < options.scored:
                for task, value in scores(Path(folder, "vectors.safetensors"), options.words):
                    what = f"{task}, dim {options.dim}, {options.epochs} epochs"
                    rows.add(what, "firth", value, "%", lower_is_better=False)
    rows.show()


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


def load_kernels() -> None:
    """Train on two words: what Firth compiled is in this process after it."""
    import firth

    firth.GloVe(dim=8, min_count=1, epochs=1).fit([["a", "b"]] * 9)


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

    load_kernels()
    with firth.read_text(options.corpus, min_count=MIN_COUNT, threads=options.threads) as text:
        words, growth = int(text.offsets[-1]), Growth()
        started = time.perf_counter()
        edges = firth.cooccur(text, window=options.window, threads=options.threads)
        seconds = time.perf_counter() - started
    found = growth.found(edge_bytes(edges))
    edges.save(options.folder / "edges.safetensors", force=True)
    return {"seconds": seconds, "words": words, "edges": len(edges), **found}


def train(options: argparse.Namespace) -> dict[str, float]:
    """Train on the saved counts and save the vectors."""
    import firth

    load_kernels()
    growth = Growth()
    edges = firth.Edges.load(options.folder / "edges.safetensors")
    learner = firth.GloVe(dim=options.dim, epochs=options.epochs, x_max=options.x_max)
    started = time.perf_counter()
    model = learner.fit(edges, run=firth.Run(threads=options.threads, progress=False))
    seconds = time.perf_counter() - started
    # Two vectors and two biases a word, and for each number the sum of squares of its steps.
    parameters = 4 * 2 * 2 * (options.dim + 1) * len(edges.left)
    found = growth.found(edge_bytes(edges) + parameters)
    model.save(options.folder / "vectors.safetensors", force=True)
    return {"seconds": seconds, **found}


def edge_bytes(edges: Any) -> int:
    """What the counts take."""
    return int(edges.i.nbytes + edges.j.nbytes + edges.weight.nbytes)


def keep(rows: Rows, options: argparse.Namespace, counted: dict[str, Any], trained: dict[str, Any]) -> None:
    """The rows of a round."""
    threads, edges = f"{options.threads} threads", counted["edges"]
    what = f"counting {counted['words'] / 1e6:.1f} M words, window {options.window}, {threads}"
    rows.add(what, "firth", counted["seconds"], "s", lower_is_better=True)
    keep_memory(rows, counted, what, "firth", beside="the counts")
    epoch = trained["seconds"] / options.epochs
    what = f"dim {options.dim}, {edges / 1e6:.1f} M counts, {threads}"
    rows.add(f"an epoch, {what}", "firth", epoch, "s", lower_is_better=True)
    beside_published(rows, f"a count, {what}", 1e9 * epoch / edges, "ns", options)
    beside_published(rows, f"an epoch scaled to 29 M counts, {what}", epoch * 29e6 / edges, "s", options)
    keep_memory(rows, trained, what, "firth", beside="parameters and counts")


def beside_published(rows: Rows, task: str, value: float, unit: str, options: argparse.Namespace) -> None:
    """A row of Firth's, and the published figure if it is for these options."""
    rows.add(task, "firth", value, unit, lower_is_better=True)
    if options.dim == PUBLISHED["dim"] and options.threads == PUBLISHED["threads"]:
        published = {"task": task, "program": PUBLISHED["program"], "value": PUBLISHED[unit], "unit": unit}
        rows.keep(published | {"lower_is_better": True})


if __name__ == "__main__":
    main()
