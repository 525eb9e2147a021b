"""`check_codec`: what every codec promises, checked on rows with known neighbours; a promise a function."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError, SpaceMismatchError
from firth.neighbours import unit_rows
from firth.run import Run
from firth.testing.promises import expect, one_thread, raised
from firth.vectors import Vectors

if TYPE_CHECKING:
    from firth.compress.codec import Codec, CodecRecipe

__all__ = ["check_codec", "clustered_rows"]

METRICS = ("cosine", "dot", "euclidean")
CLUSTERS = 16


def clustered_rows(n: int = 400, *, dim: int = 24, seed: int = 1) -> NDArray[np.float32]:
    """Rows (n, dim), float32, about 16 centres far apart, of falling spread; row i is of centre i % 16.

    The spread of the dims falls, the mean is not 0 and the lengths differ, as in vectors of words.
    """
    random = np.random.default_rng(seed)
    centres = random.normal(0, 1, (CLUSTERS, dim)) + 0.2
    rows = centres[np.arange(n) % CLUSTERS] + random.normal(0, 0.15, (n, dim))
    rows *= np.linspace(1.2, 0.8, dim) * random.uniform(0.8, 1.25, (n, 1))
    return rows.astype(np.float32)


def check_codec(
    recipe: CodecRecipe,
    *,
    bigger: CodecRecipe | None = None,
    exact_scores: bool = True,
    tolerance: float = 1e-4,
    found: float = 0.9,
    least_rows: int = 1,
    narrow: bool = False,
) -> None:
    """Check the contract of a codec.

    Args:
        recipe: with options that suit 400 rows of dim 24.
        bigger: a recipe of more bytes a row, whose decoded rows must be nearer to the originals.
        exact_scores: whether scores taken from codes are those of the decoded rows; False for a codec whose
            scores mean something else, such as estimated angles.
        tolerance: by how much such a score may differ, relative to the lengths of query and row.
        found: the share of rows whose nearest code must be of their own cluster, 0 to 1.
        least_rows: with fewer rows than this, `fit` may refuse with a DataError that names both numbers.
        narrow: whether the recipe takes rows of dim 1; else it must refuse them in words.

    Raises:
        AssertionError: a promise is broken; the message says which.
    """
    rows = clustered_rows()
    check_recipe(recipe)
    check_fitting_refuses(recipe, rows)
    codec = check_codes(recipe, rows)
    check_encoding_refuses(codec, rows)
    check_repeats(recipe, rows, codec)
    check_round_trip(codec, rows)
    check_mutants(codec)
    check_flipped_bytes(codec)
    check_any_bytes(codec)
    check_scores(codec, rows, tolerance if exact_scores else None)
    check_sizes(recipe, rows, tolerance if exact_scores else None)
    if exact_scores:
        check_far_from_the_origin(recipe, rows)
    check_search(recipe, rows, found)
    check_odd_rows(recipe, rows, least_rows=least_rows, narrow=narrow)
    if bigger is not None:
        check_more_bytes_err_less(codec, bigger.fit(rows, run=one_thread()), rows)


def check_recipe(recipe: CodecRecipe) -> None:
    """Frozen, keyword-only options; values outside their range are refused by name; JSON holds it all."""
    expect(dataclasses.is_dataclass(recipe), "a recipe is a dataclass")
    for field in _fields(recipe):
        value = getattr(recipe, field.name)
        expect(field.kw_only is True, f"the option {field.name} must be keyword-only")
        error: Exception | None = None
        try:
            setattr(recipe, field.name, value)
        except dataclasses.FrozenInstanceError as refused:
            error = refused
        expect(error is not None, f"the option {field.name} could be set: a recipe is frozen")
        bad = {int: -1, float: math.nan, str: "nonsense", bool: "yes", type(None): object()}.get(type(value))
        if bad is not None:
            refusal = raised(OptionError, partial(_changed, recipe, **{field.name: bad}))
            expect(field.name in str(refusal), f"the message does not name {field.name}: {refusal}")
    expect(_again(recipe) == recipe, "to_dict and back, through JSON, gives another recipe")


def check_fitting_refuses(recipe: CodecRecipe, rows: NDArray[np.float32]) -> None:
    """Nothing to learn from is a DataError: no rows, no dims, no finite row, no matrix."""
    bad: list[Any] = [rows[:0], rows[:, :0], np.full_like(rows, np.nan), rows[0], np.full((3, 24), "x")]
    for one in bad:
        raised(DataError, partial(recipe.fit, one))


def check_codes(recipe: CodecRecipe, rows: NDArray[np.float32]) -> Codec:
    """Shapes, types and bytes; a row has one code, alone or among others; a row that is not finite is left
    out of fitting."""
    holed = np.concatenate([rows, np.full((1, rows.shape[1]), np.nan, np.float32)])
    recipe.fit(holed, run=one_thread())
    codec = recipe.fit(rows, run=one_thread())
    codes, d = codec.encode_rows(rows), rows.shape[1]
    expect(codec.recipe == recipe and codec.dim == d, "the codec has another recipe or dim")
    expect(codes.dtype == np.uint8, f"codes are {codes.dtype}, not uint8")
    expect(codes.shape == (len(rows), codec.width), f"codes have the shape {codes.shape}")
    expect(codes.nbytes == len(rows) * codec.width, "the width is not the bytes of a code")
    back = codec.decode_rows(codes)
    expect(back.dtype == np.float32 and back.shape == rows.shape, f"decoded: {back.dtype} {back.shape}")
    expect(bool(np.isfinite(back).all()), "decoded rows are not finite")
    for row in (0, 7, len(rows) - 1):
        alone = codec.encode_rows(rows[row : row + 1])[0]
        expect(np.array_equal(alone, codes[row]), f"row {row} has another code alone than among others")
    expect(codec.encode_rows(rows[:0]).shape == (0, codec.width), "no rows have no codes")
    expect(codec.decode_rows(codes[:0]).shape == (0, d), "no codes have no rows")
    json.dumps(dict(codec.report), allow_nan=False)  # values that JSON can hold
    return codec


def check_encoding_refuses(codec: Codec, rows: NDArray[np.float32]) -> None:
    """A row that is not finite is named; rows and codes of another shape or type are refused."""
    for bad in (np.nan, np.inf, -np.inf):
        wrong = rows.copy()
        wrong[11, 1] = bad
        error = raised(DataError, partial(codec.encode_rows, wrong))
        expect("11" in str(error), f"the message does not name row 11: {error}")
    for shape in [(3, codec.dim + 1), (codec.dim,), (3, 0)]:
        raised(DataError, partial(codec.encode_rows, np.ones(shape, np.float32)))
    raised(DataError, partial(codec.decode_rows, np.zeros((3, codec.width + 1), np.uint8)))
    odd: Any = np.zeros((3, codec.width), np.int16)
    raised(DataError, partial(codec.decode_rows, odd))


def check_repeats(recipe: CodecRecipe, rows: NDArray[np.float32], codec: Codec) -> None:
    """One seed gives one codec, whatever the number of threads."""
    codes = codec.encode_rows(rows)
    for threads in (1, 2):
        again = recipe.fit(rows, run=Run(threads=threads, seed=one_thread().seed, progress=False))
        expect(np.array_equal(again.encode_rows(rows), codes), f"{threads} threads, one seed: other codes")
        expect(dict(again.report) == dict(codec.report), "two equal fits report different things")


def check_round_trip(codec: Codec, rows: NDArray[np.float32]) -> None:
    """Recipe and parts, through JSON and bytes, are the whole codec."""
    parts = {name: part.copy() for name, part in codec.parts().items()}
    report = json.loads(json.dumps(dict(codec.report)))
    back = type(codec).from_parts(_again(codec.recipe), codec.dim, parts, report)
    codes = codec.encode_rows(rows)
    expect(back.width == codec.width, "the width changed on the way through a file")
    expect(np.array_equal(back.encode_rows(rows), codes), "codes changed on the way through a file")
    expect(
        np.array_equal(back.decode_rows(codes), codec.decode_rows(codes)),
        "decoded rows changed on the way through a file",
    )
    expect(json.loads(json.dumps(dict(back.report))) == report, "the report changed through a file")


def check_mutants(codec: Codec) -> None:
    """Parts that do not fit are a DataError or OptionError, and nothing else."""

    def load(dim: int, parts: Mapping[str, Any]) -> None:
        type(codec).from_parts(codec.recipe, dim, parts, dict(codec.report))

    parts = codec.parts()
    raised(DataError, partial(load, codec.dim, {**parts, "more": np.zeros(3, np.float32)}))
    for name, part in parts.items():
        mutants = {
            "missing": {key: value for key, value in parts.items() if key != name},
            "of another type": {**parts, name: part.astype(np.complex128)},
            "text": {**parts, name: part.astype("S3")},
            "of one axis more": {**parts, name: part[None]},
            "longer": {**parts, name: np.concatenate([part, part])},
        }
        if part.size > 1:
            mutants["truncated"] = {**parts, name: part[:-1]}
        if part.dtype.kind == "f":
            for bad in (np.nan, np.inf):
                holed = part.copy()
                holed.reshape(-1)[-1] = bad
                mutants[f"with {bad}"] = {**parts, name: holed}
        for what, mutant in mutants.items():
            error = _error_of(partial(load, codec.dim, mutant))
            expect(isinstance(error, DataError | OptionError), f"{name!r} {what} was taken: {error!r}")
    if parts:
        error = _error_of(partial(load, codec.dim + 1, parts))
        expect(isinstance(error, DataError | OptionError), f"another dim was taken: {error!r}")


def check_flipped_bytes(codec: Codec) -> None:
    """A byte of a part that changed, which no shape shows, is refused, or leads to other numbers."""
    random = np.random.default_rng(9)
    codes, queries = np.zeros((4, codec.width), np.uint8), clustered_rows(2, dim=codec.dim)
    for name, part in codec.parts().items():
        for _ in range(8 if part.size else 0):
            data = bytearray(part.tobytes())
            place = min(int(random.integers(len(data))) | 3, len(data) - 1)  # of a float, the exponent
            data[place] ^= int(random.integers(1, 256))
            flipped = np.frombuffer(bytes(data), part.dtype).reshape(part.shape)
            try:
                with np.errstate(all="ignore"):
                    other = type(codec).from_parts(
                        codec.recipe, codec.dim, {**codec.parts(), name: flipped}, dict(codec.report)
                    )
                    expect(
                        other.decode_rows(codes).shape == (4, codec.dim), "decoded rows have another shape"
                    )
                    for metric in METRICS:
                        expect(
                            other.scorer(queries, metric)(codes).shape == (2, 4), "scores have another shape"
                        )
            except (DataError, OptionError):
                continue


def check_any_bytes(codec: Codec) -> None:
    """Whatever bytes a damaged file holds, they are decoded and scored without a crash or a warning."""
    random = np.random.default_rng(5)
    codes = random.integers(0, 256, (64, codec.width), np.uint8)
    codes[0], codes[1] = 0, 255
    rows = codec.decode_rows(codes)
    expect(rows.shape == (64, codec.dim) and rows.dtype == np.float32, "random bytes have odd rows")
    queries = clustered_rows(3, dim=codec.dim)
    for metric in METRICS:
        with np.errstate(all="ignore"):  # the bytes of a float may be infinite
            scores = codec.scorer(queries, metric)(codes)
        expect(scores.shape == (3, 64), f"random bytes have scores of shape {scores.shape}")


def check_scores(codec: Codec, rows: NDArray[np.float32], tolerance: float | None) -> None:
    """Scores are float32 (m, b), finite, one code as among others, and those of the decoded rows."""
    queries, codes = rows[:9] + np.float32(0.05), codec.encode_rows(rows)
    decoded = codec.decode_rows(codes)
    for metric in METRICS:
        scorer = codec.scorer(queries, metric)
        scores = np.asarray(scorer(codes))
        expect(scores.dtype == np.float32, f"{metric} scores are {scores.dtype}")
        expect(scores.shape == (9, len(rows)), f"{metric} scores have the shape {scores.shape}")
        expect(bool(np.isfinite(scores).all()), f"{metric} scores are not finite")
        expect(np.asarray(scorer(codes[:0])).shape == (9, 0), "no codes have no scores")
        alone = np.asarray(scorer(codes[5:6]))[:, 0]
        expect(np.allclose(alone, scores[:, 5], atol=1e-4, rtol=1e-4), "one code scores otherwise alone")
        if tolerance is not None:
            wanted, scale = _true_scores(queries, decoded, metric)
            off = float(np.max(np.abs(scores - wanted) / scale))
            expect(off <= tolerance, f"{metric} scores are off by {off:.2g} from those of decoded rows")


def check_sizes(recipe: CodecRecipe, rows: NDArray[np.float32], tolerance: float | None) -> None:
    """Rows of any length have their cosines and distances; a product beyond float32 is refused in words."""
    for size in (1e-25, 1e20, 1e30):
        sized = (rows * size).astype(np.float32)
        vectors = Vectors(np.arange(len(rows)), sized)
        fitted = _error_of(partial(recipe.fit, vectors, run=one_thread()))
        coded = _error_of(lambda: recipe.fit(vectors, run=one_thread()).encode(vectors))  # noqa: B023
        if fitted is not None or coded is not None:
            expect(isinstance(fitted or coded, DataError), f"rows of size {size:g}: {fitted or coded!r}")
            continue
        codec = recipe.fit(vectors, run=one_thread())
        codes = codec.encode(vectors)
        decoded = codec.decode_rows(codes.data)
        for metric in ("cosine", "euclidean"):
            scores = np.asarray(codec.scorer(sized[:9], metric)(codes.data))
            expect(bool(np.isfinite(scores).all()), f"{metric} scores at size {size:g} are not finite")
            if tolerance is None or not decoded.any():
                continue
            wanted, scale = _true_scores(sized[:9], decoded, metric)
            if metric == "euclidean":
                scale = np.full_like(wanted, float(np.abs(wanted).max()))
            off = float(np.max(np.abs(scores - wanted) / scale))
            expect(off <= 10 * tolerance, f"{metric} scores at size {size:g} are off by {off:.2g}")
        if size == 1e30:
            vectors = Vectors(vectors.ids, sized, metric="dot")
            codes = recipe.fit(vectors, run=one_thread()).encode(vectors)
            error = _error_of(partial(codes.search, sized[:2]))
            if error is None:
                expect(bool(np.isfinite(codes.search(sized[:2]).scores).all()), "products are not finite")
            else:
                expect(isinstance(error, DataError) and "divide" in str(error), f"of products: {error!r}")


def check_far_from_the_origin(recipe: CodecRecipe, rows: NDArray[np.float32]) -> None:
    """Far from the origin a distance keeps the digits of the difference, not those of the lengths."""
    for offset in (0, 1000):
        far = rows + np.float32(offset)
        error = _error_of(partial(recipe.fit, far, run=one_thread()))
        expect(error is None, f"rows at {offset} cannot be fitted: {error!r}")
        codec = recipe.fit(far, run=one_thread())
        codes = codec.encode_rows(far)
        wanted, _ = _true_scores(far[:9], codec.decode_rows(codes), "euclidean")
        for many in (1, 9):
            scores = np.asarray(codec.scorer(far[:many], "euclidean")(codes))
            # Decoded rows are themselves rounded: the dims beside each other add up their errors.
            rounded = 2.0**-23 * offset * math.sqrt(codec.dim) + 2e-4
            off = float(np.max(np.abs(scores - wanted[:many]) / np.maximum(np.abs(wanted[:many]), rounded)))
            expect(off <= 0.02, f"distances at {offset} are off by {off:.2g} of themselves")


def check_search(recipe: CodecRecipe, rows: NDArray[np.float32], found: float) -> None:
    """Codes of vectors keep ids, columns and space; neighbours are of the query's own cluster."""
    tables: list[Any] = [[f"row {i}" for i in range(len(rows))], np.arange(len(rows)) + 1000]
    for ids in tables:
        vectors = Vectors(ids, rows, columns={"counts": np.arange(len(rows))}, metric="cosine")
        codec = recipe.fit(vectors, run=one_thread())
        codes = codec.encode(vectors)
        hits = codes.search(vectors, 3)
        near = np.asarray(hits.rows)[:, :1] % CLUSTERS == np.arange(len(rows))[:, None] % CLUSTERS
        expect(float(near.mean()) >= found, f"{near.mean():.0%} of the nearest codes are of the own cluster")
        expect(bool((np.diff(hits.scores, axis=1) <= 0).all()), "scores do not fall")
        expect(codes.search(rows[0], len(rows) + 5).rows.shape == (len(rows),), "k is not cut to n")
        back = codes.decode()
        expect(back.ids == vectors.ids and back.fingerprint == vectors.fingerprint, "decode changed the ids")
        expect(np.array_equal(back.columns["counts"], vectors.columns["counts"]), "decode lost a column")
        few = codes.decode([vectors.ids[4], vectors.ids[2]])
        close = np.allclose(few.matrix, back.matrix[[4, 2]], rtol=1e-4, atol=1e-5)  # BLAS rounds by company
        expect(close, "decode of some ids gives other rows")
    other = Vectors(np.arange(3), rows[:3] * 2)
    raised(SpaceMismatchError, partial(codec.encode, other))
    raised(SpaceMismatchError, partial(codes.search, other))


