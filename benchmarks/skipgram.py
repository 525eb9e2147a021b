"""Skip-gram and CBOW: Firth beside gensim's `corpus_file` mode, the fastest it has.

python benchmarks/skipgram.py [CORPUS] [--learner SkipGram] [--loss negative_sampling] [--dim 100]
                              [--epochs 3] [--threads 2] [--repeats 3] [--words FILE ...]

CORPUS holds a sentence a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given. Both programs get the same window, negative,
subsample, min_count, epochs and threads, each its own default learning rate, and run in turn, each in a
process of its own. Measured are the training alone (the corpus counted, the matrices not yet made), the whole
job (from starting Python with the text file to saved vectors, compiled kernels loaded from their cache), the
peak memory of the process, and how good the vectors are: the analogies and the word similarities that ship
with Firth, and similarity files given with --words, all by `firth.measure`, among the 30,000 most frequent
words for the analogies. The rows of skip-gram with negative sampling go to results/skipgram.jsonl, those of
the other learner and loss to results/objectives.jsonl.
"""

from __future__ import annotations

import argparse
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
from rows import RESULTS, Rows

SETTINGS = {"window": 5, "negative": 5, "subsample": 1e-3, "min_count": 5}
LABELS = {
    ("SkipGram", "negative_sampling"): "",
    ("CBOW", "negative_sampling"): "CBOW: ",
    ("SkipGram", "hierarchical_softmax"): "hierarchical softmax: ",
    ("CBOW", "hierarchical_softmax"): "CBOW, hierarchical softmax: ",
}


def main() -> None:
    """Run both programs in turn, score what they saved, and keep the rows."""
    options = arguments()
    if options.only:
        print(json.dumps(PROGRAMS[options.only](options)))
        return
    label = LABELS[options.learner, options.loss]
    other = RESULTS / "objectives.jsonl" if label else None
    rows = Rows("skipgram", path=options.results or other)
    with tempfile.TemporaryDirectory() as folder:
        options.corpus = options.corpus or bundled_corpus(folder)
        warm_up(folder, options)
        for repeat in range(options.repeats):
            for program in PROGRAMS:
                out = Path(folder, f"{program}.{'bin' if program == 'gensim' else 'safetensors'}")
                seconds, found = run(program, options, out)
                what = f"dim {options.dim}, {options.epochs} epochs, {options.threads} threads"
                rows.add(f"{label}training, {what}", program, found["training"], "s", lower_is_better=True)
                rows.add(
                    f"{label}text file to saved vectors, {what}", program, seconds, "s", lower_is_better=True
                )
                rows.add(f"{label}peak memory, {what}", program, found["peak"], "MB", lower_is_better=True)
                if repeat < options.scored:
                    for task, value in scores(out, options.words):
                        rows.add(
                            f"{label}{task}, dim {options.dim}", program, value, "%", lower_is_better=False
                        )
                out.unlink()
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--learner", choices=["SkipGram", "CBOW"], default="SkipGram")
    losses = ["negative_sampling", "hierarchical_softmax"]
    parser.add_argument("--loss", choices=losses, default=losses[0])
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scored", type=int, default=1, help="repeats whose vectors are scored")
    parser.add_argument("--words", type=Path, nargs="*", default=[], help="more word similarity files")
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def run(program: str, options: argparse.Namespace, out: Path) -> tuple[float, dict[str, Any]]:
    """The seconds of the whole process, and what it measured itself."""
    command = [sys.executable, __file__, str(options.corpus), "--only", program, "--out", str(out)]
    for name in ("learner", "loss", "dim", "epochs", "threads"):
        command += [f"--{name}", str(getattr(options, name))]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - started, json.loads(done.stdout.splitlines()[-1])


def warm_up(folder: str, options: argparse.Namespace) -> None:
    """Compile what Firth needs, and read the corpus once so that it is in the page cache for both."""
    import firth

    learner = getattr(firth, options.learner)(dim=8, loss=options.loss, min_count=1, subsample=0, epochs=1)
    learner.fit([["a", "b"]] * 9, run=firth.Run(work=folder)).save(Path(folder, "warm.safetensors"))
    with options.corpus.open("rb") as file:
        while file.read(1 << 24):
            pass


def train_firth(options: argparse.Namespace) -> dict[str, float]:
    """Read, train and save with Firth."""
    import firth

    make = getattr(firth, options.learner)
    learner = make(dim=options.dim, epochs=options.epochs, loss=options.loss, **SETTINGS)
    sequences = firth.read_text(options.corpus, min_count=learner.min_count, threads=options.threads)
    started = time.perf_counter()
    model = learner.fit(sequences, run=firth.Run(threads=options.threads, progress=False))
    training = time.perf_counter() - started
    model.save(options.out)
    return {"training": training, "peak": peak()}


def train_gensim(options: argparse.Namespace) -> dict[str, float]:
    """Read, train and save with gensim."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=options.dim,
        sg=options.learner == "SkipGram",
        hs=options.loss == "hierarchical_softmax",
        workers=options.threads,
        window=SETTINGS["window"],
        negative=SETTINGS["negative"] if options.loss == "negative_sampling" else 0,
        sample=SETTINGS["subsample"],
        min_count=SETTINGS["min_count"],
    )
    model.build_vocab(corpus_file=str(options.corpus))
    started = time.perf_counter()
    model.train(
        corpus_file=str(options.corpus),
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=options.epochs,
    )
    training = time.perf_counter() - started
    model.wv.save_word2vec_format(str(options.out), binary=True)
    return {"training": training, "peak": peak()}


PROGRAMS = {"firth": train_firth, "gensim": train_gensim}


def peak() -> float:
    """The most memory this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1000 if os.uname().sysname == "Linux" else 1e6
    )


def scores(path: Path, more: list[Path]) -> list[tuple[str, float]]:
    """(task, per cent) of the vectors in a file."""
    import firth
    from firth import datasets, measure

    vectors = firth.load(path).vectors
    found = [("analogies", measure.analogy(vectors, datasets.google_analogies(), restrict=30_000))]
    sets = {"WordSim-353": datasets.wordsim353(), **{file.stem: measure.read_set(file) for file in more}}
    found += [(name, measure.similarity(vectors, pairs)) for name, pairs in sets.items()]
    return [(name, 100 * report.rows[0].value) for name, report in found]


if __name__ == "__main__":
    main()
