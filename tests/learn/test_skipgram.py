"""The skip-gram learner: what it learns, repeats, reports, refuses, and how it stops and goes on."""

import itertools
import math
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from firth import Run, Sequences, SkipGram, read_text
from firth.errors import DataError, ExistsError, NonFiniteError, OptionError, TrainingInterrupted
from firth.kernels import skipgram as kernel
from firth.learn import wordtask as module
from firth.learn.heldout import hold_out, holdout_period
from firth.learn.sampling import keep_thresholds
from firth.testing import topic_world

ONE = Run(threads=1, progress=False)
SMALL = SkipGram(dim=16, min_count=1, epochs=3, subsample=0)


@pytest.fixture(scope="module")
def world():
    return topic_world()


def test_the_loss_falls_and_is_that_of_pairs_held_out(world):
    report = SkipGram(dim=24, min_count=1, epochs=6, subsample=0).fit(world.stream(), run=ONE).report
    assert report["loss_held_out"]
    assert report["loss_pairs"] > 100
    assert report["losses"] == sorted(report["losses"], reverse=True)
    assert report["losses"][0] < 6 * math.log(2)  # what vectors of zeros score with 5 noise words
    assert report["epochs_done"] == 6


def test_held_out_positions_are_never_inputs(world):
    with Sequences.of(world.sentences) as sequences:
        tokens = int(sequences.offsets[-1])
        period = holdout_period(tokens, 5)
        counts = sequences.vocabulary.counts
        every = {"period": period, "window": 5, "keep": keep_thresholds(counts, 0), "most": 10**6, "seed": 1}
        held = hold_out(sequences, dynamic=True, kind="from_centre", **every)
        runs = np.arange(tokens) // 32 % period == period - 1
        assert set(held.inputs.tolist()) <= set(sequences.tokens[runs].tolist())
        everything = SkipGram(dim=4, min_count=1, epochs=1, subsample=0, window=5, dynamic_window=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "holdout_period", lambda *_: 0)
            all_pairs = everything.fit(sequences, run=ONE).report["pairs"]
        fewer = everything.fit(sequences, run=ONE).report["pairs"]
        fixed = hold_out(sequences, dynamic=False, kind="from_centre", **every)
        assert all_pairs - fewer == len(fixed)
        turned = hold_out(sequences, dynamic=False, kind="to_centre", **every)
        assert sorted(zip(turned.inputs, turned.targets, strict=True)) == sorted(
            zip(fixed.targets, fixed.inputs, strict=True)
        )
        windows = hold_out(sequences, dynamic=False, kind="together", **every)
        assert windows.inputs.size == len(fixed)
        assert len(windows) < len(fixed)


@pytest.mark.parametrize("dim", [1, 15, 16, 17, 100])
def test_any_dimension(world, dim):
    vectors = SkipGram(dim=dim, min_count=1, epochs=1).fit(world.sentences, run=ONE).vectors
    assert vectors.matrix.shape == (len(world.words), dim)
    assert np.isfinite(vectors.matrix).all()
    assert vectors.matrix.any(axis=1).all()


def test_several_threads_learn_as_well(world):
    learner = SkipGram(dim=24, min_count=1, epochs=15, subsample=1e-2)
    model = learner.fit(world.sentences, run=Run(threads=3, progress=False))
    assert world.agreement(model.vectors) >= 0.8


def test_sequences_texts_files_and_generators_give_the_same(world, tmp_path):
    lines = [" ".join(sentence) for sentence in world.sentences]
    Path(tmp_path, "corpus.txt").write_text("\n".join(lines), encoding="utf-8")
    with Sequences.of(world.sentences) as sequences:
        sources = [sequences, lines, iter(lines), world.sentences, tmp_path / "corpus.txt"]
        first, *others = [SMALL.fit(source, run=ONE).vectors for source in sources]
        assert sequences.tokens.size  # the caller's own sequences stay open
    for other in others:
        assert other.ids == first.ids
        np.testing.assert_array_equal(other.matrix, first.matrix)


def test_min_count_counts_for_ready_sequences_too():
    with Sequences.of([["a", "b"] * 50 + ["rare"]]) as sequences:
        model = SkipGram(dim=4, epochs=1, subsample=0).fit(sequences, run=ONE)
    assert list(model.vectors.ids) == ["a", "b"]


def test_rare_words_that_the_reader_was_told_to_keep_stay():
    with read_text([["a", "b"] * 50 + ["rare"]], min_count=5, keep=["rare"]) as sequences:
        model = SkipGram(dim=4, epochs=1, subsample=0).fit(sequences, run=ONE)
    assert list(model.vectors.ids) == ["a", "b", "rare"]


