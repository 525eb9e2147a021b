"""Product codes: their error against theory and FAISS, their scores against those of decoded rows."""

from __future__ import annotations

import json

import numpy as np
import pytest

import firth
from firth.compress import Product, codec_of
from firth.compress.product import ProductCodec
from firth.compress.rotation import balanced, nearest_rotation
from firth.compress.scores import float_scorer
from firth.compress.subspaces import bounds_of
from firth.errors import DataError, OptionError
from firth.parallel import faiss_threads
from firth.run import Run

ONE = Run(threads=1)


def gaussian(n, dim, *, seed=0):
    return np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)


def correlated(n, dim, *, seed=0):
    """Gaussian rows whose variances fall from axis to axis by half, the axes turned at random."""
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.standard_normal((dim, dim)))[0]
    return (random.standard_normal((n, dim)) * 0.5 ** np.arange(dim) @ axes).astype(np.float32)


def error(codec, rows):
    """The mean squared distance of rows to their decoded selves."""
    return float(((codec.decode_rows(codec.encode_rows(rows)) - rows) ** 2).sum(axis=1).mean())


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize(
    ("dim", "recipe"),
    [
        (10, Product(parts=3, bits=5, iterations=3)),
        (9, Product(parts=9, bits=4, rotate=True, iterations=3)),
        (8, Product(parts=4, bits=8, rotate=True, iterations=3)),
        (1, Product(parts=1, bits=6, iterations=3)),
    ],
)
def test_scores_of_codes_are_those_of_decoded_rows(dim, recipe, metric):
    rows = gaussian(400, dim) + np.float32(0.5)
    codec = recipe.fit(rows, run=ONE)
    codes = codec.encode_rows(rows)
    assert codes.shape == (400, codec.width) == (400, (recipe.parts * recipe.bits + 7) // 8)
    queries = gaussian(37, dim, seed=1)
    queries[3] = 0
    for some in (queries[:1], queries):
        scores = codec.scorer(some, metric)(codes)
        assert scores.dtype == np.float32
        np.testing.assert_allclose(
            scores, float_scorer(some, metric, codec.decode_rows)(codes), atol=1e-4 * max(1, dim) ** 0.5
        )


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_a_score_is_the_same_to_the_bit_alone_and_among_others(metric):
    rows = gaussian(300, 12)
    codec = Product(parts=4, bits=4, rotate=True, iterations=2).fit(rows, run=ONE)
    codes, queries = codec.encode_rows(rows), gaussian(40, 12, seed=1)
    together = codec.scorer(queries, metric)(codes)
    for query in (0, 17, 39):
        for row in (0, 131):
            alone = codec.scorer(queries[query : query + 1], metric)(codes[row : row + 1])
            assert alone[0, 0] == together[query, row]
    twins = np.concatenate([codes, codes])
    again = codec.scorer(queries, metric)(twins)
    np.testing.assert_array_equal(again[:, :300], again[:, 300:])
    np.testing.assert_array_equal(again[:, :300], together)


def test_lengths_far_from_the_origin_stay_exact():
    rows = gaussian(300, 6) + np.float32(1000)
    codec = Product(parts=3, bits=5, rotate=True, iterations=3).fit(rows, run=ONE)
    codes, queries = codec.encode_rows(rows), gaussian(3, 6, seed=1) + np.float32(1000)
    decoded = codec.decode_rows(codes).astype(np.float64)
    true = -np.sqrt(((queries[:, None].astype(np.float64) - decoded) ** 2).sum(axis=2))
    np.testing.assert_allclose(codec.scorer(queries, "euclidean")(codes), true, atol=2e-3)
    assert error(codec, rows) < 0.5 * 6  # of a variance of 6: the offset took none of the centroids


def test_one_gaussian_number_a_part_has_the_error_of_lloyd_and_max():
    # Max 1960, "Quantizing for Minimum Distortion", table I: 0.009497 for 16 levels, 0.002499 for 32.
    rows, more = gaussian(20_000, 3), gaussian(20_000, 3, seed=1)
    for bits, known in ((4, 0.009497), (5, 0.002499)):
        codec = Product(parts=3, bits=bits, iterations=150).fit(rows, run=ONE)
        assert error(codec, more) / 3 == pytest.approx(known, rel=0.06)


def test_the_error_of_gaussian_rows_lies_between_shannon_and_zador():
    # For parts of two independent dims no code of R bits a part is nearer than 2^-R (Shannon 1959), and the
    # best vector quantizer tends to 2.02 · 2^-R (Zador 1982, with hexagons).
    rows, more = gaussian(12_000, 8), gaussian(12_000, 8, seed=1)
    errors = []
    for bits in (4, 5, 6):
        codec = Product(parts=4, bits=bits).fit(rows, run=ONE)
        errors.append(error(codec, more) / 8)
        assert 2.0**-bits < errors[-1] < 2.2 * 2.0**-bits
        assert codec.report["error"] == pytest.approx(error(codec, rows), rel=1e-3)
        assert codec.report["variance"] == pytest.approx(8, rel=0.03)
    assert errors[0] > errors[1] > errors[2]


def test_rotated_parts_are_nearer_where_dims_are_correlated():
    rows, more = correlated(3000, 12), correlated(6000, 12)[3000:]
    straight = Product(parts=4, bits=5).fit(rows, run=ONE)
    turned = Product(parts=4, bits=5, rotate=True).fit(rows, run=ONE)
    assert error(turned, more) < 0.6 * error(straight, more)
    np.testing.assert_allclose(turned.rotation.T @ turned.rotation, np.eye(12), atol=1e-5)


def test_rotation_does_no_harm_where_dims_are_independent():
    rows, more = gaussian(4000, 8), gaussian(4000, 8, seed=1)
    straight, turned = (Product(parts=4, bits=5, rotate=r).fit(rows, run=ONE) for r in (False, True))
    assert error(turned, more) < 1.03 * error(straight, more)


def test_axes_are_shared_out_by_the_product_of_their_variances():
    rows = gaussian(4000, 6) * np.array([32, 16, 8, 4, 2, 1], np.float32)
    rows -= rows.mean(axis=0)
    turned = rows @ balanced(rows, bounds_of(6, 3))
    products = turned.var(axis=0).reshape(3, 2).prod(axis=1)
    np.testing.assert_allclose(products, 32.0**2, rtol=0.15)  # 32 · 1, 16 · 2 and 8 · 4, squared
    assert bounds_of(7, 3).tolist() == [0, 3, 5, 7]


def test_a_planted_rotation_is_found():
    rows = gaussian(100, 5)
    rotation = np.linalg.qr(gaussian(5, 5, seed=1))[0].astype(np.float32)
    np.testing.assert_allclose(nearest_rotation(rows, rows @ rotation), rotation, atol=1e-5)


def test_neighbours_and_error_are_those_of_faiss():
    faiss = pytest.importorskip("faiss")
    rows, queries = correlated(2000, 12), correlated(2200, 12)[2000:]
    ours = Product(parts=4, bits=5).fit(rows, run=ONE)
    theirs = faiss.IndexPQ(12, 4, 5)
    with faiss_threads(1):
        theirs.train(rows)
        decoded = theirs.sa_decode(theirs.sa_encode(rows))
    assert error(ours, rows) < 1.03 * float(((decoded - rows) ** 2).sum(axis=1).mean())

    def recall(scores):
        true = -((queries[:, None] - rows) ** 2).sum(axis=2)
        best, found = (np.argsort(-some, axis=1)[:, :10] for some in (true, scores))
        return np.mean([len(set(a) & set(b)) / 10 for a, b in zip(best, found, strict=True)])

    bare = -((queries[:, None] - decoded) ** 2).sum(axis=2)
    assert recall(ours.scorer(queries, "euclidean")(ours.encode_rows(rows))) > recall(bare) - 0.04


def test_as_many_rows_as_centroids_are_their_own_centroids():
    rows = gaussian(16, 5)
    codec = Product(parts=2, bits=4).fit(rows, run=ONE)
    np.testing.assert_allclose(codec.decode_rows(codec.encode_rows(rows)), rows, atol=1e-6)


@pytest.mark.parametrize("rotate", [False, True])
def test_duplicates_constant_columns_and_zeros_come_back(rotate):
    rows = np.repeat(gaussian(3, 4), 20, axis=0)
    rows[:, 2] = 7
    codec = Product(parts=2, bits=4, rotate=rotate).fit(rows, run=ONE)
    np.testing.assert_allclose(codec.decode_rows(codec.encode_rows(rows)), rows, atol=1e-5)
    nothing = Product(parts=2, bits=4, rotate=rotate).fit(np.zeros((20, 4), np.float32), run=ONE)
    codes = nothing.encode_rows(np.zeros((2, 4), np.float32))
    assert not nothing.decode_rows(codes).any()
    assert not nothing.scorer(gaussian(2, 4), "cosine")(codes).any()


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_very_small_and_very_large_rows_are_encoded_alike(scale):
    rows = gaussian(100, 4)
    codes = [
        Product(parts=2, bits=4, iterations=3).fit(some, run=ONE).encode_rows(some)
        for some in (rows, rows * np.float32(2.0 ** round(np.log2(scale))))
    ]
    np.testing.assert_array_equal(*codes)


def test_a_row_far_from_all_that_was_seen_has_a_code():
    codec = Product(parts=2, bits=4, iterations=2).fit(gaussian(50, 4), run=ONE)
    far = np.array([[3e38, -3e38, 3e38, 3e38]], np.float32)
    assert np.isfinite(codec.decode_rows(codec.encode_rows(far))).all()
    assert codec.encode_rows(np.empty((0, 4), np.float32)).shape == (0, 1)
    with pytest.raises(DataError, match="row 1 holds a number that is not finite"):
        codec.encode_rows([[1.0, 2, 3, 4], [1, np.nan, 3, 4]])


@pytest.mark.parametrize("rotate", [False, True])
def test_threads_do_not_change_the_codebooks(rotate):
    rows = gaussian(500, 7)
    one, two = (Product(parts=3, bits=4, rotate=rotate).fit(rows, run=Run(threads=n)) for n in (1, 2))
    np.testing.assert_array_equal(one.codebooks, two.codebooks)
    other = Product(parts=3, bits=4, rotate=rotate).fit(rows, run=Run(threads=1, seed=2))
    assert (one.codebooks != other.codebooks).any()


def test_codes_of_vectors_find_their_neighbours():
    rows = gaussian(600, 8)
    vectors = firth.Vectors([f"w{i}" for i in range(600)], rows)
    codes = Product(parts=8, bits=6).fit(vectors).encode(vectors)
    hits, true = codes.search(rows[:50], k=10), vectors.search(rows[:50], topn=10)
    kept = [len(set(a) & set(b)) / 10 for a, b in zip(hits.rows, true.rows, strict=True)]
    assert np.mean(kept) > 0.8
    assert codes.codec.width == 6


def test_a_codec_comes_back_from_its_parts():
    rows = gaussian(100, 6)
    codec = Product(parts=4, bits=5, rotate=True, iterations=2).fit(rows)
    report = json.loads(json.dumps(dict(codec.report)))
    again = codec_of(json.loads(json.dumps(codec.recipe.to_dict())), 6, codec.parts(), report)
    np.testing.assert_array_equal(again.encode_rows(rows), codec.encode_rows(rows))
    assert again.recipe == codec.recipe


def test_a_codec_is_made_of_given_codebooks():
    codebooks = np.arange(32, dtype=np.float32).reshape(16, 2)
    codec = ProductCodec(Product(parts=2, bits=4), 2, codebooks=codebooks)
    assert codec.encode_rows([[6.2, 29.0]]).tolist() == [[3 | 14 << 4]]
    assert codec.decode_rows(np.array([[0xF1]], np.uint8)).tolist() == [[2.0, 31.0]]


def good():
    return {
        "codebooks": gaussian(16, 6),
        "middle": np.zeros(6, np.float32),
        "rotation": np.eye(6, dtype=np.float32),
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codebooks": gaussian(15, 6)}, r"codebooks is float32 of shape \(16, 6\), not float32"),
        ({"codebooks": gaussian(16, 6).astype(np.float64)}, "not float64"),
        ({"middle": np.full(6, np.nan, np.float32)}, "middle holds a number that is not finite"),
        ({"middle": np.zeros((6, 1), np.float32)}, r"middle is float32 of shape \(6,\)"),
        ({"rotation": np.full((6, 6), np.inf, np.float32)}, "rotation holds a number that is not finite"),
        ({"rotation": 2 * np.eye(6, dtype=np.float32)}, "not orthogonal"),
        ({"more": gaussian(1, 1)}, "the parts of this codec are codebooks, middle, rotation, not"),
    ],
)
def test_parts_of_a_file_are_checked(change, message):
    recipe = Product(parts=3, bits=4, rotate=True)
    assert ProductCodec.from_parts(recipe, 6, good(), {}).width == 2
    with pytest.raises(DataError, match=message):
        ProductCodec.from_parts(recipe, 6, {**good(), **change}, {})


