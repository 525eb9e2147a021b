"""`hold_out_links` and the drawing of pairs that are not linked, for link prediction.

Liben-Nowell and Kleinberg 2007, "The link-prediction problem for social networks".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError
from firth.measure.sets.linkset import LinkSet, Pair
from firth.options import check_flag, check_real, check_seed, check_whole

__all__ = ["HeldOut", "distinct_pairs", "draw_others", "hold_out_links"]

FEW = 1 << 22  # pairs that are listed rather than drawn until enough are found


class HeldOut(NamedTuple):
    """A graph in two parts: the links to learn from, and a set to test with that holds none of them.

    Attributes:
        train: pairs of ids.
        test: links that were held out, and as many pairs without a link as asked for.
    """

    train: tuple[Pair, ...]
    test: LinkSet


def hold_out_links(
    links: Iterable[Pair],
    *,
    share: float = 0.1,
    others: float = 1.0,
    directed: bool = False,
    seed: int = 1,
    name: str = "links",
) -> HeldOut:
    """Hold links of a graph out of training, and draw pairs without a link beside them.

    An id keeps at least one of its links, since nothing can be learnt of one that has none; where that
    leaves fewer to hold out than asked for, the note of the test set says so.

    >>> ring = [(i, (i + 1) % 20) for i in range(20)]
    >>> train, test = hold_out_links(ring, share=0.2)
    >>> len(train), len(test.links), len(test.others)
    (16, 4, 4)

    Args:
        links: pairs of ids, of the whole graph.
        share: of the links, how many to hold out, above 0 and below 1.
        others: how many pairs without a link to draw for each link held out.
        directed: whether (a, b) and (b, a) are two different links.
        seed: of both draws.
        name: what to call the set.

    Raises:
        OptionError: an option is outside its range.
        DataError: there are no links that can be held out, or too few pairs without one.
    """
    check_real("share", share, 0, 1, above=True)
    check_real("others", others, 0, 1e6, above=True)
    check_flag("directed", directed)
    check_seed(seed)
    every, left = distinct_pairs(links, directed=directed)
    wanted = max(1, round(share * len(every)))
    taken = _spare(every, wanted, np.random.default_rng((seed, 0)))
    if not taken.any():
        raise DataError(
            f"none of the {len(every):,} links can be held out: each is the last of one of its ids"
        )
    held = tuple(pair for pair, out in zip(every, taken.tolist(), strict=True) if out)
    drawn = draw_others(held, known=every, n=max(1, round(others * len(held))), directed=directed, seed=seed)
    said = [f"of the links, {left}"] if left else []
    if len(held) < wanted:
        said.append(
            f"{len(held):,} links could be held out of the {wanted:,} asked for: the rest are last ones"
        )
    said.append(f"the {len(drawn):,} pairs without a link were drawn at random (seed {seed})")
    test = LinkSet(name=name, links=held, others=drawn, directed=directed, note="; ".join(said))
    return HeldOut(tuple(pair for pair, out in zip(every, taken.tolist(), strict=True) if not out), test)


def draw_others(
    links: Iterable[Pair],
    *,
    known: Iterable[Pair] = (),
    n: int | None = None,
    directed: bool = False,
    seed: int = 1,
) -> tuple[Pair, ...]:
    """Draw pairs of different ids that are not linked, each as likely as any other and none twice.

    Args:
        links: links, which are never drawn.
        known: further links, which are never drawn either. The ids of both are those drawn from.
        n: how many; as many as there are links if None.
        directed: whether (a, b) may be drawn where (b, a) is a link.
        seed: of the drawing.

    Raises:
        DataError: there are fewer such pairs.
    """
    given = list(links)
    n = len(given) if n is None else check_whole("n", n, 1, 2**40)
    ids, ends = _numbered([*given, *known])
    taken = np.unique(_codes(ends, len(ids), directed))
    whole = len(ids) * (len(ids) - 1) // (1 if directed else 2)
    free = whole - taken.size
    if n > free:
        raise DataError(
            f"{n:,} pairs without a link were asked for, but {len(ids):,} ids with {taken.size:,} links have "
            f"{free:,}; ask for fewer"
        )
    random = np.random.default_rng((seed, 1))
    if whole <= FEW or 2 * (taken.size + n) > whole:
        first, second = _every_pair(len(ids), directed)
        codes = np.setdiff1d(first * len(ids) + second, taken, assume_unique=True)
        codes = random.choice(codes, n, replace=False)
    else:
        codes = _drawn(len(ids), taken, n, directed, random)
    rows, columns = np.divmod(codes, len(ids))
    return tuple((ids[i], ids[j]) for i, j in zip(rows.tolist(), columns.tolist(), strict=True))


def distinct_pairs(pairs: Iterable[Pair], *, directed: bool) -> tuple[tuple[Pair, ...], str]:
    """The pairs of two different ids, each once, and what to say of the rest."""
    found: dict[Pair, Pair] = {}
    loops = total = 0
    for a, b in pairs:
        total += 1
        if a == b:
            loops += 1
            continue
        found.setdefault((a, b) if directed or _before(a, b) else (b, a), (a, b))
    twice = total - loops - len(found)
    said = []
    if twice:
        said.append(f"{twice:,} that came twice were left out")
    if loops:
        said.append(f"{loops:,} of an id with itself were left out")
    return tuple(found.values()), " and ".join(said)


def _before(a: str | int, b: str | int) -> bool:
    """One order of all ids, of whole numbers and strings alike."""
    return (isinstance(a, str), str(a)) <= (isinstance(b, str), str(b))


def _spare(links: Sequence[Pair], wanted: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """Which links to hold out, at random, so that every id keeps one."""
    degrees = Counter(end for pair in links for end in pair)
    taken = np.zeros(len(links), np.bool_)
    count = 0
    for i in random.permutation(len(links)).tolist():
        if count == wanted:
            break
        a, b = links[i]
        if degrees[a] > 1 and degrees[b] > 1:
            degrees[a] -= 1
            degrees[b] -= 1
            taken[i] = True
            count += 1
    return taken


def _numbered(pairs: list[Pair]) -> tuple[list[str | int], NDArray[np.int64]]:
    """The ids in the order in which they come, and the number of each end, int64, (n, 2)."""
    numbers: dict[str | int, int] = {}
    ends = [numbers.setdefault(end, len(numbers)) for pair in pairs for end in pair]
    return list(numbers), np.array(ends, np.int64).reshape(-1, 2)


def _codes(ends: NDArray[np.int64], n: int, directed: bool) -> NDArray[np.int64]:
    """One number a pair of different ids, the lower id first where the direction does not count."""
    ends = ends[ends[:, 0] != ends[:, 1]]
    ends = ends if directed else np.sort(ends, axis=1)
    return ends[:, 0] * n + ends[:, 1]


def _every_pair(n: int, directed: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not directed:
        return np.triu_indices(n, k=1)
    first, second = np.divmod(np.arange(n * n), n)
    return first[first != second], second[first != second]


def _drawn(
    n: int, taken: NDArray[np.int64], wanted: int, directed: bool, random: np.random.Generator
) -> NDArray[np.int64]:
    """Codes of pairs drawn until there are enough; with half of all pairs free, every other draw is new."""
    found = np.empty(0, np.int64)
    while found.size < wanted:
        ends = random.integers(0, n, (2 * (wanted - found.size) + 16, 2))
        codes = np.concatenate([found, _codes(ends, n, directed)])
        codes = codes[np.sort(np.unique(codes, return_index=True)[1])]  # in the order drawn, none twice
        found = codes[~np.isin(codes, taken)]
    return found[:wanted]
