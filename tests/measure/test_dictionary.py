"""Dictionaries from their files: MUSE's pairs, tabs, CSV, phrases, many to many."""

from __future__ import annotations

import pytest

from firth.errors import FormatError, OptionError
from firth.measure import Dictionary
from firth.measure.sets.dictionary import read_dictionary


def read(tmp_path, text, **options):
    path = tmp_path / "some.txt"
    path.write_text(text, encoding="utf-8")
    return read_dictionary(path, **options)


@pytest.mark.parametrize("separator", [" ", "\t", ",", ";", "   "])
def test_pairs_are_read_whatever_stands_between(tmp_path, separator):
    found = read(tmp_path, f"dog{separator}cane\n# a comment\n\nDog{separator}cagna\ndog{separator}cane\n")
    assert found.pairs == (("dog", "cane"), ("Dog", "cagna"), ("dog", "cane"))
    assert (found.name, len(found)) == ("some", 3)


def test_phrases_need_a_separator_that_is_no_space(tmp_path):
    assert read(tmp_path, "new york\tnuova york\n").pairs == (("new york", "nuova york"),)
    assert read(tmp_path, "a,b c\n").pairs == (("a", "b c"),)
    assert read(tmp_path, 'a,"b, c"\n').pairs == (("a", "b, c"),)
    assert read(tmp_path, 'a\t"b\n').pairs == (("a", '"b'),)
    with pytest.raises(
        FormatError,
        match=r"line 2, divided by white space: 3 columns; separate word and transl.* 'new york york'",
    ):
        read(tmp_path, "a b\nnew york york\n")


def test_some_lines_of_a_file_may_have_tabs(tmp_path):
    assert read(tmp_path, "a b\nc\td\n").pairs == (("a", "b"), ("c", "d"))
    assert read(tmp_path, "a,b c\n", separator=" ").pairs == (("a,b", "c"),)


def test_columns_and_a_header_can_be_named(tmp_path):
    text = "n,english,italian,pos\n1,dog,cane,noun\n2,eat,mangiare,verb\n"
    found = read(tmp_path, text, columns=(1, 2), header=True, name="mine")
    assert found.pairs == (("dog", "cane"), ("eat", "mangiare"))
    assert found.name == "mine"
    assert read(tmp_path, text, columns=(2, 1), header=True).pairs[0] == ("cane", "dog")
    assert found.inverse().pairs[0] == ("cane", "dog")
    with pytest.raises(FormatError, match="line 1, divided by commas: 4 columns"):
        read(tmp_path, text)
    with pytest.raises(
        FormatError, match="line 2, divided by commas: a word and a translation were expected, found '1,dog"
    ):
        read(tmp_path, text, columns=(1, 7), header=True)


@pytest.mark.parametrize("text", ["dog\n", "dog\t\n", "dog,\n", ",cane\n"])
def test_a_line_without_a_pair_is_named(tmp_path, text):
    with pytest.raises(FormatError, match=r"line 2, divided by .*: a word and a translation were expected"):
        read(tmp_path, ("a\tb\n" if "\t" in text else "a,b\n") + text)


def test_what_is_no_dictionary_is_refused(tmp_path):
    with pytest.raises(FormatError, match="holds no words with translations"):
        read(tmp_path, "# nothing\n")
    with pytest.raises(OptionError, match=r"separator is a tab, ';', ',' or ' ', not '\|'"):
        read(tmp_path, "a|b\n", separator="|")
    with pytest.raises(OptionError, match="columns are two different positions from 0 on, not"):
        read(tmp_path, "a b\n", columns=(1, 1))
    (tmp_path / "latin").write_bytes(b"caf\xe9 caffe\n")
    with pytest.raises(FormatError, match="line 1 is not UTF-8"):
        read_dictionary(tmp_path / "latin")


def test_a_dictionary_knows_its_checksum_whatever_its_name():
    pairs = (("a", "b"),)
    one, two = Dictionary(name="one", pairs=pairs), Dictionary(name="two", pairs=pairs)
    assert one.checksum == two.checksum != one.inverse().checksum
    assert one.about()["kind"] == "Dictionary"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,000 w1\nw2 w2\n", "line 2, divided by commas: .* found 'w2 w2'; separator= takes another one"),
        ('a,"b\n', "line 1, divided by commas: unexpected end of data"),
    ],
)
def test_the_separator_that_was_taken_is_named(text, message, tmp_path):
    (tmp_path / "d.txt").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_dictionary(tmp_path / "d.txt")
    if text.startswith("1"):
        pairs = read_dictionary(tmp_path / "d.txt", separator=" ").pairs
        assert pairs == (("1,000", "w1"), ("w2", "w2"))
