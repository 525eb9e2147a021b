"""The kernels of word vectors against their twins, and numbers against Python's own reading of them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from firth.kernels import reference
from firth.kernels import wordvectors as kernels

finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
key = st.binary(max_size=6).map(lambda text: text.translate(None, b" \t\r\n"))


def table(keys: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.concatenate([[0], np.cumsum([len(key) for key in keys])]).astype(np.int64)
    return np.frombuffer(b"".join(keys), np.uint8), offsets


def parse(text: bytes, n: int, dim: int, *, keyed: bool = True, room: int | None = None):
    """All that parse_rows says about a text, with hard numbers settled as its caller should."""
    buffer = np.frombuffer(text, np.uint8)
    matrix = np.full((n, dim), np.nan, np.float32)
    starts, lengths = np.zeros(n, np.int64), np.zeros(n, np.int64)
    hard = np.empty((room or 64 + dim, 3), np.int64)
    status, at, row, settled = kernels.FULL, 0, 0, 0
    while status == kernels.FULL:
        status, at, row, n_hard = kernels.parse_rows(
            buffer, at, len(text), row, n, matrix, starts, lengths, hard, keyed
        )
        for start, stop, place in hard[:n_hard].tolist():
            matrix.reshape(-1)[place] = np.float32(float(text[start:stop]))
        settled += n_hard
    keys = [text[a : a + b] for a, b in zip(starts.tolist(), lengths.tolist(), strict=True)]
    return status, at, row, keys, matrix, settled


def read_number(text: str) -> tuple[np.float32, bool]:
    """The number as the kernel reads it, and whether it was sure."""
    status, _, _, _, matrix, settled = parse(b"k " + text.encode(), 1, 1)
    assert status == kernels.DONE
    return matrix[0, 0], settled == 0


def right(text: str) -> np.float32:
    with np.errstate(over="ignore"):
        return np.float32(float(text))


@settings(max_examples=2_000, deadline=None)
@given(
    st.from_regex(
        r"[+-]?([0-9]{1,22}\.?[0-9]{0,22}|\.[0-9]{1,22})([eE][+-]?[0-9]{1,3})?", fullmatch=True
    ).filter(lambda text: np.isfinite(right(text)))
)
@example(
    "0.000000000000000000000000000000000000000000000700649232162408535461864791644958"
)  # half the least float32
@example("340282356779733600000000000000000000000")  # just under what rounds to infinity
@example("1" + "0" * 38)
@example("0." + "0" * 60 + "1e60")
@example("-0")
def test_a_number_is_read_as_python_reads_it(text: str) -> None:
    value, _ = read_number(text)
    assert value.tobytes() == right(text).tobytes()


@settings(max_examples=500, deadline=None)
@given(finite.filter(lambda x: 1e-37 < abs(x) < 1e37), st.integers(-3, 3), st.integers(10, 30))
def test_numbers_near_the_middle_between_two_float32(x: float, nudge: int, digits: int) -> None:
    upper = np.nextafter(np.float32(x), np.float32(np.inf))
    middle = (Fraction(float(np.float32(x))) + Fraction(float(upper))) / 2
    text = (
        f"{float(middle):.{digits}e}"
        if nudge == 0
        else f"{np.nextafter(float(middle), nudge * np.inf):.{digits}e}"
    )
    value, _ = read_number(text)
    assert value == right(text)


def test_nearly_all_long_numbers_are_read_without_asking_back() -> None:
    rng = np.random.default_rng(3)
    texts = [repr(x) for x in rng.standard_normal(20_000).tolist()]  # 16 to 18 digits: float64
    status, _, _, _, matrix, settled = parse(b"k " + " ".join(texts).encode(), 1, len(texts))
    assert status == kernels.DONE
    assert settled <= 2
    assert np.array_equal(matrix[0], np.array([float(text) for text in texts]).astype(np.float32))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_parse_rows_is_its_twin(data: st.DataObject) -> None:
    dim = data.draw(st.integers(1, 4))
    number = st.one_of(finite.map(repr), st.floats(-9, 9).map(repr), st.integers(-99, 99).map(str))
    rows = data.draw(
        st.lists(st.tuples(key, st.lists(number, min_size=dim, max_size=dim)), min_size=1, max_size=5)
    )
    separator, end = (
        data.draw(st.sampled_from(["", "\t"])) or " ",
        data.draw(st.sampled_from(["", " ", "\r", " \t\r"])),
    )
    text = b"\n".join(
        name + "".join(separator + number for number in numbers).encode() + end.encode()
        for name, numbers in rows
    )
    status, at, row, keys, matrix, _ = parse(text, len(rows), dim, room=dim)
    expected_keys, expected = reference.parse_rows(text, dim)
    assert (status, at, row) == (kernels.DONE, len(text) + 1, len(rows))
    assert keys == expected_keys
    assert matrix.tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("text", "dim", "status", "at", "row"),
    [
        (b"a 1 2\nb 3 x", 2, kernels.BAD_NUMBER, 10, 1),
        (b"a 1 2\nb 3", 2, kernels.BAD_NUMBER, 9, 1),
        (b"a 1 2\nb 3 4 5", 2, kernels.TOO_MANY, 11, 1),
        (b"a 1  2", 2, kernels.BAD_NUMBER, 4, 0),
        (b"a 1e", 1, kernels.BAD_NUMBER, 2, 0),
        (b"a nan", 1, kernels.BAD_NUMBER, 2, 0),
        (b"a .", 1, kernels.BAD_NUMBER, 2, 0),
        (b"a 0x10", 1, kernels.BAD_NUMBER, 2, 0),
        (b"a 1_0", 1, kernels.BAD_NUMBER, 2, 0),
        (b"a", 1, kernels.BAD_NUMBER, 1, 0),
    ],
)
def test_a_mistake_is_found_where_it_is(text: bytes, dim: int, status: int, at: int, row: int) -> None:
    assert parse(text, text.count(b"\n") + 1, dim)[:3] == (status, at, row)


def test_rows_without_keys() -> None:
    status, _, _, keys, matrix, _ = parse(b"1\t2\n3\t4", 2, 2, keyed=False)
    assert status == kernels.DONE
    assert keys == [b"", b""]
    assert matrix.tolist() == [[1, 2], [3, 4]]
    assert parse(b"a\t2", 1, 2, keyed=False)[:3] == (kernels.BAD_NUMBER, 0, 0)


def print_all(keys: list[bytes], matrix: np.ndarray) -> bytes:
    data, offsets = table(keys)
    out = np.zeros(data.size + matrix.size * kernels.MAX_PRINTED + len(matrix), np.uint8)
    return out[: kernels.print_rows(data, offsets, matrix, kernels.SPACE, out)].tobytes()


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_print_rows_means_what_its_twin_prints(data: st.DataObject) -> None:
    keys = data.draw(st.lists(key, min_size=1, max_size=4))
    dim = data.draw(st.integers(1, 4))
    matrix = data.draw(arrays(np.float32, (len(keys), dim), elements=finite))
    printed = print_all(keys, matrix)[:-1]
    for text in (printed, reference.print_rows(keys, matrix)[:-1]):
        keys_back, matrix_back = reference.parse_rows(text, dim)
        assert keys_back == keys
        assert matrix_back.tobytes() == matrix.tobytes()


def test_every_kind_of_float32_survives_printing() -> None:
    rng = np.random.default_rng(7)
    bits = rng.integers(0, 2**32, 300_000, dtype=np.uint32).view(np.float32)
    tiny, huge = np.finfo(np.float32).smallest_subnormal, np.finfo(np.float32).max
    powers = np.array([f"1e{i}" for i in range(-45, 39)], np.float32)
    edges = np.array([0.0, -0.0, tiny, huge, -huge, 1 / 3, 123456789, 16777216], np.float32)
    near = np.concatenate([np.nextafter(powers, np.float32(0)), np.nextafter(powers, np.float32(1e38))])
    numbers = np.concatenate([bits[np.isfinite(bits)], powers, near, edges])[:, None]
    lines = print_all([b""] * len(numbers), numbers).decode().split("\n")[:-1]
    assert np.array([float(line) for line in lines]).astype(np.float32).tobytes() == numbers.tobytes()
    assert max(map(len, lines)) <= kernels.MAX_PRINTED


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.1, "0.1"), (1, "1"), (-2.5, "-2.5"), (1200, "1200"), (0.00012, "0.00012"), (1e-7, "1e-07"),
     (0.3, "0.3"), (1e20, "1e+20"), (0, "0"), (-0.0, "-0"),
     (3.4028235e38, "3.4028235e+38"), (1e-45, "1e-45")],
)  # fmt: skip
def test_numbers_look_as_people_write_them(number: float, text: str) -> None:
    assert print_all([b"k"], np.array([[number]], np.float32)) == f"k {text}\n".encode()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_binary_rows_are_their_twins(data: st.DataObject) -> None:
    keys = data.draw(st.lists(key, max_size=5))
    dim = data.draw(st.integers(1, 4))
    matrix = data.draw(arrays(np.float32, (len(keys), dim), elements=finite))
    names, offsets = table(keys)
    out = np.zeros(names.size + matrix.nbytes + 2 * len(keys), np.uint8)
    kernels.join_binary_rows(names, offsets, matrix.view(np.uint8).reshape(len(keys), 4 * dim), out)
    assert out.tobytes() == reference.join_binary_rows(keys, matrix)

    starts, lengths = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    whole, stop = kernels.scan_binary_rows(out, 0, 4 * dim, starts, lengths)
    assert (whole, stop) == (len(keys), max(0, out.size - 1))
    bits = np.zeros((len(keys), dim), np.uint32)
    assert kernels.copy_binary_rows(out, starts, lengths, 0, len(keys), bits) == -1
    expected_keys, expected = reference.binary_rows(out.tobytes(), len(keys), dim)
    assert bits.tobytes() == expected.tobytes()
    packed = np.zeros(offsets[-1], np.uint8)
    kernels.pack_strings(out, starts, offsets, packed)
    assert packed.tobytes() == b"".join(expected_keys)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_binary_rows_that_are_not_finite_are_found(bad: float) -> None:
    matrix = np.ones((3, 2), np.float32)
    matrix[1, 1] = bad
    out = np.frombuffer(reference.join_binary_rows([b"a", b"b", b"c"], matrix), np.uint8)
    starts, lengths = np.zeros(3, np.int64), np.zeros(3, np.int64)
    assert kernels.scan_binary_rows(out, 0, 8, starts, lengths)[0] == 3
    bits = np.zeros((3, 2), np.uint32)
    assert kernels.copy_binary_rows(out, starts, lengths, 0, 3, bits) == 1


def test_binary_rows_that_are_cut_are_counted_up_to_the_cut() -> None:
    text = reference.join_binary_rows([b"a", b"b"], np.ones((2, 2), np.float32))
    starts, lengths = np.zeros(2, np.int64), np.zeros(2, np.int64)
    for size in range(len(text) - 1):
        whole, stop = kernels.scan_binary_rows(np.frombuffer(text[:size], np.uint8), 0, 8, starts, lengths)
        assert (whole, stop) == ((1, 10) if size >= 10 else (0, 0))
