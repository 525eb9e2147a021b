"""`firth train lsa`: documents and their words by singular vectors."""

from __future__ import annotations

from typing import Annotated

from firth.cli.train.command import trains
from firth.cli.train.options import Dim, MinCount, recipe
from firth.cli.train.tfidf import (
    MaxDf,
    MaxFeatures,
    MinDf,
    Norm,
    NormName,
    SmoothIdf,
    SublinearTf,
    UseIdf,
    norm_of,
    share,
)
from firth.cli.training import Learner

__all__ = ["Iterations", "Tolerance", "lsa"]

Iterations = Annotated[int, recipe("--iterations", help="Rounds of the decomposition at most.")]
Tolerance = Annotated[
    float, recipe("--tolerance", help="Stop when no singular value changes by more than this share.")
]


@trains(documents=True)
def lsa(
    *,
    dim: Dim = 100,
    whiten: Annotated[bool, recipe("--whiten", help="Let all directions count alike.")] = False,
    norm: Norm = NormName.l2,
    use_idf: UseIdf = True,
    smooth_idf: SmoothIdf = True,
    sublinear_tf: SublinearTf = False,
    min_count: MinCount = 1,
    min_df: MinDf = "1",
    max_df: MaxDf = "1.0",
    max_features: MaxFeatures = None,
    iterations: Iterations = 20,
    tolerance: Tolerance = 1e-2,
) -> Learner:
    """Embed documents, one a line, and their words by latent semantic analysis (Deerwester et al., 1990)."""
    from firth.learn.lsa import LSA

    return LSA(
        dim=dim,
        whiten=whiten,
        norm=norm_of(norm),  # type: ignore[arg-type]
        use_idf=use_idf,
        smooth_idf=smooth_idf,
        sublinear_tf=sublinear_tf,
        min_count=min_count,
        min_df=share("--min-df", min_df),
        max_df=share("--max-df", max_df),
        max_features=max_features,
        iterations=iterations,
        tolerance=tolerance,
    )
