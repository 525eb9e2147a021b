"""A sparse table in tiles: whole, balanced, and in an order of its own each epoch."""

import numpy as np
import pytest

from firth.learn import tiling
from firth.learn.tiling import Tiles


def zipf_table(rows, columns, pairs, seed=0):
    """The pairs of a table whose first rows and columns are the fullest: starts and columns."""
    random = np.random.default_rng(seed)
    i = (rows * random.random(pairs) ** 4).astype(np.int64)
    j = (columns * random.random(pairs) ** 4).astype(np.int64)
    chosen = np.unique(i * columns + j)
    starts = np.concatenate(([0], np.cumsum(np.bincount(chosen // columns, minlength=rows))))
    return starts, (chosen % columns).astype(np.int32)


def covered(tiles, starts, columns, epoch=0):
    """How often each pair is in a tile."""
    rows = np.repeat(np.arange(starts.size - 1), np.diff(starts))
    times = np.zeros(columns.size, int)
    for tile in tiles.in_epoch(epoch):
        here = (rows >= tile.rows[0]) & (rows < tile.rows[1])
        here &= (columns >= tile.columns[0]) & (columns < tile.columns[1])
        assert here.sum() == tile.stop - tile.start > 0
        times += here
    return times


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiling, "_PAIRS", 100)
    monkeypatch.setattr(tiling, "WIDEST", 64)


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize(("rows", "columns"), [(500, 300), (1, 300), (300, 1), (1, 1)])
def test_every_pair_is_in_one_tile(rows, columns):
    starts, j = zipf_table(rows, columns, 20_000)
    tiles = Tiles(starts, j, width=columns, seed=1)
    assert (covered(tiles, starts, j) == 1).all()
    stops = [tile.stop for tile in tiles.in_epoch(0)]
    assert [tile.start for tile in tiles.in_epoch(0)] == [0, *stops[:-1]]
    assert stops[-1] == j.size
    assert tiles.largest == max(tile.stop - tile.start for tile in tiles.in_epoch(0))


@pytest.mark.usefixtures("small_tiles")
def test_bands_are_narrow_where_the_pairs_are():
    starts, j = zipf_table(2000, 2000, 50_000)
    tiles = Tiles(starts, j, width=2000, seed=1).in_epoch(0)
    heights = {tile.rows[0]: tile.rows[1] - tile.rows[0] for tile in tiles}
    assert heights[0] < 10
    assert max(heights.values()) == 64


@pytest.mark.usefixtures("small_tiles")
def test_each_epoch_has_its_order_and_the_seed_decides():
    starts, j = zipf_table(500, 300, 20_000)
    orders = [
        [(tile.rows, tile.columns) for tile in Tiles(starts, j, width=300, seed=seed).in_epoch(epoch)]
        for seed, epoch in [(1, 0), (1, 1), (2, 0), (1, 0)]
    ]
    assert orders[0] == orders[3]
    assert orders[0] != orders[1]
    assert orders[0] != orders[2]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(orders[2])


@pytest.mark.usefixtures("small_tiles")
def test_very_many_rows_make_no_more_tiles(monkeypatch):
    monkeypatch.setattr(tiling, "_BANDS", 4)
    starts, j = zipf_table(5000, 5000, 20_000)
    assert len(Tiles(starts, j, width=5000, seed=1).in_epoch(0)) <= 8 * 8
