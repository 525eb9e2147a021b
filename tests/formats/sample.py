"""Small vectors with exactly known values, and the writers that every format has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firth.compress import (
    Binary,
    Chain,
    CodecRecipe,
    Compressed,
    Float16,
    Product,
    RandomProjection,
    Residual,
    Scalar,
    SimHash,
    Truncate,
)
from firth.data.ids import Integers, Strings
from firth.data.ngrams import Ngrams
from firth.formats import write
from firth.model import Model
from firth.run import Run
from firth.vectors import Vectors

KEYS = ["the", "of", "zürich", "東京", "naïve", "x" * 40, "42"]

SUFFIXES = {
    "firth": "safetensors",
    "fasttext": "bin",
    "word2vec": "vec",
    "word2vec-binary": "bin",
    "glove": "glove",
    "npy": "npy",
    "projector": "tsv",
}


def small(n: int = 7, dim: int = 5) -> Vectors:
    """n rows of `dim` numbers, most of which have no short decimal form."""
    matrix = ((np.arange(n * dim).reshape(n, dim) - 17) / np.float32(7)).astype(np.float32)
    keys = (KEYS * (n // len(KEYS) + 1))[:n]
    keys = [key if row < len(KEYS) else f"{key}{row}" for row, key in enumerate(keys)]
    return Vectors(keys, matrix, columns={"counts": np.arange(n, 0, -1) * 10})


def small_model() -> Model:
    """Two spaces, one with strings and one with whole numbers as ids."""
    numbered = Vectors(
        np.array([5, -3, 2**40]),
        np.eye(3, 4),
        metric="dot",
        columns={"weight": np.array([0.5, 1, 2], np.float16)},
    )
    words = small()
    words = Vectors(words.ids, words.matrix, columns=words.columns, meta={"fingerprint": "0badcafe"})
    return Model(
        {"words": words, "documents": numbered},
        recipe={"learner": "SkipGram", "dim": 5, "subsample": 1e-3},
        report={"losses": [2.5, 1.25], "note": "naïve"},
    )


def small_subwords() -> Model:
    """The small vectors with n-grams of two and three letters, in four of eleven buckets."""
    words = small()
    ids, columns = words.ids, words.columns
    used = np.array([0, 3, 4, 9])
    recipe: dict[str, Any] = {"learner": "SubwordSkipGram", "loss": "negative_sampling"}
    recipe |= {"min_n": 2, "max_n": 3, "buckets": 11}
    recipe |= {"dim": 5, "window": 3, "epochs": 2, "min_count": 1, "negative": 4, "subsample": 1e-3}
    rows = small(4).matrix * 2
    composed = Ngrams.of(recipe).compose(strings(words), words.matrix, used, rows)
    return Model(
        {
            "words": Vectors(ids, composed, columns=columns),
            "contexts": Vectors(ids, words.matrix[::-1]),
            "subwords": Vectors(Integers(used), rows),
            "word_rows": Vectors(ids, words.matrix),
        },
        recipe=recipe,
    )


def small_parts() -> Model:
    """Arrays of several kinds and shapes, and no vectors."""
    parts = {"0.mean": np.array([1e300]), "shape": np.array([[1, 2], [3, 4]], np.int32), "one": np.array(7)}
    return Model({}, recipe={"learner": "Table"}, parts=parts)


def small_coded() -> Compressed:
    """Codes of every codec, and beside each ("NAME decoded") the rows that it decodes them to.

    Fitting may come to other scales and centroids one day; what the golden file says they stand for may not.
    """
    rows = np.random.default_rng(0).standard_normal((20, 6)).astype(np.float32)
    words = Vectors([f"w{i}" for i in range(20)], rows, columns={"counts": np.arange(20, 0, -1)})
    recipes: list[CodecRecipe] = [
        Float16(),
        Scalar(bits=8),
        Scalar(bits=4, per="row"),
        Binary(how="itq", bits=5),
        Product(parts=4, bits=4, rotate=True, iterations=3),
        Residual(stages=3, bits=4, iterations=3),
        SimHash(bits=16),
        Truncate(dim=3, how="pca", whiten=True),
        RandomProjection(dim=3),
        Chain(steps=(Truncate(dim=5), Scalar(bits=4))),
    ]
    spaces: dict[str, Any] = {}
    for recipe in recipes:
        codes = recipe.fit(words, run=Run(threads=1)).encode(words)
        spaces[repr(recipe)] = codes
        spaces[f"{recipe!r} decoded"] = codes.decode()
    return Compressed(spaces, recipe={"learner": "SkipGram"}, report={"compressed": {}})


def write_small(folder: Path, format: str, *, parts: bool = False) -> Path:
    """The small vectors in a file of this format (and its second file, where it has one); or parts alone."""
    path = folder / f"small.{SUFFIXES[format]}"
    samples = {"firth": small_parts if parts else small_model, "fasttext": small_subwords}
    write(samples.get(format, small)(), path, format=format, force=True)
    return path


def same(a: Vectors, b: Vectors) -> bool:
    """Whether ids and matrices are equal, to the bit."""
    bits_a, bits_b = (np.ascontiguousarray(v.matrix).view(np.uint32) for v in (a, b))
    return list(map(str, a.ids)) == list(map(str, b.ids)) and np.array_equal(bits_a, bits_b)


def strings(vectors: Vectors) -> Strings:
    """The ids, which must be strings."""
    if not isinstance(vectors.ids, Strings):
        raise TypeError("these ids are whole numbers")
    return vectors.ids
