"""Files of other programs: theirs load as they wrote them, ours load in theirs, and nothing is lost."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import sample
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from firth.errors import DataError, FormatError, OptionError
from firth.formats import FORMATS, describe, read, sniff, write
from firth.model import Model
from firth.vectors import Vectors

GOLDEN = Path(__file__).parent / "golden"
FOREIGN = [known.name for known in FORMATS if known.name != "firth"]

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("format", FOREIGN)
def test_vectors_come_back_as_they_were(format: str, tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, format)
    for named in (format, None):
        expected = sample.small_subwords().vectors if format == "fasttext" else sample.small()
        assert sample.same(read(path, format=named).vectors, expected)


@pytest.mark.parametrize("format", FOREIGN)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_ids_and_numbers_come_back_to_the_bit(format: str, tmp_path: Path, data: st.DataObject) -> None:
    letters = st.characters(exclude_characters=" \t\r\n\0", exclude_categories=["Cs"])
    keys = data.draw(st.lists(st.text(letters, max_size=8), min_size=1, max_size=5, unique=True))
    dim = data.draw(st.integers(1, 4))
    vectors = Vectors(keys, data.draw(arrays(np.float32, (len(keys), dim), elements=finite)))
    path = tmp_path / f"a.{sample.SUFFIXES[format]}"
    write(vectors, path, format=format, force=True)
    assert sample.same(read(path, format=format).vectors, vectors)


@pytest.mark.parametrize("format", FOREIGN)
def test_files_large_enough_for_several_threads_come_back(format: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    vectors = Vectors([f"w{i}" for i in range(20_001)], rng.standard_normal((20_001, 60), dtype=np.float32))
    path = tmp_path / f"a.{sample.SUFFIXES[format]}"
    write(vectors, path, format=format)
    assert sample.same(read(path).vectors, vectors)


@pytest.mark.parametrize("suffix", ["vec", "bin", "glove"])
def test_files_that_gensim_wrote_load_bit_equal(suffix: str) -> None:
    assert sample.same(read(GOLDEN / f"gensim.{suffix}").vectors, sample.small())


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim leaves files open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("format", "options"), [
    ("word2vec", {}), ("word2vec-binary", {"binary": True}), ("glove", {"no_header": True}),
])  # fmt: skip
def test_gensim_loads_our_files_bit_equal(format: str, options: dict[str, bool], tmp_path: Path) -> None:
    models = pytest.importorskip("gensim.models", reason="gensim is not installed", exc_type=ImportError)
    theirs = models.KeyedVectors.load_word2vec_format(str(sample.write_small(tmp_path, format)), **options)
    assert sample.same(Vectors(theirs.index_to_key, theirs.vectors), sample.small())


@pytest.mark.parametrize(
    "text",
    [
        b"2 2\na 1 2\nb 3 4\n",
        b"2 2\na 1 2\nb 3 4",  # no line end at the end
        b"2 2\r\na 1 2\r\nb 3 4\r\n",
        b"2\t2\na\t1\t2\nb\t3\t4\n",
        b"2 2\na 1 2 \nb 3 4 \n\n\n",  # word2vec itself leaves a space at the end of each line
        b"2 2 \na +1.0 2e0\nb .3E+1 4.\n",
    ],
)
def test_the_ways_to_write_word2vec_text(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.vec").write_bytes(text)
    assert sample.same(
        read(tmp_path / "a.vec", format="word2vec").vectors, Vectors(["a", "b"], [[1, 2], [3, 4]])
    )


def test_glove_keys_may_hold_spaces(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b". . . 1 2\nat name@domain.com 3 4\n 5 6\nx 7 8\n")
    vectors = read(tmp_path / "a.txt").vectors
    assert list(vectors.ids) == [". . .", "at name@domain.com", "", "x"]
    assert vectors.matrix.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]


@pytest.mark.parametrize("newline", [b"\n", b""])
def test_word2vec_binary_with_and_without_newlines(newline: bytes, tmp_path: Path) -> None:
    numbers = np.array([[1, 2], [3, 4]], "<f4")
    rows = [key + b" " + row.tobytes() + newline for key, row in zip([b"a", b""], numbers, strict=True)]
    (tmp_path / "a.bin").write_bytes(b"2 2\n" + b"".join(rows))
    assert sample.same(read(tmp_path / "a.bin").vectors, Vectors(["a", ""], numbers))


@pytest.mark.parametrize("descr", ["<f2", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_of_any_float_and_order(descr: str, order: str, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[1, 2, 3], [4, 5, 6]], descr, order=order))
    (tmp_path / "a.keys.txt").write_text("New York\nb")
    vectors = read(tmp_path / "a.npy").vectors
    assert list(vectors.ids) == ["New York", "b"]
    assert vectors.matrix.tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("shape", [(7, 5), (0, 3), (3, 0), (1, 1)])
def test_numpy_loads_our_matrix(shape: tuple[int, int], tmp_path: Path) -> None:
    matrix = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    write(Vectors([f"k{i}" for i in range(shape[0])], matrix), tmp_path / "a.npy")
    back = np.load(tmp_path / "a.npy")
    assert back.dtype == matrix.dtype
    assert back.shape == shape
    assert np.array_equal(back, matrix)
    assert read(tmp_path / "a.npy").vectors.matrix.shape == shape


def test_npy_of_float32_is_mapped(tmp_path: Path) -> None:
    matrix = read(sample.write_small(tmp_path, "npy")).vectors.matrix
    assert not matrix.flags.owndata


@pytest.mark.parametrize(
    "array", [np.zeros(3), np.zeros((2, 2, 2)), np.zeros((2, 2), int), np.zeros((2, 2), object)]
)
def test_npy_of_anything_else_is_refused(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(FormatError, match="two-dimensional matrix of float16, float32 or float64"):
        read(tmp_path / "a.npy")


def test_a_missing_second_file_is_named(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    with pytest.raises(FormatError, match=r"a\.keys\.txt"):
        read(tmp_path / "a.npy")
    (tmp_path / "vectors.tsv").write_text("1\t2\n")
    with pytest.raises(FormatError, match=r"metadata\.tsv"):
        read(tmp_path / "vectors.tsv")


@pytest.mark.parametrize(
    ("vectors", "metadata"),
    [
        ("vectors.tsv", "metadata.tsv"),
        ("wiki_tensor.tsv", "wiki_metadata.tsv"),
        ("wiki.tsv", "wiki.metadata.tsv"),
    ],
)
def test_projector_files_go_by_their_usual_names(vectors: str, metadata: str, tmp_path: Path) -> None:
    (tmp_path / vectors).write_text("1\t2\n3\t4\n")
    (tmp_path / metadata).write_text("New York\nb\n")
    assert sample.same(read(tmp_path / vectors).vectors, Vectors(["New York", "b"], [[1, 2], [3, 4]]))


def test_projector_metadata_with_columns(tmp_path: Path) -> None:
    (tmp_path / "vectors.tsv").write_bytes(b"1\t2\r\n3\t4\r\n")
    (tmp_path / "metadata.tsv").write_bytes(b"word\tpart\tcounts\r\na\tnoun\t7\r\nb\tverb\t5\r\n")
    vectors = read(tmp_path / "vectors.tsv").vectors
    assert list(vectors.ids) == ["a", "b"]
    assert vectors.counts.tolist() == [7, 5]
    (tmp_path / "metadata.tsv").write_bytes(b"word\tcounts\na\t7\nb\tmany\n")
    with pytest.raises(FormatError, match="line 3: the column 'counts' holds no whole number"):
        read(tmp_path / "vectors.tsv")


@pytest.mark.parametrize("format", ["word2vec", "word2vec-binary", "glove"])
def test_gzip_is_read_too(format: str, tmp_path: Path) -> None:
    plain = sample.write_small(tmp_path, format)
    packed = plain.with_name(plain.name + ".gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert sample.same(read(packed).vectors, sample.small())
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(FormatError, match="gzip data is damaged"):
        read(packed, format=format)


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"2 2\na 1 2\nb 3 4" + b"\n" * (65 << 20), compresslevel=6))
    with pytest.raises(FormatError, match="100 times its size"):
        read(path)


@pytest.mark.parametrize(("format", "key"), [
    ("word2vec", "New York"), ("word2vec", "a\tb"), ("word2vec-binary", "New York"), ("glove", "a\r"),
    ("npy", "a\nb"), ("projector", "a\tb"),
])  # fmt: skip
def test_ids_that_a_format_cannot_hold_are_refused(format: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot hold the id .* of row 1"):
        write(Vectors(["a", key], np.eye(2)), tmp_path / "a", format=format)
    assert not list(tmp_path.iterdir())


def test_whole_numbers_as_ids_become_digits(tmp_path: Path) -> None:
    write(Vectors(np.array([7, -1]), np.eye(2)), tmp_path / "a.vec")
    assert list(read(tmp_path / "a.vec").vectors.ids) == ["7", "-1"]


def test_the_suffix_decides_what_is_written_and_the_content_what_is_read(tmp_path: Path) -> None:
    for known in FORMATS:
        path = tmp_path / f"a{known.suffixes[0]}"
        model = sample.small_subwords() if known.space else sample.small()
        write(model, path)
        assert sniff(path).name == known.name
        assert describe(path)["format"] == known.name
        if known.name not in ("npy", "projector"):  # those find their second file by its name
            expected = model.vectors if isinstance(model, Model) else model
            assert sample.same(read(path.rename(tmp_path / "noname")).vectors, expected)


def test_unknown_formats_are_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"choose one of \.safetensors \.firth \(firth\), "):
        write(sample.small(), tmp_path / "a.xyz")
    with pytest.raises(OptionError, match="the formats are firth, fasttext, npy, word2vec"):
        read(tmp_path / "a.xyz", format="xyz")
    (tmp_path / "a.xyz").write_bytes(b"Once upon a time\n")
    with pytest.raises(FormatError, match="none of the formats that Firth reads"):
        read(tmp_path / "a.xyz")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing.vec")


@pytest.mark.parametrize("header", [b"2 2", b"2\t2", b"2 \t 2 \t"])
def test_whatever_word2vec_takes_for_its_first_line_is_found_out(header: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plain.txt"
    path.write_bytes(header + b"\na\t1\t2\nb\t3\t4\n")
    assert sniff(path).name == "word2vec"
    assert list(read(path).vectors.ids) == ["a", "b"]
    path.write_bytes(header + b"\na " + b"\0\0\x80?" * 2 + b"\nb " + b"\0\0\x80?" * 2)
    assert sniff(path).name == "word2vec-binary"
    assert list(read(path).vectors.ids) == ["a", "b"]


def test_two_whole_numbers_in_a_tsv_are_a_row_of_the_projector(tmp_path: Path) -> None:
    path = tmp_path / "vectors.tsv"
    path.write_bytes(b"2\t2\n3\t4\n")
    (tmp_path / "metadata.tsv").write_bytes(b"a\nb\n")
    assert read(path).vectors.matrix.tolist() == [[2, 2], [3, 4]]
