"""Any order of adding, replacing, removing, searching, saving and compacting, against a dictionary."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import firth
from firth import Vectors
from firth.index import HNSW, IVF, IVFPQ, LSH, Binary, BranchAndBound, Exact, IndexRecipe, Tree
from firth.neighbours import scores_of_pairs

DIM = 6
SPACE = "one space"
FIRST = 80
POOL = np.random.default_rng(3).normal(size=(24, DIM)).astype(np.float32)  # few rows, so that ties are common
KEYS = st.integers(0, 119)
ROWS = st.integers(0, len(POOL) - 1)
METRICS = st.sampled_from(["cosine", "dot", "euclidean"])

RECIPES: dict[str, IndexRecipe] = {
    "Binary": Binary(),
    "BranchAndBound": BranchAndBound(leaf=8),
    "Exact": Exact(),
    "HNSW": HNSW(links=8, ef_construction=40),
    "IVF": IVF(lists=4),
    "IVFPQ": IVFPQ(lists=4, parts=3, bits=4),
    "LSH": LSH(tables=4),
    "Tree": Tree(leaves=4),
}


def vectors_of(rows: dict[str, np.ndarray]) -> Vectors:
    return Vectors(list(rows), np.array(list(rows.values())).reshape(-1, DIM), fingerprint=SPACE)


class IndexMachine(RuleBasedStateMachine):
    recipe: IndexRecipe

    @initialize(metric=METRICS)
    def build(self, metric: str) -> None:
        random = np.random.default_rng(1)
        self.metric = metric
        self.rows = {f"k{i}": POOL[random.integers(len(POOL))] for i in range(FIRST)}
        self.index = self.recipe.build(vectors_of(self.rows), metric=metric, run=firth.Run(threads=1))

    @rule(keys=st.lists(KEYS, min_size=1, max_size=5, unique=True), row=ROWS)
    def add(self, keys: list[int], row: int) -> None:
        new = {f"k{key}": POOL[(row + i) % len(POOL)] for i, key in enumerate(keys)}
        if new.keys() & self.rows.keys():
            with pytest.raises(firth.errors.DataError, match="are in the index already"):
                self.index.add(vectors_of(new))
            self.index.add(vectors_of(new), replace=True)
        else:
            self.index.add(vectors_of(new))
        for key in new:  # an id that comes again comes last
            self.rows.pop(key, None)
        self.rows.update(new)

    @rule(keys=st.lists(KEYS, min_size=1, max_size=8, unique=True))
    def remove(self, keys: list[int]) -> None:
        ids = [f"k{key}" for key in keys]
        if all(id in self.rows for id in ids):
            self.index.remove(ids)
            for id in ids:
                del self.rows[id]
        else:
            with pytest.raises(firth.errors.UnknownIdError):
                self.index.remove(ids)

    @precondition(lambda self: len(self.rows) > 20)
    @rule()
    def compact(self) -> None:
        self.index = self.index.compact(run=firth.Run(threads=1))

    @rule()
    def save_and_load(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.index.save(Path(folder) / "an.index")
            self.index = firth.index.load(Path(folder) / "an.index")

    @rule(row=ROWS, k=st.integers(1, 130), some=st.booleans())
    def search(self, row: int, k: int, some: bool) -> None:
        query = POOL[row] + np.float32(0.01)
        only = list(self.rows)[::2] if some else None
        among = self.rows if only is None else {id: self.rows[id] for id in only}
        hits = self.index.search(query, k, only=only)
        assert len(hits) == min(k, len(among))
        assert set(hits.ids) <= among.keys()
        assert len(set(hits.ids)) == len(hits)
        if not len(hits):
            return
        true = scores_of_pairs(query[None], np.array([self.rows[id] for id in hits.ids]), self.metric)
        np.testing.assert_allclose(hits.scores, true, rtol=2e-5, atol=2e-6)
        assert (np.diff(hits.scores) <= 0).all()
        if type(self.recipe) in (Exact, BranchAndBound) or k >= len(among):
            all_scores = scores_of_pairs(query[None], np.array(list(among.values())), self.metric)
            best = np.sort(all_scores)[::-1][: len(hits)]
            np.testing.assert_allclose(hits.scores, best, rtol=2e-5, atol=2e-6)

    @invariant()
    def the_ids_are_those_of_the_dictionary(self) -> None:
        assert len(self.index) == len(self.rows)
        assert "k200" not in self.index
        for id in list(self.rows)[:2]:
            assert id in self.index


@pytest.mark.parametrize("name", RECIPES)
def test_any_order_of_changes(name: str):
    machine = type(f"{name}Machine", (IndexMachine,), {"recipe": RECIPES[name]})
    case = machine.TestCase
    case.settings = settings(max_examples=8, stateful_step_count=15, deadline=None)
    case("runTest").runTest()
