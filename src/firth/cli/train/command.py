"""What every `firth train` command does: read, train, save; and the options for it.

A command itself is only a function from the options of a recipe to a learner; `trains` adds the rest.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.opening import check_output, text_lines
from firth.cli.options import Force, Json
from firth.cli.output import print_json
from firth.cli.training import Learner, train_and_save
from firth.errors import OptionError

if TYPE_CHECKING:
    from firth.data.sequences import Sequences
    from firth.run import Run

__all__ = ["Tokenizer", "reading_options", "trains"]


class Tokenizer(StrEnum):
    """How text becomes tokens."""

    whitespace = "whitespace"
    words = "words"


def _reading(*names: str, help: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="Reading the corpus")


def _running(*names: str, help: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel="The run")


def reading_options(
    *,
    lowercase: Annotated[bool, _reading("--lowercase", help="Lower-case the text.")] = False,
    tokenizer: Annotated[
        Tokenizer,
        _reading("--tokenizer", help="Split at white space, or keep the runs of letters."),
    ] = Tokenizer.whitespace,
    max_size: Annotated[int | None, _reading("--max-size", help="Keep the N most frequent words.")] = None,
    min_length: Annotated[int, _reading("--min-length", help="Leave out words of fewer characters.")] = 1,
    keep: Annotated[Path | None, _reading("--keep", help="Words to keep however rare, one a line.")] = None,
    drop: Annotated[Path | None, _reading("--drop", help="Words to leave out, one a line.")] = None,
) -> dict[str, Any]:
    """The options of `read_text` and `read_documents` from those of a command."""
    return {
        "lowercase": lowercase,
        "tokenizer": None if tokenizer is Tokenizer.whitespace else tokenizer.value,
        "max_size": max_size,
        "min_length": min_length,
        "keep": _lines(keep, lowercase=lowercase),
        "drop": _lines(drop, lowercase=lowercase),
    }


def _run(
    *,
    threads: Annotated[
        int | None, _running("--threads", help="Every core if not given; 1 is bit-identical for a seed.")
    ] = None,
    seed: Annotated[int, _running("--seed", help="Where the random numbers start.")] = 1,
    checkpoint: Annotated[
        Path | None, _running("--checkpoint", help="A folder for checkpoints, so that --resume can go on.")
    ] = None,
    checkpoint_every: Annotated[
        float, _running("--checkpoint-every", help="Seconds between checkpoints.")
    ] = 60.0,
    resume: Annotated[
        bool, _running("--resume", help="Go on from the last checkpoint; replaces the output.")
    ] = False,
    work: Annotated[Path | None, _running("--work", help="A folder for temporary files.")] = None,
    quiet: Annotated[bool, _running("-q", "--quiet", help="Say nothing but errors.")] = False,
) -> Any:
    """The `Run` that the options of a command ask for."""
    from firth.run import Run

    return Run(
        threads=threads,
        seed=seed,
        progress=False if quiet else None,
        checkpoint=checkpoint,
        checkpoint_every=checkpoint_every,
        resume=resume,
        work=work,
    )


def _start(
    *,
    start: Annotated[
        Path | None, _running("--start", help="A trained model to go on from: its words keep their vectors.")
    ] = None,
    anchor: Annotated[
        float,
        _running("--anchor", help="How strongly the old words are held where they were; inf freezes them."),
    ] = 0.0,
) -> dict[str, Any]:
    """What `fit` takes to go on from another model.

    Raises:
        OptionError: an anchor without a start.
    """
    from firth.learn.continuing import check_anchor
    from firth.model import load

    anchor = check_anchor(anchor, start)
    return {} if start is None else {"start": load(start), "anchor": anchor}


def _files(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS",
            help="Text, one sequence (or document) a line: files, globs, .gz .bz2 .xz .zst, or - for stdin.",
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="The file to write; .txt .vec .bin .npy .tsv choose a foreign format."
        ),
    ],
    force: Force = False,
    json: Json = False,
) -> None:
    """Only for its signature."""


def trains(
    *, documents: bool = False, goes_on: bool = False
) -> Callable[[Callable[..., Learner]], Callable[..., None]]:
    """Make a command of a function that takes the options of a recipe and returns the learner.

    Args:
        documents: whether a line of the corpus is a document, which is never split nor left out.
        goes_on: whether `fit` takes `start` and `anchor`.
    """

    def decorate(make: Callable[..., Learner]) -> Callable[..., None]:
        groups: list[Callable[..., Any]] = [reading_options, _run, *([_start] if goes_on else [])]

        @functools.wraps(make)
        def command(*, corpus: list[str], output: Path, force: bool, json: bool, **options: Any) -> None:
            def of(function: Callable[..., Any]) -> dict[str, Any]:
                return {name: options[name] for name in inspect.signature(function).parameters}

            force = force or options["resume"]  # an interrupted run has left its vectors there
            check_output(output, force=force)
            from firth.learn.checkpoint import refuse_old

            learner = make(**of(make))
            run = _run(**of(_run))
            _check_checkpoint(learner, run)
            refuse_old(run)  # before the corpus is read, which may take a while
            more = _start(**of(_start)) if goes_on else {}
            reading = reading_options(**of(reading_options))
            if "start" in more:  # its words stay, however rare they are here
                known = more["start"].spaces.get("words", more["start"].vectors).ids
                reading["keep"] = {*(reading["keep"] or ()), *map(str, known)} - set(reading["drop"] or ())
            with _read(corpus, learner, reading, documents=documents, run=run) as sequences:
                model = train_and_save(
                    learner, sequences, output, run=run, force=force, quiet=options["quiet"], **more
                )
            if json:
                print_json({"file": str(output), "recipe": model.recipe, "report": model.report})

        signature = _joined(_files, make, *groups)
        command.__signature__ = signature  # type: ignore[attr-defined]
        command.make = make  # type: ignore[attr-defined]
        command.__annotations__ = {name: p.annotation for name, p in signature.parameters.items()}
        return command

    return decorate


def _read(
    corpus: list[str], learner: Any, options: dict[str, Any], *, documents: bool, run: Run
) -> Sequences:
    from firth.data.text import read_text

    paths = [Path(name) for name in corpus]
    options |= {"min_count": learner.min_count, "threads": run.threads, "work": run.work}
    if documents:
        from firth.data.documents import read_documents

        return read_documents(paths, **options)
    return read_text(paths, **options)


def _check_checkpoint(learner: Learner, run: Run) -> None:
    """Refuse checkpoints of a learner that has no epochs to go on from. Raises OptionError."""
    if run.checkpoint is not None and not hasattr(learner, "epochs"):
        name = type(learner).__name__
        raise OptionError(f"--checkpoint: {name} is made in one go and has no checkpoints; leave it out")


def _joined(*functions: Callable[..., Any]) -> inspect.Signature:
    """One signature with the parameters of several functions: first what has no default."""
    parameters = [
        parameter
        for function in functions
        for parameter in inspect.signature(function, eval_str=True).parameters.values()
    ]
    named = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    return inspect.Signature(named)


def _lines(path: Path | None, *, lowercase: bool) -> list[str] | None:
    """The lines of a word list that are not empty, lower-cased if the text is.

    Raises:
        FormatError: the file is not UTF-8.
    """
    if path is None:
        return None
    lines = (line.strip() for line in text_lines(path))
    return [line.lower() if lowercase else line for line in lines if line]
