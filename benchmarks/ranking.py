"""Figures of rankings: Firth beside pytrec_eval (trec_eval's own C code) and ranx, on a million results.

python benchmarks/ranking.py [--repeats 5]

Needs pytrec-eval-terrier and ranx. A run and judgements are drawn from a seed, and all programs make the same
five figures of them (nDCG@10, MAP, MRR, recall@100, precision@10), in turn; where they differ by more than
1e-6 the benchmark stops. ("ranx" does not break ties as trec_eval does, so it does not take part where there
are ties.) There are two ways in:

- from dicts: judgements and run as dicts of dicts, as Python programs hold them. Whatever a program makes of
  them first belongs to the time: Firth's arrays, pytrec_eval's evaluator, ranx's typed lists.
- as each holds them: Firth's `Grades` and `Rankings`, ranx's `Qrels` and `Run`, pytrec_eval's evaluator with
  the run as a dict, the only form that it takes. The run can be scored again in that form at once.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rows import Rows

NAMES = {  # ours -> pytrec_eval's, ranx's
    "nDCG@10": ("ndcg_cut_10", "ndcg@10"),
    "MAP": ("map", "map"),
    "MRR": ("recip_rank", "mrr"),
    "recall@100": ("recall_100", "recall@100"),
    "precision@10": ("P_10", "precision@10"),
}
POOL = 100_000


class Case(NamedTuple):
    """How many queries; results and judged documents of each; whether scores are rounded to hundredths."""

    queries: int
    results: int
    judged: int
    ties: bool = False

    @property
    def name(self) -> str:
        """What the rows call it."""
        ties = ", many ties" if self.ties else ""
        return f"{self.queries:,} queries × {self.results:,} results, {self.judged:,} judged each{ties}"


CASES = (
    Case(1_000, 1_000, 100),
    Case(10_000, 100, 20),
    Case(1_000, 1_000, 1_000),
    Case(1_000, 1_000, 100, ties=True),
)
Judged = dict[str, dict[str, int]]
Found = dict[str, dict[str, float]]
Hold = Callable[[Judged, Found], Callable[[], list[float]]]


def main() -> None:
    """Run all programs in turn and keep the rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    options = parser.parse_args()
    rows = Rows("ranking", path=options.results)
    for case in CASES:
        judgements, run = drawn(case)
        jobs: list[tuple[str, str, Callable[[], list[float]]]] = []
        for name, (take, hold) in PROGRAMS.items():
            if takes_part(name, case):
                jobs.append(("from dicts", name, partial(from_dicts, take, judgements, run)))
                jobs.append(("as each holds them", name, hold(judgements, run)))
        means: dict[str, np.ndarray] = {}
        for repeat in range(options.repeats + 1):  # the first compiles
            for task, name, job in jobs:
                started = time.perf_counter()
                means[name] = np.array(job())
                took = time.perf_counter() - started
                if repeat:
                    rows.add(f"{task}, {case.name}", name, took, "s", lower_is_better=True)
        for name, found in means.items():
            if not np.allclose(found, means["firth"], atol=1e-6):
                raise SystemExit(f"{name} differs on {case.name}: {found} and {means['firth']}")
    rows.show()


def takes_part(name: str, case: Case) -> bool:
    """Whether a program orders ties as trec_eval does, or there are none."""
    return not (case.ties and name == "ranx")


def drawn(case: Case) -> tuple[Judged, Found]:
    """Judgements and a run: half of the judged documents are among the results."""
    draw = np.random.default_rng(0)
    ids = [f"doc{i}" for i in range(POOL)]
    judgements, run = Judged(), Found()
    for q in range(case.queries):
        chosen = draw.choice(POOL, case.results + case.judged, replace=False)
        results, others = chosen[: case.results], chosen[case.results :]
        scores = np.sort(draw.random(case.results, dtype=np.float32))[::-1].astype(float)
        scores = scores.round(2) if case.ties else np.unique(scores)[::-1]
        run[f"q{q}"] = dict(zip([ids[i] for i in results], scores.tolist(), strict=False))
        half = case.judged // 2
        judged = np.concatenate([draw.choice(results, half, replace=False), others[half:]])
        grades = draw.integers(0, 4, judged.size)
        grades[0] = 1
        judgements[f"q{q}"] = dict(zip([ids[i] for i in judged], grades.tolist(), strict=True))
    return judgements, run


def from_dicts(hold: Hold, judgements: Judged, run: Found) -> list[float]:
    """The figures from dicts, with the making of whatever a program holds them as."""
    return hold(judgements, run)()


def firth_dicts(judgements: Judged, run: Found) -> Callable[[], list[float]]:
    """Firth, which takes dicts as they are."""
    from firth.measure.ranking import figures_by_query

    return lambda: list(figures_by_query(judgements, run, figures=list(NAMES)).means().values())


def firth_held(judgements: Judged, run: Found) -> Callable[[], list[float]]:
    """Firth, from its arrays."""
    from firth.measure.rankings import Grades, Rankings

    return firth_dicts(Grades.of(judgements), Rankings.of(run))  # type: ignore[arg-type]


def trec_held(judgements: Judged, run: Found) -> Callable[[], list[float]]:
    """pytrec_eval, its evaluator made."""
    import pytrec_eval

    names = [theirs for theirs, _ in NAMES.values()]
    asked = {name.replace("cut_", "cut.") for name in names}
    evaluator = pytrec_eval.RelevanceEvaluator(judgements, asked)

    def means() -> list[float]:
        found = evaluator.evaluate(run)
        return [sum(one[name] for one in found.values()) / len(found) for name in names]

    return means


def ranx_held(judgements: Judged, run: Found) -> Callable[[], list[float]]:
    """ranx, its Qrels and Run made."""
    from ranx import Qrels, Run, evaluate

    held: tuple[Any, Any] = Qrels(judgements), Run(run)
    names = [theirs for _, theirs in NAMES.values()]

    def means() -> list[float]:
        found = evaluate(*held, names)
        return [float(found[name]) for name in names]

    return means


# How each takes dicts, and what it holds them as to score them again.
PROGRAMS: dict[str, tuple[Hold, Hold]] = {
    "firth": (firth_dicts, firth_held),
    "pytrec-eval-terrier": (trec_held, trec_held),
    "ranx": (ranx_held, ranx_held),
}


if __name__ == "__main__":
    main()
