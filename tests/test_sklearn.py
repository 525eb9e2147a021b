"""firth.sklearn: what scikit-learn does with transformers, done with ours, on real tables and texts."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array, issparse

pytest.importorskip("sklearn")

from sklearn import clone, config_context, preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline

import firth
from firth.errors import DataError, ExistsError, FormatError, OptionError
from firth.sklearn import Transformer, load

TEXTS = ["the cat sat on the mat", "a dog ran", "the dog sat", "rates rose and shares fell"] * 5


@pytest.fixture(scope="module")
def adult():
    """(X, y): two thousand people as a frame of pandas, and whether they earn more than 50,000 dollars."""
    pandas = pytest.importorskip("pandas")
    people = pandas.read_csv(firth.datasets.adult()).iloc[:2000]
    rich = (people.pop("income") == ">50K").to_numpy()
    return people, rich


def columns(**options) -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("scaled", Transformer(firth.Standardize()), ["age", "education_num", "hr_per_week"]),
            ("few", Transformer(firth.OneHot()), ["sex", "race"]),
            ("many", Transformer(firth.Target()), ["occupation", "country"]),
        ],
        **options,
    )


# --- pipelines and searches ----------------------------------------------------------------------------


def test_a_pipeline_of_column_transformers_predicts_and_names_its_columns(adult):
    X, y = adult
    pipeline = make_pipeline(columns(), LogisticRegression(max_iter=1000))
    scores = cross_val_score(pipeline, X, y, cv=3)
    assert scores.mean() > max(y.mean(), 1 - y.mean()) + 0.02
    names = pipeline.fit(X, y)[0].get_feature_names_out().tolist()
    assert names[:4] == ["scaled__age", "scaled__education_num", "scaled__hr_per_week", "few__sex=Female"]
    assert names[-2:] == ["many__occupation share of True", "many__country share of True"]
    assert pipeline[0].transform(X).shape == (2000, len(names))


def test_one_hot_rows_stay_sparse_in_a_column_transformer(adult):
    X, y = adult
    encoded = columns(sparse_threshold=1.0).fit(X, y).transform(X)
    assert issparse(encoded)
    dense = columns(sparse_threshold=0.0).fit(X, y).transform(X)
    np.testing.assert_array_equal(encoded.toarray(), dense)


def test_a_grid_search_reaches_the_options_of_the_learner(adult):
    X, y = adult
    pipeline = Pipeline([("encoder", Transformer(firth.Target())), ("model", LogisticRegression())])
    search = GridSearchCV(pipeline, {"encoder__smooth": [1.0, 1e9], "encoder__folds": [2, 3]}, cv=3)
    search.fit(X[["occupation", "education"]], y)
    assert search.best_params_["encoder__smooth"] == 1.0  # so much smoothing leaves no difference
    assert search.best_estimator_[0].learner == firth.Target(**_plain(search.best_params_))
    scores = search.cv_results_["mean_test_score"]
    assert scores.max() > scores.min() + 0.01


def test_a_grid_search_may_choose_the_learner():
    X = np.array([["a"], ["b"]] * 30, object)  # equally frequent, so that how often they occur says nothing
    pipeline = make_pipeline(Transformer(), LogisticRegression())
    learners = [firth.Frequency(), firth.OneHot()]
    search = GridSearchCV(pipeline, {"transformer__learner": learners}, cv=2).fit(X, X[:, 0] == "a")
    assert search.best_params_["transformer__learner"] == firth.OneHot()
    assert search.best_score_ == 1.0


def _plain(params: dict) -> dict:
    return {name.removeprefix("encoder__"): value for name, value in params.items()}


def test_a_table_infers_what_each_column_needs(adult):
    X, y = adult
    pipeline = make_pipeline(Transformer(), LogisticRegression(max_iter=2000)).fit(X, y)
    assert pipeline.score(X, y) > 0.82
    assert pipeline[0].model_.recipe["learner"] == "Table"


# --- numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("learner", "peer"),
    [
        (firth.Standardize(), preprocessing.StandardScaler()),
        (firth.Normalize(), preprocessing.MinMaxScaler()),
        (firth.Robust(), preprocessing.RobustScaler()),
        (firth.Quantile(levels=50), preprocessing.QuantileTransformer(n_quantiles=50, subsample=None)),
        (firth.OneHot(), preprocessing.OneHotEncoder()),
        (firth.Target(smooth=5.0, folds=4), preprocessing.TargetEncoder(smooth=5.0)),
    ],
    ids=lambda one: type(one).__name__,
)
def test_numbers_are_those_of_scikit_learn(learner, peer):
    random = np.random.default_rng(1)
    X = np.floor(random.normal(10, 5, (200, 3)))
    y = X[:, 0] + random.normal(size=200)
    ours = Transformer(learner, sparse=False).fit(X, y)
    expected = peer.fit(X, y).transform(X)
    expected = expected.toarray() if issparse(expected) else expected
    assert ours.transform(X).dtype == np.float64
    np.testing.assert_allclose(ours.transform(X), expected, rtol=1e-12, atol=1e-12)


def test_training_rows_do_not_see_their_own_target():
    random = np.random.default_rng(2)
    X, y = random.integers(0, 150, (300, 1)), random.integers(0, 2, 300)  # noise, in categories of two rows
    transformer = Transformer(firth.Target(smooth=0.0))
    cross_fitted = transformer.fit_transform(X, y)[:, 0]
    naive = transformer.fit(X, y).transform(X)[:, 0]
    assert np.corrcoef(naive, y)[0, 1] > 0.6
    assert np.corrcoef(cross_fitted, y)[0, 1] < 0.15
    fitted = firth.Target(smooth=0.0).fit_transform({"x0": X[:, 0]}, target=y)
    np.testing.assert_allclose(cross_fitted, fitted.features.matrix[:, 0], rtol=1e-6)


def test_float32_is_half_as_large():
    X = np.random.default_rng(3).normal(size=(50, 2))
    full, half = Transformer(firth.Robust()), Transformer(firth.Robust(), dtype="float32")
    assert half.fit_transform(X).dtype == np.float32
    np.testing.assert_allclose(half.fit_transform(X), full.fit_transform(X), rtol=1e-6)


def test_rows_may_be_asked_to_be_sparse_or_dense():
    X = [["a"], ["b"], ["a"]]
    assert issparse(Transformer(firth.OneHot()).fit_transform(X))
    assert isinstance(Transformer(firth.OneHot(), sparse=False).fit_transform(X), np.ndarray)
    assert issparse(Transformer(firth.Frequency(), sparse=True).fit_transform(X))
    assert isinstance(Transformer(firth.TfIdf(), sparse=False).fit_transform(TEXTS), np.ndarray)


# --- frames and names ----------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_go_in_and_come_out(adult, library):
    frames = pytest.importorskip(library)
    X = adult[0][["age", "sex"]]
    X = X if library == "pandas" else frames.from_pandas(X)
    table = firth.Table(columns={"age": firth.Standardize(), "sex": firth.OneHot()})
    transformer = Transformer(table, sparse=False).set_output(transform=library)
    found = transformer.fit_transform(X)
    assert isinstance(found, frames.DataFrame)
    assert list(found.columns) == ["age", "sex=Female", "sex=Male"]
    assert list(transformer.feature_names_in_) == ["age", "sex"]
    np.testing.assert_array_equal(
        found.to_numpy(), clone(transformer).set_output(transform="default").fit_transform(X)
    )


def test_a_frame_keeps_its_index():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"age": [1.0, 2.0, 3.0]}, index=["x", "y", "z"])
    found = Transformer(firth.Standardize()).set_output(transform="pandas").fit_transform(X)
    assert list(found.index) == ["x", "y", "z"]


@pytest.mark.parametrize("how", ["set_output", "config"])
def test_a_frame_of_sparse_rows_is_refused_with_the_way_out(how):
    transformer = Transformer(firth.OneHot())
    with pytest.raises(DataError, match=r"no sparse rows, and these are 2 columns.*sparse=False"):
        if how == "set_output":
            transformer.set_output(transform="pandas").fit_transform([["a"], ["b"]])
        else:
            with config_context(transform_output="polars"):
                transformer.fit_transform([["a"], ["b"]])


def test_columns_without_names_are_called_by_those_that_are_given():
    X = np.array([["a", "x"], ["b", "y"]], object)
    transformer = Transformer(firth.OneHot()).fit(X)
    assert transformer.get_feature_names_out().tolist() == ["x0=a", "x0=b", "x1=x", "x1=y"]
    assert transformer.get_feature_names_out(["city", "x0"]).tolist() == ["city=a", "city=b", "x0=x", "x0=y"]
    taken = ColumnTransformer([("one", Transformer(firth.OneHot()), [1])]).fit(X)
    assert taken.get_feature_names_out().tolist() == ["one__x1=x", "one__x1=y"]


def test_a_frame_with_numbers_for_names_is_like_an_array():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({0: ["a", "b", "c"], 1: [1, 2, 2]})
    transformer = Transformer(firth.Frequency()).fit(X)
    assert not hasattr(transformer, "feature_names_in_")
    assert transformer.get_feature_names_out(["p", "q"]).tolist() == ["p share", "q share"]


def test_numbers_beside_text_in_rows_stay_numbers():
    transformer = Transformer(firth.Table(columns={"x0": firth.OneHot(), "x1": firth.Standardize()}))
    assert transformer.fit_transform([["a", 1.0], ["b", 3.0]])[:, -1].tolist() == [-1.0, 1.0]


# --- the way back --------------------------------------------------------------------------------------


def test_the_way_back_gives_numbers_or_objects():
    X = np.array([[1.0, 20.0], [np.nan, 30.0], [4.0, 50.0]])
    transformer = Transformer(firth.Standardize()).fit(X)
    back = transformer.inverse_transform(transformer.transform(X))
    assert back.dtype == np.float64
    np.testing.assert_allclose(back, X)
    words = np.array([["a", 1], ["b", 2], [None, 2]], object)
    transformer = Transformer(firth.OneHot()).fit(words)
    back = transformer.inverse_transform(transformer.transform(words))
    assert back.tolist() == words.tolist()


def test_where_there_is_no_way_back_the_reason_is_given():
    transformer = Transformer(firth.Frequency()).fit([["a"], ["b"]])
    with pytest.raises(DataError, match="'x0' does not come back: there is no way back"):
        transformer.inverse_transform([[0.5]])


# --- options -------------------------------------------------------------------------------------------


def test_options_of_the_learner_are_options_of_the_transformer():
    transformer = Transformer(firth.Target(), dtype="float32")
    assert transformer.get_params()["smooth"] == "auto"
    assert set(transformer.get_params(deep=False)) == {"learner", "dtype", "sparse", "run"}
    assert transformer.set_params(smooth=2.0, folds=7, sparse=False) is transformer
    assert transformer.learner == firth.Target(smooth=2.0, folds=7)
    assert transformer.sparse is False
    copy = clone(transformer)
    assert copy.get_params() == transformer.get_params()
    assert not hasattr(copy, "model_")
    assert Transformer().set_params(rest="drop").learner == firth.Table(rest="drop")


def test_a_table_takes_dtype_and_sparse_from_the_transformer():
    table = firth.Table(columns={"x0": firth.OneHot()}, sparse=True, dtype="float32")
    found = Transformer(table).fit_transform([["a"], ["b"]])
    assert issparse(found)
    assert found.dtype == np.float64
    assert not issparse(Transformer(table, sparse=False).fit_transform([["a"], ["b"]]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Transformer(firth.Target()).set_params(smoth=1), "Target has no option 'smoth'; .* smooth"),
        (lambda: Transformer(firth.Target()).set_params(folds=1), "folds is a whole number from 2"),
        (lambda: Transformer("onehot").fit([[1]]), "learner is a learner such as .*, not 'onehot'"),
        (lambda: Transformer(firth.OneHot).fit([[1]]), "learner is a learner such as"),
        (lambda: Transformer("onehot").set_params(drop=None), "learner is a learner such as"),
        (lambda: Transformer(dtype="int8").fit([[1]]), "dtype is 'float64' or 'float32', not 'int8'"),
        (lambda: Transformer(sparse="yes").fit([[1]]), "sparse is True or False, not 'yes'"),
    ],
)
def test_options_that_do_not_exist_or_fit_are_named(make, message):
    with pytest.raises(OptionError, match=message):
        make()


# --- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("learner", "X", "error", "message"),
    [
        (firth.Standardize(), [[1.0], [np.inf]], DataError, "'x0' holds inf in row 1"),
        (
            firth.Standardize(),
            np.array([["a"], ["b"]], object),
            ValueError,
            "could not convert string to float",
        ),
        (firth.Standardize(), [1.0, 2.0], ValueError, "Expected 2D array, got 1D array"),
        (firth.Standardize(), csr_array(np.eye(2)), TypeError, "[Ss]parse data was passed"),
        (firth.Standardize(), np.empty((0, 2)), ValueError, r"Found array with 0 sample\(s\)"),
        (firth.OneHot(), [[{"a": 1}], ["b"]], TypeError, "row 0 of column x0 is a dict"),
        (
            firth.LatLong(),
            np.eye(3),
            DataError,
            r"LatLong takes 2 columns together, and X has 3 feature\(s\)",
        ),
        (firth.LatLong(), [[0.0, 0.0], [95.0, 0.0]], DataError, "'x0' holds 95 in row 1"),
        (firth.Table(), [["same"], ["same"]], DataError, "constant"),
    ],
)
def test_input_that_cannot_be_used_is_refused(learner, X, error, message):
    with pytest.raises(error, match=message):
        Transformer(learner).fit(X)


def test_an_empty_frame_is_refused():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DataError, match="no row"):
        Transformer(firth.OneHot()).fit(pandas.DataFrame({"a": []}))


def test_a_target_is_asked_for_and_looked_at():
    X = [["a"], ["b"], ["a"], ["b"]]
    with pytest.raises(DataError, match="requires y to be passed, but the target y is None"):
        Transformer(firth.Target()).fit(X)
    with pytest.raises(DataError, match="y has 3 values for the 4 rows of X"):
        Transformer(firth.Target()).fit(X, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="Input y contains NaN"):
        Transformer(firth.Target()).fit(X, [1.0, 2.0, 3.0, np.nan])
    Transformer(firth.OneHot()).fit(X, [1.0])  # which does not look at it


@pytest.mark.parametrize(
    ("values", "dtype", "plain"),
    [
        ([1, 2, 3], "Int64", "int64"),
        ([True, False, True], "boolean", "bool"),
        ([0.5, 1, 2], "Float64", "float64"),
    ],
)
def test_a_nullable_target_is_what_it_is_without_nulls(values, dtype, plain):
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"a": list("xyz") * 6})
    y = pandas.Series(values * 6, dtype=plain)
    expected = Transformer(firth.Target(folds=2))
    rows = expected.fit_transform(X, y)
    for other in (y.astype(dtype), y.astype(dtype).to_frame(), y.to_numpy()[:, None]):
        transformer = Transformer(firth.Target(folds=2))
        np.testing.assert_array_equal(transformer.fit_transform(X, other), rows)
        assert transformer.get_feature_names_out().tolist() == expected.get_feature_names_out().tolist()
    for absent in (
        pandas.Series([*values, None] * 6, dtype=dtype),
        pandas.Series(["a", None] * 12, dtype="string"),
    ):
        with pytest.raises(DataError, match=r"the target .* holds no value in row [13], one of"):
            Transformer(firth.Target(folds=2)).fit(pandas.DataFrame({"a": list("xyzz") * 6}), absent)


def test_a_table_that_was_read_is_a_table(adult):
    X = adult[0][["age", "sex"]]
    transformer = Transformer().fit(firth.read_table(X))
    assert transformer.feature_names_in_.tolist() == ["age", "sex"]
    np.testing.assert_array_equal(transformer.transform(X), Transformer().fit_transform(X))
    with pytest.raises(ValueError, match="feature names should match"):
        transformer.transform(firth.read_table(X[["sex", "age"]]))


def test_a_transformer_fitted_to_text_forgets_the_table_before():
    transformer = Transformer(firth.OneHot()).fit(firth.read_table({"a": ["x", "y"]}))
    transformer.learner = firth.TfIdf()
    transformer.fit(TEXTS)
    assert not hasattr(transformer, "n_features_in_")
    assert not hasattr(transformer, "feature_names_in_")
    assert "cat" in transformer.get_feature_names_out()


def test_columns_are_held_to_those_of_the_fit(adult):
    X, _ = adult
    transformer = Transformer(firth.OneHot()).fit(X[["sex", "race"]])
    with pytest.raises(ValueError, match="feature names should match"):
        transformer.transform(X[["race", "sex"]])
    with pytest.raises(ValueError, match="X has 1 features, but Transformer is expecting 2"):
        Transformer(firth.OneHot()).fit(X[["sex", "race"]].to_numpy()).transform(X[["sex"]].to_numpy())


def test_an_array_stands_for_a_frame_with_the_same_columns(adult):
    X = adult[0][["sex", "race"]]
    transformer = Transformer(firth.Ordinal()).fit(X)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):  # as scikit-learn's own do
        by_place = transformer.transform(X.to_numpy())
    np.testing.assert_array_equal(by_place, transformer.transform(X))
    with pytest.warns(UserWarning, match="X has feature names"):
        Transformer(firth.Ordinal()).fit(X.to_numpy()).transform(X)


@pytest.mark.parametrize("method", ["transform", "inverse_transform", "get_feature_names_out", "save"])
def test_nothing_is_done_before_the_fit(method):
    arguments = [] if method == "get_feature_names_out" else [[[1.0]]]
    with pytest.raises(NotFittedError, match="This Transformer instance is not fitted yet"):
        getattr(Transformer(firth.Standardize()), method)(*arguments)


# --- texts ---------------------------------------------------------------------------------------------

OVER_TEXT = [
    firth.TfIdf(),
    firth.LSA(dim=2),
    firth.DocumentVectors(dim=4, min_count=1),
    firth.SkipGram(dim=4, min_count=1),
]


@pytest.mark.parametrize("learner", OVER_TEXT, ids=lambda learner: type(learner).__name__)
def test_learners_over_text_take_documents(learner, tmp_path: Path):
    transformer = Transformer(learner, run=firth.Run(threads=1))
    tags = transformer.__sklearn_tags__().input_tags
    assert (tags.string, tags.one_d_array, tags.two_d_array) == (True, True, False)
    found = transformer.fit_transform(TEXTS)
    names = transformer.get_feature_names_out()
    assert found.shape == (20, len(names))
    again = transformer.transform(np.array(TEXTS[:2], object))
    np.testing.assert_allclose(_dense(again), _dense(found)[:2], atol=1e-6)
    transformer.save(tmp_path / "kept")
    loaded = load(tmp_path / "kept", verify=True)
    assert loaded.learner == learner
    np.testing.assert_array_equal(_dense(loaded.transform(TEXTS)), _dense(transformer.transform(TEXTS)))
    assert loaded.get_feature_names_out().tolist() == names.tolist()


def _dense(rows):
    return rows.toarray() if issparse(rows) else rows


def test_names_of_documents_are_words_or_numbered():
    assert "cat" in Transformer(firth.TfIdf()).fit(TEXTS).get_feature_names_out()
    assert Transformer(firth.LSA(dim=2)).fit(TEXTS).get_feature_names_out().tolist() == ["lsa0", "lsa1"]


def test_a_text_column_of_a_frame_beside_others():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame({"text": TEXTS, "stars": np.arange(20) % 5})
    y = np.array(["cat" in text for text in TEXTS])
    parts = [
        ("text", Transformer(firth.TfIdf()), "text"),
        ("stars", Transformer(firth.Normalize()), ["stars"]),
    ]
    pipeline = make_pipeline(ColumnTransformer(parts), LogisticRegression()).fit(X, y)
    assert pipeline.score(X, y) == 1.0
    wrong = ColumnTransformer([("text", Transformer(firth.TfIdf()), ["text"])])
    with pytest.raises(DataError, match=r"name their column itself: 'text', not \['text'\]"):
        wrong.fit(X)


@pytest.mark.parametrize(
    ("learner", "X", "message"),
    [
        (firth.TfIdf(), "a single text", "documents come as one list"),
        (firth.TfIdf(), ["one", None], "document 1 is None, which is neither a string nor a list"),
        (firth.WeightedMean(), ["one", "two"], "WeightedMean needs vectors of words"),
    ],
)
def test_what_are_no_documents_is_refused(learner, X, message):
    with pytest.raises(DataError, match=message):
        Transformer(learner).fit(X)


# --- keeping -------------------------------------------------------------------------------------------

KEPT = [
    Transformer(firth.Standardize(), dtype="float32"),
    Transformer(firth.OneHot(max_categories=3), sparse=False),
    Transformer(firth.Ordinal(order=tuple("abcdefgh"))),
    Transformer(firth.Table(columns={"word": firth.Hashing(size=8), "number": firth.Robust()})),
    Transformer(),
    Transformer(firth.Target(smooth=2.0)),
]


@pytest.mark.parametrize("transformer", KEPT, ids=repr)
def test_a_saved_transformer_comes_back_without_pickle(transformer, tmp_path: Path):
    pandas = pytest.importorskip("pandas")
    random = np.random.default_rng(4)
    X = pandas.DataFrame({"word": random.choice(list("abcdefgh"), 60), "number": random.normal(size=60)})
    learner = transformer.learner
    if isinstance(learner, firth.Standardize):
        X = X[["number"]]
    elif isinstance(learner, (firth.Ordinal, firth.OneHot, firth.Target)):
        X = X[["word"]]
    transformer.fit(X, random.integers(0, 2, 60))
    transformer.save(tmp_path / "kept")
    with pytest.raises(ExistsError):
        transformer.save(tmp_path / "kept")
    transformer.save(tmp_path / "kept", force=True)
    loaded = load(tmp_path / "kept", verify=True)
    assert loaded.get_params() == {**transformer.get_params(), "learner": loaded.learner}
    assert loaded.learner == (firth.Table() if learner is None else learner)
    assert loaded.get_feature_names_out().tolist() == transformer.get_feature_names_out().tolist()
    assert loaded.n_features_in_ == X.shape[1]
    assert list(loaded.feature_names_in_) == list(X.columns)
    np.testing.assert_array_equal(_dense(loaded.transform(X)), _dense(transformer.transform(X)))
    plain = firth.load(tmp_path / "kept").encode(X)  # the same file is a model
    np.testing.assert_array_equal(_dense(plain.matrix), _dense(transformer.transform(X)))


def test_a_file_that_holds_no_transformer_is_refused(tmp_path: Path):
    model = firth.Standardize().fit({"age": [1.0, 2.0]})
    model.save(tmp_path / "model")
    with pytest.raises(FormatError, match="holds a model and no transformer"):
        load(tmp_path / "model")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learner": {"learner": "Pickle"}}, "'Pickle' is no learner of this version"),
        ({"learner": {"learner": "OneHot", "colour": 1}}, "OneHot has no option 'colour'"),
        ({"learner": {"learner": "TfIdf", "norm": "l3"}}, "norm is"),
        ({"learner": None}, "no transformer can be made of it"),
        ({"columns": "two"}, "columns is a whole number"),
        ({"column_names": ["x", 2]}, "names are a list of strings"),
        ({"column_names": "ages"}, "names are a list of strings"),
    ],
)
def test_a_file_with_another_transformer_than_ours_is_refused(tmp_path: Path, change, message):
    Transformer(firth.Standardize()).fit([[1.0], [2.0]]).save(tmp_path / "kept")
    model = firth.load(tmp_path / "kept")
    report = {**model.report, "transformer": {**model.report["transformer"], **change}}
    firth.Model(model.spaces, recipe=model.recipe, report=report, parts=model.parts).save(tmp_path / "other")
    with pytest.raises(FormatError, match=message):
        load(tmp_path / "other")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Own:
    """A learner that is none of Firth's."""

    def fit(self, observations, *, run=None):
        return firth.TfIdf().fit(observations, run=run)


def test_a_learner_of_ones_own_is_wrapped_but_not_kept(tmp_path: Path):
    transformer = Transformer(Own()).fit(TEXTS)
    assert transformer.transform(TEXTS).shape[0] == 20
    with pytest.raises(DataError, match="Own is no learner of Firth"):
        transformer.save(tmp_path / "kept")


def test_without_scikit_learn_the_way_out_is_told():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import firth\n"
        "try:\n    firth.sklearn\nexcept firth.errors.MissingExtraError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'firth[table]'" in done.stdout
