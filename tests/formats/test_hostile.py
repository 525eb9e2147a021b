"""Damaged files: each is read as something valid or refused with one kind of error, at a bounded cost."""

from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path

import mutate
import numpy as np
import pytest
import sample

from firth.data.ids import Integers
from firth.errors import DataError, FormatError
from firth.formats import FORMATS, read
from firth.formats.check import first_bad_place, first_bad_string
from firth.model import Model

MUTANTS = 2_000
ALLOWANCE = 256 << 20


def check_valid(model: Model, *, checked: bool) -> None:
    """Everything can be used without a crash; and if everything was checked, it is clean."""
    for part in model.parts.values():
        assert not checked or np.isfinite(part).all()
    for vectors in model.spaces.values():
        assert len(list(vectors.ids)) == len(vectors.matrix) == len(vectors)
        assert all(len(column) == len(vectors) for column in vectors.columns.values())
        assert isinstance(float(vectors.matrix.sum()), float)
        try:
            if len(vectors):
                assert vectors.rows([vectors.ids[0]]) >= 0
        except DataError:  # an id that occurs twice; found by the first look-up where opening reads nothing
            assert not checked
        except KeyError:  # bytes that are no UTF-8 do not survive the way through a string
            assert not checked
        if checked:
            assert first_bad_place(vectors.matrix) is None
            assert isinstance(vectors.ids, Integers) or first_bad_string(vectors.ids) is None


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning", "ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize(("format", "parts"), [*((known.name, False) for known in FORMATS), ("firth", True)])
def test_a_damaged_file_is_refused_or_harmless(format: str, parts: bool, tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, format, parts=parts)
    files = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    read(path, format=format)  # compiles the kernels, which takes memory of its own
    refused, mapped = 0, format in ("firth", "fasttext")
    tracemalloc.start()
    try:
        rng = np.random.default_rng(len(format))
        for i, (what, damaged) in enumerate(itertools.islice(mutate.mutants(format, files, rng), MUTANTS)):
            for name in files:
                (tmp_path / name).unlink(missing_ok=True)
                if name in damaged:
                    (tmp_path / name).write_bytes(damaged[name])
            size = sum(map(len, damaged.values()))
            tracemalloc.reset_peak()
            try:
                verify = mapped and i % 2 == 0
                # Every third time the format is found out, which must not fail in other ways either.
                model = read(path, format=None if i % 3 == 0 else format, verify=verify)
                check_valid(model, checked=verify or not mapped)
            except FormatError as error:
                refused += 1
                assert str(tmp_path) in str(error), what
            except FileNotFoundError:
                assert path.name not in damaged, what
            except Exception as error:
                pytest.fail(f"{what}: {type(error).__name__}: {error}")
            assert tracemalloc.get_traced_memory()[1] <= 2 * size + ALLOWANCE, what
    finally:
        tracemalloc.stop()
    assert refused > MUTANTS // 3  # else the mutants do too little harm to say anything


def test_every_flipped_bit_of_a_firth_file_is_found(tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, "firth")
    good = path.read_bytes()
    header_size = len(good) - len(mutate.split(good)[1])
    for bit in range(8 * len(good)):
        damaged = bytearray(good)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        in_header = bit // 8 < header_size
        with pytest.raises(FormatError):  # the header is always checked
            read(path, format="firth", verify=not in_header)
            pytest.fail(f"bit {bit % 8} of byte {bit // 8} of {len(good)} was flipped, and nobody noticed")


@pytest.mark.parametrize(
    ("format", "text", "place"),
    [
        ("word2vec", b"3 2\na 1 2\nb 3 4\n", "promises 3 rows, but there are 2"),
        ("word2vec", b"1 2\na 1 2\nb 3 4\n", "promises 1 rows, but there are 2"),
        ("word2vec", b"9223372036854775807 2\na 1 2\n", "two numbers, rows and dim"),
        ("word2vec", b"2 1000000000\na 1 2\nb 3 4\n", "do not fit"),
        ("word2vec", b"2 2\na 1 2\nb 3\n", "line 3 (row 1): fewer than 2 numbers"),
        ("word2vec", b"2 2\na 1 2\nb 3 4 5\n", "line 3 (row 1): more than 2 numbers"),
        ("word2vec", b"2 2\na 1 2\nb 3 nan\n", "line 3 (row 1): 'nan' is not finite"),
        ("word2vec", b"2 2\na 1 2\nb 3 1e39\n", "line 3 (row 1): '1e39' is not finite"),
        ("word2vec", b"2 2\na 1 2\nb 3 4x\n", "line 3 (row 1): '4x' is no number"),
        ("word2vec", b"2 2\na 1 2\na 3 4\n", "'a' occurs twice, in rows 0 and 1"),
        ("word2vec", b"2 2\na 1 2\n\xff 3 4\n", "byte 10: the id of row 1 is not valid UTF-8"),
        ("word2vec", b"2 0\na\nb\n", "two numbers, rows and dim"),
        ("glove", b"", "a GloVe file has a key"),
        ("glove", b"a 1 2\n\nb 3 4\n", "line 2 (row 1): fewer than 2 numbers"),
        ("word2vec-binary", b"2 1\na \0\0\x80\x3fb \0\0\x80", "ends within row 1 of 2"),
        ("word2vec-binary", b"1 1\na \0\0\x80\x3f\nb", "more bytes follow"),
        ("word2vec-binary", b"1 1\na \0\0\xc0\x7f\n", "row 0: nan at place 0"),
        ("word2vec-binary", b"99999999 300\na \0\0\x80\x3f\n", "do not fit"),
        ("firth", b"{}", "it has 2 bytes"),
        (
            "firth",
            b"\xff\xff\xff\xff\xff\xff\xff\x7f{}",
            "header's length is given as 9,223,372,036,854,775,807",
        ),
        ("firth", b"\x02\0\0\0\0\0\0\0{}", "not of Firth"),
        ("firth", b"\x10\0\0\0\0\0\0\0" + b'{"a":1,"a":1}   ', "the key 'a' occurs twice"),
    ],
)
def test_the_message_names_the_place(format: str, text: bytes, place: str, tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_bytes(text)
    with pytest.raises(FormatError) as caught:
        read(path, format=format)
    assert str(caught.value).startswith(str(path))
    assert place in str(caught.value)


def test_a_huge_declared_size_allocates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npy"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }".ljust(117) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="does not take the 0 bytes"):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("format", ["word2vec", "word2vec-binary"])
@pytest.mark.parametrize("dim", [10**11, 10**18 - 1])
def test_a_huge_dim_without_rows_allocates_nothing(format: str, dim: int, tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_bytes(b"0 %d\n" % dim)
    tracemalloc.start()
    try:
        assert read(path, format=format).vectors.matrix.shape == (0, dim)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20  # compiling takes some
    finally:
        tracemalloc.stop()


def test_any_number_of_rows_without_numbers_takes_no_time(tmp_path: Path) -> None:
    path = tmp_path / "hollow.npy"
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 0), }" % (2**47)
    header = header.ljust(117) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    path.with_suffix(".keys.txt").write_bytes(b"a\n")
    with pytest.raises(FormatError, match="1 keys for a matrix of 140,737,488,355,328 rows"):
        read(path)
