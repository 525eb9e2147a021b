"""Counting, adding and encoding tokens, beside their plain twins."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from firth.data.ids import Strings
from firth.data.table import TokenTable
from firth.kernels import reference
from firth.kernels.text import encode, encoded_size, is_space

# Few letters, so that tokens repeat; a run of eight, so that many are longer; every kind of white space.
TEXT = b"a|b|\x00|\xc3\xa9|\xff|abcdefgh|\x1b|!| |\t|\n|\r|\x0b|\x0c|\x1c|\x1f".split(b"|")
texts = st.lists(st.sampled_from(TEXT), max_size=120).map(b"".join)


def bytes_of(strings: Strings) -> list[bytes]:
    return reference.strings(strings.data, strings.offsets)


@given(texts)
@example(b"")
@example(b"no end")
@example(b"a\x00 a a\x00\x00 \x00a")
@example(b"12345678 x12345678 y12345678 12345678x")
def test_counting_agrees_with_its_twin(text: bytes) -> None:
    table = TokenTable()
    ids = table.count(np.frombuffer(text, np.uint8))
    tokens, counts, expected = reference.count_text(text)
    assert bytes_of(table.strings) == tokens
    assert table.counts.tolist() == counts
    assert ids.tolist() == expected


@given(texts, st.dictionaries(st.sampled_from(list(b"abc! ")), st.sampled_from(list(b"xy\n ")), max_size=4))
def test_bytes_may_be_taken_for_others(text: bytes, others: dict[int, int]) -> None:
    code = np.arange(256, dtype=np.uint8)
    code[list(others)] = list(others.values())
    table = TokenTable()
    ids = table.count(np.frombuffer(text, np.uint8), code)
    tokens, _, expected = reference.count_text(text.translate(code.tobytes()))
    assert bytes_of(table.strings) == tokens
    assert ids.tolist() == expected


@given(st.lists(texts, max_size=4))
def test_a_table_goes_on_where_it_was(pieces: list[bytes]) -> None:
    table = TokenTable()
    ids = [table.count(np.frombuffer(piece, np.uint8)).tolist() for piece in pieces]
    tokens, counts, expected = reference.count_text(b" ".join(pieces))
    assert bytes_of(table.strings) == tokens
    assert table.counts.tolist() == counts
    assert [i for piece in ids for i in piece] == expected


def test_white_space_is_what_str_split_takes_for_it() -> None:
    assert [c for c in range(128) if is_space(c)] == [c for c in range(128) if chr(c).isspace()]


def test_a_table_grows_with_rows_and_with_bytes() -> None:
    short = b" ".join(b"%d" % i for i in range(60_000))
    long = b"x" * 1_000_000
    table = TokenTable()
    ids = table.count(np.frombuffer(short + b" " + long + b" " + short, np.uint8))
    assert len(table) == 60_001
    assert bytes_of(table.strings) == [*short.split(), long]
    assert table.counts.tolist() == [2] * 60_000 + [1]
    assert ids.tolist() == [*range(60_001), *range(60_000)]


@given(
    st.lists(st.text(alphabet="ab \n", max_size=20), unique=True, max_size=12),
    st.lists(st.tuples(st.text(alphabet="ab \n", max_size=20), st.integers(0, 9)), max_size=30),
)
def test_adding_strings_sums_their_counts(first: list[str], more: list[tuple[str, int]]) -> None:
    table = TokenTable()
    table.add(Strings.of(first), np.ones(len(first), np.int64))
    rows = table.add(Strings.of(key for key, _ in more), np.array([n for _, n in more], np.int64))
    keys = list(table.strings)
    assert [keys[row] for row in rows] == [key for key, _ in more]
    for row, key in enumerate(keys):
        assert table.counts[row] == (key in first) + sum(n for other, n in more if other == key)


def test_adding_many_strings_grows_the_table() -> None:
    keys = [f"{i:x}" for i in range(50_000)]
    table = TokenTable()
    rows = table.add(Strings.of(keys), np.arange(50_000))
    assert rows.tolist() == list(range(50_000))
    assert list(table.strings) == keys
    assert table.counts.tolist() == list(range(50_000))


@given(st.data())
def test_encoding_agrees_with_its_twin(data: st.DataObject) -> None:
    meaning = data.draw(st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=1, max_size=8))
    ids = data.draw(st.lists(st.integers(-1, len(meaning) - 1), max_size=40))
    code = np.array(
        [-1 if not m else m[0] if len(m) == 1 else -2 - r for r, m in enumerate(meaning)], np.int32
    )
    starts = np.concatenate(([0], np.cumsum([len(m) for m in meaning]))).astype(np.int64)
    pieces = np.array([piece for m in meaning for piece in m], np.int32)
    given_ids = np.array(ids, np.int32)
    tokens = np.empty(encoded_size(given_ids, code, starts), np.int32)
    lengths = np.empty(ids.count(-1), np.int64)
    written, lines, rest = encode(given_ids, code, starts, pieces, tokens, lengths)
    expected_tokens, expected_lengths, expected_rest = reference.encode(ids, meaning)
    assert written == tokens.size
    assert lines == lengths.size
    assert (tokens.tolist(), lengths.tolist(), rest) == (expected_tokens, expected_lengths, expected_rest)


def test_tokens_made_to_fall_into_one_slot_of_a_known_hash_do_not() -> None:
    """Multiplication by an odd number and x ^ x >> 32 can be undone: eight bytes for each hash wanted."""
    back = np.uint64(pow(0x9E3779B97F4A7C15, -1, 2**64))
    h = np.arange(1, 20_000, dtype=np.uint64) << np.uint64(31)  # hashes whose low 31 bits are 0
    for _ in range(2):
        h = (h ^ (h >> np.uint64(32))) * back
    tokens = h.astype("<u8").view(np.uint8).reshape(-1, 8)
    tokens = tokens[(tokens > ord(" ")).all(axis=1)][:4000]
    assert len(tokens) == 4000
    table = TokenTable()
    table.count(np.insert(tokens, 8, ord(" "), axis=1).ravel())
    assert len(table) == 4000
    free = np.flatnonzero(table._slots == 0)
    assert np.diff(free, prepend=-1).max() < 100  # the longest run of slots in use
