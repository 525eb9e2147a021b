"""Association tests: the published lists make the published tests, and damaged files say what is wrong."""

from __future__ import annotations

import json

import pytest

from firth.errors import FormatError
from firth.measure.sets.associations import PUBLISHED, AssociationTest, read_associations

LISTS = {"x": ["rose"], "y": ["wasp", "fly"], "a": ["good"], "b": ["bad"]}


def write(tmp_path, found):
    path = tmp_path / "mine.json"
    path.write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
    return path


def test_the_published_lists_make_ten_tests(tmp_path):
    keys = sorted({key for four in PUBLISHED.values() for key in four})
    tests = read_associations(write(tmp_path, {key: [key] for key in keys}))
    assert list(tests) == [f"weat{i}" for i in range(1, 11)]
    first = tests["weat1"]
    assert (first.x, first.y, first.a, first.b) == (
        ("flowers",), ("insects",), ("pleasant_5",), ("unpleasant_5a",)
    )  # fmt: skip
    assert first.names == ("flowers", "insects", "pleasant", "unpleasant")
    assert tests["weat8"].names == ("science", "arts", "male terms", "female terms")
    assert "Science 356" in first.citation
    some = {key: [key] for key in PUBLISHED["weat9"]}
    assert list(read_associations(write(tmp_path, some))) == ["weat9"]


def test_tests_of_ones_own(tmp_path):
    test = AssociationTest(name="mine", x=("rose",), y=("wasp", "fly"), a=("good",), b=("bad",))
    assert read_associations(write(tmp_path, LISTS)) == {"mine": test}
    assert list(read_associations(write(tmp_path, LISTS), name="other")) == ["other"]
    assert len(test) == 3
    named = {**LISTS, "name": "garden", "names": ["f", "i", "p", "u"], "licence": "CC0"}
    found = read_associations(write(tmp_path, [LISTS, named]))
    assert list(found) == ["mine", "garden"]
    assert (found["garden"].names, found["garden"].licence) == (("f", "i", "p", "u"), "CC0")
    assert found["garden"].checksum != found["mine"].checksum


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("7", "test 1 needs the lists x, y, a and b"),
        ([], "holds no association test"),
        ([{"x": ["a"]}], "test 1 needs the lists x, y, a and b"),
        ({"flowers": ["rose"]}, "holds neither the lists x, y, a and b of a test nor those of a published"),
        ({**LISTS, "a": []}, "test 1, a is empty"),
        ({**LISTS, "a": "good"}, "test 1, a is not a list of words"),
        ({**LISTS, "b": ["bad", 7]}, "test 1, b is not a list of words"),
        ({**LISTS, "y": ["fly", "wasp", "fly"]}, "test 1, y holds 'fly' twice"),
        ({**LISTS, "names": ["f", "i"]}, "names are four"),
        ([{**LISTS, "name": "n"}, {**LISTS, "name": "n"}], "two tests are called 'n'"),
    ],
)
def test_damaged_files_say_what_is_wrong(tmp_path, found, message):
    with pytest.raises(FormatError, match=message):
        read_associations(write(tmp_path, found))
    with pytest.raises(FormatError, match="is not JSON"):
        (tmp_path / "bytes.json").write_bytes(b'{"x": ["\xff"]}')
        read_associations(tmp_path / "bytes.json")
