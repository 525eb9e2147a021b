"""Any learner of Firth as a scikit-learn transformer: for pipelines, grid search and `ColumnTransformer`.

>>> import firth
>>> ages = Transformer(firth.Standardize())
>>> ages.fit_transform([[20.0], [30.0], [40.0]]).ravel().round(3).tolist()
[-1.225, 0.0, 1.225]
>>> ages.set_params(scale=False).get_params()["scale"]
False
"""

from __future__ import annotations

from firth.extras import require

require("sklearn", extra="table")  # before anything else, so that its lack is told with the way out

from firth.sklearn.keeping import load  # noqa: E402
from firth.sklearn.transformer import Transformer  # noqa: E402

__all__ = ["Transformer", "load"]
