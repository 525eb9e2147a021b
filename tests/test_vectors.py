"""Vectors: what is near what, against brute force and against values of gensim."""

from __future__ import annotations

import copy
import multiprocessing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth import Model, Vectors, neighbours
from firth.errors import DataError, OptionError, UnknownIdError

METRICS = ["cosine", "dot", "euclidean"]


def make(n=50, dim=8, *, metric="cosine", seed=0, ids=None, counts=None):
    matrix = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    columns = None if counts is None else {"counts": counts}
    return Vectors(ids or [f"w{i}" for i in range(n)], matrix, metric=metric, columns=columns)


def brute(matrix, query, metric):
    """The score of one query with every row, in float64."""
    x, q = matrix.astype(np.float64), np.asarray(query, np.float64)
    if metric == "euclidean":
        return -np.linalg.norm(x - q, axis=1)
    if metric == "dot":
        return x @ q
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(q)
    return np.divide(x @ q, norms, out=np.zeros(len(x)), where=norms > 0)


# --- the artifact ---


def test_look_up_iteration_and_size():
    v = make(3, 2)
    assert (len(v), v.dim, list(v), "w1" in v, "x" in v, 1 in v) == (
        3,
        2,
        ["w0", "w1", "w2"],
        True,
        False,
        False,
    )
    np.testing.assert_array_equal(v["w1"], v.matrix[1])
    np.testing.assert_array_equal(v[["w2", "w0"]], v.matrix[[2, 0]])
    assert repr(v) == "Vectors(3 ids, dim 2, cosine)"


def test_an_unknown_id_names_the_nearest_spellings():
    v = make(3, ids=["london", "london's", "paris"])
    with pytest.raises(UnknownIdError, match="'lodnon' is not among these 3 ids; the nearest are 'london'"):
        v["lodnon"]
    with pytest.raises(UnknownIdError, match="the ids of these vectors are strings"):
        v.most_similar(7)


def test_vectors_cannot_be_changed():
    v = make(3)
    with pytest.raises(AttributeError, match="immutable"):
        v.metric = "dot"
    with pytest.raises(ValueError, match="read-only"):
        v.matrix[0, 0] = 1


def test_equality_is_of_ids_numbers_columns_and_metric():
    assert make(5) == make(5)
    assert make(5) != make(5, seed=1)
    assert make(5) != make(5, metric="dot")
    assert make(5) != make(5, counts=np.arange(5))
    with_nan = Vectors(["a"], [[np.nan, 1]])
    assert with_nan == Vectors(["a"], [[np.nan, 1]])
    assert (make(5) == "vectors") is False


def test_bad_shapes_and_metrics_are_refused():
    with pytest.raises(DataError, match=r"two dimensions, \(rows, dim\); this one has shape \(3,\)"):
        Vectors(["a", "b", "c"], [1, 2, 3])
    with pytest.raises(DataError, match="2 ids do not fit a matrix of 3 rows"):
        Vectors(["a", "b"], np.zeros((3, 2)))
    with pytest.raises(DataError, match="'counts' has 1 values for 2 rows"):
        Vectors(["a", "b"], np.zeros((2, 2)), columns={"counts": [1]})
    with pytest.raises(OptionError, match="not 'cos'"):
        Vectors(["a"], [[1.0]], metric="cos")  # type: ignore[arg-type]

    with pytest.raises(DataError, match="the column 'c' is one value, 5"):
        Vectors(["a"], [[1.0]], columns={"c": 5})


def test_ids_may_come_from_any_iterable():
    v = make(5)
    wanted = ["w3", "w1"]
    assert v.rows(key for key in wanted).tolist() == [3, 1]
    np.testing.assert_array_equal(v[(key for key in wanted)], v.matrix[[3, 1]])
    assert list(v.take(iter(wanted))) == wanted
    assert sorted(v.rows({"w3", "w1"}).tolist()) == [1, 3]
    with pytest.raises(UnknownIdError, match="'w9' is not among"):
        v.rows(key for key in ["w1", "w9"])


@pytest.mark.parametrize("one", ["w1", "", 7])
def test_one_id_is_not_several(one):
    for call in (make(5).rows, make(5).take):
        with pytest.raises(DataError, match="several ids are expected here"):
            call(one)


