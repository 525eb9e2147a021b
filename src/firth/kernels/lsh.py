"""Locality-sensitive hashing: slots of rows, the likeliest other slots of a query, and the rows found there.

A row is projected on random directions, `bits` of them for each table. Each projection becomes a small whole
number v_i: its sign (0 or 1), or the interval of width 1 in which it falls. The hash of a row is
Σ v_i · multiplier_i, which is the number itself for signs, and is scattered over the slots by multiplication
for intervals (Dietzfelbinger et al. 1997). A neighbouring v_i ± 1 thus adds a known amount to the hash, so
that the slots near a query are found without hashing anything again.

Multi-probe: Lv, Josephson, Wang, Charikar and Li (2007), "Multi-probe LSH: efficient indexing for
high-dimensional similarity search", section 4.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.tiles import prefetch
from firth.kernels.topk import ANY_ORDER, EUCLIDEAN, replace_root

__all__ = ["best_sets", "costs_of", "fill_table", "hash_rows", "search_tables"]

FARTHEST = (
    2.0**40
)  # intervals from the origin; what lies beyond is put there, so that sums stay whole numbers
AHEAD = 6  # rows that are fetched before they are scored
SCATTER = np.int64(-7046029254386353131)  # 2**64 / golden ratio, an odd number whose bits look random


@kernel(fastmath=ANY_ORDER)
def project(point, planes, shifts, out):
    """Write to `out` (float32, (p,)) point (d,) · planes (d, p) + shifts (p,), all float32."""
    for c in range(out.size):
        out[c] = shifts[c]
    for j in range(point.size):
        x = point[j]
        for c in range(out.size):
            out[c] += x * planes[j, c]


@kernel(inline="always")
def interval(x, signs):
    """The whole number of a projection: its sign as 0 or 1, or the interval of width 1."""
    if signs:
        return np.int64(1) if x >= 0 else np.int64(0)
    if not x > -FARTHEST:  # what is not a number goes there too
        return np.int64(-FARTHEST)
    return np.int64(np.floor(min(np.float64(x), FARTHEST)))


@kernel(inline="always")
def slot_of(number, slot_bits, signs):
    """The slot, 0 to 2**slot_bits - 1, of a hash."""
    if signs:
        return number
    return np.int64(np.uint64(number * SCATTER) >> np.uint64(64 - slot_bits))


@kernel(inline="always")
def hash_of(projections, first, multipliers, signs):
    """Σ v_i · multiplier_i over the projections of one table, which begin at `first`."""
    number = np.int64(0)
    for i in range(multipliers.size):
        number += interval(projections[first + i], signs) * multipliers[i]
    return number


@kernel
def hash_rows(points, planes, shifts, multipliers, slot_bits, signs, slots):
    """The slot of each point in each table.

    Reads:
        points: float32, (n, d). planes: float32, (d, tables · bits). shifts: float32, (tables · bits,).
        multipliers: int64, (tables, bits): 2**i for signs, odd numbers for intervals.
        slot_bits: slots are counted by so many bits. signs: whether the numbers are signs.

    Writes:
        slots: int32, (tables, n).
    """
    tables, bits = multipliers.shape
    projections = np.empty(tables * bits, np.float32)
    for i in range(points.shape[0]):
        project(points[i], planes, shifts, projections)
        for t in range(tables):
            number = hash_of(projections, t * bits, multipliers[t], signs)
            slots[t, i] = slot_of(number, slot_bits, signs)


@kernel
def fill_table(slots, offsets, members):
    """Sort rows by their slot: those of slot s are members[offsets[s]:offsets[s + 1]], in rising order.

    Reads: slots: int32, (n,). Writes: offsets: int32, (number of slots + 1,); members: int32, (n,).
    """
    offsets[:] = 0
    for i in range(slots.size):
        offsets[slots[i] + 1] += 1
    for s in range(1, offsets.size):
        offsets[s] += offsets[s - 1]
    for i in range(slots.size):  # each offset moves to the end of its slot, which is the start of the next
        members[offsets[slots[i]]] = i
        offsets[slots[i]] += 1
    for s in range(offsets.size - 1, 0, -1):
        offsets[s] = offsets[s - 1]
    offsets[0] = 0


@kernel
def costs_of(projections, first, multipliers, signs, costs, steps, twins):
    """What it costs to take one number of a hash for its neighbour: the squared distance to the boundary
    between them, along the direction of the projection. Cheapest first.

    Writes:
        costs: float32, and steps: int64, what is added to the hash; twins: int64, the place of the step that
            moves the same number the other way, -1 for none. All (2 · bits,); for signs the first half.

    Returns:
        How many there are.
    """
    held = 0
    which = np.empty(twins.size, np.int64)
    for i in range(multipliers.size):
        x = projections[first + i]
        low = interval(x, signs)
        for side in range(1 if signs else 2):
            if signs:
                away, step = x, multipliers[i] * (1 - 2 * low)
            elif side == 0:
                away, step = x - np.float32(low), -multipliers[i]
            else:
                away, step = np.float32(low + 1) - x, multipliers[i]
            cost = away * away
            if not cost < np.inf:
                cost = np.float32(np.inf)
            place = held
            while place > 0 and cost < costs[place - 1]:
                costs[place], steps[place] = costs[place - 1], steps[place - 1]
                which[place] = which[place - 1]
                place -= 1
            costs[place], steps[place], which[place] = cost, step, i
            held += 1
    for a in range(held):
        twins[a] = -1
        for b in range(held):
            if b != a and which[b] == which[a]:
                twins[a] = b
    return held


@kernel(inline="always")
def push(costs, sets, held, cost, chosen):
    """Put a set into the binary heap of the first `held`, the cheapest at the root."""
    place = held
    while place > 0:
        parent = (place - 1) // 2
        if not cost < costs[parent]:
            break
        costs[place], sets[place] = costs[parent], sets[parent]
        place = parent
    costs[place], sets[place] = cost, chosen
    return held + 1


@kernel(inline="always")
def pop(costs, sets, held):
    """Take the root away; returns how many are left."""
    held -= 1
    cost, chosen = costs[held], sets[held]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= held:
            break
        if child + 1 < held and costs[child + 1] < costs[child]:
            child += 1
        if not costs[child] < cost:
            break
        costs[place], sets[place] = costs[child], sets[child]
        place = child
    costs[place], sets[place] = cost, chosen
    return held


@kernel
def best_sets(costs, twins, count, heap_costs, heap_sets, out):
    """The cheapest sets of steps, in order of the sum of their costs, without the empty one.

    A set whose dearest step is j leads to two others: that with j + 1 for j, and that with j + 1 too. From
    {0} every set is reached once, never before a cheaper one.

    Reads:
        costs: float32, rising, and twins: int64: the first `count` (at most 62) of `costs_of`. No set holds a
            step and its twin.

    Changes: heap_costs: float64, and heap_sets: int64, both at least out.size + 2: only a set that is written
        makes the heap longer, and by one.
    Writes: out: int64, sets as bits.

    Returns:
        How many sets there are in `out`; fewer than fit only where there are no more.
    """
    found = 0
    if count == 0 or out.size == 0:
        return found
    held = push(heap_costs, heap_sets, 0, np.float64(costs[0]), np.int64(1))
    while held > 0 and found < out.size:
        cost, chosen = heap_costs[0], heap_sets[0]
        held = pop(heap_costs, heap_sets, held)
        top = np.int64(0)
        while chosen >> (top + 1):
            top += 1
        fits = twins[top] < 0 or not (chosen >> twins[top]) & 1
        if fits:
            out[found] = chosen
            found += 1
        if top + 1 < count:
            following = np.int64(1) << (top + 1)
            cheaper = cost - np.float64(costs[top]) if cost < np.inf else np.inf
            held = push(
                heap_costs,
                heap_sets,
                held,
                cheaper + np.float64(costs[top + 1]),
                (chosen ^ (np.int64(1) << top)) | following,
            )
            if fits:  # a set that holds a twin has no use for more
                more = cost + np.float64(costs[top + 1])
                held = push(heap_costs, heap_sets, held, more, chosen | following)
    return found


@kernel(fastmath=ANY_ORDER)
def near(query, row, metric, scale):
    """A key that orders rows as their scores do, in float32: the product, or minus the squared distance, all
    distances scaled so that their squares are neither 0 nor infinite."""
    total = np.float32(0)
    if metric == EUCLIDEAN:
        for j in range(query.size):
            away = (query[j] - row[j]) * scale
            total -= away * away
    else:
        for j in range(query.size):
            total += query[j] * row[j]
    return total


@kernel(inline="always")
def gather(first, last, members, allowed, stamps, stamp, candidates, count):
    """Write to `candidates` from `count` on the members that this query has not met and that may be answers;
    returns how many there are then."""
    for place in range(first, last):
        row = members[place]
        if stamps[row] == stamp:
            continue
        stamps[row] = stamp
        if allowed.size and not allowed[row]:
            continue
        candidates[count] = row
        count += 1
    return count


@kernel
def keep_nearest(query, rows, metric, scale, candidates, count, keys, found):
    """Take the first `count` candidates into the heap of the best."""
    for c in range(count):
        # Rows lie anywhere; asked for in time, they come while others are scored.
        if c + AHEAD < count:
            prefetch(rows, np.int64(candidates[c + AHEAD]))
        row = np.int64(candidates[c])
        key = near(query, rows[row], metric, scale)
        if key > keys[0] or (key == keys[0] and row < found[0]):
            replace_root(keys, found, key, row)


@kernel
def search_tables(
    queries,
    points,
    planes,
    shifts,
    multipliers,
    slot_bits,
    signs,
    offsets,
    members,
    rows,
    metric,
    scale,
    allowed,
    probes,
    stamps,
    stamp,
    keys,
    found,
    looked,
):
    """The best of the rows that share a slot with each query, or one of its likeliest other slots.

    Reads:
        queries: float32, (m, d), and rows: float32, (n, d): what is scored. points: float32, (m, e): what is
            hashed. planes, shifts, multipliers, slot_bits, signs: as in `hash_rows`.
        offsets: int32, (tables, slots + 1), and members: int32, (tables, b): tables of the first b rows. The
            rows after these are looked at one by one.
        metric: COSINE or DOT (rows are scored by the product), or EUCLIDEAN.
        scale: float32, what distances are multiplied with before they are squared.
        allowed: bool, (n,): which rows may be answers; (0,) for all.
        probes: slots that are looked at in each table.

    Changes:
        stamps: int32, (n,): for each row the last query that met it. They are stamp + 1 to stamp + m here.

    Writes:
        keys: float32, (m, k), -inf filling, and found: int64, (m, k), -1 filling: the best, as a heap.
        looked: int64, (m,): how many rows were scored.
    """
    tables, bits = multipliers.shape
    projections = np.empty(tables * bits, np.float32)
    most = bits if signs else 2 * bits
    costs, steps = np.empty(most, np.float32), np.empty(most, np.int64)
    twins = np.empty(most, np.int64)
    heap_costs, heap_sets = np.empty(probes + 2), np.empty(probes + 2, np.int64)
    sets = np.empty(probes - 1, np.int64)
    candidates = np.empty(rows.shape[0], np.int32)
    for i in range(queries.shape[0]):
        keys[i, :] = -np.inf
        found[i, :] = -1
        count = 0
        project(points[i], planes, shifts, projections)
        for t in range(tables):
            home = hash_of(projections, t * bits, multipliers[t], signs)
            others = 0
            if probes > 1:
                steps_there = costs_of(projections, t * bits, multipliers[t], signs, costs, steps, twins)
                others = best_sets(costs, twins, steps_there, heap_costs, heap_sets, sets)
            for p in range(-1, others):
                number = home
                if p >= 0:
                    chosen, step = sets[p], 0
                    while chosen:
                        if chosen & 1:
                            number += steps[step]
                        chosen >>= 1
                        step += 1
                slot = slot_of(number, slot_bits, signs)
                count = gather(
                    offsets[t, slot],
                    offsets[t, slot + 1],
                    members[t],
                    allowed,
                    stamps,
                    stamp + 1 + i,
                    candidates,
                    count,
                )
        for row in range(members.shape[1], rows.shape[0]):
            if not allowed.size or allowed[row]:
                candidates[count] = row
                count += 1
        keep_nearest(queries[i], rows, metric, scale, candidates, count, keys[i], found[i])
        looked[i] = count
