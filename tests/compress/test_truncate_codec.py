"""`Truncate`: what is kept, what is lost, and what is near afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from firth import Vectors
from firth.compress import Truncate
from firth.compress.truncate import principal_axes
from firth.errors import DataError, OptionError, SpaceMismatchError
from firth.neighbours import unit_rows
from firth.testing.codecs import clustered_rows

ROWS = clustered_rows(300, dim=16)
RANDOM = np.random.default_rng(3)


def off_by(codec, rows: np.ndarray) -> float:
    """The mean squared error of decoded rows."""
    return float(np.square(rows - codec.decode_rows(codec.encode_rows(rows)), dtype=np.float64).sum(1).mean())


def test_leading_dims_are_kept_as_they_are() -> None:
    codec = Truncate(dim=5).fit(ROWS)
    np.testing.assert_array_equal(codec.apply_rows(ROWS), ROWS[:, :5])
    back = codec.decode_rows(codec.encode_rows(ROWS))
    np.testing.assert_array_equal(back[:, :5], ROWS[:, :5])
    assert not back[:, 5:].any()


def test_a_mean_fills_leading_rows_up_and_errs_less() -> None:
    plain, centred = Truncate(dim=5).fit(ROWS), Truncate(dim=5, centre=True).fit(ROWS)
    assert off_by(centred, ROWS) < off_by(plain, ROWS)
    back = centred.decode_rows(centred.encode_rows(ROWS))
    np.testing.assert_allclose(back[:, 5:], np.broadcast_to(ROWS[:, 5:].mean(0), (300, 11)), rtol=1e-5)


def test_pca_is_that_of_scikit_learn() -> None:
    codec = Truncate(dim=6, how="pca").fit(ROWS)
    theirs = PCA(6, svd_solver="full").fit(ROWS)
    small, wanted = codec.apply_rows(ROWS), theirs.transform(ROWS)
    signs = np.sign(np.sum(small * wanted, axis=0))
    np.testing.assert_allclose(small, wanted * signs, atol=2e-5)
    assert codec.report["variance_kept"] == pytest.approx(theirs.explained_variance_ratio_.sum())


def test_the_error_of_pca_is_the_variance_that_is_lost() -> None:
    """Eckart and Young: the squared error is the sum of the variances of the directions left out."""
    values, _ = principal_axes(ROWS, ROWS.mean(0, dtype=np.float64))
    for dim in (1, 6, 15, 16):
        codec = Truncate(dim=dim, how="pca").fit(ROWS)
        assert off_by(codec, ROWS) == pytest.approx(values[dim:].sum(), rel=1e-3, abs=1e-9)
        kept = codec.report["variance_kept"]
        assert 1 - kept == pytest.approx(values[dim:].sum() / values.sum(), abs=1e-6)


def test_whitened_directions_count_alike_and_are_turned_back() -> None:
    codec = Truncate(dim=8, how="pca", whiten=True).fit(ROWS)
    small = codec.apply_rows(ROWS).astype(np.float64)
    np.testing.assert_allclose(small.T @ small / len(small), np.eye(8), atol=1e-3)
    plain = Truncate(dim=8, how="pca").fit(ROWS)
    np.testing.assert_allclose(
        codec.decode_rows(codec.encode_rows(ROWS)), plain.decode_rows(plain.encode_rows(ROWS)), atol=1e-4
    )


def test_a_whitened_distance_is_that_of_mahalanobis() -> None:
    codec = Truncate(dim=16, how="pca", whiten=True).fit(ROWS)
    away = (ROWS[:4, None] - ROWS[None, 4:20]).astype(np.float64)
    precision = np.linalg.inv(np.cov(ROWS.T.astype(np.float64), bias=True))
    wanted = -np.sqrt(np.einsum("mnd,de,mne->mn", away, precision, away))
    found = codec.scorer(ROWS[:4], "euclidean")(codec.encode_rows(ROWS[4:20]))
    np.testing.assert_allclose(found, wanted, rtol=1e-3)


def test_all_but_the_top_leaves_the_common_direction_out() -> None:
    """Rows with a direction in common that says nothing: without it, neighbours are those of the rest."""
    meaning = RANDOM.normal(0, 1, (200, 12))
    clean = meaning - meaning.mean(1, keepdims=True)
    clean -= clean.mean(0)
    along = RANDOM.normal(0, 30, 200)
    along -= clean @ np.linalg.lstsq(clean, along, rcond=None)[0]  # says nothing in this sample either
    rows = (clean + np.outer(along, np.ones(12) / np.sqrt(12)) + 4).astype(np.float32)
    codec = Truncate(dim=11, how="pca", drop_top=1).fit(rows)
    wanted = unit_rows(clean.astype(np.float32)) @ unit_rows(clean.astype(np.float32)).T
    found = codec.scorer(rows, "cosine")(codec.encode_rows(rows))
    assert np.abs(found - wanted).max() < 1e-3
    assert codec.report["variance_dropped"] > 0.9
    assert codec.report["variance_dropped"] + codec.report["variance_kept"] == pytest.approx(1)


def test_directions_without_variance_are_counted_and_0_in_whitened_rows() -> None:
    flat = ROWS.copy()
    flat[:, 10:] = flat[:, :6]
    codec = Truncate(dim=16, how="pca", whiten=True).fit(flat)
    assert codec.report["flat"] == 6
    assert not codec.apply_rows(flat)[:, 10:].any()
    np.testing.assert_allclose(codec.decode_rows(codec.encode_rows(flat)), flat, atol=1e-4)


def test_applied_vectors_are_of_a_small_space_of_their_own() -> None:
    vectors = Vectors([f"w{i}" for i in range(300)], ROWS, columns={"counts": np.arange(300)})
    codec = Truncate(dim=6, how="pca").fit(vectors)
    documents, queries = codec.apply(vectors), codec.apply(vectors.take(["w3", "w9"]))
    assert documents.dim == 6
    assert documents.fingerprint == queries.fingerprint != vectors.fingerprint
    assert documents.search(queries, topn=1).ids == [["w3"], ["w9"]]
    assert documents.meta["projection"]["codec"] == "Truncate"
    np.testing.assert_array_equal(documents.counts, np.arange(300))
    another = Truncate(dim=5, how="pca").fit(vectors).apply(vectors)
    assert another.fingerprint != documents.fingerprint
    with pytest.raises(SpaceMismatchError, match="the vectors to be projected are of the space"):
        codec.apply(Vectors(vectors.ids, -ROWS))


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(OptionError, match="how is 'leading' or 'pca', not 'svd'"):
        Truncate(how="svd")
    with pytest.raises(OptionError, match="need how='pca'"):
        Truncate(dim=4, drop_top=1)
    with pytest.raises(OptionError, match="dim is a whole number from 1"):
        Truncate(dim=0)
    with pytest.raises(DataError, match="rows of dim 16 have no 15 dims to keep beside 2 that are dropped"):
        Truncate(dim=15, how="pca", drop_top=2).fit(ROWS)


def test_rows_beyond_float32_are_refused() -> None:
    codec = Truncate(dim=4, how="pca").fit(ROWS)
    with pytest.raises(DataError, match="its projection goes beyond float32"):
        codec.encode_rows(np.full((1, 16), 3e38, np.float32) * np.sign(codec.up[0]))


def test_axes_of_a_file_must_be_orthonormal() -> None:
    codec = Truncate(dim=4, how="pca").fit(ROWS)
    parts = codec.parts()
    for axes in (parts["axes"] * 2, parts["axes"][[0, 0, 1, 2]], parts["axes"] * np.float32(1e38)):
        with pytest.raises(DataError, match="the part 'axes' of Truncate is not orthonormal"):
            type(codec).from_parts(codec.recipe, 16, {**parts, "axes": axes}, {})
    white = Truncate(dim=4, how="pca", whiten=True).fit(ROWS)
    with pytest.raises(DataError, match="is no deviation"):
        parts = {**white.parts(), "deviations": -white.parts()["deviations"]}
        type(white).from_parts(white.recipe, 16, parts, {})