def same(given):
    """What comes back from another process."""
    return given


@pytest.mark.parametrize("far", [False, True], ids=["deepcopy", "process"])
def test_copies_are_whole_and_immutable(far):
    v = Vectors(["a", "b"], np.eye(2), columns={"counts": [2, 1]}, metric="dot", meta={"from": "here"})
    model = Model({"words": v, "contexts": v}, recipe={"dim": 2}, report={"losses": [1.0]})
    v.search(["a"])  # what a search keeps for the next one is no part of a copy
    if far:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            again, other = pool.map(same, [v, model])
    else:
        again, other = copy.deepcopy(v), copy.deepcopy(model)
    assert again == v
    assert again.meta == v.meta
    assert list(other.spaces) == ["words", "contexts"]
    assert (other.vectors, other.recipe, other.report) == (v, model.recipe, model.report)
    with pytest.raises(ValueError, match="read-only"):
        again.matrix[0, 0] = 1


def test_a_model_cannot_be_changed_and_is_never_empty():
    model = Model({"words": make(3)})
    with pytest.raises(AttributeError, match="immutable"):
        model.recipe = {}
    with pytest.raises(DataError, match="at least one space"):
        Model({})
    with pytest.raises(DataError, match="the space 'words' is of type ndarray, not Vectors"):
        Model({"words": np.eye(2)})


def test_take_keeps_columns():
    taken = make(4, counts=np.array([7, 5, 3, 1])).take(["w3", "w0"])
    assert list(taken) == ["w3", "w0"]
    np.testing.assert_array_equal(taken.counts, [1, 7])


def test_most_frequent_goes_by_counts_or_by_order():
    assert list(make(4).most_frequent(2)) == ["w0", "w1"]
    assert list(make(4, counts=np.array([9, 7, 7, 1])).most_frequent(2)) == ["w0", "w1"]
    assert list(make(4, counts=np.array([1, 7, 3, 7])).most_frequent(3)) == ["w1", "w3", "w2"]
    v = make(4)
    assert v.most_frequent(9) is v
    assert list(make(3, counts=np.array([1.0, np.nan, 2.0])).most_frequent(2)) == ["w2", "w0"]
    with pytest.raises(OptionError, match="n is a whole number from 1 on, not 0"):
        v.most_frequent(0)


@pytest.mark.parametrize("kind", ["b", "B", "h", "H", "i", "I", "q", "Q", "e", "f", "d", "?"])
def test_most_frequent_takes_counts_of_every_type(kind):
    counts = np.array([0, 7, 1, 7, 9, 0]).astype(kind)
    expected = sorted(range(6), key=lambda i: (-int(counts[i]), i))[:5]
    assert list(make(6, counts=counts).most_frequent(5)) == [f"w{i}" for i in expected]


def test_unit_rows_have_length_one_and_zeros_stay():
    v = Vectors(["a", "zero", "tiny", "huge"], [[3, 4], [0, 0], [1e-30, 0], [2e38, 2e38]])
    unit = v.unit().matrix
    np.testing.assert_allclose(unit, [[0.6, 0.8], [0, 0], [1, 0], [0.5**0.5, 0.5**0.5]], rtol=1e-6)
    assert v.unit() is v.unit()


# --- scores of pairs ---


@pytest.mark.parametrize("metric", METRICS)
def test_similarity_and_distance_by_hand(metric):
    v = Vectors(["x", "y", "zero"], [[3, 4], [4, 3], [0, 0]], metric=metric)
    score = {"cosine": 0.96, "dot": 24.0, "euclidean": -(2**0.5)}[metric]
    far = {"cosine": 0.04, "dot": -24.0, "euclidean": 2**0.5}[metric]
    assert v.similarity("x", "y") == pytest.approx(score)
    assert v.distance("x", "y") == pytest.approx(far)
    assert v.similarity("x", np.array([4.0, 3.0])) == pytest.approx(score)
    assert v.similarity([3.0, 4.0], "y") == pytest.approx(score)
    assert isinstance(v.similarity("x", "y"), float)
    zero = {"cosine": 0.0, "dot": 0.0, "euclidean": -5.0}[metric]
    np.testing.assert_allclose(v.similarity("x", ["y", "zero"]), [score, zero])
    np.testing.assert_allclose(v.similarity(["x", "y"], ["y", "x"]), [score, score])
    np.testing.assert_allclose(v.distance(v.matrix, "y")[0], far)


