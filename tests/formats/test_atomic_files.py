"""Whatever goes wrong while a file is written, the old one stays and nothing else is left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
import sample

from firth.errors import DataError, ExistsError, OptionError
from firth.formats import FORMATS, files_written, write
from firth.formats.atomic import replacing
from firth.vectors import Vectors


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_error_leaves_the_old_file_and_no_other(error: BaseException, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(type(error)), replacing(path, force=True) as file:
        file.write(b"half of the ne")
        raise error
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with pytest.raises(ExistsError, match="is there already"), replacing(path) as file:
        file.write(b"mine")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert names(tmp_path) == ["a"]


def test_file_systems_without_hard_links_work_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with replacing(tmp_path / "a") as file:
        file.write(b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a"]


def test_what_is_synced_before_the_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, move = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append("sync"), sync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda a, b: (steps.append("rename"), move(a, b))[1])
    with replacing(tmp_path / "a", force=True) as file:
        file.write(b"new")
    assert steps == ["sync", "rename", "sync"]  # the bytes, the rename, the folder


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    with replacing(tmp_path / "link", force=True) as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_only_regular_files_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", Path(os.devnull)):
        with pytest.raises(ExistsError, match="no regular file"), replacing(path, force=True):
            pass


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"no such folder.*nowhere"),
        replacing(tmp_path / "nowhere" / "a"),
    ):
        pass


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "x" + "é" * 127, "東" * 85])
def test_a_name_as_long_as_the_system_allows_can_be_written(name: str, tmp_path: Path) -> None:
    with replacing(tmp_path / name) as file:
        file.write(b"whole")
        (temporary,) = tmp_path.iterdir()
        assert 190 < len(os.fsencode(temporary.name)) < 220
        temporary.name.encode()  # no character was cut through
    assert (tmp_path / name).read_bytes() == b"whole"


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    with replacing(tmp_path / "a"):
        pass
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("format", [known.name for known in FORMATS])
def test_every_writer_keeps_the_rules(format: str, tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, format)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ExistsError):
        write(sample.small(3), path, format=format)
    bad = (
        Vectors(["a", "a"], np.ones((2, 3)))
        if format in ("firth", "fasttext")
        else Vectors(["a", "b\nb"], np.ones((2, 3)))
    )
    with pytest.raises(DataError):
        write(bad, path, format=format, force=True)
    with pytest.raises(DataError, match="not finite"):
        write(Vectors(["a", "b"], [[1.0], [np.inf]]), path, format=format, force=True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("format", [known.name for known in FORMATS])
def test_the_files_that_a_format_writes_are_known_beforehand(format: str, tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, format)
    assert files_written(path, format=format) == files_written(path)
    assert files_written(path)[0] == path
    assert sorted(files_written(path)) == sorted(tmp_path.iterdir())


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EDQUOT])
def test_a_full_disk_is_reported_with_the_path(number: int, tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught, replacing(tmp_path / "a") as file:
        file.write(b"half")
        raise OSError(number, os.strerror(number))  # as the system says it, without a name
    assert caught.value.errno == number
    assert caught.value.filename == str(tmp_path / "a")
    assert names(tmp_path) == []


def test_every_suffix_is_offered_where_one_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(OptionError) as caught:
        write(Vectors(["a"], [[1.0]]), tmp_path / "out.sf")
    for offer in (
        ".safetensors .firth (firth)",
        ".bin (fasttext, with subwords)",
        ".vec .w2v .txt (word2vec)",
    ):
        assert offer in str(caught.value)
