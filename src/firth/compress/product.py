"""Product quantization: of each part of a row, only the number of its nearest centroid is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from firth.compress.codebooks import centred, check_array, check_enough, check_names, middle_of, unit_of
from firth.compress.codec import Bytes, Codec, CodecRecipe, Floats, Scorer
from firth.compress.codetables import packed, table_sums, unpacked, width_of
from firth.compress.rotation import balanced, nearest_rotation
from firth.compress.scores import inverse, mean_square, minus_root, power_of, powers_of, single
from firth.compress.subspaces import bounds_of, improved, nearest_codes, recalled, started
from firth.errors import DataError, OptionError
from firth.neighbours import unit_rows
from firth.options import check_flag, check_whole
from firth.run import Run

__all__ = ["Product", "ProductCodec"]

_ROUNDS = 4  # k-means is run on for this share of the iterations once the rotation stands
_TURNED = 1e-3  # a rotation of a file is one to this


@dataclass(frozen=True, kw_only=True)
class Product(CodecRecipe):
    """`parts` · `bits` / 8 bytes a row: of each of its parts, the nearest of 2^bits centroids.

    Jégou, Douze and Schmid 2011, "Product Quantization for Nearest Neighbor Search", IEEE TPAMI 33(1). The
    centroids of all parts together stand for 2^(parts · bits) different rows. Scores need no decoding: of a
    query and the centroids there are parts · 2^bits products, and the score of a row is a sum of `parts` of
    them.

    Attributes:
        parts: into how many parts of neighbouring dims a row is cut, 1 to dim. Where dim is no multiple of
            it, the first dim % parts parts have one dim more than the others.
        bits: the size of the code of a part, 4 to 8; codes of fewer than 8 bits share bytes.
        rotate: turn the rows first, so that the parts are alike and independent (OPQ, see `rotation`). The
            rotation of d² numbers is kept with the codec, and each row and each query is multiplied with it.
        iterations: how often the centroids, and the rotation with them, are improved.

    Example:
        >>> import numpy as np, firth
        >>> rows = np.random.default_rng(0).standard_normal((1000, 16)).astype(np.float32)
        >>> codec = firth.compress.Product(parts=4, bits=6).fit(rows)
        >>> codec.encode_rows(rows).shape
        (1000, 3)

    Raises:
        OptionError: a value is outside its range.
    """

    parts: int
    bits: int = 8
    rotate: bool = False
    iterations: int = 25

    def __post_init__(self) -> None:
        check_whole("parts", self.parts, 1, 1 << 16)
        check_whole("bits", self.bits, 4, 8)
        check_flag("rotate", self.rotate)
        check_whole("iterations", self.iterations, 1, 10_000)

    def _fit(self, rows: Floats, metric: str, run: Run) -> ProductCodec:
        _check_parts(self, rows.shape[1])
        check_enough(len(rows), f"Product(bits={self.bits})", bits=self.bits)
        middle = middle_of(rows)
        unit = unit_of(rows - middle)
        moved = centred(rows, middle, unit)
        trained = _trained(self, moved, run)
        codec = ProductCodec(
            self,
            rows.shape[1],
            codebooks=trained.codebooks * unit,
            middle=middle,
            rotation=trained.rotation,
        )
        away = (codec.decode_rows(codec.encode_rows(rows)) - rows) / unit
        codec.report = {
            "error": mean_square(away) * float(unit) ** 2,
            "variance": mean_square(moved) * float(unit) ** 2,
            "reseeded": trained.reseeded,
        }
        return codec


def _check_parts(recipe: Product, dim: int) -> None:
    if recipe.parts > dim:
        raise OptionError(
            f"parts is a whole number from 1 to the dim of the rows, {dim:,}, not {recipe.parts:,}: a part "
            "has at least one dim"
        )


class _Trained(NamedTuple):
    """What training found: codebooks (k, d), the rotation (d, d) or None, and how many centroids had no rows
    and were put elsewhere on the way."""

    codebooks: Floats
    rotation: Floats | None
    reseeded: int


def _trained(recipe: Product, rows: Floats, run: Run) -> _Trained:
    """Improve centroids and rotation in turn, each as it is best for the other as it stands.

    One step of k-means between two rotations is enough, since the next goes on from the same centroids (the
    alternation of Ge et al. 2013, section 3.1, from the start of section 3.2).
    """
    threads, random = run.worker_count, np.random.default_rng(run.seed)
    bounds = bounds_of(rows.shape[1], recipe.parts)
    rotation = balanced(rows, bounds) if recipe.rotate else None
    turned = rows if rotation is None else rows @ rotation
    codebooks = started(turned, bounds, 1 << recipe.bits, random=random, threads=threads)
    reseeded, last = 0, recipe.iterations - recipe.iterations // _ROUNDS
    for iteration in range(recipe.iterations):
        codes = nearest_codes(turned, codebooks, bounds, threads=threads)
        codebooks, put = improved(turned, codes, codebooks, bounds, threads=threads)
        reseeded += put
        if rotation is not None and iteration < last:
            rotation = nearest_rotation(rows, recalled(codes, codebooks, bounds))
            turned = rows @ rotation
    return _Trained(codebooks, rotation, reseeded)


class ProductCodec(Codec):
    """A codec of `Product`.

    Args:
        recipe: how it was made.
        dim: how many numbers a row has.
        codebooks: float32, (2^bits, dim): the columns `bounds[p]:bounds[p + 1]` are the centroids of part p,
            of rows less the middle and turned.
        middle: float32, (dim,), taken from each row before all else; None for zeros.
        rotation: float32, (dim, dim), orthogonal; None for none.
        report: what was seen in fitting: "error" is the mean squared distance of a row to its decoded self,
            "variance" that to the middle.

    Raises:
        DataError: the arrays do not fit the recipe and the dim, or hold numbers that are not finite.
        OptionError: there are more parts than dims.
    """

    recipe_type = Product
    recipe: Product

    def __init__(
        self,
        recipe: Product,
        dim: int,
        *,
        codebooks: NDArray[np.float32],
        middle: NDArray[np.float32] | None = None,
        rotation: NDArray[np.float32] | None = None,
        report: Mapping[str, Any] | None = None,
    ):
        super().__init__(recipe, dim, report=report)
        _check_parts(recipe, dim)
        middle = np.zeros(dim, np.float32) if middle is None else middle
        check_array("codebooks", codebooks, (1 << recipe.bits, dim))
        check_array("middle", middle, (dim,))
        if rotation is not None:
            check_array("rotation", rotation, (dim, dim))
            if not np.allclose(rotation.T @ rotation, np.eye(dim), atol=_TURNED):
                raise DataError("the rotation of a codec changes no lengths; this matrix is not orthogonal")
        self.bounds = bounds_of(dim, recipe.parts)
        self.codebooks = np.ascontiguousarray(codebooks)
        self.middle = np.ascontiguousarray(middle)
        self.rotation = None if rotation is None else np.ascontiguousarray(rotation)
        self._unit = unit_of(self.codebooks)

    @property
    def width(self) -> int:
        return width_of(self.recipe.parts, self.recipe.bits)

    def parts(self) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {"codebooks": self.codebooks, "middle": self.middle}
        return found if self.rotation is None else {**found, "rotation": self.rotation}

    @classmethod
    def from_parts(
        cls, recipe: Any, dim: int, parts: Mapping[str, NDArray[Any]], report: Mapping[str, Any]
    ) -> Self:
        names = {"codebooks", "middle"} | ({"rotation"} if recipe.rotate else set())
        check_names(parts, names)
        try:
            return cls(recipe, dim, **parts, report=report)
        except OptionError as error:
            raise DataError(str(error)) from error

    def _encode(self, rows: Floats) -> Bytes:
        turned = self._turned(centred(rows, self.middle, self._unit))
        codes = nearest_codes(turned, self.codebooks / self._unit, self.bounds)
        return packed(codes, self.recipe.bits)

    def _decode(self, codes: Bytes) -> Floats:
        rows = recalled(self.numbers(codes), self.codebooks, self.bounds)
        if self.rotation is not None:
            rows = rows @ self.rotation.T
        return np.asarray(rows + self.middle)

    def numbers(self, codes: Bytes) -> Bytes:
        """The number of the centroid of each part, uint8, (n, parts), of codes (n, width)."""
        return unpacked(codes, self.recipe.parts, self.recipe.bits)

    def scorer(self, queries: Floats, metric: str) -> Scorer:
        """Scores from tables: of each query with every centroid, summed over the parts of a row.

        Parts have no dim in common, so squared lengths are such sums as well, and cosine and euclidean are
        those of the decoded rows.
        """
        if metric == "euclidean":
            tables, units = self._distances(queries)
            distances = table_sums(tables)
            return lambda codes: single(minus_root(distances(self.numbers(codes))) * units)
        left = unit_rows(queries) if metric == "cosine" else queries
        centroids = self._exactly_turned(self.middle[None]) + self.codebooks
        if metric == "cosine":  # the same for rows of any length
            centroids /= power_of(float(np.abs(centroids).max()))
        products = table_sums(self._products(self._exactly_turned(left), centroids))
        if metric == "dot":
            return lambda codes: products(self.numbers(codes))
        squares = table_sums(self._squares(centroids)[None])

        def cosines(codes: Bytes) -> Floats:
            numbers = self.numbers(codes)
            return products(numbers) * inverse(np.sqrt(squares(numbers)[0]))

        return cosines

    def _turned(self, rows: NDArray[Any]) -> NDArray[Any]:
        return rows if self.rotation is None else rows @ self.rotation

    def _exactly_turned(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """As `_turned`, in float64, and the same to the bit for a row alone and among others."""
        wide = rows.astype(np.float64)
        return wide if self.rotation is None else np.einsum("mi,ij->mj", wide, self.rotation)

    def _products(self, left: NDArray[np.float64], centroids: NDArray[np.float64]) -> Floats:
        """The product of each part of queries (m, d) with every centroid (k, d), float32, (m, parts, k)."""
        tables = np.empty((len(left), self.recipe.parts, len(centroids)), np.float32)
        for part in range(self.recipe.parts):
            own = slice(self.bounds[part], self.bounds[part + 1])
            tables[:, part] = single(np.einsum("mj,cj->mc", left[:, own], centroids[:, own]))
        return tables

    def _squares(self, rows: NDArray[np.float64]) -> Floats:
        """The squared length of each part of rows (k, d), float32, (parts, k)."""
        return np.asarray(np.add.reduceat(rows * rows, self.bounds[:-1], axis=1).T, np.float32)

    def _distances(self, queries: Floats) -> tuple[Floats, NDArray[np.float32]]:
        """The squared distance of each part of each query to every centroid, float32, (m, parts, k), in units
        of the queries, float32, (m, 1), whose squares float32 can hold."""
        away = self._exactly_turned(queries.astype(np.float64) - self.middle)
        units = np.maximum(powers_of(away), power_of(float(np.abs(self.codebooks).max())))
        tables = np.empty((len(away), self.recipe.parts, len(self.codebooks)), np.float32)
        for one, unit, table in zip(away, units, tables, strict=True):
            table[:] = self._squares((one - self.codebooks) / unit)
        return tables, single(units)
