"""Every outcome of a command: its exit code and at most one line on stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from calling import Firth

import firth as package
from firth.cli.outcome import explain
from firth.cli.output import print_json
from firth.errors import DataError, ExistsError, FormatError, MemoryBudgetError, OptionError, UnknownIdError

COMMANDS = (
    "train",
    "similar",
    "analogy",
    "similarity",
    "evaluate",
    "compare",
    "drift",
    "align",
    "convert",
    "inspect",
    "phrases",
    "demo",
)


def run_process(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own."""
    command = [sys.executable, "-m", "firth", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_version(firth: Firth):
    assert firth("--version") == (0, f"firth {package.__version__}\n", "")


@pytest.mark.parametrize(
    "command", [(), *((c,) for c in COMMANDS), ("train", "skipgram"), ("align", "fit")], ids=" ".join
)
def test_every_command_has_help(firth: Firth, command: tuple[str, ...]):
    done = firth(*command, "--help")
    assert done.code == 0
    assert "Usage: " in done.out
    assert done.err == ""


def test_the_help_lists_every_command(firth: Firth):
    out = firth("--help").out
    assert [command for command in COMMANDS if command not in out] == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("bogus",), "No such command 'bogus'; see firth --help"),
        (("similar",), "Missing argument 'FILE'; see firth similar --help"),
        (("similar", "x", "y", "--bogus"), "No such option: --bogus"),
        (("train",), "a command is missing; see firth train --help"),
        ((), "a command is missing; see firth --help"),
    ],
)
def test_wrong_usage_is_2_and_one_line(firth: Firth, words: tuple[str, ...], message: str):
    done = firth(*words)
    assert done.code == 2
    assert message in done.err
    assert done.err.startswith("firth: error: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (OptionError("dim is 1 to 10000, not 0"), 2, "dim is 1 to 10000, not 0"),
        (DataError("the source is\nempty"), 1, "the source is empty"),
        (FormatError("bad header", path="a.bin", offset=8), 1, "a.bin, byte 8: bad header"),
        (UnknownIdError("'kin' is not here"), 1, "'kin' is not here"),
        (ExistsError("a.bin is there already; --force overwrites it"), 1, "--force overwrites it"),
        (MemoryBudgetError("needs 9 GB of 4 GB"), 1, "needs 9 GB of 4 GB"),
        (MemoryError(), 1, "out of memory"),
        (FileNotFoundError(2, "No such file or directory", "a.txt"), 1, "a.txt: no such file or directory"),
        (OSError(28, "No space left on device"), 1, "no space left on device"),
        (KeyboardInterrupt(), 130, ""),
        (TypeError("oops"), 1, "TypeError: oops (this is a bug: --debug shows where)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_what_an_error_means(error: BaseException, code: int, line: str):
    found_code, found_line = explain(error)
    assert found_code == code
    assert line in found_line
    assert "\n" not in found_line


@pytest.mark.parametrize("how", ["before", "after", "environment"])
def test_a_traceback_only_when_asked_for(
    firth: Firth, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
):
    words = ["similar", tmp_path / "missing", "x"]
    assert "Traceback" not in firth(*words).err
    if how == "environment":
        monkeypatch.setenv("FIRTH_DEBUG", "1")
    else:
        words = ["--debug", *words] if how == "before" else [*words, "--debug"]
    done = firth(*words)
    assert done.code == 1
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("firth: error: ")


def test_a_process_ends_with_the_code(tmp_path: Path):
    done = run_process("inspect", tmp_path / "missing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"firth: error: {tmp_path / 'missing'}: no such file or directory\n"


def test_a_closed_pipe_is_quiet(toy_file: Path):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        command = [sys.executable, "-m", "firth", "similar", str(toy_file), "king"]
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 1


@pytest.mark.parametrize("words", ["similar FILE king", "similarity FILE king queen", "inspect FILE --json"])
def test_a_closed_stdout_is_quiet(toy_file: Path, words: str):
    command = f"exec {sys.executable} -m firth {words.replace('FILE', str(toy_file))} >&-"
    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")


def test_what_needs_no_stdout_works_with_it_closed(toy_file: Path, tmp_path: Path):
    command = f"exec {sys.executable} -m firth convert {toy_file} {tmp_path / 'out.vec'} >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert (tmp_path / "out.vec").exists()


def test_json_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]):
    given = {"a\x9b2Jb": "\x7f\x85\x1b ü"}
    print_json(given)
    out = capsys.readouterr().out
    assert json.loads(out) == given
    assert '"a\\u009b2Jb": "\\u007f\\u0085\\u001b ü"' in out


def test_help_loads_no_room():
    """`firth --help` answers at once since it imports neither NumPy nor a compiler."""
    code = (
        "import sys; from firth.cli.main import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded & {"numpy", "numba", "scipy"} == set()
