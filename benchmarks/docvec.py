"""Document vectors: Firth beside gensim's Doc2Vec in its `corpus_file` mode, the fastest it has.

python benchmarks/docvec.py [CORPUS] [--newsgroups 20news-bydate.tar.gz] [--modes dbow dm] [--lines N]
    [--dim 100] [--epochs 5] [--news-epochs 20] [--news-documents N] [--threads 2] [--repeats 3]

CORPUS holds a document a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given. Both programs get the same window, negative, subsample, min_count, learning rates,
epochs and threads, and run in turn, each in a process of its own. Measured are the training alone (the corpus
counted, the matrices not yet made, compiled kernels loaded) and the peak memory of the process.

"Memory beside parameters and counts" is how much the training of Firth grew the process, over the bytes of
the matrices in float32 (documents and outputs, in dm words too) and of a count (int64) a word and a document.
What was there before, the text that was read included, does not count: see `memory.Growth`.

With --newsgroups, the archive of 20 Newsgroups sorted by date (http://qwone.com/~jason/20Newsgroups), quality
is measured too: vectors are trained on the training messages, those of the test messages are encoded with the
words frozen (gensim: infer_vector, in the same number of passes), and a logistic regression of scikit-learn
on unit vectors learns the group. Its accuracy on the test messages is the figure, beside the seconds of
training and of encoding. Chance alone moves it by about half a point between two runs of either program, so
that the median of several repeats should be compared.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus import chosen_corpus
from memory import Growth, keep_memory, peak, words_held
from rows import Rows

SETTINGS = {"window": 5, "negative": 5, "subsample": 1e-3, "min_count": 5}
PROGRAMS = ("firth", "gensim")


def main() -> None:
    """Run both programs in turn, score what they made, and keep the rows."""
    options = arguments()
    if options.only:
        program, mode = options.only
        print(json.dumps((run_firth if program == "firth" else run_gensim)(mode, options)))
        return
    rows = Rows("docvec", path=options.results)
    with tempfile.TemporaryDirectory() as folder:
        options.folder = Path(folder)
        corpus = chosen_corpus(options.corpus, options.lines, folder)
        news = unpack(options, Path(folder)) if options.newsgroups else None
        load_kernels(options.modes)
        for repeat in range(options.repeats):
            for mode in options.modes:
                for program in PROGRAMS:
                    speed(rows, program, mode, corpus, options)
                    if news:
                        quality(rows, program, mode, news, repeat, options)
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--newsgroups", type=Path, help="20news-bydate.tar.gz")
    parser.add_argument("--modes", nargs="+", default=["dbow", "dm"], choices=["dbow", "dm"])
    parser.add_argument("--lines", type=int, help="only so many documents of the corpus")
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=5, help="passes over the corpus")
    parser.add_argument("--news-epochs", type=int, default=20, help="passes over 20 Newsgroups")
    parser.add_argument("--news-documents", type=int, help="only about so many messages of either part")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    for hidden in ("--train", "--test", "--out"):
        parser.add_argument(hidden, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def speed(rows: Rows, program: str, mode: str, corpus: Path, options: argparse.Namespace) -> None:
    """Seconds and memory of training on the corpus."""
    found = run(program, mode, options, train=corpus, epochs=options.epochs)
    what = f"{mode}, {found['documents']:,} documents, dim {options.dim}, {options.epochs} epochs"
    rows.add(f"training, {what}", program, found["training"], "s", lower_is_better=True)
    keep_memory(rows, found, what, program, beside="parameters and counts")


def quality(
    rows: Rows, program: str, mode: str, news: dict[str, Any], repeat: int, options: argparse.Namespace
) -> None:
    """Accuracy on 20 Newsgroups, and the seconds of training and encoding there."""
    out = options.folder / "vectors.npz"
    found = run(
        program, mode, options, train=news["train"], test=news["test"], out=out, epochs=options.news_epochs,
        seed=repeat + 1,
    )  # fmt: skip
    what = f"{mode}, 20 Newsgroups, dim {options.dim}, {options.news_epochs} epochs"
    rows.add(f"training, {what}", program, found["training"], "s", lower_is_better=True)
    rows.add(f"encoding the test messages, {what}", program, found["encoding"], "s", lower_is_better=True)
    with np.load(out) as made:
        value = accuracy(made["train"], news["train_groups"], made["test"], news["test_groups"])
    rows.add(f"accuracy, {what}", program, 100 * value, "%", lower_is_better=False)


def run(program: str, mode: str, options: argparse.Namespace, **more: Any) -> dict[str, Any]:
    """What a process of its own measured."""
    given = {"dim": options.dim, "threads": options.threads, **more}
    command = [sys.executable, __file__, "--only", program, mode]
    for name, value in given.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def run_firth(mode: str, options: argparse.Namespace) -> dict[str, float]:
    """Train, and encode where there is a test file, with Firth."""
    import firth

    learner = firth.DocumentVectors(mode=mode, dim=options.dim, epochs=options.epochs, **SETTINGS)
    run = firth.Run(threads=options.threads, seed=options.seed, progress=False)
    load_kernels([mode])
    with firth.read_documents(
        options.train, min_count=learner.min_count, threads=options.threads
    ) as documents:
        growth = Growth()
        started = time.perf_counter()
        model = learner.fit(documents, run=run)
        training = time.perf_counter() - started
        words, length = len(documents.vocabulary), len(documents)
    inputs = words if mode == "dm" else 0  # dbow has no vectors of words but the outputs
    held = words_held(words=inputs, outputs=words, dim=options.dim, documents=length) + 8 * (words - inputs)
    found = {"training": training, **growth.found(held)}
    if options.test:
        started = time.perf_counter()
        test = model.encode(options.test, epochs=options.epochs, run=run)
        found["encoding"] = time.perf_counter() - started
        np.savez(options.out, train=model.vectors.matrix, test=test)
    return {**found, "documents": length}


def run_gensim(mode: str, options: argparse.Namespace) -> dict[str, float]:
    """Train, and infer where there is a test file, with gensim."""
    from gensim.models.doc2vec import Doc2Vec

    model = Doc2Vec(
        dm=int(mode == "dm"),
        dm_mean=1,
        vector_size=options.dim,
        workers=options.threads,
        seed=options.seed,
        window=SETTINGS["window"],
        negative=SETTINGS["negative"],
        sample=SETTINGS["subsample"],
        min_count=SETTINGS["min_count"],
    )
    model.build_vocab(corpus_file=str(options.train))
    started = time.perf_counter()
    model.train(
        corpus_file=str(options.train),
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=options.epochs,
    )
    found = {"training": time.perf_counter() - started, "peak": peak(), "documents": model.corpus_count}
    if options.test:
        lines = options.test.read_text(encoding="utf-8").splitlines()
        started = time.perf_counter()
        test = np.array([model.infer_vector(line.split(), epochs=options.epochs) for line in lines])
        found["encoding"] = time.perf_counter() - started
        np.savez(options.out, train=model.dv.vectors, test=test)
    return found


def load_kernels(modes: list[str]) -> None:
    """Train on two words: what Firth compiled is in this process after it."""
    import firth

    for mode in modes:
        model = firth.DocumentVectors(mode=mode, dim=8, min_count=1, epochs=1).fit([["a", "b"]] * 9)
        model.encode([["a", "b"]])


def unpack(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The messages of the archive as two files, one a line: lower-cased runs of letters, digits and
    underscores; and the groups of both."""
    texts: dict[str, list[str]] = {"train": [], "test": []}
    groups: dict[str, list[str]] = {"train": [], "test": []}
    with tarfile.open(options.newsgroups) as archive:
        files = sorted((member for member in archive if member.isfile()), key=lambda member: member.name)
        part_of = {part: [m for m in files if f"-{part}/" in m.name] for part in texts}
        for part, members in part_of.items():
            step = max(1, len(members) // (options.news_documents or len(members)))
            for member in members[::step]:
                file = archive.extractfile(member)
                text = b"" if file is None else file.read()
                texts[part].append(" ".join(re.findall(r"\w+", text.decode("latin-1").lower())))
                groups[part].append(member.name.split("/")[-2])
    found: dict[str, Any] = {}
    for part, lines in texts.items():
        path = found[part] = folder / f"{part}.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        found[f"{part}_groups"] = groups[part]
    return found


def accuracy(
    train: NDArray[np.float32], train_groups: list[str], test: NDArray[np.float32], test_groups: list[str]
) -> float:
    """The share of test messages whose group a logistic regression finds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer, StandardScaler

    model = make_pipeline(Normalizer(), StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    return float(model.fit(train, train_groups).score(test, test_groups))


if __name__ == "__main__":
    main()
