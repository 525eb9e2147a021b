"""Evaluation sets in the shapes in which they are published, and damaged ones."""

from __future__ import annotations

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, FormatError, OptionError
from firth.measure import GradedPairs, Questions, read_pairs, read_questions, read_set
from firth.measure.spaces import find_rows

SHAPES = {
    "tab, comments (WordSim-353)": "# The Collection\n# Word 1\tWord 2\nlove\tsex\t6.77\ncat\tdog\t7.5\n",
    "comma with header": "Word 1,Word 2,Human (mean)\nlove,sex,6.77\ncat,dog,7.5\n",
    "comma, quoted": '"love","sex","6.77"\n"cat","dog","7.5"\n',
    "semicolon": "love;sex;6.77\ncat;dog;7.5",
    "spaces (MEN)": "love sex 6.77\ncat   dog 7.5\n\n",
    "windows line ends and byte order mark": "\ufefflove\tsex\t6.77\r\ncat\tdog\t7.5\r\n",
    "parts of speech (SimLex-999)": "word1\tword2\tPOS\tSimLex999\tconc(w1)\n"
    "love\tsex\tN\t6.77\t2.5\ncat\tdog\tN\t7.5\t1\n",
}


def write(tmp_path, text, name="some-set.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("shape", SHAPES)
def test_every_published_shape_of_pairs_reads_the_same(tmp_path, shape):
    path = write(tmp_path, SHAPES[shape])
    found = read_pairs(path)
    assert found == GradedPairs(name="some-set", pairs=(("love", "sex"), ("cat", "dog")), grades=(6.77, 7.5))
    assert read_set(path) == found


def test_the_column_of_the_grades_can_be_named(tmp_path):
    path = write(tmp_path, SHAPES["parts of speech (SimLex-999)"])
    assert read_pairs(path, column="conc(w1)").grades == read_pairs(path, column=4).grades == (2.5, 1.0)
    with pytest.raises(OptionError, match=r"no column 'mean' in .*; the columns are word1, word2, POS"):
        read_pairs(path, column="mean")
    with pytest.raises(OptionError, match=r"no column 9 in .*; line 2 has 5"):
        read_pairs(path, column=9)
    with pytest.raises(OptionError, match=r"column is a whole number from 0 to .*, not 1\.5"):
        read_pairs(path, column=1.5)
    with pytest.raises(OptionError, match="the file has no header"):
        read_pairs(write(tmp_path, "a b 1\n"), column="mean")


def test_a_word_may_begin_with_a_hash_and_what_is_passed_over_is_said(tmp_path):
    path = write(tmp_path, "# tags\n#win victory 9\n# lose defeat 8\n\u2028\na b 1\n")
    found = read_pairs(path)
    assert found.pairs == (("#win", "victory"), ("a", "b"))
    assert found.note == "lines that begin with # and a space were taken for comments: 1, the first in line 3"
    assert read_set(path) == found
    asked = write(tmp_path, "#a b c d\n# e f g h\n")
    assert read_questions(asked).sections == (("questions", (("#a", "b", "c", "d"),)),)
    assert read_questions(asked).note.endswith(": 1, the first in line 2")
    odd = write(tmp_path, "eins zwei Zahl\na b 3\n")
    assert read_pairs(odd).note == "line 1 was taken for a header: 'eins zwei Zahl'"


def test_questions_and_their_sections(tmp_path):
    path = write(
        tmp_path, ": capitals\nAthens Greece Oslo Norway\nRome Italy Oslo Norway\n: gram1\na b c d\n"
    )
    found = read_questions(path, name="mine")
    assert (found.name, len(found)) == ("mine", 3)
    assert found.sections[0] == (
        "capitals",
        (("Athens", "Greece", "Oslo", "Norway"), ("Rome", "Italy", "Oslo", "Norway")),
    )
    assert isinstance(read_set(path), Questions)
    assert read_set(write(tmp_path, "a b c d\n")).sections == (("questions", (("a", "b", "c", "d"),)),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no graded pairs"),
        ("# only a comment\n", "holds no graded pairs"),
        ("love\tsex\t6.77\ncat\tdog\n", "line 2: two words and a grade were expected, found 'cat"),
        ("love\tsex\t6.77\n\ncat\tdog\tgood\n", "line 3: the grade 'good' is not a finite number"),
        ("love\tsex\t6.77\ncat\tdog\tnan\n", "line 2: the grade 'nan' is not a finite number"),
        ("love\tsex\t6.77\n\tdog\t7\n", "line 2: two words and a grade"),
        (b"love\tsex\t6.77\nc\xfft\tdog\t7\n", "line 2 is not UTF-8"),
        ("a b c\nd e f\n", "line 2: no grade after the two words"),
        ("a b n/a\nc d 3\n", "line 1: no grade after the two words in 'a b n/a'"),
        ("a\tb\tnan\nc\td\t3\n", "line 1: no grade after the two words"),
    ],
)
def test_damaged_pairs_name_the_line(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        read_pairs(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no questions"),
        (": only a section\n", "holds no questions"),
        (": s\na b c d\na b c\n", "line 3: four words were expected, found 'a b c'"),
        (b": s\na b c \xff\n", "line 2 is not UTF-8"),
    ],
)
def test_damaged_questions_name_the_line(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        read_questions(write(tmp_path, text))


def test_a_set_with_nothing_in_it(tmp_path):
    with pytest.raises(FormatError, match="no pairs and no questions"):
        read_set(write(tmp_path, "\n\n"))


def test_words_are_looked_up_as_written_and_else_lower_cased():
    v = Vectors(["Paris", "paris", "rome"], np.eye(3))
    words = ["Paris", "PARIS", "Rome", "Oslo"]
    assert find_rows(v, words, case="auto").tolist() == [0, 1, 2, -1]
    assert find_rows(v, words, case="exact").tolist() == [0, -1, -1, -1]
    assert find_rows(v, words, case="lower").tolist() == [1, 1, 2, -1]
    with pytest.raises(OptionError, match="not 'upper'"):
        find_rows(v, words, case="upper")
    with pytest.raises(DataError, match="ids are strings"):
        find_rows(Vectors([1, 2], np.eye(2)), words, case="auto")


@pytest.mark.parametrize(
    "text", ["a,b,1\rc,d,2\r", "a b 1\rc d 2\r", "a\tb\t1\nc\td\r\t2\n", "a b c d\re f g h\n"]
)
def test_carriage_returns_inside_a_line_are_refused(tmp_path, text):
    path = tmp_path / "old.txt"
    path.write_bytes(text.encode())
    number = 2 if "\n" in text[:8] else 1
    with pytest.raises(FormatError, match=f"line {number} has a carriage return inside"):
        read_set(path)


def test_a_cell_that_is_too_long_names_its_line(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("a,b,1\nc," + "d" * 200_000 + ",2\n")
    with pytest.raises(FormatError, match="line 2 cannot be split into columns"):
        read_pairs(path)
