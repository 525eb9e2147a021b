"""Scores of shape: planted rotations, hand-computed diagrams, and pairs that cannot be used."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, OptionError
from firth.measure.isomorphism import (
    bottleneck,
    isomorphism,
    laplacian_spectrum,
    merge_heights,
    spectral_distance,
)
from firth.measure.sets import Dictionary


def words(n=200, d=8, seed=0):
    random = np.random.default_rng(seed)
    centres = random.standard_normal((10, d)) * 2
    return centres[random.integers(0, 10, n)] + random.standard_normal((n, d))


def space(x, ids=None):
    return Vectors([f"w{i}" for i in range(len(x))] if ids is None else ids, x)


def turned(x, seed=5):
    d = x.shape[1]
    return x @ np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]


def test_a_turned_space_has_the_same_shape_and_a_random_one_has_not():
    x = words()
    same = isomorphism(space(x), space(turned(x)))
    assert [row.value for row in same] == pytest.approx([1, 0, 0], abs=1e-4)
    assert {row.extra["verdict"] for row in same} == {"good"}
    other = isomorphism(space(x), space(np.random.default_rng(9).standard_normal((200, 12))))
    assert abs(other["relational_similarity"].value) < 0.1
    assert other["relational_similarity"].extra["verdict"] == "bad"
    noisy = isomorphism(space(x), space(turned(x) + np.random.default_rng(2).standard_normal(x.shape)))
    for row in noisy:
        low, high = sorted([same[row.name].value, other[row.name].value])
        assert low < row.value < high
    row = noisy["relational_similarity"]
    assert row.low < row.value < row.high
    assert np.isnan(noisy["bottleneck"].low)


def test_the_relational_similarity_is_the_correlation_of_all_cosines():
    x, y = words(), words()[:, :5]
    cosines = []
    for matrix in (x, y):
        away = (matrix := matrix.astype(np.float32).astype(np.float64)) - matrix.mean(axis=0)
        unit = away / np.linalg.norm(away, axis=1, keepdims=True)
        cosines.append((unit @ unit.T)[np.triu_indices(200, 1)])
    found = isomorphism(space(x), space(y))["relational_similarity"].value
    assert found == pytest.approx(np.corrcoef(*cosines)[0, 1])


def test_the_laplacian_of_a_path_is_known():
    line = np.array([[0.0], [1.0], [2.1], [3.3]])
    joined = {(0, 1), (1, 2), (2, 3)}  # each with its nearest, and 3 with 2
    laplacian = np.zeros((4, 4))
    for i, j in joined:
        laplacian[[i, j], [j, i]] -= 1
        laplacian[[i, j], [i, j]] += 1
    np.testing.assert_allclose(
        laplacian_spectrum(line, 1), np.linalg.eigvalsh(laplacian)[::-1].clip(0), atol=1e-12
    )


def test_as_many_eigenvalues_count_as_hold_nine_tenths_of_the_sum():
    a, b = np.array([6.0, 3.0, 1.0, 0.0]), np.array([4.0, 3.0, 2.0, 1.0])
    assert spectral_distance(a, b) == (pytest.approx(4.0), 2)


def test_clusters_merge_along_the_shortest_tree():
    line = np.array([[0.0], [1.0], [3.0], [7.0]])
    np.testing.assert_allclose(merge_heights(line), [4, 2, 1])
    np.testing.assert_allclose(merge_heights(np.zeros((3, 2))), [0, 0])


def test_the_bottleneck_is_the_least_over_all_matchings():
    random = np.random.default_rng(0)
    for _ in range(60):
        a, b = (np.sort(random.random(random.integers(1, 5)) * 3)[::-1] for _ in range(2))
        assert bottleneck(a, b) == pytest.approx(slow_bottleneck(a, b))


def slow_bottleneck(a, b):
    """Every way to join some of a with some of b and leave the rest to the diagonal."""
    best = np.inf
    for t in range(min(len(a), len(b)) + 1):
        for some in itertools.combinations(range(len(a)), t):
            for others in itertools.permutations(range(len(b)), t):
                costs = [abs(a[i] - b[j]) for i, j in zip(some, others, strict=True)]
                costs += [a[i] / 2 for i in range(len(a)) if i not in some]
                costs += [b[j] / 2 for j in range(len(b)) if j not in others]
                best = min(best, max(costs))
    return best


def test_pairs_are_taken_one_to_one_and_the_others_counted(tmp_path):
    x = words(60)
    theirs = turned(x)
    theirs[4] = np.nan
    source, target = space(x), space(theirs, [f"t{i}" for i in range(60)])
    pairs = [(f"w{i}", f"t{i}") for i in range(50)]
    pairs += [("w1", "t55"), ("w56", "t2"), ("unknown", "t3"), ("w57", "unknown")]
    report = isomorphism(source, target, pairs=pairs)
    row = report["relational_similarity"]
    assert (row.n, row.total) == (49, 54)
    assert row.value == pytest.approx(1, abs=1e-4)
    assert "2 of 54 pairs have an id that is not there and are left out" in report.notes
    assert "1 of 54 pairs have a row that is not usable and are left out" in report.notes
    assert "2 of 54 pairs repeat an id of an earlier pair and are left out" in report.notes
    dictionary = Dictionary(name="d", pairs=tuple(pairs))
    assert isomorphism(source, target, pairs=dictionary)["relational_similarity"] == row
    path = tmp_path / "d.tsv"
    path.write_text("".join(f"{a}\t{b}\n" for a, b in pairs), encoding="utf-8")
    assert isomorphism(source, target, pairs=path)["relational_similarity"] == row


def test_a_sample_is_said_and_repeats():
    a, b = space(words(300)), space(turned(words(300)) + 0.1)
    report = isomorphism(a, b, sample=100)
    assert report["bottleneck"].n == 100
    assert report["bottleneck"].total == 300
    assert "a sample of 100 of 300 pairs of rows were looked at; graphs of 10 neighbours" in report.notes
    assert [row.value for row in report] == [row.value for row in isomorphism(a, b, sample=100)]


def test_spaces_and_pairs_that_cannot_be_compared_are_refused():
    a, b = space(words(30)), space(words(30), [f"t{i}" for i in range(30)])
    with pytest.raises(DataError, match="share no id: one begins with 'w0', 'w1', 'w2'"):
        isomorphism(a, b)
    with pytest.raises(DataError, match="none of the 1 pairs has both of its ids"):
        isomorphism(a, b, pairs=[("w1", "w1")])
    with pytest.raises(DataError, match="at least 4 pairs of rows that are usable in both spaces, not 3"):
        isomorphism(a, b, pairs=[(f"w{i}", f"t{i}") for i in range(3)])
    for wrong, what in ((["w1", "w2"], "'w1'"), ([1, 2], "1"), ([("w1", "t1", "x")], r"\('w1', 't1', 'x'\)")):
        with pytest.raises(DataError, match=rf"pair 0 is {what}; \(source id, target id\) was expected"):
            isomorphism(a, b, pairs=wrong)
    with pytest.raises(OptionError, match="k is at most 29 for 30 usable rows, not 30"):
        isomorphism(a, a, k=30)
    with pytest.raises(OptionError, match="sample is a whole number from 4 to 5,000, not 3"):
        isomorphism(a, a, sample=3)


def test_constant_vectors_have_no_shape_to_compare():
    report = isomorphism(space(words(30)), space(np.ones((30, 4))))
    assert np.isnan(report["relational_similarity"].value)
    assert report["relational_similarity"].extra["meaning"].startswith("could not be measured")
