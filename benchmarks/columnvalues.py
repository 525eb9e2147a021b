"""Vectors from a table: Firth beside pandas and gensim, on the cities that ship with Firth; and how small a
shared table may be.

python benchmarks/columnvalues.py [--copies 10] [--threads 2] [--repeats 3] [--seeds 5]

A row is a city with the bins of its latitude and longitude, of 20 each, and its region. Measured are
- making sequences of rows from a frame of pandas, six columns of it, the rows `--copies` times over: Firth's
  `column_values` beside pandas' `qcut` and lists of strings, which is what gensim takes;
- training 20 epochs of skip-gram on the rows, dim 32, negative 5, in turn;
- the share of regions whose nearest other region is in their own country, among regions of at least five
  cities that have another one in their country: a guess is right for 1.7 %. Of skip-gram by both programs,
  and of `SharedTable` with fewer and fewer rows. Medians of several seeds, one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import firth
from firth import datasets
from rows import Rows

COLUMNS = ["latitude", "longitude", "countrycode", "region", "population", "timezone"]
PLACES = ["latitude", "longitude", "region"]
BINS, DIM, EPOCHS, MIN_COUNT, RATE = 20, 32, 20, 5, 0.025
ROWS = (65_536, 4_096, 2_048, 1_024, 512)


def main() -> None:
    """Run everything in turn and keep the rows."""
    options = arguments()
    frame = pd.read_csv(datasets.cities(), keep_default_na=False, na_values={"region": [""]})
    rows = Rows("columnvalues", path=options.results)
    measure_reading(rows, pd.concat([frame[COLUMNS]] * options.copies, ignore_index=True), options.repeats)
    places = firth.column_values(frame, only=PLACES, bins=BINS)
    lists = token_lists(frame[PLACES])
    for _ in range(options.repeats):
        for program, train in (("firth", train_firth), ("gensim", train_gensim)):
            taken = timed(lambda t=train: t(places, lists, 1, options.threads))
            task = f"training, {EPOCHS} epochs of {len(places):,} rows"
            rows.add(task, program, taken, "s", lower_is_better=True)
    measure_quality(rows, places, lists, options.seeds)
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--copies", type=int, default=10, help="how often the rows are read over")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    return parser.parse_args()


def measure_reading(rows: Rows, frame: pd.DataFrame, repeats: int) -> None:
    """From a frame to sequences of tokens, in turn."""
    task = f"sequences of {len(frame):,} rows of {frame.shape[1]} columns"
    firth.column_values(frame[:100])  # imports what it needs
    for _ in range(repeats):
        ours = timed(lambda: firth.column_values(frame, bins=BINS))
        rows.add(task, "firth", ours, "s", lower_is_better=True)
        rows.add(task, "pandas", timed(lambda: token_lists(frame)), "s", lower_is_better=True)


def measure_quality(rows: Rows, places: firth.Sequences, lists: list[list[str]], seeds: int) -> None:
    """The share of regions beside their countrymen."""
    for seed in range(1, seeds + 1):
        for program, train in (("firth", train_firth), ("gensim", train_gensim)):
            share = beside_countrymen(*train(places, lists, seed, 1))
            rows.add("skip-gram: regions beside their own", program, share, "%", lower_is_better=False)
        for size in ROWS:
            for hashes in (1, 2, 3):
                recipe = firth.SharedTable(
                    dim=DIM, rows=size, hashes=hashes, min_count=MIN_COUNT, epochs=EPOCHS
                )
                values = recipe.fit(places, run=firth.Run(threads=1, seed=seed)).vectors
                share = beside_countrymen(list(values.ids), values.matrix)
                task = f"`SharedTable`, {size:,} rows, {hashes} {'hash' if hashes == 1 else 'hashes'}"
                rows.add(task, "firth", share, "%", lower_is_better=False)


def token_lists(frame: pd.DataFrame) -> list[list[str]]:
    """What `column_values` does, by pandas and lists: numbers in quantile bins, what is missing left out."""
    texts = []
    for name, column in frame.items():
        if column.dtype.kind in "if":
            column = pd.qcut(column, BINS, labels=False, duplicates="drop") + 1
        texts.append([None if pd.isna(value) else f"{name}={value}" for value in column])
    return [[token for token in row if token is not None] for row in zip(*texts, strict=True)]


def train_firth(
    places: firth.Sequences, _: list[list[str]], seed: int, threads: int
) -> tuple[list[str], NDArray[np.float32]]:
    """The values and their vectors, by Firth."""
    recipe = firth.SkipGram(
        dim=DIM, window=3, dynamic_window=False, subsample=0, min_count=MIN_COUNT, epochs=EPOCHS,
        learning_rate=RATE,
    )  # fmt: skip
    values = recipe.fit(places, run=firth.Run(threads=threads, seed=seed)).vectors
    return list(values.ids), values.matrix


def train_gensim(
    _: firth.Sequences, lists: list[list[str]], seed: int, threads: int
) -> tuple[list[str], NDArray[np.float32]]:
    """The values and their vectors, by gensim."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        lists, vector_size=DIM, window=3, shrink_windows=False, sample=0, min_count=MIN_COUNT, epochs=EPOCHS,
        alpha=RATE, sg=1, negative=5, seed=seed, workers=threads,
    )  # fmt: skip
    return list(model.wv.index_to_key), model.wv.vectors


def beside_countrymen(ids: list[str], matrix: NDArray[np.float32]) -> float:
    """Of how many regions in a hundred the nearest other region is in their own country."""
    regions = [i for i, name in enumerate(ids) if name.startswith("region=")]
    country = np.array([ids[i].removeprefix("region=").partition(".")[0] for i in regions])
    unit = matrix[regions] / np.linalg.norm(matrix[regions], axis=1, keepdims=True)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -np.inf)
    _, place, counts = np.unique(country, return_inverse=True, return_counts=True)
    asked = counts[place] > 1  # elsewhere no answer could be right
    return 100 * float((country[scores.argmax(axis=1)] == country)[asked].mean())


def timed(job: Callable[[], Any]) -> float:
    """Seconds that a job takes."""
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
