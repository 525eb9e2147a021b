"""Residual codes: their error against that of product codes and FAISS, their scores against decoded rows."""

from __future__ import annotations

import json

import numpy as np
import pytest

import firth
from firth.compress import Product, Residual, codec_of
from firth.compress.residual import ResidualCodec
from firth.compress.scores import float_scorer
from firth.errors import DataError, OptionError
from firth.parallel import faiss_threads
from firth.run import Run

ONE = Run(threads=1)


def gaussian(n, dim, *, seed=0):
    return np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)


def heaps(n, dim, *, heaps, seed=0):
    """Rows in heaps: what a whole row says cannot be told from one of its parts."""
    random = np.random.default_rng(seed)
    middles = random.standard_normal((heaps, dim)) * 3
    return (middles[random.integers(0, heaps, n)] + random.standard_normal((n, dim)) * 0.5).astype(np.float32)


def error(codec, rows):
    """The mean squared distance of rows to their decoded selves."""
    return float(((codec.decode_rows(codec.encode_rows(rows)) - rows) ** 2).sum(axis=1).mean())


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@pytest.mark.parametrize(
    ("dim", "recipe"),
    [
        (7, Residual(stages=3, bits=5, iterations=2)),
        (8, Residual(stages=2, bits=8, beam=2, iterations=2)),
        (1, Residual(stages=2, bits=4, iterations=2)),
    ],
)
def test_scores_of_codes_are_those_of_decoded_rows(dim, recipe, metric):
    rows = gaussian(300, dim) + np.float32(0.5)
    codec = recipe.fit(rows, run=ONE)
    codes = codec.encode_rows(rows)
    assert codes.shape == (300, codec.width) == (300, (recipe.stages * recipe.bits + 7) // 8)
    queries = gaussian(37, dim, seed=1)
    queries[3] = 0
    for some in (queries[:1], queries):
        scores = codec.scorer(some, metric)(codes)
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, float_scorer(some, metric, codec.decode_rows)(codes), atol=2e-4)


def test_every_stage_leaves_less_and_the_report_says_how_much():
    rows = gaussian(1500, 8)
    codec = Residual(stages=4, bits=5, iterations=5).fit(rows, run=ONE)
    errors = codec.report["errors"]
    assert codec.report["variance"] > errors[0] > errors[1] > errors[2] > errors[3] == codec.report["error"]
    assert error(codec, rows) == pytest.approx(errors[-1], rel=1e-3)
    # Not below the distance that 5 bits a stage allow for 8 independent Gaussian numbers (Shannon 1959).
    more = gaussian(3000, 8, seed=1)
    assert 8 * 2.0 ** (-2 * 20 / 8) < error(codec, more) < 2.2 * 8 * 2.0 ** (-2 * 20 / 8)


def test_a_wider_beam_comes_nearer():
    rows = gaussian(800, 8)
    codec = Residual(stages=4, bits=4, beam=1, iterations=4).fit(rows, run=ONE)
    wide = ResidualCodec(
        Residual(stages=4, bits=4, beam=8), 8, codebooks=codec.codebooks, middle=codec.middle
    )
    assert error(wide, rows) < 0.97 * error(codec, rows)


