"""NumPy twins of the kernels: slow, short, and the place to read what a kernel computes.

The tests run each kernel against its twin here on random input.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["look_up"]


# --- hashing


def strings(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> list[bytes]:
    """The byte strings of the table (data, offsets)."""
    return [data[a:b].tobytes() for a, b in itertools.pairwise(offsets)]


def look_up(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    query_data: NDArray[np.uint8],
    query_offsets: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Twin of `hashing.look_up`: the row of each query string in the table, or -1."""
    row_of = {key: row for row, key in enumerate(strings(data, offsets))}
    return np.array([row_of.get(key, -1) for key in strings(query_data, query_offsets)], dtype=np.int64)


# --- topk


def keep_best(
    keys: NDArray[Any], excluded: NDArray[np.int64], k: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Twin of `topk.keep_best` over all rows at once: the k best of the keys (m, n) and their rows, sorted.

    By falling key, equal keys by rising row; -inf and -1 where fewer keys are left that may be kept.
    """
    m, n = keys.shape
    best = np.full((m, k), -np.inf, keys.dtype)
    rows = np.full((m, k), -1, np.int64)
    for i in range(m):
        allowed = (keys[i] > -np.inf) & ~np.isin(np.arange(n), excluded[i])
        order = np.flatnonzero(allowed)
        order = order[np.lexsort((order, -keys[i, order]))][:k]
        best[i, : order.size], rows[i, : order.size] = keys[i, order], order
    return best, rows


def exact_scores(
    queries: NDArray[np.float32], matrix: NDArray[np.float32], rows: NDArray[np.int64], metric: int
) -> NDArray[np.float64]:
    """Twin of `topk.exact_scores`: the scores of queries (m, d) with their rows (m, k); -inf for row -1."""
    q, x = queries[:, None, :].astype(np.float64), matrix[rows].astype(np.float64)
    if metric == 2:
        scores = -np.sqrt(((q - x) ** 2).sum(2))
    else:
        scores = (q * x).sum(2)
    if metric == 0:
        norms = np.sqrt((q**2).sum(2)), np.sqrt((x**2).sum(2))
        zero = (norms[0] < np.finfo(np.float32).tiny) | (norms[1] < np.finfo(np.float32).tiny)
        scores = np.where(zero, 0.0, scores / np.where(zero, 1.0, norms[0] * norms[1]))
    return np.where(rows < 0, -np.inf, scores)


# --- text


def count_text(text: bytes) -> tuple[list[bytes], list[int], list[int]]:
    """Twin of `text.count_text`: the different tokens in order of appearance, their counts, and the ids."""
    row_of: dict[bytes, int] = {}
    counts: list[int] = []
    ids: list[int] = []
    for number, line in enumerate(text.split(b"\n")):
        if number:
            ids.append(-1)
        for token in line.translate(bytes.maketrans(b"\x1c\x1d\x1e\x1f", b"    ")).split():
            row = row_of.setdefault(token, len(row_of))
            if row == len(counts):
                counts.append(0)
            counts[row] += 1
            ids.append(row)
    return list(row_of), counts, ids


def encode(ids: list[int], meaning: list[list[int]]) -> tuple[list[int], list[int], int]:
    """Twin of `text.encode`: the tokens, the tokens of each ended line, those of the line not ended yet.

    Here meaning[i] is simply the list of final ids that provisional id i becomes.
    """
    lines: list[list[int]] = [[]]
    for i in ids:
        if i < 0:
            lines.append([])
        else:
            lines[-1] += meaning[i]
    lengths = [len(line) for line in lines]
    return [token for line in lines for token in line], lengths[:-1], lengths[-1]


# --- wordvectors


def parse_rows(text: bytes, dim: int) -> tuple[list[bytes], NDArray[np.float32]]:
    """Twin of `wordvectors.parse_rows` for keyed text without mistakes: the keys and the matrix (n, dim)."""
    keys, rows = [], []
    for line in text.split(b"\n"):
        key, *numbers = line.removesuffix(b"\r").rstrip(b" \t").replace(b"\t", b" ").rsplit(b" ", dim)
        keys.append(key)
        rows.append([np.float32(float(number)) for number in numbers])
    return keys, np.array(rows, np.float32).reshape(-1, dim)


def print_rows(keys: list[bytes], matrix: NDArray[np.float32]) -> bytes:
    """Twin of `wordvectors.print_rows`, which may print other digits that mean the same float32."""
    rows = zip(keys, matrix, strict=True)
    return b"".join(key + b"".join(b" %s" % str(x).encode() for x in row) + b"\n" for key, row in rows)


def binary_rows(text: bytes, n: int, dim: int) -> tuple[list[bytes], NDArray[np.float32]]:
    """Twin of `wordvectors.scan_binary_rows` and `copy_binary_rows`: the keys and the matrix (n, dim)."""
    keys, rows = [], []
    for row in range(n):
        key, text = (text.removeprefix(b"\n") if row else text).split(b" ", 1)
        keys.append(key)
        rows.append(np.frombuffer(text, "<f4", dim))
        text = text[4 * dim :]
    return keys, np.array(rows, np.float32).reshape(n, dim)


def join_binary_rows(keys: list[bytes], matrix: NDArray[np.float32]) -> bytes:
    """Twin of `wordvectors.join_binary_rows`."""
    return b"".join(
        key + b" " + row.astype("<f4").tobytes() + b"\n" for key, row in zip(keys, matrix, strict=True)
    )


# --- tiles
# The operands lie in one flat scratch array s and are named by the position of their first element. `tiles`
# itself uses these functions where compilation is switched off.


def _matrix(
    s: NDArray[np.float32], start: int, rows: int, step: int, columns: int, stride: int = 1
) -> NDArray[np.float32]:
    """The view of s whose element (r, k) is s[start + r * step + k * stride]."""
    return np.lib.stride_tricks.as_strided(s[start:], (rows, columns), (4 * step, 4 * stride))


def product(
    s: NDArray[np.float32], c: int, ldc: int, a: int, a_row: int, a_k: int, b: int, ldb: int,
    depth: int, rows: int, vectors: int,
) -> None:  # fmt: skip
    """Twin of `tiles.product`: C = A B, for C (rows, vectors * LANES), A (rows, depth) and B."""
    from firth.kernels.tiles import LANES

    left, right = _matrix(s, a, rows, a_row, depth, a_k), _matrix(s, b, depth, ldb, vectors * LANES)
    _matrix(s, c, rows, ldc, vectors * LANES)[:] = left @ right


def add_product(
    s: NDArray[np.float32], matrix: NDArray[np.float32], chosen: NDArray[np.int64], first: int, rows: int,
    a: int, a_row: int, a_k: int, b: int, ldb: int, depth: int,
) -> None:  # fmt: skip
    """Twin of `tiles.add_product`: the rows of A B are added to the chosen rows of the matrix."""
    left, right = _matrix(s, a, rows, a_row, depth, a_k), _matrix(s, b, depth, ldb, matrix.shape[1])
    np.add.at(matrix, chosen[first : first + rows], left @ right)


def dots(s: NDArray[np.float32], out: int, x: int, y: int, ldy: int, vectors: int, n: int) -> None:
    """Twin of `tiles.dots`: the products of one row with n rows."""
    from firth.kernels.tiles import LANES

    s[out : out + n] = _matrix(s, y, n, ldy, vectors * LANES) @ s[x : x + vectors * LANES]


def transpose(
    s: NDArray[np.float32], target: int, ldt: int, source: int, lds: int, rows: int, columns: int
) -> None:
    """Twin of `tiles.transpose`."""
    _matrix(s, target, columns, ldt, rows)[:] = _matrix(s, source, rows, lds, columns).T


def sigmoid(s: NDArray[np.float32], place: int, n: int, weights: int, stride: int) -> float:
    """Twin of `tiles.sigmoid`, with an exact σ."""
    from firth.kernels.tiles import LANES

    n, stride = -(-n // LANES) * LANES, -(-stride // LANES) * LANES
    x = s[place : place + n].copy()
    with np.errstate(over="ignore", invalid="ignore"):
        s[place : place + n] = s[weights + np.arange(n) % stride] / (1 + np.exp(-x))
        return float((x * 0).sum())


def exponential(s: NDArray[np.float32], place: int, n: int) -> float:
    """Twin of `tiles.exponential`, with an exact exp."""
    from firth.kernels.tiles import LANES

    x = s[place : place - (-n // LANES) * LANES].copy()
    with np.errstate(invalid="ignore"):
        s[place : place + x.size] = np.exp(np.clip(x, -87, 87))
        return float((x * 0).sum())


def gather(s: NDArray[np.float32], place: int, matrix: NDArray[np.float32], row: int) -> None:
    """Twin of `tiles.gather`."""
    s[place : place + matrix.shape[1]] = matrix[row]


def prefetch(matrix: NDArray[np.float32], row: int) -> None:
    """Twin of `tiles.prefetch`: only the processor notices."""


# --- stream


def splitmix(state: int) -> tuple[int, int]:
    """Twin of `stream.splitmix`."""
    full = 2**64 - 1
    state = (state + 0x9E3779B97F4A7C15) & full
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & full
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & full
    return state, z ^ (z >> 31)


def splitmix_words(state: np.uint64) -> tuple[np.uint64, np.uint64]:
    """`splitmix` of words that wrap around without a warning."""
    following, bits = splitmix(int(state))
    return np.uint64(following), np.uint64(bits)


def draw_stream(
    tokens: NDArray[np.int32], offsets: NDArray[np.int64], first: int, keep: NDArray[np.uint32], window: int,
    dynamic: bool, holdout: int, seed: int,
) -> tuple[list[int], list[int], list[int]]:  # fmt: skip
    """Twin of `stream.draw_stream`: the words that stay, and where the window of each begins and ends."""
    words: list[int] = []
    low: list[int] = []
    high: list[int] = []
    state = seed
    for begin, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        start, radii = len(words), []
        for p in range(begin, end):
            state, bits = splitmix(state)
            if bits & 0xFFFFFFFF <= int(keep[tokens[p]]):
                held = holdout and (first + p) // 32 % holdout == holdout - 1
                radii.append(0 if held else 1 + (bits >> 32) % window if dynamic else window)
                words.append(int(tokens[p]))
        last = len(words) - 1
        low += [max(start, start + i - radius) for i, radius in enumerate(radii)]
        high += [min(last, start + i + radius) for i, radius in enumerate(radii)]
    return words, low, high


def noise_words(bounds: NDArray[np.uint32], state: int, m: int) -> tuple[int, list[int]]:
    """Twin of `stream.draw_noise`: the next state, and m stratified noise words."""
    drawn, part = [], 2**32 // m
    for k in range(m):
        state, bits = splitmix(state)
        drawn.append(int(np.searchsorted(bounds, k * part + ((bits >> 32) * part >> 32))))
    return state, drawn


def lone_words(
    share: NDArray[np.uint32], other: NDArray[np.int32], state: int, m: int
) -> tuple[int, list[int]]:
    """Twin of `stream.draw_alone`: the next state, and m noise words."""
    drawn = []
    for _ in range(m):
        state, bits = splitmix(state)
        place = (bits >> 32) * share.size >> 32
        drawn.append(place if bits & 0xFFFFFFFF <= int(share[place]) else int(other[place]))
    return state, drawn


# --- skip-gram and CBOW


def train_skipgram(
    words: list[int], low: list[int], high: list[int], inputs: NDArray[np.float64],
    outputs: NDArray[np.float64], bounds: NDArray[np.uint32], negative: int, noise: int, rate: float,
    rate_step: float, seed: int, block: int = 32, most: float = 1.0,
) -> int:  # fmt: skip
    """Twin of `skipgram.train`: the step in blocks that its docstring states. Returns how many pairs."""
    state, coming = noise_words(bounds, seed, noise)
    pairs = 0
    for start in range(0, len(words), block):
        drawn = coming
        state, coming = noise_words(bounds, state, noise)
        own = np.array(words[start : start + block])
        lows, highs = np.array(low[start : start + block]), np.array(high[start : start + block])
        first, last = lows.min(), highs.max()
        near = np.array(words[first : last + 1])
        positions = np.arange(first, last + 1)
        centre = start + np.arange(own.size)
        inside = (positions >= lows[:, None]) & (positions <= highs[:, None]) & (positions != centre[:, None])
        lr = rate - rate_step * start
        X, C, N = inputs[own], outputs[near], outputs[drawn]
        P = np.where(inside, lr * (1 - _sigma(X @ C.T)), 0)
        weight = lr * inside.sum(axis=1) * negative / noise
        Q = -weight * _sigma(N @ X.T)
        kept_own = _shares(own, P.sum(axis=1) - Q.sum(axis=0), most)
        kept = _shares(np.append(near, drawn), np.append(P.sum(axis=0), -Q.sum(axis=1)), most)
        P *= np.minimum(kept_own[:, None], kept[: near.size])
        Q *= np.minimum(kept[near.size :, None], kept_own)
        np.add.at(inputs, own, P @ C + Q.T @ N)
        np.add.at(outputs, near, P.T @ X)
        np.add.at(outputs, drawn, Q @ X)
        pairs += int(inside.sum())
    return pairs


def _step_each(
    p: NDArray[np.float64], Q: NDArray[np.float64], X: NDArray[np.float64], N: NDArray[np.float64],
    outputs: NDArray[np.float64], own: NDArray[Any] | list[int], drawn: list[int],
) -> NDArray[np.float64]:  # fmt: skip
    """The output rows take their steps, those of the targets in turn. Returns the steps of X."""
    G: NDArray[np.float64] = Q.T @ N
    for i, word in enumerate(own):
        G[i] += p[i] * outputs[word]
        outputs[word] += p[i] * X[i]
    np.add.at(outputs, drawn, Q @ X)
    return G


def _shares(rows: NDArray[np.int64], pulls: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """What share of its pull each place may keep, so that the places of no row pull with more than `most`."""
    totals: NDArray[np.float64] = (rows[:, None] == rows) @ pulls
    return np.divide(most, np.maximum(totals, most))


def _sigma(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


# --- analogies


def best_answers(
    units: NDArray[np.float32],
    question_rows: NDArray[np.int64],
    multiply: bool,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Twin of `analogies.best_answers` over all unit rows (n, d) at once: keys, ties, hits."""
    rows = units.astype(np.float64)
    similar = rows @ rows.T
    similar = (similar + 1) / 2 if multiply else similar
    a, b, c = (similar[question_rows[:, i]] for i in range(3))
    keys = b * c / (a + 1e-6) if multiply else b - a + c
    keys[np.arange(len(keys))[:, None], question_rows[:, :3]] = -np.inf
    keys[np.isnan(keys)] = -np.inf
    return among_best(keys, question_rows[:, 3])


def among_best(
    keys: NDArray[np.float64], answers: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """The greatest key of each question, of keys (q, n) with -inf where there is none; how many rows have it;
    and whether that of the right answer is among them."""
    best = keys.max(axis=1, keepdims=True)
    margin = 1e-12 * np.maximum(1, np.abs(np.where(best > -np.inf, best, 0)))
    equal = (keys >= best - margin) & (best > -np.inf)
    return best[:, 0], equal.sum(axis=1), equal[np.arange(len(keys)), answers].astype(np.int64)


# --- means


def weighted_means(
    tokens: NDArray[np.int32],
    offsets: NDArray[np.int64],
    weights: NDArray[np.float32],
    matrix: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Twin of `means.weighted_means`: a mean a sequence, zeros for an empty one."""
    rows = weights[tokens, None].astype(np.float64) * matrix[tokens]
    sums = [rows[a:b].sum(axis=0) for a, b in itertools.pairwise(offsets)]
    return np.array(sums).reshape(-1, matrix.shape[1]) / np.maximum(np.diff(offsets), 1)[:, None]


# --- lines


def spell_lines(
    data: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    tokens: NDArray[np.int32],
    offsets: NDArray[np.int64],
) -> bytes:
    """Twin of `lines.spell_lines`: what it writes."""
    words = strings(data, bounds)
    lines = (b" ".join(words[token] for token in tokens[a:b]) for a, b in itertools.pairwise(offsets))
    return b"".join(line + b"\n" for line in lines)
