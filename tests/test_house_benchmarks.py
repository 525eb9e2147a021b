"""What the benchmarks share: how memory is measured, and what stands where in the table of speed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LARGE = 200_000_000

LARGE_PARENT = f"""
import subprocess, sys
held = b"x" * {LARGE}
print(subprocess.run([sys.executable, "-c", sys.argv[1]], check=True, capture_output=True, text=True).stdout)
"""

CHILD = """
import json
from memory import Growth, peak
begun = peak()
held = b"x" * 50_000_000
del held
growth = Growth()
held = b"x" * 30_000_000
print(json.dumps({"begun": begun, **growth.found(15_000_000)}))
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the mark cannot be set back")
def test_memory_is_that_of_the_process_and_of_the_job_alone(repository: Path):
    command = [sys.executable, "-c", LARGE_PARENT, CHILD]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=repository / "benchmarks", timeout=60
    )
    found = json.loads(done.stdout)
    assert 1 < found["begun"] < LARGE / 1e6
    assert found["peak"] > found["begun"] + 45
    assert 29 < found["grown"] < 45
    assert found["held"] == 15


@pytest.mark.parametrize(
    ("job", "task", "label", "shows"),
    [
        ("cbow", "CBOW: training, dim 100, 1 epochs, 2 threads", "CBOW", "time"),
        ("skipgram", "memory beside parameters and counts, dim 100", "SkipGram", "memory"),
        ("skipgram", "text file to saved vectors, dim 100", None, None),
        ("subword", "text file to model, skipgram, dim 100", "SubwordSkipGram", "time"),
        ("glove", "memory beside the counts, counting 1.0 M words", "co-occurrences", "memory"),
        ("glove", "memory beside parameters and counts, dim 100", "GloVe, an epoch", "memory"),
        ("glove", "an epoch, dim 100, 1.1 M counts", "GloVe, an epoch", "time"),
        ("dm", "training, dm, 110,000 documents, dim 100", "DocumentVectors, DM", "time"),
        ("dm", "training, dm, 20 Newsgroups, dim 100", None, None),
        ("dm", "accuracy, dm, 20 Newsgroups, dim 100", "DocumentVectors, DM", "accuracy"),
    ],
)
def test_tasks_stand_where_they_belong(
    job: str,
    task: str,
    label: str | None,
    shows: str | None,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    import speed

    assert speed.JOBS[job].place(task) == ({"label": label, "shows": shows} if label else {})
