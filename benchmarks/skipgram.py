"""Skip-gram and CBOW: Firth beside gensim's `corpus_file` mode, the fastest it has.

python benchmarks/skipgram.py [CORPUS] [--lines N] [--learner SkipGram] [--loss negative_sampling] [--dim 100]
                              [--epochs 3] [--threads 2] [--repeats 3] [--words FILE ...]

CORPUS holds a sentence a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given, and --lines keeps to its first lines. Both programs get the same window, negative,
subsample, min_count, epochs and threads, each its own default learning rate, and run in turn, each in a
process of its own. Measured are the training alone (the corpus counted, the matrices not yet made, compiled
kernels loaded), the whole job (from starting Python with the text file to saved vectors), the peak memory of
the process, and how good the vectors are: the analogies among the 30,000 most frequent words and the word
similarities that ship with Firth, and similarity files given with --words, all by `firth.measure`. The rows
of skip-gram with negative sampling go to results/skipgram.jsonl, those of the other learner and loss to
results/objectives.jsonl.

"Memory beside parameters and counts" is how much the training of Firth grew the process, over the bytes of
both matrices in float32 and of a count (int64) a word. What was there before, the text that was read and the
compiled kernels included, does not count: see `memory.Growth`.
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
from memory import Growth, keep_memory, peak, words_held
from rows import RESULTS, Rows
from scoring import scores

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
        options.corpus = chosen_corpus(options.corpus, options.lines, folder)
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
                keep_memory(rows, found, what, program, beside="parameters and counts", label=label)
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
    parser.add_argument("--lines", type=int, help="how many lines of the corpus to take; all if not given")
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
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - started, json.loads(done.stdout.splitlines()[-1])


def warm_up(folder: str, options: argparse.Namespace) -> None:
    """Compile what Firth needs, and read the corpus once so that it is in the page cache for both."""
    load_kernels(options).save(Path(folder, "warm.safetensors"))
    words_in(options.corpus)


def load_kernels(options: argparse.Namespace) -> Any:
    """A model of two words: what Firth compiled is in this process after it."""
    import firth

    learner = getattr(firth, options.learner)(dim=8, loss=options.loss, min_count=1, subsample=0, epochs=1)
    return learner.fit([["a", "b"]] * 9)


def train_firth(options: argparse.Namespace) -> dict[str, float]:
    """Read, train and save with Firth."""
    import firth

    load_kernels(options)
    make = getattr(firth, options.learner)
    learner = make(dim=options.dim, epochs=options.epochs, loss=options.loss, **SETTINGS)
    sequences = firth.read_text(options.corpus, min_count=learner.min_count, threads=options.threads)
    growth = Growth()
    started = time.perf_counter()
    model = learner.fit(sequences, run=firth.Run(threads=options.threads, progress=False))
    training = time.perf_counter() - started
    words = len(sequences.vocabulary)
    outputs = words - (options.loss == "hierarchical_softmax")  # the nodes of its tree
    found = growth.found(words_held(words=words, outputs=outputs, dim=options.dim))
    model.save(options.out)
    return {"training": training, **found}


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


if __name__ == "__main__":
    main()
