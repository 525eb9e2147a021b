"""Fingerprints: the same for every part of a space, another for another space, and two are never mixed."""

from __future__ import annotations

import copy
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth import Model, Vectors, formats, load
from firth.errors import DataError, FormatError, SpaceMismatchError
from firth.fingerprints import check_same_space
from firth.formats.strict_json import dump, parse
from firth.formats.tensors import read_tensors, write_tensors


def make(n=400, dim=8, *, seed=0, metric="cosine", **more) -> Vectors:
    matrix = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return Vectors(
        [f"w{i}" for i in range(n)], matrix, metric=metric, columns={"counts": np.arange(n)}, **more
    )


def rotated(vectors: Vectors) -> Vectors:
    turn = np.linalg.qr(np.random.default_rng(9).standard_normal((vectors.dim, vectors.dim)))[0]
    return Vectors(vectors.ids, vectors.matrix @ turn, meta=vectors.meta)


def test_a_selection_keeps_the_fingerprint():
    v = make()
    for part in (v.take(["w9", "w3"]), v.most_frequent(5), v.unit(), v.unit().take(["w1"]).most_frequent(1)):
        assert part.fingerprint == v.fingerprint
    assert len(v.fingerprint) == 16
    assert int(v.fingerprint, 16) >= 0


def test_the_same_rows_have_the_same_fingerprint():
    assert make().fingerprint == make().fingerprint
    zeros = np.zeros((2, 3), np.float32)
    assert Vectors([1, 2], zeros).fingerprint == Vectors([1, 2], -zeros).fingerprint  # -0 equals 0


@pytest.mark.parametrize(
    "other",
    [
        rotated,
        lambda _: make(seed=1),
        lambda v: Vectors(v.ids, v.matrix - v.matrix.mean(axis=0), meta=v.meta),  # centred
        lambda v: Vectors(v.ids, v.matrix.astype(np.float16)),  # a codec
        lambda v: Vectors([f"x{i}" for i in range(len(v))], v.matrix),
        lambda v: Vectors(range(len(v)), v.matrix),
        lambda v: Vectors(v.ids, v.matrix[:, :7]),
        lambda v: Vectors(v.ids, v.matrix[:, ::-1]),
    ],
)
def test_another_space_has_another_fingerprint(other):
    v = make()
    assert other(v).fingerprint != v.fingerprint


def test_lengths_count_where_the_metric_reads_them():
    for metric in ("dot", "euclidean"):
        v = make(metric=metric)
        assert v.unit().fingerprint != v.fingerprint


@given(st.integers(0, 600), st.integers(1, 5))
def test_any_shape_has_one(n: int, dim: int):
    v = Vectors(range(n), np.ones((n, dim), np.float32))
    assert v.fingerprint == Vectors(range(n), np.ones((n, dim), np.float32)).fingerprint


def test_it_is_carried_by_copies_also_to_another_process():
    part = make().take(["w1", "w2"])
    assert copy.copy(part).fingerprint == copy.deepcopy(part).fingerprint == part.fingerprint
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_fingerprint, (part,)) == part.fingerprint


def _fingerprint(vectors: Vectors) -> str:
    return vectors.fingerprint


def test_it_is_no_part_of_equality():
    assert make(fingerprint="mine") == make()


# --- files ---


def test_a_file_keeps_it(tmp_path: Path):
    v = make(meta={"fingerprint": "0badcafe"})
    v.take(["w7", "w8"]).save(tmp_path / "part.safetensors")
    part = Vectors.load(tmp_path / "part.safetensors")
    assert part.fingerprint == v.fingerprint
    assert dict(part.meta) == {"fingerprint": "0badcafe"}  # that of the data is another thing
    Model({"vectors": v}).save(tmp_path / "half.safetensors", half=["vectors"])
    half = Vectors.load(tmp_path / "half.safetensors")
    assert half != v
    assert half.fingerprint == v.fingerprint
    half.save(tmp_path / "again.safetensors")
    assert Vectors.load(tmp_path / "again.safetensors").fingerprint == v.fingerprint


def test_a_file_of_before_has_that_of_its_rows(tmp_path: Path):
    v = make()
    v.save(tmp_path / "new.safetensors")
    _change_meta(tmp_path / "new.safetensors", tmp_path / "old.safetensors", {})
    assert Vectors.load(tmp_path / "old.safetensors").fingerprint == v.fingerprint


