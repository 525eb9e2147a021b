"""Groups with outliers in the shapes in which they are published, and damaged ones."""

from __future__ import annotations

import pytest

from firth.errors import FormatError
from firth.measure.sets.outliergroups import read_outliers

CATS = ("Big_cats", ("tiger", "lion"), ("car", "New York"))
CARS = ("Cars", ("Opel", "BMW"), ("Nestlé",))


def test_a_folder_with_a_file_for_each_group(tmp_path):
    folder = tmp_path / "8-8-8"
    folder.mkdir()
    (folder / "Cars.txt").write_text("\ufeffOpel\r\nBMW\r\n\r\nNestlé\r\n", encoding="utf-8")
    (folder / "Big_cats.txt").write_text("tiger\nlion\n\ncar\nNew York\n\n\n")
    found = read_outliers(folder)
    assert (found.name, found.groups, len(found)) == ("8-8-8", (CATS, CARS), 3)
    assert read_outliers(folder / "Cars.txt", name="mine").groups == (CARS,)


@pytest.mark.parametrize("mark", [",", "\t"])
def test_a_table_with_lists_in_its_cells(tmp_path, mark):
    path = tmp_path / "8-8-8.csv"
    rows = [
        ["", "category", "outliers", "words"],
        ["0", "Big_cats", "\"['car', 'New York', '']\"", "\"['tiger', 'lion']\""],
        ["1", "Cars", '"[""Nestlé""]"', "\"['Opel', ' ', 'BMW']\""],
    ]
    path.write_text("\n".join(mark.join(row) for row in rows) + "\n\n", encoding="utf-8")
    found = read_outliers(path)
    assert (found.name, found.groups) == ("8-8-8", (CATS, CARS))
    assert found.note == "2 empty strings of the file were dropped"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'words'; the columns are none"),
        ("category,words\nx,\"['a']\"\n", "no column 'outliers'; the columns are category, words"),
        ("words,outliers\n", "holds no groups of words"),
        ("words,outliers\n\"['a']\"\n", "row 2 has 1 columns of 2"),
        ("words,outliers\n\"['a']\",b\n", "row 2, outliers: 'b' is not a list of words"),
        ("words,outliers\n\"['a', 1]\",\"['b']\"\n", "row 2, words: .* is not a list of words"),
        ("words,outliers\n\"['a']\",['']\n", "row 2, outliers: the list holds no words"),
        ("words,outliers\n" + "[" * 9999 + ",['a']\n", "row 2, words: .* is not a list of words"),
        ("words,outliers\n\"['a']\",__import__('os')\n", "row 2, outliers: .* is not a list of words"),
        (b"words,outliers\n\"['\xff']\",['a']\n", "is not UTF-8"),
        ("words,outliers\n" + "a" * 200_000 + ",['a']\n", "cannot be split into columns"),
    ],
)
def test_damaged_tables_name_the_row(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FormatError, match=message):
        read_outliers(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "members, a blank line and outliers were expected, found 1 lists of words"),
        (b"a\nb\n", "found 1 lists of words"),
        (b"a\n\nb\n\nc\n", "found 3 lists of words"),
        (b"a\n\n\xff\n", "is not UTF-8"),
    ],
)
def test_damaged_groups_say_what_is_expected(tmp_path, text, message):
    path = tmp_path / "bad.txt"
    path.write_bytes(text)
    with pytest.raises(FormatError, match=message):
        read_outliers(path)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(FormatError, match=r"holds no \.txt files"):
        read_outliers(empty)
