"""What a codec costs: bytes, error, and how many of the nearest neighbours stay the nearest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.compress.codec import Codec, Floats
from firth.compress.codes import Codes
from firth.compress.given import numbers_of, vectors_of
from firth.errors import DataError
from firth.measure.intervals import bca_interval
from firth.measure.report import Report, Row
from firth.neighbours import scores_of_pairs
from firth.options import check_seed, check_whole
from firth.vectors import Vectors

__all__ = ["loss"]

Doubles = NDArray[np.float64]
Rows = NDArray[np.int64]
ROWS = 10_000
"""How many rows are decoded and compared at most."""

PAIRS = 200
"""With how many rows, drawn at random, the order of the scores of each query is compared."""


def loss(
    codec: Codec | Codes,
    vectors: Vectors,
    *,
    k: int = 10,
    queries: Vectors | ArrayLike | None = None,
    sample: int = 1_000,
    seed: int = 1,
) -> Report:
    """Measure what is lost when vectors are kept as codes.

    Args:
        codec: fitted; or the codes of these vectors.
        vectors: the originals, all of them: neighbours are looked for among all rows.
        k: how many neighbours are to be kept.
        queries: vectors of the space, or rows (m, d). None takes rows of the vectors at random, each of which
            is left out of its own answer; a codec that has not seen them in fitting is the fairer judge.
        sample: how many queries at most.
        seed: of the samples and of the bootstrap.

    Returns:
        A report. "neighbours kept" is recall@k: the share of the k that are found on the codes and are as
        near as the true k nearest, a mean over queries with its 95 % interval; "rank correlation" is
        Spearman's between true scores and those of the codes, of each query with 200 random rows;
        "squared error" is the mean squared error over the variance of the rows about their mean, "cosine" the
        mean between a row and what it is decoded to (the least is in `extra`), rows of zeros left out, both
        of at most 10,000 rows and with their intervals. "bytes" a row, with its share of the codec, "ratio"
        to float32, and the share of numbers that were "saturated" are exact and have no interval.

    Raises:
        DataError: neither a codec nor codes, or no Vectors; the codes are not of these vectors, there are
            fewer than two rows, or rows or queries that no codec can take.
        SpaceMismatchError: codec, codes or queries are of another space.
        OptionError: k, sample or seed is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> from firth.compress import Scalar, loss
    >>> rows = np.random.default_rng(0).standard_normal((500, 16)).astype(np.float32)
    >>> vectors = Vectors(range(500), rows)
    >>> report = loss(Scalar(bits=8).fit(vectors), vectors, sample=100)
    >>> report["neighbours kept"].value > 0.95, report["ratio"].value > 3
    (True, True)
    """
    if not isinstance(codec, Codec | Codes):
        raise DataError(
            f"what is lost is that of a codec or of codes, not {codec!r:.80}: Scalar(bits=8).fit(vectors)"
        )
    vectors = vectors_of(vectors, what="the originals")
    codes = codec if isinstance(codec, Codes) else codec.encode(vectors)
    _check_same(codes, vectors)
    check_seed(seed)
    k = min(check_whole("k", k, 1, 2**31 - 1), len(vectors) - 1)
    random = np.random.default_rng(seed)
    asked, own, total = _queries(vectors, queries, check_whole("sample", sample, 1, 2**31 - 1), random)
    rows = _drawn(len(vectors), ROWS, random)
    back = codes.rows(rows)
    task = type(codes.codec.recipe).__name__
    kept = _kept(codes, vectors, asked, own, k)
    ranks = _rank_correlations(codes, vectors, asked, random)
    looked = codes.report.get("numbers", vectors.matrix.size)  # of a Chain, those that its last step saw
    clipped = sum(count for name, count in codes.report.items() if name not in ("rows", "numbers"))
    shares = {name: count for name, count in codes.report.items() if name not in ("rows", "numbers")}
    figures = (
        _mean_row(task, "neighbours kept", kept, total, seed, k=k),
        _mean_row(task, "rank correlation", ranks, total, seed),
        _error_row(task, vectors.matrix[rows], back, len(vectors), seed),
        _cosine_row(task, vectors.matrix[rows], back, len(vectors), seed),
        _exact_row(task, "bytes", codes.nbytes / len(codes), len(codes), code=codes.codec.width),
        _exact_row(task, "ratio", codes.ratio, len(codes)),
        _exact_row(task, "saturated", clipped / max(1, looked), looked, **shares),
    )
    notes = (
        f"neighbours kept: of the {k} found on the codes, how many are as near as the true {k} nearest",
        "squared error: over the variance; bytes: a row, with its share of the codec",
    )
    return Report(
        title=f"loss of {codes.codec.recipe!r}",
        rows=figures,
        notes=notes,
        details={"codec": codes.codec.recipe.to_dict(), "metric": vectors.metric},
    )


def _check_same(codes: Codes, vectors: Vectors) -> None:
    if len(vectors) < 2:
        raise DataError(f"neighbours need at least two rows; there are {len(vectors)}")
    if codes.ids != vectors.ids or codes.dim != vectors.dim:
        raise DataError("the codes are not of these vectors: their ids or dims are others")


def _drawn(n: int, most: int, random: np.random.Generator) -> Rows:
    """At most so many of n row numbers, rising."""
    drawn = np.arange(n) if n <= most else np.sort(random.choice(n, most, replace=False))
    return drawn.astype(np.int64)


def _queries(
    vectors: Vectors, queries: Any, sample: int, random: np.random.Generator
) -> tuple[Floats, Rows, int]:
    """The query rows (m, d), the row of the vectors that each is, -1 for those from outside, and how many
    there were to draw from."""
    if queries is None:
        own = _drawn(len(vectors), sample, random)
        return vectors.matrix[own], own, len(vectors)
    if isinstance(queries, Vectors):
        vectors.search(queries.take([]), topn=1)  # raises if they are of another space or dim
        queries = queries.matrix
    given = numbers_of(queries, what="queries")
    if given.ndim != 2 or not len(given):
        raise DataError(f"queries are rows (m, {vectors.dim}), not {given.dtype} of shape {given.shape}")
    chosen = _drawn(len(given), sample, random)
    rows = np.ascontiguousarray(given[chosen], np.float32)
    return rows, np.full(len(chosen), -1, np.int64), len(given)


def _kept(codes: Codes, vectors: Vectors, asked: Floats, own: Rows, k: int) -> Doubles:
    """recall@k of each query, float64, (m,).

    What counts is the true score of what was found: of rows that are equally near, any is as good. Scores are
    equal if they are as float32, which is how searches order and answer them; so rows of any length and
    distance are judged alike.
    """
    found = _without(codes.search(asked, k + 1).rows, own)[:, :k]
    true = _without(vectors.search(asked, topn=k + 1).rows, own)[:, :k]
    least = _scores(asked, vectors, true).reshape(-1, k).min(axis=1).astype(np.float32)
    scores = _scores(asked, vectors, found).reshape(-1, k).astype(np.float32)
    return np.asarray((scores >= least[:, None]).mean(axis=1), np.float64)


def _without(rows: Rows, own: Rows) -> Rows:
    """Each row of numbers without that of the query itself, or else without its last."""
    is_own = (rows == own[:, None]) & (rows >= 0)  # -1 is a place without an answer, and nobody's own
    is_own[~is_own.any(axis=1), -1] = True
    return np.asarray(rows[~is_own].reshape(len(rows), -1))


def _scores(asked: Floats, vectors: Vectors, rows: Rows) -> Doubles:
    """The true scores of rows (m, c) for their queries; -inf for places without an answer."""
    flat = rows.ravel()
    repeated = np.repeat(asked, rows.shape[1], axis=0)
    scores = scores_of_pairs(repeated, vectors.matrix[np.maximum(flat, 0)], vectors.metric)
    return np.where(flat < 0, -np.inf, scores)


def _rank_correlations(codes: Codes, vectors: Vectors, asked: Floats, random: np.random.Generator) -> Doubles:
    """Spearman's correlation of each query, (m,); NaN where all scores are equal."""
    rows = _drawn(len(vectors), PAIRS, random)
    data = np.ascontiguousarray(codes.data[rows])
    true = _scores(asked, vectors, np.tile(rows, (len(asked), 1))).reshape(len(asked), -1)
    said = codes.codec.scorer(np.ascontiguousarray(asked), codes.metric)(data)
    x, y = _ranks(true), _ranks(said)
    x -= x.mean(axis=1, keepdims=True)
    y -= y.mean(axis=1, keepdims=True)
    lengths = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    found = np.full(len(x), np.nan)
    np.divide((x * y).sum(axis=1), lengths, out=found, where=lengths > 0)
    return found


