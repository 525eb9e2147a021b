"""Judgements and runs as files: every form there and back, and what is wrong with a damaged one."""

from __future__ import annotations

import gzip
import json

import pytest

from firth.errors import DataError, ExistsError, FormatError
from firth.measure.ranking import figures_by_query, score_run
from firth.measure.rankings import Rankings
from firth.measure.sets.trec import read_judgements, read_run, write_judgements, write_run

JUDGED = {"q1": {"a": 2, "b": 0}, "q2": {"b": -1, "c": 1}}
RUN = {"q1": {"b": 0.5, "a": 0.25}, "q2": {"c": 1e-9}}


def file(tmp_path, text, name="some.txt"):
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "q1 0 a 2\nq1 0 b 0\nq2 0 b -1\nq2 0 c 1\n",
        "q1\t0\ta\t2\r\nq1\t0\tb\t0\r\n\r\nq2\t0\tb\t-1\r\nq2\t0\tc\t1",
        "query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\nq2\tb\t-1\nq2\tc\t1\n",
        "q1 a 2\nq1 b 0\nq2 b -1.0\nq2 c 1\n",
        json.dumps(JUDGED),
        json.dumps(JUDGED, indent=2),
        "\ufeffq1 0 a 2\nq1 0 b 0\nq2 0 b -1\nq2 0 c 1\n",
    ],
)
def test_forms_of_judgements(tmp_path, text: str):
    assert read_judgements(file(tmp_path, text)) == JUDGED


@pytest.mark.parametrize(
    "text",
    [
        "q1 Q0 b 1 0.5 bm25\nq1 Q0 a 2 0.25 bm25\nq2 Q0 c 1 1e-9 bm25\n",
        "q1 b 0.5\nq1 a .25\nq2 c 1E-9\n",
        json.dumps(RUN),
    ],
)
def test_forms_of_runs(tmp_path, text: str):
    assert read_run(file(tmp_path, text)) == RUN


def test_ids_with_spaces_where_tabs_separate(tmp_path):
    assert read_judgements(file(tmp_path, "the query\ta document\t1\n")) == {"the query": {"a document": 1}}


def test_there_and_back_plain_and_compressed(tmp_path):
    for name in ("judged.txt", "judged.txt.gz"):
        write_judgements(JUDGED, tmp_path / name)
        assert read_judgements(tmp_path / name) == JUDGED
    with gzip.open(tmp_path / "judged.txt.gz", "rt") as packed:
        assert packed.readline() == "q1 0 a 2\n"
    run = {"q": {f"d{i}": 1 / (i + 3) for i in range(20)} | {"é": 0.25, "e": 0.25}}
    write_run(run, tmp_path / "run.txt", tag="mine")
    again = read_run(tmp_path / "run.txt")
    assert Rankings.of(again).to_dict() == Rankings.of(run).to_dict()
    assert list(again["q"]) == list(Rankings.of(run).to_dict()["q"])
    lines = (tmp_path / "run.txt").read_text().splitlines()
    assert lines[1] == "q Q0 é 2 0.25 mine" and lines[2].startswith("q Q0 e 3 0.25")
    write_run(Rankings.of(RUN), tmp_path / "run.txt", force=True)
    assert read_run(tmp_path / "run.txt").keys() == RUN.keys()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["judged.txt", "judged.txt.gz", "run.txt"]


def test_paths_serve_where_mappings_do(tmp_path):
    write_judgements(JUDGED, tmp_path / "judged")
    write_run(RUN, tmp_path / "run")
    names = ["MAP", "nDCG@10"]
    found = score_run(tmp_path / "judged", str(tmp_path / "run"), figures=names)
    assert found == score_run(JUDGED, RUN, figures=names)
    assert figures_by_query(tmp_path / "judged", RUN, figures=names).means()["MAP"] == found.value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no judgement"),
        ("{}", "holds no judgement"),
        ("query-id\tcorpus-id\tscore\n", "holds no judgement"),
        ("q1 a 0\nq b\n", "line 2 has 2 columns, the first has 3"),
        ("q1 0 d\nq1 0 e\n", "line 1: the grade 'd' is not a whole number"),
        ("q1 d1 x\nq1 d2 1\n", "line 1: the grade 'x' is not a whole number"),
        ("q1\n", 'line 1 is not of the form "query 0 document grade"'),
        ("q1 0 a 1\nq1 0 a 2\n", "line 2: document 'a' stands twice for query 'q1'"),
        ("q1 0 a 1\nq1 0 b 0.5\n", "line 2: the grade '0.5' is not a whole number"),
        ("q1 0 a x\n", "line 1: the grade 'x' is not a whole number"),
        ("q1 0 a inf\n", "line 1: the grade 'inf' is not a whole number"),
        ('{"q": {"a": 1, "a": 2}}', "the key 'a' occurs twice"),
        ('{"q": ["a"]}', "query 'q' holds a list, not an object"),
        ('{"q": {"a": "high"}}', "query 'q': the grade 'high' is not a whole number"),
        ('{"q": {"a": 1}', "is not JSON"),
    ],
)
def test_damaged_judgements(tmp_path, text: str, message: str):
    with pytest.raises(FormatError, match=message):
        read_judgements(file(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q1 Q0 a 1 0.5\n", 'line 1 is not of the form "query Q0 document rank score tag"'),
        ("q1 Q0 a 1 nan t\n", "line 1: the score 'nan' is not a number"),
        ("q1 Q0 a 1 0.5 t\nq1 Q0 a 2 0.4 t\n", "line 2: document 'a' stands twice for query 'q1'"),
        ("q1 Q0 a 1 high t\n", "line 1: could not convert string to float: 'high'"),
        ("q1\ta\t1\nq1\tb\t\n", "line 2: the score '' is not a number"),
    ],
)
def test_damaged_runs(tmp_path, text: str, message: str):
    with pytest.raises(FormatError, match=message):
        read_run(file(tmp_path, text))


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "bad"
    path.write_bytes(b"q1 0 a 1\nq1 0 \xff 1\n")
    with pytest.raises(FormatError, match="line 2 is not UTF-8"):
        read_judgements(path)
    path = tmp_path / "bad.gz"
    path.write_bytes(gzip.compress(b"q1 0 a 1\n")[:-9])
    with pytest.raises(FormatError, match="gzip data end too early"):
        read_judgements(path)


def test_ids_that_trec_cannot_write(tmp_path):
    with pytest.raises(DataError, match="'a b' cannot stand in a file of TREC"):
        write_judgements({"q": {"a b": 1}}, tmp_path / "some")
    with pytest.raises(DataError, match="'' cannot stand in a file of TREC"):
        write_run(RUN, tmp_path / "some", tag="")
    assert list(tmp_path.iterdir()) == []  # nothing half-written is left


def test_grades_that_are_not_whole_are_not_cut(tmp_path):
    with pytest.raises(DataError, match=r"grade 1 of query 'q' is 1\.7; grades are whole numbers"):
        write_judgements({"q": {"d": 1.7}}, tmp_path / "some")  # type: ignore[dict-item]


def test_many_keys_one_of_them_twice_take_no_quadratic_time(tmp_path):
    keys = ", ".join(f'"d{i}": 1' for i in range(100_000))  # which took minutes
    with pytest.raises(FormatError, match="the key 'd99999' occurs twice"):
        read_judgements(file(tmp_path, f'{{"q": {{{keys}, "d99999": 1}}}}'))


def test_a_file_is_not_replaced_unasked(tmp_path):
    write_run(RUN, tmp_path / "run")
    with pytest.raises(ExistsError, match=r"is there already.*force=True"):
        write_run(RUN, tmp_path / "run")
