"""NumPy twins of the kernels for CBOW, the Huffman tree, hierarchical softmax and the full softmax."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.reference import _shares, _sigma, _step_each, noise_words

__all__ = ["huffman", "train_cbow", "train_hierarchical", "train_softmax"]


def _windows(
    words: list[int], low: list[int], high: list[int], start: int, block: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """The words of a block, the words in reach of it, and which of these are in the window of which."""
    lows, highs = np.array(low[start : start + block]), np.array(high[start : start + block])
    first, last = min(lows.min(), start), max(highs.max(), start + lows.size - 1)
    positions, centre = np.arange(first, last + 1), start + np.arange(lows.size)
    inside = (positions >= lows[:, None]) & (positions <= highs[:, None]) & (positions != centre[:, None])
    return np.array(words[start : start + block]), np.array(words[first : last + 1]), inside


def _band(inside: NDArray[np.bool_], mean: bool) -> NDArray[np.float64]:
    """A: how much each word in reach counts in each hidden vector."""
    return inside / np.maximum(inside.sum(axis=1, keepdims=True), 1) if mean else inside.astype(np.float64)


def train_cbow(
    words: list[int], low: list[int], high: list[int], inputs: NDArray[np.float64],
    outputs: NDArray[np.float64], bounds: NDArray[np.uint32], window: int, mean: bool, negative: int,
    noise: int, rate: float, rate_step: float, seed: int, block: int = 32, most: float = 1.0,
) -> int:  # fmt: skip
    """Twin of `cbow.train`. Returns how many pairs."""
    state, coming = noise_words(bounds, seed, noise)
    pairs, gain = 0, 1 if mean else 2 * window
    for start in range(0, len(words), block):
        drawn = coming
        state, coming = noise_words(bounds, state, noise)
        own, near, inside = _windows(words, low, high, start, block)
        lr, some = rate - rate_step * start, inside.any(axis=1)
        A = _band(inside, mean)
        X, C, N = A @ inputs[near], outputs[own], outputs[drawn]
        p = np.where(some, lr * (1 - _sigma((X * C).sum(axis=1))), 0)
        Q = -(lr * some * negative / noise) * _sigma(N @ X.T)
        kept_own = np.minimum(1, most / np.maximum(gain * (p - Q.sum(axis=0)), most))
        kept = _shares(np.append(own, drawn), np.append(p, -Q.sum(axis=1)), most)
        p = p * np.minimum(kept_own, kept[: own.size])
        Q *= np.minimum(kept[own.size :, None], kept_own)
        np.add.at(inputs, near, _band(inside, True).T @ _step_each(p, Q, X, N, outputs, own, drawn))
        pairs += int(some.sum())
    return pairs


def huffman(counts: NDArray[np.int64]) -> list[list[tuple[int, int]]]:
    """Twin of `huffman.tree` and `walk`, with a heap: for each word its (inner node, side) from the root."""
    n = len(counts)
    # Of equal counts a leaf comes before a joined node, the last leaf first.
    heap = [(int(count), n - 1 - word, word) for word, count in enumerate(counts)]
    heapq.heapify(heap)
    parent: dict[int, tuple[int, int]] = {}
    for node in range(n, 2 * n - 1):
        (a, _, left), (b, _, right) = heapq.heappop(heap), heapq.heappop(heap)
        parent[left], parent[right] = (node, 0), (node, 1)
        heapq.heappush(heap, (a + b, node, node))
    ways = []
    for word in range(n):
        way, node = [], word
        while node in parent:
            node, side = parent[node]
            way.append((node - n, side))
        ways.append(way[::-1])
    return ways


def train_hierarchical(
    words: list[int], low: list[int], high: list[int], inputs: NDArray[np.float64],
    nodes: NDArray[np.float64], ways: list[list[tuple[int, int]]], together: bool, mean: bool, rate: float,
    rate_step: float, most: float = 1.0, group: int = 4,
) -> int:  # fmt: skip
    """Twin of `hierarchical.train`. Returns how many pairs."""
    pairs = 0
    for i, word in enumerate(words):
        around = np.array([words[j] for j in range(low[i], high[i] + 1) if j != i], np.int64)
        if not around.size:
            continue
        points = np.array([point for point, _ in ways[word]], np.int64)
        codes = np.array([code for _, code in ways[word]], np.float64)
        lr = rate - rate_step * i
        if together:
            A = _band(np.ones((1, around.size), np.bool_), mean)
            X, V = A @ inputs[around], nodes[points]
            P = lr * (1 - codes[:, None] - _sigma(V @ X.T))
            nodes[points] += P @ X
            np.add.at(inputs, around, A.T @ (P.T @ V) / (1 if mean else around.size))
            pairs += 1
            continue
        lr = min(lr, most / around.size)
        for some in (around[begin : begin + group] for begin in range(0, around.size, group)):
            X, V = inputs[some], nodes[points]
            P = lr * (1 - codes[:, None] - _sigma(V @ X.T))
            nodes[points] += P @ X
            np.add.at(inputs, some, P.T @ V)
        pairs += around.size
    return pairs


def train_softmax(
    words: list[int], low: list[int], high: list[int], inputs: NDArray[np.float64],
    outputs: NDArray[np.float64], together: bool, mean: bool, rate: float, rate_step: float, block: int = 32,
    most: float = 1.0,
) -> int:  # fmt: skip
    """Twin of `softmax.train`. Returns how many pairs."""
    pairs = 0
    for start in range(0, len(words), block):
        own, near, inside = _windows(words, low, high, start, block)
        lr = rate - rate_step * start
        wanted = np.zeros((len(outputs), own.size))
        for i, row in enumerate(inside):
            if together:
                wanted[own[i], i] = row.any()
            else:
                np.add.at(wanted[:, i], near[row], 1)
        X = _band(inside, mean) @ inputs[near] if together else inputs[own]
        scores = outputs @ X.T
        p = np.exp(scores - scores.max(axis=0))
        S = lr * (wanted - wanted.sum(axis=0) * p / p.sum(axis=0))
        pulls = np.abs(S).sum(axis=0)
        strongest = max(np.abs(S).sum(axis=1).max(), ((own[:, None] == own) @ pulls).max())
        S *= min(1, most / max(strongest, most))
        G = S.T @ outputs
        outputs += S @ X
        np.add.at(inputs, near if together else own, _band(inside, True).T @ G if together else G)
        pairs += int(wanted.sum())
    return pairs


# --- windows


def sum_windows(
    s: NDArray[np.float32], X: int, row: int, w: Any, low: NDArray[np.int32], high: NDArray[np.int32],
    start: int, stop: int, first: int, last: int, near: NDArray[np.int64], inputs: NDArray[np.float32],
    block: int = 32,
) -> None:  # fmt: skip
    """Twin of `windows.sum_windows`."""
    del last
    s[X : X + block * row] = 0.0
    for i in range(start, stop):
        around = [near[j - first] for j in range(low[i], high[i] + 1) if j != i]
        x = X + (i - start) * row
        s[x : x + inputs.shape[1]] = s[w.shares + i - start] * inputs[around].sum(axis=0)


def share_back(
    s: NDArray[np.float32], w: Any, low: NDArray[np.int32], high: NDArray[np.int32], start: int, stop: int,
    first: int, last: int, near: NDArray[np.int64], inputs: NDArray[np.float32],
) -> None:  # fmt: skip
    """Twin of `windows.share_back`."""
    del last
    wide = inputs.shape[1]
    for i in range(start, stop):
        around = [near[j - first] for j in range(low[i], high[i] + 1) if j != i]
        g = w.G + (i - start) * wide
        np.add.at(inputs, around, s[w.shares + i - start] * s[g : g + wide])


# --- ways


def _line(n: int) -> int:
    """How far apart the steps of two nodes are for n words."""
    return 1 << (n - 1).bit_length()


def score_way(
    s: NDArray[np.float32], p: int, rate: float, words: NDArray[np.float32], chosen: NDArray[np.int64],
    first: int, n: int, nodes: NDArray[np.float32], top: NDArray[np.float32], places: NDArray[np.int32],
    turns: NDArray[np.float32], way: int, steps: int,
) -> np.float32:  # fmt: skip
    """Twin of `ways.score_way`."""
    group = words[chosen[first : first + n]]
    strange = np.float32(0)
    for k in range(steps):
        place = places[way + k]
        scores = group @ (nodes[place] if place >= 0 else top[-1 - place])
        s[p + k * _line(n) : p + k * _line(n) + n] = rate * (turns[way + k] - _sigma(scores))
        strange += np.float32(0) * scores.sum()
    return strange


def step_way(
    s: NDArray[np.float32], p: int, words: NDArray[np.float32], chosen: NDArray[np.int64], first: int, n: int,
    into: NDArray[np.float32], nodes: NDArray[np.float32], top: NDArray[np.float32],
    places: NDArray[np.int32], way: int, steps: int,
) -> None:  # fmt: skip
    """Twin of `ways.step_way`."""
    group = words[chosen[first : first + n]]
    change = np.zeros_like(group)
    for k in range(steps):
        place = places[way + k]
        node = nodes[place] if place >= 0 else top[-1 - place]
        amounts = s[p + k * _line(n) : p + k * _line(n) + n]
        change += amounts[:, None] * node
        node += amounts @ group
    np.add.at(into, chosen[first : first + n], change)
