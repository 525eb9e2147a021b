"""`check_index`: what every kind of index promises, checked on small clustered rows with known neighbours."""

from __future__ import annotations

import dataclasses
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth import index as room
from firth.errors import DataError, FirthError, OptionError, SpaceMismatchError, UnknownIdError
from firth.hits import Hits
from firth.index import Index, IndexRecipe
from firth.index.known import recipe_of
from firth.run import Run
from firth.testing.promises import expect, raised
from firth.vectors import Metric, Vectors

__all__ = ["check_index", "clustered_vectors"]

Floats = NDArray[np.float32]


def clustered_vectors(
    n: int = 600, dim: int = 16, *, clusters: int = 12, metric: Metric = "cosine", seed: int = 1
) -> Vectors:
    """Vectors in clusters, ids "item 0" to "item n-1"; the same for a seed."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(clusters, dim)) * 2
    rows = centres[random.integers(clusters, size=n)] + random.normal(size=(n, dim))
    return Vectors([f"item {i}" for i in range(n)], rows.astype(np.float32), metric=metric)


def check_index(
    recipe: IndexRecipe,
    *,
    metrics: tuple[Metric, ...] = ("cosine", "dot", "euclidean"),
    recall: float = 0.8,
    n: int = 600,
    dim: int = 16,
) -> None:
    """Check the contract of a kind of index.

    Args:
        recipe: with options that suit n rows of dim `dim`.
        metrics: those that it serves; it must refuse the others.
        recall: the share of the 10 true neighbours that it must find in clustered rows as it is built, with
            each metric; 1.0 for an exact one, whose rows and scores must be the true ones.
        n, dim: how many rows of what dim it is tried on.

    Raises:
        AssertionError: a promise is broken; the message says which.
    """
    _check_recipe(recipe)
    for metric in metrics:
        vectors = clustered_vectors(n, dim, metric=metric)
        index = recipe.build(vectors, run=Run(threads=1))
        _check_answers(index, vectors, recall)
        _check_bad_queries(index)
        _check_filters(index, vectors)
        _check_round_trip(index, vectors)
        _check_repeats(recipe, index, vectors)
    vectors = clustered_vectors(n, dim, metric=metrics[0])
    _check_bad_rows(recipe, vectors)
    _check_duplicates(recipe, vectors)
    _check_changes(recipe, vectors)
    _check_small(recipe, metrics[0], dim)


def _queries(vectors: Vectors, m: int = 40) -> Floats:
    random = np.random.default_rng(5)
    rows = vectors.matrix[random.choice(len(vectors), m, replace=False)]
    return np.asarray(rows + random.normal(size=rows.shape) * 0.3, np.float32)


def _same(a: Hits, b: Hits) -> bool:
    return a.ids == b.ids and np.array_equal(a.scores, b.scores)


def _check_recipe(recipe: IndexRecipe) -> None:
    expect(dataclasses.is_dataclass(recipe), "a recipe is a dataclass")
    field = dataclasses.fields(recipe)[0].name
    try:
        setattr(recipe, field, None)
    except dataclasses.FrozenInstanceError:
        pass
    else:
        expect(False, "a recipe is frozen")
    expect(recipe_of(recipe.to_dict()) == recipe, "a recipe comes back from what to_dict writes")
    for bad in ({"keep": "pickle"}, {"rerank": 0}):
        raised(OptionError, partial(dataclasses.replace, recipe, **bad))


def _check_answers(index: Index, vectors: Vectors, recall: float) -> None:
    queries = _queries(vectors)
    truth = Vectors(vectors.ids, vectors.matrix, metric=index.metric).search(queries, topn=10)
    hits = index.search(queries, 10)
    expect(hits.rows.shape == (len(queries), 10) and hits.scores.dtype == np.float32, "hits are (m, k)")
    expect(bool((hits.rows >= 0).all()), "there are k answers where there are k rows")
    expect(bool((np.diff(hits.scores, axis=1) <= 0).all()), "scores descend")
    expect(all(len(set(row)) == 10 for row in hits.rows.tolist()), "no row is an answer twice")
    found = float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(hits.ids, truth.ids, strict=True)]))
    expect(found >= recall, f"recall@10 with {index.metric} is {found:.3f}, promised {recall}")
    if recall == 1:
        expect(hits.ids == truth.ids, f"an exact index finds the true rows in their order ({index.metric})")
        expect(np.allclose(hits.scores, truth.scores, rtol=1e-6, atol=1e-6), "exact scores are the true ones")
    if index.recipe.keep == "float32":
        rows = vectors.rows(hits.ids[0])
        true = [vectors.similarity(queries[0], vectors.matrix[row]) for row in rows]
        if index.metric == vectors.metric:
            expect(
                np.allclose(hits.scores[0], true, rtol=1e-5, atol=1e-5), "scores mean what the metric says"
            )
    expect(_same(index.search(queries[3], 10), hits[3]), "a query has the same answers alone and in a batch")
    expect(_same(index.search(queries, 10, threads=2), hits), "two threads find the same as one")
    own = index.search(vectors.matrix[:20], 1) if index.metric != "dot" else None
    if own is not None and recall >= 0.9 and index.recipe.keep == "float32":
        expect(own.ids == [[vectors.ids[i]] for i in range(20)], "a row is its own nearest neighbour")
    expect(len(index.search(queries[:0], 5)) == 0, "no queries have no answers")
    everyone = index.search(queries[0], len(vectors) + 7)
    expect(len(everyone) == len(vectors), f"k beyond n finds all {len(vectors)} rows, not {len(everyone)}")


def _check_bad_queries(index: Index) -> None:
    good = np.zeros(index.dim, np.float32)
    bad: list[tuple[Any, type[FirthError]]] = [
        (np.zeros(index.dim + 1, np.float32), DataError),
        (np.zeros((2, 2, index.dim), np.float32), DataError),
        (np.full(index.dim, np.nan, np.float32), DataError),
        (Vectors(["x"], np.ones((1, index.dim)), fingerprint="another"), SpaceMismatchError),
    ]
    for query, kind in bad:
        raised(kind, partial(index.search, query, 3))
    for k in (0, -1, 2.5):
        raised(OptionError, partial(index.search, good, k))  # type: ignore[arg-type]
    raised(OptionError, lambda: index.search(good, 3, nonsense=4))
    raised(UnknownIdError, lambda: index.search(good, 3, only=["nobody"]))
    expect(bool(np.isfinite(index.search(good, 3).scores).all()), "a query of zeros has answers")


def _check_filters(index: Index, vectors: Vectors) -> None:
    queries = _queries(vectors, 8)
    ids: list[Any] = list(vectors.ids)
    some, few = ids[::3], ids[5:8]
    hits = index.search(queries, 10, only=some)
    expect(all(set(row) <= set(some) for row in hits.ids), "answers are among the ids that a filter names")
    expect(
        hits.rows.shape[1] == 10 and bool((hits.rows >= 0).all()), "a filter leaves k answers where it can"
    )
    expect(all(set(row) == set(few) for row in index.search(queries, 10, only=few).ids), "a filter of 3 ids")
    first = index.search(queries[0], 5).ids
    expect(not set(first) & set(index.search(queries[0], 5, without=first).ids), "`without` leaves ids out")
    chosen = index.select(some)
    expect(_same(index.search(queries, 10, only=chosen), hits), "a selection is the same as its ids")
    none = index.search(queries, 3, only=[])
    expect(none.rows.shape == (len(queries), 0), "a filter that leaves nobody has no answers")


def _check_round_trip(index: Index, vectors: Vectors) -> None:
    queries = _queries(vectors)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.index"
        index.measured = {"note": "kept"}
        index.save(path)
        again = room.load(path)
        expect(_same(again.search(queries, 10), index.search(queries, 10)), "a saved index answers the same")
        expect(again.recipe == index.recipe and again.metric == index.metric, "a file keeps the recipe")
        expect(again.settings == index.settings, "a file keeps the settings")
        expect(again.measured == {"note": "kept"}, "a file keeps what was measured")
        expect(again.fingerprint == index.fingerprint, "a file keeps the fingerprint")
        index.measured = {}
        del again


def _check_repeats(recipe: IndexRecipe, index: Index, vectors: Vectors) -> None:
    again = recipe.build(vectors, run=Run(threads=1))
    queries = _queries(vectors)
    expect(_same(again.search(queries, 10), index.search(queries, 10)), "one thread and a seed repeat")


def _check_bad_rows(recipe: IndexRecipe, vectors: Vectors) -> None:
    matrix = vectors.matrix.copy()
    matrix[7] = np.nan
    matrix[11, 0] = np.inf
    matrix[13] = 0
    index = recipe.build(Vectors(vectors.ids, matrix, metric="cosine"), metric=vectors.metric)
    left = {"item 7", "item 11"} | ({"item 13"} if vectors.metric == "cosine" else set())
    expect(index.report["left_out"] == len(left), "rows that nothing can be near to are counted")
    expect(set(index.report["left_out_ids"]) == left, "and named")
    everyone = index.search(vectors.matrix[0], len(vectors))
    expect(not left & set(everyone.ids), "and are never an answer")
    expect(len(everyone) == len(vectors) - len(left), "all others are")


def _check_duplicates(recipe: IndexRecipe, vectors: Vectors) -> None:
    """Equal rows come in the order in which they came in."""
    matrix = vectors.matrix.copy()
    matrix[100:110] = matrix[40]
    index = recipe.build(Vectors(vectors.ids, matrix), metric=vectors.metric)
    twins = ["item 40", *(f"item {i}" for i in range(100, 110))]
    found = [id for id in index.search(matrix[40], 20).ids if id in twins]
    expect(found == sorted(found, key=twins.index), "equal scores come in the order of the rows")
    expect(len(found) >= 10 or index.recipe.keep == "none", f"of 11 equal rows {len(found)} were found")


def _check_changes(recipe: IndexRecipe, vectors: Vectors) -> None:
    ids: list[Any] = list(vectors.ids)
    index = recipe.build(vectors)
    index.remove(ids[:200])
    expect(len(index) == len(ids) - 200 and ids[0] not in index, "removed ids are gone")
    queries = _queries(vectors)
    gone = set(ids[:200])
    expect(not gone & {id for row in index.search(queries, 10).ids for id in row}, "and are never answers")
    expect(
        bool((index.search(queries, 10).rows >= 0).all()), "k answers are found among the rows that are left"
    )
    raised(UnknownIdError, lambda: index.remove(["item 0"]))
    if not index.engine.grows:
        back = Vectors(["new"], vectors.matrix[:1], fingerprint=vectors.fingerprint)
        raised(DataError, lambda: index.add(back))
        return
    back = vectors.take(ids[:100])
    index.add(back)
    expect(ids[5] in index and len(index) == len(ids) - 100, "an id may come again")
    raised(DataError, lambda: index.add(back))
    expect(len(index) == len(ids) - 100, "and nothing has changed then")
    swapped = Vectors(ids[:2], vectors.matrix[[1, 0]], metric=vectors.metric, fingerprint=vectors.fingerprint)
    index.add(swapped, replace=True)
    if index.recipe.keep == "float32" and vectors.metric != "dot":
        nearest = index.search(vectors.matrix[1], 1).ids
        expect(nearest == [ids[0]], f"`replace` gives an id its new row: {nearest}")
    raised(SpaceMismatchError, lambda: index.add(Vectors(["z"], vectors.matrix[:1], fingerprint="another")))
    raised(DataError, lambda: index.add(Vectors([7], vectors.matrix[:1], fingerprint=vectors.fingerprint)))
    if index.recipe.keep != "none":
        small = index.compact()
        expect(len(small) == len(index) and not small.labels.dead, "a compacted index holds what is alive")


def _check_small(recipe: IndexRecipe, metric: Metric, dim: int) -> None:
    """No rows, one row, and rows of one number: answers, or an error that says what it takes."""
    for n, d in ((0, dim), (1, dim), (3, dim), (50, 1)):
        rows = np.random.default_rng(n).normal(size=(n, d)).astype(np.float32)
        vectors = Vectors(np.arange(n), rows, metric=metric)
        try:
            index = recipe.build(vectors)
        except DataError:
            continue
        hits = index.search(np.ones((2, d), np.float32), 5)
        expect(hits.rows.shape == (2, min(5, n)), f"{n} rows of dim {d}: {hits.rows.shape} answers")
