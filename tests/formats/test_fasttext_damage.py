"""Damaged fastText models: every number lies, every length is too short, and sizes are huge."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import sample

import firth
from firth.errors import DataError, FormatError
from firth.formats import read, write
from firth.formats.fasttext import HEAD, MAGIC
from firth.model import Model


def test_zero_bytes_and_bad_numbers_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot hold the id"):
        write(firth.Vectors(["a\0b"], np.ones((1, 2))), tmp_path / "a.bin", format="fasttext")
    with pytest.raises(DataError, match="not finite"):
        write(firth.Vectors(["a"], np.full((1, 2), np.nan)), tmp_path / "a.bin", format="fasttext")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [0, 1, -1, 2**31 - 1, -(2**31), 2**30])
@pytest.mark.parametrize("field", range(20))
def test_every_number_of_the_header_may_lie(field: int, value: int, tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, "fasttext")
    data = path.read_bytes()
    numbers = list(HEAD.unpack(data[: HEAD.size]))
    old, numbers[field] = numbers[field], type(numbers[field])(value)
    path.write_bytes(HEAD.pack(*numbers) + data[HEAD.size :])
    try:
        model = read(path, format="fasttext", verify=True)
    except FormatError as error:
        assert str(path) in str(error)
        assert error.offset is not None
    else:  # settings of training only, and how n-grams are cut
        assert isinstance(model, Model)
        assert field in (3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18) or old == value


def test_a_file_cut_anywhere_is_refused_with_the_place(tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, "fasttext")
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(FormatError, match=r"byte \d+: "):
            read(path, format="fasttext")
    path.write_bytes(data + b"\0")
    with pytest.raises(FormatError, match="more bytes follow"):
        read(path)


def test_huge_sizes_allocate_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bomb.bin"
    args = [100, 5, 5, 5, 5, 1, 2, 2, 2**31 - 1, 3, 6, 100, 1e-4]
    path.write_bytes(HEAD.pack(MAGIC, 12, *args, 2**31 - 1, 2**31 - 1, 0, 2**62, -1) + bytes(1000))
    with pytest.raises(FormatError, match="entries do not fit"):
        read(path)
    path.write_bytes(
        HEAD.pack(MAGIC, 12, *args, 0, 0, 0, 0, -1) + struct.pack("<?2q", False, 2**31 - 1, 100) + bytes(9)
    )
    with pytest.raises(FormatError, match="numbers do not fit"):
        read(path)


def test_a_version_that_is_unknown_is_named(tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, "fasttext")
    data = path.read_bytes()
    path.write_bytes(data[:4] + struct.pack("<i", 13) + data[8:])
    with pytest.raises(FormatError, match="version 13 is unknown"):
        read(path)


def test_all_numbers_are_checked_when_asked(tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, "fasttext")
    data = bytearray(path.read_bytes())
    data[-4:] = struct.pack("<f", np.nan)
    path.write_bytes(data)
    read(path)
    with pytest.raises(FormatError, match="row 6 of 'contexts'"):
        read(path, verify=True)
