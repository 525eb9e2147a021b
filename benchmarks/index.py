"""Indexes: Firth beside FAISS, hnswlib, usearch and ScaNN, at equal recall and with their memory.

python benchmarks/index.py [--data clustered|FILE.safetensors|FILE.npz] [--rows 1000000]
    [--only exact|near] [--systems NAME …] [--threads 1 2] [--repeats 3] [--built FOLDER]

`exact` takes a batch and single queries through every row, in turn with FAISS Flat and NumPy, and through
rows kept as int8. `near` builds each index, searches it with settings from cheap to dear, and keeps the whole
curve of recall and queries per second, each point the median of `--repeats` times; "queries/s at recall 0.95"
is read off that curve, between its two points around 0.95. Programs that are not installed are left out, with
a line that says so. `--built` keeps what was built, so that a run can be repeated without an hour of
building; the time of building is kept only where it was built in this run.
"""

from __future__ import annotations

import argparse
import atexit
import importlib.util
import shutil
import statistics
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustered import clustered
from rows import RESULTS, Rows

Floats = NDArray[np.float32]
K = 10
TARGET = 0.95


class System(ABC):
    """An index of some program over rows, with one knob that trades time for recall."""

    name: str
    package: str
    rows: Floats
    metric: str

    @abstractmethod
    def build(self, threads: int) -> None: ...

    @abstractmethod
    def knob(self) -> list[Any]:
        """Settings from cheap to dear."""

    @abstractmethod
    def search(self, queries: Floats, setting: Any, threads: int) -> NDArray[Any]:
        """Row numbers (m, K)."""

    @abstractmethod
    def memory(self) -> float:
        """Bytes that it holds to search."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Keep it for another run."""

    @abstractmethod
    def load(self, path: Path) -> None:
        """Take it from another run."""


class Ours(System):
    """One of Firth's kinds."""

    package = "firth"

    def __init__(self, name: str, recipe: Any, knob: list[dict[str, int]]):
        self.name, self.recipe, self._knob = name, recipe, knob

    def build(self, threads: int) -> None:
        import firth

        vectors = firth.Vectors(np.arange(len(self.rows)), self.rows, metric=self.metric)
        self.index = self.recipe.build(vectors, run=firth.Run(threads=threads))

    def knob(self) -> list[Any]:
        return self._knob

    def search(self, queries: Floats, setting: Any, threads: int) -> NDArray[Any]:
        return self.index.search(queries, K, threads=threads, **setting).rows

    def memory(self) -> float:
        return self.index.memory()["total"]

    def save(self, path: Path) -> None:
        self.index.save(path, force=True)

    def load(self, path: Path) -> None:
        import firth

        self.index = firth.index.load(path)


