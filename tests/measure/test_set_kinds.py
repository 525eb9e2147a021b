"""What kind of set a file holds is found out where it can be, asked for where it cannot, never guessed."""

from __future__ import annotations

import inspect
import io
import json
import lzma
import tarfile
from importlib import import_module

import pytest

from firth.errors import DataError, FormatError, OptionError
from firth.measure.outliers import Outliers
from firth.measure.pairs import Similarity
from firth.measure.sets import OutlierGroups, TestSet, read_set
from firth.measure.sets.reading import READERS
from firth.measure.sets.sniffing import kind_of
from firth.measure.tasks import tasks_of

QUESTIONS = (
    "0 What is an atom ?\n1 What films featured Popeye ?\n1 What fowl is on the table ?\n"
    "0 How did serfdom develop ?\n1 Which film was first ?\n0 How do cars run ?\n"
)
STS = "main\tMSRvid\t2012\t0000\t5.0\tA man is dancing.\tA man dances.\n"
LISTS = {
    key: [f"{key}{i}" for i in range(3)] for key in ("flowers", "insects", "pleasant_5", "unpleasant_5a")
}

FILES = {
    "pairs": [
        ("a.tsv", "love\tsex\t6.77\ncat\tdog\t7.5\n"),
        ("a.csv", "Word 1,Word 2,Human (mean)\nlove,sex,6.77\n"),
        ("a.txt", "love sex 6.77\ncat dog\ncup tea 3\n"),  # damaged, which its reader says
        ("a.txt", "new york,big apple,6\nsan marino,rome,2\n"),
    ],
    "questions": [("a.txt", ": capitals\nAthens Greece Oslo Norway\n"), ("a.txt", "a b c d\ne f g h\n")],
    "outliers": [("a.csv", ",category,outliers,words\n0,cats,\"['car']\",\"['lion']\"\n")],
    "labelled": [
        ("a.csv", ",category,word\n0,illness,acne\n1,illness,flu\n"),
        ("a.txt", QUESTIONS),
        ("a.txt", "NUM:dist How far is it ?\nLOC:city Where is it ?\n"),
        ("a.txt", "__label__good nice film\n__label__bad dull\n"),
        ("a.tsv", "question\tlabel\nWhat is it?\t3\n"),
    ],
    "texts": [
        ("a.tsv", STS * 3),
        ("a.tsv", "A man is dancing.\tA man dances about.\t4.5\nA cat sits.\tThe dog runs off.\t1\n"),
        ("a.csv", 'sentence1,sentence2,score\n"A man, dancing",A man,3\n'),
        ("a.jsonl", '{"sentence1": "a", "sentence2": "b", "score": 1}\n'),
    ],
    "dictionary": [("en-it.0-5000.txt", "cat gatto\ndog cane\n"), ("my.en-it.tsv", "cat\tgatto\n")],
    "links": [("karate.edgelist", "0 31\n0 21\n"), ("links.csv", "source,target,weight\na,b,2\n")],
    "associations": [
        ("a.json", json.dumps(LISTS)),
        ("a.json", json.dumps({"x": ["a"], "y": ["b"], "a": ["c"], "b": ["d"]}, indent=1)),
    ],
}


@pytest.mark.parametrize(
    ("kind", "name", "text"), [(kind, *file) for kind, files in FILES.items() for file in files]
)
def test_the_kind_of_a_file(tmp_path, kind, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert kind_of(path) == kind


def test_the_kind_of_folders_and_packed_files(tmp_path):
    for name in ("beir/corpus.jsonl", "cran/cranqrel", "groups/cats.txt", "classes/a/1.txt"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("lion\n\ncar\n")
    kinds = {"beir": "retrieval", "cran": "retrieval", "groups": "outliers", "classes": "labelled"}
    assert {name: kind_of(tmp_path / name) for name in kinds} == kinds
    with tarfile.open(tmp_path / "classes.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a/1.txt"), io.BytesIO())
    (tmp_path / "archive").write_bytes(plain_archive())
    assert kind_of(tmp_path / "classes.tar.gz") == kind_of(tmp_path / "archive") == "labelled"
    (tmp_path / "a.txt.xz").write_bytes(lzma.compress(QUESTIONS.encode()))
    assert kind_of(tmp_path / "a.txt.xz") == "labelled"
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="is no folder of a set"):
        kind_of(tmp_path / "empty")


def plain_archive():
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a/1.txt"), io.BytesIO())
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "cat gatto\ndog cane\n"),  # a dictionary, links, or classes
        ("a.tsv", "fruit\tapple\nfruit\tpear\n"),
        ("a.txt", "0 1\n1 1\n2 0\n"),  # links, or the classes of nodes
        ("a.txt", "1 0 184 2\n1 0 29 2\n"),  # judgements without the texts
        ("a.jsonl", '{"_id": "0", "text": "an atom"}\n'),
        ("a.jsonl", "{oops\n"),
        ("a.jsonl", '[{"x": ["a"]}]\n'),
        ("README.md", "# Sets\n\nThis is a text.\nIt says what the files are for and no more.\n"),
    ],
)
def test_what_may_be_several_kinds_is_asked_for(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FormatError, match=r"cannot be told from its first lines \(.*say it: kind='pairs'"):
        read_set(path)


def test_every_kind_has_a_reader_that_takes_a_path_and_a_name():
    for reader in READERS.values():
        module = import_module(f"firth.measure.sets.{reader.module}")
        assert issubclass(getattr(module, reader.makes), TestSet)
        assert "name" in inspect.signature(getattr(module, reader.function)).parameters


def test_the_kind_and_the_options_of_its_reader_can_be_said(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a b N 1 9\nc d N 2 8\n")
    assert read_set(path, kind="pairs", column=4, name="mine").grades == (9.0, 8.0)
    assert read_set(path, kind="GradedPairs") == read_set(path)
    with pytest.raises(OptionError, match=r"kind is 'pairs', .*'associations', or None .*not 'pair'"):
        read_set(path, kind="pair")
    with pytest.raises(OptionError, match="the reader of pairs has no option 'colum'; it has column, name"):
        read_set(path, colum=4)


def test_several_association_tests_are_all_given_and_none_is_chosen(tmp_path):
    path = tmp_path / "tests.json"
    lists = {"x": ["a"], "y": ["b"], "a": ["c"], "b": ["d"]}
    path.write_text(json.dumps([{**lists, "name": "one"}, {**lists, "name": "two"}]))
    assert [some.name for some in tasks_of(path)] == ["one", "two"]
    with pytest.raises(FormatError, match=r"holds 2 association tests \(one, two\); read_associations"):
        read_set(path)
    path.write_text(json.dumps(lists))
    assert read_set(path).about()["kind"] == "AssociationTest"


def test_tasks_are_made_of_every_kind_and_of_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a b 1\nc d 2\n")
    groups = OutlierGroups(name="g", groups=(("cats", ("lion",), ("car",)),))
    found = tasks_of([groups, path, str(path)])
    assert [type(some) for some in found] == [Outliers, Similarity, Similarity]
    assert tasks_of(groups) == [Outliers(groups=groups)]
    with pytest.raises(DataError, match="at least one set"):
        tasks_of([])
    with pytest.raises(DataError, match="7 is neither a set nor a task"):
        tasks_of([7])
