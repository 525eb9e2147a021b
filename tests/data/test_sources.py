"""Files, globs, standard input, compressed files, and how text is cut into blocks."""

import bz2
import gzip
import io
import lzma
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from firth.data.compression import read_chunks
from firth.data.sequences import Sequences
from firth.data.sources import cut
from firth.data.text import read_text
from firth.errors import DataError, FormatError

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
TEXT = "the cat\nthe dög sat\n" * 4000


def lines(sequences: Sequences) -> list[list[str]]:
    keys = list(sequences.vocabulary.keys)
    return [[keys[token] for token in sequence] for sequence in sequences]


def read(source: object) -> list[list[str]]:
    return lines(read_text(source, min_count=1))


@pytest.mark.parametrize("suffix", ["", *PACKERS])
def test_packed_files_read_like_plain_ones(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"text.txt{suffix}"
    path.write_bytes(PACKERS.get(suffix, bytes)(TEXT.encode()))
    assert read(path) == read(str(path)) == [line.split() for line in TEXT.splitlines()]


@pytest.mark.parametrize("suffix", PACKERS)
def test_several_members_and_padding_are_one_text(tmp_path: Path, suffix: str) -> None:
    pack = PACKERS[suffix]
    path = tmp_path / f"text{suffix}"
    path.write_bytes(pack(b"a b\nc ") + pack(b"d\n") + b"\0" * 8)
    assert read(path) == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_bomb_is_unpacked_in_pieces(suffix: str) -> None:
    size = 100_000_000
    packed = io.BytesIO(PACKERS[suffix](bytes(size)) + PACKERS[suffix](b"end"))
    seen, largest, last = 0, 0, b""
    for piece in read_chunks(packed, "bomb"):
        seen, largest, last = seen + len(piece), max(largest, len(piece)), piece or last
    assert (seen, last) == (size + 3, b"end")
    assert largest <= 1 << 24


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
@pytest.mark.parametrize("dense", [True, False])
def test_pieces_are_the_text_whatever_its_size(suffix: str, size: int, dense: bool) -> None:
    text = os.urandom(size // 2).hex().encode() if dense else b"a" * size
    packed = PACKERS[suffix](text)
    assert b"".join(read_chunks(io.BytesIO(packed), "text")) == text
    with pytest.raises(FormatError, match="end too early"):
        b"".join(read_chunks(io.BytesIO(packed[:-1]), "text"))


@pytest.mark.parametrize("suffix", PACKERS)
def test_damaged_files_are_refused_by_name(tmp_path: Path, suffix: str) -> None:
    packed = PACKERS[suffix](os.urandom(50_000).hex().encode())
    path = tmp_path / f"text{suffix}"
    for damaged in (packed[: len(packed) // 2], packed[:-1], b"not packed at all", b""):
        path.write_bytes(damaged)
        with pytest.raises(FormatError, match="text") as caught:
            read(path)
        assert caught.value.path == str(path)
    middle = len(packed) // 2
    path.write_bytes(packed[:middle] + bytes(64) + packed[middle + 64 :])
    with pytest.raises(FormatError, match=r"damaged|too early"):
        read(path)


def test_standard_input_is_read_packed_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"a b\nc", gzip.compress(b"a b\nc")):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        assert read("-") == [["a", "b"], ["c"]]


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"a b\nc",))
    writer.start()
    assert read(path) == [["a", "b"], ["c"]]
    writer.join()


def test_a_glob_takes_its_files_in_order_and_file_ends_end_lines(tmp_path: Path) -> None:
    for name, text in (("2.txt", "c"), ("1.txt", "a b"), ("3.txt", ""), ("4.txt", "d\n"), ("x.md", "no")):
        (tmp_path / name).write_text(text)
    (tmp_path / "folder.txt").mkdir()
    assert read(f"{tmp_path}/*.txt") == [["a", "b"], ["c"], ["d"]]
    assert read([tmp_path / "2.txt", tmp_path / "1.txt"]) == [["c"], ["a", "b"]]
    assert read(tmp_path / name for name in ("2.txt", "4.txt")) == [["c"], ["d"]]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "a[1].txt").write_text("right")
    (tmp_path / "a1.txt").write_text("wrong")
    assert read(tmp_path / "a[1].txt") == [["right"]]


