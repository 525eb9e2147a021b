"""The loss of an epoch, measured on examples that are not trained on.

Training threads race, so a loss summed up on the way would be of no certain state of the model. Instead a
fixed sample of positions is held out: the words there get no window while training (they still stand in the
windows of their neighbours), and after each epoch the loss of their examples is computed from the matrices as
they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.sequences import Sequences
from firth.kernels.stream import HELD_RUN

__all__ = ["HeldOut", "Kind", "hold_out", "holdout_period"]

Kind = Literal["from_centre", "to_centre", "together"]

_RUNS = 640  # held-out runs of positions, divided by the window: some 20,000 pairs
_LEAST_PERIOD = 100  # at most one run in a hundred
_CHUNK = 4096  # examples measured at a time


def holdout_period(tokens: int, window: int) -> int:
    """Every how many runs of HELD_RUN positions one is held out; 0 if a corpus is too small to spare any."""
    runs = tokens // HELD_RUN
    return max(_LEAST_PERIOD, runs // _wanted(window)) if runs >= 2 * _LEAST_PERIOD else 0


def _wanted(window: int) -> int:
    return max(4, _RUNS // window)


@dataclass(frozen=True)
class HeldOut:
    """Examples: some input words, and the word that they should predict.

    Attributes:
        inputs: int32, flat. offsets: int64, (n + 1,): where the input words of each example begin, and the
            end.
        targets: int32, (n,).
        apart: whether the examples are kept out of training.
    """

    inputs: NDArray[np.int32]
    offsets: NDArray[np.int64]
    targets: NDArray[np.int32]
    apart: bool

    def __len__(self) -> int:
        return self.targets.size

    def loss(
        self,
        hidden: Callable[[NDArray[np.int32], NDArray[np.int64]], NDArray[np.float64]],
        losses: Callable[[NDArray[np.float64], NDArray[np.int32], int], NDArray[np.float64]],
    ) -> float | None:
        """The mean loss of the examples, in nats; None if there are none.

        Args:
            hidden: from input words and offsets to hidden vectors, float64, (m, dim).
            losses: from hidden vectors, targets and the number of the first to the loss of each; see
                `firth.learn.objectives.Objective.losses`.
        """
        if not len(self):
            return None
        total = 0.0
        for start in range(0, len(self), _CHUNK):
            stop = min(start + _CHUNK, len(self))
            offsets = self.offsets[start : stop + 1]
            x = hidden(self.inputs[offsets[0] : offsets[-1]], offsets - offsets[0])
            total += float(losses(x, self.targets[start:stop], start).sum())
        return total / len(self)


def hold_out(
    sequences: Sequences,
    *,
    period: int,
    window: int,
    dynamic: bool,
    keep: NDArray[np.uint32],
    kind: Kind,
    most: int,
    seed: int,
) -> HeldOut:
    """Draw the held-out examples as training would draw them: thinned out, and with windows.

    Args:
        period: from `holdout_period`; 0 takes the examples from all positions of a small corpus instead, not
            held out.
        keep: from `firth.learn.sampling`.
        kind: whether the word of a held-out position predicts each word around it, or each of them predicts
            it, or all of them together.
        most: how many examples at most; an even choice is made of more.
    """
    random = np.random.default_rng((seed, 0x10C5))
    total = int(sequences.offsets[-1])
    runs = (
        range(period - 1, total // HELD_RUN, period)
        if period
        else range(min(-(-total // HELD_RUN), _wanted(window)))
    )
    inputs: list[NDArray[np.int32]] = []
    targets: list[np.int32] = []
    for run in runs:
        start, stop = run * HELD_RUN, min((run + 1) * HELD_RUN, total)
        left, right = max(0, start - 4 * window), min(total, stop + 4 * window)
        tokens = sequences.slice(left, right)
        stays = np.flatnonzero(random.integers(0, 2**32, tokens.size, np.uint32) <= keep[tokens])
        sequence = np.searchsorted(sequences.offsets, left + stays, side="right")
        for centre in np.flatnonzero((left + stays >= start) & (left + stays < stop)).tolist():
            radius = int(random.integers(1, window + 1)) if dynamic else window
            near = np.arange(max(0, centre - radius), min(stays.size, centre + radius + 1))
            near = near[(near != centre) & (sequence[near] == sequence[centre])]
            own, around = tokens[stays[centre : centre + 1]], tokens[stays[near]]
            if kind == "from_centre":
                inputs += [own] * near.size
                targets += list(around)
            elif kind == "to_centre":
                inputs += np.split(around, near.size) if near.size else []
                targets += [own[0]] * near.size
            elif near.size:
                inputs.append(around)
                targets.append(own[0])
    if len(inputs) > most:  # an even choice of them
        chosen = np.linspace(0, len(inputs) - 1, most).astype(np.int64).tolist()
        inputs, targets = [inputs[i] for i in chosen], [targets[i] for i in chosen]
    offsets = np.cumsum([0, *(words.size for words in inputs)], dtype=np.int64)
    flat = np.concatenate(inputs) if inputs else np.empty(0, np.int32)
    return HeldOut(flat, offsets, np.array(targets, np.int32), bool(period))
