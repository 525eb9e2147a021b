"""`Tree`: the loss by its formula, the gain over plain codes, recall, growth, files tampered with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from firth import Run, Vectors
from firth.errors import DataError, OptionError
from firth.index import Exact, Tree, partition
from firth.index.anisotropic import Codebooks, weight_along
from firth.index.partition import Partition
from firth.index.tree import TreeEngine
from firth.testing import clustered_vectors

ONE = Run(threads=1)


def world(n: int, dim: int, *, unit: bool, queries: int = 300, seed: int = 1):
    """Rows and held-out queries as embeddings are: overlapping clusters, few directions of much variance."""
    random = np.random.default_rng(seed)
    spread = np.arange(1, dim + 1) ** -0.5
    centres = random.normal(size=(40, dim)) * spread
    rows = (
        centres[random.integers(40, size=n + queries)] + 0.6 * random.normal(size=(n + queries, dim)) * spread
    )
    rows = (rows @ np.linalg.qr(random.normal(size=(dim, dim)))[0]).astype(np.float32)
    if unit:
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Vectors(np.arange(n), rows[:n], metric="dot"), rows[n:]


def true_rows(vectors: Vectors, queries: np.ndarray, k: int) -> np.ndarray:
    return np.argsort(-(queries @ vectors.matrix.T), axis=1, kind="stable")[:, :k]


def shares_found(index, queries: np.ndarray, true: np.ndarray, **settings: int) -> np.ndarray:
    """For each query, the share of the true rows among the answers."""
    found = np.array(index.search(queries, true.shape[1], threads=1, **settings).ids)
    return np.array([len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, true, strict=True)])


# --- the loss -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("threshold", "dim"), [(0.2, 2), (0.2, 100), (0.5, 8), (0.05, 300), (0.9, 3)])
def test_the_weight_is_the_quotient_of_the_integrals(threshold: float, dim: int):
    """h∥ : h⊥ as the paper defines them, integrated by numbers."""
    end = np.arccos(threshold)
    along = quad(lambda a: np.cos(a) ** 2 * np.sin(a) ** (dim - 2), 0, end)[0]
    across = quad(lambda a: np.sin(a) ** dim, 0, end)[0] / (dim - 1)
    assert weight_along(threshold, dim) == pytest.approx(along / across, rel=1e-6)


def test_the_weight_at_its_ends():
    assert weight_along(0.0, 100) == weight_along(0.2, 1) == 1.0
    dim, t = 100_000, 0.2
    assert weight_along(t, dim) == pytest.approx((dim - 1) * t**2 / (1 - t**2), rel=0.01)


def test_training_makes_the_loss_less():
    vectors, _ = world(2000, 16, unit=True)
    rows = vectors.matrix
    learnt = Codebooks.learn(rows, rows, 8, extra=5.0, run=ONE)
    assert len(learnt.history) > 2
    assert (np.diff(learnt.history) < 0).all()
    assert learnt.history[-1] < 0.95 * learnt.history[0]  # the first is that of the centres of plain codes
    codes = learnt.encode(rows, rows, threads=1)
    left = rows - learnt.decode(codes)
    loss = ((left**2).sum(axis=1) + 5.0 * (left * rows).sum(axis=1) ** 2).mean()
    assert loss == pytest.approx(learnt.history[-1], rel=1e-3)


@pytest.mark.parametrize("unit", [True, False])
@pytest.mark.parametrize("k", [1, 10])
def test_anisotropic_codes_beat_plain_ones_for_inner_products(unit: bool, k: int):
    """The same bytes, every leaf searched, no row scored again; a paired comparison over held-out queries."""
    vectors, queries = world(2000, 64, unit=unit)
    true = true_rows(vectors, queries, k)
    plain, aware = (
        Tree(leaves=1, keep="none", threshold=threshold).build(vectors, run=ONE) for threshold in (0.0, 0.2)
    )
    assert plain.memory()["codes"] == aware.memory()["codes"]
    gain = shares_found(aware, queries, true) - shares_found(plain, queries, true)
    half = 1.96 * gain.std(ddof=1) / len(gain) ** 0.5
    assert gain.mean() - half > 0.01


def test_an_error_along_the_row_is_what_shrinks():
    vectors, _ = world(2000, 32, unit=True)
    rows = vectors.matrix
    sizes = {}
    for extra in (0.0, 10.0):
        learnt = Codebooks.learn(rows, rows, 8, extra=extra, run=ONE)
        left = rows - learnt.decode(learnt.encode(rows, rows, threads=1))
        sizes[extra] = (left**2).sum(axis=1).mean(), ((left * rows).sum(axis=1) ** 2).mean()
    assert sizes[10.0][1] < sizes[0.0][1] / 4  # along
    assert sizes[10.0][0] > sizes[0.0][0]  # together: this is what it costs


def test_distances_take_plain_codes():
    vectors = clustered_vectors(200, 8, metric="euclidean")
    assert Tree(threshold=0.5).build(vectors, run=ONE).report["weight_along"] == 1.0
    assert Tree(threshold=0.5).build(vectors, metric="dot", run=ONE).report["weight_along"] > 1.0


# --- search -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_recall_rises_with_the_leaves_to_all(metric):
    vectors = clustered_vectors(1500, 12, metric=metric)
    queries = clustered_vectors(100, 12, seed=2).matrix
    index = Tree(leaves=30).build(vectors, run=ONE)
    true = np.array(Exact().build(vectors).search(queries, 10).rows)
    shares = []
    for probed in (1, 4, 30):
        found = np.array(index.search(queries, 10, nprobe=probed, rerank=20).rows)
        shares.append(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(found, true, strict=True)]))
    assert shares[0] < shares[1] <= shares[2]
    assert shares[2] > 0.999


def test_scores_of_codes_are_near_the_true_ones():
    vectors = clustered_vectors(600, 12, metric="euclidean")
    index = Tree(leaves=6, keep="none").build(vectors, run=ONE)
    hits = index.search(vectors.matrix[:20], 5, nprobe=6)
    rows = np.array([[vectors.ids.rows([key])[0] for key in keys] for keys in hits.ids])
    true = -np.linalg.norm(vectors.matrix[rows] - vectors.matrix[:20, None], axis=2)
    arrays, _ = index.engine.state()
    kept = index.engine.codebooks.decode(arrays["codes"]) + arrays["leaves"][arrays["leaf"]]
    lost = np.linalg.norm(vectors.matrix - kept, axis=1)[rows]  # bounds the error, by the triangle inequality
    assert (np.abs(hits.scores - true) <= lost + 0.1).all()  # 0.1 for tables of bytes


@pytest.mark.parametrize(("dim", "parts"), [(1, None), (1, 1), (3, None), (7, 2), (7, 3), (5, 5), (2, 1)])
def test_any_dim_and_number_of_parts(dim: int, parts: int | None):
    vectors = clustered_vectors(100, dim, metric="dot")
    index = Tree(parts=parts, leaves=3).build(vectors, run=ONE)
    found = index.search(vectors.matrix, 3, nprobe=3, rerank=30)
    assert np.array_equal(
        np.sort(found.scores, axis=1),
        np.sort(-np.sort(-(vectors.matrix.astype(float) @ vectors.matrix.T), axis=1)[:, :3], axis=1).astype(
            np.float32
        ),
    )


def test_rows_that_are_all_the_same():
    vectors = Vectors(np.arange(50), np.ones((50, 4), np.float32))
    hits = Tree(leaves=4).build(vectors, run=ONE).search(np.ones(4), 5, nprobe=4, rerank=10)
    assert list(hits.ids) == [0, 1, 2, 3, 4]


def test_a_filter_holds_in_the_leaves():
    vectors = clustered_vectors(6000, 8, metric="dot")
    index = Tree(leaves=20).build(vectors, run=ONE)
    allowed = np.arange(6000) % 2 == 0
    rows = np.array(index.search(vectors.matrix[:50], 10, only=allowed, nprobe=20, rerank=20).rows)
    assert (rows % 2 == 0).all()
    products = np.where(allowed, vectors.matrix[:50] @ vectors.matrix.T, -np.inf)
    true = np.argsort(-products, axis=1)[:, :10]
    assert np.mean([len(np.intersect1d(a, b)) for a, b in zip(rows, true, strict=True)]) > 9.9


def test_rows_that_are_added_are_kept_as_those_of_the_building():
    """The leaves and codes of a row depend on it alone: in pieces or at once, by one thread or two."""
    vectors = clustered_vectors(500, 9)
    engine = Tree(leaves=5).build(vectors, run=ONE).engine
    rows = clustered_vectors(300, 9, seed=4).matrix
    together, pieces = (
        TreeEngine("cosine", 9, engine.partition, engine.codebooks, threads=threads) for threads in (1, 2)
    )
    together.add(rows)
    for start in range(0, 300, 37):
        pieces.add(rows[start : start + 37])
    for a, b in zip(together.state()[0].values(), pieces.state()[0].values(), strict=True):
        assert np.array_equal(a, b)


def test_one_thread_is_the_same_each_time_and_two_find_the_same():
    vectors = clustered_vectors(1000, 10)
    first, second = (Tree().build(vectors, run=Run(threads=1, seed=7)) for _ in range(2))
    for a, b in zip(first.engine.state()[0].values(), second.engine.state()[0].values(), strict=True):
        assert np.array_equal(a, b)
    queries = vectors.matrix[:100]
    assert first.search(queries, threads=1).ids == first.search(queries, threads=2).ids


def test_branches_place_almost_every_row_in_its_nearest_leaf(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(partition, "FEW", 16)
    monkeypatch.setattr(partition, "MANY", 16)
    rows = clustered_vectors(4000, 16, clusters=60).matrix
    tree = Partition.learn(rows, 150, run=ONE)
    assert len(tree) == 150
    assert len(tree.branches) == 12
    away = ((rows[:, None] - tree.leaves[None]) ** 2).sum(axis=2)
    of = tree.assign(rows, threads=1)
    assert (of == away.argmin(axis=1)).mean() > 0.98
    counts = np.bincount(of, minlength=150)
    assert counts.max() < 8 * counts.mean()
    np.testing.assert_allclose(  # the sample is every row
        tree.spread, np.bincount(of, away[np.arange(4000), of], 150) / np.maximum(counts, 1), rtol=1e-3
    )


def test_memory_is_that_of_four_bits_a_part():
    vectors = clustered_vectors(6400, 16)
    index = Tree(leaves=8, keep="none").build(vectors, run=ONE)
    memory = index.memory()
    assert 6400 * 4 <= memory["codes"] <= 1.1 * 6400 * 4  # 8 parts; a block more for each leaf
    assert memory["total"] == sum(memory[name] for name in ("codes", "lists", "centroids"))


# --- bad input ----------------------------------------------------------------------------------------------


def test_too_few_rows():
    with pytest.raises(DataError, match=r"16 centres a part and needs at least 16 rows, not 3"):
        Tree().build(clustered_vectors(3, 4))
    with pytest.raises(
        DataError, match=r"16 centres a part and 200 leaves and needs at least 200 rows, not 100"
    ):
        Tree(leaves=200).build(clustered_vectors(100, 4))
    with pytest.raises(DataError, match="dim 4 cannot be cut into 9 parts"):
        Tree(parts=9).build(clustered_vectors(100, 4))


def test_a_row_too_far_for_float32_is_refused_before_anything_is_taken_in():
    vectors = clustered_vectors(200, 8, metric="dot")
    rows = clustered_vectors(30, 8, seed=3).matrix.copy()
    rows[17] = 1e30
    engine = Tree(leaves=5).build(vectors, run=ONE).engine
    with pytest.raises(DataError, match=r"row 17 has the length 2\.83e\+30.*scale the vectors down"):
        engine.add(rows)
    assert len(engine) == 200
    with pytest.raises(DataError, match="beyond float32"):
        Tree(leaves=5).build(Vectors(np.arange(30), rows, metric="dot"), run=ONE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"leaves": 0}, "leaves is a whole number from 1"),
        ({"parts": 0}, "parts is a whole number from 1"),
        ({"threshold": 1.0}, "threshold is a number from 0 to 0.99"),
        ({"threshold": float("nan")}, "threshold is a number"),
        ({"keep": "bfloat16"}, "keep is one of"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(OptionError, match=message):
        Tree(**options)


def test_a_file_that_was_tampered_with_is_refused_or_searched_safely():
    vectors = clustered_vectors(300, 6, metric="euclidean")
    engine = Tree(leaves=5).build(vectors, run=ONE).engine
    arrays, values = engine.state()
    back = TreeEngine.from_state(Tree(), "euclidean", arrays, values)
    options = {"allowed": None, "settings": {"nprobe": 3}, "threads": 1}
    for a, b in zip(
        engine.search(vectors.matrix, 4, **options), back.search(vectors.matrix, 4, **options), strict=True
    ):
        assert np.array_equal(a, b)
    refused = 0
    random = np.random.default_rng(2)
    for name, array in arrays.items():
        mutants = [array[:-1], array[..., :-1], array.astype(np.float64), np.concatenate([array, array])]
        for _ in range(20):
            raw = bytearray(array.tobytes())
            for place in random.integers(0, len(raw), 3) if raw else ():
                raw[place] = random.integers(256)
            mutants.append(np.frombuffer(bytes(raw), array.dtype).reshape(array.shape))
        for mutant in mutants:
            try:
                with np.errstate(all="ignore"):
                    other = TreeEngine.from_state(Tree(), "euclidean", {**arrays, name: mutant}, values)
                    rows, _ = other.search(vectors.matrix[:5], 4, **options)
            except DataError:
                refused += 1
            else:
                assert rows.max() < len(other)
    assert refused > 40
    for bad in (
        {"dim": 7},
        {"dim": 2},  # six numbers for two of them
        {"dim": "6"},
        {"dim": -1},
        {"extra": -1.0},
        {"extra": float("nan")},
        {"extra": None},
    ):
        with pytest.raises(DataError, match="tree"):
            TreeEngine.from_state(Tree(), "euclidean", arrays, {**values, **bad})
    with pytest.raises(DataError, match="made for the metric 'euclidean', not 'dot'"):
        TreeEngine.from_state(Tree(), "dot", arrays, values)
    far = np.array([0, 2**62, -(2**62), 5])  # whose differences, but one, wrap around to above 0
    branches = np.zeros((3, 6), np.float32)
    with pytest.raises(DataError, match="branches of the tree do not share its 5 leaves"):
        TreeEngine.from_state(Tree(), "euclidean", {**arrays, "branches": branches, "first": far}, values)
    with pytest.raises(DataError, match="keeps 'codes' as uint8 of 2 axes, not nothing"):
        TreeEngine.from_state(Tree(), "euclidean", {k: v for k, v in arrays.items() if k != "codes"}, values)
    with pytest.raises(DataError, match="in a leaf that is not there: it has 5"):
        TreeEngine.from_state(Tree(), "euclidean", {**arrays, "leaf": arrays["leaf"] + 1}, values)
