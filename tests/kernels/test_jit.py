"""The cache of compiled kernels: used again, and dropped when any kernel file changes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import firth
from firth.kernels import jit

PROGRAM = """
from firth.kernels.hashing import look_up, build_index
import numpy as np
data, offsets, slots = np.frombuffer(b"ab", np.uint8), np.array([0, 1, 2]), np.empty(16, np.int64)
assert build_index(data, offsets, slots, np.ones(2, np.uint64)) == (-1, -1)
print(sum(build_index.stats.cache_hits.values()), sum(build_index.stats.cache_misses.values()))
"""


@pytest.fixture
def package(tmp_path):
    """A copy of the package that can be changed."""
    copy = tmp_path / "firth"
    shutil.copytree(Path(firth.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__", "files"))
    return copy


def hits_and_misses(package, **env):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(package.parent), **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_kernel_is_compiled_once_and_again_when_a_file_changes_that_it_is_made_of(package):
    assert hits_and_misses(package) == ["0", "1"]
    assert hits_and_misses(package) == ["1", "0"]
    change(package / "kernels" / "topk.py")  # which has nothing to do with it
    assert hits_and_misses(package) == ["1", "0"]
    change(package / "kernels" / "jit.py")
    assert hits_and_misses(package) == ["0", "1"]


def change(path):
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")


def test_a_kernel_is_made_of_the_files_that_it_imports_and_they_import():
    kernels = Path(firth.__file__).parent / "kernels"
    names = {path.name for path in jit._files(kernels / "skipgram.py")}
    shared = {"negative.py", "stream.py", "rows.py", "tiles.py", "lanes.py", "jit.py"}
    assert names == {"skipgram.py", *shared}


def test_without_a_folder_to_write_to_kernels_still_work(package, tmp_path):
    if os.geteuid() == 0:  # root may write anywhere: take the folders away by names that cannot be folders
        (package / "kernels" / "__pycache__").write_text("in the way", encoding="utf-8")
        blocked = tmp_path / "blocked"
        blocked.write_text("in the way", encoding="utf-8")
        env = {"HOME": str(blocked), "XDG_CACHE_HOME": str(blocked), "PYTHONDONTWRITEBYTECODE": "1"}
    else:
        (package / "kernels").chmod(0o555)
        env = {"HOME": str(tmp_path / "none"), "XDG_CACHE_HOME": str(package / "kernels")}
    assert hits_and_misses(package, **env)[0] == "0"


def test_everything_works_without_compilation(tmp_path):
    program = (
        "import warnings, firth; warnings.simplefilter('ignore', RuntimeWarning)\n"
        "text = [['to', 'be', 'or', 'not', 'to', 'be']] * 30\n"
        "learner = firth.SkipGram(dim=8, min_count=1, epochs=2, subsample=0)\n"
        "print(learner.fit(text, run=firth.Run(threads=1)).vectors.most_similar('be', topn=2))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("Hits('")
