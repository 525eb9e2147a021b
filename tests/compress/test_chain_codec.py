"""`Chain`: projections and a codec behind them are one codec."""

from __future__ import annotations

import json

import numpy as np
import pytest

from firth import Run, Vectors
from firth.compress import (
    Binary,
    Chain,
    Float16,
    RandomProjection,
    Scalar,
    SimHash,
    Truncate,
    codec_of,
    recipe_of,
)
from firth.compress.scores import float_scorer
from firth.errors import DataError, OptionError
from firth.testing.codecs import clustered_rows

ROWS = clustered_rows(300, dim=20)
METRICS = ("cosine", "dot", "euclidean")


def test_a_chain_is_its_steps_one_after_the_other() -> None:
    recipe = Chain(steps=(Truncate(dim=12, how="pca"), Scalar(bits=8)))
    codec = recipe.fit(ROWS, run=Run(seed=2))
    first = Truncate(dim=12, how="pca").fit(ROWS, run=Run(seed=2))
    small = first.apply_rows(ROWS)
    second = Scalar(bits=8).fit(small, run=Run(seed=2))
    codes = codec.encode_rows(ROWS)
    np.testing.assert_array_equal(codes, second.encode_rows(small))
    np.testing.assert_array_equal(codec.decode_rows(codes), first.back_rows(second.decode_rows(codes)))
    assert codec.report["steps"][0]["variance_kept"] == first.report["variance_kept"]


@pytest.mark.parametrize(
    "steps",
    [
        (Truncate(dim=12), Scalar(bits=8)),
        (Truncate(dim=12, how="pca"), Scalar(bits=4)),
        (Truncate(dim=12, how="pca", centre=False), Binary(how="itq")),
        (Truncate(dim=16, how="pca"), Truncate(dim=12, centre=True), Scalar(bits=8)),
    ],
    ids=["leading", "pca", "plain", "two"],
)
def test_scores_in_the_small_space_are_those_of_decoded_rows(steps: tuple) -> None:
    codec = Chain(steps=steps).fit(ROWS)
    codes, queries = codec.encode_rows(ROWS), np.concatenate([ROWS[:5] + 1, np.zeros((1, 20), np.float32)])
    for metric in METRICS:
        found, wanted = (
            codec.scorer(queries, metric)(codes),
            float_scorer(queries, metric, codec.decode_rows)(codes),
        )
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=2e-4 if metric == "cosine" else 2e-3)


@pytest.mark.parametrize("first", [RandomProjection(dim=12), Truncate(dim=12, how="pca", whiten=True)])
def test_a_space_of_its_own_is_scored_there(first) -> None:
    chain = Chain(steps=(first, Scalar(bits=8))).fit(ROWS)
    alone = first.fit(ROWS)
    for metric in METRICS:
        found = chain.scorer(ROWS[:5], metric)(chain.encode_rows(ROWS))
        wanted = chain.last.scorer(alone.apply_rows(ROWS[:5]), metric)(chain.encode_rows(ROWS))
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_a_recipe_comes_back_from_json_and_a_codec_from_its_parts() -> None:
    recipe = Chain(steps=(Truncate(dim=12, how="pca"), RandomProjection(dim=10), SimHash(bits=64)))
    entry = json.loads(json.dumps(recipe.to_dict()))
    assert entry["steps"][1] == {"codec": "RandomProjection", "dim": 10, "kind": "gaussian", "density": None}
    assert recipe_of(entry) == recipe
    codec = recipe.fit(ROWS)
    assert sorted(codec.parts()) == ["0.axes", "0.mean", "1.matrix", "2.length", "2.planes"]
    back = codec_of(entry, 20, codec.parts(), dict(codec.report))
    np.testing.assert_array_equal(back.encode_rows(ROWS), codec.encode_rows(ROWS))


def test_a_chain_is_smaller_and_finds_what_its_steps_find() -> None:
    vectors = Vectors(range(300), ROWS)
    codes = Chain(steps=(Truncate(dim=16, how="pca"), Scalar(bits=8))).fit(vectors).encode(vectors)
    assert codes.data.nbytes * 5 == vectors.matrix.nbytes
    hits, wanted = codes.search(ROWS[:50], 5).rows, vectors.search(ROWS[:50], topn=5).rows
    assert np.mean([len(set(a) & set(b)) / 5 for a, b in zip(hits, wanted, strict=True)]) > 0.8


def test_what_the_last_codec_clips_or_refuses_is_told() -> None:
    vectors = Vectors(range(300), ROWS)
    far = Vectors(range(300), ROWS * 50, fingerprint=vectors.fingerprint)
    codec = Chain(steps=(Truncate(dim=12), Scalar(bits=8))).fit(vectors)
    assert codec.encode(far).report["saturated"] > codec.encode(vectors).report["saturated"]
    half = Chain(steps=(Truncate(dim=12), Float16())).fit(vectors)
    with pytest.raises(DataError, match=r"row 0 holds .* beyond 65,504"):
        half.encode_rows(ROWS * 1e6)


def test_what_is_refused() -> None:
    with pytest.raises(OptionError, match="steps are 2 to 8 recipes, not 1"):
        Chain(steps=(Binary(),))
    with pytest.raises(OptionError, match="steps is a list, not 'Binary'"):
        Chain(steps="Binary")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="only projections"):
        Chain(steps=(Binary(), Truncate(dim=4)))
    with pytest.raises(OptionError, match="the last of the steps is the recipe of a codec, not 3"):
        Chain(steps=(Truncate(dim=4), 3))  # type: ignore[arg-type]
    chain = Chain(steps=(Truncate(dim=12), Binary()))
    for nested in (chain, chain.to_dict()):
        with pytest.raises(OptionError, match=r"a step of a Chain is no Chain|the last of the steps"):
            Chain(steps=(Truncate(dim=4), nested))  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="codec is one of"):
        Chain(steps=({"codec": "Zip"}, Binary()))  # type: ignore[arg-type]
    with pytest.raises(DataError, match="rows of dim 12 have no 16 dims to keep"):
        Chain(steps=(Truncate(dim=12), Truncate(dim=16))).fit(ROWS)
    codec = chain.fit(ROWS)
    for name in ("2.levels", "levels", "-1.levels", "x.levels"):
        with pytest.raises(DataError, match="belongs to no step of a Chain of 2"):
            type(codec).from_parts(chain, 20, {**codec.parts(), name: np.zeros(1)}, {})


def test_reports_and_errors_count_what_the_last_step_sees() -> None:
    rows = np.random.default_rng(3).normal(0, 1, (16_500, 4)).astype(np.float32)
    rows[:, 3] = 0
    chain = Chain(steps=(Truncate(dim=2), Scalar(bits=4))).fit(rows[:500])
    assert chain.encode(Vectors(range(16_500), rows)).report["numbers"] == 2 * 16_500
    rows[16_450, 1] = 1e6  # beyond the first block
    with pytest.raises(DataError, match=r"^row 16,450 holds 1e[+]06, beyond 65,504"):
        Chain(steps=(Truncate(dim=2), Float16())).fit(rows[:500]).encode_rows(rows)
    rows[16_450] = 3e38
    with pytest.raises(DataError, match=r"^row 16,450 is so long that its projection goes beyond float32"):
        Truncate(dim=2, how="pca").fit(np.arange(5)[:, None] * np.ones(4)).encode_rows(rows * np.float32(1.1))
