"""`firth table` and `firth encode` of its models: a recipe, a model, and the rows of later tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calling import Firth

from firth import Features, Table, load, read_table

TRAIN = "city,people,sold\nOslo,7,1\nRome,28,0\nOslo,9,1\nRome,,0\n"
LATER = "sold,people,city\n1,9,Paris\n0,8,Rome\n"


@pytest.fixture
def train(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    path.write_text(TRAIN)
    return path


@pytest.fixture
def model(train: Path, firth: Firth) -> Path:
    path = train.with_name("model.safetensors")
    assert firth("table", train, "--target", "sold", "-o", path, "-q") == (0, "", "")
    return path


def test_a_recipe_is_printed_and_can_be_read(train: Path, firth: Firth):
    done = firth("table", train, "--target", "sold")
    assert done.code == 0
    recipe = Table.from_toml(done.out)
    assert recipe == Table.inferred(read_table(train), target="sold")
    assert [names for names, _ in recipe.entries] == [("city",), ("people",)]
    assert Table.from_toml(firth("table", train, "--target", "sold", "--json").document["recipe"]) == recipe


def test_an_edited_recipe_is_fitted(train: Path, firth: Firth):
    recipe, path = train.with_name("r.toml"), train.with_name("m.safetensors")
    recipe.write_text('rest = "drop"\n\n[[column]]\nnames = ["city"]\nlearner = "Ordinal"\n')
    done = firth("table", train, "--recipe", recipe, "-o", path)
    assert done.code == 0
    assert "m.safetensors: 4 rows become 1 numbers each" in done.err
    assert "left out people: no learner was chosen for it" in done.err
    assert load(path).encode({"city": ["Rome", "Oslo"]}).matrix.tolist() == [[2], [1]]


def test_rows_of_training_and_later_ones_are_encoded(train: Path, model: Path, firth: Firth):
    later, rows = train.with_name("later.csv"), train.with_name("rows.safetensors")
    later.write_text(LATER)
    done = firth("encode", model, later, "-o", rows)
    assert done.code == 0
    assert "city: 1 unknown" in done.err
    found = Features.load(rows)
    expected = load(model).encode(later)
    assert np.array_equal(np.asarray(found.matrix), np.asarray(expected.matrix))
    assert list(found.names)[:2] == ["city=Oslo", "city=Rome"]
    again = firth("table", train, "--target", "sold", "-o", model, "--encoded", rows, "--force", "--json")
    assert again.document["encoded"]["columns"] == {"people": {"missing": 1}}
    assert len(Features.load(rows)) == 4


def test_the_rest_of_a_recipe_is_shown(train: Path, firth: Firth):
    recipe, path = train.with_name("r.toml"), train.with_name("m.safetensors")
    recipe.write_text('[[column]]\nnames = ["city"]\nlearner = "Ordinal"\n')
    done = firth("table", train, "--target", "sold", "--recipe", recipe)
    assert (done.code, done.err) == (0, "")
    whole = Table.from_toml(done.out)
    assert {names: type(learner).__name__ for names, learner in whole.entries} == {
        ("city",): "Ordinal",
        ("people",): "Standardize",
    }
    recipe.write_text(done.out)
    assert firth("table", train, "--target", "sold", "--recipe", recipe, "-o", path, "-q") == (0, "", "")
    assert firth("table", train, "--target", "sold", "--recipe", recipe).out == done.out


def test_no_file_is_written_over_one_that_is_needed(train: Path, model: Path, firth: Firth):
    before, (train_link, recipe) = model.read_bytes(), (train.with_name(name) for name in ("link", "r.toml"))
    train_link.symlink_to(train)
    recipe.write_text("")
    for words, message in [
        (("-o", model, "--encoded", model.parent / "." / model.name), "-o and --encoded are one file"),
        (("-o", train), "FILE and -o are one file"),
        (("-o", model, "--encoded", train_link), "FILE and --encoded are one file"),
        (("--recipe", recipe, "-o", recipe), "--recipe and -o are one file"),
    ]:
        done = firth("table", train, *words, "--force")
        assert (done.code, done.out) == (2, "")
        assert message in done.err
    assert (model.read_bytes(), train.read_text(), recipe.read_text()) == (before, TRAIN, "")


def test_what_cannot_be_done_is_said_in_one_line(train: Path, model: Path, firth: Firth):
    ragged = train.with_name("ragged.csv")
    ragged.write_text(TRAIN + "Bern,1\n")
    for words, code, message in [
        (("table", ragged), 1, r"ragged.csv"),
        (("table", train.with_name("none.csv")), 1, "there is no file"),
        (("table", train, "--target", "price"), 1, "there is no column 'price'"),
        (("table", train, "-o", model), 1, "is there already; --force overwrites it"),
        (("table", train, "--encoded", "x.safetensors"), 2, "--encoded goes with -o"),
        (("encode", model, "-o", train.with_name("r.safetensors")), 2, "encodes one table at a time"),
        (("encode", model, train, "-o", train.with_name("r.vec")), 2, r"which .vec cannot hold"),
    ]:
        done = firth(*words)
        assert (done.code, done.out) == (code, "")
        assert done.err.count("\n") == 1
        assert message in done.err
