"""Sizes as people write them: 50MB, 1.5GiB, 200k, 1/8 of something."""

from __future__ import annotations

import math
import re

from firth.errors import OptionError

__all__ = ["parse_size"]

UNITS = {
    "": 1,
    "b": 1,
    "k": 10**3,
    "kb": 10**3,
    "kib": 2**10,
    "m": 10**6,
    "mb": 10**6,
    "mib": 2**20,
    "g": 10**9,
    "gb": 10**9,
    "gib": 2**30,
    "t": 10**12,
    "tb": 10**12,
    "tib": 2**40,
}
SIZE = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)\s*", re.IGNORECASE | re.ASCII)
SHARE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*", re.ASCII)


def parse_size(text: str, *, whole: int) -> int:
    """The bytes that a size on the command line means.

    Args:
        text: a number and a unit (50MB is 50 · 10⁶, 50MiB is 50 · 2²⁰), or a share of the whole: 1/8, 12.5%.
        whole: bytes of which a share is taken.

    Raises:
        OptionError: it is no size, or one of less than a byte.
    """
    share, size = SHARE.fullmatch(text), SIZE.fullmatch(text.removesuffix("%"))
    found = math.nan
    if share and float(share[2]):
        found = whole * float(share[1]) / float(share[2])
    elif size and text.endswith("%") and not size[2]:
        found = whole * float(size[1]) / 100
    elif size and not text.endswith("%") and size[2].lower() in UNITS:
        found = float(size[1]) * UNITS[size[2].lower()]
    if not 1 <= found < 2**63:
        raise OptionError(
            "a size is written as 50MB, 1.5GiB, 200k, or as a share of the vectors, 1/8 or 12.5%, "
            f"not {text!r}"
        )
    return int(found)
