"""How fast raw text becomes token ids: rules beside gensim's `simple_preprocess`, BPE beside `tokenizers`.

python benchmarks/tokenizing.py [FILE] [--megabytes N] [--threads 2] [--repeats 3] [--only-tasks rules bpe]

FILE is raw text, a paragraph a line; the slice of Wikipedia that ships with Firth, three times over, serves
if none is given, and --megabytes keeps to its beginning.

rules   the whole of `read_text` with a `RuleTokenizer` that makes lower case, to ids and a vocabulary, beside
        gensim's `simple_preprocess` over the lines, which gives lists of strings and leaves out punctuation,
        numbers and words of one letter
bpe     a vocabulary of 16,000 tokens, trained on the first 10 MB: `SubwordTokenizer.encode_lines` beside the
        package `tokenizers` used by hand (`encode_batch_fast` on the same lines, its ids put into one array)
read    the same vocabulary, the whole of `read_text` beside the same

Each measurement runs in a process of its own, the programs in turn. Loading code and vocabulary is not timed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from memory import peak
from rows import Rows

VOCABULARY = "bpe.json"  # beside the text
TRAINED_ON, TOKENS = 10_000_000, 16_000
BATCH = 1 << 20  # bytes of lines given to a tokenizer at a time


def main() -> None:
    """Measure the programs of each task in turn and keep the rows."""
    options = arguments()
    if options.program:
        seconds, tokens = TASKS[options.task][options.program](options.file, options.threads)
        print(json.dumps({"seconds": seconds, "tokens": tokens, "peak": peak()}))
        return
    rows = Rows("tokenizing", path=options.results)
    with tempfile.TemporaryDirectory() as folder:
        options.file = prepare(options.file, options.megabytes, Path(folder, "text.txt"))
        if set(options.only_tasks) - {"rules"}:
            train_vocabulary(options.file)
        size = options.file.stat().st_size / 1e6
        for _ in range(options.repeats):
            for task in options.only_tasks:
                for program in TASKS[task]:
                    found = in_a_process(task, program, options)
                    what = f"{NAMES[task]}, {size:,.0f} MB, {options.threads} threads"
                    rows.add(what, program, size / found["seconds"], "MB/s", lower_is_better=False)
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--megabytes", type=int, help="how much of the text to take; all if not given")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only-tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--results", type=Path, help="where to append the rows")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--program", help=argparse.SUPPRESS)
    return parser.parse_args()


def prepare(file: Path | None, megabytes: int | None, path: Path) -> Path:
    """The text to measure with, of whole lines, in a file of its own; it is then in the page cache too."""
    from firth import datasets
    from firth.data.sources import file_chunks

    text = b"".join(file_chunks([str(file or datasets.wiki_text())]))
    if file is None:
        text *= 3
    if megabytes is not None:
        text = text[: text.rfind(b"\n", 0, megabytes * 1_000_000) + 1]
    path.write_bytes(text)
    return path


def train_vocabulary(path: Path) -> None:
    """Train a byte-level BPE on the beginning of the text and save it beside it."""
    from firth import SubwordTokenizer

    with path.open("rb") as file:
        beginning = file.read(TRAINED_ON).decode("utf-8", "replace").splitlines()
    SubwordTokenizer.train(beginning, vocab_size=TOKENS).save(path.with_name(VOCABULARY))


def in_a_process(task: str, program: str, options: argparse.Namespace) -> dict[str, float]:
    """What a process of its own measured."""
    command = [sys.executable, __file__, str(options.file), "--threads", str(options.threads)]
    how = {"RAYON_NUM_THREADS": str(options.threads), "TOKENIZERS_PARALLELISM": "true"}
    done = subprocess.run(
        [*command, "--task", task, "--program", program],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **how},
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def batches(path: Path) -> Iterator[list[str]]:
    """The lines of the text in lists of about a megabyte."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while lines := file.readlines(BATCH):
            yield [line.rstrip("\n") for line in lines]


# --- the programs: each returns seconds and how many tokens it found ---------------------------------------


def rules_firth(path: Path, threads: int) -> tuple[float, int]:
    """Read with the rules of Firth."""
    from firth import RuleTokenizer, read_text
    from firth.tokenize import TextNormalizer

    tokenizer = RuleTokenizer(normalizer=TextNormalizer(lowercase=True))
    read_text(["A small text, to load the kernels."], tokenizer=tokenizer, min_count=1, threads=threads)
    start = time.perf_counter()
    with read_text(path, tokenizer=tokenizer, min_count=1, threads=threads) as found:
        return time.perf_counter() - start, int(found.offsets[-1])


def rules_gensim(path: Path, threads: int) -> tuple[float, int]:  # noqa: ARG001 - it has one thread
    """Cut lines with gensim."""
    from gensim.utils import simple_preprocess

    start = time.perf_counter()
    with path.open(encoding="utf-8", errors="replace") as file:
        tokens = sum(len(simple_preprocess(line)) for line in file)
    return time.perf_counter() - start, tokens


def bpe_firth(path: Path, threads: int) -> tuple[float, int]:  # noqa: ARG001 - set by the environment
    """Encode lines with Firth, all ids in one array."""
    from firth import SubwordTokenizer

    tokenizer = SubwordTokenizer.load(path.with_name(VOCABULARY))
    SubwordTokenizer.load(path.with_name(VOCABULARY)).encode_lines(["a small text to load the kernels"])
    start = time.perf_counter()
    ids = np.concatenate([tokenizer.encode_lines(lines)[0] for lines in batches(path)])
    return time.perf_counter() - start, ids.size


def bpe_tokenizers(path: Path, threads: int) -> tuple[float, int]:  # noqa: ARG001 - set by the environment
    """Encode lines with the package tokenizers, all ids in one array."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path.with_name(VOCABULARY)))
    start = time.perf_counter()
    parts = []
    for lines in batches(path):
        encoded = tokenizer.encode_batch_fast(lines, add_special_tokens=False)
        parts += [np.array(one.ids, np.int32) for one in encoded]
    ids = np.concatenate(parts)
    return time.perf_counter() - start, ids.size


def read_firth(path: Path, threads: int) -> tuple[float, int]:
    """Read with Firth to Sequences, by a trained vocabulary."""
    from firth import SubwordTokenizer, read_text

    tokenizer = SubwordTokenizer.load(path.with_name(VOCABULARY))
    read_text(["a small text"], tokenizer=tokenizer, min_count=1, threads=threads)
    start = time.perf_counter()
    with read_text(path, tokenizer=tokenizer, min_count=1, threads=threads) as found:
        return time.perf_counter() - start, int(found.offsets[-1])


Program = Callable[[Path, int], tuple[float, int]]

TASKS: dict[str, dict[str, Program]] = {
    "rules": {"firth": rules_firth, "gensim": rules_gensim},
    "bpe": {"firth": bpe_firth, "tokenizers": bpe_tokenizers},
    "read": {"firth": read_firth, "tokenizers": bpe_tokenizers},
}
NAMES = {"rules": "raw text by rules", "bpe": "encoding with BPE", "read": "reading with BPE"}


if __name__ == "__main__":
    main()
