"""The rotation of iterative quantization: rows turned towards the corners of a cube."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.compress.codec import Floats
from firth.compress.drawn import gaussian
from firth.compress.truncate import principal_axes

__all__ = ["learn_rotation"]

SAMPLE = 16_384
"""Rows that the rotation is learnt from: many times its degrees of freedom a dim, and bounded time."""
STILL = 1e-7
"""A turn that lessens the error by less than this share is the last."""


def learn_rotation(
    rows: Floats, bits: int, *, iterations: int, seed: int
) -> tuple[Floats, Floats, dict[str, Any]]:
    """The mean of the rows and the directions whose signs say most about them.

    V are the centred rows on their `bits` principal axes. From a random rotation R on, two steps take turns,
    neither of which can raise |B - V R|² (Gong and Lazebnik 2011, section 3.2): B = sign(V R), the nearest
    corners; and R = Ŝ Sᵀ where Bᵀ V = S Ω Ŝᵀ, the nearest rotation (Schönemann 1966).

    Args:
        rows: float32, (n, d), finite.
        bits: how many directions, at most d.
        iterations: how many turns at most. seed: of the first rotation.

    Returns:
        The mean, float32, (d,); the directions, float32, (bits, d), orthonormal; and the report.
    """
    mean = rows.mean(axis=0, dtype=np.float64)
    axes = principal_axes(rows, mean)[1][:bits]
    if len(rows) > SAMPLE:
        rows = rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(np.int64)]
    v = np.asarray((rows - mean) @ axes.T, np.float32)
    scale = float(np.sqrt(np.mean(np.square(v, dtype=np.float64)))) or 1.0
    v /= np.float32(scale)
    r: NDArray[Any] = np.linalg.qr(gaussian(seed, (bits, bits)).astype(np.float64))[0]
    turned = v @ r.astype(np.float32)
    before = error = _error(turned)
    made = 0
    while made < iterations:
        corners = np.where(turned > 0, np.float32(1), np.float32(-1))
        s, _, s_hat = np.linalg.svd((corners.T @ v).astype(np.float64))
        r = (s @ s_hat).T
        turned = v @ r.astype(np.float32)
        made += 1
        last, error = error, _error(turned)
        if last - error <= STILL * last:
            break
    report = {"iterations": made, "turned": len(v), "error_before": before, "error_after": error}
    return mean.astype(np.float32), np.asarray(r.T @ axes, np.float32), report


def _error(turned: Floats) -> float:
    """The share of |V|² that is left between V R and its corners at their best size."""
    squares = float(np.vdot(turned, turned))
    size = float(np.mean(np.abs(turned), dtype=np.float64))
    return 1 - turned.size * size**2 / squares if squares > 0 else 0.0
