"""`SharedRows`: which rows of one matrix each token has, and the vectors of tokens from these rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.options import check_whole
from firth.run import Run

__all__ = ["Pool", "SharedRows", "check_pool"]

Pool: TypeAlias = Literal["concat", "sum", "mean"]
"""What becomes of the vectors of a row of a table: side by side, added up, or their mean."""

_KEY = np.array([0x243F6A8885A308D3, 0x13198A2E03707345], np.uint64)
"""The key of the hash: digits of π. Models say which row is whose by it, so it never changes."""

_TOKENS = 1 << 12  # tokens composed at a time by one thread


def check_pool(pool: object) -> None:
    """Raises OptionError unless it is one."""
    if pool not in ("concat", "sum", "mean"):
        raise OptionError(f"pool is 'concat', 'sum' or 'mean', not {pool!r}")


@dataclass(frozen=True, kw_only=True)
class SharedRows:
    """How tokens are spread over the rows of a matrix, alike on every machine.

    Attributes:
        rows: how many rows there are.
        hashes: how many of them, all different, a token has.

    Raises:
        OptionError: a value is outside its range.

    >>> SharedRows(rows=2**16, hashes=2).of(Strings.of(["city=Rome"])).tolist()
    [[21153, 36786]]
    """

    rows: int = 2**16
    hashes: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", check_whole("rows", self.rows, 1, 2**31 - 1))
        object.__setattr__(self, "hashes", check_whole("hashes", self.hashes, 1, 64))
        if self.hashes > self.rows:
            raise OptionError(f"hashes={self.hashes} different rows cannot be had of rows={self.rows}")

    def of(self, tokens: Strings) -> NDArray[np.int32]:
        """The rows of n tokens, int32 (n, hashes), rising for each.

        Raises:
            DataError: the offsets of the table of tokens descend.
        """
        from firth.kernels.categories import hash_strings
        from firth.kernels.sharedrows import choose_rows

        if np.any(tokens.offsets[1:] < tokens.offsets[:-1]):  # the kernel trusts them
            raise DataError("the offsets of a table of strings never descend; these do")
        hashes = np.empty(len(tokens), np.uint64)
        hash_strings(tokens.data, tokens.offsets, _KEY, hashes)
        found = np.empty((len(tokens), self.hashes), np.int32)
        choose_rows(hashes, self.rows, found)
        return found

    def compose(
        self,
        tokens: Strings,
        used: NDArray[np.int64],
        matrix: NDArray[np.float32],
        *,
        run: Run | None = None,
    ) -> NDArray[np.float32]:
        """The vectors of n tokens: the mean of the rows of each.

        Args:
            tokens: seen in training or not.
            used: int64 (b,), the rows that there are, rising. The others count as rows of zeros.
            matrix: float32 (b, d).
            run: threads, which change no bit of the result; None for every core.

        Returns:
            float32, (n, d).

        Raises:
            DataError: the rows do not rise, or are no rows of this table.
        """
        sound = used.size == len(matrix) and not np.any(used[1:] <= used[:-1])
        if not sound or (used.size and not 0 <= used[0] <= used[-1] < self.rows):
            raise DataError(
                f"the rows of a shared table rise from 0 to at most {self.rows - 1}; these do not"
            )
        rows, out = self.of(tokens), np.empty((len(tokens), matrix.shape[1]), np.float32)

        def work(first: int) -> None:
            part = slice(first, first + _TOKENS)
            out[part] = _means(rows[part], used, matrix)

        with ThreadPoolExecutor((run or Run()).worker_count) as pool:
            list(pool.map(work, range(0, len(tokens), _TOKENS)))
        return out


def _means(
    rows: NDArray[np.int32], used: NDArray[np.int64], matrix: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The mean of the rows of each token, float64 (n, d), added up in the order of the rows."""
    total = np.zeros((len(rows), matrix.shape[1]))
    for k in range(rows.shape[1]):
        place = np.searchsorted(used, rows[:, k])
        there = np.flatnonzero(place < used.size)
        there = there[used[place[there]] == rows[there, k]]
        total[there] += matrix[place[there]]
    total /= rows.shape[1]
    return total
