"""Every block of code in README.md and docs/ runs as it stands.

The ```python blocks of a page run in order in one namespace, the ```shell blocks through bash, all in one
empty folder a page. A block after `<!-- not run: REASON -->` is left out. Other fences are prose.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

BLOCK = re.compile(
    r"(?:^<!-- not run:(?P<reason>[^\n]*)-->\n\n?)?^```(?P<language>\w*)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, its line, and why it is not run (None if it is)."""

    language: str
    code: str
    line: int
    reason: str | None


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(
            match["language"],
            match["code"],
            text.count("\n", 0, match.start("code")) + 1,
            None if match["reason"] is None else match["reason"].strip(),
        )
        for match in BLOCK.finditer(text)
    ]


def run_shell(block: Block, page: Path) -> None:
    """Run the block in the current folder with this environment's `firth` and `python` first on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}:{block.line} ended with {done.returncode}:\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.reason is not None:
            assert block.reason, f"{page.name}:{block.line}: say why the block is not run"
        elif block.language == "python":
            code = "\n" * (block.line - 1) + block.code  # so that a traceback shows the line of the page
            exec(compile(code, str(page), "exec"), namespace)
        elif block.language == "shell":
            run_shell(block, page)


def test_the_test_finds_blocks_and_reasons():
    page = "a\n\n```python\nx = 1\n```\n\n<!-- not run: needs a network -->\n```shell\ncurl x\n```\n"
    page += "\n```json\n{}\n```\n"
    assert blocks(page) == [
        Block("python", "x = 1\n", 4, None),
        Block("shell", "curl x\n", 9, "needs a network"),
        Block("json", "{}\n", 13, None),
    ]


def test_every_link_between_pages_leads_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"
