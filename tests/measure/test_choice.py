"""Tasks as a TOML file or the vectors themselves choose them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from firth import Model, Vectors, datasets
from firth.errors import DataError, FormatError, OptionError
from firth.measure import choice
from firth.measure.analogies import Analogies
from firth.measure.clusters import Clusters, clusters
from firth.measure.pairs import Similarity
from firth.measure.probe import Probe
from firth.measure.sentences import sentences
from firth.measure.sets import GradedPairs
from firth.measure.texts import MeanOfWords

PAIRS = GradedPairs(name="mine", pairs=(("a", "b"), ("a", "c"), ("b", "c")), grades=(3.0, 1.0, 2.0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with sets of four kinds."""
    (tmp_path / "grades.tsv").write_text("king\tqueen\t8\nman\twoman\t7\nking\tapple\t1\n")
    (tmp_path / "texts.tsv").write_text(
        "sentence1\tsentence2\tscore\na king\tthe queen\t5\na king\tan apple\t1\napple pear\ta pear\t4\n"
    )
    (tmp_path / "questions.txt").write_text(": family\nman king woman queen\n")
    (tmp_path / "kinds.csv").write_text("word,category\nking,person\nqueen,person\napple,fruit\npear,fruit\n")
    return tmp_path


def test_tasks_of_a_file(folder: Path):
    chosen = folder / "tasks.toml"
    chosen.write_text(
        '[[task]]\nset = "grades.tsv"\n'
        '[[task]]\nset = "google-analogies"\nmethod = "3CosMul"\nrestrict = 0\nseed = 9\n'
        '[[task]]\nset = "kinds.csv"\nkind = "probe"\nfolds = 2\n'
        'read = { item = "word", label = "category" }\n'
    )
    similarity, analogies, probe = choice.read_choice(chosen, seed=4).tasks
    assert isinstance(similarity, Similarity)
    assert (similarity.name, similarity.seed) == ("grades", 4)
    assert isinstance(analogies, Analogies)
    assert (analogies.method, analogies.restrict, analogies.seed) == ("3CosMul", None, 9)
    assert isinstance(probe, Probe)
    assert probe.labelled.labels == ("person", "person", "fruit", "fruit")
    assert [choice.kind_of(task) for task in (similarity, analogies, probe)] == [
        "similarity",
        "analogies",
        "probe",
    ]


def test_a_set_says_what_is_done_with_it(folder: Path):
    assert isinstance(choice.choose(PAIRS), Similarity)
    assert isinstance(choice.choose("kinds.csv", folder=folder), Clusters)
    assert choice.choose("wordsim353").name == datasets.wordsim353().name


def test_vectors_of_words_are_measured_on_texts_by_the_mean_of_their_words(folder: Path):
    words = ("a", "king", "queen", "apple", "pear")
    space = Vectors(words, [[0.1, 0.1], [1, 0], [1, 0.2], [0, 1], [0.1, 1]])
    chosen = folder / "tasks.toml"
    chosen.write_text('[[task]]\nset = "texts.tsv"\ntexts = "mean"\n[[task]]\nset = "kinds.csv"\n')
    of_texts, of_words = choice.read_choice(chosen, texts="mean").tasks
    assert choice.kind_of(of_texts) == "sentences"
    report = of_texts.report(space)
    assert report.rows[0].n == 3
    assert report.rows == sentences(MeanOfWords(space), folder / "texts.tsv").rows
    assert report.notes[0] == "the vector of a text is the mean of those of its words"
    assert of_texts.outcomes(space)[0].notes[0] == report.notes[0]
    assert of_words.report(space) == clusters(space, folder / "kinds.csv")  # its items are words
    with pytest.raises(DataError, match="in the shell --texts mean"):
        choice.choose("texts.tsv", folder=folder).report(space)
    assert "cranfield" in [task.name for task in choice.default_tasks(space, texts="mean").tasks]


def test_a_name_may_stand_for_several_tests():
    tasks = choice.choose_several("weat", seed=3)
    assert [(choice.kind_of(task), task.name) for task in tasks[:2]] == [("weat", "weat1"), ("weat", "weat2")]
    assert len(tasks) == 10
    with pytest.raises(OptionError, match=r"weat holds 10 tests, .*; choose_several gives them all"):
        choice.choose("weat")


def test_what_a_file_leaves_open_is_said_beside_it(folder: Path):
    chosen = folder / "tasks.toml"
    said = '[[task]]\nset = "google-analogies"\n'
    chosen.write_text(f'{said}{said}restrict = 7\nseed = 5\n[[task]]\nset = "men"\n')
    first, second, men = choice.read_choice(chosen, restrict=0, seed=2).tasks
    assert isinstance(first, Analogies)
    assert isinstance(second, Analogies)
    assert [(first.restrict, first.seed), (second.restrict, second.seed)] == [(None, 2), (7, 5)]
    assert men == choice.choose("men", seed=2)


