"""train: every hyper-parameter and Run option is a flag, and what is asked for is what happens."""

from __future__ import annotations

import dataclasses
import inspect
import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import numpy as np
import pytest
from calling import Firth

import firth as package
from firth import Run, SkipGram
from firth.cli import train
from firth.cli.training import undisturbed
from firth.errors import TrainingInterrupted
from firth.formats import tensors as native_tensors
from firth.testing import topic_world

SMALL = ("--dim", "16", "--min-count", "1", "--epochs", "2", "--threads", "1")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A tiny world as a text file."""
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(" ".join(sentence) for sentence in topic_world(sentences=300).sentences))
    return path


def needs_nothing(command):
    """Whether every option of the recipe has a default."""
    return inspect.Parameter.empty not in [
        each.default for each in inspect.signature(command.make).parameters.values()
    ]


@pytest.mark.parametrize(
    "command", list(filter(needs_nothing, train.LEARNERS)), ids=lambda command: command.__name__
)
def test_the_defaults_are_those_of_the_recipe_and_the_run(command):
    flags = {name: each.default for name, each in inspect.signature(command).parameters.items()}
    options = inspect.signature(command.make).parameters
    learner = command.make(**{name: each.default for name, each in options.items()})
    for field in dataclasses.fields(learner):
        default = 5 if (command.make.__name__, field.name) == ("onehot", "min_count") else field.default
        assert getattr(learner, field.name) == default, field.name  # None is 5 for the words of OneHot
    for field in dataclasses.fields(Run):
        if field.name != "progress":  # --quiet
            assert flags[field.name] == field.default, field.name


def test_from_text_to_vectors(firth: Firth, corpus: Path, tmp_path: Path):
    output = tmp_path / "out.safetensors"
    done = firth("train", "skipgram", corpus, "-o", output, *SMALL)
    assert (done.code, done.out) == (0, "")
    assert f"{output}: 43 vectors of 16 numbers" in done.err
    assert "memory" in done.err
    model = package.load(output, verify=True)
    assert model.recipe["learner"] == "SkipGram"
    assert model.recipe["dim"] == 16
    assert set(model.vectors) == topic_world(sentences=300).words


def test_the_flags_reach_the_recipe(firth: Firth, corpus: Path, tmp_path: Path):
    output = tmp_path / "out.safetensors"
    flags = "--dim 12 --window 3 --negative 4 --subsample 0.01 --min-count 2 --ns-exponent 0.5 --epochs 1"
    flags += " --learning-rate 0.05 --min-learning-rate 0.001 --fixed-window"
    done = firth("train", "skipgram", corpus, "-o", output, *flags.split(), "--json", "--seed", 9)
    assert done.code == 0, done.err
    recipe = done.document["recipe"]
    wanted = SkipGram(
        dim=12,
        window=3,
        negative=4,
        subsample=0.01,
        min_count=2,
        ns_exponent=0.5,
        epochs=1,
        learning_rate=0.05,
        min_learning_rate=0.001,
        dynamic_window=False,
    )
    for name, value in dataclasses.asdict(wanted).items():
        assert recipe[name] == value, name
    assert dict(package.load(output).recipe) == recipe


def test_the_reading_flags(firth: Firth, tmp_path: Path):
    corpus, keep, drop = tmp_path / "corpus.txt", tmp_path / "keep", tmp_path / "drop"
    corpus.write_text("The cat, the DOG and a rare bird.\nthe cat and the dog\n" * 3 + "unique\n")
    keep.write_text("unique\n\n")
    drop.write_text("and\n")
    output = tmp_path / "out.safetensors"
    flags = ("--lowercase", "--tokenizer", "words", "--keep", keep, "--drop", drop)
    done = firth("train", "skipgram", corpus, "-o", output, *SMALL, "--min-count", 4, "--max-size", 4, *flags)
    assert done.code == 0, done.err
    assert set(package.load(output).vectors) == {"the", "cat", "dog", "unique"}


def test_stdin_and_quiet(firth: Firth, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(corpus.read_bytes())))
    done = firth("train", "skipgram", "-", "-o", tmp_path / "out.vec", *SMALL, "--quiet")
    assert done == (0, "", "")
    assert (tmp_path / "out.vec").read_text().startswith("43 16\n")


def test_an_output_that_is_there_is_refused_before_anything_is_read(
    firth: Firth, corpus: Path, monkeypatch: pytest.MonkeyPatch
):
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the corpus was read")

    monkeypatch.setattr("firth.data.text.read_text", never)
    done = firth("train", "skipgram", corpus, "-o", corpus, *SMALL)
    assert done.code == 1
    assert "--force overwrites it" in done.err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--dim", "0"), "dim"),
        (("--learning-rate", "nan"), "learning_rate"),
        (("--threads", "0"), "threads is a whole number from 1 to 1,024"),
        (("--resume",), "resume needs the folder"),
        (("--tokenizer", "sentencepiece"), "--tokenizer"),
        (("--dim", "many"), "--dim"),
    ],
)
def test_a_bad_value_is_wrong_usage(
    firth: Firth, corpus: Path, tmp_path: Path, flags: tuple[str, ...], message: str
):
    done = firth("train", "skipgram", corpus, "-o", tmp_path / "out.safetensors", *flags)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out.safetensors").exists()


def test_an_empty_corpus_fails(firth: Firth, tmp_path: Path):
    (tmp_path / "empty.txt").write_text("")
    done = firth("train", "skipgram", tmp_path / "empty.txt", "-o", tmp_path / "out.safetensors")
    assert done.code == 1
    assert "no token" in done.err


def test_resume_goes_on_from_a_checkpoint(firth: Firth, corpus: Path, tmp_path: Path):
    flags = (*SMALL, "--checkpoint", tmp_path / "work", "--checkpoint-every", 0)
    assert firth("train", "skipgram", corpus, "-o", tmp_path / "a.safetensors", *flags).code == 0
    done = firth("train", "skipgram", corpus, "-o", tmp_path / "b.safetensors", *flags, "--resume")
    assert done.code == 0, done.err
    a, b = (package.load(tmp_path / f"{name}.safetensors").vectors for name in "ab")
    assert np.array_equal(a.matrix, b.matrix)


@pytest.mark.parametrize("suffix", ["safetensors", "npy"])
def test_the_same_command_with_resume_replaces_what_the_stopped_one_left(
    firth: Firth, corpus: Path, tmp_path: Path, suffix: str
):
    words = (
        "train",
        "skipgram",
        corpus,
        "-o",
        tmp_path / f"out.{suffix}",
        *SMALL,
        "--checkpoint",
        tmp_path / "w",
    )
    assert firth(*words).code == 0
    assert "--force overwrites it" in firth(*words).err
    done = firth(*words, "--resume")
    assert done.code == 0, done.err


@pytest.mark.parametrize("flag", ["--keep", "--drop"])
def test_a_word_list_that_is_not_utf8_is_named(firth: Firth, corpus: Path, tmp_path: Path, flag: str):
    words = tmp_path / "words.txt"
    words.write_bytes(b"caf\xe9\n")
    done = firth("train", "skipgram", corpus, "-o", tmp_path / "out.vec", flag, words)
    assert done.code == 1
    assert f"{words}, byte 3: is not UTF-8" in done.err


def test_word_lists_are_lower_cased_with_the_text(firth: Firth, tmp_path: Path):
    text, keep, drop = tmp_path / "text.txt", tmp_path / "keep.txt", tmp_path / "drop.txt"
    text.write_text("The Cat sat on the MAT\n" * 9 + "Rare\n")
    keep.write_text("RARE\n")
    drop.write_text("The\n")
    flags = ("--dim", 8, "--subsample", 0, "--epochs", 1, "--lowercase", "--keep", keep, "--drop", drop)
    done = firth("train", "skipgram", text, "-o", tmp_path / "out.vec", *flags)
    assert done.code == 0, done.err
    assert set(package.load(tmp_path / "out.vec").vectors) == {"cat", "sat", "on", "mat", "rare"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_until_the_work_is_done(number: int):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    done = False
    before = signal.signal(number, stop)
    try:
        with pytest.raises(KeyboardInterrupt), undisturbed():
            signal.raise_signal(number)
            signal.raise_signal(number)
            done = True
        assert signal.getsignal(number) is stop
        with pytest.raises(ZeroDivisionError), undisturbed():  # an error of the work comes first
            signal.raise_signal(number)
            raise ZeroDivisionError
    finally:
        signal.signal(number, before)
    assert done


def test_only_the_main_thread_touches_signals():
    def work() -> int:
        with undisturbed():
            return 7

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() == 7


@pytest.mark.parametrize("interrupted", [False, True], ids=["finished", "interrupted"])
def test_ctrl_c_does_not_break_the_save(
    firth: Firth, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: bool
):
    """The signal comes amid the writing of the file; the handler for Ctrl-C is Python's own."""
    fit, replacing, output = SkipGram.fit, native_tensors.replacing, tmp_path / "out.safetensors"

    def stopped(self: SkipGram, observations: object, *, run: Run) -> package.Model:
        model = fit(self, observations, run=run)
        if interrupted:
            raise TrainingInterrupted("stopped", model=model)
        return model

    @contextmanager
    def disturbed(path: object, *, force: bool = False) -> Iterator[BinaryIO]:
        with replacing(path, force=force) as file:  # type: ignore[arg-type]
            signal.raise_signal(signal.SIGINT)
            yield file

    monkeypatch.setattr(SkipGram, "fit", stopped)
    monkeypatch.setattr(native_tensors, "replacing", disturbed)
    done = firth("train", "skipgram", corpus, "-o", output, *SMALL)
    assert done.code == 130
    assert len(package.load(output, verify=True).vectors) == 43


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_leaves_a_loadable_model(corpus: Path, tmp_path: Path, number: int, code: int):
    output, work = tmp_path / "out.safetensors", tmp_path / "work"
    command = [sys.executable, "-m", "firth", "train", "skipgram", str(corpus), "-o", str(output)]
    command += ["--dim", "50", "--min-count", "1", "--epochs", "100000", "--checkpoint", str(work)]
    command += ["--checkpoint-every", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        while not (work.exists() and any(work.iterdir())) and time.monotonic() < deadline:  # until it trains
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert len(package.load(output, verify=True).vectors) == 43


def test_going_on_keeps_the_words_of_the_start_however_rare(firth, tmp_path):
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("a b c\n" * 9, encoding="utf-8")
    new.write_text("a x\n" * 9 + "c b\n", encoding="utf-8")
    flags = ["--dim", 8, "--epochs", 1, "--subsample", 0, "--min-count", 5]
    assert firth("train", "skipgram", old, "-o", tmp_path / "old.safetensors", *flags).code == 0
    start = ["--start", tmp_path / "old.safetensors", "--anchor", "inf", "--json"]
    done = firth("train", "skipgram", new, "-o", tmp_path / "new.safetensors", *flags, *start)
    assert done.code == 0
    report = json.loads(done.out)["report"]
    assert report["start"]["new_words"] == 1
    assert report["start"]["drift"]["largest"] == 0
    vectors = package.load(tmp_path / "new.safetensors").vectors
    assert dict(zip(vectors.ids, vectors.counts.tolist(), strict=True)) == {"a": 18, "b": 10, "c": 10, "x": 9}


def test_an_anchor_without_a_start_is_refused(firth, tmp_path):
    (tmp_path / "text.txt").write_text("a b c\n" * 9, encoding="utf-8")
    done = firth("train", "skipgram", tmp_path / "text.txt", "-o", tmp_path / "out.vec", "--anchor", 5)
    assert done.code != 0
    assert "anchor=5.0 needs a start" in done.err


@pytest.mark.parametrize("verb", ["ppmi", "onehot", "tfidf", "lsa"])
def test_what_has_no_checkpoints_says_so(firth, tmp_path, verb):
    (tmp_path / "text.txt").write_text("a b c\n" * 9, encoding="utf-8")
    flags = ["--min-count", 1, "--checkpoint", tmp_path / "state"]
    done = firth("train", verb, tmp_path / "text.txt", "-o", tmp_path / "out.safetensors", *flags)
    assert done.code == 2
    assert "is made in one go and has no checkpoints" in done.err
    assert not (tmp_path / "out.safetensors").exists()