def test_similarity_refuses_what_cannot_be_paired():
    v = make(5, 8)
    with pytest.raises(DataError, match="2 items cannot be paired with 3"):
        v.similarity(["w0", "w1"], ["w0", "w1", "w2"])
    with pytest.raises(DataError, match=r"shape \(7,\) and type float64 does not fit vectors of dim 8"):
        v.similarity("w0", np.zeros(7))


# --- search ---


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 150),
    st.integers(1, 12),
    st.integers(1, 9),
    st.integers(1, 160),
    st.sampled_from(METRICS),
    st.integers(0, 2**32 - 1),
)
def test_search_equals_brute_force(n, dim, m, topn, metric, seed):
    random = np.random.default_rng(seed)
    matrix = random.integers(-3, 4, (n, dim)).astype(np.float32)  # small whole numbers: many exact ties
    queries = random.integers(-3, 4, (m, dim)).astype(np.float32)
    hits = Vectors(range(n), matrix, metric=metric).search(queries, topn=topn)
    assert hits.rows.shape == hits.scores.shape == (m, min(topn, n))
    for query, rows, scores in zip(queries, hits.rows, hits.scores, strict=True):
        expected = brute(matrix, query, metric)
        np.testing.assert_allclose(scores, np.sort(expected)[::-1][: len(scores)], atol=1e-5)
        np.testing.assert_allclose(scores, expected[rows], atol=1e-5)
        assert len(set(rows.tolist())) == len(rows)
        ties = scores[1:] == scores[:-1]
        assert (rows[1:][ties] > rows[:-1][ties]).all()


@pytest.mark.parametrize("metric", METRICS)
def test_blocks_do_not_change_the_answer(metric, monkeypatch):
    v = make(700, 6, metric=metric)
    whole = v.search(v.matrix, topn=7)
    monkeypatch.setattr(neighbours, "PRODUCTS", 1000)
    monkeypatch.setattr(neighbours, "QUERY_BLOCK", 13)
    monkeypatch.setattr("firth.vectors._BLOCK", 100)
    assert v.search(v.matrix, topn=7) == whole
    assert v.search(list(v), topn=6).rows[:, 0].tolist() == [
        hits[0] if hits[0] != i else hits[1] for i, hits in enumerate(whole.rows.tolist())
    ]


@pytest.mark.parametrize("metric", METRICS)
def test_one_by_one_equals_the_batch(metric):
    v = make(300, 16, metric=metric)
    batch = v.search(list(v)[:20], topn=5)
    for i in range(20):
        one = v.most_similar(f"w{i}", topn=5)
        assert one.ids == batch[i].ids
        np.testing.assert_allclose(one.scores, batch[i].scores, atol=1e-6)


def test_an_id_is_no_answer_to_itself_but_a_vector_may_find_its_row():
    v = make(6, 4)
    assert "w2" not in v.search(["w2"], topn=6).ids[0]
    assert v.search(["w2"], topn=6).rows.shape == (1, 6)
    assert v.search(["w2"], topn=6).rows[0, -1] == -1
    assert v.search(["w2"], topn=6).scores[0, -1] == -np.inf
    assert v.search(v[["w2"]], topn=1).ids == [["w2"]]


def test_equal_rows_come_in_order():
    v = Vectors(range(300), np.tile(np.float32([0.1, 0.7, -0.3]), (300, 1)))
    hits = v.search(v.matrix[:3], topn=4)
    assert hits.rows.tolist() == [[0, 1, 2, 3]] * 3
    assert v.most_similar(1, topn=3).ids == [0, 2, 3]


