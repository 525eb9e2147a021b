"""Retrieval from a space: whatever encodes, what is found, and what is said of what cannot be."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse

import firth
from firth import Model, Vectors, measure
from firth.errors import DataError, FormatError, OptionError
from firth.measure.ranking import figures_by_query
from firth.measure.rankings import Rankings
from firth.measure.retrieval import Retrieval, retrieval
from firth.measure.searching import rank
from firth.measure.sets.judged import RetrievalSet, read_retrieval_set, read_texts
from firth.measure.texts import MeanOfWords

WORDS = ["cat", "dog", "sat", "ran", "stock", "bond", "rose", "fell"]
PETS = RetrievalSet(
    name="pets",
    documents={"d1": "The cat sat.", "d2": "A dog ran!", "d3": "stock and bond rose", "d4": "xyzzy"},
    queries={"q1": "cat", "q2": "bond fell", "q3": "plugh"},
    judgements={"q1": {"d1": 2, "d2": 1}, "q2": {"d3": 1, "gone": 1}, "q3": {"d4": 1}},
)


def words(seed=0):
    rows = np.random.default_rng(seed).standard_normal((8, 5)) * 0.2
    rows[:4, 0] += 1
    rows[4:, 1] += 1
    return Vectors(WORDS, rows, columns={"counts": np.arange(8, 0, -1)})


LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz?!", np.random.default_rng(9).random(28).tolist(), strict=True))


@dataclass
class Letters:
    """An encoder of texts: how often each letter occurs, each with a weight of its own, so that none tie."""

    max_seq_length: int = 256

    def encode(self, texts):
        return [[text.count(letter) * weight for letter, weight in LETTERS.items()] for text in texts]


@dataclass
class TwoWays(Letters):
    def encode_query(self, texts):
        return self.encode([text + "?" for text in texts])

    def encode_documents(self, texts):
        return self.encode([text + "!" for text in texts])


def brute(encode, given, metric="cosine"):
    """By query, the score of each document."""
    queries = np.asarray(encode(list(given.queries.values())), float)
    documents = np.asarray(encode(list(given.documents.values())), float)
    scores = queries @ documents.T
    if metric == "cosine":
        scores /= np.linalg.norm(queries, axis=1)[:, None] * np.linalg.norm(documents, axis=1)
    if metric == "euclidean":
        scores = -np.linalg.norm(queries[:, None] - documents[None], axis=2)
    return {
        q: dict(zip(given.documents, row, strict=True)) for q, row in zip(given.queries, scores, strict=True)
    }


def made_up(n=50, queries=12, seed=3):
    draw = np.random.default_rng(seed)
    letters = list("abcdefgh")

    def text():
        return "".join(draw.choice(letters, 20))

    documents = {f"d{i}": text() for i in range(n)}
    judged = {
        f"q{q}": {f"d{d}": int(draw.integers(0, 3)) for d in draw.permutation(n)[:9]} for q in range(queries)
    }
    return RetrievalSet(
        name="letters", documents=documents, queries={q: text() for q in judged}, judgements=judged
    )


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_what_is_found_is_what_brute_force_finds(metric):
    given, encoder = made_up(), Letters()
    names = ["nDCG@10", "MAP", "MRR", "recall@20"]
    expected = figures_by_query(given.judgements, brute(encoder.encode, given, metric), figures=names)
    for space in (encoder, encoder.encode, lambda texts: sparse.csr_matrix(encoder.encode(texts))):
        report = retrieval(space, given, figures=names, metric=metric)
        for name, value in expected.means().items():
            assert report[name].value == pytest.approx(value, abs=1e-6)
        assert report.value == report["nDCG@10"].value
        assert (report["MAP"].n, report["MAP"].total) == (12, 12)
        assert report["MAP"].low < report["MAP"].value < report["MAP"].high


def test_vectors_of_the_ids_themselves():
    given, encoder = made_up(), Letters()
    texts = {**given.documents, **given.queries}
    vectors = Vectors(list(texts), encoder.encode(list(texts.values())))
    bare = RetrievalSet(
        name="ids", documents=dict.fromkeys(given.documents, ""), queries={}, judgements=given.judgements
    )
    assert retrieval(vectors, bare).value == pytest.approx(retrieval(encoder, given).value, abs=1e-6)
    held = vectors.take([key for key in texts if key not in ("q0", "d1")])
    report = retrieval(held, bare)
    assert (report["MAP"].n, report["MAP"].total, report["MAP"].extra["without_vector"]) == (11, 12, 1)
    assert report.details["missing"] == ["q0"]
    assert "queries without a vector, which do not count: 1 of 12 (q0)" in report.notes
    assert "documents without a vector, which are never found: 1 of 50 (d1)" in report.notes


def test_vectors_with_whole_numbers_as_ids_and_their_own_metric():
    vectors = Vectors([1, 2, 3], [[1, 0], [2, 0], [0.9, 0.1]], metric="dot")
    given = RetrievalSet(
        name="n", documents={"1": "", "2": ""}, queries={}, judgements={"3": {"2": 1}, "x": {"1": 1}}
    )
    report = retrieval(vectors, given, figures=["MRR"])
    assert report.value == 1  # the longer one, since the metric is the dot product
    assert report.details["missing"] == ["x"]


def test_whole_numbers_are_found_as_they_are_written():
    vectors = Vectors([1, -1], np.eye(2))
    documents = dict.fromkeys(["1", "01", "-1", "9" * 30, "9" * 5000], "")
    given = RetrievalSet(name="n", documents=documents, queries={}, judgements={"-1": {"-1": 1}})
    found = rank(vectors, given, queries=["-1"])
    assert found.to_dict() == {"-1": {"-1": 1.0, "1": 0.0}}
    assert found.unknown_documents == ("01", "9" * 30, "9" * 5000)


def test_rows_of_zeros_have_no_direction_and_empty_vectors_no_rows():
    given = RetrievalSet(name="z", documents={"d": "", "e": ""}, queries={}, judgements={"q": {"d": 1}})
    rows = [[0, 0], [0, 0], [1, 0]]
    found = rank(Vectors(["q", "d", "e"], rows), given, queries=["q"])
    assert (found.unknown_queries, found.unknown_documents) == (("q",), ("d",))
    found = rank(Vectors(["q", "d", "e"], rows, metric="euclidean"), given, queries=["q"])
    assert found.to_dict() == {"q": {"d": 0.0, "e": -1.0}}
    with pytest.raises(DataError, match="none of the 2 documents has a vector: their ids are not among"):
        retrieval(Vectors([], np.zeros((0, 2))), given)
    with pytest.raises(DataError, match="1 of their rows are not finite, and all others are missing"):
        retrieval(Vectors(["q", "d", "e"], [[1, 1], [np.nan, 1], [0, 0]]), given)


@pytest.mark.parametrize("scale", [1e-25, 1e25])
def test_sparse_rows_of_any_length_have_a_cosine(scale):
    given = made_up(12, 3)

    def encode(texts):
        return sparse.csr_matrix(np.array(Letters().encode(texts)) * scale)

    assert retrieval(encode, given).value == pytest.approx(retrieval(Letters(), given).value, abs=1e-6)


def test_items_that_are_queries_and_documents_at_once():
    vectors = Vectors(["a", "b", "c"], [[1, 0], [1, 0.1], [0, 1]])
    given = RetrievalSet(
        name="items",
        documents=dict.fromkeys("abc", ""),
        queries={},
        judgements={"a": {"b": 1}, "b": {"a": 1}},
    )
    assert retrieval(vectors, given, figures=["MRR"]).value == 0.5  # each finds itself first
    assert retrieval(vectors, given, figures=["MRR"], skip_same_id=True).value == 1
    found = rank(vectors, given, topn=1, skip_same_id=True, queries=["a", "c"])
    assert {query: list(results) for query, results in found.to_dict().items()} == {"a": ["b"], "c": ["b"]}


def test_constant_vectors_are_ties_that_ids_order():
    given = RetrievalSet(
        name="same",
        documents={"a": "x", "b": "y", "c": "z"},
        queries={"q": "w", "r": "w"},
        judgements={"q": {"c": 1}, "r": {"a": 1}},
    )
    found = rank(lambda texts: np.ones((len(texts), 2)), given, topn=2)
    assert [list(results) for results in found.to_dict().values()] == [["c", "b"], ["c", "b"]]
    assert retrieval(lambda texts: np.ones((len(texts), 2)), given, figures=["MRR"]).value == pytest.approx(
        2 / 3
    )
    sparse_found = rank(lambda texts: sparse.csr_matrix(np.ones((len(texts), 2))), given, topn=2)
    assert sparse_found.to_dict().keys() == found.to_dict().keys()
    assert [list(results) for results in sparse_found.to_dict().values()] == [["c", "b"], ["c", "b"]]


def test_prompts_and_methods_of_the_encoder():
    given = made_up()
    asked = []

    def spy(texts):
        asked.append(texts[0][:3])
        return Letters().encode(texts)

    retrieval(spy, given, query_prompt="Q: ", document_prompt="D: ")
    assert asked == ["Q: ", "D: "]
    own = retrieval(TwoWays(), given, figures=["MAP"])
    plain = retrieval(lambda texts: Letters().encode(texts), given, figures=["MAP"])
    assert own.value != plain.value
    by_hand = rank(TwoWays(), given).to_dict()["q0"]
    query = np.array(Letters().encode([given.queries["q0"] + "?"])[0])
    first = np.array(Letters().encode([given.documents["d0"] + "!"])[0])
    assert by_hand["d0"] == pytest.approx(query @ first / np.linalg.norm(query) / np.linalg.norm(first))
    prompted = retrieval(TwoWays(), given, figures=["MAP"], query_prompt=" ", document_prompt=" ")
    assert prompted.value == plain.value  # a prompt of one's own, and `encode` itself
    assert "the encoder reads 256 tokens of a text and does not say which it cut" in own.notes


def test_means_of_words_and_all_that_is_not_known():
    report = retrieval(MeanOfWords(words()), PETS, figures=["nDCG@10", "MRR"])
    assert report["MRR"].value == 1
    assert (report["MRR"].n, report["MRR"].total) == (2, 3)
    extra = report["MRR"].extra
    assert (extra["judged_not_in_collection"], extra["without_vector"]) == (1, 1)
    assert report.notes == (
        "4 of 4 documents found for each query",
        "judged documents that are not among the 4 of the set, and count as not found: 1, 1 of them relevant",
        "figures at more than 4 look at all documents, in whatever order",
        "queries without a vector, which do not count: 1 of 3 (q3)",
        "documents without a vector, which are never found: 1 of 4 (d4)",
        "words of the queries without a vector: 1 of 4",
        "words of the documents without a vector: 4 of 11",
    )
    assert json.loads(json.dumps(report.to_dict()))["missing"] == ["q3"]


def test_the_mean_of_words_by_hand():
    vectors = words()
    encoder = MeanOfWords(vectors)
    expected = (vectors["cat"] + 2 * vectors["dog"]) / 3
    np.testing.assert_allclose(encoder.encode(["Cat, dog; nothing DOG"])[0], expected, rtol=1e-6)
    assert not encoder.encode(["...", ""]).any()
    assert encoder.encode([]).shape == (0, 5)
    cased = MeanOfWords(vectors, case="exact").encode_and_count(["Cat dog\nsat"])
    assert cased[1] == {"words": 3, "unknown_words": 1}
    np.testing.assert_allclose(cased[0][0], (vectors["dog"] + vectors["sat"]) / 2, rtol=1e-6)
    weighted = MeanOfWords(vectors, a=0.1).encode(["cat dog"])[0]
    weights = 0.1 / (0.1 + np.array([8, 7]) / 36)
    np.testing.assert_allclose(weighted, weights @ vectors.matrix[:2] / 2, rtol=1e-5)


def test_words_are_looked_up_as_written_and_else_lower_cased():
    vectors = Vectors(["Rome", "rome", "the"], np.eye(3))
    for case, row in (("auto", [1, 1, 1]), ("lower", [0, 2, 1]), ("exact", [1, 1, 0])):
        encoded, counts = MeanOfWords(vectors, case=case).encode_and_count(["The Rome, rome"])
        np.testing.assert_allclose(encoded[0], np.array(row) / sum(row))
        assert counts == {"words": 3, "unknown_words": 3 - sum(row)}
    assert not MeanOfWords(vectors).encode(["Paris"]).any()


def test_one_text_is_not_taken_for_its_letters():
    with pytest.raises(DataError, match=r"write \['new york'\]"):
        MeanOfWords(words()).encode("new york")
    with pytest.raises(DataError, match="texts are strings, and text 2 is of type NoneType"):
        MeanOfWords(words()).encode(["cat", None])


def test_a_model_of_subwords_makes_words_that_it_never_saw():
    sentences = [["catfish", "swims"], ["dogfish", "swims"], ["catfish", "eats"]] * 40
    how = firth.Run(progress=False, threads=1)
    recipe = firth.SubwordSkipGram(dim=4, epochs=1, min_count=1, buckets=500, subsample=0)
    model = recipe.fit(sentences, run=how)
    row, counts = MeanOfWords(model).encode_and_count(["catfishes swims"])
    assert counts == {"words": 2, "unknown_words": 0}
    expected = model.encode(["catfishes", "swims"]).mean(axis=0)
    np.testing.assert_allclose(row[0], expected, rtol=1e-4, atol=1e-6)


def test_models_of_texts_dense_and_sparse():
    documents = firth.read_documents(list(PETS.documents.values()), lowercase=True, tokenizer="words")
    models = (firth.TfIdf().fit(documents), firth.WeightedMean(components=0).fit(documents, words=words()))
    for model in models:
        report = retrieval(model, PETS, figures=["MRR"])
        assert report.value == 1 and report["MRR"].n == 2


def test_a_run_is_measured_as_it_is():
    run = {"q1": {"d1": 1.0}, "q2": {"d1": 1.0}, "q3": {"d4": 0.5}}
    report = retrieval(run, PETS, figures=["MRR"])
    assert report.value == pytest.approx(2 / 3)
    assert report == retrieval(Rankings.of(run), PETS, figures=["MRR"])
    assert not any("found for each query" in note for note in report.notes)
    with pytest.raises(DataError, match="no judged query has a result: the run has 1 other queries"):
        retrieval({"Q1": {"d1": 1.0}}, PETS)


def test_two_systems_are_compared_whatever_they_are():
    run = {"q1": {"d1": 1.0}, "q2": {"d1": 1.0}, "q3": {"d4": 0.5}}
    spaces = {"run": run, "arrays": Rankings.of(run), "means": MeanOfWords(words()), "two": TwoWays()}
    spaces["function"] = Letters().encode
    report = measure.compare(spaces, PETS)
    assert [row.extra["space"] for row in report.rows] == list(spaces)[1:]
    first = report.rows[0].extra
    assert first["from"] == first["to"] == retrieval(run, PETS).value
    assert measure.standings([run, run], PETS).rows[0].value == first["from"]
    with pytest.raises(DataError, match="the space 'space 1': words are looked up"):
        measure.compare([run, run], measure.GradedPairs(name="p", pairs=(("a", "b"),), grades=(1,)))
    with pytest.raises(OptionError, match="compare takes several spaces"):
        measure.compare(Rankings.of(run), PETS)
    with pytest.raises(DataError, match="two of these are written alike"):
        measure.compare({1: run, "1": run}, PETS)


def test_an_item_is_a_judged_query_so_that_spaces_can_be_compared():
    task = Retrieval(judged=PETS, figures=("MRR", "MAP"))
    mrr, average = task.outcomes(MeanOfWords(words()))
    assert (mrr.figure, average.figure, mrr.task) == ("MRR", "MAP", "pets")
    assert mrr.covered.tolist() == [True, True, False]
    assert math.isnan(mrr.values[2]) and mrr.values[:2].tolist() == [1, 1]
    assert mrr.missing == ("q3",)


def encoder_of(shape_of):
    return lambda texts: np.ones(shape_of(len(texts)))


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (words(), "none of the 4 documents has a vector: .*measure.MeanOfWords"),
        (
            Model({"words": words()}, recipe={"learner": "SkipGram"}),
            "a model of SkipGram does not encode texts; for",
        ),
        (
            Model({"words": words()}, recipe={"learner": "SubwordCBOW"}),
            "a model of SubwordCBOW does not encode texts",
        ),
        (7, "a int does not encode texts: it has no encode and is no function"),
        (encoder_of(lambda n: (n + 1, 2)), r"array of shape \(4, 2\) of 3 queries; it needs one row a text"),
        (encoder_of(lambda n: (n,)), r"array of shape \(3,\) of 3 queries"),
        (encoder_of(lambda n: (n, n)), "queries of dim 3 and documents of dim 4, which cannot be compared"),
        (lambda texts: np.zeros((len(texts), 2)), "none of the 4 documents has a vector: to the encoder"),
        (
            lambda texts: np.full((len(texts), 2), np.nan),
            "has a vector: 4 rows of the encoder are not finite",
        ),
        (lambda texts: texts, "the encoder made <U9 of the queries, and not real numbers"),
        (lambda texts: np.ones((len(texts), 2)) * 1j, "made complex128 of the queries, and not real numbers"),
        (
            lambda texts: [[1] * len(text) for text in texts],
            "made no rows of numbers of the queries: setting",
        ),
        ("my-model", "'my-model' is a str, which does not encode texts; load the model first"),
    ],
)
def test_spaces_that_cannot_search(space, message):
    with pytest.raises(DataError, match=message):
        retrieval(space, PETS)


def test_rows_that_are_not_finite_are_left_out_and_counted():
    def broken(texts):
        rows = np.ones((len(texts), 2))
        rows[np.array(["dog" in text or "plugh" in text for text in texts])] = np.inf
        return rows

    report = retrieval(broken, PETS, figures=["MRR"])
    assert "documents without a vector, which are never found: 1 of 4 (d2)" in report.notes
    assert "queries with a row that is not finite: 1 of 3" in report.notes
    assert report["MRR"].n == 2


def test_only_unknown_words_in_queries_is_a_figure_of_no_query():
    given = RetrievalSet(
        name="none", documents=PETS.documents, queries={"q": "plugh"}, judgements={"q": {"d1": 1}}
    )
    row = retrieval(MeanOfWords(words()), given, figures=["MAP"])["MAP"]
    assert math.isnan(row.value) and (row.n, row.total, row.coverage) == (0, 1, 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"queries": {"q1": "cat", "q3": "dog"}}, "query 'q2' of 'pets' has no text"),
        ({"queries": {**PETS.queries, "q3": " "}}, "query 'q3' of 'pets' has no text"),
        ({"documents": {}}, "the set 'pets' has no documents to search"),
        ({"judgements": {"q1": {"d1": 0}}}, "no document is judged relevant"),
        ({"judgements": {}}, "the set 'pets' has no judgements"),
        ({"documents": {"d1": None}}, "the text of the document 'd1' is None"),
        ({"queries": {1: "cat"}}, "ids and texts are strings; the text of the query 1 is 'cat'"),
        ({"judgements": {"q1": {1: 1}}}, "ids are strings, and the document 1 is of type int"),
        ({"judgements": {"q1": {"d1": 0.5}}}, "grade 1 of query 'q1' is 0.5"),
        ({"judgements": {}, "queries": {}}, "has neither a query nor a judgement"),
        ({"queries": ["cat"]}, "the texts of a query are a mapping by id, not a list"),
    ],
)
def test_sets_that_cannot_be_used(change, message):
    fields = {"documents": PETS.documents, "queries": PETS.queries, "judgements": PETS.judgements}
    with pytest.raises(DataError, match=message):
        retrieval(MeanOfWords(words()), RetrievalSet(name="pets", **fields | change))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"topn": 0}, "topn is a whole number from 1"),
        ({"topn": 50}, "figures look at 100 results, but topn=50 are found; raise topn"),
        ({"metric": "manhattan"}, "metric is 'cosine', 'dot' or 'euclidean', not 'manhattan'"),
        ({"skip_same_id": 1}, "skip_same_id is True or False"),
        ({"figures": ["f1"]}, "'f1' is no figure of a ranking"),
        ({"seed": -1}, "seed is a whole number"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(OptionError, match=message):
        retrieval(MeanOfWords(words()), PETS, **options)


def test_words_need_strings_and_weights_need_counts():
    with pytest.raises(DataError, match="vectors of words have strings as ids"):
        MeanOfWords(Vectors([1, 2], np.eye(2)))
    with pytest.raises(DataError, match="carry no counts, which the weights are made of: leave a at 0"):
        MeanOfWords(Vectors(["a", "b"], np.eye(2)), a=0.001)
    with pytest.raises(OptionError, match="case is 'auto', 'exact' or 'lower', not 'Lower'"):
        MeanOfWords(words(), case="Lower")


def beir(folder, *, packed=False):
    lines = [
        {"_id": "d1", "title": "Cats", "text": "The cat sat."},
        {"_id": "d2", "title": "", "text": "A dog ran."},
        {"_id": 3, "text": "# one dog"},
    ]
    corpus = "\n".join(json.dumps(line) for line in lines).encode()
    if packed:
        (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(corpus))
    else:
        (folder / "corpus.jsonl").write_bytes(corpus)
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "cat"}\n{"_id": "q2", "text": "dog"}\n')
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq2\td2\t1\nq2\t3\t1\n")
    return folder


@pytest.mark.parametrize("packed", [False, True])
def test_a_folder_of_beir(tmp_path, packed):
    given = read_retrieval_set(beir(tmp_path, packed=packed), name="small")
    assert given.documents == {"d1": "Cats The cat sat.", "d2": "A dog ran.", "3": "# one dog"}
    assert given.queries == {"q2": "dog"}  # those that the split judges
    assert given.judgements == {"q2": {"d2": 1, "3": 1}}
    assert (len(given), given.about()["name"], len(given.checksum)) == (1, "small", 64)
    assert retrieval(MeanOfWords(words()), tmp_path, figures=["MRR"]).value == 1


def test_folders_that_lack_something(tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        read_retrieval_set(tmp_path / "none")
    with pytest.raises(FormatError, match=r"holds no corpus\.jsonl, plain or compressed"):
        read_retrieval_set(tmp_path)
    with pytest.raises(OptionError, match="no judgements of the split 'dev'; there are test"):
        read_retrieval_set(beir(tmp_path), split="dev")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no texts"),
        ("a\tb\na\tc\n", "line 2: the id 'a' stands there twice"),
        ("only\n", 'line 1 is neither JSON nor "id TAB text"'),
        ('{"_id": "a"}\n', 'line 1 has no "_id" and "text"'),
        ('{"text": "a"}\n', 'line 1 has no "_id" and "text"'),
        ('{"_id": "a", "text": "b"\n', "line 1 is not JSON"),
    ],
)
def test_damaged_texts(tmp_path, text, message):
    (tmp_path / "texts").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_texts(tmp_path / "texts")


def test_texts_in_two_columns(tmp_path):
    (tmp_path / "texts.tsv").write_text("7\tone\ttwo\n8\t\n")
    assert read_texts(tmp_path / "texts.tsv") == {"7": "one\ttwo", "8": ""}


CRANFIELD = {
    "cran.all.1400": ".I 1\n.T\ncats\n.W\ncats\nthe cat  sat\n.A\n  alone\n.I 2\n.T\ndogs\n.W\n.I 3\n.W\ndog",
    "cran.qry": ".I 001\n.W\nwhat cat\n.I 004\n.W\nwhat\ndog\n",
    "cranqrel": "1 1 2 \r\n1 2 -1\r\n2 3 1\r\n2 1 4\r\n",
}


def test_the_files_of_cranfield(tmp_path):
    for name, text in CRANFIELD.items():
        (tmp_path / name).write_text(text)
    given = read_retrieval_set(tmp_path)
    assert given.documents == {"1": "cats the cat sat .A alone", "2": "", "3": "dog"}
    assert given.queries == {"1": "what cat", "2": "what dog"}  # in the order of the file
    assert given.judgements == {"1": {"1": 3, "2": -1}, "2": {"3": 4, "1": 1}}  # 1 is the best code


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("cranqrel", "9" * 5000 + " 1 2\n", "line 1 is not of the form 'question document code'"),
        ("cranqrel", "1 1\n", "line 1 is not of the form 'question document code'"),
        ("cranqrel", "1 1 2\n1 1 3\n", "line 2: document 1 stands twice for question 1"),
        ("cran.qry", "what\n", "line 1: an entry was expected to begin with .I"),
        ("cran.qry", ".I\n", "line 1: an entry has no id"),
        ("cran.all.1400", "", "holds no entries"),
        ("cran.all.1400", ".I 1\n.W\na\n.I 1\n.W\nb\n", "the entry .I 1 stands there twice"),
    ],
)
def test_damaged_files_of_cranfield(tmp_path, name, text, message):
    for file, good in (CRANFIELD | {name: text}).items():
        (tmp_path / file).write_text(good)
    with pytest.raises(FormatError, match=message):
        read_retrieval_set(tmp_path)
