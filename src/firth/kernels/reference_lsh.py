"""`firth.kernels.lsh` in plain NumPy: what the tables, the probes and the search are, without any haste."""

from __future__ import annotations

import itertools

import numpy as np

__all__ = ["hash_rows", "search", "sets_by_cost", "slots_near", "table_of"]

SCATTER = np.int64(-7046029254386353131)


def numbers(points, planes, shifts, signs):
    """The whole numbers of each point, int64, (n, p), and its projections."""
    projections = points @ planes + shifts
    return (projections >= 0 if signs else np.floor(projections)).astype(np.int64), projections


def slots_of(hashes, slot_bits, signs):
    """The slots of hashes, int64."""
    if signs:
        return hashes
    return ((hashes * SCATTER).astype(np.uint64) >> np.uint64(64 - slot_bits)).astype(np.int64)


def hash_rows(points, planes, shifts, multipliers, slot_bits, signs):
    """As the kernel; returns the slots, (tables, n)."""
    whole, _ = numbers(points, planes, shifts, signs)
    hashes = (whole.reshape(len(points), *multipliers.shape) * multipliers).sum(axis=2)
    return slots_of(hashes, slot_bits, signs).T


def table_of(slots, count):
    """The rows of each slot, as a list of arrays."""
    return [np.flatnonzero(slots == slot) for slot in range(count)]


def sets_by_cost(costs, which, count):
    """All sets of steps that move no number twice, without the empty one, by the sum of their costs; as bits.

    costs: float, (c,). which: the number that each step moves. count: how many sets at most.
    """
    sets = [
        (sum(float(costs[j]) for j in chosen), sum(1 << j for j in chosen))
        for size in range(1, len(costs) + 1)
        for chosen in itertools.combinations(range(len(costs)), size)
        if len({which[j] for j in chosen}) == size
    ]
    return sorted(sets)[:count]


def slots_near(point, planes, shifts, multipliers, slot_bits, signs, probes):
    """The slots that a query looks at in each table: a list of lists."""
    whole, projections = numbers(point[None], planes, shifts, signs)
    bits = multipliers.shape[1]
    near = []
    for t, factors in enumerate(multipliers):
        part = slice(t * bits, (t + 1) * bits)
        values, exact = whole[0, part], projections[0, part]
        home = (values * factors).sum()
        costs, steps, which = [], [], []
        for i in range(bits):
            sides = [exact[i]] if signs else [exact[i] - values[i], values[i] + 1 - exact[i]]
            moves = [1 - 2 * values[i]] if signs else [-1, 1]
            for side, move in zip(sides, moves, strict=True):
                costs.append(side**2)
                steps.append(move * factors[i])
                which.append(i)
        hashes = [home]
        for _, chosen in sets_by_cost(costs, which, probes - 1):
            taken = [step for j, step in enumerate(steps) if chosen >> j & 1]
            hashes.append(np.array([home, *taken]).sum())  # an array's sum may wrap, as the kernel's does
        near.append(slots_of(np.array(hashes), slot_bits, signs).tolist())
    return near


def search(query, near, slots, rows, euclidean, allowed):
    """The rows (in rising order) that share one of the slots near the query in some table, and their keys."""
    shared = np.zeros(len(rows), bool)
    shared[slots.shape[1] :] = True  # behind the tables
    for t, places in enumerate(near):
        shared[: slots.shape[1]] |= np.isin(slots[t], places)
    found = np.flatnonzero(shared & allowed)
    keys = -((rows[found] - query) ** 2).sum(axis=1) if euclidean else rows[found] @ query
    return found, keys
