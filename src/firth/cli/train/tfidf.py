"""`firth train tfidf`, and the options that `firth train lsa` has too."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from firth.cli.train.command import trains
from firth.cli.train.options import MinCount, recipe
from firth.cli.training import Learner

__all__ = [
    "MaxDf",
    "MaxFeatures",
    "MinDf",
    "Norm",
    "NormName",
    "SmoothIdf",
    "SublinearTf",
    "UseIdf",
    "norm_of",
    "share",
    "tfidf",
]


class NormName(StrEnum):
    """What each document is divided by."""

    l2 = "l2"
    l1 = "l1"
    none = "none"


Norm: TypeAlias = Annotated[
    NormName, recipe("--norm", help="Give documents the length 1, the sum 1, or leave them.")
]
UseIdf: TypeAlias = Annotated[
    bool, recipe("--use-idf/--no-idf", help="Weigh words by how rare they are, or only count.")
]
SmoothIdf: TypeAlias = Annotated[
    bool, recipe("--smooth-idf/--plain-idf", help="Count one more document that holds every word, or not.")
]
SublinearTf: TypeAlias = Annotated[
    bool, recipe("--sublinear-tf", help="Count a word that occurs n times as 1 + ln n.")
]
MinDf: TypeAlias = Annotated[
    str, recipe("--min-df", help="Leave out words in fewer documents; 0.01 is one in a hundred.")
]
MaxDf: TypeAlias = Annotated[
    str, recipe("--max-df", help="Leave out words in more documents; 0.5 is every second one.")
]
MaxFeatures: TypeAlias = Annotated[
    int | None, recipe("--max-features", help="Of the words left, keep the N most frequent.")
]


def norm_of(name: NormName) -> str | None:
    """The value of the learner's field."""
    return None if name is NormName.none else name.value


def share(name: str, text: str) -> int | float:
    """A number of documents, or a share of them if there is a point in it.

    Raises:
        typer.BadParameter: it is no number.
    """
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise typer.BadParameter(
            f"{name} is a number of documents, such as 5, or a share of them, such as 0.05, not {text!r}"
        ) from None


@trains(documents=True)
def tfidf(
    *,
    norm: Norm = NormName.l2,
    use_idf: UseIdf = True,
    smooth_idf: SmoothIdf = True,
    sublinear_tf: SublinearTf = False,
    min_count: MinCount = 1,
    min_df: MinDf = "1",
    max_df: MaxDf = "1.0",
    max_features: MaxFeatures = None,
) -> Learner:
    """Learn how rare each word is in documents, one a line, to weigh words by (TF-IDF)."""
    from firth.learn.tfidf import TfIdf

    return TfIdf(
        norm=norm_of(norm),  # type: ignore[arg-type]
        use_idf=use_idf,
        smooth_idf=smooth_idf,
        sublinear_tf=sublinear_tf,
        min_count=min_count,
        min_df=share("--min-df", min_df),
        max_df=share("--max-df", max_df),
        max_features=max_features,
    )