class Mapped(Ours):
    """One of Firth's kinds as it is once it was saved and opened: rows that only score candidates stay in
    the file, and `memory` is what is held beside it."""

    def build(self, threads: int) -> None:
        """Build, save and open, so that the memory of building is gone."""
        super().build(threads)
        folder = tempfile.mkdtemp(prefix="firth-mapped-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.save(Path(folder) / "an.index")
        del self.index
        self.load(Path(folder) / "an.index")


def small() -> Mapped:
    """Product codes within an eighth of the rows' bytes, the rows in the file."""
    from firth.index import IVFPQ

    return Mapped("IVFPQ, rows mapped", IVFPQ(), probes(8, 16))


class Hnswlib(System):
    name = package = "hnswlib"

    def build(self, threads: int) -> None:
        rows, metric = self.rows, self.metric
        import hnswlib

        self.index = hnswlib.Index(space=SPACES[metric][0], dim=rows.shape[1])
        self.index.init_index(max_elements=len(rows), ef_construction=100, M=16, random_seed=1)
        self.index.add_items(rows, num_threads=threads)
        self.size = (4 * rows.shape[1] + 8 + 33 * 4 + 16 * 4 / 15) * len(rows)

    def knob(self) -> list[Any]:
        return [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]

    def search(self, queries: Floats, setting: Any, threads: int) -> NDArray[Any]:
        self.index.set_ef(setting)
        return self.index.knn_query(queries, K, num_threads=threads)[0].astype(np.int64)

    def memory(self) -> float:
        return self.size

    def save(self, path: Path) -> None:
        self.index.save_index(str(path))

    def load(self, path: Path) -> None:
        import hnswlib

        self.index = hnswlib.Index(space=SPACES[self.metric][0], dim=self.rows.shape[1])
        self.index.load_index(str(path))
        self.size = path.stat().st_size


class Usearch(System):
    name = package = "usearch"

    def _new(self) -> Any:
        from usearch.index import Index

        return Index(
            ndim=self.rows.shape[1],
            metric=SPACES[self.metric][1],
            dtype="f32",
            connectivity=16,
            expansion_add=100,
            expansion_search=64,
        )

    def build(self, threads: int) -> None:
        self.index = self._new()
        self.index.add(np.arange(len(self.rows)), self.rows, threads=threads)

    def knob(self) -> list[Any]:
        return [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]

    def search(self, queries: Floats, setting: Any, threads: int) -> NDArray[Any]:
        self.index.expansion_search = setting
        return np.asarray(self.index.search(queries, K, threads=threads).keys).astype(np.int64)

    def memory(self) -> float:
        return float(self.index.serialized_length)

    def save(self, path: Path) -> None:
        self.index.save(str(path))

    def load(self, path: Path) -> None:
        self.index = self._new()
        self.index.load(str(path))


class Scann(System):
    name = package = "scann"

    def build(self, threads: int) -> None:
        rows, metric = self.rows, self.metric
        from scann import scann_ops_pybind as scann

        leaves = int(2 * np.sqrt(len(rows)))
        self.rows = rows
        self.index = (
            scann.builder(rows, K, "squared_l2" if metric == "euclidean" else "dot_product")
            .tree(num_leaves=leaves, num_leaves_to_search=64, training_sample_size=250_000)
            .score_ah(2, anisotropic_quantization_threshold=0.2)
            .reorder(100)
            .set_n_training_threads(threads)
            .build()
        )

    def knob(self) -> list[Any]:
        return [(leaves, 100) for leaves in (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)]

    def search(self, queries: Floats, setting: Any, threads: int) -> NDArray[Any]:
        leaves, reorder = setting
        if threads > 1:
            self.index.set_num_threads(threads)
        search = self.index.search_batched_parallel if threads > 1 else self.index.search_batched
        return search(queries, leaves_to_search=leaves, pre_reorder_num_neighbors=reorder)[0].astype(np.int64)

    def memory(self) -> float:
        return self.rows.nbytes * (1 + 1 / 16)  # the rows, and 4 bits for two dimensions

    def save(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        self.index.serialize(str(path))

    def load(self, path: Path) -> None:
        from scann import scann_ops_pybind as scann

        self.index = scann.load_searcher(str(path))


class Faiss(System):
    """An index of FAISS, by its factory."""

    package = "faiss-cpu"

    def __init__(self, name: str, factory: str, knob: list[int]):
        self.name, self.factory, self._knob = name, factory, knob

    def build(self, threads: int) -> None:
        rows, metric = self.rows, self.metric
        import faiss

        faiss.omp_set_num_threads(threads)
        kind = faiss.METRIC_L2 if metric == "euclidean" else faiss.METRIC_INNER_PRODUCT
        lists = 1 << round(np.log2(4 * np.sqrt(len(rows))))
        factory = self.factory.format(lists=lists, parts=rows.shape[1] // 2)
        self.index = faiss.index_factory(rows.shape[1], factory, kind)
        self.index.train(rows[:: max(1, len(rows) // 250_000)])
        self.index.add(rows)
        self.size = faiss.serialize_index(self.index).nbytes

    def knob(self) -> list[Any]:
        return self._knob

    def search(self, queries: Floats, setting: Any, threads: int) -> NDArray[Any]:
        import faiss

        faiss.omp_set_num_threads(threads)
        space = faiss.ParameterSpace()
        space.set_index_parameter(self.index, "efSearch" if "HNSW" in self.factory else "nprobe", setting)
        if "Refine" in self.factory:
            faiss.downcast_index(self.index).k_factor = 8
        return self.index.search(queries, K)[1]

    def memory(self) -> float:
        return self.size

    def save(self, path: Path) -> None:
        import faiss

        faiss.write_index(self.index, str(path))

    def load(self, path: Path) -> None:
        import faiss

        self.index, self.size = faiss.read_index(str(path)), path.stat().st_size


SPACES = {"euclidean": ("l2", "l2sq"), "cosine": ("ip", "ip"), "dot": ("ip", "ip")}
PROBES = [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
EF = [12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]


def probes(*reranks: int) -> list[dict[str, int]]:
    """How many lists are looked into, for each number of candidates."""
    return [{"nprobe": p, "rerank": r} for r in reranks for p in PROBES]


def systems() -> Iterator[System]:
    """Everything that may be measured."""
    from firth.index import HNSW, IVF, IVFPQ, Tree

    some = probes(4, 10)
    yield Ours("HNSW", HNSW(links=16, ef_construction=100), [{"ef_search": ef} for ef in EF])
    yield Ours("IVF", IVF(), [{"nprobe": p} for p in PROBES])
    yield Ours("IVFPQ", IVFPQ(), some)
    yield small()
    yield Ours("Tree", Tree(), some)
    yield Hnswlib()
    yield Usearch()
    yield Scann()
    yield Faiss("HNSW16", "HNSW16,Flat", EF)
    yield Faiss("IVF,PQfs,Refine(Flat)", "IVF{lists},PQ{parts}x4fs,Refine(Flat)", PROBES)


def main() -> None:
    """Measure, and keep the rows."""
    options = arguments()
    rows, queries, metric = data_of(options)
    name = f"{len(rows):,} × {rows.shape[1]} {Path(options.data).stem}"
    kept = Rows("index", path=options.results, run=options.run)
    if options.only in (None, "exact"):
        exact(Rows("index", path=options.exact, run=options.run), name, rows, queries, metric, options)
    if options.only in (None, "near"):
        near(kept, name, rows, queries, metric, options)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="clustered")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--only", choices=["exact", "near"])
    parser.add_argument("--systems", nargs="+", help="the names of those to be measured")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--built", type=Path, help="a folder of built indexes")
    parser.add_argument("--build-only", action="store_true")
    parser.add_argument("--results", type=Path, help="for the rows of near")
    parser.add_argument("--exact", type=Path, default=RESULTS / "exact.jsonl", help="for the rows of exact")
    parser.add_argument("--run", help="go on with a run")
    return parser.parse_args()


def data_of(options: argparse.Namespace) -> tuple[Floats, Floats, str]:
    """Rows, queries that are none of them, and the metric."""
    if options.data == "clustered":
        rows, queries = clustered(options.rows, options.dim, queries=options.queries)
        return rows, queries, "euclidean"
    if options.data.endswith(".npz"):
        pixels = next(array for array in np.load(options.data).values() if array.ndim > 1)
        rows, metric = pixels.reshape(len(pixels), -1).astype(np.float32), "euclidean"
    else:
        import firth

        vectors = firth.load(options.data).vectors
        rows, metric = vectors.unit().matrix, "cosine"
    drawn = np.random.default_rng(1).permutation(len(rows))
    return rows[np.sort(drawn[options.queries :])], rows[drawn[: options.queries]], metric


def truth_of(rows: Floats, queries: Floats, metric: str) -> NDArray[np.int64]:
    """The true neighbours."""
    import firth

    return firth.Vectors(np.arange(len(rows)), rows, metric=metric).search(queries, topn=K).rows


def recall_of(found: NDArray[Any], truth: NDArray[np.int64]) -> float:
    """The share of the true neighbours that were found."""
    return float(
        np.mean([len(set(a) & set(b)) / K for a, b in zip(found.tolist(), truth.tolist(), strict=True)])
    )


def exact(
    kept: Rows, name: str, rows: Floats, queries: Floats, metric: str, options: argparse.Namespace
) -> None:
    """Every row looked at: batches beside FAISS Flat, single queries beside NumPy, int8 beside float32."""
    import faiss

    import firth
    from firth.index import Exact

    vectors = firth.Vectors(np.arange(len(rows)), rows, metric=metric)
    ours = {keep: Exact(keep=keep).build(vectors) for keep in ("float32", "int8")}
    flat = (faiss.IndexFlatL2 if metric == "euclidean" else faiss.IndexFlatIP)(rows.shape[1])
    flat.add(rows)
    squares = np.einsum("ij,ij->i", rows, rows)

    def by_numpy(query: Floats) -> NDArray[Any]:
        keys = rows @ query[0]
        if metric == "euclidean":
            keys -= squares / 2
        best = np.argpartition(keys, -K)[-K:]
        return best[np.argsort(-keys[best])][None]

    truth = truth_of(rows, queries, metric)
    for threads in options.threads:
        faiss.omp_set_num_threads(threads)
        batch = {
            "firth": lambda t=threads: ours["float32"].search(queries, K, threads=t).rows,
            "faiss-cpu": lambda: flat.search(queries, K)[1],
            "firth int8": lambda t=threads: ours["int8"].search(queries, K, threads=t).rows,
        }
        task = f"{len(queries):,} queries at once, {name}, {threads} threads"
        measure_in_turn(kept, task, batch, truth, len(queries), options.repeats)
    faiss.omp_set_num_threads(1)
    some = queries[: min(200, len(queries))]
    single = {
        "firth": lambda: [ours["float32"].search(q[None], K, threads=1).rows[0] for q in some],
        "faiss-cpu": lambda: [flat.search(q[None], K)[1][0] for q in some],
        "numpy": lambda: [by_numpy(q[None])[0] for q in some],
        "firth int8": lambda: [ours["int8"].search(q[None], K, threads=1).rows[0] for q in some],
    }
    task = f"one query at a time, {name}"
    measure_in_turn(kept, task, single, truth[: len(some)], len(some), options.repeats)
    kept.show()


def measure_in_turn(
    kept: Rows, task: str, jobs: dict[str, Any], truth: NDArray[np.int64], queries: int, repeats: int
) -> None:
    """Each job in turn, `repeats` times: milliseconds a query; of int8 a task of its own beside float32."""
    for job in jobs.values():
        job()  # compiles, and brings the rows into the caches
    for _ in range(repeats):
        for program, job in jobs.items():
            started = time.perf_counter()
            found = job()
            value = 1000 * (time.perf_counter() - started) / queries
            recall = recall_of(np.asarray(found), truth)
            package, _, form = program.partition(" ")
            row = {
                "task": f"{task}, {form}" if form else task,
                "program": f"{package} {version(package)}",
                "value": round(value, 6),
                "unit": "ms",
                "lower_is_better": True,
                "recall": round(recall, 5),
            }
            kept.keep(row)
            print(f"{row['task']:70} {program:12} {value:9.4f} ms   recall {recall:.4f}", flush=True)


def near(
    kept: Rows, name: str, rows: Floats, queries: Floats, metric: str, options: argparse.Namespace
) -> None:
    """Curves of recall and queries per second of each system."""
    truth = truth_of(rows, queries, metric)
    for system in systems():
        if options.systems and system.name not in options.systems:
            continue
        module = {"faiss-cpu": "faiss"}.get(system.package, system.package)
        if importlib.util.find_spec(module) is None:
            print(f"{system.name}: {system.package} is not installed, left out")
            continue
        file = (
            options.built / f"{name} {system.package} {system.name}".replace("/", "-")
            if options.built
            else None
        )
        built = None
        system.rows, system.metric = rows, metric
        if file is not None and file.exists():
            system.load(file)
        else:
            started = time.perf_counter()
            system.build(max(options.threads))
            built = time.perf_counter() - started
            print(f"{system.name}: built in {built:.1f} s", flush=True)
            if file is not None:
                options.built.mkdir(parents=True, exist_ok=True)
                system.save(file)
        if options.build_only:
            continue
        program = f"{system.package} {version(system.package)}"
        shared = {"data": name, "program": program, "system": system.name, "metric": metric}
        for threads in options.threads:
            curve = curve_of(system, queries, truth, threads, options.repeats)
            row = {
                "task": f"{name}: {program} {system.name}, {threads} threads",
                "threads": threads,
                "memory": round(system.memory()),
                "built": built,
                "curve": curve,
                "value": at_target(curve, "qps"),
                "one": at_target(curve, "one_qps"),
                "unit": f"queries/s at recall {TARGET}",
                "lower_is_better": False,
            }
            kept.keep(shared | row)
            print(
                f"{system.name:32} {threads} threads  {system.memory() / 1e6:8.0f} MB  "
                f"{row['value'] or 0:10,.0f} queries/s at {TARGET}, up to {curve[-1]['recall']:.4f}",
                flush=True,
            )


def curve_of(
    system: System, queries: Floats, truth: NDArray[np.int64], threads: int, repeats: int
) -> list[dict[str, Any]]:
    """Points of recall and queries per second, cheap settings first, until it is well above the target."""
    curve = []
    for setting in system.knob():
        recall = recall_of(system.search(queries, setting, threads), truth)
        times = []
        for _ in range(repeats):
            started = time.perf_counter()
            system.search(queries, setting, threads)
            times.append(time.perf_counter() - started)
        one = [timed_one(system, queries[i : i + 1], setting) for i in range(min(200, len(queries)))]
        curve.append(
            {
                "setting": setting,
                "recall": round(recall, 5),
                "qps": round(len(queries) / statistics.median(times), 1),
                "one_qps": round(1 / statistics.median(one), 1),
            }
        )
        if recall > 0.99 and not isinstance(setting, dict):
            break
    return curve


def timed_one(system: System, query: Floats, setting: Any) -> float:
    started = time.perf_counter()
    system.search(query, setting, 1)
    return time.perf_counter() - started


def at_target(curve: list[dict[str, Any]], of: str) -> float | None:
    """Queries per second at the target recall: between the two points of the curve around it, on a
    logarithmic scale of speed. Points with another `rerank` are another curve; the best one counts."""
    curves: dict[Any, list[dict[str, Any]]] = {}
    for point in curve:
        setting = point["setting"]
        curves.setdefault(setting.get("rerank") if isinstance(setting, dict) else None, []).append(point)
    return max((value for points in curves.values() if (value := crossing(points, of))), default=None)


def crossing(points: list[dict[str, Any]], of: str) -> float | None:
    """Where one curve reaches the target."""
    before = None
    for point in points:
        if point["recall"] >= TARGET:
            if before is None:
                return float(point[of])
            share = (TARGET - before["recall"]) / (point["recall"] - before["recall"])
            return float(before[of] ** (1 - share) * point[of] ** share)
        before = point
    return None


if __name__ == "__main__":
    main()
