"""Numbers as 256 or 16 levels: the error of the formula, what is clipped, and scores from the codes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from firth import Run, Vectors
from firth.compress import Scalar
from firth.compress.levels import brain_bits, brain_down, brain_floats, brain_up, pack, unpack
from firth.compress.scalar import ScalarCodec
from firth.compress.scores import float_scorer
from firth.errors import DataError, OptionError

EVERY = [
    Scalar(bits=bits, per=per, range=ends)
    for bits, per, ends in itertools.product((8, 4), ("dimension", "row"), ("minmax", "calibrated"))
]
LARGEST = np.finfo(np.float32).max


def normal(n: int = 2000, d: int = 32, seed: int = 0) -> np.ndarray:
    """Rows with an offset and a spread of their own in each dimension."""
    random = np.random.default_rng(seed)
    return (random.standard_normal((n, d)) * random.uniform(0.5, 2, d) + random.normal(0, 1, d)).astype("f4")


def back(codec: ScalarCodec, rows: np.ndarray) -> np.ndarray:
    return codec.decode_rows(codec.encode_rows(rows)).astype(np.float64)


@pytest.mark.parametrize("bits", [8, 4])
def test_the_error_is_step_squared_over_twelve(bits: int):
    rows = normal(20_000)
    codec = Scalar(bits=bits, range="minmax").fit(rows)
    step = np.ptp(rows.astype(np.float64), axis=0) / (2**bits - 1)
    away = back(codec, rows) - rows
    assert np.abs(away).max() <= step.max() / 2 * 1.001
    np.testing.assert_allclose(np.mean(away**2, axis=0), step**2 / 12, rtol=0.1 if bits == 4 else 0.05)
    assert codec.report["step_error"] == pytest.approx(np.mean(step**2) / 12, rel=1e-5)
    assert codec.report["saturated"] == 0


@pytest.mark.parametrize("bits", [8, 4])
def test_a_row_with_its_own_ends_errs_by_its_own_step(bits: int):
    rows = normal() * np.logspace(-20, 20, 2000, dtype=np.float64)[:, None].astype(np.float32)
    codec = Scalar(bits=bits, per="row").fit(rows)
    codes = codec.encode_rows(rows)
    low, step = codec.row_ends(codes)
    exact = np.ptp(rows.astype(np.float64), axis=1) / (2**bits - 1)
    assert (low <= rows.min(axis=1)).all()
    # Two bytes hold 8 bits that count: the low end moves by up to 2^-7 of itself, and the step goes with it.
    moved = np.abs(rows).max(axis=1).astype(np.float64) / 128 / (2**bits - 1)
    assert (step >= exact * (1 - 1e-6)).all() and (step <= (exact + moved) * (1 + 1 / 64)).all()
    away = np.abs(codec.decode_rows(codes) - rows.astype(np.float64)).max(axis=1)
    assert (away <= step.astype(np.float64) * 0.5001).all()
    assert codec.tally(rows) == {"numbers": rows.size, "saturated": 0}


def test_the_calibrated_range_of_a_normal_distribution_is_that_of_max():
    """Max 1960, table II: 16 levels are best 0.3352 apart, and lose 0.01154 of the variance."""
    rows = np.random.default_rng(1).standard_normal((60_000, 4)).astype(np.float32)
    codec = Scalar(bits=4, range="calibrated").fit(rows)
    np.testing.assert_allclose(codec.step, 0.3352, rtol=0.06)
    assert np.mean((back(codec, rows) - rows) ** 2) == pytest.approx(0.01154, rel=0.03)


def test_calibration_cuts_outliers_off_and_counts_them():
    rows = normal()
    rows[::500] *= 100
    widest, cut = Scalar(bits=4, range="minmax").fit(rows), Scalar(bits=4, range="calibrated").fit(rows)
    usual = np.arange(len(rows)) % 500 != 0
    errors = [np.mean((back(codec, rows)[usual] - rows[usual]) ** 2) for codec in (widest, cut)]
    assert errors[1] < errors[0] / 5
    assert widest.tally(rows) == {"numbers": rows.size, "saturated": 0}
    assert 0 < cut.tally(rows)["saturated"] == cut.report["saturated"] <= 4 * 32
    assert cut.tally(rows[usual])["saturated"] < cut.tally(rows)["saturated"]


@pytest.mark.parametrize("per", ["dimension", "row"])
@pytest.mark.parametrize("bits", [8, 4])
def test_calibration_never_loses_more(bits: int, per: str):
    random = np.random.default_rng(2)
    for rows in (
        normal(500),
        random.standard_cauchy((500, 16)).astype(np.float32),
        (random.random((500, 16)) < 0.01).astype(np.float32) * random.random((500, 16)).astype(np.float32),
    ):
        errors = [
            np.mean((back(Scalar(bits=bits, per=per, range=ends).fit(rows), rows) - rows) ** 2)
            for ends in ("minmax", "calibrated")
        ]
        assert errors[1] <= errors[0] * (1 + 1e-6)


def test_later_rows_beyond_the_ends_are_clipped_and_counted():
    rows = normal()
    codec = Scalar(range="minmax").fit(rows)
    beyond = rows[:5].copy()
    beyond[2, 3] = rows[:, 3].max() + 10
    beyond[4, 0] = rows[:, 0].min() - 10
    assert codec.tally(beyond) == {"numbers": 160, "saturated": 2}
    assert back(codec, beyond)[2, 3] == pytest.approx(rows[:, 3].max(), rel=1e-4)
    vectors = Vectors(range(5), beyond)
    assert codec.encode(vectors).report == {"rows": 5, "numbers": 160, "saturated": 2}


@pytest.mark.parametrize("recipe", EVERY, ids=repr)
@pytest.mark.parametrize("unit", [1e-30, 1.0, 1e30])
def test_huge_tiny_and_constant_numbers(recipe: Scalar, unit: float):
    rows = (normal(300, 7) * unit).astype(np.float32)
    rows[3] = 0
    rows[5] = rows[5, 0]
    if recipe.per == "dimension":
        rows[:, 2] = np.float32(0.1) * np.float32(unit)
    codec = recipe.fit(rows)
    decoded = back(codec, rows)
    spread = np.mean((rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)) ** 2)
    assert np.mean((decoded - rows) ** 2) < (0.03 if recipe.bits == 4 else 2e-4) * spread
    if recipe.per == "dimension":
        assert (decoded[:, 2] == rows[0, 2]).all()
    else:
        assert (decoded[3] == 0).all()
        np.testing.assert_allclose(decoded[5], rows[5, 0], rtol=1 / 128)


@pytest.mark.parametrize("recipe", EVERY, ids=repr)
def test_the_largest_and_smallest_floats(recipe: Scalar):
    rows = np.array([[LARGEST, -LARGEST, 1e-45, 0], [-LARGEST, LARGEST, 0, 0]] * 4, np.float32)
    decoded = recipe.fit(rows).decode_rows(recipe.fit(rows).encode_rows(rows))
    assert np.isfinite(decoded).all()
    np.testing.assert_allclose(decoded[:, :2], rows[:, :2], rtol=0.01)


@pytest.mark.parametrize("recipe", EVERY, ids=repr)
def test_one_dim_and_one_row(recipe: Scalar):
    for rows in (np.array([[2.5]], np.float32), np.array([[2.5], [-1.0], [0.0]], np.float32)):
        codec = recipe.fit(rows)
        assert codec.width == (5 if recipe.per == "row" else 1)
        np.testing.assert_allclose(back(codec, rows), rows, atol=0.13)


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize("recipe", EVERY[::2], ids=repr)
@pytest.mark.parametrize("d", [1, 33])
def test_scores_from_codes_are_those_of_decoded_rows(recipe: Scalar, metric: str, d: int):
    rows = normal(200, d)
    rows[7] = 0
    codec = recipe.fit(rows)
    codes, queries = codec.encode_rows(rows), normal(9, d, seed=1)
    x, lengths = back(codec, rows), np.linalg.norm(back(codec, rows), axis=1)
    for few in (queries[:2], queries):
        found = codec.scorer(few, metric)(codes)
        assert found.dtype == np.float32
        if metric == "euclidean":  # of small distances the root magnifies what rounding does to the squares
            wanted = np.square(few[:, None].astype(np.float64) - x).sum(axis=2)
            np.testing.assert_allclose(np.square(found), wanted, atol=1e-5 * wanted.max())
        else:  # where a row is nearly 0, its cosine is one of rounding errors: its product is compared
            own = np.linalg.norm(few, axis=1)[:, None]
            wanted = few.astype(np.float64) @ x.T
            products = found * lengths * own if metric == "cosine" else found
            np.testing.assert_allclose(products, wanted, atol=1e-5 * (own * lengths.max()).max())
        decoded = float_scorer(few, metric, codec.decode_rows)(codes)
        np.testing.assert_allclose(found, decoded, atol=2e-3 if metric == "euclidean" else 1e-3)


def test_small_distances_far_from_the_origin_keep_their_digits():
    rows = normal(300, 16) + np.float32(1000)
    codec = Scalar().fit(rows)
    codes = codec.encode_rows(rows)
    decoded = back(codec, rows)
    true = -np.sqrt(((decoded[:, None] - rows[None, :5].astype(np.float64)) ** 2).sum(axis=2)).T
    found = codec.scorer(rows[:5], "euclidean")(codes)
    np.testing.assert_allclose(found, true, atol=2e-3)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
@pytest.mark.parametrize("per", ["dimension", "row"])
def test_cosines_of_huge_and_tiny_rows(per: str, scale: float):
    rows = (normal(50) * scale).astype(np.float32)
    codec = Scalar(per=per).fit(rows)
    found = codec.scorer(normal(3), "cosine")(codec.encode_rows(rows))
    usual = Scalar(per=per).fit(normal(50))
    wanted = usual.scorer(normal(3), "cosine")(usual.encode_rows(normal(50)))
    np.testing.assert_allclose(found, wanted, atol=0.01)


@pytest.mark.parametrize("d", [1, 2, 7, 8])
def test_two_levels_share_a_byte(d: int):
    levels = np.random.default_rng(d).integers(0, 16, (20, d)).astype(np.uint8)
    packed = pack(levels)
    assert packed.shape == (20, (d + 1) // 2)
    np.testing.assert_array_equal(unpack(packed, d), levels)


def test_floats_of_two_bytes_round_to_their_side():
    numbers = np.r_[np.random.default_rng(0).standard_normal(1000) * 1e3, 0, 1, -1, LARGEST, -LARGEST, 1e-45]
    numbers = numbers.astype(np.float32)
    down, up = brain_down(numbers), brain_up(np.abs(numbers))
    inside = np.abs(numbers) < 3.38e38
    assert (down <= numbers)[inside].all() and np.isfinite(down).all()
    assert (up >= np.abs(numbers))[inside].all() and np.isfinite(up).all()
    np.testing.assert_allclose(down[inside], numbers[inside], rtol=1 / 128, atol=1e-40)
    np.testing.assert_array_equal(brain_floats(brain_bits(down)), down)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bits": 6}, "bits is 8 or 4, not 6"),
        ({"bits": True}, "bits is 8 or 4, not True"),
        ({"per": "column"}, "per is 'dimension' or 'row', not 'column'"),
        ({"range": "best"}, "range is 'minmax' or 'calibrated', not 'best'"),
    ],
)
def test_options_outside_their_range(options: dict, message: str):
    with pytest.raises(OptionError, match=message):
        Scalar(**options)


def test_rows_that_cannot_be_kept():
    codec = Scalar().fit(normal(10, 4))
    with pytest.raises(DataError, match="row 1 holds a number that is not finite"):
        codec.encode_rows(np.array([[1, 2, 3, 4], [1, np.nan, 3, 4]]))
    with pytest.raises(DataError, match="rows of dim 5 do not fit a codec of dim 4"):
        codec.encode_rows(np.ones((2, 5)))
    with pytest.raises(DataError, match="none of the 2 rows is finite"):
        Scalar().fit(np.full((2, 3), np.inf))
    with pytest.raises(DataError, match="without a dim"):
        Scalar().fit(np.empty((2, 0)))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "has the parts low, step, not none"),
        ({"low": np.zeros(3, "f4"), "step": np.zeros(2, "f4")}, r"'step' of Scalar is float32 \(3,\)"),
        ({"low": np.zeros(3), "step": np.zeros(3, "f4")}, "'low' of Scalar is float32"),
        ({"low": np.full(3, np.nan, "f4"), "step": np.zeros(3, "f4")}, "'low' of Scalar is float32"),
        ({"low": np.zeros(3, "f4"), "step": np.full(3, -1, "f4")}, "negative or lead beyond all floats"),
        ({"low": np.zeros(3, "f4"), "step": np.full(3, 1e37, "f4")}, "negative or lead beyond all floats"),
    ],
)
def test_parts_of_a_file_are_checked(parts: dict, message: str):
    with pytest.raises(DataError, match=message):
        ScalarCodec.from_parts(Scalar(), 3, parts, {})


def test_threads_change_no_code() -> None:
    rows = np.random.default_rng(1).normal(0, 1, (40_000, 2)).astype(np.float32)
    codec = Scalar(per="row").fit(rows)
    np.testing.assert_array_equal(codec.encode_rows(rows, run=Run(threads=2)), codec.encode_rows(rows))
    vectors = Vectors(range(len(rows)), rows)
    one, two = (codec.encode(vectors, run=Run(threads=threads)) for threads in (1, 2))
    assert dict(one.report) == dict(two.report) == {"rows": 40_000, "numbers": 80_000, "saturated": 0}


def test_rows_that_are_not_finite_are_counted_and_all_others_may_be_drawn() -> None:
    rows = np.full((70_000, 2), np.nan)
    rows[::200] = np.random.default_rng(1).normal(0, 1, (350, 2))
    report = Scalar().fit(rows).report
    assert (report["rows"], report["not_finite"], report["sample"]) == (70_000, 69_650, 350)


def test_numbers_beyond_float32_are_said_to_be() -> None:
    rows = np.full((3, 2), 1e300)
    with pytest.raises(
        DataError, match=r"none of the 3 rows is finite in float32, whose numbers end at 3.4e"
    ):
        Scalar().fit(rows)
    with pytest.raises(DataError, match=r"^row 0 holds a number beyond float32, which ends at 3.4e"):
        Scalar().fit(np.ones((3, 2))).encode_rows(rows)


def test_products_beyond_float32_are_refused_with_a_way_out() -> None:
    rows = np.random.default_rng(1).normal(0, 1e30, (50, 4)).astype(np.float32)
    vectors = Vectors(range(50), rows, metric="dot")
    with pytest.raises(DataError, match=r"query 0 has dot scores beyond float32.* divide rows and queries"):
        Scalar().fit(vectors).encode(vectors).search(rows[0])
