"""From sets to tasks: the usual kind, a kind that is named, options, and what is refused."""

from __future__ import annotations

from dataclasses import fields

import pytest
from planted import Planted

from firth.errors import DataError, OptionError
from firth.measure import sets
from firth.measure.analogies import Analogies
from firth.measure.clusters import Clusters
from firth.measure.pairs import Similarity
from firth.measure.probe import Probe
from firth.measure.tasks import KINDS, labels_of, task_of, tasks_of

PAIRS = sets.GradedPairs(name="pairs", pairs=(("a", "b"), ("a", "c")), grades=(1.0, 2.0))
QUESTIONS = sets.Questions(name="questions", sections=(("s", (("a", "b", "c", "d"),)),))
LABELLED = sets.LabelledItems(name="labelled", items=("a", "b", "c"), labels=("x", "y", "x"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_task_whose_first_field_is_its_set(kind):
    task = KINDS[kind].load()
    first = fields(task)[0]
    assert KINDS[kind].takes in str(first.type)
    assert all(hasattr(task, name) for name in ("name", "outcomes", "report"))


def test_sets_become_the_usual_tasks():
    assert task_of(PAIRS) == Similarity(pairs=PAIRS)
    assert task_of(QUESTIONS, restrict=None, method="3CosMul") == Analogies(
        questions=QUESTIONS, restrict=None, method="3CosMul"
    )
    assert isinstance(task_of(LABELLED), Clusters)
    assert isinstance(task_of(LABELLED, kind="probe", folds=2), Probe)


def test_a_task_is_taken_as_it_is():
    task = Planted()
    assert task_of(task) is task
    assert tasks_of(task) == [task]
    with pytest.raises(OptionError, match="kind='probe', seed: a task has its options already"):
        task_of(task, kind="probe", seed=3)


def test_several_take_the_options_that_they_have(tmp_path):
    path = tmp_path / "mine.tsv"
    path.write_text("a\tb\t1\na\tc\t2\n")
    similarity, analogies, planted = tasks_of([path, QUESTIONS, Planted()], seed=7, restrict=99)
    assert (similarity.name, similarity.seed) == ("mine", 7)
    assert (analogies.seed, analogies.restrict) == (7, 99)
    assert planted == Planted()
    assert [task.name for task in tasks_of(str(path))] == ["mine"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "similar"}, r"kind is 'similarity', .*, not 'similar'"),
        ({"kind": "probe"}, "probe takes LabelledItems, and 'pairs' is of kind GradedPairs"),
        ({"cases": "auto"}, r"similarity has no option 'cases'; it has case, seed; did you mean 'case'\?"),
        ({"pairs": PAIRS}, "similarity has no option 'pairs'"),
        ({"case": "upper"}, "case is 'auto', 'exact' or 'lower'"),
    ],
)
def test_what_no_task_takes(options, message):
    with pytest.raises(OptionError, match=message):
        task_of(PAIRS, **options).outcomes(__import__("firth").Vectors(["a"], [[1.0]]))


def test_what_is_no_task():
    with pytest.raises(DataError, match="42 is neither a set nor a task"):
        tasks_of([42])
    for nothing in (None, 5):
        with pytest.raises(DataError, match=f"{nothing} is neither a set nor a task"):
            tasks_of(nothing)
    with pytest.raises(DataError, match="at least one set or task"):
        tasks_of([])
    dictionary = sets.Dictionary(name="en-it", pairs=(("a", "b"),))
    with pytest.raises(DataError, match="'en-it' is of kind Dictionary, on which spaces are not compared"):
        task_of(dictionary)


def test_no_two_tasks_are_called_the_same():
    two = [Analogies(questions=QUESTIONS), Analogies(questions=QUESTIONS, method="3CosMul")]
    labels = labels_of([Similarity(pairs=PAIRS), *two, Probe(labelled=LABELLED), Clusters(labelled=LABELLED)])
    assert labels == [
        "pairs", "questions, method='3CosAdd'", "questions, method='3CosMul'", "labelled, probe",
        "labelled, clusters",
    ]  # fmt: skip
    assert labels_of([Planted(), Planted()]) == ["planted", "planted (2)"]
