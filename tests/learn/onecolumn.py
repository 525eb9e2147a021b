"""Learners over columns, tried without the table around them: in float64, and with all that they count."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from firth.data.columns import read_table
from firth.learn.columnwise import Block, Learnt


class Tried(NamedTuple):
    """What a learner learned, what it made of the later values, and what it made of that again."""

    learnt: Learnt
    block: Block
    back: list[Any]

    @property
    def numbers(self) -> np.ndarray:
        """The first encoded column."""
        return self.block.matrix[:, 0]


def tried(learner: Any, values: Any, later: Any = None) -> Tried:
    """Learn from one column called "x", encode the later one (the same if None) and go back."""
    learnt = learner.learn([read_table({"x": values})["x"]])
    block = learner.encode(learnt, [read_table({"x": values if later is None else later})["x"]])
    assert block.matrix.shape[1] == len(learner.names(learnt, ["x"]))
    return Tried(learnt, block, learner.decode(learnt, block.matrix)[0])