def test_spaces_and_columns():
    model = SMALL.fit([["a", "b", "a", "c"]] * 30, run=ONE)
    assert list(model.spaces) == ["words", "contexts"]
    assert model.vectors is model.spaces["words"]
    assert model.vectors.counts.tolist() == [60, 30, 30]
    assert model.recipe["learner"] == "SkipGram"


@pytest.mark.parametrize("nothing", [[], iter([]), [""], [["alone"]], ["one", "two", "three"]])
def test_nothing_to_learn_from_is_an_error(nothing):
    with pytest.raises(DataError):
        SkipGram(min_count=1).fit(nothing, run=ONE)


def test_a_run_that_trains_on_nothing_is_an_error(world):
    with pytest.raises(DataError, match="subsample=1e-12 thinned out"):
        SkipGram(dim=4, min_count=1, subsample=1e-12, epochs=1).fit(world.sentences, run=ONE)


REPEATED = [["spam"] * 400]


@pytest.mark.parametrize(
    ("recipe", "more"),
    [
        ({"window": 100}, []),
        ({"window": 1000}, []),
        ({"window": 20, "dynamic_window": False}, []),
        ({"negative": 100}, []),
        ({"window": 10, "negative": 20, "learning_rate": 0.1}, []),
        ({"learning_rate": 1}, []),
        ({"subsample": 0}, REPEATED),
        ({"subsample": 0, "window": 10, "negative": 10}, REPEATED),
    ],
)
def test_the_corners_of_the_recipe_stay_sound(world, recipe, more):
    learner = SkipGram(**{"dim": 16, "min_count": 1, "epochs": 3, "subsample": 0.01, **recipe})
    model = learner.fit([*world.sentences, *more], run=ONE)
    assert np.abs(model.vectors.matrix).max() < 10
    assert model.report["losses"][-1] < (1 + learner.negative) * math.log(2)


@pytest.mark.parametrize("words", [1, 2, 3])
def test_a_vocabulary_of_a_few_words(words):
    text = [[f"w{i % words}" for i in range(30)] for _ in range(300)]
    model = SkipGram(dim=8, min_count=1, subsample=0, epochs=2).fit(text, run=ONE)
    assert np.abs(model.vectors.matrix).max() < 10


def test_progress_can_be_followed(world):
    steps = []
    SMALL.fit(world.sentences, run=Run(threads=1, progress=steps.append))
    last = steps[-1]
    assert last["done"] == last["total"]
    assert last["epoch"] == last["epochs"] == 3
    assert last["words_per_second"] > 0
    assert [step["done"] for step in steps] == sorted(step["done"] for step in steps)


def test_progress_is_silent_when_stderr_is_no_terminal(world, capfd):
    SMALL.fit(world.sentences, run=Run(threads=1))
    assert capfd.readouterr() == ("", "")


def test_progress_shows_epoch_speed_and_loss(world, capfd):
    SMALL.fit(world.sentences, run=Run(threads=1, progress=True))
    shown = capfd.readouterr()
    assert shown.out == ""
    for part in ("epoch", "words/s", "loss", "left"):
        assert part in shown.err


def test_a_score_that_is_not_finite_names_the_largest_row(world, monkeypatch):
    train = kernel.train

    def enlarge(words, low, high, n, inputs, *rest):
        inputs[3], rest[0][:] = 1e30, 1e30
        return train(words, low, high, n, inputs, *rest)

    monkeypatch.setattr(kernel, "train", enlarge)
    with pytest.raises(NonFiniteError, match=r"a score; the largest number, 1e\+30, is in row \d+ of"):
        SMALL.fit(world.sentences, run=ONE)


def test_bad_numbers_stop_the_run_with_their_place(world, monkeypatch):
    train = kernel.train

    def poison(words, low, high, n, inputs, *rest):
        inputs[3, 2] = np.nan
        return train(words, low, high, n, inputs, *rest)

    monkeypatch.setattr(kernel, "train", poison)
    with pytest.raises(NonFiniteError, match=r"epoch 1 at learning rate 0\.0\d+: row 3 of words"):
        SMALL.fit(world.sentences, run=ONE)


# --- stopping and going on


def interrupting(after, kind=KeyboardInterrupt):
    """A progress function that acts like Ctrl-C at its n-th call."""
    calls = itertools.count(1)

    def progress(_):
        if next(calls) == after:
            raise kind

    return progress


def test_ctrl_c_leaves_a_usable_model(world):
    with pytest.raises(TrainingInterrupted, match=r"stopped in epoch \d+ of 500") as caught:
        SkipGram(dim=16, min_count=1, epochs=500).fit(
            world.sentences, run=Run(threads=2, progress=interrupting(1))
        )
    model = caught.value.model
    assert np.isfinite(model.vectors.matrix).all()
    assert model.report["epochs_done"] < 500