@pytest.mark.parametrize("dim", [3, 60])
@pytest.mark.parametrize("metric", METRICS)
def test_thousands_of_nearly_equal_rows_are_told_apart(metric, dim, monkeypatch):
    """More rows lie within the rounding of a product than the search keeps beyond those asked for."""
    monkeypatch.setattr(neighbours, "CLOSE", 1000)  # several blocks
    random = np.random.default_rng(5)
    matrix = (1 + random.standard_normal((3001, dim)) * 2e-5).astype(np.float32)
    v = Vectors(range(len(matrix)), matrix, metric=metric)
    hits = v.search(matrix[:6], topn=5)
    for i in range(6):
        expected = brute(matrix, matrix[i], metric).astype(np.float32)
        best = np.lexsort((np.arange(len(matrix)), -expected))[:5]
        np.testing.assert_array_equal(hits.rows[i], best)
        np.testing.assert_array_equal(hits.scores[i], expected[best])
        assert i not in v.search([i], topn=5).ids[0]
        assert v.most_similar(i, topn=5) == v.search([i], topn=5)[0]


def test_small_distances_far_from_the_origin_are_right():
    matrix = np.float32(1000) + np.random.default_rng(3).standard_normal((400, 5)).astype(np.float32)
    v = Vectors(range(400), matrix, metric="euclidean")
    hits = v.search(matrix[:10], topn=5)
    for i in range(10):
        np.testing.assert_allclose(hits.scores[i], np.sort(brute(matrix, matrix[i], "euclidean"))[::-1][:5])


@pytest.mark.parametrize("metric", METRICS)
def test_rows_that_are_not_finite_are_no_answers(metric):
    matrix = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    matrix[1, 0], matrix[3, 2] = np.nan, -np.inf if metric == "dot" else np.inf
    hits = Vectors(list("abcde"), matrix, metric=metric).search(np.ones((1, 3)), topn=5)
    assert sorted(hits.ids[0]) == ["a", "c", "e"]
    with pytest.raises(DataError, match="query 0 has a value that is not a finite number"):
        Vectors(list("abcde"), matrix, metric=metric).most_similar("b")


@pytest.mark.parametrize("metric", METRICS)
def test_fewer_finite_rows_than_answers_leave_places_free(metric):
    matrix = np.full((50, 3), np.nan, np.float32)
    matrix[[7, 9]] = 1, 2, 3
    hits = Vectors(range(50), matrix, metric=metric).search(np.ones((1, 3)), topn=5)
    assert hits.rows.tolist() == [[7, 9, -1, -1, -1]]
    assert hits.scores[0, 2:].tolist() == [-np.inf] * 3


def test_a_zero_vector_is_equally_near_to_all():
    v = Vectors(["a", "zero", "b"], [[1, 0], [0, 0], [0, 1]])
    assert list(v.most_similar("zero")) == [("a", 0.0), ("b", 0.0)]
    assert dict(v.most_similar("a"))["zero"] == 0


def test_few_rows_no_rows_and_bad_numbers():
    empty = Vectors([], np.empty((0, 4)))
    assert empty.search(np.ones((2, 4))).ids == [[], []]
    assert empty.most_similar(np.ones(4)).ids == []
    v = make(3, 4)
    assert len(v.most_similar("w0", topn=99)) == 2
    assert v.search([]).rows.shape == (0, 3)
    for topn in (0, -1, 2.5, True):
        with pytest.raises(OptionError, match="topn is a whole number from 1 on"):
            v.search(["w0"], topn=topn)
    with pytest.raises(DataError, match=r"shape \(2, 5\) and type float64 does not fit vectors of dim 4"):
        v.search(np.ones((2, 5)))
    with pytest.raises(DataError, match="several queries"):
        v.search("w0")
    with pytest.raises(DataError, match="at least one"):
        v.most_similar([])


# --- most_similar ---


def test_positive_and_negative_take_ids_and_vectors_alone_or_together():
    v = make(40, 6)
    reference = v.most_similar(["w1", "w2"], ["w3"], topn=4)
    assert reference == v.most_similar(("w2", "w1"), "w3", topn=4)
    mixed = v.most_similar(["w1", v["w2"]], v["w3"], topn=6)
    assert [key for key in mixed.ids if key not in ("w2", "w3")][:3] == reference.ids[:3]
    assert not {"w1", "w2", "w3"} & set(reference.ids)
    unit = v.unit()
    query = unit["w1"] + unit["w2"] - unit["w3"]
    expected = brute(v.matrix, query, "cosine")
    np.testing.assert_allclose(reference.scores, expected[reference.rows], atol=1e-6)