def test_byte_order_marks_go_and_utf16_is_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_text("a", encoding="utf-8-sig")
    second.write_text("a", encoding="utf-8-sig")
    assert read([first, second]) == [["a"], ["a"]]
    first.write_text("a b c", encoding="utf-16")
    with pytest.raises(FormatError, match=r"UTF-16.*iconv"):
        read(first)


def test_what_is_not_there_is_refused_with_the_way_out(tmp_path: Path) -> None:
    for source, message in [
        (tmp_path / "missing.txt", "there is no file .*missing.txt"),
        (f"{tmp_path}/*.txt", "no file matches"),
        (tmp_path, r"is a folder; name its files, for example .*/\*\.txt"),
        ([tmp_path / "missing.txt"], "there is no file"),
        ("the cat sat on the mat", "passed as a list of strings"),
        ("one\ntwo", "passed as a list of strings"),
        ("bad\0name", "there is no file"),
    ]:
        with pytest.raises(DataError, match=message):
            read_text(source)


def test_names_of_files_are_not_taken_for_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a")
    with pytest.raises(DataError, match="give pathlib"):
        read_text([str(path), str(path)])
    assert read([str(path), "and a text"]) == [[str(path)], ["and", "a", "text"]]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"bytes", "not as bytes"),
        ({"a": 1}, "not as dict"),
        (3, "not as int"),
        ([], "yields no item"),
        (iter([]), "yields no item"),
        ([b"bytes"], "item 0 is bytes"),
        ([None], "item 0 is NoneType"),
        (["text", ["list"]], "item 1 is list"),
        ([["list"], "text"], "item 1 is str"),
        ([["list"], ["a", 3]], "token 1 of item 1 is int, not a string: 3"),
        ([Path(__file__), 3], "item 1 among the paths is int"),
        (["", " \n"], "no token, only 2 lines"),
        ([[], []], "no token, only 2 lines"),
    ],
)
def test_sources_of_a_wrong_kind_are_refused(source: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_text(source)


text_chunks = st.lists(st.text(alphabet="ab \n\t\x1c", max_size=12).map(str.encode), max_size=20)


@given(text_chunks, st.integers(1, 20))
def test_blocks_are_the_text_and_end_where_tokens_do(chunks: list[bytes], size: int) -> None:
    blocks = [bytes(block) for block in cut(chunks, size=size)]
    assert b"".join(blocks) == b"".join(chunks)
    for block in blocks[:-1]:
        assert block.decode()[-1].isspace()


def test_a_line_is_cut_only_where_a_block_has_no_line_end() -> None:
    assert list(map(bytes, cut([b"aa bb\ncc dd ee ff\n"], size=8))) == [b"aa bb\ncc dd ee ff\n"]
    assert list(map(bytes, cut([b"aa bb\n", b"cc dd"], size=8))) == [b"aa bb\n", b"cc dd"]
    assert list(map(bytes, cut([b"aa bb cc", b" dd\n"], size=8))) == [b"aa bb ", b"cc dd\n"]


class Searched(bytes):
    """Bytes that count how often they are searched."""

    times = 0

    def rfind(self, *args: Any) -> int:
        Searched.times += 1
        return super().rfind(*args)


def test_a_long_token_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Searched, "times", 0)
    chunks = [Searched(b"x" * 8) for _ in range(50)] + [Searched(b"x y\nz"), Searched(b"z\n")]
    assert list(map(bytes, cut(chunks, size=8))) == [b"x" * 401 + b" y\n", b"zz\n"]
    assert 50 <= Searched.times <= 52 * 11


def test_megabytes_without_white_space_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firth.data.sources.LONGEST_TOKEN", 3_000_000)
    with pytest.raises(DataError, match="bytes without white space"):
        read_text(["x" * 5_000_000])
