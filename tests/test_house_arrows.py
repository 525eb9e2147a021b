"""The rooms know of each other in one direction only; see docs/design.md. Read off the syntax tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

# Which parts of firth the files of a room may import, lazily or not; "*" is everything.
# The nouns are the modules beside the rooms: vectors, model, hits, run.
NOUNS = {"vectors", "model", "hits", "run", "neighbours", "csls", "fingerprints", "kmeans", "parallel"}
GROUND = {"errors", "extras", "options", "kernels", "data"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "extras": {"errors"},
    "options": {"errors"},
    "kernels": {"kernels"},
    "data": GROUND | {"run", "formats", "tokenize"},
    "run": {"errors", "options"},
    "hits": {"data"},
    "neighbours": GROUND | {"hits"},
    "csls": GROUND | {"hits", "neighbours", "run"},
    "fingerprints": GROUND,
    "parallel": {"extras"},
    "kmeans": {"extras", "parallel"},
    "vectors": GROUND | {"fingerprints", "hits", "neighbours", "model"},
    "model": GROUND | {"vectors", "formats", "learn"},
    "learn": GROUND | NOUNS | {"learn", "formats", "__init__"},  # checkpoints are files, of one version
    "measure": GROUND
    | NOUNS
    | {"measure", "datasets", "formats", "__init__"},  # a report is a file, of one version
    "compress": GROUND | NOUNS | {"compress", "formats", "measure"},  # what is lost has an interval
    "index": GROUND
    | NOUNS
    | {
        "index",
        "compress",
        "formats",
        "measure",
        "__init__",
    },  # recall has an interval; a file is of one version
    "align": GROUND | NOUNS | {"align", "measure"},
    "formats": GROUND
    | NOUNS
    | {"formats", "compress", "__init__"},  # a file says which version of Firth wrote it
    "tokenize": GROUND | {"tokenize", "formats", "run"},
    "sklearn": GROUND | NOUNS | {"sklearn", "learn"},
    "datasets": {"errors", "extras", "data", "measure"},
    "testing": GROUND | NOUNS | {"testing", "compress", "index"},
    "cli": {"*"},
    "__init__": {"*"},
    "__main__": {"cli"},
}

# The arrows that point back, each with its reason. They may only be taken inside a function.
LAZY_ONLY = {
    ("model", "formats"),  # Model.save and load are the doors to the formats
    ("model", "learn"),  # Model.encode is the door to what a learner can do with unseen objects
    ("vectors", "model"),  # Vectors.save and Vectors.load go through a Model of one space
    ("data", "formats"),  # Edges.save and Edges.load, likewise
    ("data", "tokenize"),  # a model keeps which tokenizer its text was read with
    ("formats", "__init__"),
    ("formats", "compress"),  # a file may hold codes, which are decoded where vectors are asked for
}


def imports(path: Path) -> list[tuple[str, bool]]:
    """The parts of firth that a file imports, each with whether it does so inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    types_only = {id(n) for block in ast.walk(tree) if is_type_checking(block) for n in ast.walk(block)}
    found = []
    for node in ast.walk(tree):
        if id(node) in types_only:
            continue
        ours = [name for name in imported_names(node, path) if name.partition(".")[0] == "firth"]
        found += [(name.partition(".")[2].partition(".")[0] or "__init__", id(node) in lazy) for name in ours]
    return found


def imported_names(node: ast.AST, path: Path) -> list[str]:
    """The modules that one statement imports; `from firth import formats` imports firth.formats."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{path}:{node.lineno}: imports are written in full, from firth on"
        if node.module == "firth":
            return [f"firth.{alias.name}" for alias in node.names]
        return [node.module or ""]
    return []


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def room_of(path: Path, source: Path) -> str:
    """The room, or the module's own name for a file beside the rooms."""
    return path.relative_to(source).with_suffix("").parts[0]


def test_arrows_point_one_way(repository: Path):
    source = repository / "src/firth"
    wrong = []
    for path in sorted(source.rglob("*.py")):
        room = room_of(path, source)
        assert room in MAY_IMPORT, (
            f"{room} is a new room: say in MAY_IMPORT and in docs/design.md what it may import"
        )
        allowed = MAY_IMPORT[room]
        for target, lazy in imports(path):
            if "*" not in allowed and target not in allowed:
                wrong.append(f"{path.relative_to(source)} imports firth.{target}")
            if (room, target) in LAZY_ONLY and not lazy:
                wrong.append(f"{path.relative_to(source)} imports firth.{target} at the top")
    assert wrong == []


def test_the_test_sees_lazy_and_plain_imports(tmp_path: Path):
    path = tmp_path / "some.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nimport firth.cli.main\nfrom firth import learn\n"
        "if TYPE_CHECKING:\n    from firth import serve\n"
        "def f():\n    from firth.store.rows import row\n"
    )
    assert sorted(imports(path)) == [("cli", False), ("learn", False), ("store", True)]


@pytest.mark.parametrize("banned", ["pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal"])
def test_nothing_unpickles(repository: Path, banned: str):
    """A file of vectors must never be able to run code."""
    for path in sorted((repository / "src/firth").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = imported_names(node, path)
            assert banned not in {name.partition(".")[0] for name in names}, f"{path} imports {banned}"
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant) and node.value.value is False, (
                    f"{path}: allow_pickle"
                )


def test_no_assert_and_no_bare_except(repository: Path):
    """`python -O` removes asserts, and a bare except hides Ctrl-C."""
    for path in sorted((repository / "src/firth").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Assert), f"{path}:{node.lineno}: assert"
            bare = isinstance(node, ast.ExceptHandler) and node.type is None
            assert not bare, f"{path}:{getattr(node, 'lineno', 0)}: bare except"


def test_only_the_command_line_prints(repository: Path):
    source = repository / "src/firth"
    for path in sorted(source.rglob("*.py")):
        if room_of(path, source) == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
            assert not called, f"{path}:{getattr(node, 'lineno', 0)}: print"
