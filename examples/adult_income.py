"""Who earns more than 50,000 dollars? 32 numbers a person, learnt without the income, beside one-hot.

A shared table learns a vector for every value of every column of the census from the company of values alone.
A person is the mean of the vectors of her values. A logistic regression then learns the income from that and,
to compare, from one column for each value. Both are asked about people whom nothing was learnt from.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import firth
from firth import datasets


def one_hot(rows: firth.Sequences) -> csr_array:
    ones = np.ones(rows.tokens.size, np.float32)
    return csr_array((ones, rows.tokens, rows.offsets), shape=(len(rows), len(rows.vocabulary)))


def main() -> None:
    table = firth.read_table(datasets.adult())
    is_rich = table["income"].values.to_numpy() == ">50K"
    is_test = np.random.default_rng(1).random(table.rows) < 0.3
    train, test = (
        {name: column.values.filter(part) for name, column in table.items()} for part in (~is_test, is_test)
    )
    # fnlwgt says how many people a row stands for, and income is what we are after.
    known = [name for name in table if name not in ("fnlwgt", "income")]
    seen = firth.column_values(train, only=known)
    unseen = firth.column_values(test, **seen.report["again"]).over(seen.vocabulary)

    model = firth.SharedTable(dim=32, rows=4096).fit(seen, run=firth.Run(threads=1))
    for value in ("education=Masters", "country=Mexico", "occupation=Tech-support"):
        print(f"near to {value} are", ", ".join(model.vectors.most_similar(value, topn=3).ids))

    inputs = {
        "one-hot": (one_hot(seen), one_hot(unseen)),
        "shared table": (model.encode(train, pool="mean").matrix, model.encode(test, pool="mean").matrix),
    }
    for name, (known_people, others) in inputs.items():
        regression = make_pipeline(StandardScaler(with_mean=False), LogisticRegression(max_iter=2000))
        regression.fit(known_people, is_rich[~is_test])
        area = roc_auc_score(is_rich[is_test], regression.decision_function(others))
        print(f"{name}: {others.shape[1]} numbers a person, area under the curve {area:.3f}")


if __name__ == "__main__":
    main()
