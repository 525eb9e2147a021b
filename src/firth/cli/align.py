"""`firth align`: maps between spaces, fitted, applied and measured; and what moving to a new model costs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firth.cli.opening import check_file, check_output, open_vectors
from firth.cli.options import Force, Json
from firth.cli.output import print_json, say
from firth.cli.reports import show_reports
from firth.errors import OptionError

if TYPE_CHECKING:
    from firth.align import Alignment

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Map one space into another: fit, apply, evaluate; move to a new model."
)

MapFile = Annotated[
    Path, typer.Argument(metavar="MAP", help="What firth align fit or firth align adapter wrote.")
]
Output = Annotated[Path, typer.Option("-o", "--output", help="The file to write.")]
Source = Annotated[Path, typer.Argument(metavar="SOURCE", help="Vectors of the space that is mapped.")]
Target = Annotated[Path, typer.Argument(metavar="TARGET", help="Vectors of the space it is mapped into.")]


class Method(StrEnum):
    """The learners of a map."""

    procrustes = "procrustes"
    ridge = "ridge"
    low_rank = "low-rank"
    rcsls = "rcsls"
    self_learning = "self-learning"
    unsupervised = "unsupervised"


class Retrieval(StrEnum):
    """How translations are found."""

    csls = "csls"
    nn = "nn"


@app.callback()
def verbs() -> None:
    """Map one space into another: fit, apply, evaluate; move to a new model."""


@app.command()
def fit(
    source: Source,
    target: Target,
    *,
    output: Output,
    dictionary: Annotated[
        Path | None,
        typer.Option("--dictionary", help="A file of pairs, source word first; the shared ids if not given."),
    ] = None,
    method: Annotated[Method, typer.Option("--method", help="How the map is found.")] = Method.procrustes,
    centre: Annotated[
        bool | None,
        typer.Option("--centre/--no-centre", help="Take each space's mean away; as the method likes it."),
    ] = None,
    rank: Annotated[
        int | None, typer.Option("--rank", min=1, help="Of low-rank: through how many dimensions.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of self-learning and unsupervised.")] = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Fit a map from one space into another, by pairs of words or by the ids that both have.

    Only unsupervised needs neither. The report says how many pairs were used and left out.
    """
    check_file(output, force=force)
    learner = _learner(method, centre=centre, rank=rank, seed=seed)
    if method is Method.unsupervised and dictionary is not None:
        raise OptionError("unsupervised takes no --dictionary; self-learning starts from one")
    a, b = open_vectors(source), open_vectors(target)
    if method is Method.unsupervised:
        alignment = learner.fit(a, b)
    else:
        alignment = learner.fit(a, b, dictionary)
    alignment.save(output, force=force)
    report = dict(alignment.report)
    if json:
        print_json({"file": str(output), "recipe": dict(alignment.recipe), "report": report})
        return
    notes = report.pop("notes", [])
    numbers = [f"{name.replace('_', ' ')} {_shown(value)}" for name, value in report.items()]
    say(f"{output}: {alignment!r}; {', '.join(numbers)}")
    for note in notes:
        say(note)


@app.command()
def apply(
    map: MapFile,
    vectors: Annotated[Path, typer.Argument(metavar="VECTORS", help="Vectors of the mapped space.")],
    *,
    output: Output,
    inverse: Annotated[
        bool, typer.Option("--inverse", help="Map back, from the target into the source.")
    ] = False,
    force: Force = False,
    json: Json = False,
) -> None:
    """Map vectors of the source, also those that the map was not fitted to, into the target space.

    Vectors of any other space are refused: files carry the fingerprint of their space.
    """
    check_output(output, force=force)
    from firth.align import load
    from firth.formats import write

    alignment = load(map)
    mapped = _inverted(alignment, inverse).apply(open_vectors(vectors))
    write(mapped, output, force=force)
    if json:
        print_json({"file": str(output), "ids": len(mapped), "dim": mapped.dim, "space": mapped.fingerprint})
    else:
        say(f"{output}: {len(mapped):,} vectors of {mapped.dim} numbers in the space {mapped.fingerprint}")


@app.command()
def evaluate(
    map: MapFile,
    source: Source,
    target: Target,
    dictionary: Annotated[
        Path, typer.Argument(metavar="DICTIONARY", help="Pairs that the map was not fitted to.")
    ],
    *,
    retrieval: Annotated[
        Retrieval, typer.Option("--retrieval", help="By CSLS, or the nearest by the cosine.")
    ] = Retrieval.csls,
    restrict: Annotated[
        int, typer.Option("--restrict", min=0, help="Keep to the N most frequent words; 0 takes all.")
    ] = 200_000,
    inverse: Annotated[
        bool, typer.Option("--inverse", help="Use the map backwards; SOURCE is then the mapped side.")
    ] = False,
    json: Json = False,
) -> None:
    """Translate the words of a dictionary through a map: how often is one of the nearest right?"""
    from firth.align import load
    from firth.measure.lexicon import lexicon

    report = lexicon(
        open_vectors(source),
        open_vectors(target),
        dictionary,
        alignment=_inverted(load(map), inverse),
        method=retrieval.value,
        restrict=restrict or None,
    )
    show_reports([report], json=json, map=str(map))


@app.command()
def adapter(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="Vectors of the old model: the index.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Vectors of the new model; a sample will do.")],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Keep the map, for firth align apply.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, help="How many shared objects to use; all if not given.")
    ] = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", help="Vectors of the new model to ask with: real queries.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many neighbours are looked at.")] = 10,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the split into parts.")] = 1,
    force: Force = False,
    json: Json = False,
) -> None:
    """Map a new model's vectors into the index of an old one, and say how much of retrieval that keeps."""
    if output is not None:
        check_file(output, force=force)
    from firth.align.moving import adapter as fit_adapter

    moved = fit_adapter(
        open_vectors(old),
        open_vectors(new),
        sample,
        queries=None if queries is None else open_vectors(queries),
        k=k,
        seed=seed,
    )
    if output is not None:
        moved.save(output, force=force)
        if not json:
            say(f"{output}: {moved.alignment!r}")
    show_reports([moved.report], json=json, file=None if output is None else str(output))


def _inverted(alignment: Alignment, inverse: bool) -> Alignment:
    return alignment.inverse() if inverse else alignment


def _learner(method: Method, *, centre: bool | None, rank: int | None, seed: int | None) -> Any:
    """The learner of a method with the options that were given; one that it does not heed is refused."""
    from firth import align

    learners: dict[Method, Any] = {
        Method.procrustes: align.Procrustes,
        Method.ridge: align.Ridge,
        Method.low_rank: align.LowRank,
        Method.rcsls: align.RCSLS,
        Method.self_learning: align.SelfLearning,
        Method.unsupervised: align.Unsupervised,
    }
    heeded = {"rank": {Method.low_rank}, "seed": {Method.self_learning, Method.unsupervised}}
    options = {"centre": centre, "rank": rank, "seed": seed}
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name in heeded and method not in heeded[name]:
            raise OptionError(
                f"--{name} is for {' and '.join(sorted(heeded[name]))}; {method.value} has none"
            )
    return learners[method](**given)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