def test_a_full_beam_finds_the_nearest_of_all_sums():
    rows = gaussian(40, 3)
    codec = Residual(stages=2, bits=4, beam=16, iterations=3).fit(rows, run=ONE)
    every = codec.decode_rows(np.arange(256, dtype=np.uint8)[:, None])
    nearest = ((rows[:, None] - every) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(codec.encode_rows(rows)[:, 0], nearest)


def test_at_equal_bytes_it_is_nearer_than_product_codes_where_parts_depend_on_each_other():
    rows, more = np.split(heaps(6000, 16, heaps=60), [3000])
    residual = Residual(stages=4, bits=6).fit(rows, run=ONE)
    for rotate in (False, True):
        product = Product(parts=4, bits=6, rotate=rotate).fit(rows, run=ONE)
        assert residual.width == product.width
        assert error(residual, more) < 0.9 * error(product, more)


def test_its_error_is_not_above_that_of_faiss():
    faiss = pytest.importorskip("faiss")
    rows = heaps(1500, 12, heaps=40)
    ours = Residual(stages=4, bits=5).fit(rows, run=ONE)
    theirs = faiss.IndexResidualQuantizer(12, 4, 5, faiss.METRIC_L2, faiss.AdditiveQuantizer.ST_decompress)
    with faiss_threads(1):
        theirs.train(rows)
        decoded = theirs.sa_decode(theirs.sa_encode(rows))
    assert error(ours, rows) < 1.03 * float(((decoded - rows) ** 2).sum(axis=1).mean())


def test_duplicates_constant_columns_and_offsets_come_back():
    rows = np.repeat(gaussian(3, 4), 20, axis=0)
    rows[:, 2] = 7
    codec = Residual(stages=2, bits=4).fit(rows, run=ONE)
    np.testing.assert_allclose(codec.decode_rows(codec.encode_rows(rows)), rows, atol=1e-5)
    own = gaussian(16, 3) + np.float32(1000)
    again = Residual(stages=1, bits=4).fit(own, run=ONE)
    np.testing.assert_allclose(again.decode_rows(again.encode_rows(own)), own, atol=1e-3)


def test_threads_do_not_change_the_codebooks():
    rows = gaussian(300, 5)
    one, two = (Residual(stages=2, bits=4, iterations=3).fit(rows, run=Run(threads=n)) for n in (1, 2))
    np.testing.assert_array_equal(one.codebooks, two.codebooks)


def test_codes_of_vectors_find_their_neighbours():
    rows = heaps(500, 8, heaps=50)
    vectors = firth.Vectors([f"w{i}" for i in range(500)], rows, metric="euclidean")
    codes = Residual(stages=6, bits=5, iterations=5).fit(vectors).encode(vectors)
    hits, true = codes.search(rows[:50], k=10), vectors.search(rows[:50], topn=10)
    kept = [len(set(a) & set(b)) / 10 for a, b in zip(hits.rows, true.rows, strict=True)]
    assert np.mean(kept) > 0.7


def test_a_codec_comes_back_from_its_parts_and_any_bytes_are_codes():
    rows = gaussian(100, 6)
    codec = Residual(stages=3, bits=5, beam=3, iterations=2).fit(rows)
    report = json.loads(json.dumps(dict(codec.report)))
    again = codec_of(json.loads(json.dumps(codec.recipe.to_dict())), 6, codec.parts(), report)
    np.testing.assert_array_equal(again.encode_rows(rows), codec.encode_rows(rows))
    codes = np.random.default_rng(0).integers(0, 256, (500, 2), np.uint8)
    assert np.isfinite(again.decode_rows(codes)).all()
    assert np.isfinite(again.scorer(rows[:20], "cosine")(codes)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codebooks": gaussian(32, 6)}, r"codebooks is float32 of shape \(2, 16, 6\), not float32 of shape"),
        (
            {"codebooks": np.full((2, 16, 6), np.inf, np.float32)},
            "codebooks holds a number that is not finite",
        ),
        ({"middle": np.zeros(6, np.int32)}, "middle is float32 .* not int32"),
        ({"rotation": gaussian(6, 6)}, "the parts of this codec are codebooks, middle, not"),
    ],
)
def test_parts_of_a_file_are_checked(change, message):
    good = {"codebooks": gaussian(32, 6).reshape(2, 16, 6), "middle": np.zeros(6, np.float32)}
    recipe = Residual(stages=2, bits=4)
    assert ResidualCodec.from_parts(recipe, 6, good, {}).width == 1
    with pytest.raises(DataError, match=message):
        ResidualCodec.from_parts(recipe, 6, {**good, **change}, {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stages": 0}, "stages is a whole number from 1 to 256, not 0"),
        ({"stages": 2, "bits": 3}, "bits is a whole number from 4 to 8, not 3"),
        ({"stages": 2, "beam": 0}, "beam is a whole number from 1 to 256, not 0"),
        ({"stages": 2, "iterations": 0}, "iterations is a whole number from 1"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(OptionError, match=message):
        Residual(**options)


def test_too_few_rows_are_refused():
    with pytest.raises(DataError, match="256 finite rows; there are 40: give more rows, or take bits=5"):
        Residual(stages=2).fit(gaussian(40, 4))
