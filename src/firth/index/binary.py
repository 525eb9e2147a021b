"""`Binary`: a code of bits for each row, all compared with that of the query; the best are scored again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firth import compress
from firth.compress import Codec, CodecRecipe, codec_of
from firth.errors import DataError, OptionError
from firth.index.engine import Engine, Found, Settings
from firth.index.recipe import IndexRecipe
from firth.kernels.hamming import nearest_codes
from firth.options import check_whole
from firth.parallel import each_shard
from firth.run import Run

__all__ = ["Binary", "BinaryEngine"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
HOWS = ("itq", "sign", "threshold", "simhash")
EVERYONE = np.empty(0, np.bool_)
_PART = "codec."


class BinaryEngine(Engine):
    """Codes of bits, word by word. They are learnt from the first rows that come in.

    Attributes:
        codec: what makes a code of a row; None as long as there is none.
        words: uint64, (w, at least n): the first 64 bits of all codes, then the next, the last filled with 0.
    """

    def __init__(self, dim: int, metric: str, recipe: CodecRecipe, seed: int):
        self.metric = metric
        self.dim = dim
        self.codec: Codec | None = None
        self.words = np.empty((0, 0), np.uint64)
        self._recipe = recipe
        self._seed = seed
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        found, keys = (
            np.full((len(queries), k), -1, np.int64),
            np.full((len(queries), k), -np.inf, np.float32),
        )
        if self.codec is None:
            return found, keys
        codes = np.ascontiguousarray(_words(self.codec.encode_rows(queries)).T)
        everyone = EVERYONE if allowed is None else allowed

        def work(part: slice) -> None:
            nearest_codes(codes[part], self.words, self._n, everyone, found[part], keys[part])

        each_shard(work, len(queries), threads=threads, least=4)
        return found, keys

    def add(self, rows: Floats) -> None:
        self.take_in(rows, Run(threads=1, seed=self._seed))

    def take_in(self, rows: Floats, run: Run) -> None:
        """Take in rows, and learn the codec from them if they are the first."""
        if not len(rows):
            return
        if self.codec is None:
            self.codec = self._recipe.fit(rows, run=run)
        self._put(self.codec.encode_rows(rows))

    def _put(self, codes: Bytes) -> None:
        words = _words(codes)
        n = self._n + len(codes)
        if n > self.words.shape[1]:
            room = np.zeros((len(words), max(n, self._n * 5 // 4)), np.uint64)
            if self._n:
                room[:, : self._n] = self.words[:, : self._n]
            self.words = room
        self.words[:, self._n : n] = words
        self._n = n

    def memory(self) -> dict[str, int]:
        parts = {} if self.codec is None else self.codec.parts()
        return {"codes": int(self.words.nbytes), "codec": sum(int(part.nbytes) for part in parts.values())}

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        values: dict[str, Any] = {"dim": self.dim, "seed": self._seed}
        if self.codec is None:
            return {}, values
        rows = np.ascontiguousarray(self.words[:, : self._n].T).view(np.uint8)
        codes = np.ascontiguousarray(rows[:, : self.codec.width])
        parts = {f"{_PART}{name}": part for name, part in self.codec.parts().items()}
        return {"codes": codes, **parts}, {**values, "report": dict(self.codec.report)}

    @classmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> Self:
        dim, seed, report = values.get("dim"), values.get("seed"), values.get("report", {})
        if type(dim) is not int or not 1 <= dim < 2**31:
            raise DataError(f"the dim of a binary index is a whole number from 1 on, not {dim!r:.80}")
        if type(seed) is not int or not 0 <= seed < 2**63:
            raise DataError(f"the seed of a binary index is a whole number from 0 on, not {seed!r:.80}")
        if not isinstance(report, dict):
            raise DataError(f"the report of a codec is an object, not {report!r:.80}")
        engine = cls(dim, metric, recipe.codec(dim), seed)
        codes = arrays.get("codes")
        if codes is None:
            return engine
        parts = {name.removeprefix(_PART): part for name, part in arrays.items() if name.startswith(_PART)}
        codec = codec_of(engine._recipe.to_dict(), dim, parts, report)
        if codes.dtype != np.uint8 or codes.ndim != 2 or codes.shape[1] != codec.width or not len(codes):
            raise DataError(
                f"codes of {codes.dtype} and shape {codes.shape} do not fit {codec.width} bytes a row"
            )
        engine.codec = codec
        engine._put(codes)
        return engine


def _words(codes: Bytes) -> NDArray[np.uint64]:
    """Codes (n, width) as words (w, n), a view where it can be."""
    n, width = codes.shape
    if width % 8:
        codes = np.pad(codes, ((0, 0), (0, -width % 8)))
    return np.ascontiguousarray(codes).view(np.uint64).reshape(n, -1).T


@dataclass(frozen=True, kw_only=True)
class Binary(IndexRecipe):
    """One bit or so a dim, and the number of bits that differ as a first guess of the distance.

    All codes are compared with that of the query, which takes a 32nd of the memory and few instructions; the
    `rerank` · k with the fewest differing bits are then scored by the rows that are kept (keep="int8" for a
    quarter of their bytes). Bits know directions and no lengths: where the dot product or the euclidean
    distance depends on lengths, more candidates are needed.

    Attributes:
        how: what a bit asks; see `firth.compress.Binary` for "sign", "threshold" and "itq", which has learnt
            what to ask, and `firth.compress.SimHash` for "simhash", whose bits may be more than the dim.
        bits: how many, with "itq" (at most the dim; None for the dim) and "simhash" (a multiple of 8; None
            for twice the dim).
        rerank: how many candidates are scored again for each answer; the setting "rerank".

    Raises:
        OptionError: a value is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> from firth.index import Binary
    >>> rows = np.random.default_rng(1).normal(size=(2000, 64)).astype(np.float32)
    >>> index = Binary().build(Vectors(np.arange(2000), rows))
    >>> index.search(rows[7], 1).ids, index.memory()["codes"]
    ([7], 16000)
    """

    how: str = "itq"
    bits: int | None = None
    rerank: int = 60

    engine_type: ClassVar[type[Engine]] = BinaryEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.how not in HOWS:
            raise OptionError(f"how is one of {', '.join(HOWS)}, not {self.how!r}")
        if self.bits is not None:
            check_whole("bits", self.bits, 1, 1 << 16)
            self.codec(self.bits)  # raises where it does not go with `how`

    def codec(self, dim: int) -> CodecRecipe:
        """The recipe of the codes of rows of a dim."""
        if self.how == "simhash":
            return compress.SimHash(bits=self.bits or max(8, -(-dim // 4) * 8))
        return compress.Binary(how=self.how, bits=self.bits)

    def engine(self, rows: Floats, metric: str, run: Run) -> Engine:
        engine = BinaryEngine(rows.shape[1], metric, self.codec(rows.shape[1]), run.seed)
        engine.take_in(rows, run)
        return engine