@pytest.mark.parametrize("bad", [7, "", None, ["x"], "x" * 201])
def test_a_file_with_something_else_in_its_place(bad, tmp_path: Path):
    make().save(tmp_path / "good.safetensors")
    _change_meta(tmp_path / "good.safetensors", tmp_path / "bad.safetensors", {"space_fingerprint": bad})
    if bad is None:  # as JSON's null, it says nothing
        assert load(tmp_path / "bad.safetensors").vectors.fingerprint == make().fingerprint
        return
    with pytest.raises(FormatError, match="a fingerprint is a string of 1 to 200 characters, not"):
        load(tmp_path / "bad.safetensors")


def _change_meta(path: Path, target: Path, meta: dict[str, object]) -> None:
    tensors, metadata = read_tensors(path)
    entry = parse(metadata["firth"])
    entry["spaces"][0]["meta"] = meta
    write_tensors(target, tensors, {"firth": dump(entry)})


def test_text_formats_write_every_digit_so_it_survives_them(tmp_path: Path):
    v = make()
    formats.write(v, tmp_path / "v.vec")
    formats.write(v, tmp_path / "v.npy")
    assert load(tmp_path / "v.vec").vectors.fingerprint == v.fingerprint
    assert load(tmp_path / "v.npy").vectors.fingerprint == v.fingerprint


def test_describe_shows_it(tmp_path: Path):
    v = make()
    v.take(["w1"]).save(tmp_path / "one.safetensors")
    assert formats.describe(tmp_path / "one.safetensors")["spaces"][0]["space_fingerprint"] == v.fingerprint


# --- two spaces are never mixed ---


def test_vectors_are_queries_of_their_own_space():
    v = make()
    part = v.take(["w4", "w2"])
    assert v.search(part, topn=3) == v.search(part.matrix, topn=3)
    assert v.search(part, topn=1).ids == [["w4"], ["w2"]]  # rows, not ids: they find themselves
    np.testing.assert_array_equal(v.similarity(part, part), v.similarity(part.matrix, part.matrix))
    assert v.most_similar(part, topn=2) == v.most_similar(part.matrix, topn=2)
    assert v.search(v.take([]), topn=3).rows.shape == (0, 3)


def test_rows_that_came_later_belong_to_the_space_that_they_say():
    v = make(fingerprint="some-encoder v2")
    queries = Vectors(["q"], v.matrix[:1], fingerprint="some-encoder v2")
    assert v.search(queries, topn=1).ids == [["w0"]]


@pytest.mark.parametrize(
    "ask",
    [
        lambda v, other: v.search(other),
        lambda v, other: v.most_similar(other),
        lambda v, other: v.most_similar("w1", other),
        lambda v, other: v.similarity("w1", other),
        lambda v, other: v.distance(other, "w1"),
    ],
)
def test_vectors_of_another_space_are_refused(ask):
    v = make()
    other = rotated(v)
    with pytest.raises(SpaceMismatchError, match=r"Encode both with the same model, or map one") as caught:
        ask(v, other)
    assert (caught.value.expected, caught.value.found) == (v.fingerprint, other.fingerprint)
    assert isinstance(caught.value, DataError)


def test_vectors_that_say_one_space_but_have_another_dim():
    v = make(fingerprint="one")
    with pytest.raises(DataError, match="does not fit vectors of dim 8"):
        v.search(make(dim=4, fingerprint="one"))


def test_the_check_names_what_was_given():
    v = make()
    check_same_space(v.fingerprint, v.unit())
    with pytest.raises(SpaceMismatchError, match=f"the old rows are of the space .* not of {v.fingerprint}"):
        check_same_space(v.fingerprint, rotated(v), what="the old rows")


@pytest.mark.parametrize("bad", ["", 7, "x" * 201])
def test_a_fingerprint_is_a_name(bad):
    with pytest.raises(DataError, match="a fingerprint is a string of 1 to 200 characters"):
        make(fingerprint=bad)


def test_the_key_of_the_file_is_refused_in_meta(tmp_path: Path):
    """It would be taken for the fingerprint, and vanish."""
    v = Vectors(["a"], [[1.0]], meta={"space_fingerprint": "mine"})
    with pytest.raises(DataError, match=r"'space_fingerprint' in the meta of .* rename it"):
        v.save(tmp_path / "v.safetensors")
