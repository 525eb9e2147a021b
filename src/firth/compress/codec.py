"""What every way of making vectors small has in common: a recipe that is fitted, and the codec it becomes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firth.compress.given import numbers_of, vectors_of
from firth.errors import DataError
from firth.fingerprints import check_same_space
from firth.parallel import each_shard
from firth.run import Run
from firth.vectors import Vectors

if TYPE_CHECKING:
    from firth.compress.codes import Codes

__all__ = ["BadRow", "Bytes", "Codec", "CodecRecipe", "Floats", "Scorer"]

Floats: TypeAlias = NDArray[np.float32]
Bytes: TypeAlias = NDArray[np.uint8]
Scorer: TypeAlias = Callable[[Bytes], Floats]
"""Codes (b, width) to scores (m, b) of queries that are already inside; higher is nearer."""

_BLOCK = 1 << 14  # rows that are encoded or decoded at a time
SAMPLE = 65_536
"""The most rows that a codec looks at when it is fitted, evenly drawn."""

LARGEST = float(np.finfo(np.float32).max)


class BadRow(Exception):
    """A row of a block that has no code, by its number in the block, and what it does: "holds …"."""

    def __init__(self, row: int, what: str):
        super().__init__(row, what)
        self.row = row
        self.what = what


class CodecRecipe(ABC):
    """The options of a codec: a frozen, keyword-only dataclass named for the method.

    A subclass checks its options in `__post_init__` and says in `_fit` how the rows become a codec.
    """

    def fit(self, vectors: Vectors | ArrayLike, *, run: Run | None = None) -> Codec:
        """Learn the scales, centroids or directions of the codec from rows.

        Args:
            vectors: the vectors to be made small, or rows (n, d) like them.
            run: threads and seed.

        Returns:
            The codec, complete. Its `encode` takes vectors of this space, its `encode_rows` any rows of the
            same dim. Its report says how many rows there were ("rows"), how many were not finite and left out
            ("not_finite"), and how many were looked at ("sample").

        Raises:
            DataError: there are too few rows (the message says how many are needed), no dims, or rows that
                are not finite and none that are.
        """
        run = run or Run()
        space = vectors if isinstance(vectors, Vectors) else None
        rows = vectors.matrix if isinstance(vectors, Vectors) else _rows(vectors)
        metric = space.metric if space is not None else "cosine"
        if not rows.shape[1]:
            raise DataError("rows without a dim cannot be made smaller")
        sample, finite = _sample(rows, run.seed)
        if not finite:
            raise DataError(
                f"none of the {len(rows):,} rows is finite in float32, whose numbers end at {LARGEST:.3g}, "
                "so there is nothing to fit a codec to"
            )
        codec = self._fit(sample, metric, run)
        counts = {"rows": len(rows), "not_finite": len(rows) - finite, "sample": len(sample)}
        codec.report = MappingProxyType({**counts, **codec.report})
        codec.fingerprint = None if space is None else space.fingerprint
        return codec

    @abstractmethod
    def _fit(self, rows: Floats, metric: str, run: Run) -> Codec:
        """The codec for rows like these: float32, (n, d), finite, n and d at least 1, at most SAMPLE rows.

        `metric` is what "near" means in the space, where the method can make use of it.
        """

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON holds it: {"codec": its name, every option}."""
        options = asdict(self)  # type: ignore[call-overload]
        plain = {
            name: value.item() if isinstance(value, np.generic) else value for name, value in options.items()
        }
        return {"codec": type(self).__name__, **plain}


