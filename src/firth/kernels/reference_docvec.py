"""NumPy twins of the kernels of document vectors; see `reference`."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from firth.kernels.reference import (
    _shares,
    _sigma,
    _step_each,
    draw_stream,
    lone_words,
    noise_words,
    splitmix,
)

__all__ = [
    "add_at",
    "contrast",
    "dots_at",
    "draw_stream",
    "splitmix",
    "step_at",
    "sum_at",
    "thin_out",
    "train_dbow",
    "train_dm",
]


# --- rows; `rows` itself uses these functions where compilation is switched off


def dots_at(
    s: NDArray[np.float32], out: int, x: int, matrix: NDArray[np.float32], chosen: NDArray[np.int64], n: int
) -> None:
    """Twin of `rows.dots_at`: the products of one vector with n chosen rows."""
    s[out : out + n] = matrix[chosen[:n]] @ s[x : x + matrix.shape[1]]


def step_at(
    s: NDArray[np.float32], x: int, total: int, steps: int, matrix: NDArray[np.float32],
    chosen: NDArray[np.int64], n: int,
) -> None:  # fmt: skip
    """Twin of `rows.step_at`: one row after the other, since a row may be chosen twice."""
    for j in range(n):
        sum_at(s, total, steps + j, matrix, chosen[j:], 1)
        add_at(s, x, steps + j, matrix, chosen[j:], 1)


def dot_at(
    s: NDArray[np.float32], out: int, x: int, matrix: NDArray[np.float32], chosen: NDArray[np.int64], j: int
) -> None:
    """Twin of `rows.dot_at`."""
    s[out + j] = s[x : x + matrix.shape[1]] @ matrix[chosen[j]]


def exchange_at(
    s: NDArray[np.float32], x: int, total: int, steps: int, matrix: NDArray[np.float32],
    chosen: NDArray[np.int64], j: int,
) -> None:  # fmt: skip
    """Twin of `rows.exchange_at`."""
    wide, amount = matrix.shape[1], s[steps + j]
    s[total : total + wide] += amount * matrix[chosen[j]]
    matrix[chosen[j]] += amount * s[x : x + wide]


def sum_at(
    s: NDArray[np.float32], total: int, steps: int, matrix: NDArray[np.float32], chosen: NDArray[np.int64],
    n: int,
) -> None:  # fmt: skip
    """Twin of `rows.sum_at`: a weighted sum of rows."""
    s[total : total + matrix.shape[1]] += s[steps : steps + n] @ matrix[chosen[:n]]


def add_at(
    s: NDArray[np.float32], x: int, steps: int, matrix: NDArray[np.float32], chosen: NDArray[np.int64], n: int
) -> None:
    """Twin of `rows.add_at`: multiples of one vector are added to rows."""
    np.add.at(matrix, chosen[:n], np.outer(s[steps : steps + n], s[x : x + matrix.shape[1]]))


# --- contrast, dbow, dm


def thin_out(
    tokens: NDArray[np.int32], offsets: NDArray[np.int64], keep: NDArray[np.uint32], seed: int
) -> tuple[list[int], list[int]]:
    """Twin of `dbow.thin_out`: the words that stay, and where each document ends in them."""
    words: list[int] = []
    ends: list[int] = []
    for begin, end in itertools.pairwise(offsets.tolist()):
        for token in tokens[begin:end].tolist():
            seed, bits = splitmix(seed)
            if bits & 0xFFFFFFFF <= int(keep[token]):
                words.append(token)
        ends.append(len(words))
    return words, ends


def contrast(
    x: NDArray[np.float64], chosen: list[int], n: int, lr: float, outputs: NDArray[np.float64], frozen: bool,
    most: float = 1.0,
) -> NDArray[np.float64]:  # fmt: skip
    """Twin of `contrast.contrast`: the step of x; the output rows take theirs."""
    p = -lr / (1 + np.exp(-outputs[chosen] @ x))
    p[:n] += lr
    p *= min(1.0, most / np.abs(p).sum())
    total: NDArray[np.float64] = np.zeros_like(x)
    for row, step in zip(chosen, p, strict=True):  # one after the other, since a row may be chosen twice
        total += step * outputs[row]
        if not frozen:
            outputs[row] += step * x
    return total


def train_dbow(
    words: list[int], ends: list[int], rows: list[list[int]], documents: NDArray[np.float64],
    outputs: NDArray[np.float64], share: NDArray[np.uint32], other: NDArray[np.int32], negative: int,
    rate: float, rate_step: float, seed: int, frozen: bool, piece: int = 8,
) -> int:  # fmt: skip
    """Twin of `dbow.train`; rows[i] are the rows of document i. Returns how many pairs."""
    pairs = start = 0
    for end, own in zip(ends, rows, strict=True):
        while start < end:
            now = words[start : min(end, start + piece)]
            seed, drawn = lone_words(share, other, seed, len(now) * negative)
            for row in own:
                lr = rate - rate_step * start
                documents[row] += contrast(documents[row], now + drawn, len(now), lr, outputs, frozen)
                pairs += len(now)
            start += len(now)
    return pairs


def train_dm(
    words: list[int], low: list[int], high: list[int], ends: list[int], rows: list[list[int]],
    documents: NDArray[np.float64], inputs: NDArray[np.float64], outputs: NDArray[np.float64],
    share: NDArray[np.uint32], other: NDArray[np.int32], window: int, combine: str, negative: int,
    rate: float, rate_step: float, seed: int, frozen: bool, piece: int = 8,
) -> int:  # fmt: skip
    """Twin of `dm.train`; rows[i] are the rows of document i. Returns how many words."""
    start = 0
    for end, own in zip(ends, rows, strict=True):
        for k in range(start, end):
            near = [j for j in range(low[k], high[k] + 1) if j != k]
            around = [words[j] for j in near]
            seed, drawn = lone_words(share, other, seed, negative)
            places = np.array([j - k + window - (j > k) for j in near], int)
            if combine == "concat":
                slots = np.zeros((2 * window, inputs.shape[1]))
                slots[places] = inputs[around]
                x = np.append(documents[own].mean(axis=0), slots)
            else:
                x = documents[own].sum(axis=0) + inputs[around].sum(axis=0)
                x /= len(own) + len(near) if combine == "mean" else 1
            most = 1 / (2 * window + 1) if combine == "concat" else 1.0
            lr = rate - rate_step * (k - (k - start) % piece)
            step = contrast(x, [words[k], *drawn], 1, lr, outputs, frozen, most)
            parts = step.reshape(-1, inputs.shape[1])
            documents[own] += parts[0]
            if not frozen:
                shared = parts[1 + places] if combine == "concat" else parts / (len(own) + len(near))
                np.add.at(inputs, around, shared)
        start = end
    return start


def train_dm_blocks(
    words: list[int], low: list[int], high: list[int], ends: list[int], rows: list[list[int]],
    documents: NDArray[np.float64], inputs: NDArray[np.float64], outputs: NDArray[np.float64],
    bounds: NDArray[np.uint32], negative: int, noise: int, rate: float, rate_step: float, seed: int,
    block: int = 32, most: float = 1.0,
) -> int:  # fmt: skip
    """Twin of `dmblocks.train`; rows[i] are the rows of document i. Returns how many words."""
    document = np.searchsorted(ends, np.arange(len(words)), side="right")
    state, coming = noise_words(bounds, seed, noise)
    for start in range(0, len(words), block):
        drawn = coming
        state, coming = noise_words(bounds, state, noise)
        own = np.array(words[start : start + block])
        positions = range(start, start + own.size)
        near = [[words[j] for j in range(low[k], high[k] + 1) if j != k] for k in positions]
        mine = [rows[document[k]] for k in positions]
        sizes = np.array([len(a) + len(b) for a, b in zip(near, mine, strict=True)])
        sums = [inputs[a].sum(axis=0) + documents[b].sum(axis=0) for a, b in zip(near, mine, strict=True)]
        X, C, N = np.array(sums) / sizes[:, None], outputs[own], outputs[drawn]
        lr = rate - rate_step * start
        p = lr * (1 - _sigma((X * C).sum(axis=1)))
        Q = -(lr * negative / noise) * _sigma(N @ X.T)
        kept_own = np.minimum(1, most / np.maximum(p - Q.sum(axis=0), most))
        kept = _shares(np.append(own, drawn), np.append(p, -Q.sum(axis=1)), most)
        p *= np.minimum(kept_own, kept[: own.size])
        Q *= np.minimum(kept[own.size :, None], kept_own)
        G = _step_each(p, Q, X, N, outputs, own, drawn)
        for around, rows_of, size, g in zip(near, mine, sizes, G, strict=True):
            np.add.at(inputs, around, g / size)
            documents[rows_of] += g
    return len(words)


def content_seed(tokens: NDArray[np.int32], seed: int) -> int:
    """Twin of `docvec.content_seed`."""
    for token in tokens.tolist():
        _, seed = splitmix(seed ^ token)
    return seed


def first_row(dim: int, state: int) -> tuple[int, NDArray[np.float64]]:
    """Twin of `docvec.first_row`: the next state, and the row."""
    row = np.empty(dim)
    for c in range(dim):
        state, bits = splitmix(state)
        row[c] = ((bits >> 40) / 2**24 - 0.5) / dim**0.5
    return state, row
