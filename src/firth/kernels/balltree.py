"""A ball tree, and the exact best rows by it: balls that cannot hold a better row are not opened.

The rows of a node lie in a ball around their mean. For a row x in the ball with centre c and radius r

    q·x ≤ q·c + |q| r        (Ram and Gray 2012, "Maximum inner-product search using cone trees")
    |q - x| ≥ |q - c| - r    (the triangle inequality; Omohundro 1989, "Five balltree constructions")

A tree is four arrays, one entry a node, the root first: `left`, the first of its two children, which stand
side by side behind it, or 0 for a leaf; `start` and `stop`, its rows in `order`; and its ball.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel
from firth.kernels.rerank import insert, score_of
from firth.kernels.screening import any_within, limit_of, screen
from firth.kernels.topk import ANY_ORDER, COSINE, EUCLIDEAN

__all__ = ["depth_of", "measure_balls", "search_tree", "split_rows"]

LEAST = 8  # the smaller side of a split has at least one in so many rows, so that the depth is bounded
SLACK = 1e-6  # what a row of float32 is longer or shorter than 1, at most
ROUNDING = 2.0**-50  # of a sum in float64 and what is done with it, for each of its terms (Higham 2002, 3.1)


@kernel(fastmath=ANY_ORDER)
def squared_distance(a, b):
    """|a - b|², float64, of two float32 vectors."""
    total = 0.0
    for j in range(a.size):
        away = np.float64(a[j]) - np.float64(b[j])
        total += away * away
    return total


@kernel(fastmath=ANY_ORDER)
def product(a, b):
    """a · b, float64, of two float32 vectors."""
    total = 0.0
    for j in range(a.size):
        total += np.float64(a[j]) * np.float64(b[j])
    return total


@kernel(inline="always")
def farthest(rows, order, start, stop, point, away):
    """The place in `order` of the row farthest from `point`, the first of several; writes all squared
    distances to `away`."""
    best = start
    for place in range(start, stop):
        away[place] = squared_distance(rows[order[place]], point)
        if away[place] > away[best]:
            best = place
    return best


@kernel
def part(order, start, stop, keys, bound, spare):
    """Move the rows of order[start:stop] with keys up to the bound to its front, keeping their order; returns
    where the others begin."""
    front, back = start, 0
    for place in range(start, stop):
        if keys[place] <= bound:
            order[front] = order[place]
            front += 1
        else:
            spare[back] = order[place]
            back += 1
    for i in range(back):
        order[front + i] = spare[i]
    return front


@kernel
def split_rows(rows, leaf, order, left, start, stop):
    """Split rows into two again and again, at the middle between two that are far apart, until at most `leaf`
    are left together or all that are left are equal.

    The two are the row farthest from the first row, and the row farthest from that one (Ram and Gray 2012,
    section 3.1). Where that leaves one side with less than one in LEAST of the rows, it gets so many: else a
    few rows far out would make a tree as deep as they are many.

    Reads: rows: float32, (n, d), finite, n at least 1.
    Changes: order: int32, (b,): the rows of the tree, those of a leaf side by side.
    Writes: left, start, stop: int32, at least 2 b - 1 of each.

    Returns:
        How many nodes there are.
    """
    size = order.size
    near, far = np.empty(size), np.empty(size)
    spare = np.empty(size, np.int32)
    start[0], stop[0] = 0, size
    nodes, node = 1, 0
    while node < nodes:
        first, last = start[node], stop[node]
        left[node] = 0
        node += 1
        if last - first <= leaf:
            continue
        a = order[farthest(rows, order, first, last, rows[order[first]], near)]
        b = order[farthest(rows, order, first, last, rows[a], near)]
        farthest(rows, order, first, last, rows[b], far)
        if a == b:  # all are equal
            continue
        for place in range(first, last):
            near[place] -= far[place]
        middle = part(order, first, last, near, 0.0, spare)
        least = max(1, (last - first) // LEAST)
        if middle - first < least or last - middle < least:
            # `part` has moved the rows and not their keys
            for place in range(first, last):
                near[place] = squared_distance(rows[order[place]], rows[a]) - squared_distance(
                    rows[order[place]], rows[b]
                )
            by_key = np.argsort(near[first:last], kind="mergesort")
            for i in range(last - first):
                spare[i] = order[first + by_key[i]]
            for i in range(last - first):
                order[first + i] = spare[i]
            middle = first + least if middle - first < least else last - least
        left[node - 1] = nodes
        start[nodes], stop[nodes] = first, middle
        start[nodes + 1], stop[nodes + 1] = middle, last
        nodes += 2
    return nodes


@kernel(fastmath=ANY_ORDER)
def measure_balls(rows, order, start, stop, centres, radii):
    """The ball of each node: its centre is the mean of its rows.

    Reads: rows: float32, (n, d). order: int32, (b,). start, stop: int32, (nodes,).
    Writes: centres: float32, (nodes, d). radii: float64, (nodes,), from the centre as it was rounded.
    """
    d = rows.shape[1]
    total = np.empty(d)
    for node in range(start.size):
        total[:] = 0.0
        for place in range(start[node], stop[node]):
            row = rows[order[place]]
            for j in range(d):
                total[j] += np.float64(row[j])
        for j in range(d):
            centres[node, j] = total[j] / (stop[node] - start[node])
        away = 0.0
        for place in range(start[node], stop[node]):
            away = max(away, squared_distance(rows[order[place]], centres[node]))
        radii[node] = np.sqrt(away)


@kernel
def depth_of(left):
    """How many nodes the longest way from the root to a leaf has; children stand behind their parents."""
    depths = np.ones(left.size, np.int32)
    deepest = 1
    for node in range(left.size):
        if left[node]:
            for child in range(left[node], left[node] + 2):
                depths[child] = depths[node] + 1
                deepest = max(deepest, depths[child])
    return deepest


@kernel(inline="always")
def best_in_ball(query, length, longest, centre, radius, metric):
    """A score that no row of the ball exceeds, not even by what rounding adds to it. No row of the tree is
    longer than `longest`."""
    rounding = ROUNDING * query.size
    if metric == EUCLIDEAN:
        away = np.sqrt(squared_distance(query, centre))
        return -max(0.0, (away - radius) - rounding * (away + radius))
    bound = product(query, centre) + length * radius + rounding * length * longest
    if metric == COSINE:  # rows have length 1 but for rounding; a query of zeros has the cosine 0 with all
        return bound / length + SLACK if length > 0 else 0.0
    return bound


@kernel(inline="always")
def take(query, length, rows, row, metric, scores, found, held):
    """Score a row and put it in its place among the best; returns how many are held then."""
    score = np.float32(score_of(query, rows[row], metric, length))
    if score == score:
        return insert(scores, found, held, score, row)
    return held


@kernel(inline="always")
def out_of_reach(bound, scores, held):
    """Whether k rows are held, each better than the bound. An equal row may come first by its number, so
    that equality does not count; rounding both to float32 keeps their order."""
    return held == scores.size and np.float32(bound) < scores[held - 1]


@kernel
def search_leaf(query, length, longest, rows, order, leaf, first, metric, allowed, scores, found, held, near):
    """Take the rows of one leaf that may be among the best; returns how many are held then, and how many rows
    were looked at. leaf: as `screening.lay_leaves` wrote it; near: float32, scratch for all of them."""
    size = leaf.size // max(1, query.size)
    screen(query, leaf, metric, near)
    limit = np.float32(-np.inf)
    if held == scores.size:
        limit = limit_of(scores[held - 1], query.size, length, longest, metric)
        if not allowed.size and not any_within(near, limit):
            return held, size
    count = 0
    for i in range(size):
        row = np.int64(order[first + i])
        if allowed.size and not allowed[row]:
            continue
        count += 1
        if not near[i] < limit:
            held = take(query, length, rows, row, metric, scores, found, held)
            if held == scores.size:
                limit = limit_of(scores[held - 1], query.size, length, longest, metric)
    return held, count


@kernel
def search_tree(
    queries,
    rows,
    order,
    left,
    start,
    stop,
    centres,
    radii,
    leaves,
    depth,
    metric,
    allowed,
    found,
    scores,
    looked,
):
    """The exact best rows of each query: the better child first, and no child that cannot hold a better row.

    Reads:
        queries: float32, (m, d). rows: float32, (n, d), the first b of them in the tree, the others looked at
            one by one. order, left, start, stop, centres, radii: the tree; it may have no nodes.
        leaves: the rows of the leaves, from `screening.lay_leaves`. depth: `depth_of(left)`.
        metric: COSINE (rows of length 1), DOT or EUCLIDEAN.
        allowed: bool, (n,): which rows may be answers; (0,) for all.

    Writes:
        found: int64, (m, k), and scores: float32, (m, k): by falling score, equal scores by rising row; -1
            and -inf fill. looked: int64, (m,): how many rows were scored.
    """
    nodes, bounds = np.empty(depth + 2, np.int32), np.empty(depth + 2)
    dim, near = rows.shape[1], np.empty(order.size, np.float32)
    longest = np.sqrt(product(centres[0], centres[0])) + radii[0] if left.size else 0.0
    for i in range(queries.shape[0]):
        query, best, which = queries[i], scores[i], found[i]
        length = np.sqrt(product(query, query))
        held = count = 0
        for row in range(order.size, rows.shape[0]):
            if not allowed.size or allowed[row]:
                held = take(query, length, rows, row, metric, best, which, held)
                count += 1
        waiting = 0
        if left.size:
            nodes[0], bounds[0], waiting = 0, np.inf, 1
        while waiting:
            waiting -= 1
            node = nodes[waiting]
            if out_of_reach(bounds[waiting], best, held):
                continue
            child = left[node]
            if child == 0:
                first, last = start[node], stop[node]
                leaf, some = leaves[first * dim : last * dim], near[: last - first]
                held, more = search_leaf(
                    query, length, longest, rows, order, leaf, first, metric, allowed, best, which, held, some
                )
                count += more
                continue
            one = best_in_ball(query, length, longest, centres[child], radii[child], metric)
            two = best_in_ball(query, length, longest, centres[child + 1], radii[child + 1], metric)
            # The last that is put there is the first that is opened.
            worse = child if one < two else child + 1
            nodes[waiting], bounds[waiting] = worse, min(one, two)
            nodes[waiting + 1], bounds[waiting + 1] = 2 * child + 1 - worse, max(one, two)
            waiting += 2
        looked[i] = count
        for c in range(held, which.size):
            which[c] = -1
            best[c] = -np.inf
