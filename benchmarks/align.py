"""Map spaces: CSLS between large spaces beside FAISS, and how many words each map translates.

python benchmarks/align.py                                       CSLS over 100,000 x 100,000 x 300, generated
python benchmarks/align.py --texts EN IT --train 5K --start 500 --test TEST --work FOLDER

Without texts both programs answer the 10 best of each row by CSLS, in turn, each in a process of its own.
FAISS has no CSLS; its exact search finds how crowded it is around the rows of either side, and then searches
rows with one number more, [y, r(y)] for [2 x, -1], whose product is what CSLS orders by. Both answers are
compared.

With texts (plain or .zst, a language each; here the English and the Italian novels of ELTeC, 11.7 M and 5.6 M
words) subword vectors are trained and kept in the folder, and every map translates the words of the test
dictionary, a word and a translation a line; here yacle.*.en-it.tsv of Glavaš, Litschko, Ruder and Vulić 2019,
"How to (Properly) Evaluate Cross-Lingual Word Embeddings", ACL. Supervised maps are fitted to the dictionary
--train, and what teaches itself begins with --start. Intervals are over the words of the test. Lines are
joined by twenties, since novels come with the line ends of the printed page.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import firth
from firth import align
from firth.csls import crowding, csls_neighbours
from firth.data.compression import read_chunks
from firth.measure import Dictionary, Lexicon, read_dictionary
from firth.measure.outcome import Outcome, row_of
from firth.measure.paired import differences
from firth.neighbours import unit_rows
from memory import peak
from rows import RESULTS, Rows

K = TOPN = 10
LINES = 20
MAPS: dict[str, tuple[str, str, Any]] = {  # name: what it is, the dictionary it takes, its learner
    "ridge": ("Ridge", "train", align.Ridge(centre=True)),
    "procrustes": ("Procrustes", "train", align.Procrustes()),
    "centred": ("Procrustes, centred", "train", align.Procrustes(centre=True)),
    "supervised": (
        "Procrustes, centred and re-weighted",
        "train",
        align.Procrustes(centre=True, reweight=0.5),
    ),
    "rcsls": ("RCSLS", "train", align.RCSLS(vocabulary=10_000)),
    "few": ("Procrustes, centred and re-weighted", "start", align.Procrustes(centre=True, reweight=0.5)),
    "taught": ("SelfLearning", "start", align.SelfLearning(vocabulary=4_000)),
    "unsupervised": ("Unsupervised", "", align.Unsupervised(vocabulary=4_000)),
}


def main() -> None:
    """Measure, print, and append the raw rows."""
    options = arguments()
    if options.only:
        print(json.dumps(PROGRAMS[options.only](options)))
    elif options.texts:
        measure_maps(options)
    else:
        measure_csls(options)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="of each generated space")
    parser.add_argument("--dim", type=int, default=300, help="of generated and of trained vectors")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--texts", type=Path, nargs=2, help="the text of either language")
    parser.add_argument("--train", type=Path, help="the dictionary that supervised maps are fitted to")
    parser.add_argument("--start", type=Path, help="the small dictionary that self-learning begins with")
    parser.add_argument("--test", type=Path, help="the dictionary of the figures")
    parser.add_argument("--maps", nargs="+", choices=MAPS, default=list(MAPS))
    parser.add_argument("--work", type=Path, default=Path("benchmarks/work/align"), help="keeps the vectors")
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.texts and not (options.train and options.start and options.test):
        parser.error("--texts needs the dictionaries --train, --start and --test")
    return options


# --- CSLS between large spaces


def measure_csls(options: argparse.Namespace) -> None:
    """Both programs in turn, each in its process; the rows of their answers are compared."""
    rows = Rows("align", path=options.results)
    what = f"10 best by CSLS, {options.rows:,} × {options.rows:,} × {options.dim}"
    size = ["--rows", str(options.rows), "--dim", str(options.dim)]
    for _ in range(options.repeats):
        answers = []
        for program in PROGRAMS:
            command = [sys.executable, __file__, "--only", program, *size]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            answers.append(found["answers"])
            rows.add(f"{what}: time", program, found["seconds"], "s", lower_is_better=True)
            rows.add(f"{what}: peak memory", program, found["peak"], "MB", lower_is_better=True)
        agree = np.mean([a == b for a, b in zip(*answers, strict=True)])
        if agree < 0.999:
            print(f"only {agree:.2%} of the answers are the same", file=sys.stderr)
    rows.show()


def csls_firth(options: argparse.Namespace) -> dict[str, Any]:
    """What Firth takes, its kernels compiled."""
    small = generated(100, options.dim, 3)
    csls_neighbours(small, firth.Vectors(range(100), small), k=K, topn=TOPN)
    a, b = generated(options.rows, options.dim, 1), generated(options.rows, options.dim, 2)
    vectors = firth.Vectors(range(len(b)), b)
    started = time.perf_counter()
    hits = csls_neighbours(a, vectors, k=K, topn=TOPN)
    return result(started, hits.rows)


def csls_faiss(options: argparse.Namespace) -> dict[str, Any]:
    """What three exact searches of FAISS take, lengths and the rest included."""
    import faiss

    a, b = generated(options.rows, options.dim, 1), generated(options.rows, options.dim, 2)
    started = time.perf_counter()
    a, b = unit_rows(a), unit_rows(b)
    sources = faiss.IndexFlatIP(options.dim)
    sources.add(a)
    crowded = sources.search(b, K)[0].mean(axis=1, keepdims=True)
    del sources
    targets = faiss.IndexFlatIP(options.dim)
    targets.add(b)
    targets.search(a, K)[0].mean(axis=1)  # of the queries, which belongs into the score
    del targets
    longer = faiss.IndexFlatIP(options.dim + 1)
    longer.add(np.hstack([b, crowded]))
    _, found = longer.search(np.hstack([2 * a, np.full((len(a), 1), -1, np.float32)]), TOPN)
    return result(started, found)


def result(started: float, rows: Any) -> dict[str, Any]:
    """What a process reports: seconds, MB, and some of its best answers."""
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak": peak(), "answers": rows[: 50 * 97 : 97, 0].tolist()}


def generated(rows: int, dim: int, seed: int) -> Any:
    """Rows of normal numbers, float32."""
    return np.random.default_rng(seed).standard_normal((rows, dim), dtype=np.float32)


PROGRAMS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "firth": csls_firth,
    "faiss-cpu": csls_faiss,
}


# --- words that are translated


def measure_maps(options: argparse.Namespace) -> None:
    """Every map, what it translates, and the paired differences that matter."""
    rows = Rows("align", path=options.results or RESULTS / "lexicon.jsonl")
    options.work.mkdir(parents=True, exist_ok=True)
    source, target = (trained(text, options) for text in options.texts)
    crowding(unit_rows(source.matrix[:99]), unit_rows(target.matrix[:99]), k=K)  # compiles
    sets = {name: read_dictionary(getattr(options, name)) for name in ("train", "start", "test")}
    kept: dict[str, Outcome] = {}
    for name in options.maps:
        label, pairs, learner = MAPS[name]
        given = [sets[pairs]] if pairs else []
        started = time.process_time()  # of the processor, all threads: rounds take as long on a busy machine
        alignment = learner.fit(source, target, *given)
        seconds = time.process_time() - started
        scores, kept[name], nearest = translated(alignment, source, target, sets["test"])
        beside = [difference("CSLS beside the greatest cosine", nearest, kept[name])]
        row = {
            "task": f"{label}, {pairs or 'no'} pairs",
            "map": label,
            "program": f"firth {firth.__version__}",
        }
        row |= {"pairs": len(given[0]) if given else 0, "used": alignment.report.get("used", 0)}
        rows.keep(row | {"seconds": seconds, "scores": scores, "beside": beside})
        print(
            f"{row['task']:50} {seconds:6.0f} s   "
            + "   ".join(f"{k} {v['value']:.1%}" for k, v in scores.items())
        )
    compare = [(name, "supervised") for name in ("taught", "few", "centred", "rcsls") if name in kept]
    for name, other in compare if "supervised" in kept else []:
        what = (
            f"{MAPS[other][0]}, {other_pairs(sets, other)}, beside {MAPS[name][0]}, {other_pairs(sets, name)}"
        )
        found = difference(what, kept[name], kept[other])
        rows.keep({"task": what, "map": "", "program": f"firth {firth.__version__}", "beside": [found]})
        print(
            f"{what}: {found['value']:+.1%} ({found['low']:+.1%} to {found['high']:+.1%}), p {found['p']:.2g}"
        )


def other_pairs(sets: dict[str, Dictionary], name: str) -> str:
    """How many pairs a map is given, in words."""
    return f"{len(sets[MAPS[name][1]]):,} pairs" if MAPS[name][1] else "no pairs"


def translated(
    alignment: align.Alignment, source: firth.Vectors, target: firth.Vectors, test: Dictionary
) -> tuple[dict[str, dict[str, Any]], Outcome, Outcome]:
    """The figures of a map with their intervals; and P@1 of each word by CSLS and by the greatest cosine."""
    task = Lexicon(target=target, dictionary=test, alignment=alignment)
    plain = Lexicon(target=target, dictionary=test, alignment=alignment, method="nn")
    by_csls, nearest = task.outcomes(source), plain.outcomes(source)[0]
    named = {"P@1, cosine": nearest} | {f"{one.figure}, CSLS": one for one in by_csls}
    scores = {}
    for name, one in named.items():
        row = row_of(one, seed=1)
        scores[name] = {key: getattr(row, key) for key in ("value", "low", "high", "n", "total")}
    return scores, by_csls[0], nearest


def difference(what: str, before: Outcome, after: Outcome) -> dict[str, Any]:
    """How much more words are right after than before, over the same words, with its interval and p."""
    found = differences({"before": before, "after": after}, [("before", "after")], seed=1)[0]
    return {"what": what, **{key: getattr(found, key) for key in ("value", "low", "high", "p", "n")}}


def trained(text: Path, options: argparse.Namespace) -> firth.Vectors:
    """Subword vectors of a text, from the folder if they are there."""
    path = options.work / f"{text.name.split('.')[0]}-{options.dim}.safetensors"
    if not path.exists():
        words = firth.read_text(joined(text), lowercase=True, tokenizer="words", min_count=5)
        recipe = firth.SubwordSkipGram(
            dim=options.dim, epochs=10, window=5, negative=10, subsample=1e-4, buckets=500_000
        )
        recipe.fit(words).vectors.save(path)
    return firth.load(path).vectors


def joined(text: Path) -> Iterator[str]:
    """The text, twenty lines at a time."""
    with text.open("rb") as file:
        lines = b"".join(read_chunks(file, text.name)).decode("utf-8").splitlines()
    for start in range(0, len(lines), LINES):
        yield " ".join(lines[start : start + LINES])


if __name__ == "__main__":
    main()
