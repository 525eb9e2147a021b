"""A sparse table in combs: whole, alike, and in an order of its own each epoch."""

import pytest

from firth.learn import combs
from firth.learn.combs import Combs


@pytest.mark.parametrize("counts", [1, 15, 16, 17, 1000, 2048, 12_345, 200_000])
def test_every_run_is_in_one_comb(counts, monkeypatch):
    monkeypatch.setattr(combs, "_LARGEST", 1 << 12)
    table = Combs(counts, seed=1)
    runs, positions = [], [0]
    for comb in table.in_epoch(0):
        mine = range(comb.first, -(-counts // combs.RUN), comb.step)
        runs += mine
        assert comb.stop - comb.start == sum(min(combs.RUN, counts - combs.RUN * run) for run in mine)
        assert 0 < comb.stop - comb.start <= table.largest
        assert comb.start == positions[-1]
        positions.append(comb.stop)
    assert sorted(runs) == list(range(-(-counts // combs.RUN)))
    assert positions[-1] == counts


def test_combs_are_alike_in_size_and_many_enough_for_several_threads():
    sizes = [comb.stop - comb.start for comb in Combs(1_000_000, seed=1).in_epoch(0)]
    assert len(sizes) >= 64
    assert max(sizes) - min(sizes) <= combs.RUN


def test_each_epoch_has_its_order_and_the_seed_decides():
    orders = [
        [comb.first for comb in Combs(100_000, seed=seed).in_epoch(epoch)]
        for seed, epoch in [(1, 0), (1, 1), (2, 0), (1, 0)]
    ]
    assert orders[0] == orders[3]
    assert orders[0] != orders[1]
    assert orders[0] != orders[2]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(orders[2])
