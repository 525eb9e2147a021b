"""`firth demo`: the whole way on the text that ships with Firth: train, evaluate, query."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.opening import check_output, open_sets
from firth.cli.options import Force, Json
from firth.cli.output import print_json, print_line, print_table, say
from firth.cli.reports import show_reports
from firth.cli.training import train_and_save

if TYPE_CHECKING:
    from firth.vectors import Vectors

__all__ = ["demo"]

WORDS = ("france", "physics", "queen", "guitar", "river", "war")
QUESTIONS = (
    ("king", "queen", "prince"),
    ("brother", "sister", "son"),
    ("france", "paris", "japan"),
    ("japan", "japanese", "china"),
    ("he", "his", "she"),
)


def demo(
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the vectors go.")] = Path(
        "firth-demo.safetensors"
    ),
    dim: Annotated[int, typer.Option("--dim", help="Numbers a vector has.")] = 100,
    epochs: Annotated[int, typer.Option("--epochs", help="Passes over the text.")] = 10,
    threads: Annotated[int | None, typer.Option("--threads", help="Every core if not given.")] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Show no progress.")] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Train on a slice of Wikipedia, evaluate and look around: under a minute, and no network."""
    check_output(output, force=force)
    from firth import datasets, measure
    from firth.data.text import read_text
    from firth.learn.skipgram import SkipGram
    from firth.run import Run

    if not quiet:
        say("A slice of English Wikipedia, three million words. The first run also compiles: some seconds.")
    # A small text wants wide windows, large steps and many passes; on a large one the defaults do better.
    learner = SkipGram(dim=dim, epochs=epochs, window=8, min_count=10, learning_rate=0.05)
    run = Run(threads=threads, progress=False if quiet else None)
    with read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=10) as sequences:
        model = train_and_save(learner, sequences, output, run=run, force=force, quiet=quiet)
    questions, pairs = open_sets(None, None)
    reports: list[Any] = [measure.analogy(model.vectors, some) for some in questions]
    reports += [measure.similarity(model.vectors, some) for some in pairs]
    neighbours, answers = _neighbours(model.vectors), _answers(model.vectors)
    if json:
        print_json(
            {
                "file": str(output),
                "reports": [report.to_dict() for report in reports],
                "neighbours": neighbours,
                "analogies": answers,
            }
        )
        return
    show_reports(reports, json=False)
    print_line()
    print_table(
        ("word", "nearest"),
        [(row["word"], ", ".join(row["nearest"])) for row in neighbours],
        title="Who keeps company with whom",
    )
    print_line()
    print_table(
        ("question", "answers"),
        [("{a} : {b} = {c} : ?".format(**row), ", ".join(row["answers"])) for row in answers],
        title="Analogies",
    )
    _say_what_next(output)


def _neighbours(vectors: Vectors) -> list[dict[str, Any]]:
    """The six nearest words of each of WORDS that was learnt."""
    words = [word for word in WORDS if word in vectors]
    return [
        {"word": word, "nearest": hits.ids}
        for word, hits in zip(words, vectors.search(words, topn=6), strict=True)
    ]


def _answers(vectors: Vectors) -> list[dict[str, Any]]:
    """The three best answers to each of QUESTIONS whose words were all learnt."""
    return [
        {"a": a, "b": b, "c": c, "answers": vectors.most_similar([b, c], [a], topn=3).ids}
        for a, b, c in QUESTIONS
        if all(word in vectors for word in (a, b, c))
    ]


def _say_what_next(output: Path) -> None:
    file = shlex.quote(str(output))
    say("")
    say("The vectors are real and yours. What next:")
    for line in (
        f"firth similar {file} einstein london",
        f"firth analogy {file} france paris egypt",
        f"firth report {file} -o report.html",
        "firth train skipgram YOUR.txt --lowercase --tokenizer words -o yours.safetensors",
        f"firth compare {file} yours.safetensors",
    ):
        say(f"  {line}")