def _ranks(scores: NDArray[Any]) -> Doubles:
    """The ranks within each row of (m, c), equal scores sharing one."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(scores, axis=1), np.float64)


def _mean_row(task: str, name: str, values: Doubles, total: int, seed: int, **extra: Any) -> Row:
    """The mean of what was found for each query or row, with its bootstrap interval."""
    values = values[np.isfinite(values)]
    n = len(values)
    mean = float(values.mean()) if n else math.nan
    low, high = bca_interval(lambda weights: weights @ values / n, n, seed=seed, value=mean)
    return Row(task=task, name=name, value=mean, low=low, high=high, n=n, total=total, extra=extra)


def _exact_row(task: str, name: str, value: float, n: int, **extra: Any) -> Row:
    """A figure that is counted and not estimated."""
    return Row(task=task, name=name, value=value, low=math.nan, high=math.nan, n=n, total=n, extra=extra)


def _error_row(task: str, true: Floats, back: Floats, total: int, seed: int) -> Row:
    """Mean squared error over variance; its interval is that of the ratio over the rows, about their mean."""
    wide = true.astype(np.float64)
    errors = np.square(back - wide).mean(axis=1)
    spreads = np.square(wide - wide.mean(axis=0)).mean(axis=1)
    error, spread = float(errors.mean()), float(spreads.mean())
    relative = error / spread if spread > 0 else (0.0 if error == 0 else math.nan)

    def ratios(weights: Doubles) -> Doubles:
        apart = weights @ spreads  # 0 where all rows drawn are equal to the mean
        found = np.full(len(weights), math.nan)
        np.divide(weights @ errors, apart, out=found, where=apart > 0)
        return found

    low, high = bca_interval(ratios, len(true), seed=seed, value=relative)
    extra = {"mean_squared_error": error, "variance": spread}
    return Row(
        task=task,
        name="squared error",
        value=relative,
        low=low,
        high=high,
        n=len(true),
        total=total,
        extra=extra,
    )


def _cosine_row(task: str, true: Floats, back: Floats, total: int, seed: int) -> Row:
    """The mean cosine between rows and what they are decoded to; the worst beside it."""
    some = true.any(axis=1)
    cosines = scores_of_pairs(true[some], back[some], "cosine") if some.any() else np.empty(0)
    worst = float(cosines.min()) if cosines.size else None
    return _mean_row(task, "cosine", cosines, total, seed, worst=worst)
