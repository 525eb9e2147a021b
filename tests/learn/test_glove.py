"""The GloVe learner: what it learns, repeats, reports, refuses, and how it goes on from a model."""

import itertools

import numpy as np
import pytest

from firth import Edges, GloVe, Run, Sequences, Vectors, cooccur, load
from firth.errors import DataError, NonFiniteError, OptionError, TrainingInterrupted
from firth.testing import topic_world

ONE = Run(threads=1, progress=False)
SMALL = GloVe(dim=16, min_count=1, epochs=8)


@pytest.fixture(scope="module")
def world():
    return topic_world()


@pytest.fixture(scope="module")
def counts(world):
    return cooccur(Sequences.of(world.sentences), window=10)


@pytest.fixture(scope="module")
def model(counts):
    return SMALL.fit(counts, run=ONE)


def test_the_loss_falls_fast_and_then_slowly(counts):
    """Most of the way in the first passes."""
    losses = GloVe(dim=24, epochs=25).fit(counts, run=ONE).report["losses"]
    assert len(losses) == 25
    assert losses == sorted(losses, reverse=True)
    falls = -np.diff(losses)
    assert falls[:5].sum() > 10 * falls[-5:].sum()


def test_dot_products_and_biases_become_the_logarithms_of_the_counts(counts):
    model = GloVe(dim=32, epochs=200, combine="both", x_max=1).fit(counts, run=ONE)
    words, contexts = model.spaces["words"], model.spaces["contexts"]
    scores = words.matrix @ contexts.matrix.T
    scores += words.columns["bias"][:, None] + contexts.columns["bias"]
    np.testing.assert_allclose(scores[counts.i, counts.j], np.log(counts.weight), atol=0.3)


def test_the_loss_is_that_of_the_vectors_it_returns(counts):
    model = GloVe(dim=8, epochs=2, combine="both").fit(counts, run=ONE)
    words, contexts = model.spaces["words"], model.spaces["contexts"]
    errors = np.einsum("nd,nd->n", words.matrix[counts.i], contexts.matrix[counts.j])
    errors += words.columns["bias"][counts.i] + contexts.columns["bias"][counts.j] - np.log(counts.weight)
    f = np.minimum(1, (counts.weight / 100) ** 0.75)
    assert model.report["losses"][-1] == pytest.approx((f * errors**2).mean(), rel=1e-4)
    assert model.report["loss_pairs"] == len(counts)


def test_sums_are_of_both_sides(counts):
    made = {
        kind: GloVe(dim=9, epochs=2, combine=kind).fit(counts, run=ONE) for kind in ("sum", "words", "both")
    }
    both = made["both"].spaces
    assert list(both) == ["words", "contexts"]
    assert list(made["sum"].spaces) == list(made["words"].spaces) == ["words"]
    np.testing.assert_array_equal(made["words"].vectors.matrix, both["words"].matrix)
    np.testing.assert_array_equal(made["sum"].vectors.matrix, both["words"].matrix + both["contexts"].matrix)
    bias = both["words"].columns["bias"] + both["contexts"].columns["bias"]
    np.testing.assert_array_equal(made["sum"].vectors.columns["bias"], bias)


def test_text_sequences_and_edges_give_the_same(world, model):
    for source in (world.stream(), Sequences.of(world.sentences)):
        other = SMALL.fit(source, run=ONE)
        np.testing.assert_array_equal(other.vectors.matrix, model.vectors.matrix)
        assert other.vectors.ids == model.vectors.ids


def test_edges_in_any_order_and_from_a_file_give_the_same(counts, model, tmp_path):
    order = np.random.default_rng(0).permutation(len(counts))
    mixed = Edges(counts.i[order], counts.j[order], counts.weight[order], left=counts.left)
    counts.save(tmp_path / "counts")
    for source in (mixed, Edges.load(tmp_path / "counts")):
        np.testing.assert_array_equal(SMALL.fit(source, run=ONE).vectors.matrix, model.vectors.matrix)


@pytest.mark.parametrize("dim", [1, 14, 15, 100])
def test_any_dimension(counts, dim):
    vectors = GloVe(dim=dim, epochs=2).fit(counts, run=ONE).vectors
    assert vectors.matrix.shape == (len(counts.left), dim)
    assert np.isfinite(vectors.matrix).all()


def test_several_threads_learn_as_well(world):
    model = GloVe(dim=24, min_count=1).fit(world.sentences, run=Run(threads=3, progress=False))
    assert world.agreement(model.vectors) >= 0.8


