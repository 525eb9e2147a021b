"""Pieces laid back where they were cut: the way back from patches to pictures and from frames to sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["lay_back"]


def lay_back(pieces: NDArray[Any], *, stride: tuple[int, int]) -> NDArray[Any]:
    """The pictures that these pieces cover; where several overlap, their mean.

    Args:
        pieces: (pictures, rows, columns, height, width, channels), any numbers or booleans.
        stride: how far it is from one piece to the one below and the one beside, at most height and width.

    Returns:
        (pictures, (rows - 1) * stride[0] + height, (columns - 1) * stride[1] + width, channels), of the same
        type. Whole numbers are rounded to the nearest, of two as near to the even one, also the largest of 64
        bits. Where the pieces agree, the value is exactly theirs, whatever the type: a mean of equal floats
        could be off by a bit.
    """
    pictures, rows, columns, height, width, channels = pieces.shape
    shape = pictures, (rows - 1) * stride[0] + height, (columns - 1) * stride[1] + width, channels
    if stride == (height, width):
        return _beside(pieces).reshape(shape)
    if pieces.dtype == np.bool_:
        return lay_back(pieces.view(np.uint8), stride=stride).view(np.bool_)
    more = -(-height // stride[0]) - 1, -(-width // stride[1]) - 1
    cells = (pictures, rows + more[0], stride[0], columns + more[1], stride[1], channels)
    canvas, times = np.zeros(cells, pieces.dtype), np.zeros(cells[1:5], np.int64)
    for place, piece in _layers(pieces, stride):
        canvas[:, *place] = piece
        times[place] += 1
    times = np.maximum(times, 1)[..., None]
    if canvas.dtype.kind in "iu":
        canvas = _whole_mean(canvas, times, pieces, stride)
    elif (sums := _disagreement(canvas, pieces, stride)) is not None:
        canvas = np.asarray(canvas + sums / times, canvas.dtype)
    tall, wide = cells[1] * cells[2], cells[3] * cells[4]
    return canvas.reshape(pictures, tall, wide, channels)[:, : shape[1], : shape[2]]


def _beside(pieces: NDArray[Any]) -> NDArray[Any]:
    """The pictures of pieces that lie beside each other."""
    if not pieces.flags.c_contiguous:
        return pieces.transpose(0, 1, 3, 2, 4, 5)
    from firth.kernels.runs import lay_patches

    pictures, rows, columns, height, width, channels = pieces.shape
    laid = np.empty(pieces.size, pieces.dtype)
    source, target = pieces.reshape(-1).view(np.uint8), laid.view(np.uint8)
    lay_patches(source, target, pictures, rows, columns, height, width * channels * pieces.itemsize)
    return laid


def _layers(
    pieces: NDArray[Any], stride: tuple[int, int]
) -> Iterator[tuple[tuple[slice, slice, slice, slice], NDArray[Any]]]:
    """Parts of all pieces that do not overlap each other, with their place among the cells of the canvas.

    A cell is `stride` pixels large. The part of each piece that lies in the a-th cell below and the b-th
    beside its first one makes a layer: there are only as many layers as cells in a piece.
    """
    _, rows, columns, height, width, _ = pieces.shape
    down, along = stride
    for a in range(-(-height // down)):
        for b in range(-(-width // along)):
            piece = pieces[:, :, :, a * down : (a + 1) * down, b * along : (b + 1) * along]
            piece = piece.transpose(0, 1, 3, 2, 4, 5)
            tall, wide = piece.shape[2], piece.shape[4]
            yield (slice(a, a + rows), slice(0, tall), slice(b, b + columns), slice(0, wide)), piece


def _disagreement(canvas: NDArray[Any], pieces: NDArray[Any], stride: tuple[int, int]) -> NDArray[Any] | None:
    """The sum over the pieces of how far they are from what lies on the canvas; None where none is."""
    sums = None
    for place, piece in _layers(pieces, stride):
        there = canvas[:, *place]
        differs = piece != there
        differs &= ~(np.isnan(piece) & np.isnan(there))
        if not differs.any():
            continue
        if sums is None:
            sums = np.zeros(canvas.shape, np.result_type(canvas.dtype, np.float64))
        with np.errstate(invalid="ignore"):  # infinity less infinity: the mean of such is no number
            apart = piece.astype(sums.dtype) - there.astype(sums.dtype)
        sums[:, *place] += np.where(differs, apart, 0)
    return sums


def _whole_mean(
    canvas: NDArray[Any], times: NDArray[np.int64], pieces: NDArray[Any], stride: tuple[int, int]
) -> NDArray[Any]:
    """The mean of pieces of whole numbers, of which some lie on the canvas, `times` at each place.

    Numbers of 64 bits are divided before they are added: their sum would run over, and float64 counts in ones
    only up to 2**53.
    """
    if all(np.array_equal(canvas[:, *place], piece) for place, piece in _layers(pieces, stride)):
        return canvas
    wide = np.dtype(np.uint64 if canvas.dtype.kind == "u" else np.int64)
    times = times.astype(wide)
    whole, rest = np.zeros(canvas.shape, wide), np.zeros(canvas.shape, wide)
    for place, piece in _layers(pieces, stride):
        part = piece.astype(wide)
        if piece.dtype.itemsize == 8:
            quotient, part = np.divmod(part, times[place])
            whole[:, *place] += quotient
        rest[:, *place] += part
    quotient, rest = np.divmod(rest, times)
    whole += quotient
    whole += (2 * rest > times) | ((2 * rest == times) & (whole % 2 == 1))
    return whole.astype(canvas.dtype)