def test_signals_are_held_back_until_the_model_is_whole(world):
    """Many signals, whenever they come, still leave a model; the handlers are as before."""
    before = signal.getsignal(signal.SIGINT)

    def press(_):
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(TrainingInterrupted) as caught:
        SkipGram(dim=16, min_count=1, epochs=500).fit(world.sentences, run=Run(threads=2, progress=press))
    assert np.isfinite(caught.value.model.vectors.matrix).all()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_full_disk_does_not_end_the_run(world, tmp_path, monkeypatch, caplog):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("firth.learn.checkpoint.write_tensors", full)
    run = Run(threads=1, progress=False, checkpoint=tmp_path, checkpoint_every=0)
    assert SMALL.fit(world.sentences, run=run).report["epochs_done"] == 3
    assert "No space left" in caplog.text


@pytest.mark.parametrize("stop_after", [1, 2, 4])
def test_resuming_gives_the_same_bits(world, tmp_path, stop_after):
    learner = SkipGram(dim=16, min_count=1, epochs=4)
    whole = learner.fit(world.sentences, run=ONE)
    options = {"threads": 1, "checkpoint": tmp_path, "checkpoint_every": 0}
    with pytest.raises(TrainingInterrupted):
        learner.fit(world.sentences, run=Run(progress=interrupting(stop_after), **options))
    resumed = learner.fit(world.sentences, run=Run(progress=False, resume=True, **options))
    assert dict(resumed.report) == dict(whole.report)
    for name, vectors in whole.spaces.items():
        np.testing.assert_array_equal(resumed.spaces[name].matrix, vectors.matrix)


def test_resuming_a_finished_run_returns_its_model(world, tmp_path):
    first = SMALL.fit(world.sentences, run=Run(threads=1, progress=False, checkpoint=tmp_path))
    again = SMALL.fit(world.sentences, run=Run(threads=1, progress=False, checkpoint=tmp_path, resume=True))
    np.testing.assert_array_equal(again.vectors.matrix, first.vectors.matrix)


def test_a_checkpoint_is_not_overwritten_by_a_new_run(world, tmp_path):
    run = Run(threads=1, progress=False, checkpoint=tmp_path)
    SMALL.fit(world.sentences, run=run)
    with pytest.raises(ExistsError, match="resume"):
        SMALL.fit(world.sentences, run=run)


def test_a_checkpoint_of_another_run_is_refused(world, tmp_path):
    SMALL.fit(world.sentences, run=Run(threads=1, progress=False, checkpoint=tmp_path))
    again = Run(threads=1, progress=False, checkpoint=tmp_path, resume=True)
    with pytest.raises(DataError, match="epochs is 3 there and 4 here"):
        SkipGram(dim=16, min_count=1, epochs=4, subsample=0).fit(world.sentences, run=again)
    with pytest.raises(DataError, match="data is"):
        SMALL.fit(world.sentences[:-1], run=again)


KILLED = """
    import sys
    from firth import Run, SkipGram
    corpus, folder, out = sys.argv[1:]
    run = Run(threads=1, progress=False, checkpoint=folder or None, checkpoint_every=0, resume=bool(folder))
    SkipGram(dim=64, min_count=1, epochs=40, subsample=0).fit(corpus, run=run).save(out)
"""


def test_runs_killed_25_times_end_as_if_they_never_were(world, tmp_path):
    """kill -9 at random moments, each time resumed; the file at the end is equal to the byte."""
    corpus, folder = tmp_path / "corpus.txt", tmp_path / "checkpoints"
    corpus.write_text("\n".join(" ".join(sentence) for sentence in world.sentences * 3), encoding="utf-8")
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(corpus)]
    whole, resumed = tmp_path / "whole.safetensors", tmp_path / "resumed.safetensors"
    started = time.monotonic()
    subprocess.run([*command, "", str(whole)], check=True)
    longest = time.monotonic() - started
    random = np.random.default_rng(0)
    kills = finished = after_a_checkpoint = 0
    while kills < 25 or not finished:
        process = subprocess.Popen([*command, str(folder), str(resumed)])
        try:
            assert process.wait(timeout=random.uniform(0.2, 0.9) * longest if kills < 25 else None) == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            kills += process.wait() == -signal.SIGKILL
            after_a_checkpoint += (folder / "checkpoint.safetensors").exists()
        if resumed.exists():  # this run is done: compare, and begin another
            assert resumed.read_bytes() == whole.read_bytes()
            assert [path.name for path in folder.iterdir()] == ["checkpoint.safetensors"]
            resumed.unlink()
            shutil.rmtree(folder)
            finished += 1
    assert finished
    assert after_a_checkpoint >= 10


def test_a_rate_below_the_least_one_names_the_option_that_was_given():
    with pytest.raises(OptionError, match=r"learning_rate=1e-05 is below min_learning_rate=0\.0001"):
        SkipGram(learning_rate=1e-5)
