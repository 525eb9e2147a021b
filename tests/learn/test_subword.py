"""The subword learners: what they learn, also for words never seen, beside fastText, and how they go on."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import firth
from firth import Run, SkipGram, SubwordCBOW, SubwordSkipGram, measure
from firth.data.ids import Strings
from firth.data.ngrams import Ngrams
from firth.errors import DataError, OptionError
from firth.learn.pieces import Pieces
from firth.learn.subword import without_unused
from firth.measure.sets import GradedPairs
from firth.measure.spaces import vectors_of
from firth.testing import topic_world

ONE = Run(threads=1, progress=False)
BOTH = [SubwordSkipGram, SubwordCBOW]
SMALL = {"dim": 16, "min_count": 1, "epochs": 3, "subsample": 0, "buckets": 1000}


@pytest.fixture(scope="module")
def fasttext():
    return pytest.importorskip("fasttext")


@pytest.fixture(scope="module")
def world():
    return topic_world()


@pytest.fixture(scope="module")
def model(world):
    return SubwordSkipGram(**SMALL).fit(world.sentences, run=ONE)


@pytest.mark.parametrize("learner", BOTH)
def test_the_loss_falls(learner, world):
    report = learner(**SMALL | {"learning_rate": 0.01}).fit(world.stream(), run=ONE).report
    assert report["losses"] == sorted(report["losses"], reverse=True)


@pytest.mark.parametrize("learner", BOTH)
def test_words_with_common_parts_are_alike_even_if_never_seen(learner):
    """Verbs and nouns in places of their own; each form of a verb is seen, but not of all verbs."""
    random = np.random.default_rng(1)
    verbs, nouns = (
        [f"{stem}ing" for stem in ["walk", "talk", "jump", "read", "sing", "play"]],
        ["aab", "bba", "abb", "baa"],
    )
    sentences = [
        [random.choice(["is", "was"]), random.choice(verbs), "the", random.choice(nouns)] for _ in range(1500)
    ]
    recipe = learner(dim=16, min_count=1, epochs=10, subsample=0, window=2)
    model = recipe.fit(sentences, run=ONE)
    hits = model.vectors.search(model.encode(["swimming", "abab"]), topn=3)
    assert set(hits[0].ids) <= set(verbs)
    assert set(hits[1].ids) <= set(nouns)


def test_a_vector_is_the_mean_of_its_pieces(model):
    words, own, subwords = (model.spaces[name] for name in ("words", "word_rows", "subwords"))
    table = words.ids
    starts, found = Ngrams(buckets=1000).table(table)
    assert set(subwords.ids) == set(found.tolist())  # unused buckets have no row
    for i in range(0, len(words), 7):
        pieces = [own.matrix[i], *subwords[found[starts[i] : starts[i + 1]].tolist()]]
        np.testing.assert_allclose(words.matrix[i], np.mean(pieces, axis=0), atol=1e-6)


def test_fasttext_makes_the_same_vectors(fasttext, model, tmp_path):
    model.save(tmp_path / "model.safetensors")
    loaded = firth.load(tmp_path / "model.safetensors", verify=True)
    firth.formats.write(loaded, tmp_path / "model.bin")
    theirs = fasttext.load_model(str(tmp_path / "model.bin"))
    words = [*model.vectors.ids, "unseen", "wörtlich", "東京", "", "</s>"]
    expected = [theirs.get_word_vector(word) for word in words]
    for ours in (model, loaded, firth.load(tmp_path / "model.bin")):
        np.testing.assert_allclose(ours.encode(words), expected, atol=1e-6)


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
def test_it_goes_on_from_a_model_of_fasttext(fasttext, mode, world, tmp_path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(" ".join(sentence) for sentence in world.sentences), encoding="utf-8")
    theirs = fasttext.train_unsupervised(
        str(corpus), model=mode, dim=20, minCount=1, bucket=500, epoch=1, thread=10, verbose=0
    )
    theirs.save_model(str(tmp_path / "model.bin"))
    start = firth.load(tmp_path / "model.bin")
    learner = SubwordCBOW if mode == "cbow" else SubwordSkipGram
    recipe = learner(dim=20, min_count=1, buckets=500, epochs=1, subsample=0)
    frozen = recipe.fit([["brandnew", "words", "t0w0"]] * 50, start=start, anchor=float("inf"), run=ONE)
    assert "brandnew" in frozen.vectors
    assert frozen.report["start"]["drift"]["largest"] == 0
    np.testing.assert_array_equal(frozen.vectors[list(start.vectors.ids)], start.vectors.matrix)
    moved = recipe.fit([["brandnew", "words", "t0w0"]] * 50, start=start, run=ONE)
    assert moved.report["start"]["drift"]["largest"] > 0
    held = recipe.fit([["brandnew", "words", "t0w0"]] * 50, start=start, anchor=2.0, run=ONE)
    assert held.report["start"]["drift"]["mean"] < moved.report["start"]["drift"]["mean"]


def test_going_on_from_vectors_without_subwords_begins_with_them(world):
    start = SkipGram(dim=16, min_count=1, epochs=5, subsample=0).fit(world.sentences, run=ONE)
    learner = SubwordSkipGram(**SMALL | {"learning_rate": 1e-7, "min_learning_rate": 0.0, "epochs": 1})
    model = learner.fit(world.sentences, start=start, run=ONE)
    np.testing.assert_allclose(model.vectors[list(start.vectors.ids)], start.vectors.matrix, atol=1e-4)


def test_a_start_cut_in_another_way_is_refused(model, world):
    with pytest.raises(DataError, match=r"min_n=3, max_n=6, buckets=1000\), and the learner .*buckets=999"):
        SubwordSkipGram(**SMALL | {"buckets": 999}).fit(world.sentences, start=model, run=ONE)


def test_several_threads_learn_as_well(world):
    learner = SubwordSkipGram(dim=24, min_count=1, epochs=15, subsample=1e-2)
    model = learner.fit(world.sentences, run=Run(threads=3, progress=False))
    assert world.agreement(model.vectors) >= 0.8


@pytest.mark.parametrize("learner", BOTH)
def test_a_checkpoint_goes_on_to_the_same_model(learner, world, tmp_path):
    recipe = learner(**SMALL)
    whole = recipe.fit(world.sentences, run=ONE)

    calls = []

    def stop(numbers):
        calls.append(numbers)
        if len(calls) == 3:
            raise KeyboardInterrupt

    run = Run(threads=1, progress=stop, checkpoint=tmp_path / "state", checkpoint_every=0)
    with pytest.raises(firth.errors.TrainingInterrupted) as caught:
        recipe.fit(world.sentences, run=run)
    assert np.isfinite(caught.value.model.vectors.matrix).all()
    again = recipe.fit(
        world.sentences, run=dataclasses.replace(run, progress=False, resume=True, checkpoint_every=60)
    )
    np.testing.assert_array_equal(again.vectors.matrix, whole.vectors.matrix)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_n": 4, "max_n": 3}, "make no n-gram"),
        ({"buckets": -1}, "buckets is a whole number"),
        ({"max_n": 1001}, "max_n is a whole number"),
        ({"loss": "softmax"}, "'negative_sampling' only"),
        ({"loss": "hinge"}, "choose one of"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        SubwordSkipGram(**options)


@pytest.mark.parametrize("options", [{"buckets": 0}, {"max_n": 0}, {"min_n": 500, "max_n": 600}])
@pytest.mark.parametrize("learner", BOTH)
def test_without_ngrams_words_are_their_own_rows(learner, options, world, tmp_path):
    model = learner(**SMALL | options).fit(world.sentences, run=ONE)
    np.testing.assert_array_equal(model.vectors.matrix, model.spaces["word_rows"].matrix)
    assert len(model.spaces["subwords"]) == 0
    assert not model.encode(["unseen"]).any()
    model.save(tmp_path / "model.safetensors")
    assert firth.load(tmp_path / "model.safetensors", verify=True).vectors == model.vectors


def test_one_bucket_is_shared_by_all(world):
    model = SubwordSkipGram(**SMALL | {"buckets": 1}).fit(world.sentences, run=ONE)
    assert list(model.spaces["subwords"].ids) == [0]
    assert np.isfinite(model.vectors.matrix).all()


@pytest.mark.parametrize("learner", BOTH)
def test_extreme_settings_stay_finite(learner):
    """One word over and over, whose pieces all pull at the same rows, and a window far over the block."""
    recipe = learner(dim=8, min_count=1, subsample=0, epochs=20, window=60, negative=50, learning_rate=1.0)
    model = recipe.fit([["aaaaaaaa", "aaaaaaaaa"] * 200], run=ONE)
    assert np.isfinite(model.vectors.matrix).all()


def test_long_words_and_all_scripts_are_learnt():
    words = ["x" * 5000, "наука", "東京", "👩‍👩‍👧", "</s>", "é"]
    model = SubwordSkipGram(**SMALL).fit([words] * 30, run=ONE)
    assert np.isfinite(model.vectors.matrix).all()
    np.testing.assert_allclose(model.encode(words), model.vectors[words])
    assert np.array_equal(model.vectors["</s>"], model.spaces["word_rows"]["</s>"])


def test_encode_says_what_it_cannot_do(model):
    with pytest.raises(DataError, match=r"write \['word'\]"):
        model.encode("word")
    with pytest.raises(DataError, match="found 5"):
        model.encode([5])
    bare = firth.Model({"words": model.vectors}, recipe=model.recipe)
    with pytest.raises(DataError, match="has no subwords"):
        bare.encode(["word"])
    assert model.encode([]).shape == (0, 16)


def test_measures_cover_unseen_words(model, world):
    known = sorted(world.words)[:3]
    pairs = GradedPairs(
        name="pairs", pairs=((known[0], "unseenword"), (known[1], known[2].upper())), grades=(1.0, 2.0)
    )
    assert measure.similarity(model.vectors, pairs).rows[0].n == 1
    assert measure.similarity(model, pairs).rows[0].n == 2
    wider = vectors_of(model, [word for pair in pairs.pairs for word in pair])
    assert len(wider) == len(model.vectors) + 1  # the second pair is known in lower case
    np.testing.assert_array_equal(wider["unseenword"], model.encode(["unseenword"])[0])


def test_pieces_of_words():
    words = Strings.of(["to", "tom", "</s>"])
    pieces = Pieces.of(words, Ngrams(min_n=3, max_n=3, buckets=10_000), more=np.array([5, 7]))
    assert {5, 7} <= set(pieces.used.tolist())
    assert np.diff(pieces.starts).tolist() == [3, 4, 1]
    assert pieces.rows[pieces.starts[:-1]].tolist() == [0, 1, 2]
    rows, sizes = pieces.of_words(np.array([2, 0], np.int32))
    assert sizes.tolist() == [1, 3]
    assert rows[0] == 2
    assert set(pieces.rows[:3]) == set(rows[1:])
    assert len(pieces) == 3 + pieces.used.size


def test_the_sums_of_the_pieces_of_many_words():
    words = Strings.of([f"word{i}" for i in range(3000)])
    pieces = Pieces.of(words, Ngrams(buckets=500))
    matrix = np.random.default_rng(1).normal(size=(len(pieces), 16)).astype(np.float32)
    asked = np.arange(2999, -1, -1, dtype=np.int32)
    sums, sizes = pieces.sums(matrix, asked, 3)
    assert sizes.tolist() == np.diff(pieces.starts)[::-1].tolist()
    for i in (0, 1023, 1024, 2999):
        start, stop = pieces.starts[asked[i]], pieces.starts[asked[i] + 1]
        np.testing.assert_allclose(sums[i], matrix[pieces.rows[start:stop], :3].sum(axis=0), atol=1e-5)


def test_a_corpus_on_disk_and_two_passes_of_it_are_the_same(world, tmp_path):
    lines = "\n".join(" ".join(sentence) for sentence in world.sentences)
    Path(tmp_path, "corpus.txt").write_text(lines, encoding="utf-8")
    first = SubwordSkipGram(**SMALL).fit(world.sentences, run=ONE)
    second = SubwordSkipGram(**SMALL).fit(tmp_path / "corpus.txt", run=ONE)
    np.testing.assert_array_equal(first.vectors.matrix, second.vectors.matrix)


def test_unused_buckets_can_be_dropped_and_subwords_halved(fasttext, world, tmp_path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(" ".join(sentence) for sentence in world.sentences), encoding="utf-8")
    theirs = fasttext.train_unsupervised(
        str(corpus), dim=20, minCount=1, bucket=5000, epoch=1, thread=10, verbose=0
    )
    theirs.save_model(str(tmp_path / "model.bin"))
    whole = firth.load(tmp_path / "model.bin")
    slim = without_unused(whole)
    assert len(slim.spaces["subwords"]) + slim.report["unused_buckets_dropped"] == 5000
    assert 0 < len(slim.spaces["subwords"]) < 1000
    assert slim.vectors == whole.vectors
    some = [world.sentences[0][0], "unseen"]
    slim.save(tmp_path / "slim.safetensors")
    slim.save(tmp_path / "half.safetensors", half=["subwords"])
    half = firth.load(tmp_path / "half.safetensors", verify=True)
    assert half.vectors == slim.vectors
    np.testing.assert_allclose(half.encode(some), slim.encode(some), rtol=1e-3, atol=1e-5)
    sizes = [Path(tmp_path, name).stat().st_size for name in ("half.safetensors", "slim.safetensors")]
    assert sizes[1] - sizes[0] == pytest.approx(2 * slim.spaces["subwords"].matrix.size, abs=100)
    with pytest.raises(DataError, match="has no subwords"):
        without_unused(firth.Model({"words": slim.vectors}))


@pytest.mark.parametrize(("learner", "rate"), [(SubwordSkipGram, 0.05), (SubwordCBOW, 0.25)])
def test_no_learning_rate_means_the_usual_one(learner, rate):
    assert learner().first_rate == learner(learning_rate=None).first_rate == rate
    assert learner(learning_rate=0.1).first_rate == 0.1


def test_a_range_that_makes_no_ngram_of_this_text_is_said(world, caplog):
    report = SubwordSkipGram(**SMALL | {"min_n": 30, "max_n": 40}).fit(world.sentences, run=ONE).report
    assert (report["ngrams"], report["buckets_used"], report["words_without_ngrams"]) == (0, 0, 43)
    assert "no word of this text has an n-gram of 30 to 40 letters" in caplog.text


def test_the_report_says_how_many_ngrams_there_are(model, caplog):
    report = model.report
    sizes = np.diff(Ngrams(buckets=1000).table(model.vectors.ids)[0])
    assert report["ngrams"] == sizes.sum() > 0
    assert report["buckets_used"] == len(model.spaces["subwords"])
    assert report["words_without_ngrams"] == 0
    SubwordSkipGram(**SMALL | {"max_n": 0}).fit([["a", "b"]] * 30, run=ONE)
    assert not caplog.text  # asked for


def test_encode_takes_a_run_as_all_do_and_anything_to_go_through(model):
    words = [f"word{i}" for i in range(9000)]
    one = model.encode(words, run=ONE)
    np.testing.assert_array_equal(one, model.encode(iter(words), run=Run(threads=3)))
    with pytest.raises(DataError, match="several words are expected here, not NoneType"):
        model.encode(None)


def test_no_more_threads_than_asked_for_compose(world, monkeypatch):
    pools = []

    def pool(threads):
        pools.append(threads)
        return ThreadPoolExecutor(threads)

    monkeypatch.setattr("firth.data.ngrams.ThreadPoolExecutor", pool)
    model = SubwordSkipGram(**SMALL | {"epochs": 1}).fit(world.sentences, run=ONE)
    model.encode(["unseen"], run=Run(threads=3))
    assert pools == [1, 3]
