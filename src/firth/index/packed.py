"""Four-bit codes of many rows in blocks of 64, each block of one leaf, so that a leaf is scanned quickly and
grows by filling its last block."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.kernels.leaves import pack, unpack
from firth.kernels.lookup import BLOCK

__all__ = ["PackedCodes"]

GROWTH = 1.25
Number = TypeVar("Number", np.uint8, np.int32, np.float32)


class PackedCodes:
    """The codes of numbered rows by leaf.

    Args:
        leaves: how many leaves there are.
        pairs: bytes of a code.
        halves: whether each row has a number beside its code.

    Attributes:
        blocks: uint8, (b, pairs, 64). rows: int32, (b, 64), -1 where no row is. half: float32, (b, 64), the
            numbers, infinite where no row is; (0, 64) if there are none.
        order: int32, (b,), first: int64, (leaves + 1,): leaf l has the blocks order[first[l] : first[l + 1]].
    """

    def __init__(self, leaves: int, pairs: int, *, halves: bool = False):
        self._blocks = np.zeros((0, pairs, BLOCK), np.uint8)
        self._rows = np.zeros((0, BLOCK), np.int32)
        self._half = np.zeros((0, BLOCK), np.float32)
        self._halves = halves
        self._leaf_of_block = np.zeros(0, np.int32)
        self.order = np.zeros(0, np.int32)
        self.first = np.zeros(leaves + 1, np.int64)
        self.counts = np.zeros(leaves, np.int64)

    def __len__(self) -> int:
        return int(self.counts.sum())

    @property
    def blocks(self) -> NDArray[np.uint8]:
        """The codes, without the room that is kept for more."""
        return self._blocks[: len(self._leaf_of_block)]

    @property
    def rows(self) -> NDArray[np.int32]:
        """Whose codes they are, -1 where there is no row."""
        return self._rows[: len(self._leaf_of_block)]

    @property
    def half(self) -> NDArray[np.float32]:
        """The numbers beside the codes."""
        return self._half[: len(self._leaf_of_block)]

    def append(
        self, leaves: NDArray[np.int32], codes: NDArray[np.uint8], halves: NDArray[np.float32] | None = None
    ) -> None:
        """Take in rows, numbered on from those that are here.

        Args:
            leaves: int32, (n,), each below the number of leaves.
            codes: uint8, (n, pairs).
            halves: float32, (n,), where each row has such a number.

        Raises:
            DataError: there would be more rows than int32 can number.
        """
        n, before = len(leaves), len(self)
        if before + n > np.iinfo(np.int32).max:
            raise DataError(
                f"a tree holds at most {np.iinfo(np.int32).max:,} rows, not {before + n:,}; divide them over "
                "several indexes"
            )
        by_leaf = np.argsort(leaves, kind="stable")
        added = np.bincount(leaves, minlength=len(self.counts))
        starts = np.cumsum(added) - added
        sorted_leaves = leaves[by_leaf]
        position = self.counts[sorted_leaves] + np.arange(n) - starts[sorted_leaves]
        self._make_room(-(-(self.counts + added) // BLOCK) - np.diff(self.first))
        self.counts = self.counts + added
        block = self.order[self.first[sorted_leaves] + position // BLOCK]
        row = (before + by_leaf).astype(np.int32)
        place = (position % BLOCK).astype(np.int32)
        beside = np.zeros(0, np.float32) if halves is None else halves[by_leaf]
        pack(codes[by_leaf], beside, row, block, place, self._blocks, self._rows, self._half)

    def _make_room(self, more: NDArray[np.int64]) -> None:
        """So many more empty blocks for each leaf."""
        self._leaf_of_block = np.concatenate(
            [self._leaf_of_block, np.repeat(np.arange(len(more), dtype=np.int32), more)]
        )
        n, held = len(self._leaf_of_block), len(self._blocks)
        if n > held:
            room = n if not held else max(n, int(held * GROWTH))
            self._blocks = _enlarged(self._blocks, room, 0)
            self._rows = _enlarged(self._rows, room, -1)
            if self._halves:
                self._half = _enlarged(self._half, room, np.inf)
        self.order = np.argsort(self._leaf_of_block, kind="stable").astype(np.int32)
        self.first = np.concatenate([[0], np.cumsum(np.bincount(self._leaf_of_block, minlength=len(more)))])

    def unpacked(self) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The leaf (n,) and the code (n, pairs) of every row, in the order of the rows."""
        leaves = np.empty(len(self), np.int32)
        codes = np.empty((len(self), self._blocks.shape[1]), np.uint8)
        unpack(self.blocks, self.rows, self._leaf_of_block, codes, leaves)
        return leaves, codes

    def memory(self) -> tuple[int, int]:
        """Bytes of the codes, and bytes of what lies beside them: whose they are, and the numbers."""
        order = self.order.nbytes + self.first.nbytes + self.counts.nbytes + self._leaf_of_block.nbytes
        return int(self._blocks.nbytes), int(self._rows.nbytes + self._half.nbytes + order)


def _enlarged(array: NDArray[Number], room: int, fill: float) -> NDArray[Number]:
    made = np.full((room, *array.shape[1:]), fill, array.dtype)
    made[: len(array)] = array
    return made
