"""The loss of an epoch, measured on pairs that are not trained on.

Training threads race, so a loss summed up on the way would be of no certain state of the model. Instead a
fixed sample of positions is held out: the words there get no window while training (they still stand in the
windows of their neighbours), and after each epoch the loss of their pairs is computed from the matrices as
they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firth.data.sequences import Sequences
from firth.kernels.stream import HELD_RUN

__all__ = ["HeldOut", "hold_out", "holdout_period"]

_RUNS = 640  # held-out runs of positions, divided by the window: some 20,000 pairs
_LEAST_PERIOD = 100  # at most one run in a hundred
_CELLS = 1 << 19  # numbers measured at a time
_NOISE = 2_000_000  # noise words drawn in all, at most


def holdout_period(tokens: int, window: int) -> int:
    """Every how many runs of HELD_RUN positions one is held out; 0 if a corpus is too small to spare any."""
    runs = tokens // HELD_RUN
    return max(_LEAST_PERIOD, runs // _wanted(window)) if runs >= 2 * _LEAST_PERIOD else 0


def _wanted(window: int) -> int:
    return max(4, _RUNS // window)


@dataclass(frozen=True)
class HeldOut:
    """Pairs of words with noise words for each.

    Attributes:
        inputs, outputs: int32, (n,).
        noise: int32, (n, negative).
        apart: whether the pairs are kept out of training.
    """

    inputs: NDArray[np.int32]
    outputs: NDArray[np.int32]
    noise: NDArray[np.int32]
    apart: bool

    def loss(self, words: NDArray[np.float32], contexts: NDArray[np.float32]) -> float | None:
        """The mean over the pairs of -log σ(x·c) - Σ_n log σ(-x·c_n), in nats; None if there are no pairs.

        Args:
            words, contexts: float32, (vocabulary, d): the input and the output rows.
        """
        if not self.inputs.size:
            return None
        total = 0.0
        step = max(1, _CELLS // (words.shape[1] * self.noise.shape[1]))
        for start in range(0, self.inputs.size, step):
            chunk = slice(start, start + step)
            x = words[self.inputs[chunk]].astype(np.float64)
            good = np.einsum("nd,nd->n", x, contexts[self.outputs[chunk]])
            bad = np.einsum("nd,nkd->nk", x, contexts[self.noise[chunk]])
            total += float(np.logaddexp(0, -good).sum() + np.logaddexp(0, bad).sum())
        return total / self.inputs.size


def hold_out(
    sequences: Sequences,
    *,
    period: int,
    window: int,
    negative: int,
    dynamic: bool,
    keep: NDArray[np.uint32],
    bounds: NDArray[np.uint32],
    seed: int,
) -> HeldOut:
    """Draw the held-out pairs as training would draw them: thinned out, with windows and noise words.

    Args:
        period: from `holdout_period`; 0 takes the pairs from all positions of a small corpus instead, not
            held out.
        keep, bounds: from `firth.learn.sampling`.
    """
    random = np.random.default_rng((seed, 0x10C5))
    total = int(sequences.offsets[-1])
    runs = (
        range(period - 1, total // HELD_RUN, period)
        if period
        else range(min(-(-total // HELD_RUN), _wanted(window)))
    )
    inputs: list[NDArray[np.int32]] = []
    outputs: list[NDArray[np.int32]] = []
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
            outputs.append(tokens[stays[near]])
            inputs.append(np.full(near.size, tokens[stays[centre]], np.int32))
    x = np.concatenate(inputs) if inputs else np.empty(0, np.int32)
    y = np.concatenate(outputs) if outputs else np.empty(0, np.int32)
    most = max(1, _NOISE // negative)
    if x.size > most:  # an even choice of them
        chosen = np.linspace(0, x.size - 1, most).astype(np.int64)
        x, y = x[chosen], y[chosen]
    noise = np.searchsorted(bounds, random.integers(0, 2**32, (x.size, negative), np.uint32)).astype(np.int32)
    return HeldOut(x, y, noise, bool(period))
