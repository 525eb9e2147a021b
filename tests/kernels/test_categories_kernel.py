"""Hashed categories, against plain Python; and the hash itself, which files depend on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels import categories as kernels
from firth.kernels import reference_categories as reference

KEY = np.array([12345, 2**63 + 1], np.uint64)

hashes = st.lists(st.integers(0, 2**64 - 1), max_size=12).map(lambda found: np.array(found, np.uint64))


def table(strings: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.cumsum([0, *map(len, strings)]).astype(np.int32)
    return np.frombuffer(b"".join(strings), np.uint8), offsets


@given(st.lists(st.binary(max_size=30), max_size=8), st.integers(0, 2**64 - 1))
def test_hashes_equal_those_of_plain_python(strings, start):
    data, offsets = table(strings)
    key = np.array([start, 2 * (start // 3) + 1], np.uint64)
    found = np.empty(len(strings), np.uint64)
    kernels.hash_strings(data, offsets, key, found)
    assert np.array_equal(found, reference.hash_strings(data, offsets, key))


def test_hashes_stay_what_they_are():
    """Saved models depend on them: a change here needs a new format version."""
    data, offsets = table([b"", b"Paris", b"twelve bytes"])
    found = np.empty(3, np.uint64)
    kernels.hash_strings(data, offsets, KEY, found)
    assert found.tolist() == [5388216726824400065, 5551690726446376899, 14566628904922367854]


def test_places_and_signs_are_even_and_independent():
    data, offsets = table([str(i).encode() for i in range(20_000)])
    found = np.empty(20_000, np.uint64)
    kernels.hash_strings(data, offsets, KEY, found)
    places = np.array([reference.place(h, 16) for h in found])
    signs = np.array([reference.sign(h) for h in found])
    expected = 20_000 / 32
    observed = np.histogram2d(places, signs, bins=[16, 2])[0]
    # Chi-squared with 31 degrees of freedom: above 61 once in a thousand.
    assert ((observed - expected) ** 2 / expected).sum() < 61


@given(hashes, st.integers(1, 40), st.booleans(), st.data())
def test_dense_rows(found, size, signed, data):
    there = np.array(data.draw(st.lists(st.booleans(), min_size=found.size, max_size=found.size)), np.bool_)
    out = np.zeros((found.size, size))
    kernels.fill_dense(found, there, size, signed, out)
    assert np.array_equal(out, reference.fill_dense(found, there, size, signed))


@given(st.integers(0, 6), st.integers(1, 5), st.integers(1, 9), st.booleans(), st.integers(0, 2**32))
def test_sparse_rows(n, k, size, signed, seed):
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 2**64, (n, k), dtype=np.uint64, endpoint=False)
    there = rng.random((n, k)) < 0.8
    starts, columns, values = (
        np.empty(n + 1, np.int64),
        np.empty(n * k, np.int32),
        np.empty(n * k, np.float32),
    )
    end = kernels.fill_rows(found, there, size, signed, starts, columns, values)
    dense = np.zeros((n, size))
    for i in range(n):
        inside = slice(starts[i], starts[i + 1])
        assert np.all(np.diff(columns[inside]) > 0)
        assert np.all(values[inside] != 0)
        dense[i, columns[inside]] = values[inside]
    assert starts[-1] == end
    assert np.array_equal(dense, reference.fill_rows(found, there, size, signed))


@given(hashes, st.integers(1, 4), st.integers(1, 9), st.integers(0, 2**32))
def test_count_sketches(found, depth, size, seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 100, found.size)
    keys = rng.integers(0, 2**64, depth, dtype=np.uint64, endpoint=False)
    sketch = rng.integers(-5, 5, (depth, size))
    expected = reference.add_to_sketch(found, counts, keys, sketch)
    kernels.add_to_sketch(found, counts, keys, sketch)
    assert np.array_equal(sketch, expected)
    out = np.empty((found.size, depth))
    kernels.estimates(found, keys, sketch, out)
    assert np.array_equal(out, reference.estimates(found, keys, sketch))
