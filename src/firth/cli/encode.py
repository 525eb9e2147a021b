"""`firth encode`: vectors of documents, words or rows of tables that come after training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.opening import check_file, check_output
from firth.cli.options import Force, Json
from firth.cli.output import print_json, say
from firth.cli.training import log_shown, undisturbed
from firth.errors import FormatError, OptionError

if TYPE_CHECKING:
    from firth.model import Model

__all__ = ["encode"]

FEATURES = (".safetensors", ".firth", ".features")
TABLES = {"Table", "SharedTable"}  # the learners whose models encode a table
NAMED = {"TfIdf", "Table", "SharedTable"}  # those whose rows are written as features


def encode(
    source: Annotated[Path, typer.Argument(metavar="MODEL", help="The model, as firth train wrote it.")],
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Documents, one a line, or words for a model of subwords: files, globs, a folder with a "
            "document a file, or - for stdin, as if none is given. For a model of tables, one table.",
        ),
    ] = None,
    *,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The file to write; .vec .npy .tsv choose other formats.")
    ],
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", help="Of docvec: passes over each document; those of its recipe."),
    ] = None,
    threads: Annotated[int | None, typer.Option("--threads", help="Every core if not given.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Where the random numbers of docvec start.")] = 1,
    work: Annotated[Path | None, typer.Option("--work", help="A folder for temporary files.")] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Encode documents, words or tables that a model was not trained on; documents and rows have numbers
    from 0."""
    from firth.model import load
    from firth.run import Run

    model = load(source)
    learner = model.recipe.get("learner")
    _check_output(output, named=learner in NAMED, force=force)
    if learner in TABLES:
        _encode_table(model, texts or [], output, force=force, quiet=quiet, json=json)
        return
    options: dict[str, Any] = {"run": Run(threads=threads, seed=seed, work=work)}
    if epochs is not None:
        if learner != "DocumentVectors":
            raise OptionError(f"--epochs is for a model of docvec; that of {learner} makes no passes")
        options["epochs"] = epochs
    paths = [Path(name) for name in texts or ["-"]]
    with log_shown(quiet=quiet):
        if "subwords" in model.spaces:
            ids: Any = _words(paths)
            matrix = model.encode(ids, **options)
        else:
            ids, matrix = _names(paths), model.encode(paths, **options)
    with undisturbed():
        _save(model, ids, matrix, output, force=force)
    rows, columns = matrix.shape
    if json:
        print_json({"model": str(source), "file": str(output), "ids": rows, "dim": columns})
    elif not quiet:
        say(f"{output}: {rows:,} rows of {columns:,} numbers")


def _encode_table(
    model: Model, names: list[str], output: Path, *, force: bool, quiet: bool, json: bool
) -> None:
    """Encode the rows of one table into a file of features."""
    from firth.data.features import Features

    if len(names) != 1:
        raise OptionError(f"a model of {model.recipe['learner']} encodes one table at a time: name its file")
    with log_shown(quiet=quiet):
        found = model.encode(names[0])
    features = found if isinstance(found, Features) else Features(found)
    with undisturbed():
        features.save(output, force=force)
    rows, columns = features.shape
    if json:
        print_json({"file": str(output), "ids": rows, "dim": columns, "report": features.report})
    elif not quiet:
        for column, counts in features.report.get("columns", {}).items():
            say(f"{column}: " + ", ".join(f"{count:,} {what}" for what, count in counts.items()))
        say(f"{output}: {rows:,} rows of {columns:,} numbers")


def _check_output(output: Path, *, named: bool, force: bool) -> None:
    """Refuse a file that could not be written in the end; see `firth.cli.opening.check_output`."""
    if not named:
        check_output(output, force=force)
        return
    if output.suffix not in FEATURES:
        raise OptionError(
            f"these rows have named columns and may be sparse, which {output.suffix or output.name} cannot "
            f"hold: name a file {' or '.join(FEATURES)}, which firth.Features.load reads"
        )
    check_file(output, force=force)


def _words(paths: list[Path]) -> list[str]:
    """The lines that are not empty, each once.

    Raises:
        FormatError: a file is not UTF-8.
    """
    from firth.data.sources import expand, file_chunks

    lines: list[str] = []
    for name in expand(paths):
        try:
            lines += b"".join(file_chunks([name])).decode("utf-8").split("\n")
        except UnicodeDecodeError as error:
            raise FormatError(f"is not UTF-8 ({error.reason})", path=name, offset=error.start) from error
    return [word for word in dict.fromkeys(line.strip() for line in lines) if word]


def _names(paths: list[Path]) -> Any:
    """The names of documents that are the files of a folder; None where they are lines."""
    from firth.data.documents import open_document_source

    return open_document_source(paths)[1] if any(path.is_dir() for path in paths) else None


def _save(model: Model, ids: Any, matrix: Any, output: Path, *, force: bool) -> None:
    """Write rows as vectors, and sparse ones as features with words as their names."""
    from firth.data.features import Features
    from firth.formats import write
    from firth.vectors import Vectors

    ids = range(matrix.shape[0]) if ids is None else ids
    if hasattr(matrix, "indptr"):
        Features(matrix, ids=ids, names=model.vectors.ids).save(output, force=force)
    else:
        known = model.vectors
        rows = Vectors(ids, matrix, metric=known.metric, fingerprint=known.fingerprint)
        write(rows, output, force=force)