def test_the_train_part_of_a_task_is_a_file_too(folder: Path):
    probe = choice.choose("kinds.csv", kind="probe", folder=folder, test="kinds.csv")
    assert isinstance(probe, Probe)
    assert probe.test is not None
    assert len(probe.test) == 4


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("", FormatError, r"names no task; begin each with a line \[\[task\]\]"),
        ("task = 3\n", FormatError, "names no task"),
        ("[[task]\n", FormatError, "is no TOML"),
        ('[[tasks]]\nset = "men"\n', OptionError, "unknown key 'tasks'; did you mean 'task'"),
        ('[[task]]\nkind = "probe"\n', FormatError, "task 1 names no set"),
        ('[[task]]\nset = "men"\nkind = 3\n', FormatError, "task 1: kind is a text, not 3"),
        ('[[task]]\nset = "men"\nread = 3\n', FormatError, "task 1: read is a table of options, not 3"),
        ('[[task]]\nset = "men"\nsed = 3\n', OptionError, "task 1: .*'sed'.*did you mean 'seed'"),
        ('[[task]]\nset = "men"\nseed = "x"\n', OptionError, "task 1: seed is a whole number"),
        ('[[task]]\nset = "men"\nkind = "similarty"\n', OptionError, "did you mean 'similarity'"),
        ('[[task]]\nset = "men"\nkind = "analogies"\n', OptionError, "takes Questions"),
        ('[[task]]\nset = "google-analogies"\nmethod = "2Cos"\n', OptionError, "task 1: .*not '2Cos'"),
        ('[[task]]\nset = "google-analogies"\nrestrict = "x"\n', OptionError, "task 1: "),
        ('[[task]]\nset = "men"\n[[task]]\nset = "men"\ncase = "Lower"\n', OptionError, "task 2: case is"),
        ('[[task]]\nset = "cranfield"\nquery_prompt = 3\n', OptionError, "query_prompt is a text, not 3"),
        ('[[task]]\nset = "kinds.csv"\nby = "name"\n', OptionError, "task 1: by is 'auto', 'id' or 'text'"),
        ('[[task]]\nset = "texts.tsv"\nprompt = 3\n', OptionError, "task 1: prompt is a text, not 3"),
        ('[[task]]\nset = "texts.tsv"\ntexts = "sum"\n', OptionError, "task 1: texts is 'mean'"),
        ('[[task]]\nset = "men"\ntexts = "mean"\n', OptionError, "task 1: .*'men' is a set for similarity"),
        ('[[task]]\nset = "google_analogies"\n', FileNotFoundError, "did you mean 'google-analogies'"),
    ],
)
def test_bad_choices_are_refused(folder: Path, text: str, error: type[Exception], said: str):
    chosen = folder / "tasks.toml"
    chosen.write_text(text)
    with pytest.raises(error, match=said) as caught:
        choice.read_choice(chosen)
    assert "tasks.toml" in str(caught.value) or error is FileNotFoundError


def test_words_get_the_word_sets_that_they_cover():
    words = sorted({word for pair in datasets.wordsim353().pairs[:60] for word in pair})
    space = Vectors(words, np.random.default_rng(1).standard_normal((len(words), 4)))
    chosen = choice.default_tasks(space, seed=3)
    assert "wordsim353" in [task.name for task in chosen.tasks]
    assert all(task.seed == 3 for task in chosen.tasks)  # type: ignore[attr-defined]
    left = {some.what: some.why for some in chosen.left_out}
    assert "google-analogies" in left
    assert "cover" in left["google-analogies"]
    assert len(chosen.tasks) + len(chosen.left_out) == len(choice.WORD_SETS)


def test_what_has_no_words_is_told_so():
    chosen = choice.default_tasks(Vectors(range(3), np.eye(3)))
    assert chosen.tasks == ()
    assert "whole numbers" in chosen.left_out[0].why


def test_models_of_texts_get_sets_of_texts():
    model = Model({"words": Vectors(["a", "b"], np.eye(2))}, recipe={"learner": "LSA"})
    assert [choice.kind_of(task) for task in choice.default_tasks(model).tasks] == ["retrieval"]
    other = Model({"words": Vectors(["a", "b"], np.eye(2))}, recipe={"learner": "SkipGram"})
    assert choice.default_tasks(other).tasks == ()


@pytest.mark.parametrize("name", choice.SHIPPED)
def test_every_set_that_ships_has_a_task(name: str):
    for task in choice.choose_several(name, seed=2):
        assert task.name
        assert choice.kind_of(task) in choice.KINDS
