"""CSV: headers with marks inside quotes, numbers that are names, and texts longer than memory."""

from __future__ import annotations

import gzip

import pytest

from firth import read_table
from firth.data import csvfile
from firth.errors import FormatError, OptionError


def read(folder, text, name="a.csv", **options):
    (folder / name).write_text(text, encoding="utf-8")
    return read_table(folder / name, **options)


@pytest.mark.parametrize(("text", "options", "names"), [
    ('"Name, first";"City"\n"a, b";"Oslo"\n', {}, ["Name, first", "City"]),
    ("'Name, first';'City'\n'a, b';'Oslo'\n", {"quote": "'"}, ["Name, first", "City"]),
    ('x;"a,b,c"\n1;2\n', {}, ["x", "a,b,c"]),
    ('"say ""a,b,c""";x\n1;2\n', {}, ['say "a,b,c"', "x"]),
    ('"a\nb, c, d";x\n1;2\n', {}, ["a\nb, c, d", "x"]),
    ('\ufeff"a;b;c",x\n1,2\n', {}, ["a;b;c", "x"]),
    ('height 5",width,depth\n1,2,3\n', {}, ['height 5"', "width", "depth"]),
    ('"a;b,c\n1,2\n', {"quote": None}, ['"a;b', "c"]),
    ('"a;b"\n1\n', {}, ["a;b"]),
])  # fmt: skip
def test_marks_inside_quotes_divide_nothing(tmp_path, text, options, names):
    assert read(tmp_path, text, **options).names == names


def test_names_of_files_in_capitals(tmp_path):
    assert read(tmp_path, "a,b\tc\n1\t2\n", "UP.TSV").names == ["a,b", "c"]
    with pytest.raises(FormatError, match=r"ends in .PARQUET but the data are nothing of the kind"):
        read(tmp_path, "a\n1\n", "UP.PARQUET")


@pytest.mark.parametrize(("values", "kind"), [
    (["12345678901234567890", "12345678901234567891"], "text"),
    (["1"] * 100 + ["-9223372036854775809"], "text"),
    (["9223372036854775807", "-9223372036854775808"], "number"),
    (["12345678901234567890", "1.5"], "number"),
    (["0x1A", "26"], "text"),
    (["-0XfF", "1"], "text"),
    (["1e400", "1"], "text"),
    (["1"] * 100 + ["-1e400"], "text"),
    (["inf", "-Infinity", "1e300"], "number"),
    (["0", "0.5", "0e1"], "number"),
])  # fmt: skip
def test_numbers_are_such_where_nothing_is_lost(tmp_path, values, kind):
    column = read(tmp_path, "\n".join(["a", *values]))["a"]
    assert column.kind == kind
    if kind == "text":
        assert column.values.to_pylist() == values


@pytest.mark.parametrize(("options", "message"), [
    ({"missing": "NA"}, r"missing is a list, not 'NA': write \['NA'\]"),
    ({"missing": [5]}, r"missing holds texts as they stand in the file, not \[5\]"),
    ({"header": "name"}, r"header is a list, not 'name': write \['name'\]"),
    ({"header": []}, r"header=\[\] names no column"),
    ({"delimiter": 1}, "delimiter is one ASCII character, not 1"),
    ({"quote": ""}, "quote is one ASCII character, not ''"),
])  # fmt: skip
def test_options_of_another_kind(tmp_path, options, message):
    with pytest.raises(OptionError, match=message):
        read(tmp_path, "a\n1\n", **options)


def test_what_unpacks_to_more_than_memory_is_refused_before_it_does(tmp_path, monkeypatch):
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * (1 << 24)))
    taken = []

    def counted(file, name, read_chunks=csvfile.read_chunks):
        for piece in read_chunks(file, name):
            taken.append(len(piece))
            yield piece

    monkeypatch.setattr(csvfile, "read_chunks", counted)
    monkeypatch.setattr(csvfile, "available_memory", lambda: 20_000_000)
    with pytest.raises(
        FormatError, match=r"bomb.csv.gz.*\d MB unpacked.* at least 4 times that; 20 MB of memory"
    ):
        read_table(path)
    assert sum(taken) < 8_000_000  # of 64 MB
    assert read(tmp_path, "a,b\n1,2\n").rows == 1
