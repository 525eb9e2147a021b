"""DocumentVectors: what it learns, tags, new documents, what it refuses, and how it stops and goes on."""

import itertools
import math

import numpy as np
import pytest

import firth
from firth import DocumentVectors, Run, Sequences
from firth.errors import DataError, NonFiniteError, OptionError, TrainingInterrupted
from firth.learn.documentrows import document_rows
from firth.learn.documenttask import DocumentTask
from firth.testing import check_document_learner, document_world

ONE = Run(threads=1, progress=False)
FORMS = {
    "dbow": {},
    "dbow with words": {"words": True},
    "dm mean": {"mode": "dm"},
    "dm sum": {"mode": "dm", "combine": "sum"},
    "dm concat": {"mode": "dm", "combine": "concat"},
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@pytest.fixture(scope="module")
def world():
    return document_world()


def small(**options):
    return DocumentVectors(**{"dim": 12, "window": 3, "min_count": 1, "subsample": 0, "epochs": 3, **options})


@every_form
def test_it_keeps_the_contract_of_a_document_learner(form):
    # A window of 3 tells the topic without the document, where its parts are not mixed.
    window = 1 if form.get("combine") == "concat" else 3
    options = {"dim": 24, "window": window, "epochs": 40, "encode_epochs": 40, "learning_rate": 0.05}
    check_document_learner(small(**options, **form))


@every_form
def test_spaces_columns_and_recipe(world, form):
    model = small(**form).fit(world.documents, run=ONE)
    words = ["words"] if form else []
    assert list(model.spaces) == ["documents", *words, "contexts"]
    assert model.vectors.counts.tolist() == [len(document) for document in world.documents]
    contexts = model.spaces["contexts"]
    assert contexts.dim == (12 * 7 if form.get("combine") == "concat" else 12)
    assert contexts.counts.sum() == sum(map(len, world.documents))
    assert contexts.matrix.any(axis=1).all()
    assert model.recipe["learner"] == "DocumentVectors"


@every_form
def test_the_loss_falls(world, form):
    report = small(epochs=8, **form).fit(world.documents, run=ONE).report
    assert report["losses"][-1] < report["losses"][0] < 6 * math.log(2)  # what vectors of zeros score
    assert report["loss_pairs"] > 1000
    assert report["pairs"] >= 8 * sum(map(len, world.documents))


def test_words_trained_beside_documents_know_their_topics(world):
    model = small(words=True, epochs=40, learning_rate=0.05, dim=24).fit(world.documents, run=ONE)
    near = model.spaces["words"].most_similar("t2w3", topn=5).ids
    assert all(word.startswith("t2") for word in near)


def test_several_threads_learn_as_well(world):
    learner = small(dim=24, epochs=40, learning_rate=0.05)
    model = learner.fit(world.documents, run=Run(threads=3, progress=False))
    assert world.agreement(model.vectors.matrix) >= 0.9


# --- tags


def test_a_tag_learns_from_all_documents_that_carry_it(world):
    tags = [[f"topic {topic}", "all"] if i % 2 else f"topic {topic}" for i, topic in enumerate(world.topics)]
    model = small(dim=24, epochs=40, learning_rate=0.05).fit(world.documents, tags=tags, run=ONE)
    assert list(model.spaces) == ["documents", "tags", "contexts"]
    found = model.spaces["tags"]
    assert set(found.ids) == {*(f"topic {t}" for t in range(5)), "all"}
    documents = model.vectors
    for topic in range(5):
        nearest = documents.most_similar(found[f"topic {topic}"], topn=10).ids
        assert all(world.topics[i] == topic for i in nearest)
    assert found.counts[found.rows(["all"])[0]] == sum(map(len, world.documents[1::2]))


@every_form
def test_tags_in_every_form(world, form):
    model = small(**form).fit(world.documents, tags=[[i % 3, 7] for i in range(200)], run=ONE)
    assert model.report["tags"] == 4
    assert model.report["empty_tags"] == 0
    assert np.isfinite(model.spaces["tags"].matrix).all()


def test_a_tag_of_empty_documents_is_zeros_and_counted():
    model = small().fit([["a", "b"], [], ["b"]], tags=[["x"], ["y"], ["x"]], run=ONE)
    assert model.report["empty_tags"] == model.report["empty_documents"] == 1
    assert not model.spaces["tags"]["y"].any()
    assert model.spaces["tags"]["x"].any()


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([["x"]], "1 lists of tags were given for 3 documents"),
        ([["x"]] * 4, "more than the 3 documents"),
        ([[], [], []], "no document has a tag"),
        ([["x"], [1], []], "ids must be all strings or all whole numbers"),
        ([["x"], 1.5, []], "the tags of document 1 are 1.5"),
        ([["x"], [["y"]], []], r"the tags of document 1 are \[\['y'\]\]; give a list of strings"),
        ([["x"], {"y": 1}, []], "the tags of document 1 are {'y': 1}"),
        ([["x"], b"y", []], "the tags of document 1 are b'y'"),
        ([["x"], [b"y"], []], r"the tags of document 1 are \[b'y'\]"),
        ([["x"], [None], []], r"the tags of document 1 are \[None\]"),
        ("xyz", "tags are a list with the tags of each document, in their order, not str"),
        (b"xyz", "in their order, not bytes"),
        ({0: ["x"], 1: [], 2: []}, "in their order, not dict"),
        (5, "in their order, not int"),
    ],
)
def test_tags_that_do_not_fit_are_refused(tags, message):
    with pytest.raises(DataError, match=message):
        small().fit([["a", "b"], ["b"], ["c"]], tags=tags, run=ONE)


