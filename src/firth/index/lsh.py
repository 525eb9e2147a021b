"""`LSH`: rows that fall into one slot of a hash are likely near; those of a few slots are scored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.index.engine import Engine, Found, Settings
from firth.index.hashspace import MOST_BITS, HashSpace, Plan
from firth.index.keep import Whole
from firth.index.looked import Looked
from firth.index.readonly import read_only
from firth.index.recipe import IndexRecipe
from firth.kernels.lsh import fill_table, hash_rows, search_tables
from firth.neighbours import METRICS
from firth.options import check_flag, check_real, check_whole
from firth.parallel import each_shard
from firth.run import Run

__all__ = ["LSH", "LSHEngine"]

Floats = NDArray[np.float32]
FAMILIES = ("hyperplane", "stable")
EVERYONE = read_only(np.empty(0, np.bool_))
TAIL, SHARE = 1024, 8  # new rows are hashed when there are so many, or an eighth of those that are
_MOST_PROBES = 1 << 12
_BLOCK = 1 << 14
_LAST = 2**31 - 1


class LSHEngine(Engine):
    """Tables of slots, each slot a list of rows, over the rows themselves.

    Rows that are added stand behind the tables and are all looked at. When there are many of them, everything
    is hashed anew: the number of bits, the length that the dot product is scaled by and the width then suit
    the rows there are.

    Attributes:
        space: what rows are hashed by; None as long as no row is.
        looked: how many rows the last search looked at.
    """

    def __init__(self, rows: Floats, plan: Plan, *, probes: int):
        self.metric = plan.metric
        self.dim = rows.shape[1]
        self.plan = plan
        self.probes = probes
        self.looked = Looked()
        self.space: HashSpace | None = None
        self.offsets = np.zeros((plan.tables, 1), np.int32)
        self.members = np.empty((plan.tables, 0), np.int32)
        self._rows = Whole(rows)
        self._stamps: list[NDArray[np.int32]] = []  # one for each thread that searches, with its last stamp

    def __len__(self) -> int:
        return len(self._rows)

    def hash(self, threads: int) -> None:
        """Put all rows into tables.

        Raises:
            DataError: there are more rows than 32 bits count.
        """
        rows = self._rows.matrix
        if len(rows) > _LAST:
            raise DataError(f"LSH holds at most {_LAST:,} rows, not {len(rows):,}; IVF holds more")
        if not len(rows):
            return
        space = HashSpace.draw(rows, self.plan)
        slots = np.empty((space.tables, len(rows)), np.int32)

        def fill(part: slice) -> None:
            for start in range(part.start, part.stop, _BLOCK):
                block = slice(start, min(start + _BLOCK, part.stop))
                some = np.empty((space.tables, block.stop - block.start), np.int32)
                hash_rows(
                    np.ascontiguousarray(space.points(rows[block])),
                    space.planes,
                    space.shifts,
                    space.multipliers,
                    space.slot_bits,
                    space.signs,
                    some,
                )
                slots[:, block] = some

        each_shard(fill, len(rows), threads=threads, least=256)
        offsets = np.empty((space.tables, (1 << space.slot_bits) + 1), np.int32)
        members = np.empty((space.tables, len(rows)), np.int32)

        def sort(part: slice) -> None:
            for t in range(part.start, part.stop):
                fill_table(slots[t], offsets[t], members[t])

        each_shard(sort, space.tables, threads=threads)
        self.space, self.offsets, self.members = space, offsets, members

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        rows = read_only(self._rows.matrix)
        keys, found = np.empty((len(queries), k), np.float32), np.empty((len(queries), k), np.int64)
        looked = np.zeros(len(queries), np.int64)
        space, offsets = self.space, read_only(self.offsets)
        if space is None:  # every row is behind the tables: one that is empty and as small as can be will do
            plan = replace(self.plan, tables=1, bits=1)
            space = HashSpace.draw(np.zeros((1, self.dim), np.float32), plan)
            offsets = read_only(np.zeros((1, (1 << space.slot_bits) + 1), np.int32))
        members = read_only(self.members)
        queries, points = read_only(queries), read_only(space.query_points(queries))
        everyone = EVERYONE if allowed is None else read_only(allowed)
        probes = min(settings["probes"], 1 << space.bits if space.signs else _MOST_PROBES)

        def work(part: slice) -> None:
            stamps, stamp = self._take_stamps(part.stop - part.start)
            search_tables(
                queries[part],
                points[part],
                space.planes,
                space.shifts,
                space.multipliers,
                space.slot_bits,
                space.signs,
                offsets,
                members,
                rows,
                METRICS[self.metric],
                np.float32(min(1.0 / space.longest, 1e38)),
                everyone,
                probes,
                stamps[1:],
                stamp,
                keys[part],
                found[part],
                looked[part],
            )
            self._stamps.append(stamps)

        each_shard(work, len(queries), threads=threads, least=4)
        answers = len(rows) if allowed is None else int(np.count_nonzero(allowed))
        self.looked = Looked(queries=len(queries), rows=int(looked.sum()), of=len(queries) * answers)
        return found, keys

    def _take_stamps(self, queries: int) -> tuple[NDArray[np.int32], int]:
        """An array that no other thread uses: its last stamp, then a stamp for each row; and that last stamp.

        A list's `pop` and `append` are safe between threads. Stamps rise, so that nothing is cleared between
        queries."""
        try:
            stamps = self._stamps.pop()
        except IndexError:
            stamps = np.empty(0, np.int32)
        if len(stamps) != len(self) + 1 or int(stamps[0]) > _LAST - queries:
            stamps = np.zeros(len(self) + 1, np.int32)
        stamp = int(stamps[0])
        stamps[0] += queries
        return stamps, stamp

    def add(self, rows: Floats) -> None:
        self._rows.append(rows)
        hashed = self.members.shape[1]
        if len(self) - hashed > max(TAIL, hashed // SHARE):
            self.hash(1)

    @property
    def settings(self) -> Settings:
        return {"probes": self.probes}

    def ladder(self) -> Iterator[Settings]:
        bits = self.space.bits if self.space is not None else 1
        most = 1 << bits if self.plan.family == "hyperplane" else _MOST_PROBES
        probes = 1
        while probes <= most:
            yield {"probes": probes}
            probes *= 2

    def originals(self) -> Floats:
        return self._rows.matrix

    def memory(self) -> dict[str, int]:
        planes = 0
        if self.space is not None:
            planes = sum(int(part.nbytes) for part in self.space.parts()[0].values())
        stamps = sum(int(part.nbytes) for part in list(self._stamps))
        return {
            "tables": int(self.members.nbytes + self.offsets.nbytes),
            "planes": planes,
            "stamps": stamps,
        }

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        arrays: dict[str, NDArray[Any]] = {"rows": self._rows.matrix}
        values: dict[str, Any] = {"seed": self.plan.seed}
        if self.space is not None:
            parts, numbers = self.space.parts()
            arrays |= {"offsets": self.offsets, "members": self.members, **parts}
            values |= numbers
        return arrays, values

    @classmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> Self:
        rows, seed = arrays.get("rows"), values.get("seed")
        if rows is None or rows.dtype != np.float32 or rows.ndim != 2:
            raise DataError("an LSH index keeps its rows as float32 (n, d)")
        if type(seed) is not int or not 0 <= seed < 2**63:
            raise DataError(f"the seed of an LSH index is a whole number from 0 on, not {seed!r:.80}")
        engine = cls(rows, recipe.plan(metric, seed), probes=recipe.probes)
        if "planes" not in arrays:
            return engine
        space = HashSpace.of_parts(metric, engine.plan.family == "hyperplane", engine.dim, arrays, values)
        offsets, members = arrays.get("offsets"), arrays.get("members")
        _check_tables(space, offsets, members, len(rows))
        engine.space = space
        engine.offsets = np.ascontiguousarray(offsets)
        engine.members = np.ascontiguousarray(members)
        return engine


def _check_tables(space: HashSpace, offsets: Any, members: Any, n: int) -> None:
    """Whether tables of a file name rows that are there."""
    fits = (
        isinstance(offsets, np.ndarray)
        and isinstance(members, np.ndarray)
        and offsets.dtype == members.dtype == np.int32
        and offsets.shape == (space.tables, (1 << space.slot_bits) + 1)
        and members.ndim == 2
        and members.shape[0] == space.tables
        and 1 <= members.shape[1] <= n
    )
    if not fits:
        raise DataError(f"the tables of an LSH index do not fit its {space.tables} hashes and {n:,} rows")
    hashed = members.shape[1]
    # Neighbours are compared, since a difference may wrap around in 32 bits.
    falls = (offsets[:, 1:] < offsets[:, :-1]).any()
    if falls or (offsets[:, 0] != 0).any() or (offsets[:, -1] != hashed).any():
        raise DataError("the slots of an LSH index do not follow each other")
    if int(members.min()) < 0 or int(members.max()) >= hashed:
        raise DataError(f"a slot of an LSH index names a row that is not among its {hashed:,}")


@dataclass(frozen=True, kw_only=True)
class LSH(IndexRecipe):
    """Locality-sensitive hashing with multi-probe: tables of random hashes in which near rows meet.

    The hash of a table is made of `bits` numbers, each by a random direction. With the family "hyperplane" it
    is the side of the hyperplane on which a row lies: two rows at an angle θ are on one side with the
    probability 1 - θ/π (Charikar 2002). With "stable" it is the interval of some width in which the
    projection falls (Datar et al. 2004). The rows that share the slot of the query in some table are scored,
    and those of the `probes` - 1 slots of each table that a near row falls into most likely when it does not
    fall into the same (Lv et al. 2007).

    Attributes:
        tables: how many tables; each takes 4 bytes a row.
        bits: how many numbers make a hash; None for so many that a slot holds about 8 rows.
        family: "hyperplane" or "stable"; None for hyperplanes with the cosine and the dot product, intervals
            with the euclidean distance.
        width: of an interval, in the units of the rows; None for twice the distance of the tenth neighbour,
            the median of 64 rows.
        center: whether hyperplanes pass through the middle of the rows, which finds more; without it through
            the origin, so that θ is the angle whose cosine is the score.
        probes: slots of each table that a search looks at if it is not told otherwise; the setting "probes".
        keep: the rows are scored where they lie, so "float32" alone.

    Raises:
        OptionError: a value is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> from firth.index import LSH
    >>> rows = np.random.default_rng(1).normal(size=(500, 20)).astype(np.float32)
    >>> index = LSH(tables=8).build(Vectors(np.arange(500), rows))
    >>> index.search(rows[7], 1, probes=4).ids
    [7]
    """

    tables: int = 16
    bits: int | None = None
    family: str | None = None
    width: float | None = None
    center: bool = True
    probes: int = 8

    engine_type: ClassVar[type[Engine]] = LSHEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("tables", self.tables, 1, 1024)
        if self.bits is not None:
            check_whole("bits", self.bits, 1, MOST_BITS)
        if self.family is not None and self.family not in FAMILIES:
            raise OptionError(f"family is 'hyperplane', 'stable' or None, not {self.family!r}")
        if self.width is not None:
            check_real("width", self.width, 0, 1e30, above=True)
            if self.family == "hyperplane":
                raise OptionError("width belongs to the family 'stable'; hyperplanes have none")
        check_flag("center", self.center)
        check_whole("probes", self.probes, 1, 2**31 - 1)
        if self.keep != "float32":
            raise OptionError(
                f"LSH scores rows where they lie, so keep is 'float32', not {self.keep!r}; "
                "IVF and Binary keep fewer bytes"
            )

    def plan(self, metric: str, seed: int) -> Plan:
        """What is drawn for a metric."""
        family = self.family or ("stable" if metric == "euclidean" or self.width else "hyperplane")
        return Plan(
            metric=metric,
            family=family,
            tables=self.tables,
            bits=self.bits,
            width=self.width,
            center=self.center,
            seed=seed,
        )

    def engine(self, rows: Floats, metric: str, run: Run) -> Engine:
        engine = LSHEngine(rows, self.plan(metric, run.seed), probes=self.probes)
        engine.hash(run.worker_count)
        return engine
