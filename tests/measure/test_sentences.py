"""Graded sentences: the figures of SciPy, what is covered, and every form of file."""

from __future__ import annotations

import gzip
import json
import math

import numpy as np
import pytest
from scipy import sparse, stats

from firth import Vectors
from firth.errors import DataError, FormatError, OptionError
from firth.measure.sentences import Sentences, sentences
from firth.measure.sets.gradedtexts import GradedTexts, read_graded_texts
from firth.measure.texts import MeanOfWords

WORDS = [f"w{i}" for i in range(30)]


def some_texts(n=40, seed=1):
    draw = np.random.default_rng(seed)
    texts = [" ".join(draw.choice(WORDS, 4)) for _ in range(2 * n)]
    pairs = tuple(zip(texts[:n], texts[n:], strict=True))
    return GradedTexts(name="some", pairs=pairs, grades=tuple(draw.random(n).round(1).tolist()))


def encoder(metric="cosine"):
    return MeanOfWords(Vectors(WORDS, np.random.default_rng(0).standard_normal((30, 6)), metric=metric))


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_the_figures_are_those_of_scipy(metric):
    texts = some_texts()
    a, b = (encoder().encode([pair[side] for pair in texts.pairs]).astype(float) for side in (0, 1))
    if metric == "euclidean":
        scores = -np.linalg.norm(a - b, axis=1)
    else:
        norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1) if metric == "cosine" else 1
        scores = (a * b).sum(axis=1) / norms
    report = sentences(encoder(), texts, metric=metric)
    assert report["spearman"].value == pytest.approx(stats.spearmanr(scores, texts.grades).statistic)
    assert report["pearson"].value == pytest.approx(stats.pearsonr(scores, texts.grades).statistic, abs=1e-6)
    for row in report:
        assert row.low < row.value < row.high
        assert (row.n, row.total, row.coverage) == (40, 40, 1.0)
    other = sentences(lambda texts: sparse.csr_matrix(encoder().encode(texts)), texts, metric=metric)
    assert other.value == pytest.approx(report.value, abs=1e-3)
    assert sentences(encoder(metric), texts).value == report.value  # the metric of the vectors


def test_pairs_without_a_vector_are_counted_and_named():
    texts = some_texts()
    odd = GradedTexts(
        name="odd", pairs=(*texts.pairs, ("w1 w2", "xyzzy"), ("xyzzy", "plugh")), grades=(*texts.grades, 1, 2)
    )
    report = sentences(encoder(), odd)
    row = report["spearman"]
    assert (row.n, row.total, row.value) == (40, 42, sentences(encoder(), texts).value)
    assert report.details["missing"] == ["plugh", "xyzzy"]
    assert report.notes == (
        "words of the texts without a vector: 2 of 324",
        "pairs not covered: 2 of 42; without a vector: plugh; xyzzy",
    )
    assert json.loads(json.dumps(report.to_dict()))["title"].startswith("odd")


def test_a_prompt_stands_before_each_sentence():
    seen = []

    def spy(texts):
        seen.extend(texts)
        return np.eye(len(texts), 3) + 1

    sentences(spy, some_texts(3), prompt="sentence: ")
    assert len(seen) == 6 and all(text.startswith("sentence: w") for text in seen)


def test_nothing_known_one_pair_and_ties_have_no_figure():
    unknown = GradedTexts(name="u", pairs=(("x", "y"),) * 4, grades=(1, 2, 3, 4))
    row = sentences(encoder(), unknown)["spearman"]
    assert math.isnan(row.value) and (row.n, row.coverage) == (0, 0.0)
    one = GradedTexts(name="o", pairs=(("w1", "w2"),), grades=(1,))
    assert math.isnan(sentences(encoder(), one).value)
    constant = sentences(lambda texts: np.ones((len(texts), 2)), some_texts())["spearman"]
    assert math.isnan(constant.value) and constant.n == 40
    flat = GradedTexts(name="f", pairs=some_texts().pairs, grades=(3.0,) * 40)
    assert math.isnan(sentences(encoder(), flat).value)


def test_what_does_not_encode_and_options_out_of_range():
    with pytest.raises(
        DataError, match=r"Vectors do not encode texts; for .* measure.MeanOfWords\(vectors\)"
    ):
        sentences(Vectors(WORDS, np.ones((30, 2))), some_texts())
    with pytest.raises(OptionError, match="metric is 'cosine', 'dot' or 'euclidean', not 'l1'"):
        Sentences(texts=some_texts(), metric="l1")
    with pytest.raises(DataError, match="a GradedTexts or its path is measured on, not a int"):
        sentences(encoder(), 5)
    with pytest.raises(OptionError, match="seed is a whole number"):
        sentences(encoder(), some_texts(), seed=-1)


