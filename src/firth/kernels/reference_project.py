"""The kernel of `project` in plain NumPy."""

from __future__ import annotations

__all__ = ["project"]


def project(rows, matrix, out):
    """See `project.project`; the sums run in the same order and so are the same bits."""
    out[:] = 0
    for j in range(len(matrix)):
        out += rows[:, j, None] * matrix[j]
