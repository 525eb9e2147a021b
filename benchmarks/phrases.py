"""Phrases: Firth beside gensim's `Phrases`, from a text file to a text file with the phrases joined.

python benchmarks/phrases.py [CORPUS] [--lines N] [--connectors] [--threads 2] [--repeats 3]

CORPUS holds a sentence a line, tokens separated by spaces; the slice of Wikipedia that ships with Firth
serves if none is given, and --lines keeps to its first lines. Both programs score pairs in the same way with
the same options (min_count 5, threshold 10) and run in turn, each in a process of its own. Measured are
finding the phrases (from the text file), joining them (to a new text file), the peak memory of the process,
and how many phrases there are: equal, but for words with an underscore, which gensim takes for phrases.
gensim joins with its frozen table, the fastest it has.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import chosen_corpus, words_in
from memory import peak
from rows import Rows

MIN_COUNT, THRESHOLD = 5, 10.0


def main() -> None:
    """Run both programs in turn and keep the rows."""
    options = arguments()
    if options.only:
        print(json.dumps(PROGRAMS[options.only](options)))
        return
    rows = Rows("phrases", path=options.results)
    with tempfile.TemporaryDirectory() as folder:
        options.corpus = chosen_corpus(options.corpus, options.lines, folder)
        size = words_in(options.corpus)
        find_and_join_firth(argparse.Namespace(**vars(options) | small(folder)))  # compiles what it needs
        what = f"{size / 1e6:.1f} M words" + (", English connectors" if options.connectors else "")
        for _, program in itertools.product(range(options.repeats), PROGRAMS):
            found = run(program, options, Path(folder, f"{program}.txt"))
            for task in ("finding", "joining"):
                rows.add(f"{task}, {what}", program, found[task], "s", lower_is_better=True)
            both = found["finding"] + found["joining"]
            rows.add(f"text file to text file, {what}", program, both, "s", lower_is_better=True)
            rows.add(f"peak memory, {what}", program, found["peak"], "MB", lower_is_better=True)
            rows.add(f"phrases, {what}", program, found["phrases"], "", lower_is_better=False)
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--lines", type=int, help="how many lines of the corpus to take; all if not given")
    parser.add_argument("--connectors", action="store_true", help="let English connectors stand within")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def small(folder: str) -> dict[str, Path]:
    """A corpus in which "new york" is a phrase, and where to write it."""
    path = Path(folder, "small.txt")
    path.write_text("in new york\n" * 6 + "new\nyork\n" + "\n".join(map(str, range(99))), encoding="utf-8")
    return {"corpus": path, "out": Path(folder, "small-joined.txt")}


def run(program: str, options: argparse.Namespace, out: Path) -> dict[str, float]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, str(options.corpus), "--only", program, "--out", str(out)]
    command += ["--threads", str(options.threads), *(["--connectors"] if options.connectors else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def find_and_join_firth(options: argparse.Namespace) -> dict[str, float]:
    """Find and join with Firth."""
    import firth
    from firth.data.writing import lines_of

    recipe = firth.Phrases(
        min_count=MIN_COUNT, threshold=THRESHOLD, connectors="english" if options.connectors else ()
    )
    how = firth.Run(threads=options.threads)
    started = time.perf_counter()
    with firth.read_text(options.corpus, min_count=1, threads=options.threads) as text:
        table = recipe.find(text, run=how)
        found = time.perf_counter()
        with table.apply(text, run=how) as joined, options.out.open("wb") as file:
            file.writelines(lines_of(joined, threads=options.threads))
    return result(started, found, len(table))


def find_and_join_gensim(options: argparse.Namespace) -> dict[str, float]:
    """Find and join with gensim."""
    from gensim.models import phrases
    from gensim.models.word2vec import LineSentence

    connectors = phrases.ENGLISH_CONNECTOR_WORDS if options.connectors else frozenset()
    started = time.perf_counter()
    table = phrases.Phrases(
        LineSentence(str(options.corpus)),
        min_count=MIN_COUNT,
        threshold=THRESHOLD,
        connector_words=connectors,
    ).freeze()
    found = time.perf_counter()
    with options.out.open("w", encoding="utf-8") as file:
        file.writelines(" ".join(table[line]) + "\n" for line in LineSentence(str(options.corpus)))
    return result(started, found, len(table.phrasegrams))


def result(started: float, found: float, phrases: int) -> dict[str, float]:
    """What a process reports: seconds, MB and the number of phrases."""
    joined = time.perf_counter() - found
    return {"finding": found - started, "joining": joined, "peak": peak(), "phrases": phrases}


PROGRAMS = {"firth": find_and_join_firth, "gensim": find_and_join_gensim}


if __name__ == "__main__":
    main()
