"""`BranchAndBound`: exact neighbours by a ball tree, in which balls without a better row are not opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError
from firth.index.engine import Engine, Found, Settings
from firth.index.keep import Whole
from firth.index.looked import Looked
from firth.index.readonly import read_only
from firth.index.recipe import IndexRecipe
from firth.kernels.balltree import depth_of, measure_balls, search_tree, split_rows
from firth.kernels.screening import lay_leaves
from firth.neighbours import METRICS
from firth.options import check_whole
from firth.parallel import each_shard
from firth.run import Run

__all__ = ["BallTree", "BallTreeEngine", "BranchAndBound"]

Floats = NDArray[np.float32]
Numbers = NDArray[np.int32]
EVERYONE = read_only(np.empty(0, np.bool_))
TAIL, SHARE = 1024, 8  # the tree is made anew when so many rows stand behind it, or an eighth of its rows
_LAST = 2**30  # rows: twice as many nodes are counted by 32 bits


class BallTree(NamedTuple):
    """Balls in balls over rows: the arrays of `firth.kernels.balltree`.

    Attributes:
        order: int32, (b,), the rows in the tree, those of a leaf side by side.
        left: int32, (nodes,), the first of the two children, side by side and behind the node; 0 for a leaf.
        start, stop: int32, (nodes,), where the rows of a node are in `order`.
        centres: float32, (nodes, d), and radii: float64, (nodes,).
    """

    order: Numbers
    left: Numbers
    start: Numbers
    stop: Numbers
    centres: Floats
    radii: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Floats, *, leaf: int, threads: int) -> Self:
        """The tree over rows (n, d); the same on any number of threads."""
        n, dim = rows.shape
        order = np.arange(n, dtype=np.int32)
        if not n:
            nothing = read_only(np.empty(0, np.int32))
            balls = read_only(np.empty((0, dim), np.float32)), read_only(np.empty(0))
            return cls(nothing, nothing, nothing, nothing, *balls)
        room = np.empty((3, 2 * n), np.int32)
        rows = read_only(rows)
        nodes = split_rows(rows, leaf, order, *room)
        left, start, stop = (part[:nodes].copy() for part in room)
        centres, radii = np.empty((nodes, dim), np.float32), np.empty(nodes)

        def measure(part: slice) -> None:
            measure_balls(rows, order, start[part], stop[part], centres[part], radii[part])

        each_shard(measure, nodes, threads=threads, least=64)
        return cls(
            read_only(order),
            read_only(left),
            read_only(start),
            read_only(stop),
            read_only(centres),
            read_only(radii),
        )

    def check(self, n: int, dim: int) -> None:
        """Whether this is a tree over the first rows of n: everything in it may come from a file.

        Raises:
            DataError: it is none.
        """
        order, left, start, stop = self[:4]
        nodes = len(left)
        shapes = (start.shape, stop.shape, self.radii.shape, self.centres.shape[:1]) == ((nodes,),) * 4
        if (
            not shapes
            or self.centres.shape[1:] != (dim,)
            or len(order) > n
            or (nodes == 0) != (len(order) == 0)
        ):
            raise DataError(f"the arrays of a ball tree do not fit each other and {n:,} rows of dim {dim}")
        if not nodes:
            return
        if not np.array_equal(np.sort(order), np.arange(len(order))):
            raise DataError("a ball tree does not hold each of its rows once")
        inner = np.flatnonzero(left)
        children = left[inner]
        # Every node but the root is one child of one node before it, so that a search ends.
        once = np.array_equal(np.sort(children), np.arange(1, nodes, 2)) and nodes % 2 == 1
        if not once or (children <= inner).any():
            raise DataError("the nodes of a ball tree are not each the child of one node before it")
        covers = (
            start[0] == 0
            and stop[0] == len(order)
            and (start < stop).all()
            and np.array_equal(start[children], start[inner])
            and np.array_equal(stop[children], start[children + 1])
            and np.array_equal(stop[children + 1], stop[inner])
        )
        if not covers:
            raise DataError("the children of a ball tree do not share the rows of their parents")
        if not (
            np.isfinite(self.centres).all() and np.isfinite(self.radii).all() and (self.radii >= 0).all()
        ):
            raise DataError("a ball of a ball tree has no centre or no radius")


class BallTreeEngine(Engine):
    """A ball tree over the rows, which stay where they are, and a copy of them leaf by leaf, which is looked
    at first; new rows stand behind the tree and are all looked at.

    Attributes:
        leaf: the most rows of a leaf.
        tree: the balls.
        looked: how many rows the last search looked at.
    """

    exact: ClassVar[bool] = True

    def __init__(self, rows: Floats, metric: str, *, leaf: int, tree: BallTree):
        self.metric = metric
        self.dim = rows.shape[1]
        self.leaf = leaf
        self.looked = Looked()
        self._rows = Whole(rows)
        self._put(tree)

    @classmethod
    def build(cls, rows: Floats, metric: str, *, leaf: int, threads: int) -> Self:
        """The engine of rows.

        Raises:
            DataError: there are more rows than the tree can count.
        """
        if len(rows) > _LAST:
            raise DataError(f"a ball tree holds at most {_LAST:,} rows, not {len(rows):,}")
        rows = np.ascontiguousarray(rows)
        return cls(rows, metric, leaf=leaf, tree=BallTree.of(rows, leaf=leaf, threads=threads))

    def _put(self, tree: BallTree) -> None:
        self.tree = tree
        self._depth = int(depth_of(tree.left))
        leaves = np.empty(len(tree.order) * self.dim, np.float32)
        lay_leaves(read_only(self._rows.matrix), tree.order, tree.left, tree.start, tree.stop, leaves)
        self._leaves = read_only(leaves)

    def __len__(self) -> int:
        return len(self._rows)

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: NDArray[np.bool_] | None,
        settings: Settings,
        threads: int,
    ) -> Found:
        rows, queries = read_only(self._rows.matrix), read_only(queries)
        found, scores = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
        looked = np.zeros(len(queries), np.int64)
        everyone = EVERYONE if allowed is None else read_only(allowed)

        def work(part: slice) -> None:
            search_tree(
                queries[part],
                rows,
                *self.tree,
                self._leaves,
                self._depth,
                METRICS[self.metric],
                everyone,
                found[part],
                scores[part],
                looked[part],
            )

        each_shard(work, len(queries), threads=threads, least=4)
        answers = len(rows) if allowed is None else int(np.count_nonzero(allowed))
        self.looked = Looked(queries=len(queries), rows=int(looked.sum()), of=len(queries) * answers)
        return found, scores

    def add(self, rows: Floats) -> None:
        self._rows.append(rows)
        inside = len(self.tree.order)
        if len(self) - inside > max(TAIL, inside // SHARE):
            self._put(BallTree.of(self._rows.matrix, leaf=self.leaf, threads=1))

    def originals(self) -> Floats:
        return self._rows.matrix

    def memory(self) -> dict[str, int]:
        tree = self.tree
        balls = int(tree.centres.nbytes + tree.radii.nbytes)
        nodes = sum(int(part.nbytes) for part in tree[:4])
        return {"leaves": int(self._leaves.nbytes), "balls": balls, "nodes": nodes}

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        return {"rows": self._rows.matrix, **self.tree._asdict()}, {}

    @classmethod
    def from_state(
        cls, recipe: Any, metric: str, arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
    ) -> Self:
        rows = arrays.get("rows")
        if rows is None or rows.dtype != np.float32 or rows.ndim != 2:
            raise DataError("a ball tree keeps its rows as float32 (n, d)")
        dtypes: dict[str, np.dtype[Any]] = dict.fromkeys(BallTree._fields, np.dtype(np.int32))
        dtypes["centres"], dtypes["radii"] = np.dtype(np.float32), np.dtype(np.float64)
        parts = {}
        for name, dtype in dtypes.items():
            part = arrays.get(name)
            if part is None or part.dtype != dtype or part.ndim != 1 + (name == "centres"):
                raise DataError(f"a ball tree keeps {name} as {dtype}, and this is not there")
            parts[name] = read_only(part)
        tree = BallTree(**parts)
        tree.check(*rows.shape)
        return cls(rows, metric, leaf=recipe.leaf, tree=tree)


@dataclass(frozen=True, kw_only=True)
class BranchAndBound(IndexRecipe):
    """Exact search by a ball tree: the true neighbours with any metric, the maximum inner product too.

    Rows are split into two until few are left together; each part lies in a ball. A search opens the ball
    that may hold the best row first, and leaves out those that cannot hold a better one than it has (Ram and
    Gray 2012, "Maximum inner-product search using cone trees"). In few dims it looks at few of the rows; in
    many, balls overlap, all must be opened, and `Exact` is faster. `index.engine.looked.share` says what
    share of the rows the last search looked at.

    Attributes:
        leaf: the most rows that are not split further.
        keep: the rows are scored where they lie, so "float32" alone.

    Raises:
        OptionError: a value is outside its range.

    >>> import numpy as np
    >>> from firth import Vectors
    >>> from firth.index import BranchAndBound
    >>> rows = np.random.default_rng(1).normal(size=(5000, 3)).astype(np.float32)
    >>> index = BranchAndBound().build(Vectors(np.arange(5000), rows), metric="dot")
    >>> index.search(rows[7], 1).ids[0] == int((rows @ rows[7]).argmax())
    True
    >>> index.engine.looked.share < 0.1
    True
    """

    leaf: int = 64

    engine_type: ClassVar[type[Engine]] = BallTreeEngine

    def __post_init__(self) -> None:
        super().__post_init__()
        check_whole("leaf", self.leaf, 1, 2**20)
        if self.keep != "float32":
            raise OptionError(
                "BranchAndBound gives the scores of the rows themselves, so keep is 'float32', "
                f"not {self.keep!r}"
            )

    def engine(self, rows: Floats, metric: str, run: Run) -> Engine:
        return BallTreeEngine.build(rows, metric, leaf=self.leaf, threads=run.worker_count)
