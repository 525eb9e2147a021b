"""What every test shares: where the repository is, and a machine that looks the same everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# The first call of a kernel compiles it, which takes longer than any deadline for one example.
settings.register_profile("firth", deadline=None)
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
