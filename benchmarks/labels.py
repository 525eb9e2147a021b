"""Labels: k-means with its scores, the probe and the figures of links, Firth beside scikit-learn.

python benchmarks/labels.py [--items 11000] [--dim 100] [--classes 20] [--repeats 5] [--results FILE]

The items are drawn around the centres of their classes, with as much noise as leaves a probe about three
quarters right. Both programs get the same rows, the same numbers of seeds, folds and resamples, and the same
penalty, run in turn in this process, and are measured by the clock. Beside the times stands what they found,
which must be alike. k-means is run from one k-means++ start a seed (Lloyd's algorithm in both); the probe
brings columns to mean 0 and spread 1 on each training part; figures of resamples are those of weighted items.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn import metrics
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from firth import Vectors
from firth.measure.clusterscores import scores_of
from firth.measure.kmeans import kmeans
from firth.measure.probe import Probe
from firth.measure.rankscores import area_under_curve, average_precision
from firth.measure.sets import LabelledItems
from rows import Rows

SEEDS, FOLDS, L2, RESAMPLES = 3, 5, 10.0, 50
Found = dict[str, float]


def main() -> None:
    """Run both programs in turn and keep the rows."""
    options = arguments()
    rows = Rows("labels", path=options.results)
    points, classes = problem(options.items, options.dim, options.classes)
    size = f"{options.items:,} × {options.dim}"
    tasks: dict[str, tuple[Callable[..., Found], Callable[..., Found]]] = {
        f"k-means, {size}, k = {options.classes}, {SEEDS} seeds": (kmeans_firth, kmeans_sklearn),
        f"scores of {SEEDS} clusterings, {options.items:,} items": (scores_firth, scores_sklearn),
        f"probe, {size}, {options.classes} classes, {FOLDS} folds": (probe_firth, probe_sklearn),
        f"AUC and precision, {options.items:,} pairs, {RESAMPLES} resamples": (links_firth, links_sklearn),
    }
    for ours, _ in tasks.values():
        ours(points[:500], classes[:500])  # compiles and loads what it needs
    for _, (task, both) in itertools.product(range(options.repeats), tasks.items()):
        for program, run in zip(("firth", "scikit-learn"), both, strict=True):
            started = time.perf_counter()
            found = run(points, classes)
            rows.add(task, program, time.perf_counter() - started, "s", lower_is_better=True)
            for name, value in found.items():
                rows.add(f"{name}: {task}", program, value, "", lower_is_better=name == "inertia")
    rows.show()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, default=11_000)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--classes", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, help="where to append the rows")
    return parser.parse_args()


def problem(n: int, dim: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Items around the centres of their classes: float32, (n, dim), and int64, (n,)."""
    random = np.random.default_rng(0)
    classes = random.integers(0, count, n)
    centres = random.standard_normal((count, dim)) * 1.4 / np.sqrt(dim / 10)
    return (centres[classes] + 1.5 * random.standard_normal((n, dim))).astype(np.float32), classes


def kmeans_firth(points: np.ndarray, classes: np.ndarray) -> Found:
    """Cluster with Firth."""
    found = [kmeans(points, classes.max() + 1, seed=i).inertia for i in range(SEEDS)]
    return {"inertia": float(np.mean(found))}


def kmeans_sklearn(points: np.ndarray, classes: np.ndarray) -> Found:
    """Cluster with scikit-learn."""
    one = [KMeans(classes.max() + 1, n_init=1, random_state=i, algorithm="lloyd") for i in range(SEEDS)]
    return {"inertia": float(np.mean([kmeans.fit(points).inertia_ for kmeans in one]))}


def clusterings(classes: np.ndarray) -> list[np.ndarray]:
    """Clusters that agree with the classes on half of the items."""
    random = np.random.default_rng(1)
    half = random.random((SEEDS, classes.size)) < 0.5
    return list(np.where(half, classes, random.integers(0, classes.max() + 1, half.shape)))


def scores_firth(points: np.ndarray, classes: np.ndarray) -> Found:
    """All figures of some clusterings, by Firth."""
    del points
    found = [scores_of(one, classes) for one in clusterings(classes)]
    return {"V-measure": float(np.mean([one["V-measure"] for one in found]))}


def scores_sklearn(points: np.ndarray, classes: np.ndarray) -> Found:
    """The same, by scikit-learn; purity from its contingency table."""
    del points
    found = []
    for one in clusterings(classes):
        found.append(metrics.homogeneity_completeness_v_measure(classes, one)[2])
        metrics.adjusted_rand_score(classes, one)
        metrics.cluster.contingency_matrix(classes, one).max(axis=0).sum()
    return {"V-measure": float(np.mean(found))}


def probe_firth(points: np.ndarray, classes: np.ndarray) -> Found:
    """Predict every item with Firth."""
    items = LabelledItems(name="items", items=tuple(range(len(points))), labels=tuple(map(str, classes)))
    task = Probe(labelled=items, folds=FOLDS, l2=L2)
    return {"accuracy": task.outcomes(Vectors(range(len(points)), points))[0].value_over()}


def probe_sklearn(points: np.ndarray, classes: np.ndarray) -> Found:
    """Predict every item with scikit-learn."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1 / L2, max_iter=1000))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1)
    return {"accuracy": float((cross_val_predict(model, points, classes, cv=folds) == classes).mean())}


def scored(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, which of them are right, and the weights of resamples."""
    random = np.random.default_rng(2)
    right = random.random(len(points)) < 0.5
    weights = random.multinomial(len(points), np.full(len(points), 1 / len(points)), RESAMPLES)
    return random.standard_normal(len(points)) + right, right, weights.astype(np.float64)


def links_firth(points: np.ndarray, classes: np.ndarray) -> Found:
    """Both figures of every resample, by Firth."""
    del classes
    scores, right, weights = scored(points)
    items = np.arange(len(scores))
    area, precision = (figure(right) for figure in (area_under_curve, average_precision))
    found = [(area(scores, items, w[None])[0], precision(scores, items, w[None])[0]) for w in weights]
    return dict(zip(("AUC", "average precision"), np.mean(found, axis=0).tolist(), strict=True))


def links_sklearn(points: np.ndarray, classes: np.ndarray) -> Found:
    """The same, by scikit-learn."""
    del classes
    scores, right, weights = scored(points)
    found = [
        (
            metrics.roc_auc_score(right, scores, sample_weight=w),
            metrics.average_precision_score(right, scores, sample_weight=w),
        )
        for w in weights
    ]
    return dict(zip(("AUC", "average precision"), np.mean(found, axis=0).tolist(), strict=True))


if __name__ == "__main__":
    main()
