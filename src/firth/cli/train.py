"""`firth train LEARNER`: from a corpus to a file of vectors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from firth.cli.opening import check_output
from firth.cli.options import Force, Json
from firth.cli.output import print_json
from firth.cli.training import train_and_save
from firth.errors import FormatError

__all__ = ["app", "skipgram"]

app = typer.Typer(no_args_is_help=True, help="Train vectors; one command a learner.")


def _option(panel: str, *names: str, help: str) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=panel)


class Tokenizer(StrEnum):
    """How text becomes tokens."""

    whitespace = "whitespace"
    words = "words"


RECIPE, READING, RUNNING = "The recipe", "Reading the corpus", "The run"


@app.callback()
def learners() -> None:
    """Train vectors; one command a learner."""  # a group even while there is one learner only


@app.command()
def skipgram(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS",
            help="Text, one sequence a line: files, globs, .gz .bz2 .xz .zst, or - for stdin.",
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="The file to write; .txt .vec .bin .npy .tsv choose a foreign format."
        ),
    ],
    # The defaults of the recipe are those of firth.SkipGram; a test holds them together.
    dim: Annotated[int, _option(RECIPE, "--dim", help="Numbers a vector has.")] = 100,
    window: Annotated[int, _option(RECIPE, "--window", help="Neighbours to each side that are context.")] = 5,
    negative: Annotated[int, _option(RECIPE, "--negative", help="Noise words for each pair.")] = 5,
    subsample: Annotated[
        float,
        _option(RECIPE, "--subsample", help="Words more frequent than this are thinned out; 0 keeps all."),
    ] = 1e-3,
    min_count: Annotated[int, _option(RECIPE, "--min-count", help="Rarer words are left out.")] = 5,
    ns_exponent: Annotated[
        float, _option(RECIPE, "--ns-exponent", help="Noise words are drawn by count to this power.")
    ] = 0.75,
    learning_rate: Annotated[
        float, _option(RECIPE, "--learning-rate", help="Step size at the start.")
    ] = 0.025,
    min_learning_rate: Annotated[
        float, _option(RECIPE, "--min-learning-rate", help="Step size at the end; the decay is linear.")
    ] = 1e-4,
    epochs: Annotated[int, _option(RECIPE, "--epochs", help="Passes over the corpus.")] = 5,
    dynamic_window: Annotated[
        bool,
        _option(
            RECIPE, "--dynamic-window/--fixed-window", help="Draw each window from 1 to --window, or keep it."
        ),
    ] = True,
    lowercase: Annotated[bool, _option(READING, "--lowercase", help="Lower-case the text.")] = False,
    tokenizer: Annotated[
        Tokenizer, _option(READING, "--tokenizer", help="Split at white space, or keep the runs of letters.")
    ] = Tokenizer.whitespace,
    max_size: Annotated[
        int | None, _option(READING, "--max-size", help="Keep the N most frequent words.")
    ] = None,
    keep: Annotated[
        Path | None, _option(READING, "--keep", help="Words to keep however rare, one a line.")
    ] = None,
    drop: Annotated[Path | None, _option(READING, "--drop", help="Words to leave out, one a line.")] = None,
    threads: Annotated[
        int | None,
        _option(RUNNING, "--threads", help="Every core if not given; 1 is bit-identical for a seed."),
    ] = None,
    seed: Annotated[int, _option(RUNNING, "--seed", help="Where the random numbers start.")] = 1,
    checkpoint: Annotated[
        Path | None,
        _option(RUNNING, "--checkpoint", help="A folder for checkpoints, so that --resume can go on."),
    ] = None,
    checkpoint_every: Annotated[
        float, _option(RUNNING, "--checkpoint-every", help="Seconds between checkpoints.")
    ] = 60.0,
    resume: Annotated[
        bool, _option(RUNNING, "--resume", help="Go on from the last checkpoint; replaces the output.")
    ] = False,
    work: Annotated[Path | None, _option(RUNNING, "--work", help="A folder for temporary files.")] = None,
    quiet: Annotated[bool, _option(RUNNING, "-q", "--quiet", help="Say nothing but errors.")] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Train skip-gram vectors with negative sampling (Mikolov et al., 2013)."""
    force = force or resume  # an interrupted run has left its vectors there
    check_output(output, force=force)
    from firth.data.text import read_text
    from firth.learn.checkpoint import refuse_old
    from firth.learn.skipgram import SkipGram
    from firth.run import Run

    learner = SkipGram(
        dim=dim,
        window=window,
        negative=negative,
        subsample=subsample,
        min_count=min_count,
        ns_exponent=ns_exponent,
        learning_rate=learning_rate,
        min_learning_rate=min_learning_rate,
        epochs=epochs,
        dynamic_window=dynamic_window,
    )
    run = Run(
        threads=threads,
        seed=seed,
        progress=False if quiet else None,
        checkpoint=checkpoint,
        checkpoint_every=checkpoint_every,
        resume=resume,
        work=work,
    )
    refuse_old(run)  # before the corpus is read, which may take a while
    with read_text(
        [Path(name) for name in corpus],
        lowercase=lowercase,
        tokenizer="words" if tokenizer is Tokenizer.words else None,
        min_count=min_count,
        max_size=max_size,
        keep=_lines(keep, lowercase=lowercase),
        drop=_lines(drop, lowercase=lowercase),
        threads=threads,
        work=work,
    ) as sequences:
        model = train_and_save(learner, sequences, output, run=run, force=force, quiet=quiet)
    if json:
        print_json({"file": str(output), "recipe": model.recipe, "report": model.report})


def _lines(path: Path | None, *, lowercase: bool) -> list[str] | None:
    """The lines of a word list that are not empty, lower-cased if the text is.

    Raises:
        FormatError: the file is not UTF-8.
    """
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"is not UTF-8 ({error.reason})", path=path, offset=error.start) from error
    lines = (line.strip() for line in text.splitlines())
    return [line.lower() if lowercase else line for line in lines if line]
