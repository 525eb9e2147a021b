"""`LSA`: latent semantic analysis, the TF-IDF of documents cut to few dimensions (Deerwester et al. 1990)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from firth.data.features import Features
from firth.errors import DataError
from firth.learn.parts import column_of, learner_of, space_of
from firth.learn.sparse import Rows
from firth.learn.svd import Decomposition, svd
from firth.learn.tfidf import TfIdf, weigh_unseen
from firth.model import Model
from firth.options import check_flag, check_real, check_whole
from firth.run import Run
from firth.vectors import Vectors

__all__ = ["LSA", "encode"]


@dataclass(frozen=True, kw_only=True)
class LSA:
    """Latent semantic analysis: the TF-IDF of the documents, cut to the directions in which it varies most.

    Attributes:
        dim: how many numbers a vector has; fewer where the documents or words do not span so many.
        whiten: divide each direction by its singular value, so that all count alike.
        norm, use_idf, smooth_idf, sublinear_tf, min_count, min_df, max_df, max_features: see `firth.TfIdf`.
        iterations, tolerance: how exactly the directions are found; see `firth.svd`.

    Raises:
        OptionError: a value is outside its range.

    Deerwester, Dumais, Furnas, Landauer and Harshman 1990, "Indexing by Latent Semantic Analysis". The
    vectors of documents are those of scikit-learn's TruncatedSVD after its TfidfVectorizer.

    >>> model = LSA(dim=2).fit(["cat dog", "dog cat cat", "car road", "road car car"])
    >>> model.vectors.most_similar(0, topn=1).ids
    [1]
    """

    dim: int = 100
    whiten: bool = False
    norm: Literal["l2", "l1"] | None = "l2"
    use_idf: bool = True
    smooth_idf: bool = True
    sublinear_tf: bool = False
    min_count: int = 1
    min_df: int | float = 1
    max_df: int | float = 1.0
    max_features: int | None = None
    iterations: int = 20
    tolerance: float = 1e-2

    def __post_init__(self) -> None:
        values: dict[str, Any] = {
            "dim": check_whole("dim", self.dim, 1, 65_536),
            "whiten": check_flag("whiten", self.whiten),
            "iterations": check_whole("iterations", self.iterations, 1, 10_000),
            "tolerance": check_real("tolerance", self.tolerance, 0, 1),
            **asdict(self.weighting),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)  # plain numbers, whatever kind they came as

    @property
    def weighting(self) -> TfIdf:
        """The recipe of the TF-IDF that is decomposed."""
        return TfIdf(**{field.name: getattr(self, field.name) for field in fields(TfIdf)})

    def fit(self, observations: Any, *, run: Run | None = None) -> Model:
        """Find the directions, and the vectors of the documents and words.

        With the TF-IDF X ≈ U Σ Vᵀ, documents are the rows of U Σ and words those of V Σ; if `whiten`, those
        of U and V.

        Args:
            observations: documents: `Sequences`, or whatever `firth.read_documents` takes.
            run: threads, the seed and the work folder.

        Returns:
            A model with the spaces "documents" (the main one), under their ids, and "words", with the columns
            "counts", "documents" and "idf". The singular values are in the `meta` of both. Its report has the
            share of the variance that each direction explains. `encode` folds in new documents.

        Raises:
            DataError: there is no document or no word, or no word is left.
            MemoryBudgetError: the counts or the vectors would not fit into memory.
        """
        run = run or Run()
        model, features = self.weighting.fit_transform(observations, run=run)
        found = svd(features.matrix, self.dim, iterations=self.iterations, tolerance=self.tolerance, run=run)
        ratio = _variance_ratio(features, found)
        left, right = found.left, found.right
        if not self.whiten:
            scale = found.values.astype(np.float32)
            left *= scale
            right *= scale
        idf = model.vectors
        meta = {**idf.meta, "singular_values": found.values.tolist()}
        columns = {**idf.columns, "idf": idf.matrix[:, 0]}
        report = {**model.report, **found.report, "explained_variance_ratio": ratio.tolist()}
        return Model(
            {
                "documents": Vectors(features.ids, left, meta=meta),
                "words": Vectors(idf.ids, right, columns=columns, meta=meta),
            },
            recipe={"learner": type(self).__name__, **asdict(self)},
            report=report,
        )


def encode(model: Model, objects: Any, *, run: Run | None = None) -> NDArray[np.float32]:
    """Fold in new documents: where they lie among those that the directions were found from.

    Args:
        model: of `LSA`.
        objects: `Sequences`, or whatever `firth.read_documents` takes; strings become tokens as those did
            that the model was fitted on.
        run: threads and the work folder.

    Returns:
        float32, (n, dim): x V for a document with the TF-IDF x (x V Σ⁻¹ if `whiten`); zeros for a document
        without a known word. How many there are is logged.

    Raises:
        DataError: the objects are no documents, or the parts of the model do not go together.
    """
    run = run or Run()
    words, learner = space_of(model, "words"), learner_of(model, LSA)
    values = _singular_values(words)
    table = weigh_unseen(objects, words, column_of(words, "idf"), learner.weighting, run=run)
    found = np.zeros((table.shape[0], words.dim), np.float32)
    Rows.of(table, threads=run.worker_count).add_product(words.matrix, found)
    # The rows of words are those of V Σ, or of V where documents are whitened: one Σ too many in either case.
    found /= values
    return found


def _singular_values(words: Vectors) -> NDArray[np.float32]:
    """Those in the `meta` of a model, float32, (dim,); DataError unless they can be divided by."""
    given = words.meta.get("singular_values")
    try:
        values = np.array(given, np.float32)
    except (TypeError, ValueError):
        values = np.empty(0, np.float32)
    if values.shape != (words.dim,) or not (np.isfinite(values) & (values > 0)).all():
        raise DataError(
            f"this model cannot encode: its 'singular_values' are not {words.dim} positive numbers"
        )
    return values


def _variance_ratio(features: Features, found: Decomposition) -> NDArray[np.float64]:
    """The variance of the documents in each direction, divided by that of all their words; float64, (k,)."""
    n, table = len(features), features.matrix
    total = found.energy / n - float(np.square(table.sum(axis=0, dtype=np.float64) / n).sum())
    means = found.left.mean(axis=0, dtype=np.float64)
    variances = found.values**2 * (1 / n - means**2)
    # Of documents that are all the same, what rounding to float32 leaves is no variance.
    varies = total > 1e-6 * found.energy / n
    return np.maximum(variances, 0) / total if varies else np.zeros_like(variances)