def test_rows_of_documents_and_tags():
    rows = document_rows(3, [["x", "y", "x"], [], "y"])
    assert (rows.rows.tolist(), rows.starts.tolist()) == ([0, 3, 4, 1, 2, 4], [0, 3, 4, 6])
    assert rows.known(np.array([0, 5, 0])).tolist() == [False, True, False, False, False]
    assert rows.fingerprint() != document_rows(3, [["x"], [], "y"]).fingerprint()


# --- long, short and empty documents


def test_a_document_of_any_length_is_used_whole():
    """More words than a segment holds: the rare word at the end is known to the document too."""
    text = ["a", "b"] * 80_000 + ["end"] * 5
    model = DocumentVectors(dim=8, min_count=1, subsample=0, epochs=1).fit([text, ["c", "d"] * 50], run=ONE)
    assert model.report["pairs"] == len(text) + 100
    assert model.vectors.counts.tolist() == [len(text), 100]


def test_ids_are_those_of_the_documents_and_empty_ones_are_zeros():
    with firth.read_documents(["a b a", "", "rare a"], ids=["x", "y", "z"]) as documents:
        model = small(min_count=2, epochs=2).fit(documents, run=ONE)
        assert documents.tokens.size  # the caller's own documents stay open
    assert list(model.vectors.ids) == ["x", "y", "z"]
    assert not model.vectors["y"].any()
    assert model.report["empty_documents"] == 1
    assert list(model.spaces["contexts"].ids) == ["a"]


def test_sequences_without_ids_are_numbered():
    with Sequences.of([["a", "b"], ["b"]]) as sequences:
        assert list(small().fit(sequences, run=ONE).vectors.ids) == [0, 1]


@pytest.mark.parametrize("nothing", [[], iter([]), [""], [[]], [[], []]])
def test_nothing_to_learn_from_is_an_error(nothing):
    with pytest.raises(DataError):
        small().fit(nothing, run=ONE)


def test_min_count_above_every_count_is_an_error():
    with pytest.raises(DataError, match="min_count"):
        small(min_count=9).fit([["a", "b"], ["a"]], run=ONE)


def test_a_run_that_trains_on_nothing_is_an_error(world):
    with pytest.raises(DataError, match="subsample=1e-12 thinned out"):
        small(subsample=1e-12).fit(world.documents, run=ONE)


@every_form
@pytest.mark.parametrize("documents", [[["one"]], [["one"] * 9, ["two"]], [["w"] * 400] * 20])
def test_the_smallest_worlds_stay_sound(form, documents):
    model = small(**form).fit(documents, run=ONE)
    assert np.abs(model.vectors.matrix).max() < 10
    assert model.encode([["one"], ["w"]], run=ONE).shape == (2, 12)


@every_form
@pytest.mark.parametrize("option", [{"learning_rate": 1}, {"negative": 200}, {"window": 40}, {"dim": 1}])
def test_the_corners_of_the_recipe_stay_sound(world, form, option):
    model = small(**{**form, **option}).fit(world.documents[:60], run=ONE)
    assert np.abs(model.vectors.matrix).max() < 100
    assert np.isfinite(model.encode(world.unseen[:3], run=ONE)).all()


# --- new documents


def test_new_documents_are_read_as_the_old_ones_were():
    with firth.read_documents(["To BE or not", "to DO"] * 5, lowercase=True, tokenizer="words") as documents:
        model = small().fit(documents, run=ONE)
    strings = model.encode(["TO, be!", "to do"], run=ONE)
    lists = model.encode([["to", "be"], ["to", "do"]], run=ONE)
    np.testing.assert_array_equal(strings, lists)


