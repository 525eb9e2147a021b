"""What every test shares: where the repository is, and a machine that looks the same everywhere."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The first call of a kernel compiles it, which takes longer than any deadline for one example. What a change
# has to pass (.ci/run sets CI) draws the same examples each time; tests by hand draw new ones.
settings.register_profile("firth", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("firth")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def _plain_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's shell changes what a test sees."""
    for name in ("FIRTH_DEBUG", "FORCE_COLOR", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def growth() -> Callable[..., float]:
    """How many times the time of a short input a long one takes, to tell linear time from quadratic.

    The long one should be 16 times as long, and be allowed 64 times the time: four times what is linear, a
    quarter of what is quadratic. It is processor time of this process, of up to three measurements the least,
    so that neither a busy machine nor a slow one decides.
    """

    def seconds(action: Callable[[Any], object], value: Any) -> float:
        started = time.process_time()
        action(value)
        return time.process_time() - started

    def measured(action: Callable[[Any], object], short: Any, long: Any, *, allowed: float) -> float:
        least = float("inf")
        for _ in range(3):
            least = min(least, seconds(action, long) / max(seconds(action, short), 0.001))
            if least <= allowed:
                break
        return least

    return measured
