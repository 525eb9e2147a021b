"""Raw rows: what every benchmark measures, keeps and prints. README.md beside this file says what a row
holds."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tables import ratio

RESULTS = Path(__file__).parent / "results"


class Rows:
    """The rows of one run of one benchmark.

    Args:
        name: the benchmark; the rows go to results/NAME.jsonl.
        path: another file to append them to.
        run: the id of a run to go on with; None begins one.
    """

    def __init__(self, name: str, *, path: Path | None = None, run: str | None = None):
        self.run = run or datetime.now(UTC).isoformat(timespec="seconds")
        self.path = path or RESULTS / f"{name}.jsonl"
        self.rows: list[dict[str, Any]] = []
        arguments = [Path(word).name if os.sep in word else word for word in sys.argv[1:]]
        self._shared = {
            "run": self.run,
            "machine": f"{os.cpu_count()} cores, {processor()}, Python {platform.python_version()}",
            "command": " ".join(["python", f"benchmarks/{name}.py", *arguments]),
        }

    def add(self, task: str, program: str, value: float, unit: str, *, lower_is_better: bool) -> None:
        """Keep a measurement and write it down at once, so that a run that is cut short leaves what it
        found."""
        row = {
            "task": task,
            "program": f"{program} {version(program)}",
            "value": round(value, 6),
            "unit": unit,
        }
        self.keep(row | {"lower_is_better": lower_is_better})

    def keep(self, row: dict[str, Any]) -> None:
        """Keep a row of any form, with what all rows of this run share."""
        row = row | self._shared
        self.rows.append(row)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def show(self) -> None:
        """Print the median of each program for each task, and how Firth stands beside each of the others."""
        for task in dict.fromkeys(row["task"] for row in self.rows):
            rows = [row for row in self.rows if row["task"] == task]
            found: dict[str, list[float]] = {}
            for row in rows:
                found.setdefault(row["program"], []).append(row["value"])
            unit, lower = rows[0]["unit"], rows[0]["lower_is_better"]
            medians = {program: statistics.median(values) for program, values in found.items()}
            ours = next((value for program, value in medians.items() if program.startswith("firth ")), None)
            said = []
            for program, value in medians.items():
                beside = "" if program.startswith("firth ") else ratio(ours, value, unit, lower=lower)
                said.append(f"{program} {value:,.4g} {unit}".strip() + (f" ({beside})" if beside else ""))
            print(f"{task:56}   " + "   ".join(said))


def processor() -> str:
    """The processor's name, where the machine tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()
