"""The codes of a space in a Firth file: what stands in its entry in place of a matrix. See docs/format.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.fingerprints import check_name
from firth.formats.strict_json import JsonError
from firth.vectors import Vectors

if TYPE_CHECKING:
    from firth.compress.codec import Codec
    from firth.compress.codes import Codes

__all__ = ["MOST_TIMES", "codes_entry", "decoded", "is_finite", "take_codec"]

MOST_TIMES = 4096
"""How many times larger than its bytes a space may become when it is decoded, beyond FREE bytes; what a file
says of a dim costs nothing to say, and would cost memory to believe."""

FREE = 1 << 26
_BLOCK = 1 << 14


def codes_entry(name: str, codes: Codes, put: Callable[[str, NDArray[Any]], str]) -> dict[str, Any]:
    """What the entry of a space says of its codes.

    Args:
        name: the space.
        codes: its codes.
        put: keeps a tensor under a name and returns the name.

    Raises:
        DataError: a part of the codec holds a number that is not finite, or readers would refuse to decode
            so few bytes to so many.
    """
    codec = codes.codec
    if _swells(codes):
        raise DataError(
            f"{_swelling(codes)}, more than {MOST_TIMES:,} times as many, which firth.load refuses "
            f"of any file; give the codes of {name!r} more bits, or their rows fewer dims before (Chain)"
        )
    for part, array in codec.parts().items():
        if not np.isfinite(array).all():
            raise DataError(f"the part {part!r} of the codec of {name!r} holds a number that is not finite")
    return {
        "tensor": put(f"{name}.codes", codes.data),
        "codec": codec.recipe.to_dict(),
        "dim": codec.dim,
        "parts": {part: put(f"{name}.codec.{part}", array) for part, array in sorted(codec.parts().items())},
        "fingerprint": codec.fingerprint,
        "fitted": dict(codec.report),
        "encoded": dict(codes.report),
    }


def take_codec(entry: Mapping[str, Any], parts: Mapping[str, NDArray[Any]]) -> Codec:
    """The codec of an entry whose types were checked; the parts are its tensors.

    Raises:
        JsonError: there is no such codec, or its parts do not fit.
    """
    from firth.compress.known import codec_of
    from firth.errors import OptionError

    try:
        codec = codec_of(entry["codec"], entry.get("dim"), parts, entry["fitted"])  # type: ignore[arg-type]
        fingerprint = entry.get("fingerprint")
        codec.fingerprint = None if fingerprint is None else check_name(fingerprint)
    except (OptionError, DataError) as error:
        raise JsonError(f"bad codec: {error}") from None
    return codec


def decoded(codes: Codes) -> Vectors:
    """The vectors of codes; their meta says which codec they went through.

    Raises:
        DataError: they would take impossibly many bytes.
    """
    if _swells(codes):
        raise DataError(
            f"{_swelling(codes)}, more than {MOST_TIMES:,} times as many; "
            "firth.compress.load opens them without decoding"
        )
    rows = codes.decode()
    return Vectors(
        rows.ids,
        rows.matrix,
        columns=rows.columns,
        metric=rows.metric,
        meta={**rows.meta, "codec": codes.codec.recipe.to_dict()},
        fingerprint=codes.fingerprint,
    )


def _swells(codes: Codes) -> bool:
    """Whether decoding takes more memory than a few bytes of a file may ask for."""
    return 4 * len(codes) * codes.dim > FREE + MOST_TIMES * codes.nbytes


def _swelling(codes: Codes) -> str:
    return f"{codes.nbytes:,} bytes of codes would become {4 * len(codes) * codes.dim:,} of rows"


def is_finite(codes: Codes) -> bool:
    """Whether all codes stand for finite numbers; decoded a block at a time."""
    blocks = range(0, len(codes), _BLOCK)
    return all(np.isfinite(codes.codec.decode_rows(codes.data[i : i + _BLOCK])).all() for i in blocks)
