"""The Huffman tree over a vocabulary, as flat arrays.

Huffman 1952; Morin and Bengio 2005 and Mikolov et al. 2013 put the words at the leaves of a binary tree, the
frequent ones near the root, so that the probability of a word is a product of few binary decisions.
"""

from __future__ import annotations

import numpy as np

from firth.kernels.jit import kernel

__all__ = ["tree", "walk"]


@kernel
def tree(counts):
    """Join the two least frequent nodes again and again (with two queues, since both arrive in order).

    counts: int64, (n,), falling. Of equal counts a leaf is taken before a joined node, and the last leaf
    first.

    Returns parent, int64, (2n - 1,), and side, uint8: the nodes 0 to n - 1 are the words, n to 2n - 2 the
    joined ones, the last of them the root; side is 1 for the more frequent child of a node.
    """
    n = counts.size
    total = np.empty(2 * n - 1, np.int64)
    total[:n] = counts
    parent, side = np.zeros(2 * n - 1, np.int64), np.zeros(2 * n - 1, np.uint8)
    leaf, joined = n - 1, n
    for node in range(n, 2 * n - 1):
        total[node] = 0
        for child_side in range(2):
            if leaf >= 0 and (joined >= node or total[leaf] <= total[joined]):
                child = leaf
                leaf -= 1
            else:
                child = joined
                joined += 1
            total[node] += total[child]
            parent[child], side[child] = node, child_side
    return parent, side


@kernel
def walk(parent, side, offsets, points, codes):
    """Write down the way from the root to each word.

    offsets: int64, (n + 1,), written: where the way of each word begins. points: int64; codes: uint8: written
    unless they are empty: at each step the inner node, counted from 0, the root last, and the side to turn
    to.

    Returns the number of steps of all words: how long points and codes must be.
    """
    n = offsets.size - 1
    offsets[0] = 0
    for word in range(n):
        steps, node = 0, word
        while node != 2 * n - 2:
            node = parent[node]
            steps += 1
        offsets[word + 1] = offsets[word] + steps
        if points.size:
            node = word
            for k in range(offsets[word + 1] - 1, offsets[word] - 1, -1):
                codes[k] = side[node]
                node = parent[node]
                points[k] = node - n
    return offsets[n]
