"""Fingerprints: a short name for the space that rows are in, so that two spaces are not mixed unknowingly.

The numbers of a row mean something only beside the rows of the same space. Another training run, a rotation,
a codec or centring makes another space, even where the dimension and the ids stay the same.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, SpaceMismatchError

if TYPE_CHECKING:
    from firth.data.ids import Ids
    from firth.vectors import Vectors

__all__ = ["check_name", "check_same_space", "fingerprint_of"]

SAMPLE = 256
LONGEST = 200  # characters of a name that is given


def fingerprint_of(ids: Ids, matrix: NDArray[np.float32]) -> str:
    """The fingerprint of the space that these rows span: 16 hexadecimal digits.

    BLAKE2b over the numbers of rows and columns and over up to 256 rows, evenly spread, with their ids. That
    takes a millisecond or two, however large the matrix is, and reads 256 places of a mapped file. It tells
    one training from another, in which all rows differ; an edit of a few rows of many may go unnoticed.

    Args:
        ids: n ids.
        matrix: float32, (n, d).
    """
    n, dim = matrix.shape
    rows = np.linspace(0, max(0, n - 1), min(n, SAMPLE)).astype(np.int64)
    digest = hashlib.blake2b(f"{n} {dim}".encode(), digest_size=8)
    for row in rows.tolist():
        digest.update(f"\0{ids[row]!r}".encode("utf-8", "backslashreplace"))
    digest.update((matrix[rows] + np.float32(0)).astype("<f4").tobytes())  # + 0 makes 0 of -0, its equal
    return digest.hexdigest()


def check_name(name: str) -> str:
    """A fingerprint that was given, such as the name of a foreign model.

    Raises:
        DataError: it is empty, too long or no string.
    """
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST:
        raise DataError(f"a fingerprint is a string of 1 to {LONGEST} characters, not {name!r:.80}")
    return name


def check_same_space(expected: str, vectors: Vectors, *, what: str = "these vectors") -> None:
    """Refuse vectors of another space.

    Args:
        expected: the fingerprint of the space that is asked for.
        vectors: those that were given.
        what: what they are, in the plural, for the message: "the queries".

    Raises:
        SpaceMismatchError: they have another fingerprint; the message says what to do.
    """
    if vectors.fingerprint != expected:
        raise SpaceMismatchError(
            f"{what} are of the space {vectors.fingerprint} and not of {expected}: numbers of two spaces "
            "cannot be compared. Encode both with the same model, or map one into the other (firth align); "
            "if they are of one space, say so: Vectors(ids, matrix, fingerprint=other.fingerprint)",
            expected=expected,
            found=vectors.fingerprint,
        )
