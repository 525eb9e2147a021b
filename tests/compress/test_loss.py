"""What is lost is measured right: beside figures computed by hand, and with ties and outside queries."""

from __future__ import annotations

import pkgutil

import numpy as np
import pytest

import firth.compress as room
from firth import Vectors
from firth.compress import Binary, Float16, Product, Scalar, loss
from firth.errors import DataError, OptionError, SpaceMismatchError

METRICS = ["cosine", "dot", "euclidean"]


def vectors(n: int = 300, d: int = 12, *, metric: str = "cosine", seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return Vectors(range(n), rows, metric=metric)


def scores(a: np.ndarray, b: np.ndarray, metric: str) -> np.ndarray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    if metric == "cosine":
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    return -np.linalg.norm(a[:, None] - b, axis=2) if metric == "euclidean" else a @ b.T


@pytest.mark.parametrize("metric", METRICS)
def test_figures_are_those_computed_by_hand(metric: str):
    space = vectors(metric=metric)
    codec = Scalar(bits=4).fit(space)
    report = loss(codec, space, k=5, sample=300)
    rows = space.matrix
    back = codec.decode_rows(codec.encode_rows(rows))
    true, said = scores(rows, rows, metric), scores(rows, back, metric)
    np.fill_diagonal(true, -np.inf)
    np.fill_diagonal(said, -np.inf)
    shared = [
        len(set(np.argsort(-a)[:5]) & set(np.argsort(-b)[:5])) / 5 for a, b in zip(true, said, strict=True)
    ]
    kept = report["neighbours kept"]
    assert kept.value == pytest.approx(np.mean(shared), abs=0.005)
    assert kept.low < kept.value < kept.high and kept.high - kept.low < 0.1
    assert (kept.n, kept.total, kept.extra["k"]) == (300, 300, 5)
    error = np.mean((back - rows.astype(np.float64)) ** 2)
    assert report["squared error"].value == pytest.approx(error / rows.var(axis=0).mean(), rel=1e-4)
    cosines = (scores(rows, back, "cosine")).diagonal()
    assert report["cosine"].value == pytest.approx(cosines.mean(), abs=1e-6)
    assert report["cosine"].extra["worst"] == pytest.approx(cosines.min(), abs=1e-6)
    assert 0.9 < report["rank correlation"].value < 1
    assert report["bytes"].value == pytest.approx(6 + 2 * 4 * 12 / 300)
    assert report["ratio"].value == pytest.approx(48 / report["bytes"].value)
    clipped = codec.tally(rows)["saturated"]
    assert report["saturated"].value == pytest.approx(clipped / rows.size) and clipped > 0
    assert report["saturated"].extra == {"saturated": clipped}


def test_nothing_is_lost_where_codes_are_exact():
    rows = np.random.default_rng(0).integers(-50, 50, (200, 6)).astype(np.float32)  # float16 holds these
    report = loss(Float16().fit(rows), Vectors(range(200), rows), sample=50)
    assert report["neighbours kept"].value == 1
    assert report["squared error"].value == 0
    assert report["rank correlation"].value == pytest.approx(1)
    assert report["ratio"].value == 2


def test_of_rows_that_are_equally_near_any_is_a_neighbour():
    rows = np.repeat(np.eye(4, dtype=np.float32), 50, axis=0)
    report = loss(Binary().fit(rows), Vectors(range(200), rows), k=10, sample=200)
    assert report["neighbours kept"].value == 1


def test_fewer_bits_keep_less():
    space = vectors(1000, 24)
    kept = [
        loss(recipe.fit(space), space, sample=200)["neighbours kept"].value
        for recipe in (Binary(), Scalar(bits=4), Scalar(bits=8), Float16())
    ]
    assert kept == sorted(kept) and kept[0] < 0.7 < kept[1] < kept[2]


def test_queries_from_outside():
    space, others = vectors(), vectors(50, seed=1)
    codes = Scalar().fit(space).encode(space)
    row = loss(codes, space, queries=others.matrix, sample=30)["neighbours kept"]
    assert (row.n, row.total) == (30, 50) and row.value > 0.9
    with pytest.raises(SpaceMismatchError):
        loss(codes, space, queries=others)
    with pytest.raises(DataError, match=r"queries are rows \(m, 12\), not float64 of shape \(3,\)"):
        loss(codes, space, queries=np.ones(3))


@pytest.mark.parametrize("metric", METRICS)
def test_the_length_of_rows_does_not_count(metric: str):
    space = vectors(metric=metric)
    for recipe in (Binary(), Scalar(bits=4)):
        kept = []
        for scale in (1.0, 1e-8, 1e8):
            scaled = Vectors(space.ids, space.matrix * np.float32(scale), metric=metric)
            report = loss(recipe.fit(scaled), scaled, sample=200)
            kept.append(report["neighbours kept"].value)
        assert kept[0] < 0.95 and kept == pytest.approx([kept[0]] * 3, abs=0.005)


def test_the_error_has_an_interval_that_covers_other_rows():
    rows = np.random.default_rng(0).standard_normal((4000, 12)).astype(np.float32)
    rows *= np.random.default_rng(1).lognormal(0, 0.5, (4000, 1)).astype(np.float32)
    codec = Product(parts=3, bits=4).fit(rows[:1000])
    whole = loss(codec, Vectors(range(3000), rows[1000:]), sample=2)["squared error"].value
    covered = 0
    for start in range(1000, 4000, 200):
        row = loss(codec, Vectors(range(200), rows[start : start + 200]), sample=2)["squared error"]
        assert row.low < row.value < row.high and row.n == 200
        covered += row.low <= whole <= row.high
    assert covered >= 11  # 14 of 15 are to be expected; 10 or fewer happen once in 1,000 times


def test_the_same_seed_gives_the_same_report():
    space = vectors()
    codes = Scalar(bits=4).fit(space).encode(space)
    once, again = (loss(codes, space, sample=40, seed=3).to_dict() for _ in range(2))
    assert once == again != loss(codes, space, sample=40, seed=4).to_dict()


def test_what_cannot_be_measured():
    space = vectors()
    codec = Scalar().fit(space.matrix)
    with pytest.raises(DataError, match="neighbours need at least two rows; there are 1"):
        loss(codec, space.take([0]))
    with pytest.raises(DataError, match="the codes are not of these vectors"):
        loss(codec.encode(space), space.take(range(100)))
    with pytest.raises(OptionError, match="k is a whole number from 1"):
        loss(codec, space, k=0)
    bad = Vectors(range(2), np.array([[1.0] * 12, [np.nan] * 12]))
    with pytest.raises(DataError, match="row 1 holds a number that is not finite"):
        loss(codec, bad)


def test_k_beyond_the_rows_and_rows_of_zeros():
    rows = np.zeros((3, 2), np.float32)
    rows[0] = 1
    report = loss(Scalar().fit(rows), Vectors("abc", rows), k=10)
    assert report["neighbours kept"].extra["k"] == 2
    assert report["cosine"].n == 1


def test_no_function_of_the_room_hides_behind_a_module_of_its_name():
    modules = {info.name for info in pkgutil.iter_modules(room.__path__)}
    assert not modules & {name for name in room.__all__ if name.islower()}
