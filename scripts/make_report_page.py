"""Make the report of the demo that docs/report.md shows: docs/reports/demo.html and its picture.

usage: python scripts/make_report_page.py OUT_FOLDER

It runs `firth demo` with one thread, so that the vectors have the same bits again on one machine,
and `firth report` on what that made. The pictures are taken by Chromium, where that is installed, and made
small by Pillow; a machine with other fonts makes other pictures.

Writes OUT_FOLDER/demo.html, OUT_FOLDER/demo-light.png and OUT_FOLDER/demo-dark.png.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = "1200,1750"  # of the picture: the summary, the tasks and what is not known
THEMES = {"dark": 0, "light": 1}  # as Chromium numbers them


def make_page(folder: Path) -> Path:
    """Train, measure and write the page."""
    page = folder / "demo.html"
    with tempfile.TemporaryDirectory() as work:
        vectors = Path(work) / "firth-demo.safetensors"
        run("demo", "-q", "--threads", "1", "-o", str(vectors), "--json")
        run("report", str(vectors), "--name", "firth demo", "-o", str(page), "--force")
    return page


def run(*words: str) -> None:
    """One command of firth, as this interpreter has it."""
    subprocess.run([sys.executable, "-m", "firth", *words], check=True, stdout=subprocess.DEVNULL)


def take_pictures(page: Path) -> None:
    """The top of the page in both themes, if there is something to take pictures with."""
    from PIL import Image

    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        sys.stderr.write("no Chromium on the path: the pictures stay as they are\n")
        return
    for theme, number in THEMES.items():
        target = page.with_name(f"demo-{theme}.png")
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--window-size={SIZE}",
        ]
        options += [f"--blink-settings=preferredColorScheme={number}", f"--screenshot={target}"]
        subprocess.run([browser, *options, page.as_uri()], check=True, stderr=subprocess.DEVNULL)
        with Image.open(target) as picture:
            small = picture.convert("RGB").quantize(
                64,
                method=Image.Quantize.MAXCOVERAGE,  # keeps the few pixels of a verdict in their colour
                dither=Image.Dither.NONE,
            )
        small.save(target, optimize=True)


def main() -> None:
    """Read the arguments and do it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the page and the pictures go")
    folder = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    take_pictures(make_page(folder))


if __name__ == "__main__":
    main()