def check_odd_rows(recipe: CodecRecipe, rows: NDArray[np.float32], *, least_rows: int, narrow: bool) -> None:
    """One row, one dim, rows of zeros, copies: each works, or is refused in words."""
    zeros, copies = np.zeros_like(rows), np.repeat(rows[:1], 40, axis=0)
    some = rows.copy()
    some[::3] = 0
    for what, odd in {
        "one row": rows[:1],
        "rows of zeros": zeros,
        "copies": copies,
        "some zeros": some,
    }.items():
        if len(odd) < least_rows:
            error = _error_of(partial(recipe.fit, odd, run=one_thread()))
            if error is not None:
                expect(isinstance(error, DataError), f"{what}: {error!r}")
                expect(f"{len(odd):,}" in str(error), f"the message does not say how many rows: {error}")
                continue
        codec = recipe.fit(odd, run=one_thread())
        codes = codec.encode_rows(odd)
        expect(bool(np.isfinite(codec.decode_rows(codes)).all()), f"{what} are decoded to no numbers")
        for metric in METRICS:
            scores = np.asarray(codec.scorer(odd[:2], metric)(codes))
            expect(bool(np.isfinite(scores).all()), f"{what} have {metric} scores that are no numbers")
    alike = recipe.fit(rows, run=one_thread()).encode_rows(copies)
    expect(bool((alike == alike[0]).all()), "copies of a row have different codes")
    thin = np.linspace(-1, 1, len(rows), dtype=np.float32)[:, None]
    if narrow:
        codec = recipe.fit(thin, run=one_thread())
        expect(codec.decode_rows(codec.encode_rows(thin)).shape == thin.shape, "rows of dim 1 change shape")
    else:
        error = _error_of(partial(recipe.fit, thin, run=one_thread()))
        expect(isinstance(error, DataError | OptionError), f"rows of dim 1 are not refused: {error!r}")


