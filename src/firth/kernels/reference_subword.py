"""NumPy twins of the kernels of subword vectors: slow, short, and the place to read what they compute."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.kernels.pieces import BINS, CROWD
from firth.kernels.reference import _shares, _sigma, _step_each, noise_words, strings
from firth.kernels.reference_objectives import _windows

__all__ = ["compose", "entries", "ngram_table", "ngrams", "train_cbow", "train_skipgram"]


# --- n-grams


def ngrams(word: str, *, min_n: int, max_n: int) -> list[str]:
    """The n-grams of a word as text, in the order of fastText: by their beginning, then by length."""
    if word == "</s>":
        return []
    marked = f"<{word}>"
    return [
        marked[i : i + n]
        for i in range(len(marked))
        for n in range(max(1, min_n), min(max_n, len(marked) - i) + 1)
        if not (n == 1 and i in (0, len(marked) - 1))
    ]


def bucket(ngram: str, buckets: int) -> int:
    """FNV-1a of the n-gram's bytes, taken as signed, modulo the number of buckets."""
    state = 2166136261
    for byte in np.frombuffer(ngram.encode(), np.int8).tolist():
        state = ((state ^ (byte & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return state % buckets


def ngram_table(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], *, min_n: int, max_n: int, buckets: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Twin of `ngrams.ngram_table`."""
    words = [word.decode() for word in strings(data, offsets)]
    rows = [[bucket(g, buckets) for g in ngrams(word, min_n=min_n, max_n=max_n)] for word in words]
    starts = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return starts, np.array([b for row in rows for b in row], np.int32)


def compose(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    table: dict[str, int],
    own: NDArray[np.float32],
    used: NDArray[np.int64],
    rows: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Twin of `ngrams.compose`; `table` holds min_n, max_n and buckets."""
    starts, found = ngram_table(data, offsets, **table)
    of_bucket = dict(zip(used.tolist(), rows.astype(np.float64), strict=True))
    zeros = np.zeros(rows.shape[1])
    vectors = []
    for i, (start, stop) in enumerate(itertools.pairwise(starts)):
        pieces = [of_bucket.get(b, zeros) for b in found[start:stop].tolist()]
        pieces += [own[i].astype(np.float64)] if len(own) else []
        vectors.append(np.mean(pieces, axis=0) if pieces else zeros)
    return np.array(vectors).reshape(len(vectors), rows.shape[1])


# --- fastText's table of words


def entries(words: list[bytes], counts: list[int]) -> bytes:
    """Twin of `entries.join_entries`."""
    return b"".join(
        word + b"\0" + count.to_bytes(8, "little") + b"\0" for word, count in zip(words, counts, strict=True)
    )


# --- training


def train_skipgram(
    words: list[int], low: list[int], high: list[int], matrix: NDArray[np.float64],
    pieces: list[NDArray[np.int64]], outputs: NDArray[np.float64], bounds: NDArray[np.uint32], negative: int,
    noise: int, rate: float, rate_step: float, seed: int, block: int = 32, most: float = 1.0,
) -> int:  # fmt: skip
    """Twin of `subword.train_skipgram`; pieces: the rows of each word. Returns how many pairs."""
    state, coming = noise_words(bounds, seed, noise)
    pairs = 0
    for start in range(0, len(words), block):
        drawn = coming
        state, coming = noise_words(bounds, state, noise)
        own, near, inside = _windows(words, low, high, start, block)
        lr = rate - rate_step * start
        X = np.array([matrix[pieces[word]].mean(axis=0) for word in own])
        C, N = outputs[near], outputs[drawn]
        P = np.where(inside, lr * (1 - _sigma(X @ C.T)), 0)
        Q = -(lr * inside.sum(axis=1) * negative / noise) * _sigma(N @ X.T)
        pulls = P.sum(axis=1) - Q.sum(axis=0)
        kept_own = _shares(own, pulls, most)
        kept = _shares(np.append(near, drawn), np.append(P.sum(axis=0), -Q.sum(axis=1)), most)
        P *= np.minimum(kept_own[:, None], kept[: near.size])
        Q *= np.minimum(kept[near.size :, None], kept_own)
        crowd = _crowding(pulls, own, pieces)
        for word, step in zip(own, (P @ C + Q.T @ N) * CROWD / max(crowd, CROWD), strict=True):
            np.add.at(matrix, pieces[word], step)
        np.add.at(outputs, near, P.T @ X)
        np.add.at(outputs, drawn, Q @ X)
        pairs += int(inside.sum())
    return pairs


def train_cbow(
    words: list[int], low: list[int], high: list[int], matrix: NDArray[np.float64],
    pieces: list[NDArray[np.int64]], outputs: NDArray[np.float64], bounds: NDArray[np.uint32], negative: int,
    noise: int, rate: float, rate_step: float, seed: int, block: int = 32, most: float = 1.0,
) -> int:  # fmt: skip
    """Twin of `subword.train_cbow`. Returns how many pairs."""
    state, coming = noise_words(bounds, seed, noise)
    pairs = 0
    for start in range(0, len(words), block):
        drawn = coming
        state, coming = noise_words(bounds, state, noise)
        own, near, inside = _windows(words, low, high, start, block)
        lr, some = rate - rate_step * start, inside.any(axis=1)
        around: list[Any] = [
            np.concatenate([pieces[w] for w in near[row]]) if row.any() else None for row in inside
        ]
        X = np.array([np.zeros(matrix.shape[1]) if a is None else matrix[a].mean(axis=0) for a in around])
        C, N = outputs[own], outputs[drawn]
        p = np.where(some, lr * (1 - _sigma((X * C).sum(axis=1))), 0)
        Q = -(lr * some * negative / noise) * _sigma(N @ X.T)
        pulls = p - Q.sum(axis=0)
        kept_own = np.minimum(1, most / np.maximum(pulls, most))
        kept = _shares(np.append(own, drawn), np.append(p, -Q.sum(axis=1)), most)
        p = p * np.minimum(kept_own, kept[: own.size])
        Q *= np.minimum(kept[own.size :, None], kept_own)
        share = 1 / np.maximum(inside.sum(axis=1), 1)
        crowd = _crowding(inside.T @ (pulls * share), near, pieces)
        G = _step_each(p, Q, X, N, outputs, own, drawn)
        steps = share[:, None] * G * CROWD / max(crowd, CROWD)
        for a, step in zip(around, steps, strict=True):
            if a is not None:
                np.add.at(matrix, a, step)
        pairs += int(some.sum())
    return pairs


def _crowding(pulls: NDArray[np.float64], words: NDArray[np.int64], pieces: list[NDArray[np.int64]]) -> float:
    """Twin of `pieces.crowding`."""
    rows = [pieces[word] % BINS for word in words]
    weights = np.repeat(pulls, [some.size for some in rows])
    bins = np.bincount(np.concatenate(rows), weights, minlength=BINS)
    return float(max(bins[some].mean() for some in rows))