def test_the_analogy_of_other_metrics_is_the_plain_sum():
    v = Vectors(list("abcd"), [[0, 0], [1, 0], [0, 5], [1, 5]], metric="euclidean")
    assert v.most_similar(["b", "c"], ["a"], topn=1)[0] == ("d", 0.0)
    assert v.most_similar(["b", "c"], topn=2)[0] == ("a", pytest.approx(-np.hypot(0.5, 2.5)))


@pytest.mark.parametrize("vector", [[0, 0.5], [0.5, 0], (1, 2), [np.float64(0), 3]])
def test_a_list_of_numbers_is_a_vector_where_ids_are_strings(vector):
    v = make(5, 2)
    assert v.most_similar(vector) == v.most_similar(np.array(vector, np.float32))
    with pytest.raises(DataError, match="several queries"):
        v.search(vector)


def test_a_list_of_whole_numbers_is_ids_where_ids_are_whole_numbers():
    v = make(4, 2, ids=[0, 1, 2, 3])
    assert sorted(v.most_similar([0, 1]).ids) == [2, 3]
    assert v.most_similar([0, 0.5]) == v.most_similar(np.array([0, 0.5]))


def test_whole_number_ids():
    v = make(5, 3, ids=[10, 20, 30, 40, 50])
    assert v.most_similar(np.int64(20)) == v.most_similar([20])
    assert v.search(np.array([10, 50])) == v.search([10, 50])
    with pytest.raises(UnknownIdError, match="nearest are 20, 30, 10"):
        v.most_similar(21)


# Twelve words of a small gensim 4.4 model, rounded to three digits, and what its
# KeyedVectors.most_similar and .similarity answered for exactly these numbers.
PEER_WORDS = [
    "king",
    "queen",
    "man",
    "woman",
    "paris",
    "france",
    "rome",
    "italy",
    "oslo",
    "norway",
    "prince",
    "dog",
]
PEER_MATRIX = [
    [0.211, -0.232, 0.221, 0.059, 0.462, -0.736, -0.511, 0.729],
    [0.010, -0.211, 0.591, -0.083, 0.529, -0.324, -0.201, 0.911],
    [0.078, 0.124, 0.025, 0.060, 0.230, 0.130, 0.051, 0.649],
    [0.034, 0.169, 0.297, 0.159, 0.278, 0.100, 0.014, 0.364],
    [0.169, 0.362, 0.654, 0.218, 0.036, -0.112, -0.036, 0.051],
    [-0.049, 0.104, 0.213, 0.428, 0.077, -0.177, -0.142, 0.139],
    [0.432, 0.316, 0.314, 0.812, -0.198, -0.455, -0.372, 0.602],
    [0.174, -0.015, 0.088, 0.545, -0.076, -0.308, 0.034, 0.382],
    [0.383, -0.238, 0.714, -0.259, 0.043, -0.161, -0.184, 0.524],
    [0.071, -0.388, 0.466, 0.036, 0.390, -0.056, 0.293, 0.441],
    [0.093, -0.062, 0.176, 0.155, 0.236, -0.251, -0.511, 0.390],
    [-0.370, -0.005, -0.209, 0.261, 0.215, 0.040, 0.358, 0.862],
]
PEER_ANSWERS = [
    (("king",), (), {"prince": 0.9130559, "queen": 0.8505994, "oslo": 0.6484645, "rome": 0.5775992}),
    (("king", "woman"), ("man",), {"prince": 0.8472549, "queen": 0.7792504, "france": 0.7091238}),
    (("paris", "italy"), ("france",), {"rome": 0.6926268, "oslo": 0.6095343, "woman": 0.5148864}),
]


@pytest.mark.parametrize(("positive", "negative", "answers"), PEER_ANSWERS)
def test_most_similar_equals_gensim(positive, negative, answers):
    hits = Vectors(PEER_WORDS, PEER_MATRIX).most_similar(positive, negative, topn=len(answers))
    assert hits.ids == list(answers)
    np.testing.assert_allclose(hits.scores, list(answers.values()), atol=1e-6)


def test_pairs_equal_gensim():
    v = Vectors(PEER_WORDS, PEER_MATRIX)
    assert v.similarity("king", "queen") == pytest.approx(0.85059935, abs=1e-6)
    assert v.distance("paris", "rome") == pytest.approx(0.39171344, abs=1e-6)