def test_encode_depends_on_the_seed_and_on_epochs(world):
    model = small(epochs=20).fit(world.documents, run=ONE)
    first = model.encode(world.unseen, run=Run(seed=1))
    assert np.array_equal(first, model.encode(world.unseen, run=Run(seed=1)))
    assert not np.array_equal(first, model.encode(world.unseen, run=Run(seed=2)))
    assert not np.array_equal(first, model.encode(world.unseen, epochs=3, run=Run(seed=1)))


def test_encode_changes_nothing_in_the_model(world):
    model = small(mode="dm").fit(world.documents, run=ONE)
    before = {name: vectors.matrix.copy() for name, vectors in model.spaces.items()}
    model.encode(world.unseen, run=ONE)
    for name, matrix in before.items():
        np.testing.assert_array_equal(model.spaces[name].matrix, matrix)


def test_encode_says_how_many_documents_it_does_not_know(world, caplog):
    model = small().fit(world.documents, run=ONE)
    with caplog.at_level("INFO", logger="firth"):
        model.encode([["t0w0"], ["x", "y"], []], run=ONE)
    assert "3 documents, 2 without a known word; 2 tokens are unknown" in caplog.text


def test_encode_of_no_document_and_bad_epochs(world):
    model = small().fit(world.documents, run=ONE)
    with pytest.raises(OptionError, match="epochs"):
        model.encode(world.unseen, epochs=0)


def test_encode_with_a_broken_model_names_the_document(world):
    model = small().fit(world.documents, run=ONE)
    broken = model.spaces["contexts"].matrix.copy()
    broken[:] = np.nan
    spaces = dict(model.spaces)
    spaces["contexts"] = firth.Vectors(
        spaces["contexts"].ids, broken, columns=spaces["contexts"].columns, meta=spaces["contexts"].meta
    )
    with pytest.raises(NonFiniteError, match="document 1 "):
        firth.Model(spaces, recipe=model.recipe).encode([["no such word"], world.unseen[0]], run=ONE)


# --- the recipe


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "pv"}, "mode is 'dbow' or 'dm', not 'pv'"),
        ({"combine": "max"}, "combine is 'mean', 'sum' or 'concat', not 'max'"),
        ({"mode": "dm", "combine": ["mean"]}, r"combine is 'mean', 'sum' or 'concat', not \['mean'\]"),
        ({"combine": "sum"}, "combine='sum' is for mode='dm'"),
        ({"mode": "dm", "words": True}, "words=True is for mode='dbow'"),
        ({"words": 1}, "words is True or False"),
        ({"learning_rate": 1e-5}, "learning_rate=1e-05 is below min_learning_rate=0.0001"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        DocumentVectors(**options)


# --- stopping and going on


@every_form
def test_resuming_gives_the_same_bits(world, tmp_path, monkeypatch, form):
    learner = small(epochs=4, **form)
    whole = learner.fit(world.documents, tags=[[t] for t in world.topics], run=ONE)
    calls, loss = itertools.count(1), DocumentTask.loss

    def stop(task):  # in the main thread, at the end of the second epoch, however fast the others are
        if next(calls) == 2:
            raise KeyboardInterrupt
        return loss(task)

    options = {"threads": 1, "checkpoint": tmp_path, "checkpoint_every": 0}
    with monkeypatch.context() as patch, pytest.raises(TrainingInterrupted) as caught:
        patch.setattr(DocumentTask, "loss", stop)
        learner.fit(world.documents, tags=[[t] for t in world.topics], run=Run(progress=False, **options))
    assert np.isfinite(caught.value.model.vectors.matrix).all()
    resumed = learner.fit(
        world.documents,
        tags=[[t] for t in world.topics],
        run=Run(progress=False, resume=True, **options),
    )
    assert dict(resumed.report) == dict(whole.report)
    for name, vectors in whole.spaces.items():
        np.testing.assert_array_equal(resumed.spaces[name].matrix, vectors.matrix)


def test_a_checkpoint_of_other_tags_is_refused(world, tmp_path):
    run = Run(threads=1, progress=False, checkpoint=tmp_path)
    small().fit(world.documents, run=run)
    again = Run(threads=1, progress=False, checkpoint=tmp_path, resume=True)
    with pytest.raises(DataError, match="tags is"):
        small().fit(world.documents, tags=["x"] * 200, run=again)
