"""Procrustes: planted rotations come back, noisy ones as nearly as theory says, and bad input is counted."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Model, Vectors, align
from firth.align.procrustes import turned
from firth.errors import DataError, FormatError, OptionError, SpaceMismatchError, UnknownIdError
from firth.measure.sets.dictionary import Dictionary


def rotation_of(dim, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))[0]


def rows_of(n, dim, seed=1):
    return np.random.default_rng(seed).standard_normal((n, dim))


@pytest.mark.parametrize("unit", [True, False])
@pytest.mark.parametrize("centre", [True, False])
def test_a_planted_rotation_comes_back(unit, centre):
    rows, planted = rows_of(400, 30), rotation_of(30)
    source, target = Vectors(range(400), rows), Vectors(range(400), rows @ planted)
    alignment = align.Procrustes(unit=unit, centre=centre).fit(source, target)
    np.testing.assert_allclose(alignment.matrix, planted, atol=1e-6)
    assert alignment.report["residual"] < 1e-12
    assert alignment.report["cosine"] == pytest.approx(1)
    assert alignment.report["used"] == 400
    assert alignment.report["notes"] == []
    mapped = alignment.apply(source)
    expected = target.unit().matrix if unit else target.matrix
    np.testing.assert_allclose(mapped.matrix, expected, atol=2e-6)


def test_a_moved_space_comes_back_with_its_mean():
    rows, planted = rows_of(300, 10), rotation_of(10)
    moved = rows @ planted + np.arange(10)
    target = Vectors(range(300), moved, metric="euclidean")
    alignment = align.Procrustes(unit=False, centre=True).fit(Vectors(range(300), rows), target)
    np.testing.assert_allclose(alignment.matrix, planted, atol=1e-6)
    new = rows_of(5, 10, seed=9)
    np.testing.assert_allclose(alignment.apply(new), new @ planted + np.arange(10), atol=1e-4)
    assert alignment.apply(Vectors(range(5), new, fingerprint=alignment.source_fingerprint)).metric == (
        "euclidean"
    )
    assert align.Procrustes(unit=False).fit(Vectors(range(300), rows), target).report["residual"] > 0.1


def test_a_noisy_rotation_comes_back_as_nearly_as_theory_says():
    """For Y = X W + s E, with p white rows in X, XᵀY / p is nearly W + s G / √p, with G of white noise. The
    nearest orthogonal matrix keeps of WᵀG the skew part, (H - Hᵀ) / 2, whose d (d - 1) entries have the
    variance 1/2: the mean of ‖Ŵ - W‖² is s² d (d - 1) / (2 p).
    """
    p, dim, noise = 5_000, 12, 0.3
    planted, errors = rotation_of(dim), []
    for seed in range(8):
        x = rows_of(p, dim, seed=seed)
        y = x @ planted + noise * rows_of(p, dim, seed=100 + seed)
        errors.append(np.sum((turned(x, y).matrix - planted) ** 2))
    expected = noise**2 * dim * (dim - 1) / (2 * p)
    assert np.mean(errors) == pytest.approx(expected, rel=0.3)


def test_it_is_the_best_of_all_rotations():
    x, y = rows_of(50, 6), rows_of(50, 6, seed=2)
    best = np.linalg.norm(x @ turned(x, y).matrix - y)
    assert all(best <= np.linalg.norm(x @ rotation_of(6, seed) - y) for seed in range(200))


def test_pairs_come_from_a_dictionary_from_tuples_or_from_shared_ids():
    rows, planted = rows_of(60, 8), rotation_of(8)
    source = Vectors([f"s{i}" for i in range(60)], rows)
    target = Vectors([f"T{i}" for i in range(60)][::-1], (rows @ planted)[::-1])
    pairs = [(f"s{i}", f"T{i}") for i in range(20)]
    one = align.Procrustes().fit(source, target, pairs)
    two = align.Procrustes().fit(source, target, Dictionary(name="d", pairs=tuple(pairs)))
    np.testing.assert_array_equal(one.matrix, two.matrix)
    np.testing.assert_allclose(one.matrix, planted, atol=1e-6)
    numbers = Vectors(range(60), rows @ planted)
    three = align.Procrustes().fit(source, numbers, [(f"s{i}", i) for i in range(20)])
    np.testing.assert_allclose(three.matrix, planted, atol=1e-6)


def test_what_is_left_out_is_counted():
    rows = rows_of(12, 3).astype(np.float32)
    broken = rows.copy()
    broken[3], broken[4] = np.nan, 0
    source, target = (
        Vectors([f"w{i}" for i in range(12)], broken),
        Vectors([f"w{i}" for i in range(12)], rows),
    )
    pairs = [(f"w{i}", f"w{i}") for i in range(8)]
    pairs += [("w0", "w0"), ("W1", "w1"), ("x", "w2"), ("w5", "y"), ("x", "y"), ("w5", "w6")]
    report = align.Procrustes().fit(source, target, pairs).report
    assert report["pairs"] == 14
    assert report["used"] == 7
    assert report["unknown_source"] == 2
    assert report["unknown_target"] == 2
    assert report["repeated"] == 2
    assert report["zero_or_not_finite"] == 2
    shared = align.Procrustes().fit(source, target.take(["w0", "w1", "w2", "w5"])).report
    assert (shared["ids"], shared["unknown_source"], shared["used"]) == (12, 8, 4)
    assert align.Procrustes().fit(source, target, pairs, case="exact").report["unknown_source"] == 3


def test_fewer_pairs_than_dims_are_said():
    rows = rows_of(30, 10)
    alignment = align.Procrustes().fit(Vectors(range(30), rows), Vectors(range(5), rows[:5]))
    assert "5 pairs are fewer than the source's dim of 10" in alignment.report["notes"][0]
    np.testing.assert_allclose(alignment.matrix @ alignment.matrix.T, np.eye(10), atol=1e-6)


def test_what_cannot_be_aligned_is_refused():
    a, b = Vectors(["a", "b"], rows_of(2, 4)), Vectors(["a", "b"], rows_of(2, 5))
    with pytest.raises(DataError, match=r"cannot bring dim 4 to 5: use Ridge or LowRank, or fill"):
        align.Procrustes().fit(a, b)
    with pytest.raises(DataError, match="none of 1 pairs has a usable row in both spaces: 1 unknown source"):
        align.Procrustes().fit(a, a, [("x", "a")])
    with pytest.raises(DataError, match="none of 0 pairs"):
        align.Procrustes().fit(a, a, [])
    with pytest.raises(DataError, match="of one space are strings and of the other whole numbers"):
        align.Procrustes().fit(a, Vectors([1, 2], rows_of(2, 4)))
    with pytest.raises(DataError, match="7 is no id here: ids are strings"):
        align.Procrustes().fit(a, a, [("a", 7)])
    with pytest.raises(DataError, match=r"pair 0 is \('a', 'b', 'c'\)"):
        align.Procrustes().fit(a, a, [("a", "b", "c")])
    with pytest.raises(OptionError, match="unit is True or False, not 1"):
        align.Procrustes(unit=1)
    with pytest.raises(OptionError, match="reweight is a number from 0 to 4, not -1"):
        align.Procrustes(reweight=-1)


def test_constant_spaces_are_mapped_without_a_word_of_nan():
    same = Vectors(range(20), np.ones((20, 4)))
    alignment = align.Procrustes(centre=True, reweight=0.5).fit(same, same)
    assert np.isfinite(alignment.matrix).all()
    assert np.isfinite(alignment.common(same, same)[0].matrix).all()


def test_directions_count_as_much_as_the_spaces_correlate_in_them():
    random = np.random.default_rng(4)
    x = random.standard_normal((4_000, 3)) * [3, 2, 1]
    y = x + random.standard_normal(x.shape) * [0, 2, 5]  # correlations 1, 1 / √2, 1 / √26
    maps = turned(x, y, reweight=1)
    np.testing.assert_allclose(np.abs(maps.weighting), np.diag([1, 0.5**0.5, 26**-0.5]), atol=0.05)
    np.testing.assert_allclose(maps.matrix, turned(x, y).matrix)
    twice = turned(x, y, reweight=2).weighting
    np.testing.assert_allclose(np.linalg.norm(twice, axis=0), np.linalg.norm(maps.weighting, axis=0) ** 2)
    assert turned(x, y).weighting is None


def test_reweighting_finds_more_where_spaces_agree_in_some_directions_alone():
    random = np.random.default_rng(5)
    rows = random.standard_normal((600, 40)) * np.linspace(3, 0.5, 40)
    noise = random.standard_normal((600, 40)) * np.linspace(0.5, 3, 40)
    source = Vectors(range(600), rows)
    target = Vectors(range(600), (rows + noise) @ rotation_of(40))
    found = []
    for power in (0, 1):
        alignment = align.Procrustes(centre=True, reweight=power).fit(source, target.take(range(400)))
        ours, theirs = alignment.common(source, target)
        hits = theirs.search(ours.take(range(400, 600)).matrix, topn=1)
        found.append(np.mean(hits.rows[:, 0] == np.arange(400, 600)))
    assert found[1] > found[0] + 0.02


# --- the map itself


def planted_alignment(**options):
    rows, planted = rows_of(100, 6), rotation_of(6)
    source = Vectors([f"s{i}" for i in range(100)], rows, columns={"counts": np.arange(100)})
    target = Vectors([f"t{i}" for i in range(100)], rows @ planted)
    pairs = [(f"s{i}", f"t{i}") for i in range(40)]
    return align.Procrustes(**options).fit(source, target, pairs), source, target


def test_all_rows_are_mapped_also_those_that_no_pair_names():
    alignment, source, target = planted_alignment()
    mapped = alignment.apply(source)
    assert mapped.ids == source.ids
    assert (mapped.counts == source.counts).all()
    assert target.search(mapped.matrix, topn=1).ids == [[f"t{i}"] for i in range(100)]
    assert mapped.fingerprint == target.fingerprint
    assert target.similarity(mapped["s99"], "t99") == pytest.approx(1)
    new = rows_of(3, 6, seed=5)
    assert alignment.apply(new).shape == (3, 6)
    np.testing.assert_array_equal(alignment.apply(new[0]), alignment.apply(new)[0])


def test_another_space_is_refused_and_a_part_of_the_same_is_not():
    alignment, source, target = planted_alignment()
    assert len(alignment.apply(source.take(["s3", "s1"]))) == 2
    with pytest.raises(SpaceMismatchError, match="the vectors to be mapped are of the space"):
        alignment.apply(target)
    with pytest.raises(SpaceMismatchError, match="the vectors of the target are of the space"):
        alignment.common(source, source)
    with pytest.raises(DataError, match="rows of dim 5 do not fit a map from dim 6 to 6"):
        alignment.apply(np.ones((2, 5)))
    with pytest.raises(DataError, match=r"not an array of shape \(1, 1, 6\)"):
        alignment.apply(np.ones((1, 1, 6)))
    with pytest.raises(UnknownIdError):
        alignment.apply(source).rows(["t0"])


@pytest.mark.parametrize("unit", [True, False])
def test_the_inverse_brings_rows_back(unit):
    alignment, source, _ = planted_alignment(unit=unit)
    back = alignment.inverse().apply(alignment.apply(source))
    np.testing.assert_allclose(back.matrix, source.unit().matrix if unit else source.matrix, atol=1e-5)
    assert back.fingerprint == source.fingerprint
    np.testing.assert_array_equal(alignment.inverse().inverse().matrix, alignment.matrix)
    assert alignment.inverse().recipe["inverted"]
    with pytest.raises(SpaceMismatchError):
        alignment.inverse().apply(source)


@pytest.mark.parametrize("options", [{}, {"unit": False, "centre": True}, {"centre": True, "reweight": 0.5}])
def test_a_saved_map_is_the_same_map(tmp_path, options):
    alignment, source, target = planted_alignment(**options)
    alignment.save(tmp_path / "map.safetensors")
    again = align.load(tmp_path / "map.safetensors")
    for a, b in zip(alignment.common(source, target), again.common(source, target), strict=True):
        np.testing.assert_array_equal(a.matrix, b.matrix)
    assert again.apply(source) == alignment.apply(source)
    assert dict(again.recipe) == dict(alignment.recipe)
    assert dict(again.report) == dict(alignment.report)
    assert repr(again) == "Alignment(Procrustes, dim 6 to 6, 40 pairs)"
    with pytest.raises(FileExistsError):
        alignment.save(tmp_path / "map.safetensors")


def test_a_file_of_something_else_is_refused(tmp_path):
    Vectors(["a"], [[1.0]]).save(tmp_path / "v.safetensors")
    with pytest.raises(ValueError, match=r"no alignment; firth\.load reads it"):
        align.load(tmp_path / "v.safetensors")


def test_rows_without_a_direction_stay_so_and_bad_ones_are_logged(caplog):
    alignment, source, _ = planted_alignment(centre=True)
    rows = source.matrix[:3].copy()
    rows[0], rows[1, 2] = 0, np.nan
    mapped = alignment.apply(rows)
    assert not mapped[0].any()
    assert np.isnan(mapped[1]).all()
    assert np.isfinite(mapped[2]).all()
    assert "1 of 3 mapped rows are not finite" in caplog.text


def test_both_spaces_in_one():
    alignment, source, target = planted_alignment()
    ours, theirs = alignment.common(source, target)
    assert theirs is target
    assert ours == alignment.apply(source)
    weighted, source, target = planted_alignment(centre=True, reweight=0.5)
    ours, theirs = weighted.common(source, target)
    assert ours.fingerprint == theirs.fingerprint != target.fingerprint
    np.testing.assert_allclose(ours.matrix, theirs.matrix, atol=1e-5)
    unit = target.unit().matrix
    np.testing.assert_allclose(theirs.matrix, (unit - unit.mean(axis=0)) @ weighted.weighting, atol=1e-5)


def test_the_way_back_has_the_metric_and_the_weighting_of_its_own_side():
    random = np.random.default_rng(5)
    rows = random.standard_normal((200, 6))
    other = rows @ np.linalg.qr(random.standard_normal((6, 6)))[0]
    other += 0.3 * random.standard_normal(rows.shape) * np.arange(6)
    source = Vectors(range(200), rows, metric="euclidean")
    target = Vectors(range(200), other, metric="dot")
    there = align.Procrustes(unit=False, reweight=1.0).fit(source, target)
    back = there.inverse()
    assert (there.metric, back.metric, back.inverse().metric) == ("dot", "euclidean", "dot")
    np.testing.assert_allclose(back.inverse().weighting, there.weighting, atol=1e-5)
    for one, same in zip(there.common(source, target), reversed(back.common(target, source)), strict=True):
        np.testing.assert_allclose(one.matrix, same.matrix, atol=1e-4)


@pytest.mark.parametrize(
    ("parts", "kept", "message"),
    [
        ({"matrix": np.ones(4, np.float32)}, {}, "a map is a matrix"),
        ({"matrix": np.ones((4, 4))}, {}, "matrix is of float64, not float32"),
        ({"weighting": np.ones(4, np.float32)}, {}, "a weighting of shape .4,. does not fit"),
        ({"back": np.ones((3, 4), np.float32)}, {}, "back of shape .3, 4. does not fit"),
        ({}, {"unit": "yes"}, "unit is True or False, not 'yes'"),
        ({}, {"metric": "foo"}, "a metric is one of cosine, dot, euclidean, not 'foo'"),
        ({}, {"source_fingerprint": 5}, "a fingerprint is a string"),
    ],
)
def test_a_damaged_file_is_refused(parts, kept, message, tmp_path):
    rows = np.random.default_rng(0).standard_normal((50, 4))
    whole = align.Procrustes().fit(Vectors(range(50), rows), Vectors(range(50), rows[:, ::-1])).to_model()
    recipe = {**whole.recipe, "alignment": {**whole.recipe["alignment"], **kept}}
    Model({}, parts={**whole.parts, **parts}, recipe=recipe).save(tmp_path / "map.safetensors")
    with pytest.raises(FormatError, match=f"map.safetensors.*{message}"):
        align.load(tmp_path / "map.safetensors")
