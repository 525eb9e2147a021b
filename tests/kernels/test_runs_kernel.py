"""Cutting pictures into patches, beside the NumPy twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.kernels import reference_runs as reference
from firth.kernels import runs as kernels


@given(
    st.tuples(*(st.integers(1, 4) for _ in range(5))),
    st.integers(1, 5),
    st.integers(1, 70),
    st.tuples(st.integers(0, 3), st.integers(0, 5)),
)
def test_patches_agree_with_their_twin(
    counts: tuple[int, ...], height: int, run: int, spare: tuple[int, int]
) -> None:
    pictures, grid_rows, grid_columns, down, along = counts
    down, along = min(down, height), min(along, run)
    row = (grid_columns - 1) * along + run + spare[1]
    picture = ((grid_rows - 1) * down + height + spare[0]) * row
    source = np.random.default_rng(run).integers(0, 256, pictures * picture, np.uint8)
    sizes = (pictures, picture, row, grid_rows, grid_columns, height, run, down, along)
    found, expected = np.zeros((2, pictures * grid_rows * grid_columns * height * run), np.uint8)
    kernels.copy_patches(source, found, *sizes)
    reference.copy_patches(source, expected, *sizes)
    np.testing.assert_array_equal(found, expected)
    first = source[:picture].reshape(-1, row)[:height, :run]  # by hand: the patch in the corner
    np.testing.assert_array_equal(found[: height * run].reshape(height, run), first)


@given(st.tuples(*(st.integers(1, 5) for _ in range(4))), st.integers(1, 70))
def test_laying_back_agrees_with_its_twin_and_is_the_way_back(counts: tuple[int, ...], run: int) -> None:
    pictures, grid_rows, grid_columns, height = counts
    size = pictures * grid_rows * grid_columns * height * run
    whole = np.random.default_rng(run).integers(0, 256, size, np.uint8)
    row = grid_columns * run
    picture = grid_rows * height * row
    sizes = (pictures, grid_rows, grid_columns, height, run)
    patches, found, expected = np.zeros((3, size), np.uint8)
    kernels.copy_patches(
        whole, patches, pictures, picture, row, grid_rows, grid_columns, height, run, height, run
    )
    kernels.lay_patches(patches, found, *sizes)
    reference.lay_patches(patches, expected, *sizes)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(found, whole)
