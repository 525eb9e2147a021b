"""What a file may hold and `encode` must not believe: recipes, matrices, ids and columns that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import firth
from firth import LSA, DocumentVectors, Model, Run, TfIdf, Vectors, WeightedMean
from firth.errors import DataError

ONE = Run(threads=1, progress=False)
DOCUMENTS = [["cat", "dog", "cat"], ["dog", "mouse"], ["car", "road", "car"], ["road", "engine"]]
SMALL: dict[str, Any] = {"dim": 16, "window": 2, "min_count": 1, "subsample": 0, "epochs": 2}


def weighted_mean() -> Model:
    words = DocumentVectors(words=True, **SMALL).fit(DOCUMENTS, run=ONE).spaces["words"]
    return WeightedMean(a=0.1).fit(DOCUMENTS, words=words, run=ONE)


MODELS: dict[str, Callable[[], Model]] = {
    "dbow": lambda: DocumentVectors(**SMALL).fit(DOCUMENTS, run=ONE),
    "dm": lambda: DocumentVectors(mode="dm", **SMALL).fit(DOCUMENTS, run=ONE),
    "concat": lambda: DocumentVectors(mode="dm", combine="concat", **SMALL).fit(DOCUMENTS, run=ONE),
    "TfIdf": lambda: TfIdf().fit(DOCUMENTS),
    "LSA": lambda: LSA(dim=2).fit(DOCUMENTS),
    "WeightedMean": weighted_mean,
}
every_model = pytest.mark.parametrize("made", MODELS.values(), ids=MODELS)


def changed(model: Model, recipe: Mapping[str, Any], spaces: Mapping[str, Vectors | None]) -> Model:
    """The model with other options and spaces; None takes one away."""
    kept = {name: vectors for name, vectors in {**model.spaces, **spaces}.items() if vectors is not None}
    options = {name: value for name, value in {**model.recipe, **recipe}.items() if value is not ...}
    return Model(kept, recipe=options)


def words(n: int = 5, dim: int = 16, *, ids: Any = None, counts: Any = None, **columns: Any) -> Vectors:
    """Rows of ones for some words."""
    ids = [f"w{i}" for i in range(n)] if ids is None else ids
    counts = np.ones(n, np.int64) if counts is None else counts
    meta = {"reading": {"lowercase": False, "tokenizer": "lists"}, "singular_values": [1.0] * dim}
    return Vectors(ids, np.ones((n, dim)), columns={"counts": counts, **columns}, meta=meta)


IDF = {"idf": np.ones(5, np.float32)}


@pytest.mark.parametrize(
    ("name", "recipe", "spaces", "message"),
    [
        ("dbow", {"dim": 1}, {}, "should be rows of 1$"),
        ("dbow", {"dim": 17}, {}, "rows of 16 numbers, and should be rows of 17"),
        ("dbow", {"dim": ...}, {}, "lacks dim"),
        ("dbow", {"dim": "16"}, {}, "is none of DocumentVectors: dim is"),
        ("dbow", {"negative": 10**9}, {}, "negative is"),
        ("dbow", {"mode": "dm"}, {}, "no space 'words'"),
        ("dbow", {"mode": ["dm"]}, {}, "mode is"),
        ("dbow", {}, {"contexts": None}, "no space 'contexts'"),
        ("dbow", {}, {"contexts": words(ids=range(5))}, "are whole numbers"),
        ("dbow", {}, {"contexts": Vectors(["a"], np.ones((1, 16)))}, "no column 'counts'"),
        ("dbow", {}, {"contexts": words(counts=np.ones(5))}, "counts are an int64 array"),
        ("dbow", {}, {"contexts": words(counts=np.array([1, 2, 3, 4, -5]))}, "are no counts"),
        ("dbow", {}, {"contexts": words(counts=np.full(5, 2**62))}, "are no counts"),
        ("dbow", {}, {"contexts": words(0)}, "0 rows of 16 numbers"),
        ("dm", {"combine": "concat"}, {}, "contexts are .* and should be rows of 80"),
        ("dm", {"combine": ["mean"]}, {}, "combine is"),
        ("dm", {}, {"words": words(1)}, "not of the same words"),
        ("dm", {}, {"words": words(6)}, "not of the same words"),
        ("dm", {}, {"words": words(dim=15)}, "its words are 5 rows of 15"),
        ("concat", {"window": 500}, {}, "should be rows of 16,016"),
        ("concat", {"combine": "mean"}, {}, "contexts are .* and should be rows of 16$"),
        ("TfIdf", {"norm": ...}, {}, "lacks norm"),
        ("TfIdf", {"norm": "l3"}, {}, "norm is"),
        ("TfIdf", {}, {"words": words()}, "one finite number each"),
        ("TfIdf", {}, {"words": words(dim=0)}, "one finite number each"),
        ("TfIdf", {}, {"words": None, "others": words()}, "no space 'words'"),
        ("LSA", {"dim": ...}, {}, "lacks dim"),
        ("LSA", {}, {"words": words()}, "no column 'idf'"),
        ("LSA", {}, {"words": words(idf=np.full(5, np.nan))}, "no column 'idf' of finite numbers"),
        ("LSA", {}, {"words": words(idf=np.ones((5, 2)))}, "no column 'idf'"),
        ("LSA", {}, {"words": Vectors(list("abcde"), np.ones((5, 2)), columns=IDF)}, "'singular_values'"),
        ("WeightedMean", {}, {"words": words()}, "no column 'weights'"),
        ("WeightedMean", {}, {"words": words(dim=3)}, "components have 16 numbers, its words 3"),
        ("WeightedMean", {}, {"components": words(1, 3)}, "components have 3 numbers, its words 16"),
        ("WeightedMean", {}, {"words": None, "others": words()}, "no space 'words'"),
        ("WeightedMean", {}, {"words": words(ids=range(5), weights=np.ones(5))}, "are whole numbers"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(
    name: str, recipe: dict[str, Any], spaces: dict[str, Any], message: str, tmp_path: Path
):
    """From a file that is whole, since that is how such a model comes."""
    path = tmp_path / "model.safetensors"
    changed(MODELS[name](), recipe, spaces).save(path)
    with pytest.raises(DataError, match=message):
        firth.load(path, verify=True).encode(DOCUMENTS, run=ONE)


@pytest.mark.parametrize("values", [[0.0, 1.0], [1.0], [1.0, float("inf")], "ab", None, [[1.0], [2.0]]])
def test_singular_values_that_nothing_can_be_divided_by_are_refused(values: Any):
    model = MODELS["LSA"]()
    found = model.spaces["words"]
    meta = {**found.meta, "singular_values": values}
    other = Vectors(found.ids, found.matrix, columns=found.columns, meta=meta)
    with pytest.raises(DataError, match="are not 2 positive numbers"):
        changed(model, {}, {"words": other}).encode(DOCUMENTS)


@every_model
@pytest.mark.parametrize("reading", [None, 5, {}, {"lowercase": 1, "tokenizer": None}, {"lowercase": True}])
def test_strings_need_to_know_how_text_was_read_and_token_lists_do_not(made: Any, reading: Any):
    model = made()
    name = "contexts" if "contexts" in model.spaces else "words"
    old = model.spaces[name]
    meta = {key: value for key, value in old.meta.items() if key != "reading"}
    new = Vectors(
        old.ids, old.matrix, columns=old.columns, meta=meta | ({"reading": reading} if reading else {})
    )
    other = changed(model, {}, {name: new})
    with pytest.raises(DataError, match="does not say how its text was split"):
        other.encode(["cat dog"], run=ONE)
    assert other.encode([["cat", "dog"]], run=ONE).shape[0] == 1


@every_model
def test_an_option_of_a_later_version_does_no_harm(made: Any):
    model = made()
    later = changed(model, {"new_option": 3}, {})
    here, there = (m.encode(DOCUMENTS, run=ONE) for m in (model, later))
    if hasattr(here, "toarray"):
        here, there = here.toarray(), there.toarray()
    np.testing.assert_array_equal(here, there)


@every_model
def test_an_empty_batch_gives_no_rows(made: Any):
    model = made()
    wide = model.encode(DOCUMENTS, run=ONE).shape[1]
    for nothing in ([], ()):
        assert model.encode(nothing, run=ONE).shape == (0, wide)
    with pytest.raises(DataError, match="yields no item"):
        model.encode(iter([]), run=ONE)
