"""`firth evaluate`: how good vectors are, on sets of analogies and of graded pairs."""

from __future__ import annotations

from firth.cli.opening import open_model, open_sets
from firth.cli.options import Analogies, File, Json, Restrict, Similarities, Space
from firth.cli.reports import show_reports

__all__ = ["evaluate"]


def evaluate(
    file: File,
    *,
    analogies: Analogies = None,
    similarities: Similarities = None,
    restrict: Restrict = 30_000,
    space: Space = None,
    json: Json = False,
) -> None:
    """Measure vectors on analogies and on graded pairs, each figure with n, coverage and a 95 % interval.

    For a model of subwords, words of the graded pairs that it never saw are made from their n-grams.
    Without a set of your own: the Google analogies, WordSim-353 and MEN, which ship with Firth.
    """
    from firth import measure

    model, vectors = open_model(file, space=space)
    questions, pairs = open_sets(analogies, similarities)
    reports = [measure.analogy(vectors, some, restrict=restrict or None) for some in questions]
    if "subwords" in model.spaces and vectors is model.vectors:
        from firth.learn.subword import with_unseen

        vectors = with_unseen(model, {word for some in pairs for pair in some.pairs for word in pair})
    show_reports(
        [*reports, *(measure.similarity(vectors, some) for some in pairs)], json=json, file=str(file)
    )