def test_edges_between_two_vocabularies():
    edges = Edges.of([("ann", "jam", 5.0), ("ann", "tea", 2.0), ("bob", "tea", 9.0)])
    model = GloVe(dim=4, combine="both").fit(edges, run=ONE)
    assert list(model.spaces["words"].ids) == ["ann", "bob"]
    assert sorted(model.spaces["contexts"].ids) == ["jam", "tea"]
    with pytest.raises(OptionError, match="combine='both'"):
        GloVe(dim=4).fit(edges, run=ONE)


def test_the_report_and_the_columns(counts, model):
    assert model.report["counts"]["edges"] == len(counts)
    assert model.report["pairs"] == SMALL.epochs * len(counts)
    assert model.report["epochs_done"] == SMALL.epochs
    assert model.report["counts"]["window"] == 10
    assert model.report["data"]["vocabulary"] == len(counts.left)
    np.testing.assert_array_equal(model.vectors.counts, counts.left.counts)
    assert model.recipe["learner"] == "GloVe"


@pytest.mark.parametrize("weight", [0.0, -1.0])
def test_counts_without_a_logarithm_are_refused(weight):
    edges = Edges.of([("a", "b", 2.0), ("b", "a", weight)], shared=True)
    with pytest.raises(DataError, match=rf"that of \('b', 'a'\) is {weight:g}"):
        GloVe(dim=4).fit(edges, run=ONE)


@pytest.mark.parametrize("nothing", [[], [""], [["alone"]], ["one", "two"]])
def test_nothing_to_learn_from_is_an_error(nothing):
    with pytest.raises(DataError):
        GloVe(min_count=1).fit(nothing, run=ONE)


@pytest.mark.parametrize("words", [1, 2])
def test_a_vocabulary_of_a_word_or_two(words):
    text = [[f"w{i % words}" for i in range(30)] for _ in range(30)]
    model = GloVe(dim=8, min_count=1, epochs=300).fit(text, run=ONE)
    assert np.abs(model.vectors.matrix).max() < 10
    assert model.report["losses"][-1] < 1e-3


@pytest.mark.parametrize(
    ("option", "value"), [("combine", "mean"), ("weighting", "inverse"), ("symmetric", 1), ("x_max", 0)]
)
def test_bad_options(option, value):
    with pytest.raises(OptionError, match=option):
        GloVe(**{option: value})


@pytest.mark.parametrize("recipe", [{"learning_rate": 0.2}, {"alpha": 0.0}, {"x_max": 1e-3}, {"x_max": 1e9}])
def test_the_corners_of_the_recipe_stay_sound(counts, recipe):
    model = GloVe(dim=16, epochs=5, **recipe).fit(counts, run=ONE)
    assert np.abs(model.vectors.matrix).max() < 20


def test_an_error_that_is_not_finite_stops_the_run(counts):
    start = Vectors(counts.left.keys, np.full((len(counts.left), 16), 1e25, np.float32))
    with pytest.raises(NonFiniteError, match=r"epoch 1 at learning rate 0\.05.*in row \d+ of"):
        SMALL.fit(counts, start=start, run=ONE)


def test_too_large_a_step_stops_the_run_too(counts):
    with pytest.raises(NonFiniteError, match="Lower the learning rate"):
        GloVe(dim=16, learning_rate=1).fit(counts, run=ONE)


def interrupting(after):
    """A progress function that acts like Ctrl-C at its n-th call."""
    calls = itertools.count(1)

    def progress(_):
        if next(calls) == after:
            raise KeyboardInterrupt

    return progress


def test_resuming_gives_the_same_bits(counts, model, tmp_path):
    options = {"threads": 1, "checkpoint": tmp_path, "checkpoint_every": 0}
    with pytest.raises(TrainingInterrupted) as caught:
        SMALL.fit(counts, run=Run(progress=interrupting(2), **options))
    assert np.isfinite(caught.value.model.vectors.matrix).all()
    resumed = SMALL.fit(counts, run=Run(progress=False, resume=True, **options))
    assert dict(resumed.report) == dict(model.report)
    np.testing.assert_array_equal(resumed.vectors.matrix, model.vectors.matrix)


# --- going on from a model


MORE = [["ant", "bee", "cat", "bee"], ["bee", "cat", "dog"]] * 20
FEW = [["ant", "bee", "cat"], ["elk", "ant", "bee"]] * 20


@pytest.fixture(scope="module")
def begun():
    return GloVe(dim=8, min_count=1).fit(FEW, run=ONE)


