"""The quality table of the family: every learner and its peers on one corpus, scored by one measure.

python benchmarks/family.py [CORPUS] --work FOLDER [--dim 100] [--epochs 5] [--threads 2] [--only NAME ...]
                            [--similarity FILE ...]

CORPUS holds a sentence a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given. Each learner of `learners.FAMILY` runs in a process of its own and leaves its vectors
in the work folder, with what the run took: seconds from the text file to the saved vectors, and the peak
memory of the process. What is there already, trained with the same settings on the same file, is not trained
again, so that a run that broke off goes on where it was; --only names the learners to run. A learner that
fails is reported, and the others go on.

All vectors are then scored: the Google analogies among the 30,000 most frequent words, WordSim-353, MEN, and
files of graded pairs given with --similarity (such as SimLex-999), each with its 95 % interval; and each
learner of Firth is compared with its peers, set by set, by the paired test of `firth.measure.compare`. There
is one raw row a learner; `tables.py` makes the table of docs/family.md of them.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus import bundled_corpus
from learners import FAMILY, Entry, Job
from memory import peak
from rows import Rows

BY_NAME = {entry.name: entry for entry in FAMILY}
BELOW, ABOVE, EVEN = "below", "above", "not told apart"
VERDICTS = {"worse": BELOW, "better": ABOVE}


def main() -> int:
    """Train what is missing, score everything, keep the rows; 1 if a learner failed."""
    options = arguments()
    if options.train:
        report(train(BY_NAME[options.train], options))
        return 0
    options.work.mkdir(parents=True, exist_ok=True)
    options.corpus = options.corpus or bundled_corpus(str(options.work))
    names = options.only or [entry.name for entry in FAMILY if entry.usual]
    failed = [name for name in names if not train_once(BY_NAME[name], options)]
    rows = Rows("family", path=options.results)
    sets = evaluation_sets(options.similarity)
    for name in names:
        if name not in failed:
            row = scored(BY_NAME[name], options, sets)
            rows.keep(row)
            show(row)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--work", type=Path, required=True, help="where vectors are kept")
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=[entry.name for entry in FAMILY], metavar="NAME")
    parser.add_argument("--similarity", type=Path, nargs="*", default=[], help="more files of graded pairs")
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--train", choices=BY_NAME, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


# --- training -------------------------------------------------------------------------------------------


def train(entry: Entry, options: argparse.Namespace) -> dict[str, float]:
    """Train one learner in this process: the seconds it took, and the peak memory in MB."""
    started = time.perf_counter()
    entry.train(
        Job(
            corpus=options.corpus,
            out=options.out,
            dim=options.dim,
            epochs=options.epochs,
            threads=options.threads,
        )
    )
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak": peak()}


def report(found: dict[str, float]) -> None:
    """The last line that the process of a learner writes."""
    print("\n" + json.dumps(found), flush=True)


def train_once(entry: Entry, options: argparse.Namespace) -> bool:
    """Train a learner in a process of its own, if need be; whether its vectors are there then."""
    notes, vectors = files(entry, options.work)
    settings = settings_of(entry, options)
    if notes.exists() and vectors.exists() and json.loads(notes.read_text())["settings"] == settings:
        print(f"{entry.name}: there already")
        return True
    notes.unlink(missing_ok=True)
    try:
        if entry.package == "firth":  # compiled kernels come from their cache, as on any later day
            with tempfile.TemporaryDirectory() as folder:
                run(entry, options, corpus=tiny_corpus(folder), out=Path(folder, "warm.safetensors"))
        found = run(entry, options, corpus=options.corpus, out=vectors)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "no message").strip().splitlines()
        print(f"{entry.name}: failed: {lines[-1] if lines else error}", file=sys.stderr)
        return False
    notes.write_text(json.dumps(found | {"settings": settings}))
    print(f"{entry.name}: {found['seconds']:,.1f} s, {found['peak']:,.0f} MB", flush=True)
    return True


def run(entry: Entry, options: argparse.Namespace, *, corpus: Path, out: Path) -> dict[str, float]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, str(corpus), "--work", str(options.work), "--train", entry.name]
    command += ["--out", str(out)]
    for name in ("dim", "epochs", "threads"):
        command += [f"--{name}", str(getattr(options, name))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def files(entry: Entry, work: Path) -> tuple[Path, Path]:
    """Where the notes on a run are, and its vectors."""
    return work / f"{entry.name}.json", work / f"{entry.name}{entry.suffix}"


def settings_of(entry: Entry, options: argparse.Namespace) -> dict[str, Any]:
    """What must be the same for vectors not to be trained again."""
    state = options.corpus.stat()
    return {
        "dim": options.dim,
        "epochs": options.epochs,
        "threads": options.threads,
        "corpus": [options.corpus.name, state.st_size],
        "program": f"{entry.package} {version(entry.package)}",
    }


def tiny_corpus(folder: str) -> Path:
    """Enough text for every learner to compile all that it needs."""
    path = Path(folder, "tiny.txt")
    words = [f"w{i}" for i in range(300)]
    lines = (" ".join(words[(7 * i + j * j) % 300] for j in range(20)) for i in range(600))
    path.write_text("\n".join(lines) + "\n")
    return path


# --- scoring --------------------------------------------------------------------------------------------


def evaluation_sets(more: list[Path]) -> dict[str, Any]:
    """The sets to measure on, by the names that the table has for them."""
    from firth import datasets, measure

    sets: dict[str, Any] = {
        "analogies": datasets.google_analogies(),
        "WordSim-353": datasets.wordsim353(),
        "MEN": datasets.men(),
    }
    return sets | {path.stem: measure.read_set(path) for path in more}


def scored(entry: Entry, options: argparse.Namespace, sets: dict[str, Any]) -> dict[str, Any]:
    """The row of a learner: what it took, its scores, and how it stands beside each of its peers."""
    import firth
    from firth import measure

    notes, path = files(entry, options.work)
    noted = json.loads(notes.read_text())
    vectors = firth.load(path).vectors
    scores = {}
    for task, given in sets.items():
        figure = measure.standings({entry.name: vectors}, given).rows[0]
        scores[task] = {name: known(getattr(figure, name)) for name in ("value", "low", "high", "n", "total")}
    beside = {}
    for peer in entry.peers:
        _, other = files(BY_NAME[peer], options.work)
        if other.exists():
            beside[peer] = {
                task: difference(
                    measure.compare({peer: firth.load(other).vectors, entry.name: vectors}, given)
                )
                for task, given in sets.items()
            }
    return {
        "learner": entry.name,
        "label": entry.label,
        "program": noted["settings"]["program"],
        "seconds": round(noted["seconds"], 3),
        "peak": round(noted["peak"], 1),
        "settings": {key: noted["settings"][key] for key in ("dim", "epochs", "threads", "corpus")},
        "scores": scores,
        "beside": beside,
    }


def difference(found: Any) -> dict[str, Any]:
    """How a learner differs from a peer on one set."""
    row = found.rows[0]
    verdict = VERDICTS.get(row.extra["verdict"], EVEN)
    return {name: known(getattr(row, name)) for name in ("value", "low", "high", "n")} | {
        "p": row.extra["p"],
        "verdict": verdict,
    }


def known(value: float) -> float | None:
    """A number as JSON has it."""
    return None if math.isnan(value) else round(value, 6)


def show(row: dict[str, Any]) -> None:
    """One line a learner, and one a peer that it is compared with."""
    cells = [
        f"{task} {score['value']:.3f}" if score["value"] is not None else f"{task} –"
        for task, score in row["scores"].items()
    ]
    print(
        f"{row['learner']:26} {row['seconds']:8.1f} s {row['peak']:8.0f} MB   " + "   ".join(cells),
        flush=True,
    )
    for peer, tasks in row["beside"].items():
        said = ", ".join(f"{task} {found['verdict']}" for task, found in tasks.items())
        print(f"{'':26} beside {peer}: {said}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