PAIRS = (('He said "no', "She left."), ("# one, two", "1 2"))
GRADES = (4.75, 0.0)
STS = 'main\tvideo\t12\t1\t4.750\tHe said "no\tShe left.\nmain\tx\t12\t2\t0\t# one, two\t1 2\textra\tmore\n'


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (STS, None),
        (STS, (5, 6, 4)),
        ('sentence1\tsentence2\tscore\nHe said "no\tShe left.\t4.75\n# one, two\t1 2\t0\n', None),
        (
            'id\tsentence_A\tsentence_B\tgold\n1\tHe said "no\tShe left.\t4.75\n2\t# one, two\t1 2\t0\n',
            None,
        ),
        ('He said "no\tShe left.\t4.75\n# one, two\t1 2\t0\n', None),
        ('4.75\tHe said "no\tShe left.\n0\t# one, two\t1 2\n', None),
        ('score,sentence1,sentence2\n4.75,"He said ""no",She left.\n0,"# one, two",1 2\n', None),
        ('left,right,how\n"He said ""no",She left.,4.75\n"# one, two",1 2,0\n', ("left", "right", "how")),
        ('left,right,how\n"He said ""no",She left.,4.75\n"# one, two",1 2,0\n', (0, 1, 2)),
        (
            '{"sentence1": "He said \\"no", "sentence2": "She left.", "score": 4.75}\n'
            '{"score": "0", "sentence2": "1 2", "sentence1": "# one, two"}\n',
            None,
        ),
        (
            '{"a": "He said \\"no", "b": "She left.", "c": 4.75}\n{"a": "# one, two", "b": "1 2", "c": 0}\n',
            ("a", "b", "c"),
        ),
    ],
)
def test_forms_of_graded_texts(tmp_path, text, columns):
    path = tmp_path / "some.texts"
    path.write_text(text)
    found = read_graded_texts(path, columns=columns)
    assert (found.pairs, found.grades, found.name, len(found)) == (PAIRS, GRADES, "some", 2)


def test_compressed_files_and_cells_with_line_ends(tmp_path):
    (tmp_path / "sts.csv.gz").write_bytes(gzip.compress(STS.encode()))
    assert read_graded_texts(tmp_path / "sts.csv.gz").pairs == PAIRS
    (tmp_path / "lines.csv").write_text('score,sentence1,sentence2\n1,"a\nb",c\n')
    assert read_graded_texts(tmp_path / "lines.csv", name="lines").pairs == (("a\nb", "c"),)
    assert sentences(encoder(), tmp_path / "sts.csv.gz")["spearman"].total == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no graded pairs"),
        ("sentence1\tsentence2\tscore\n", "holds no graded pairs"),
        ("a\tb\t1\nc\td\n", "line 2 has 2 columns; sentences and grade are in columns 1, 2, 3"),
        ("a\tb\t1\nc\td\tx\n", "line 2: the grade 'x' is not a finite number"),
        ("a\tb\t1\nc\td\tnan\n", "line 2: the grade 'nan' is not a finite number"),
        ("a\tb\t1\n \td\t1\n", "line 2: a sentence is empty"),
        ('a,b,1\n"c,d,2\n', "line 2 cannot be split into columns"),
        ('{"sentence1": "a", "sentence2": "b", "score": 1}\n{"sentence1"\n', "line 2 is not JSON"),
        ('{"sentence1": "a", "sentence2": "b", "score": 1}\n[]\n', "line 2 is no object of JSON"),
        ('{"sentence1": 1, "sentence2": "b", "score": 1}\n', "line 1: two sentences were expected"),
    ],
)
def test_damaged_files(tmp_path, text, message):
    (tmp_path / "bad").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_graded_texts(tmp_path / "bad")


def test_objects_of_json_with_other_keys(tmp_path):
    path = tmp_path / "some.jsonl"
    path.write_text(
        '{"a": "x", "b": "y", "c": 1}\n{"c": 2, "b": "w", "z": "a", "a": "v"}\n{"a": "x", "b": "y"}\n'
    )
    with pytest.raises(FormatError, match="line 3 has no 'c'"):
        read_graded_texts(path, columns=(0, 1, 2))
    with pytest.raises(FormatError, match="line 1 has 3 keys, and columns="):
        read_graded_texts(path, columns=(0, 1, 9))


@pytest.mark.parametrize(
    ("pairs", "grades", "message"),
    [
        ((), (), "has 0 pairs and 0 grades; it needs at least one"),
        ((("a", "b"),), (1, 2), "has 1 pairs and 2 grades"),
        ((("a", None),), (1,), r"a pair of texts is two strings, not \('a', None\)"),
        (("ab",), (1,), "a pair of texts is two strings, not 'ab'"),
        ((("a", "b"),), (math.nan,), "a grade is a finite number, not nan"),
        ((("a", "b"),), ("1",), "a grade is a finite number, not '1'"),
    ],
)
def test_sets_made_by_hand_are_checked(pairs, grades, message):
    with pytest.raises(DataError, match=message):
        GradedTexts(name="bad", pairs=pairs, grades=grades)


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("a\tb\tc\n", None, "which columns of .* hold the sentences and the grade"),
        ("a\tb\n", None, "which columns of .* first line is a | b"),
        ("a\tb\t1\n", ("x", "y", "z"), "has no column 'x'; its first line is a | b | 1"),
        ("a\tb\t1\n", (0, 1), "columns are three, two sentences and a grade"),
        ("a\tb\t1\n", (0, 1, -1), "by name or position from 0; not"),
        ("a\tb\t1\n", (0, 1, 2.0), "by name or position from 0; not"),
        ("a\tb\t1\n", "abc", "columns is a list, not 'abc'"),
    ],
)
def test_columns_that_are_not_there(tmp_path, text, columns, message):
    (tmp_path / "odd").write_text(text)
    with pytest.raises(OptionError, match=message):
        read_graded_texts(tmp_path / "odd", columns=columns)