def check_more_bytes_err_less(codec: Codec, bigger: Codec, rows: NDArray[np.float32]) -> None:
    """More bytes a row, less squared error."""
    expect(bigger.width > codec.width, "the bigger recipe has no more bytes")
    small, large = (
        float(np.square(rows - one.decode_rows(one.encode_rows(rows))).mean()) for one in (codec, bigger)
    )
    expect(large < small, f"{bigger.width} bytes err by {large:.4g}, {codec.width} by {small:.4g}")


def _true_scores(
    queries: NDArray[np.float32], rows: NDArray[np.float32], metric: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores (m, b) in float64, and the scale of their rounding: 1 or the lengths."""
    left, right = queries.astype(np.float64), rows.astype(np.float64)
    lengths = np.linalg.norm(left, axis=1)[:, None], np.linalg.norm(right, axis=1)
    scale = np.maximum(lengths[0] * lengths[1], 1e-3)
    if metric == "dot":
        return left @ right.T, scale
    if metric == "cosine":
        return unit_rows(queries).astype(np.float64) @ unit_rows(rows).astype(np.float64).T, np.ones_like(
            scale
        )
    distances = np.linalg.norm(left[:, None] - right, axis=2)
    return -distances, np.maximum(scale / np.maximum(distances, 1e-2), 1.0)


def _again(recipe: CodecRecipe) -> CodecRecipe:
    entry = json.loads(json.dumps(recipe.to_dict()))
    expect(entry.pop("codec", None) == type(recipe).__name__, "to_dict does not name the codec")
    made: CodecRecipe = type(recipe)(**entry)
    return made


def _error_of(action: Any) -> Exception | None:
    try:
        action()
    except Exception as error:  # whatever it is, the promise names it
        return error
    return None


def _fields(recipe: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(recipe)


def _changed(recipe: Any, **values: Any) -> Any:
    return dataclasses.replace(recipe, **values)
