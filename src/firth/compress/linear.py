"""What `Truncate` and `RandomProjection` have in common: fewer dims, by one linear map there and back.

A projection can be used in three ways: `apply` makes vectors of the small space, which any other room takes;
as a codec it keeps the small rows as float32; and in a `Chain` a further codec makes them smaller still.
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from firth.compress.codec import BadRow, Bytes, Codec, CodecRecipe, Floats, Scorer
from firth.compress.scores import float_scorer, inverse, lengths_of, minus_root, single, squares_of
from firth.fingerprints import check_same_space
from firth.neighbours import unit_rows
from firth.vectors import Vectors

__all__ = ["Projection", "ProjectionRecipe", "check_reach"]

Rows: TypeAlias = Callable[[Bytes], Floats]
Inner: TypeAlias = Callable[[Floats, str], Scorer]


class ProjectionRecipe(CodecRecipe):
    """The options of a projection, which can be a step of a `Chain` before the last."""

    dim: int


class Projection(Codec):
    """A linear map to rows of fewer dims: small = (row - offset) @ down, and back: small @ up + offset.

    A subclass sets the attributes below and says how rows go down; one that needs no matrices overrides
    `_shrink` and `_grow`.

    Attributes:
        down: float32, (d, k). up: float32, (k, d).
        offset: float32, (d,): what is subtracted before; None for nothing.
        space_of_its_own: True where "near" means near in the small space, on purpose: whitening and
            all-but-the-top change what is near, and the lengths and angles of a random projection are those
            of the rows in expectation, which decoded rows are not. False where decoded rows are what is
            meant; `up` has orthonormal rows then, `down` is its transpose, and scores are those of decoded
            rows, taken in the small space.
    """

    recipe: ProjectionRecipe
    down: Floats
    up: Floats
    offset: Floats | None
    space_of_its_own: bool

    @property
    def small_dim(self) -> int:
        """How many numbers a row has in the small space."""
        return self.recipe.dim

    @property
    def width(self) -> int:
        """Four bytes a dim of the small space."""
        return 4 * self.small_dim

    def apply(self, vectors: Vectors) -> Vectors:
        """Vectors of the small space, with the ids and columns of these.

        The small space has a fingerprint of its own, made of this map's and the vectors': what the same map
        makes of vectors of one space, such as documents and queries, can be compared.

        Raises:
            DataError: another dim, or a row that is not finite, named by its number.
            SpaceMismatchError: the projection was fitted to another space.
        """
        if self.fingerprint is not None:
            check_same_space(self.fingerprint, vectors, what="the vectors to be projected")
        return Vectors(
            vectors.ids,
            self.apply_rows(vectors.matrix),
            columns=vectors.columns,
            metric=vectors.metric,
            meta={**vectors.meta, "projection": self.recipe.to_dict()},
            fingerprint=self._small_fingerprint(vectors.fingerprint),
        )

    def apply_rows(self, rows: ArrayLike) -> Floats:
        """Rows (n, k), float32, of the small space, of finite rows (n, d). Raises DataError."""
        return _floats(self.encode_rows(rows))

    @abstractmethod
    def _down(self, rows: Floats) -> Floats:
        """The small rows (n, k) of finite rows (n, d), one row as among others."""

    def lower(self, rows: Floats) -> Floats:
        """The small rows (n, k) of a block of finite rows (n, d). Raises BadRow where one goes too far."""
        with np.errstate(over="ignore", invalid="ignore"):
            small = self._down(rows)
        check_reach(small)
        return small

    def back_rows(self, small: Floats) -> Floats:
        """Rows (n, d), float32, as near to the originals as rows (n, k) of the small space can tell.

        Numbers beyond float32, which only a damaged code leads to, come out infinite or NaN.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            back = self._grow(small)
            if self.offset is not None:
                back += self.offset
        return back

    def _encode(self, rows: Floats) -> Bytes:
        return np.asarray(self.lower(rows), "<f4").view(np.uint8)

    def _decode(self, codes: Bytes) -> Floats:
        return self.back_rows(_floats(codes))

    def scorer(self, queries: Floats, metric: str) -> Scorer:
        """Scores from the small rows: m · k products a row instead of m · d, and nothing is decoded."""
        return self.lift(queries, metric, inner=_inner, rows=_floats)

    def lift(self, queries: Floats, metric: str, *, inner: Inner, rows: Rows) -> Scorer:
        """The scores of rows from the scores of small rows.

        Args:
            queries: float32, (m, d).
            metric: "cosine", "dot" or "euclidean".
            inner: what scores codes against queries (m, k) of the small space.
            rows: what decodes codes to small rows (b, k).

        Returns:
            In a space of its own, the scores there. Else those of decoded rows: with orthonormal directions
            U and the offset o, a decoded row is x = o + U s, so that q·x = q·o + (Uᵀ q)·s,
            |q - x|² = |Uᵀ(q - o) - s|² + what of q - o is outside the small space, and
            |x|² = |s + Uᵀ o|² + what of o is outside.
        """
        if self.space_of_its_own:
            return inner(self._small_queries(queries), metric)
        if metric == "euclidean":
            return self._lift_distance(queries, inner)
        left = unit_rows(queries) if metric == "cosine" else queries
        small = self._shrink(left)
        if metric == "cosine" and self.offset is None:
            share, cosine = lengths_of(small)[:, None], inner(small, "cosine")
            return lambda codes: single(share * cosine(codes))
        product = inner(small, "dot")
        if self.offset is None:
            return product
        shift = (left.astype(np.float64) @ self.offset)[:, None]
        if metric == "dot":
            return lambda codes: single(product(codes) + shift)
        inside = self._shrink(self.offset[None])
        outside = float(squares_of(self.offset[None] - self._grow(inside))[0])

        def cosines(codes: Bytes) -> Floats:
            norms = np.sqrt(squares_of(rows(codes) + inside) + outside)
            return single((product(codes) + shift) * inverse(norms))

        return cosines

    def _lift_distance(self, queries: Floats, inner: Inner) -> Scorer:
        away = queries if self.offset is None else queries - self.offset
        small = self._shrink(away)
        rest = squares_of(away - self._grow(small))[:, None]  # a difference of squares would lose its digits
        distance = inner(small, "euclidean")
        return lambda codes: minus_root(np.square(distance(codes), dtype=np.float64) + rest)

    def _shrink(self, rows: Floats) -> Floats:
        """Rows (n, k): the linear part of the map, without the offset."""
        return np.asarray(rows @ self.down)

    def _grow(self, small: Floats) -> Floats:
        """New rows (n, d): the linear part of the way back."""
        return np.asarray(small @ self.up)

    def _small_queries(self, queries: Floats) -> Floats:
        return self._down(np.ascontiguousarray(queries))

    def _small_fingerprint(self, fingerprint: str) -> str:
        digest = hashlib.blake2b(f"{fingerprint} {json.dumps(self.recipe.to_dict())}".encode(), digest_size=8)
        for name, part in sorted(self.parts().items()):
            digest.update(name.encode() + np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


def check_reach(small: Floats) -> None:
    """Raise BadRow where a projected row is not finite."""
    beyond = ~np.isfinite(small).all(axis=1)
    if beyond.any():
        raise BadRow(
            int(np.argmax(beyond)),
            "is so long that its projection goes beyond float32; divide the rows by a common factor",
        )


def _floats(codes: Bytes) -> Floats:
    """Codes (n, 4 k) as the small rows (n, k) that they are."""
    return np.ascontiguousarray(codes).view("<f4").astype(np.float32, copy=False)


def _inner(small: Floats, metric: str) -> Scorer:
    """Scores of rows that are kept as float32."""
    return float_scorer(small, metric, _floats)
