"""Tables of ids: strings in bytes, whole numbers in an array."""

import copy
import itertools
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.data.ids import Integers, Strings, make_ids
from firth.errors import DataError
from firth.vectors import Vectors

strings = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
int64s = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(strings, unique=True), strings)
def test_strings_are_a_sequence_that_knows_its_rows(keys: list[str], other: str) -> None:
    table = Strings.of(keys)
    assert list(table) == keys
    assert [table[i] for i in range(len(table))] == keys
    assert table[1:-1] == keys[1:-1]
    assert table.rows(keys).tolist() == list(range(len(keys)))
    assert table.row(other) == (keys.index(other) if other in keys else -1)
    assert (other in table) == (other in keys)
    assert Strings.of(keys) == table


@given(st.lists(strings, unique=True, min_size=1), st.data())
def test_strings_are_taken_by_rows(keys: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(-len(keys), len(keys) - 1)))
    taken = Strings.of(keys).take(np.array(rows, np.int64))
    assert list(taken) == [keys[row] for row in rows]


def test_rows_count_from_the_end_and_stop_there() -> None:
    table = Strings.of(["a", "b"])
    assert table[-1] == "b"
    with pytest.raises(IndexError, match="row 2 of 2"):
        table[2]
    with pytest.raises(IndexError):
        table[-3]


def test_a_key_that_is_no_string_or_no_utf8_is_not_there() -> None:
    table = Strings.of(["1", "a"])
    assert 1 not in table
    assert "\ud800" not in table
    assert table.row("\ud800") == -1


def test_a_string_twice_is_found_at_the_first_look_up() -> None:
    with pytest.raises(DataError, match="'b' occurs twice, in rows 1 and 2"):
        Strings.of(["a", "b", "b"]).row("a")


def test_bytes_that_are_not_utf8_are_shown_with_replacement() -> None:
    table = Strings(np.frombuffer(b"a\xff", np.uint8), np.array([0, 2]))
    assert list(table) == [table[0]] == ["a\ufffd"]


@pytest.mark.parametrize(
    ("data", "offsets", "message"),
    [
        (np.zeros(9, np.uint8), np.array([0, 8]), "from 0 to the number of bytes, 9"),
        (np.zeros(9, np.uint8), np.array([1, 9]), "from 0 to the number of bytes, 9"),
        (np.zeros(9, np.uint8), np.empty(0, np.int64), "from 0 to the number of bytes, 9"),
        (np.zeros(9, np.int8), np.array([0, 9]), "data of a table of strings"),
        (np.zeros(9, np.uint8), np.array([0, 9], np.int32), "offsets of a table of strings"),
    ],
)
def test_a_table_of_another_form_is_refused(data: Any, offsets: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Strings(data, offsets)


def test_offsets_that_descend_reach_no_kernel() -> None:
    table = Strings(np.zeros(9, np.uint8), np.array([0, 2**40, -(2**40), 9]))
    for use in (table.index, lambda: table.row("a"), lambda: Vectors(table, np.ones((3, 1)))["a"]):
        with pytest.raises(DataError, match="never descend"):
            use()


def test_a_copy_for_another_process_brings_no_index() -> None:
    table = Strings.of(["a", "b"])
    table.index()
    copied = pickle.loads(pickle.dumps(table))
    assert copied == copy.deepcopy(table) == table
    assert copied._slots is None
    assert copied.row("b") == 1


def test_nearest_spellings_come_best_first() -> None:
    table = Strings.of(["queen", "kings", "king", "kingdom", "ring"])
    assert table.nearest("kingg")[0] in ("king", "kings")
    assert "queen" not in table.nearest("kingg")
    assert table.nearest("zzzzzzzz") == []
    assert table.nearest("") == []
    assert Strings.of([]).nearest("king") == []


def test_the_nearest_spelling_is_found_among_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firth.data.ids._BYTES", 10_000)  # several blocks
    others = ("".join(letters) for letters in itertools.product("axolt", repeat=6))
    table = Strings.of([*others, "axolotl"])
    assert table.nearest("axolotll", n=1) == ["axolotl"]


@given(st.lists(int64s, unique=True), st.integers(-(2**70), 2**70))
def test_integers_are_a_sequence_that_knows_its_rows(values: list[int], other: int) -> None:
    table = Integers(np.array(values, np.int64))
    assert list(table) == values
    assert table[:2] == values[:2]
    assert table.rows(values).tolist() == list(range(len(values)))
    assert table.row(other) == (values.index(other) if other in values else -1)


def test_integers_near_the_ends_of_their_range() -> None:
    table = Integers(np.array([-(2**63), 0, 2**63 - 1]))
    assert table.nearest(2**62 + 2**61, n=1) == [2**63 - 1]
    assert table.nearest(-(2**63), n=2) == [-(2**63), 0]
    assert list(table.take(np.array([2, 0]))) == [2**63 - 1, -(2**63)]


def test_an_integer_twice_is_found_at_the_first_look_up() -> None:
    with pytest.raises(DataError, match="7 occurs twice, in rows 0 and 2"):
        Integers(np.array([7, 8, 7])).row(7)


def test_ids_are_made_from_what_there_is() -> None:
    assert isinstance(make_ids(["a", "b"]), Strings)
    assert isinstance(make_ids(range(3)), Integers)
    assert isinstance(make_ids(np.arange(3, dtype=np.uint8)), Integers)
    assert list(make_ids(str(i) for i in range(2))) == ["0", "1"]
    table = Strings.of(["x"])
    assert make_ids(table) is table


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", 1], "all strings or all whole numbers"),
        ([True, False], "all strings or all whole numbers"),
        ([2**63], "within int64"),
        (np.array([2**63], np.uint64), "within int64"),
        (["\ud800"], "cannot be written as UTF-8"),
    ],
)
def test_ids_that_cannot_be_are_refused(ids: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        make_ids(ids)
