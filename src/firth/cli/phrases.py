"""`firth phrases`: words that belong together become one token."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.opening import check_file
from firth.cli.options import Force, Json
from firth.cli.output import print_json, print_line, printable, say
from firth.cli.train.command import Tokenizer
from firth.errors import OptionError

if TYPE_CHECKING:
    from firth.data.phrasetable import PhraseTable
    from firth.data.sequences import Sequences
    from firth.run import Run

__all__ = ["phrases"]


class Scoring(StrEnum):
    """How pairs of words are scored."""

    default = "default"
    npmi = "npmi"


def phrases(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS", help="Text, one sequence a line: files, globs, .gz .bz2 .xz .zst, or -."
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The text with its phrases joined; .gz .bz2 .xz .zst pack it."),
    ] = None,
    min_count: Annotated[int, typer.Option("--min-count", help="Rarer pairs are no phrases.")] = 5,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold", help="Pairs of a higher score are phrases: 10, or 0.5 with npmi, if not given."
        ),
    ] = None,
    scoring: Annotated[Scoring, typer.Option("--scoring", help="How pairs are scored.")] = Scoring.default,
    connectors: Annotated[
        str,
        typer.Option(
            "--connectors",
            help="Words that may stand within a phrase: english, or a list separated by commas.",
        ),
    ] = "",
    passes: Annotated[int, typer.Option("--passes", help="Two make phrases of up to four words.")] = 1,
    delimiter: Annotated[str, typer.Option("--delimiter", help="What joins the words of a phrase.")] = "_",
    use: Annotated[
        Path | None, typer.Option("--use", help="Join the phrases of this table instead of finding some.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="Write the table of the phrases to this file.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Show what other thresholds would join, with examples.")
    ] = False,
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Lower-case the text.")] = False,
    tokenizer: Annotated[
        Tokenizer, typer.Option("--tokenizer", help="Split at white space, or keep the runs of letters.")
    ] = Tokenizer.whitespace,
    threads: Annotated[int | None, typer.Option("--threads", help="Every core if not given.")] = None,
    work: Annotated[Path | None, typer.Option("--work", help="A folder for temporary files.")] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Find words that belong together, such as "new york", and join them: new_york."""
    if output is None and save is None and not report:
        raise OptionError(
            "nothing to do: name an output (-o), a table to save (--save), or ask for a --report"
        )
    if use is not None and report:
        raise OptionError("--report is about phrases to be found; with --use they are given")
    for path in (output, save):
        if path is not None:
            check_file(path, force=force)
    from firth.data.documents import read_documents
    from firth.data.phrases import Phrases
    from firth.data.phrasetable import PhraseTable
    from firth.data.writing import check_packing
    from firth.run import Run

    if output is not None:
        check_packing(output)
    recipe = Phrases(
        min_count=min_count,
        threshold=threshold,
        scoring=scoring.value,
        connectors="english" if connectors == "english" else [word for word in connectors.split(",") if word],
        passes=passes,
        delimiter=delimiter,
    )
    run = Run(threads=threads, work=work)
    table = None if use is None else PhraseTable.load(use)
    document: dict[str, Any] = {"recipe": dict(recipe.recipe if table is None else table.recipe)}
    with read_documents(  # lines stay lines, however long, also empty ones
        [Path(name) for name in corpus],
        lowercase=lowercase,
        tokenizer="words" if tokenizer is Tokenizer.words else None,
        threads=threads,
        work=work,
    ) as text:
        if report:
            ladder = recipe.ladder(text, run=run)
            document["ladder"] = ladder.to_dict()
            if not json:
                for line in str(ladder).splitlines():
                    print_line(printable(line))
        if table is None and not (output is None and save is None):
            table = recipe.find(text, run=run)
        if table is not None:
            document |= {"phrases": len(table), "report": dict(table.report)}
            if save is not None:
                table.save(save, force=force)
                document["table"] = str(save)
            if output is not None:
                joined = _join(table, text, output, run=run, force=force)
                document |= {"file": str(output), "joined": joined}
                if not quiet:
                    say(_summary(len(table), joined, output))
    if json:
        print_json(document)


def _join(table: PhraseTable, text: Sequences, path: Path, *, run: Run, force: bool) -> dict[str, int]:
    """Write the text with the phrases of the table joined, and say what became of it."""
    from firth.data.writing import lines_of, packed
    from firth.formats.atomic import replacing

    joined = table.apply(text, run=run)
    with joined, replacing(path, force=force) as file, packed(file, path) as out:
        for lines in lines_of(joined, threads=run.worker_count):
            out.write(lines)
    return {
        "tokens_before": int(text.offsets[-1]),
        "tokens": int(joined.offsets[-1]),
        "joined_tokens": joined.report.get("joined_tokens", 0),
        "vocabulary_before": len(text.vocabulary),
        "vocabulary": len(joined.vocabulary),
    }


def _summary(phrases: int, joined: dict[str, int], path: Path) -> str:
    before = joined["tokens_before"]
    return (
        f"{path}: {phrases:,} phrases; {before:,} tokens became {joined['tokens']:,}, "
        f"{joined['joined_tokens'] / before:.1%} of them in phrases; {joined['vocabulary']:,} different"
    )
