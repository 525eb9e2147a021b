"""Draws docs/figures/plan.svg from the last run in benchmarks/results/plan.jsonl.

python docs/figures/plan.py
"""

from __future__ import annotations

import json
from pathlib import Path

from firth.index.planning import Plan

ROOT = Path(__file__).resolve().parents[2]


def last_plan(path: Path) -> Plan:
    """The plan of the last run in a file of raw rows."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    mine = [row for row in rows if row["run"] == rows[-1]["run"]]
    document = next(row["plan"] for row in mine if row["task"] == "plan")
    for kind in ("trials", "sketches"):
        document[kind] = [row["trial"] for row in mine if row["task"] == kind]
    return Plan.from_dict(document)


if __name__ == "__main__":
    last_plan(ROOT / "benchmarks" / "results" / "plan.jsonl").plot(Path(__file__).with_suffix(".svg"))
