"""Who earned more than 50,000 dollars in 1994? A scikit-learn pipeline, with an encoder a kind of column.

Numbers are scaled, small categories get a column each, large ones become the mean of the target: for training
rows that of other rows, or the model would learn from its own answers. The grid search reaches the options of
the learners as it reaches those of the model.
"""

from __future__ import annotations

from pathlib import Path

import pandas
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

import firth
from firth.sklearn import Transformer, load


def main() -> None:
    people = pandas.read_csv(firth.datasets.adult()).sample(6000, random_state=1)
    rich = people.pop("income") == ">50K"
    X, X_test, y, y_test = train_test_split(people, rich, random_state=1, stratify=rich)

    columns = ColumnTransformer(
        [
            ("numbers", Transformer(firth.Standardize()), ["age", "education_num", "hr_per_week"]),
            ("gains", Transformer(firth.Quantile()), ["capital_gain", "capital_loss"]),
            ("few", Transformer(firth.OneHot(min_count=20)), ["marital", "sex", "race"]),
            ("many", Transformer(firth.Target()), ["occupation", "country"]),
        ]
    )
    pipeline = Pipeline([("columns", columns), ("model", LogisticRegression(max_iter=1000))])
    grid = {"columns__many__smooth": [1.0, 100.0], "columns__gains__levels": [10, 1000]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(X, y)
    print(f"best of {len(search.cv_results_['params'])}: {search.best_params_}")
    print(f"right on {search.score(X_test, y_test):.1%} of {len(y_test):,} new people")

    encoder = search.best_estimator_["columns"].named_transformers_["few"]
    print("one-hot columns:", ", ".join(encoder.get_feature_names_out()[:3]), "…")
    path = Path("few.safetensors")
    encoder.save(path, force=True)  # one checked file, no pickle
    names = ["marital", "sex", "race"]
    difference = load(path).transform(X_test[names]) - encoder.transform(X_test[names])
    print(f"kept in {path.stat().st_size:,} bytes; largest difference after loading: {abs(difference).max()}")


if __name__ == "__main__":
    main()
