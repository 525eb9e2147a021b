"""The kernels that write vector code themselves, compiled for narrower processors than this one may be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import llvmlite.binding as llvm

features = llvm.get_host_cpu_features()
features.get = dict.fromkeys(sys.argv[1].split(","), True).get  # Numba itself asks for the rest
llvm.get_host_cpu_features = lambda: features
import pytest
from firth.kernels import lanes

assert int(sys.argv[2]) == lanes.LANES
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-W", "ignore", *sys.argv[3:]]))
"""


@pytest.mark.parametrize(("features", "lanes"), [("avx512f,avx", 16), ("avx", 8), ("neon", 4), ("sse2", 4)])
def test_every_vector_width_computes_the_same(features, lanes, tmp_path):
    here = Path(__file__).parent
    tests = [
        str(here / "test_tiles.py"),
        str(here / "test_ways.py"),
        str(here / "test_skipgram_kernel.py") + "::test_training_equals_its_twin",
        str(here / "test_objectives_kernel.py") + "::test_cbow_equals_its_twin",
        str(here / "test_docvec_kernel.py") + "::test_dbow_equals_its_twin",
    ]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, features, str(lanes), *tests],
        env={
            **os.environ,
            "NUMBA_CACHE_DIR": str(tmp_path),
            "NUMBA_CPU_NAME": "",
            "PYTHONWARNINGS": "ignore",
        },
        cwd=here.parent.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