class Codec(ABC):
    """Turns rows of numbers into few bytes and back; complete, with its own scales.

    A subclass gives `width`, `parts`, `_encode`, `_decode`, and `from_parts`; it overrides `scorer` where
    scores can be had from the codes themselves.

    Attributes:
        recipe: the options it was made with.
        dim: how many numbers a row has.
        report: what was seen in fitting. Values that JSON can hold.
        fingerprint: the space it was fitted to, if that is known.
    """

    recipe_type: ClassVar[type[CodecRecipe]]
    fingerprint: str | None = None

    def __init__(self, recipe: CodecRecipe, dim: int, *, report: Mapping[str, Any] | None = None):
        self.recipe = recipe
        self.dim = dim
        self.report: Mapping[str, Any] = MappingProxyType(dict(report or {}))

    def __repr__(self) -> str:
        return f"{self.recipe!r} fitted to dim {self.dim}: {self.width} bytes a row of {4 * self.dim}"

    @property
    @abstractmethod
    def width(self) -> int:
        """How many bytes the code of a row has."""

    @abstractmethod
    def parts(self) -> dict[str, NDArray[Any]]:
        """The arrays that the codec is made of, by name, for files."""

    @classmethod
    @abstractmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        """The codec of a file. `parts` come from outside: every shape, type and value is checked.

        Raises:
            DataError: the parts do not fit the recipe.
        """

    @abstractmethod
    def _encode(self, rows: Floats) -> Bytes:
        """Codes (n, width) of finite rows (n, d). Raises BadRow where one has none."""

    @abstractmethod
    def _decode(self, codes: Bytes) -> Floats:
        """Rows (n, d) as near to the encoded ones as the codec can bring them. Any bytes have an answer."""

    def _encode_counted(self, rows: Floats) -> tuple[Bytes, dict[str, int]]:
        """Codes and `tally` of rows; for those who find both in one go."""
        return self._encode(rows), self.tally(rows)

    def encode_rows(self, rows: ArrayLike, *, run: Run | None = None) -> Bytes:
        """The codes of rows.

        Args:
            rows: (n, d), finite.
            run: threads; None takes one.

        Returns:
            uint8, (n, width).

        Raises:
            DataError: another dim, or a row that is not finite, named by its number.
        """
        threads = 1 if run is None else run.worker_count
        return self._encoded(rows, threads=threads, counted=False)[0]

    def _encoded(self, rows: ArrayLike, *, threads: int, counted: bool) -> tuple[Bytes, dict[str, int]]:
        """Codes, and what `tally` counts of all rows if that is asked for; each thread takes whole blocks."""
        given = _rows(rows)
        if given.shape[1] != self.dim:
            raise DataError(f"rows of dim {given.shape[1]} do not fit a codec of dim {self.dim}")
        codes = np.empty((len(given), self.width), np.uint8)
        starts = range(0, len(given), _BLOCK)
        counts: list[dict[str, int]] = [{} for _ in starts]

        def work(some: slice) -> None:
            for number in range(some.start, some.stop):
                start = starts[number]
                try:
                    block = _finite(given[start : start + _BLOCK])
                    if counted:
                        codes[start : start + _BLOCK], counts[number] = self._encode_counted(block)
                    else:
                        codes[start : start + _BLOCK] = self._encode(block)
                except BadRow as bad:
                    raise DataError(f"row {start + bad.row:,} {bad.what}") from None

        each_shard(work, len(starts), threads=threads)
        total: dict[str, int] = {}
        for count in counts:
            for name, value in count.items():
                total[name] = total.get(name, 0) + value
        return codes, total

    def decode_rows(self, codes: Bytes) -> Floats:
        """The rows (n, d), float32, that codes (n, width), uint8, stand for.

        Raises:
            DataError: the codes have another width or dtype.
        """
        codes = numbers_of(codes, what="the codes")
        if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != self.width:
            raise DataError(
                f"codes of {codes.dtype} and shape {codes.shape} do not fit a codec of "
                f"{self.width} bytes a row"
            )
        rows = np.empty((len(codes), self.dim), np.float32)
        for start in range(0, len(codes), _BLOCK):
            rows[start : start + _BLOCK] = self._decode(codes[start : start + _BLOCK])
        return rows

    def tally(self, rows: Floats) -> dict[str, int]:
        """How many numbers of rows (n, d) were looked at, and how many of them are not held nearly so.

        Such as {"numbers": those that came to be rounded, "saturated": those that are clipped}.
        """
        return {"numbers": int(rows.size)}

    def encode(self, vectors: Vectors, *, run: Run | None = None) -> Codes:
        """The codes of vectors, with their ids and columns; their report counts what was clipped (`tally`).

        Args:
            vectors: of the space that the codec was fitted to, if that is known.
            run: threads.

        Raises:
            DataError: no Vectors, another dim, or rows that are not finite.
            SpaceMismatchError: the codec was fitted to another space.
        """
        from firth.compress.codes import Codes

        vectors = vectors_of(vectors, what="what is encoded", way="encode_rows takes rows without ids")
        if self.fingerprint is not None:
            check_same_space(self.fingerprint, vectors, what="the vectors to be encoded")
        threads = (run or Run()).worker_count
        codes, counts = self._encoded(vectors.matrix, threads=threads, counted=True)
        return Codes(
            vectors.ids,
            codes,
            codec=self,
            columns=vectors.columns,
            metric=vectors.metric,
            meta=vectors.meta,
            fingerprint=vectors.fingerprint,
            report={"rows": len(vectors), "numbers": 0, **counts},
        )

    def scorer(self, queries: Floats, metric: str) -> Scorer:
        """What scores codes against queries (m, d): a function from codes (b, width) to float32 (m, b).

        Here the codes are decoded and compared with the queries as they are, which is nearer to the truth
        than comparing two codes ("asymmetric": Jégou, Douze and Schmid 2011, "Product Quantization for
        Nearest Neighbor Search", section III). Subclasses take shorter ways to the same scores.
        """
        from firth.compress.scores import float_scorer

        return float_scorer(queries, metric, self.decode_rows)


def _rows(given: ArrayLike) -> NDArray[Any]:
    """Rows (n, d) of numbers of any kind."""
    rows = numbers_of(given, what="the rows")
    if rows.ndim != 2:
        raise DataError(f"rows of numbers are (n, d), not {rows.dtype} of shape {rows.shape}")
    return rows


def _singles(rows: NDArray[Any]) -> Floats:
    """Rows as float32, C-contiguous; what is beyond becomes infinite."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(rows, np.float32)


def _finite(rows: NDArray[Any]) -> Floats:
    """Rows as float32. Raises BadRow where one is not finite."""
    block = _singles(rows)
    bad = ~np.isfinite(block).all(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        if np.isfinite(rows[row]).all():
            raise BadRow(row, f"holds a number beyond float32, which ends at {LARGEST:.3g}; divide the rows")
        raise BadRow(
            row,
            "holds a number that is not finite, which no code can keep; leave such rows out: "
            "vectors.take(ids)",
        )
    return block


def _sample(rows: NDArray[Any], seed: int) -> tuple[Floats, int]:
    """At most SAMPLE of the finite rows, in the order of the rows; and how many are finite."""
    blocks = [
        np.isfinite(_singles(rows[start : start + _BLOCK])).all(axis=1)
        for start in range(0, len(rows), _BLOCK)
    ]
    finite = np.flatnonzero(np.concatenate(blocks)) if blocks else np.empty(0, np.int64)
    drawn = finite
    if len(finite) > SAMPLE:
        drawn = finite[np.sort(np.random.default_rng(seed).choice(len(finite), SAMPLE, replace=False))]
    return _singles(rows if len(drawn) == len(rows) else rows[drawn]), len(finite)
