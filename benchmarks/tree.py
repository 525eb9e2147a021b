"""The tree: its codes beside plain ones at equal bytes, and its speed beside ScaNN and FAISS at equal recall.

python benchmarks/tree.py [--data clustered|FILE.safetensors] [--metric cosine|dot] [--rows 1000000]
    [--only codes|speed] [--scann-python PYTHON]

`codes` searches every leaf and scores no row again, so that the recall is that of the codes; the gain is
paired, query by query, with its 95 % interval. `speed` takes queries a second at recall@10 of 0.95, between
the two settings around it on the frontier of all that were tried, in one batch and one query at a time, on
one thread. Seconds are those of the thread, not of the clock, so that other programs disturb them less. ScaNN
is run in a process of its own, by a Python that has it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustered import clustered
from rows import Rows

Floats = NDArray[np.float32]
Search = Callable[[Floats, dict[str, int]], NDArray[Any]]
K, TARGET, SINGLE = 10, 0.95, 200
LEAVES = (2, 3, 5, 8, 12, 18, 27, 40, 60, 90)
AGAIN = (2, 4, 6, 10, 20)


def main() -> None:
    """Measure, and keep the rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", default="clustered")
    parser.add_argument("--metric", choices=["cosine", "dot"], default="cosine")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--only", choices=["codes", "speed"])
    parser.add_argument("--scann-python", help="a Python that has scann")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--as-scann", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_scann:
        print(json.dumps(scann_points(options.as_scann)))
        return
    rows, queries = data_of(options)
    truth = truth_of(rows, queries)
    kept = Rows("tree", path=options.results)
    name = f"{len(rows):,} × {rows.shape[1]} {Path(options.data).stem}, {options.metric}"
    if options.only != "speed":
        compare_codes(kept, name, rows, queries, truth)
    if options.only != "codes":
        compare_speed(kept, name, rows, queries, truth, options.scann_python)


def data_of(options: argparse.Namespace) -> tuple[Floats, Floats]:
    """Rows and queries that are none of them; of length 1 for the cosine, which is then their product."""
    if options.data == "clustered":
        rows, queries = clustered(options.rows, 128, queries=options.queries)
    else:
        import firth

        matrix = firth.load(options.data).vectors.matrix[: options.rows]
        drawn = np.random.default_rng(1).permutation(len(matrix))
        rows, queries = matrix[np.sort(drawn[options.queries :])], matrix[drawn[: options.queries]]
    if options.metric == "cosine":
        rows, queries = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (rows, queries))
    return np.ascontiguousarray(rows), np.ascontiguousarray(queries)


def truth_of(rows: Floats, queries: Floats) -> NDArray[np.int64]:
    """The rows of the K greatest products."""
    import firth

    return firth.Vectors(np.arange(len(rows)), rows, metric="dot").search(queries, topn=K).rows