def test_more_parts_than_dims_in_a_file_are_refused():
    parts = {"codebooks": gaussian(16, 6), "middle": np.zeros(6, np.float32)}
    with pytest.raises(DataError, match="from 1 to the dim of the rows, 6, not 7"):
        ProductCodec.from_parts(Product(parts=7, bits=4), 6, parts, {})


def test_any_bytes_are_codes():
    codec = Product(parts=3, bits=5, iterations=2).fit(gaussian(64, 4))
    codes = np.random.default_rng(0).integers(0, 256, (500, 2), np.uint8)
    assert np.isfinite(codec.decode_rows(codes)).all()
    assert np.isfinite(codec.scorer(gaussian(9, 4), "cosine")(codes)).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parts": 0}, "parts is a whole number from 1"),
        ({"parts": 2, "bits": 3}, "bits is a whole number from 4 to 8, not 3"),
        ({"parts": 2, "bits": 9}, "bits is a whole number from 4 to 8, not 9"),
        ({"parts": 2, "rotate": 1}, "rotate is True or False"),
        ({"parts": 2, "iterations": 0}, "iterations is a whole number from 1"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(OptionError, match=message):
        Product(**options)


def test_too_few_rows_and_too_many_parts_are_refused():
    with pytest.raises(DataError, match=r"256 finite rows; there are 100: give more rows, or take bits=6"):
        Product(parts=2).fit(gaussian(100, 4))
    with pytest.raises(
        DataError, match=r"16 finite rows; there are 15: give more rows; the fewest bits are 4"
    ):
        Product(parts=2, bits=4).fit(gaussian(15, 4))
    with pytest.raises(
        OptionError, match="from 1 to the dim of the rows, 4, not 5: a part has at least one dim"
    ):
        Product(parts=5, bits=4).fit(gaussian(50, 4))
    with pytest.raises(DataError, match="divide the rows by a power of ten first"):
        Product(parts=2, bits=4).fit(gaussian(50, 4) * np.float32(2e37))
