"""Subword vectors: Firth beside the `fasttext` package and gensim's FastText in its `corpus_file` mode.

python benchmarks/subword.py [CORPUS] [--lines N] [--mode skipgram] [--dim 100] [--epochs 5] [--threads 2]
                             [--repeats 3]

CORPUS holds a sentence a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given, and --lines keeps to its first lines. A tenth of the words of WordSim-353 and MEN is
taken out of it first, so that there are words to ask for that no program has seen. The programs get
fastText's own settings (see SETTINGS), each its own default learning rate, and run in turn, each in a process
of its own. Measured are the time from the text file to a trained model, which is what
`fasttext.train_unsupervised` does in one call, and to a saved one (imports are in the second alone); the peak
memory of the process; the size of the file (each program's own; fastText's for gensim); and how good the
vectors are, all by `firth.measure`: the analogies among the 30,000 most frequent words, the similarity of
words, and that of the pairs with a word that was taken out.

"Memory beside parameters and counts" is how much the training of Firth grew the process, over the bytes of
the rows of words, of the buckets that are used and of contexts in float32, and of a count (int64) a word.
What was there before, the text that was read and the compiled kernels included, does not count: see
`memory.Growth`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus import chosen_corpus
from memory import Growth, keep_memory, peak, words_held
from rows import Rows

SETTINGS = {"window": 5, "negative": 5, "subsample": 1e-4, "min_n": 3, "max_n": 6}
SUFFIX = {"firth": "safetensors", "fasttext": "bin", "gensim": "bin"}
SHOWN = ("mode", "dim", "epochs", "threads", "buckets", "min_count")  # passed on to each process


def main() -> None:
    """Run the programs in turn, score what they saved, and keep the rows."""
    options = arguments()
    if options.only:
        print(json.dumps(PROGRAMS[options.only](options)))
        return
    rows = Rows("subword", path=options.results)
    with tempfile.TemporaryDirectory() as folder:
        corpus = chosen_corpus(options.corpus, options.lines, folder)
        options.corpus = Path(folder, "taken-out.txt")
        take_out(corpus, options.corpus, unseen_words())
        warm_up(folder, options.mode)
        for repeat in range(options.repeats):
            for program in options.programs:
                out = Path(folder, f"{program}.{SUFFIX[program]}")
                seconds, found = run(program, options, out)
                what = (
                    f"{options.mode}, dim {options.dim}, {options.epochs} epochs, {options.threads} threads"
                )
                measured = [
                    ("text file to model", found["training"], "s"),
                    ("text file to saved model", seconds, "s"),
                    ("file", out.stat().st_size / 1e6, "MB"),
                ]
                for task, value, unit in measured:
                    rows.add(f"{task}, {what}", program, value, unit, lower_is_better=True)
                keep_memory(rows, found, what, program, beside="parameters and counts")
                if repeat < options.scored:
                    for task, value in scores(out):
                        task = f"{task}, {options.mode}, dim {options.dim}"
                        rows.add(task, program, value, "%", lower_is_better=False)
                out.unlink()
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--lines", type=int, help="how many lines of the corpus to take; all if not given")
    parser.add_argument("--mode", choices=("skipgram", "cbow"), default="skipgram")
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--buckets", type=int, default=2_000_000)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--scored", type=int, default=1, help="repeats whose vectors are scored")
    parser.add_argument("--programs", nargs="+", choices=tuple(PROGRAMS), default=list(PROGRAMS))
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def run(program: str, options: argparse.Namespace, out: Path) -> tuple[float, dict[str, Any]]:
    """The seconds of the whole process, and what it measured itself."""
    command = [sys.executable, __file__, str(options.corpus), "--only", program, "--out", str(out)]
    for name in SHOWN:
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return time.perf_counter() - started, json.loads(done.stdout.splitlines()[-1])


def graded() -> list[Any]:
    """The sets of graded pairs."""
    from firth import datasets

    return [datasets.wordsim353(), datasets.men()]


def unseen_words() -> set[str]:
    """Every tenth word of the sets, lower-cased, in the order of the alphabet."""
    words = sorted({word.lower() for some in graded() for pair in some.pairs for word in pair})
    return set(words[::10])


def take_out(source: Path, target: Path, words: set[str]) -> None:
    """Copy a text without these words."""
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(" ".join([token for token in line.split() if token not in words]) + "\n")


def warm_up(folder: str, mode: str) -> None:
    """Compile what Firth needs; the corpus, just written, is in the page cache for all."""
    load_kernels(mode).save(Path(folder, "warm.safetensors"))


def load_kernels(mode: str) -> Any:
    """A model of two words: what Firth compiled is in this process after it."""
    import firth

    learner = firth.SubwordCBOW if mode == "cbow" else firth.SubwordSkipGram
    return learner(dim=8, min_count=1, subsample=0, epochs=1).fit([["a", "b"]] * 9)


def train_firth(options: argparse.Namespace) -> dict[str, float]:
    """Read, train and save with Firth."""
    import firth

    kind = firth.SubwordCBOW if options.mode == "cbow" else firth.SubwordSkipGram
    chosen = {"dim": options.dim, "epochs": options.epochs, "buckets": options.buckets}
    learner = kind(min_count=options.min_count, **chosen, **SETTINGS)
    load_kernels(options.mode)
    started = time.perf_counter()
    text = firth.read_text(options.corpus, min_count=learner.min_count, threads=options.threads)
    growth = Growth()
    model = learner.fit(text, run=firth.Run(threads=options.threads, progress=False))
    training = time.perf_counter() - started
    words, buckets = len(text.vocabulary), len(model.spaces["subwords"].ids)
    found = growth.found(words_held(words=words, outputs=words + buckets, dim=options.dim))
    model.save(options.out)
    return {"training": training, **found}


def train_fasttext(options: argparse.Namespace) -> dict[str, float]:
    """Read, train and save with the fasttext package."""
    import fasttext

    started = time.perf_counter()
    model = fasttext.train_unsupervised(
        str(options.corpus),
        model=options.mode,
        dim=options.dim,
        epoch=options.epochs,
        thread=options.threads,
        bucket=options.buckets,
        minCount=options.min_count,
        ws=SETTINGS["window"],
        neg=SETTINGS["negative"],
        t=SETTINGS["subsample"],
        minn=SETTINGS["min_n"],
        maxn=SETTINGS["max_n"],
        verbose=0,
    )
    training = time.perf_counter() - started
    model.save_model(str(options.out))
    return {"training": training, "peak": peak()}


def train_gensim(options: argparse.Namespace) -> dict[str, float]:
    """Read, train and save with gensim."""
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    started = time.perf_counter()
    model = FastText(
        vector_size=options.dim,
        sg=int(options.mode == "skipgram"),
        bucket=options.buckets,
        min_count=options.min_count,
        workers=options.threads,
        window=SETTINGS["window"],
        negative=SETTINGS["negative"],
        sample=SETTINGS["subsample"],
        min_n=SETTINGS["min_n"],
        max_n=SETTINGS["max_n"],
    )
    model.build_vocab(corpus_file=str(options.corpus))
    model.train(
        corpus_file=str(options.corpus),
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=options.epochs,
    )
    training = time.perf_counter() - started
    save_facebook_model(model, str(options.out))
    return {"training": training, "peak": peak()}


PROGRAMS = {"firth": train_firth, "fasttext": train_fasttext, "gensim": train_gensim}


def scores(path: Path) -> list[tuple[str, float]]:
    """(task, per cent) of the vectors in a file."""
    import firth
    from firth import datasets, measure

    model = firth.load(path)
    found = [("analogies", measure.analogy(model.vectors, datasets.google_analogies(), restrict=30_000))]
    unseen = unseen_words()
    for pairs in graded():
        found.append((pairs.name, measure.similarity(model, pairs)))
        chosen = [any(word.lower() in unseen for word in pair) for pair in pairs.pairs]
        part = replace(
            pairs,
            pairs=tuple(pair for pair, yes in zip(pairs.pairs, chosen, strict=True) if yes),
            grades=tuple(grade for grade, yes in zip(pairs.grades, chosen, strict=True) if yes),
        )
        found.append((f"{pairs.name} with unseen words", measure.similarity(model, part)))
    return [(name, 100 * report.rows[0].value) for name, report in found]


if __name__ == "__main__":
    main()