def shares(found: NDArray[Any], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each query, the share of the true rows among those that were found."""
    return np.array([len(set(a) & set(b)) / K for a, b in zip(found.tolist(), truth.tolist(), strict=True)])


def compare_codes(kept: Rows, name: str, rows: Floats, queries: Floats, truth: NDArray[np.int64]) -> None:
    """Recall of plain and of anisotropic codes of the same size."""
    import firth
    from firth.index import Tree

    vectors = firth.Vectors(np.arange(len(rows)), rows, metric="dot")
    dim = rows.shape[1]
    for parts in (dim // 8, dim // 4, dim // 2):
        found = {}
        for threshold in (0.0, 0.1, 0.2, 0.3):
            recipe = Tree(parts=parts, threshold=threshold, keep="none", leaves=100)
            index = recipe.build(vectors, run=firth.Run(threads=1))
            found[threshold] = shares(index.search(queries, K, nprobe=100, threads=1).rows, truth)
            gain = found[threshold] - found[0.0]
            row = {
                "task": f"recall@10 of codes of {parts * 4} bits, {name}",
                "program": f"threshold {threshold}",
                "value": round(float(found[threshold].mean()), 4),
                "gain": round(float(gain.mean()), 4),
                "interval": round(float(1.96 * gain.std(ddof=1) / len(gain) ** 0.5), 4),
                "unit": "recall",
            }
            kept.keep(row)
            print(
                row["task"], row["program"], row["value"], f"{row['gain']:+} ± {row['interval']}", flush=True
            )


def compare_speed(
    kept: Rows, name: str, rows: Floats, queries: Floats, truth: NDArray[np.int64], scann: str | None
) -> None:
    """Queries a second at the recall that is asked for."""
    programs: dict[str, Any] = {}
    for program, build in (("firth", firth_search), ("faiss-cpu", faiss_search)):
        started = time.process_time()
        search, size = build(rows)
        building = time.process_time() - started
        programs[program] = {"points": points(search, queries, truth), "build": building, "bytes": size}
    if scann:
        with tempfile.TemporaryDirectory() as folder:
            for part, array in (("rows", rows), ("queries", queries), ("truth", truth)):
                np.save(Path(folder, f"{part}.npy"), array)
            done = subprocess.run(
                [scann, __file__, "--as-scann", folder], stdout=subprocess.PIPE, text=True, check=True
            )
            programs["scann"] = json.loads(done.stdout.splitlines()[-1])
    for program, result in programs.items():
        for mode in ("batch", "single"):
            rate = at_target([(p["recall"], p[mode]) for p in result["points"]])
            row = {
                "task": f"{mode}, recall@10 of {TARGET}, {name}",
                "program": program,
                "value": rate,
                "unit": "queries/s",
                "build_seconds": round(result["build"], 1),
                "bytes": result["bytes"],
                "points": result["points"],
            }
            kept.keep(row)
            print(row["task"], program, rate, f"building {result['build']:.0f} s", flush=True)


def points(search: Search, queries: Floats, truth: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Recall and queries a second for each setting."""
    found = []
    for nprobe, rerank in product(LEAVES, AGAIN):
        setting = {"nprobe": nprobe, "rerank": rerank}
        search(queries[:2], setting)  # compiles, and fills the caches
        started = time.thread_time()
        answers = search(queries, setting)
        batch = len(queries) / (time.thread_time() - started)
        some = queries[:SINGLE]
        started = time.thread_time()
        for query in some:
            search(query[None], setting)
        single = len(some) / (time.thread_time() - started)
        recall = float(shares(np.asarray(answers), truth).mean())
        found.append({**setting, "recall": round(recall, 4), "batch": round(batch), "single": round(single)})
    return found


def at_target(measured: list[tuple[float, float]]) -> int | None:
    """The rate at TARGET, between the two points of the frontier around it; None where none reaches it."""
    frontier = [
        (recall, rate)
        for recall, rate in sorted(measured)
        if not any(r >= recall and q > rate for r, q in measured)
    ]
    recalls, rates = np.array(frontier).T
    if recalls[-1] < TARGET:
        return None
    return round(float(np.interp(TARGET, recalls, rates)))


def firth_search(rows: Floats) -> tuple[Search, int]:
    """Ours."""
    import firth
    from firth.index import Tree

    vectors = firth.Vectors(np.arange(len(rows)), rows, metric="dot")
    index = Tree().build(vectors, run=firth.Run(threads=1))
    return lambda q, s: index.search(q, K, threads=1, **s).rows, index.memory()["total"]


def faiss_search(rows: Floats) -> tuple[Search, int]:
    """Inverted lists with fast-scan codes, and the candidates scored again."""
    import faiss

    faiss.omp_set_num_threads(1)
    n, dim = rows.shape
    parts = dim // 2
    index = faiss.index_factory(
        dim, f"IVF{round(n**0.5)},PQ{parts}x4fsr,Refine(Flat)", faiss.METRIC_INNER_PRODUCT
    )
    index.train(rows[:: max(1, n // 100_000)])
    index.add(rows)

    def search(queries: Floats, setting: dict[str, int]) -> NDArray[Any]:
        inner = faiss.SearchParametersIVF(nprobe=setting["nprobe"])
        chosen = faiss.IndexRefineSearchParameters(k_factor=setting["rerank"], base_index_params=inner)
        return index.search(queries, K, params=chosen)[1]

    return search, faiss.serialize_index(index).nbytes


def scann_points(folder: Path) -> dict[str, Any]:
    """What ScaNN does with the same rows; runs in its own process."""
    from scann import scann_ops_pybind

    rows, queries, truth = (np.load(folder / f"{part}.npy") for part in ("rows", "queries", "truth"))
    started = time.process_time()
    index = (
        scann_ops_pybind.builder(rows, K, "dot_product")
        .set_n_training_threads(1)
        .tree(num_leaves=round(len(rows) ** 0.5), num_leaves_to_search=20, training_sample_size=100_000)
        .score_ah(2, anisotropic_quantization_threshold=0.2)
        .reorder(100)
        .build()
    )
    building = time.process_time() - started

    def search(some: Floats, setting: dict[str, int]) -> NDArray[Any]:
        how = {
            "leaves_to_search": setting["nprobe"],
            "pre_reorder_num_neighbors": K * setting["rerank"],
        }
        if len(some) == 1:
            return index.search(some[0], **how)[0][None]
        return index.search_batched(some, **how)[0]

    size = int(rows.nbytes + rows.size // 4)
    return {"points": points(search, queries, truth), "build": building, "bytes": size}


if __name__ == "__main__":
    sys.exit(main())
