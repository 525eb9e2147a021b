"""Moving to a new model: what a map keeps of an old index, how surely, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firth import Vectors
from firth.align import Procrustes, load
from firth.align.adapters import Adapter
from firth.align.keeping import compare_kept
from firth.align.moving import adapter
from firth.errors import DataError, FormatError, OptionError, SpaceMismatchError


def models(n=400, dim=12, *, noise=0.0, new_dim=None, seed=0, metric="cosine"):
    """Two models of the same objects: the new one sees them through another matrix, with some noise."""
    random = np.random.default_rng(seed)
    rows = random.standard_normal((n, dim)) + 0.5
    if new_dim is None:
        through = np.linalg.qr(random.standard_normal((dim, dim)))[0]
    else:
        through = random.standard_normal((dim, new_dim)) / np.sqrt(dim)
    seen = (rows + noise * random.standard_normal(rows.shape)) @ through
    ids = [f"doc{i}" for i in range(n)]
    return Vectors(ids, rows, metric=metric), Vectors(ids, seen, metric=metric)


# --- what is kept ---


def test_a_turn_loses_nothing():
    old, new = models()
    moved = adapter(old, new)
    for name in ("new neighbours kept", "old neighbours kept", "new neighbours the old model finds"):
        assert moved.report[name].value == 1.0
    assert moved.report["new neighbours kept"].n == 80
    assert moved.report.details["kind"] in ("procrustes", "ridge")
    np.testing.assert_allclose(moved.apply(new).unit().matrix, old.unit().matrix, atol=1e-3)
    np.testing.assert_allclose(moved.apply(old).unit().matrix, new.unit().matrix, atol=1e-2)
    assert "100% of" in str(moved)


def test_a_map_between_dims():
    old, new = models(noise=0.1, new_dim=30)
    moved = adapter(old, new)
    assert moved.alignment.matrix.shape == (30, 12)
    assert moved.report["old neighbours kept"].value > 0.5
    assert "procrustes was not tried: it keeps the dim, which is 30 and 12 here" in str(moved)
    assert not any(row.name.startswith("procrustes") for row in moved.report)


def test_the_figures_by_the_definition():
    old, new = models(n=60, dim=4, noise=0.4)
    alignment = Procrustes().fit(new, old)
    asked = np.array([3, 17, 59])
    kept = compare_kept(alignment, old, new, asked, k=5)
    unit_old, unit_new = old.unit().matrix, new.unit().matrix
    mapped = alignment.apply(new).unit().matrix
    for i, row in enumerate(asked.tolist()):
        near = [
            set(np.argsort(-np.where(np.arange(60) == row, -np.inf, rows @ query))[:5].tolist())
            for rows, query in (
                (unit_new, unit_new[row]),
                (unit_old, unit_old[row]),
                (unit_old, mapped[row]),
            )
        ]
        assert kept.of_new[i] == pytest.approx(len(near[0] & near[2]) / 5)
        assert kept.of_old[i] == pytest.approx(len(near[1] & near[2]) / 5)
        assert kept.models[i] == pytest.approx(len(near[0] & near[1]) / 5)


def test_more_noise_keeps_less_and_the_intervals_hold_the_share_among_all_objects():
    shares = []
    for noise in (0.05, 0.3, 1.0):
        old, new = models(n=600, noise=noise)
        row = adapter(old, new).report["old neighbours kept"]
        assert row.low < row.value < row.high
        shares.append(row.value)
        everything = compare_kept(Procrustes(centre=True).fit(new, old), old, new, np.arange(600), k=10)
        assert row.low - 0.03 < everything.of_old.mean() < row.high + 0.03
    assert shares == sorted(shares, reverse=True)


def test_unrelated_models_keep_what_chance_keeps_and_the_report_says_to_embed_again():
    old, _ = models(n=500, seed=1)
    _, new = models(n=500, seed=2)
    moved = adapter(old, new)
    assert moved.report["old neighbours kept"].value < 0.1
    assert "keeps less than half" in str(moved)


def test_a_map_that_is_too_poor_says_so():
    """Two halves turned in two ways: each model finds the same neighbours, and one turn cannot bring both."""
    random = np.random.default_rng(6)
    side = np.repeat([0, 1], 250)
    rows = random.standard_normal((500, 6)) + np.where(side, 3, -3)[:, None] * np.eye(6)[0]
    seen = rows.copy()
    turn = np.linalg.qr(random.standard_normal((5, 5)))[0]
    seen[side == 1, 1:] = rows[side == 1, 1:] @ (turn * np.sign(np.trace(turn)))
    old, new = Vectors(range(500), rows), Vectors(range(500), seen)
    poor = adapter(old, new)
    assert poor.report["new neighbours the old model finds"].value > 0.95
    assert poor.report["gain of mapped queries over the old model"].high < -0.05
    assert "embed" in str(poor)
    assert "goes on as it was" not in str(poor)
    good = adapter(*models(noise=0.02))
    assert good.report["gain of mapped queries over the old model"].value > -0.02
    assert "the old index goes on as it was" in str(good)


def test_the_kind_is_chosen_without_the_objects_that_measure_it():
    """A stretched space needs more than a turn; a turn with few objects needs no more."""
    random = np.random.default_rng(3)
    old, new = models(n=600, dim=10, noise=0.02)
    stretched = Vectors(new.ids, new.matrix @ np.diag(np.geomspace(0.1, 10, 10)))
    assert adapter(old, stretched).report.details["kind"] == "ridge"
    rows = random.standard_normal((60, 40))
    few = Vectors(range(60), rows), Vectors(range(60), rows[:, ::-1] + 0.5 * random.standard_normal((60, 40)))
    assert adapter(*few, k=3).report.details["kind"] == "procrustes"
    others = [row.name for row in adapter(old, stretched).report if ":" in row.name]
    assert others == ["procrustes: new neighbours kept", "low-rank: new neighbours kept"]


def test_the_same_call_gives_the_same_answer():
    old, new = models(noise=0.2)
    assert adapter(old, new, 200).report.to_dict() == adapter(old, new, 200).report.to_dict()


def test_real_queries():
    old, new = models(noise=0.05)
    queries = Vectors(["a", "b", "c", "d"], new.matrix[:4] + 0.01, fingerprint=new.fingerprint)
    moved = adapter(old, new, queries=queries, k=5)
    row = moved.report["new neighbours kept"]
    assert (row.n, row.value > 0.5) == (4, True)
    with pytest.raises(KeyError, match="old neighbours kept"):
        moved.report["old neighbours kept"]
    with pytest.raises(SpaceMismatchError, match="the queries are of the space"):
        adapter(old, new, queries=old)


def test_metrics_with_lengths():
    for metric in ("dot", "euclidean"):
        old, new = models(metric=metric)
        assert adapter(old, new).report["old neighbours kept"].value > 0.95


# --- the sample ---


def test_a_sample_by_number_and_by_ids():
    old, new = models()
    assert adapter(old, new, 100).report.details["sample"] == 100
    some = [f"doc{i}" for i in range(0, 200, 2)]
    moved = adapter(old, new.take(some), [*some, "unknown", some[0]])
    assert moved.report.details["sample"] == 100
    assert "1 ids of the sample have no usable row in both spaces" in str(moved)
    assert moved.alignment.source_fingerprint == new.fingerprint


def test_rows_of_no_use_are_left_out_and_counted():
    old, new = models()
    rows = new.matrix.copy()
    rows[3], rows[4, 0], rows[5, 1] = 0, np.nan, np.inf
    moved = adapter(old, Vectors(new.ids, rows))
    assert moved.report.details["sample"] == 397
    assert "left out: 3 ids zero or not finite" in str(moved)


# --- what it does ---


def test_the_direction_is_told_by_the_fingerprint():
    old, new = models(noise=0.01)
    moved = adapter(old, new)
    there = moved.apply(new.take(["doc1"]))
    assert there.fingerprint == old.fingerprint
    assert old.search(there, topn=1).ids == [["doc1"]]
    assert new.search(moved.apply(old.take(["doc1"])), topn=1).ids == [["doc1"]]
    with pytest.raises(SpaceMismatchError, match="if not the old model's, are of the space"):
        moved.apply(models(seed=5)[0])


def test_confidence_is_low_where_the_map_is_off():
    """One half of the space was turned, the other torn: nearby known objects tell which is which."""
    random = np.random.default_rng(4)
    side = np.repeat([0, 1], 400)
    rows = random.standard_normal((800, 10)) + np.where(side[:, None], 4, -4) * np.eye(10)[0]
    seen = rows.copy()
    seen[side == 1, 1:] = random.standard_normal((400, 9))
    old, new = Vectors(range(800), rows), Vectors(range(800), seen[:, ::-1])
    moved = adapter(old, new)
    sure = moved.confidence(new)
    assert sure.shape == (800,)
    assert 0 <= sure.min() <= sure.max() <= 1
    assert sure[side == 0].mean() > sure[side == 1].mean() + 0.3
    row = moved.report["confidence and share kept"]
    assert row.low > 0.3
    with pytest.raises(SpaceMismatchError):
        moved.confidence(old)


def test_an_adapter_is_saved_and_read(tmp_path: Path):
    old, new = models(noise=0.1)
    moved = adapter(old, new)
    moved.save(tmp_path / "bridge.safetensors")
    again = Adapter.load(tmp_path / "bridge.safetensors")
    assert again.apply(new) == moved.apply(new)
    assert again.apply(old) == moved.apply(old)
    assert str(again) == str(moved)
    np.testing.assert_array_equal(again.confidence(new), moved.confidence(new))
    assert load(tmp_path / "bridge.safetensors").apply(new) == moved.apply(new)
    moved.alignment.save(tmp_path / "map.safetensors")
    with pytest.raises(FormatError, match="holds an alignment and no adapter"):
        Adapter.load(tmp_path / "map.safetensors")
    old.save(tmp_path / "old.safetensors")
    with pytest.raises(FormatError, match="no alignment"):
        Adapter.load(tmp_path / "old.safetensors")


# --- bad input ---


def test_too_small_a_sample():
    old, new = models()
    with pytest.raises(DataError, match="the sample has 10 usable objects; 20 are needed"):
        adapter(old, new, 10)
    with pytest.raises(DataError, match="31 are needed to fit a map and to find 30 neighbours"):
        adapter(old, new, 25, k=30)
    with pytest.raises(DataError, match="the sample has 0 usable objects"):
        adapter(old, new, ["nothing"])


def test_one_space():
    old, _ = models()
    with pytest.raises(DataError, match="old and new are the same space"):
        adapter(old, old.take(list(old.ids)[:50]))
    with pytest.raises(DataError, match=r"have one fingerprint, .* and different rows.* name them"):
        adapter(old, old.unit())


def test_a_dot_product_index_keeps_its_lengths():
    random = np.random.default_rng(8)
    rows = random.standard_normal((300, 8)) * np.exp(random.standard_normal((300, 1)))
    turn = np.linalg.qr(random.standard_normal((8, 8)))[0]
    old, new = (Vectors(range(300), each, metric="dot") for each in (rows, rows @ turn))
    mapped = adapter(old, new).apply(new)
    assert mapped.metric == "dot"
    np.testing.assert_allclose(mapped.matrix, old.matrix, atol=1e-2)


def test_nothing_shared():
    old, new = models()
    with pytest.raises(DataError, match="old and new share no id"):
        adapter(old, Vectors([key.upper() for key in new.ids], new.matrix))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k is a whole number from 1"),
        ({"seed": -1}, "seed is a whole number from 0"),
        ({"sample": 0}, "sample is a whole number from 1"),
        ({"sample": "doc1"}, "sample is a list, not 'doc1'"),
        ({"kinds": []}, "kinds names no kind of map"),
        ({"kinds": ["linear"]}, "a kind of map is 'procrustes', 'ridge', 'low-rank', not 'linear'"),
        ({"kinds": "ridge"}, "kinds is a list, not 'ridge'"),
    ],
)
def test_options_out_of_range(options, message: str):
    old, new = models()
    with pytest.raises(OptionError, match=message):
        adapter(old, new, **options)


def test_a_turn_between_dims():
    old, new = models(new_dim=5)
    with pytest.raises(OptionError, match="procrustes cannot map dim 5 to 12; try kinds="):
        adapter(old, new, kinds=["procrustes"])


def test_an_index_in_which_all_are_alike_keeps_nothing_that_could_be_told():
    _, new = models(n=100)
    moved = adapter(Vectors(new.ids, np.ones((100, 4))), new)
    assert np.isnan(moved.report["old neighbours kept"].value)
    assert "20 of 20 of the old model's own neighbourhoods have ties at the last place" in str(moved)
    assert "cannot be said" in str(moved)


def test_queries_without_a_direction_are_counted():
    old, new = models()
    rows = np.concatenate([new.matrix[:30], np.zeros((2, 12))])
    queries = Vectors(range(32), rows, fingerprint=new.fingerprint)
    moved = adapter(old, new, queries=queries)
    assert moved.report["new neighbours kept"].total == 30
    assert "left out: 2 queries zero or not finite" in str(moved)
    for none in (np.zeros((3, 12)), np.zeros((0, 12))):
        with pytest.raises(DataError, match=r"there is no query: of . rows none is finite and not zero"):
            adapter(old, new, queries=Vectors(range(len(none)), none, fingerprint=new.fingerprint))


def test_arrays_are_of_the_new_model():
    old, new = models()
    moved = adapter(old, new)
    np.testing.assert_array_equal(moved.apply(new.matrix), moved.apply(new).matrix)
    np.testing.assert_array_equal(moved.confidence(new.matrix), moved.confidence(new))
    with pytest.raises(DataError, match=r"rows \(m, 12\) are judged, not an array of shape \(12,\)"):
        moved.confidence(new.matrix[0])
