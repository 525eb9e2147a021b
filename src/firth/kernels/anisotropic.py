"""Product codes of 16 centres a part under the score-aware loss of Guo et al. 2020.

The error e of a code counts as |e|² + extra (u·e)², where u is the direction of the row: an error along the
row changes the greatest of its inner products most. The second term joins the parts, whose errors along the
row may cancel each other, so that codes and centres are chosen one part at a time with the others held.

Everywhere below:
    rows: float32, (n, M · s): what is encoded, M parts of s numbers each, padded with zeros.
    along: float32, (n, M · s): the directions u, of length 1 (or 0), padded in the same way.
    centres: float32, (M, s, 16): the centre k of part m is centres[m, :, k]. (So laid out, the 16 lanes of
        one instruction are the 16 centres.)
    codes: uint8, (n, M), each 0 to 15.
    extra: how much more the error along the row counts, η - 1; 0 makes the loss that of plain product codes.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["CENTRES", "encode", "loss", "move_centres"]

CENTRES = 16


@kernel
def encode(rows, along, centres, extra, sweeps, codes):
    """Write to `codes` codes of small loss: of each part the nearest centre first, and then, `sweeps` times
    at most, for one part after the other the centre that is best beside those of the other parts.

    No step makes the loss of a row greater. Returns how many rows were still changing at the end.
    """
    parts, size, _ = centres.shape
    away = np.empty((parts, CENTRES), np.float32)  # |e|² of the part, for each of its centres
    error = np.empty((parts, CENTRES), np.float32)  # u·e of the part
    unsettled = 0
    for i in range(rows.shape[0]):
        total = 0.0
        for m in range(parts):
            for k in range(CENTRES):
                away[m, k] = 0
                error[m, k] = 0
            for j in range(size):
                x, u = rows[i, m * size + j], along[i, m * size + j]
                for k in range(CENTRES):
                    e = x - centres[m, j, k]
                    away[m, k] += e * e
                    error[m, k] += u * e
            best = 0
            for k in range(1, CENTRES):
                if away[m, k] < away[m, best]:
                    best = k
            codes[i, m] = best
            total += error[m, best]
        if extra == 0.0:
            continue
        changing = True
        sweep = 0
        while changing and sweep < sweeps:
            changing = False
            for m in range(parts):
                held = codes[i, m]
                others = total - error[m, held]
                best, least = held, away[m, held] + extra * (others + error[m, held]) ** 2
                for k in range(CENTRES):
                    cost = away[m, k] + extra * (others + error[m, k]) ** 2
                    if cost < least:
                        best, least = k, cost
                if best != held:
                    codes[i, m] = best
                    total = others + error[m, best]
                    changing = True
            sweep += 1
        unsettled += changing
    return unsettled


@kernel
def errors_along(rows, along, centres, codes, out):
    """Write to `out` (float64, (n,)) the error along each row, u·e."""
    parts, size, _ = centres.shape
    for i in range(rows.shape[0]):
        total = 0.0
        for m in range(parts):
            k = codes[i, m]
            for j in range(size):
                total += along[i, m * size + j] * np.float64(rows[i, m * size + j] - centres[m, j, k])
        out[i] = total


@kernel
def solve(matrix, right):
    """Solve matrix · x = right in place, x in `right`; the matrix, float64, (s, s), is positive definite and
    is overwritten by its Cholesky factor."""
    size = right.size
    for i in range(size):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = np.sqrt(total) if i == j else total / matrix[j, j]
    for i in range(size):
        for k in range(i):
            right[i] -= matrix[i, k] * right[k]
        right[i] /= matrix[i, i]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            right[i] -= matrix[k, i] * right[k]
        right[i] /= matrix[i, i]


@kernel
def move_centres(rows, along, codes, extra, centres):
    """Put the centres of one part after the other where the loss is least, the codes and the rest held.

    For a centre c with N rows that is (N I + extra Σ u uᵀ) c = Σ x + extra Σ p u, with p the error along the
    row that there would be if c were zero (theorem 4.2 of the paper, for one part). Centres without rows
    stay.

    Changes: centres. Returns how many centres have no rows.
    """
    parts, size, _ = centres.shape
    n = rows.shape[0]
    errors = np.empty(n, np.float64)
    errors_along(rows, along, centres, codes, errors)
    empty = 0
    for m in range(parts):
        first = m * size
        counts = np.zeros(CENTRES, np.int64)
        matrices = np.zeros((CENTRES, size, size), np.float64)
        sums = np.zeros((CENTRES, size), np.float64)
        for i in range(n):
            k = codes[i, m]
            counts[k] += 1
            error = errors[i]
            for j in range(size):
                error += along[i, first + j] * np.float64(centres[m, j, k])
            errors[i] = error  # as if the centre were zero
            for j in range(size):
                u = np.float64(along[i, first + j])
                sums[k, j] += rows[i, first + j] + extra * error * u
                for h in range(j + 1):
                    matrices[k, j, h] += extra * u * along[i, first + h]
        for k in range(CENTRES):
            if counts[k] == 0:
                empty += 1
                continue
            for j in range(size):
                matrices[k, j, j] += counts[k]
            solve(matrices[k], sums[k])
            for j in range(size):
                centres[m, j, k] = sums[k, j]
        for i in range(n):
            k = codes[i, m]
            for j in range(size):
                errors[i] -= along[i, first + j] * np.float64(centres[m, j, k])
    return empty


@kernel
def loss(rows, along, centres, codes, extra):
    """The sum over the rows of |e|² + extra (u·e)², in float64."""
    parts, size, _ = centres.shape
    errors = np.empty(rows.shape[0], np.float64)
    errors_along(rows, along, centres, codes, errors)
    total = 0.0
    for i in range(rows.shape[0]):
        for m in range(parts):
            k = codes[i, m]
            for j in range(size):
                e = np.float64(rows[i, m * size + j] - centres[m, j, k])
                total += e * e
        total += extra * errors[i] * errors[i]
    return total