def test_old_words_stay_new_ones_come_and_the_drift_is_told(begun, tmp_path):
    begun.save(tmp_path / "begun.safetensors")
    learner = GloVe(dim=8, min_count=1, epochs=3)
    model = learner.fit(MORE, start=load(tmp_path / "begun.safetensors"), run=ONE)
    assert sorted(model.vectors.ids) == ["ant", "bee", "cat", "dog", "elk"]
    np.testing.assert_array_equal(model.vectors["elk"], begun.vectors["elk"])  # not in the new text
    assert model.vectors.columns["counts"][model.vectors.rows(["bee", "elk"])].tolist() == [100, 20]
    told = model.report["start"]
    assert (told["words"], told["new_words"], told["kept_words"]) == (4, 1, 1)
    moved = [1 - begun.vectors.similarity(model.vectors[w], begun.vectors[w]) for w in ("ant", "bee", "cat")]
    assert told["drift"]["largest"] == pytest.approx(max(moved), abs=1e-6)
    assert told["drift"]["ids"] == 4


@pytest.mark.parametrize("combine", ["sum", "words", "both"])
def test_an_anchor_holds_old_words(begun, combine):
    learner = GloVe(dim=8, min_count=1, combine=combine)
    drifts = [
        learner.fit(MORE, start=begun, anchor=anchor, run=ONE).report["start"]["drift"]["mean"]
        for anchor in (0, 0.3, 30, np.inf)
    ]
    assert drifts == sorted(drifts, reverse=True)
    assert drifts[0] > 4 * drifts[2] > 0 == drifts[3]


def test_frozen_words_keep_every_bit(begun):
    model = GloVe(dim=8, min_count=1).fit(MORE, start=begun.vectors, anchor=np.inf, run=ONE)
    old = list(begun.vectors.ids)
    np.testing.assert_array_equal(model.vectors[old], begun.vectors[old])
    assert model.report["losses"][-1] < model.report["losses"][0]  # the new word and the biases still learn


@pytest.mark.parametrize("combine", ["sum", "both"])
def test_going_on_with_the_same_text_begins_where_it_ended(world, combine):
    learner = GloVe(dim=16, min_count=1, combine=combine, epochs=10)
    first = learner.fit(world.sentences, run=ONE)
    again = learner.fit(world.sentences, start=first, run=ONE)
    assert again.report["losses"][0] < 0.1 * first.report["losses"][0]


def test_an_anchor_between_two_vocabularies():
    """There are fewer contexts than words; the pull looks at words alone."""
    edges = Edges.of([(f"u{k}", f"f{k % 3}", 1.0 + k) for k in range(40)])
    learner = GloVe(dim=4, combine="both", epochs=3)
    first = learner.fit(edges, run=ONE)
    for anchor in (1.0, 1e300, np.inf):
        again = learner.fit(edges, start=first, anchor=anchor, run=ONE)
        assert np.isfinite(again.spaces["contexts"].matrix).all()
    assert again.report["start"]["drift"]["largest"] == 0


@pytest.mark.parametrize("weight", [1e-60, 1e60])
def test_weights_that_float32_cannot_hold_are_refused(weight):
    edges = Edges.of([("a", "b", 2.0), ("b", "a", weight)], shared=True, dtype=np.float64)
    with pytest.raises(DataError, match="float32"):
        GloVe(dim=4).fit(edges, run=ONE)


def test_a_start_with_bad_numbers_or_another_dim_is_refused(counts):
    matrix = np.zeros((2, 16), np.float32)
    matrix[1, 3] = np.nan
    with pytest.raises(DataError, match=r"row 1 of words, 'b'"):
        SMALL.fit(counts, start=Vectors(["a", "b"], matrix), run=ONE)
    with pytest.raises(DataError, match="16"):
        SMALL.fit(counts, start=Vectors(["a", "b"], matrix[:, :3]), run=ONE)
    with pytest.raises(OptionError, match="anchor=-1"):
        SMALL.fit(counts, start=Vectors(["a", "b"], matrix), anchor=-1, run=ONE)


def test_both_sides_keep_the_old_words_and_add_up_their_counts():
    learner = GloVe(dim=8, min_count=1, combine="both")
    first = learner.fit(FEW, run=ONE)
    model = learner.fit(MORE, start=first, run=ONE)
    for name in ("words", "contexts"):
        space = model.spaces[name]
        assert sorted(space.ids) == ["ant", "bee", "cat", "dog", "elk"]
        np.testing.assert_array_equal(space["elk"], first.spaces[name]["elk"])  # not in the new text
        assert space.columns["counts"][space.rows(["bee", "elk"])].tolist() == [100, 20]
        bias = [made.spaces[name].columns["bias"][made.spaces[name].rows(["elk"])] for made in (first, model)]
        assert bias[0] == bias[1]


def test_a_start_with_biases_that_are_no_numbers_is_refused():
    old = Vectors(["ant", "bee"], np.ones((2, 8), np.float32), columns={"bias": np.array([0.5, np.nan])})
    with pytest.raises(DataError, match="biases are not all finite"):
        GloVe(dim=8, min_count=1).fit(MORE, start=old, run=ONE)
