"""The public names: all there, sorted, loaded only when asked for, each with a docstring."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import firth

PUBLIC = [
    "CBOW",
    "LSA",
    "PPMI",
    "Binary",
    "ByteTokenizer",
    "CharacterTokenizer",
    "Codebook",
    "Columns",
    "CountSketch",
    "DocumentVectors",
    "Edges",
    "Features",
    "Frequency",
    "GloVe",
    "Hashing",
    "Hits",
    "Integers",
    "LatLong",
    "Model",
    "Normalize",
    "OneHot",
    "Ordinal",
    "Periodic",
    "PhraseTable",
    "Phrases",
    "Quantile",
    "Robust",
    "RuleTokenizer",
    "Run",
    "Sequences",
    "SharedTable",
    "SkipGram",
    "Standardize",
    "Strings",
    "SubwordCBOW",
    "SubwordSkipGram",
    "SubwordTokenizer",
    "Table",
    "Target",
    "TfIdf",
    "Vectors",
    "Vocabulary",
    "WeightedMean",
    "align",
    "column_values",
    "compress",
    "cooccur",
    "datasets",
    "errors",
    "formats",
    "index",
    "load",
    "measure",
    "pmi",
    "read_documents",
    "read_table",
    "read_text",
    "sklearn",
    "svd",
    "tokenize",
]


def run_python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_public_names_are_these_and_sorted():
    """A change here is a change of the public interface: it belongs into CHANGELOG.md."""
    assert firth.__all__ == PUBLIC
    assert sorted(PUBLIC, key=constants_and_classes_first) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_loads_and_says_what_it_is(name: str):
    assert inspect.getdoc(getattr(firth, name))
    assert name in dir(firth)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'word2vec'"):
        firth.word2vec  # noqa: B018


def test_nothing_else_leaks():
    """Names of a fresh `import firth` that a user could take for public ones."""
    leaked = run_python(
        "import firth; print([n for n in vars(firth) if not n.startswith('_') and n not in firth.__all__])"
    )
    assert set(ast.literal_eval(leaked)) <= {"annotations", "importlib", "Any", "TYPE_CHECKING"}


def test_names_load_lazily():
    loaded = run_python("import firth, sys; print(sorted(m for m in sys.modules if m.startswith('firth')))")
    assert ast.literal_eval(loaded) == ["firth"]


def test_every_public_module_names_what_it_exports(repository: Path):
    """Every module that defines something has an __all__: sorted, each name once, and each is there."""
    wrong = []
    for path in sorted((repository / "src/firth").rglob("*.py")):
        if path.name == "__main__.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names, module = exported(tree), module_of(path, repository / "src")
        if names is None:
            wrong += [f"{module} has no __all__"] if public_definitions(tree) else []
            continue
        if sorted(set(names), key=constants_and_classes_first) != names:
            wrong.append(f"{module}: __all__ is not sorted, or holds a name twice")
        wrong += [f"{module} has no {name!r}" for name in missing(names, module)]
    assert wrong == []


def test_the_test_sees_a_name_that_is_not_there():
    assert missing(["Hits", "Misses"], "firth.hits") == ["Misses"]
    assert exported(ast.parse("x = 1")) is None
    assert exported(ast.parse("__all__ = ['b', 'a']")) == ["b", "a"]
    assert sorted(["a", "Format", "FORMATS"], key=constants_and_classes_first) == ["FORMATS", "Format", "a"]


def module_of(path: Path, source: Path) -> str:
    """The dotted name of the module in a file."""
    return ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def missing(names: list[str], module: str) -> list[str]:
    """The names that a module neither defines nor imports."""
    return [name for name in names if not hasattr(importlib.import_module(module), name)]


def constants_and_classes_first(name: str) -> tuple[int, str]:
    """The order that Ruff keeps in an __all__: constants, classes, and the others."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def exported(tree: ast.Module) -> list[str] | None:
    """The strings of a module's __all__, None if it has none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets):
            return list(ast.literal_eval(node.value))
    return None


def public_definitions(tree: ast.Module) -> list[tuple[str, ast.AST]]:
    """Public functions and classes of a module, and the public methods of its public classes."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found: list[tuple[str, ast.AST]] = []
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            found.append((node.name, node))
            if isinstance(node, ast.ClassDef):
                found += [
                    (f"{node.name}.{inner.name}", inner)
                    for inner in node.body
                    if isinstance(inner, kinds) and not inner.name.startswith("_") and not is_overload(inner)
                ]
    return found


def is_overload(node: ast.AST) -> bool:
    return any(getattr(d, "id", "") == "overload" for d in getattr(node, "decorator_list", []))


def test_everything_public_has_a_docstring(repository: Path):
    """A method that answers to a protocol may leave the words to the protocol."""
    source = repository / "src/firth"
    bare = [
        f"{path.relative_to(repository)}: {name}"
        for path in sorted(source.rglob("*.py"))
        for name, node in public_definitions(ast.parse(path.read_text(encoding="utf-8")))
        if not is_overload(node) and not ast.get_docstring(node)  # type: ignore[arg-type]
        if "." not in name or not inherited_docstring(f"firth.{module_of(path, source)}", *name.split("."))
    ]
    assert bare == []


def inherited_docstring(module: str, kind: str, method: str) -> str | None:
    """What a base class says about a method."""
    return inspect.getdoc(getattr(getattr(importlib.import_module(module), kind), method))


def test_every_module_says_what_it_is(repository: Path):
    bare = [
        str(path.relative_to(repository))
        for path in sorted((repository / "src/firth").rglob("*.py"))
        if len(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "") < 20
    ]
    assert bare == []
