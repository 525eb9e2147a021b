"""`adapter`: move to a new model without embedding everything again, and know what that costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firth.align.adapters import Adapter
from firth.align.alignment import Alignment
from firth.align.keeping import Kept, compare_kept, report_of
from firth.align.procrustes import Procrustes
from firth.align.ridge import LowRank, Ridge
from firth.align.shared import shared_rows
from firth.errors import DataError, OptionError
from firth.fingerprints import check_same_space
from firth.neighbours import usable
from firth.options import check_seed, check_several, check_whole
from firth.vectors import Key, Vectors

__all__ = ["Kind", "adapter"]

Kind: TypeAlias = Literal["procrustes", "ridge", "low-rank"]
KINDS: tuple[Kind, ...] = ("procrustes", "ridge", "low-rank")
Floats = NDArray[np.float32]
HELD_OUT = 0.2  # of the sample: to measure with; and as much of the rest, to choose the kind with
FEWEST = 20


def adapter(
    old: Vectors,
    new: Vectors,
    sample: int | Iterable[Key] | None = None,
    *,
    kinds: Sequence[Kind] = KINDS,
    queries: Vectors | None = None,
    k: int = 10,
    seed: int = 1,
) -> Adapter:
    """Fit a map between an old and a new model on objects that both embedded, and measure what it keeps.

    The index stays as the old model made it; what the new model embeds, queries and later objects, is mapped
    into it. Four fifths of the sample fit the map. The rest, which no map has seen, are asked for their k
    nearest among all objects of the sample, and the answers are held against those of either model alone.
    Which kind of map is used is decided on a part of the four fifths, so that the figures of the one that won
    are not those of a winner.

    Args:
        old, new: vectors of the two models; objects are the same where the ids are. `new` need only hold the
            sample; dims may differ.
        sample: which of the shared ids to use, or how many, drawn at random; all if None.
        kinds: of maps to try: "procrustes" turns the space and needs the fewest objects (and equal dims),
            "ridge" is any linear map, "low-rank" one through half the dimensions.
        queries: vectors of the new model to ask with instead of held-out objects, such as real queries.
        k: how many neighbours.
        seed: of the split and of the bootstrap.

    Returns:
        The adapter, with a report of the shares of neighbours that are kept, each with its 95 % interval over
        the objects that were asked for.

    Raises:
        DataError: the two share too few ids, are one space, or a row is of no use anywhere.
        SpaceMismatchError: the queries are not of the new model.
        OptionError: an option is outside its range.

    >>> rows = np.random.default_rng(0).standard_normal((300, 8))
    >>> turned = Vectors(range(300), rows[:, ::-1])
    >>> moved = adapter(Vectors(range(300), rows), turned)
    >>> moved.report["old neighbours kept"].value
    1.0
    """
    wanted = _check_kinds(kinds)
    check_whole("k", k, 1, 10_000)
    check_seed(seed)
    pointless = 0
    if queries is not None:
        check_same_space(new.fingerprint, queries, what="the queries")
        queries, pointless = _pointing(queries)
    shared = shared_rows(("old", "new"), (old, new))
    _check_two(old, new, *(space.matrix for space in shared.spaces))
    random = np.random.default_rng(seed)
    chosen, unknown = _sampled(sample, shared.spaces[0], random)
    old_part, new_part = (space.take(chosen) for space in shared.spaces)
    if len(chosen) < FEWEST or k >= len(chosen):
        raise DataError(
            f"the sample has {len(chosen):,} usable objects; {max(FEWEST, k + 1):,} are needed to fit a map "
            f"and to find {k} neighbours. Embed more of them with both models"
        )
    split = _split(len(chosen), random)
    fitting = np.concatenate([split.fitted, split.choosing])
    learners, notes = _learners(wanted, old, new)
    notes += [f"left out: {pointless:,} queries zero or not finite"] if pointless else []
    notes += [f"{unknown:,} ids of the sample have no usable row in both spaces"] if unknown else []
    notes += [f"left out: {count:,} ids {why}" for why, count in shared.dropped.items()]
    maps = {kind: _fit(learner, new_part, old_part, fitting) for kind, learner in learners.items()}
    best = next(iter(maps))
    if len(maps) > 1:
        trial = {kind: _fit(learner, new_part, old_part, split.fitted) for kind, learner in learners.items()}
        kept = {
            kind: compare_kept(one, old_part, new_part, split.choosing, k=k) for kind, one in trial.items()
        }
        best = max(kept, key=lambda kind: float(np.nan_to_num(kept[kind].of_both).mean()))
    measured: dict[str, Kept] = {
        kind: compare_kept(one, old_part, new_part, split.asked, k=k, queries=queries)
        for kind, one in maps.items()
    }
    return Adapter(
        alignment=maps[best],
        known=_residuals(maps[best], old_part, new_part, split.asked),
        report=report_of(measured, best, sample=len(chosen), k=k, notes=notes, seed=seed),
    )


class Split(NamedTuple):
    """Places in the sample, int64: those that maps are fitted to, those that decide which kind is used, and
    those that are measured."""

    fitted: NDArray[np.int64]
    choosing: NDArray[np.int64]
    asked: NDArray[np.int64]


def _split(n: int, random: np.random.Generator) -> Split:
    order = random.permutation(n)
    asked = max(2, round(HELD_OUT * n))
    choosing = max(2, round(HELD_OUT * (n - asked)))
    return Split(
        *(
            np.sort(part)
            for part in (order[asked + choosing :], order[asked : asked + choosing], order[:asked])
        )
    )


def _fit(learner: Procrustes | Ridge, new: Vectors, old: Vectors, places: NDArray[np.int64]) -> Alignment:
    """The map from new to old, from these places of the sample alone: its means, too, see no others."""
    ids = [new.ids[place] for place in places.tolist()]
    return learner.fit(new.take(ids), old.take(ids))


def _residuals(alignment: Alignment, old: Vectors, new: Vectors, places: NDArray[np.int64]) -> Vectors:
    """Objects that the map has not seen, with how far they come out from where they are: 1 - cosine."""
    ids = [new.ids[place] for place in places.tolist()]
    rows, there = new.take(ids), old.take(ids)
    away = 1.0 - Vectors(range(len(ids)), there.matrix).similarity(alignment.apply(rows).matrix, there.matrix)
    return Vectors(
        rows.ids,
        rows.matrix,
        columns={"residual": away.astype(np.float64)},
        metric=rows.metric,
        fingerprint=new.fingerprint,
    )


def _learners(
    kinds: Sequence[str], old: Vectors, new: Vectors
) -> tuple[dict[str, Procrustes | Ridge], list[str]]:
    """The learners by kind, and a note on each kind that cannot map between these dims."""
    unit = old.metric == "cosine"  # where lengths count, they are mapped too
    least = min(old.dim, new.dim)
    made: dict[str, Procrustes | Ridge] = {
        "procrustes": Procrustes(unit=unit, centre=True),
        "ridge": Ridge(unit=unit, centre=True),
        "low-rank": LowRank(unit=unit, centre=True, rank=max(1, least // 2)),
    }
    notes = []
    if old.dim != new.dim:
        made.pop("procrustes")
        if "procrustes" in kinds:
            notes.append(f"procrustes was not tried: it keeps the dim, which is {new.dim} and {old.dim} here")
    found = {kind: made[kind] for kind in kinds if kind in made}
    if not found:
        raise OptionError(
            f"procrustes cannot map dim {new.dim} to {old.dim}; try kinds=('ridge', 'low-rank')"
        )
    return found, notes


def _pointing(queries: Vectors) -> tuple[Vectors, int]:
    """The queries that point somewhere, and how many do not. Raises DataError where none does."""
    good = usable(queries.matrix)
    if not good.any():
        raise DataError(f"there is no query: of {len(queries):,} rows none is finite and not zero")
    kept = queries if good.all() else queries.take(list(queries.ids.take(np.flatnonzero(good))))
    return kept, int(np.count_nonzero(~good))


def _check_two(old: Vectors, new: Vectors, here: Floats, there: Floats) -> None:
    """Refuse spaces of one name, which would not tell which way a vector is to be mapped."""
    if np.array_equal(here, there):
        raise DataError(f"old and new are the same space, {old.fingerprint}: there is nothing to map")
    if old.fingerprint == new.fingerprint:
        raise DataError(
            f"old and new have one fingerprint, {old.fingerprint}, and different rows. Vectors of one model "
            "need no map; if they are of two, name them: Vectors(ids, matrix, fingerprint='the model')"
        )


def _check_kinds(kinds: Sequence[str]) -> list[str]:
    given = check_several("kinds", kinds)
    for kind in given:
        if kind not in KINDS:
            raise OptionError(f"a kind of map is {', '.join(map(repr, KINDS))}, not {kind!r}")
    if not given:
        raise OptionError("kinds names no kind of map")
    return list(dict.fromkeys(given))


def _sampled(
    sample: int | Iterable[Key] | None, shared: Vectors, random: np.random.Generator
) -> tuple[list[Key], int]:
    """The ids to use, and how many of those asked for are not shared or of no use."""
    if sample is None:
        return list(shared.ids), 0
    if isinstance(sample, (int, np.integer)):
        size = check_whole("sample", sample, 1, 2**31)
        drawn = np.sort(random.permutation(len(shared))[:size])
        return list(shared.ids.take(drawn)), max(0, size - len(shared))
    asked = list(dict.fromkeys(check_several("sample", sample)))
    known = [key for key in asked if key in shared]
    return known, len(asked) - len(known)
