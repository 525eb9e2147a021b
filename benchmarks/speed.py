"""The table of speed: every learner of the family beside its fastest peers, measured in one run.

python benchmarks/speed.py [CORPUS] [--newsgroups 20news-bydate.tar.gz] [--lines N] [--part N] [--epochs 1]
                           [--repeats 3] [--threads 2] [--only NAME ...] [--run ID]

CORPUS holds a paragraph a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given, and --lines keeps to its first lines. CBOW, skip-gram and GloVe take all of it.
Subword vectors and document vectors, whose peers take long, take its first --part lines; TF-IDF and LSA the
first 100,000, and the messages of 20 Newsgroups (http://qwone.com/~jason/20Newsgroups) where that archive is
given. Words are trained for --epochs, GloVe for 15 epochs, documents for 5.

The measurements are those of the other scripts, which say what they time and what memory they count. In every
round each of them runs once, Firth and its peers in turn, so that a slow minute of the machine strikes all
rows alike; the table has the medians over the rounds, and tells quality from the first. A script's rows are
appended to results/speed.jsonl when it ends, so that a run that broke off goes on with --run and the id that
it printed; --only names the rows to measure. `tables.py` makes the table of the README of them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus import bundled_corpus, words_in
from rows import Rows
from tables import Row, read_rows, render_speed

HERE = Path(__file__).parent
PARAGRAPHS = 100_000  # of TF-IDF and LSA


@dataclass(frozen=True)
class Job:
    """A script, what it is given, and the rows of the table that come of it.

    Attributes:
        name: how it is called on the command line and in the rows.
        script: the benchmark that measures it.
        text: what it reads: all of the "corpus", its first "part", or "documents".
        rows: for the label of each row of the table how the tasks begin that stand in it (a regular
            expression): its "time", its "memory", and by any other name its quality.
        given: its options. In them {epochs} stands for the passes over words.
        scored: whether it takes --scored.
    """

    name: str
    script: str
    text: str
    rows: Mapping[str, Mapping[str, str]]
    given: str = ""
    scored: bool = False

    def place(self, task: str) -> dict[str, str]:
        """Where a task of the script stands in the table: the label of the row, and what it shows."""
        for label, parts in self.rows.items():
            for shows, start in parts.items():
                if re.match(start, task):
                    return {"label": label, "shows": shows}
        return {}


def of_words(before: str) -> dict[str, str]:
    """The tasks of `skipgram.py`, whose names begin so."""
    return {
        "time": f"{before}training",
        "memory": f"{before}memory beside",
        "analogies": f"{before}analogies",
    }


def of_documents(mode: str) -> dict[str, str]:
    """The tasks of `docvec.py` on the corpus, and the accuracy on 20 Newsgroups."""
    return {
        "time": rf"training, {mode}, [\d,]+ documents",
        "memory": f"memory beside .*, {mode}, ",
        "accuracy": f"accuracy, {mode}, ",
    }


JOBS = {
    job.name: job
    for job in (
        Job(
            "cbow", "skipgram", "corpus", {"CBOW": of_words("CBOW: ")},
            given="--learner CBOW --epochs {epochs}", scored=True,
        ),
        Job(
            "hierarchical", "skipgram", "corpus",
            {"SkipGram, hierarchical softmax": of_words("hierarchical softmax: ")},
            given="--loss hierarchical_softmax --epochs {epochs}", scored=True,
        ),
        Job(
            "skipgram", "skipgram", "corpus", {"SkipGram": of_words("")},
            given="--epochs {epochs}", scored=True,
        ),
        Job(
            "subword", "subword", "part",
            {"SubwordSkipGram": of_words("") | {"time": "text file to model"}},
            given="--epochs {epochs}", scored=True,
        ),
        Job(
            "glove", "glove", "corpus",
            {
                "co-occurrences": {"time": "counting", "memory": "memory beside the counts"},
                "GloVe, an epoch": of_words("") | {"time": "an epoch, "},
                "GloVe, an epoch scaled to 29 M counts": {"time": "an epoch scaled"},
                "GloVe, a count": {"time": "a count"},
            },
            given="--epochs 15", scored=True,
        ),
        Job(
            "tfidf", "tfidf", "documents",
            {"TF-IDF": {"time": "TF-IDF from strings", "memory": "memory beside"}},
        ),
        Job(
            "lsa", "lsa", "documents",
            {"LSA": {"time": "SVD of", "memory": "memory beside", "left unexplained": "left unexplained"}},
            given="--dim 300",
        ),
        Job(
            "dbow", "docvec", "part", {"DocumentVectors, DBOW": of_documents("dbow")},
            given="--modes dbow --epochs 5",
        ),
        Job(
            "dm", "docvec", "part", {"DocumentVectors, DM": of_documents("dm")},
            given="--modes dm --epochs 5",
        ),
    )
}  # fmt: skip


def main() -> int:
    """Measure what this run has not measured yet, and print the table; 1 if a script failed."""
    options = arguments()
    rows = Rows("speed", path=options.results, run=options.run)
    print(f"to go on after a break: --run {rows.run}", flush=True)
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        options.corpus = options.corpus or bundled_corpus(folder)
        texts = texts_of(options)
        done = {(row["job"], row["round"]) for row in written(rows)}
        for repeat in range(options.repeats):
            for job in (JOBS[name] for name in JOBS if name in options.only and (name, repeat) not in done):
                started = time.perf_counter()
                command = command_of(job, options, repeat, Path(folder, f"{job.name}-{repeat}.jsonl"))
                if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
                    failed.append(f"{job.name} in round {repeat + 1}")
                    continue
                keep(rows, job, repeat, texts[job.text], command)
                print(f"round {repeat + 1}, {job.name}: {time.perf_counter() - started:,.0f} s", flush=True)
    if found := written(rows):
        print(render_speed(found))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--newsgroups", type=Path, help="20news-bydate.tar.gz")
    parser.add_argument("--lines", type=int, help="how many lines of the corpus to take; all if not given")
    parser.add_argument("--part", type=int, default=110_000, help="lines for what takes its peers long")
    parser.add_argument("--epochs", type=int, default=1, help="passes over words")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=JOBS, default=list(JOBS), metavar="NAME")
    parser.add_argument("--run", help="the id of a run to go on with")
    parser.add_argument("--results", type=Path, help="where to append the rows")
    return parser.parse_args()


def lines_of(text: str, options: argparse.Namespace) -> int | None:
    """How many lines of the corpus a job takes; None for all."""
    most = {"corpus": options.lines, "part": options.part, "documents": PARAGRAPHS}[text]
    return min((lines for lines in (most, options.lines) if lines is not None), default=None)


def texts_of(options: argparse.Namespace) -> dict[str, str]:
    """What the table says of each text that jobs read."""
    texts = {}
    for text in dict.fromkeys(JOBS[name].text for name in options.only):
        words = words_in(options.corpus, lines_of(text, options)) / 1e6
        texts[text] = f"{words:,.1f} M words of {options.corpus.name}"
        if text == "documents" and options.newsgroups:
            texts[text] += " and 20 Newsgroups"
    return texts


def command_of(job: Job, options: argparse.Namespace, repeat: int, results: Path) -> list[str]:
    """How a job is run once."""
    sources = [str(options.corpus)]
    given = job.given.format(epochs=options.epochs).split()
    if (lines := lines_of(job.text, options)) is not None:
        given += ["--lines", str(lines)]
    if job.scored:
        given += ["--scored", str(int(repeat == 0))]
    if options.newsgroups and job.text == "documents":
        sources.append(str(options.newsgroups))
    if options.newsgroups and job.script == "docvec" and repeat == 0:
        given += ["--newsgroups", str(options.newsgroups)]
    given += ["--threads", str(options.threads), "--repeats", "1", "--results", str(results)]
    return [sys.executable, str(HERE / f"{job.script}.py"), *sources, *given]


def keep(rows: Rows, job: Job, repeat: int, text: str, command: list[str]) -> None:
    """Keep the rows that a script wrote, with where they stand in the table."""
    if "--epochs" in command:
        passes = command[command.index("--epochs") + 1]
        text += f", {passes} epoch{'s' * (passes != '1')}"
    more = {"job": job.name, "round": repeat, "text": text}
    for row in read_rows(Path(command[-1])):
        rows.keep(row | job.place(row["task"]) | more)


def written(rows: Rows) -> list[Row]:
    """The rows of this run that are in the file, those of an earlier part of it included."""
    return [row for row in read_rows(rows.path) if row["run"] == rows.run] if rows.path.exists() else []


if __name__ == "__main__":
    sys.exit(main())
