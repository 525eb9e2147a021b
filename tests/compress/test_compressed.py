"""Models whose spaces are codes: made, saved, opened, decoded; whatever a file says is checked."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import firth
from firth import Model, Vectors
from firth.compress import (
    Binary,
    Chain,
    Codes,
    Compressed,
    Float16,
    Product,
    RandomProjection,
    Residual,
    Scalar,
    SimHash,
    Truncate,
    compress,
    load,
    loss,
)
from firth.errors import DataError, ExistsError, FormatError, OptionError
from firth.formats import describe
from firth.formats.native import write

sys.path.append(str(Path(__file__).parent.parent / "formats"))
import mutate

RECIPES = [
    Float16(),
    Scalar(),
    Scalar(bits=4, per="row"),
    Binary(),
    Binary(how="itq", bits=5),
    SimHash(bits=16),
    Truncate(dim=3),
    Truncate(dim=3, how="pca", whiten=True),
    RandomProjection(dim=3),
    Product(parts=3, bits=4, iterations=3),
    Product(parts=2, bits=4, rotate=True, iterations=3),
    Residual(stages=3, bits=4, iterations=3),
    Chain(steps=(Truncate(dim=4), Scalar())),
]
MUTANTS = 120  # of each recipe


def space(n: int = 60, d: int = 8, *, seed: int = 0, ids: str = "w") -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    return Vectors([f"{ids}{i}" for i in range(n)], rows, columns={"counts": np.arange(n, 0, -1)})


def model() -> Model:
    spaces = {"words": space(), "contexts": space(seed=1), "documents": space(20, ids="d", seed=2)}
    return Model(spaces, recipe={"learner": "Test"}, report={"epochs": 3}, parts={"mean": np.arange(3.0)})


def test_every_space_becomes_codes_and_the_model_stays_a_model():
    whole = model()
    small = compress(whole, Scalar())
    assert list(small) == list(whole.spaces) and all(isinstance(held, Codes) for held in small.values())
    again = small.model()
    for name, vectors in whole.spaces.items():
        found = again.spaces[name]
        assert found.ids == vectors.ids and found.fingerprint == vectors.fingerprint
        np.testing.assert_array_equal(found.counts, vectors.counts)
        np.testing.assert_allclose(found.matrix, vectors.matrix, atol=0.02)
        assert found.meta["codec"] == Scalar().to_dict()
    assert (again.recipe, again.report) == (whole.recipe, whole.report)
    np.testing.assert_array_equal(again.parts["mean"], whole.parts["mean"])
    assert small.nbytes == 140 * 8 + 3 * 2 * 4 * 8 + 3 * 8


def test_a_recipe_for_each_space_others_whole_and_some_dropped():
    small = compress(model(), {"words": Binary(), "documents": Float16()}, drop=["contexts"])
    assert list(small) == ["words", "documents"]
    assert [type(held.codec.recipe) for held in small.values()] == [Binary, Float16]
    small = compress(model(), Scalar(), spaces=["words"])
    assert [type(held) for held in small.values()] == [Codes, Vectors, Vectors]
    assert compress(space(), Scalar())["vectors"].search(space().matrix[3], 1).ids == ["w3"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"spaces": ["nope"]}, "spaces names the space 'nope', which is not there; there are 'words', 'con"),
        ({"drop": ["nope"]}, "drop names the space 'nope'"),
        ({"drop": "words"}, "drop is a list, not 'words': write"),
        ({"recipe": {"nope": Scalar()}}, "recipe names the space 'nope'"),
        (
            {"recipe": {"words": Scalar()}, "spaces": ["contexts"]},
            "'contexts' is to be compressed, but has no",
        ),
        ({"spaces": ["words"], "drop": ["words"]}, "'words' is to be dropped and to be compressed"),
        ({"recipe": "int8"}, r"is a codec's, such as Scalar\(bits=8\), not 'int8'"),
    ],
)
def test_names_that_do_not_fit(options: dict, message: str):
    options = {"recipe": Scalar()} | options
    with pytest.raises(OptionError, match=message):
        compress(model(), options.pop("recipe"), **options)


def test_what_cannot_be_compressed_is_named():
    bad = space()
    rows = bad.matrix.copy()
    rows[7, 0] = np.nan
    with pytest.raises(DataError, match=r"the space 'b': row 7 holds a number that is not finite.*spaces="):
        compress(Model({"a": space(), "b": Vectors(bad.ids, rows)}), Scalar())
    with pytest.raises(DataError, match=r"the space 'vectors': rows of dim 8 have no 9 dims to keep"):
        compress(space(), Truncate(dim=9))
    with pytest.raises(DataError, match=r"set a smaller dim$"):  # without "the others stay"
        compress(space(), Truncate(dim=9))
    with pytest.raises(DataError, match="all spaces would be dropped"):
        compress(space(), Scalar(), drop=["vectors"])


def test_spaces_without_rows_stay_whole():
    empty = Vectors([], np.empty((0, 4), np.float32))
    assert compress(Model({"a": space(), "none": empty}), Scalar())["none"] is empty


@pytest.mark.parametrize("recipe", RECIPES, ids=repr)
def test_a_file_gives_back_the_same_codes(recipe, tmp_path: Path):
    small = compress(model(), recipe, drop=["contexts"])
    path = tmp_path / "small.safetensors"
    small.save(path)
    opened = load(path, verify=True)
    assert isinstance(opened, Compressed) and list(opened) == ["words", "documents"]
    for name, held in small.items():
        found = opened[name]
        assert found.codec.recipe == recipe and found.ids == held.ids and found.metric == held.metric
        np.testing.assert_array_equal(found.data, held.data)
        assert found.data.base is not None and not found.data.flags.writeable  # still in the file
        assert dict(found.report) == dict(held.report)
        assert json.loads(json.dumps(dict(found.codec.report))) == json.loads(
            json.dumps(dict(held.codec.report))
        )
        assert found.search(held.rows(np.arange(3)), 5) == held.search(held.rows(np.arange(3)), 5)
        np.testing.assert_array_equal(found.decode().matrix, held.decode().matrix)
        np.testing.assert_array_equal(found.codec.encode(model().spaces[name]).data, held.data)
    plain = firth.load(path, verify=True)
    np.testing.assert_array_equal(plain.vectors.matrix, small["words"].decode().matrix)
    assert plain.vectors.meta["codec"] == json.loads(json.dumps(recipe.to_dict()))
    assert plain.vectors.fingerprint == model().vectors.fingerprint
    opened.save(path, force=True)  # a file may be written over while it is open
    assert firth.load(path).vectors == plain.vectors


def test_the_version_is_the_oldest_that_holds_it(tmp_path: Path):
    model().save(tmp_path / "whole.safetensors")
    whole = load(tmp_path / "whole.safetensors")  # a file without codes, opened as a compressed one
    for made, version in [(compress(model(), Scalar()), "4.0"), (whole, "3.0")]:
        path = tmp_path / f"{version}.safetensors"
        made.save(path)
        assert describe(path)["version"] == version


def test_files_are_replaced_only_when_asked_and_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "a.safetensors"
    small = compress(space(), Scalar())
    small.save(path)
    before = path.read_bytes()
    with pytest.raises(ExistsError, match="is there already"):
        small.save(path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        compress(space(), Binary()).save(path, force=True)
    assert path.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_file_says_what_was_lost(tmp_path: Path):
    whole = model()
    small = compress(whole, Scalar(bits=4), spaces=["words", "documents"])
    found = {name: loss(small[name], whole.spaces[name], k=5) for name in ("words", "documents")}
    noted = small.noting(found)
    assert small.report == whole.report and noted.report["epochs"] == 3
    noted.save(tmp_path / "small.safetensors")
    for opened in (load(tmp_path / "small.safetensors"), firth.load(tmp_path / "small.safetensors")):
        assert list(opened.report["compressed"]) == ["words", "documents"]
        said, kept = opened.report["compressed"]["words"], found["words"]["neighbours kept"]
        assert said["codec"] == Scalar(bits=4).to_dict() and (said["k"], said["metric"]) == (5, "cosine")
        assert said["neighbours kept"] == {"value": kept.value, "low": kept.low, "high": kept.high, "n": 60}
    again = compress(noted.model(), Binary(), drop=["documents"])  # what is dropped has lost nothing
    again = again.noting({"words": loss(again["words"], noted.model().spaces["words"])})
    assert list(again.report["compressed"]) == ["words"]
    assert again.report["compressed"]["words"]["codec"] == Binary().to_dict()
    with pytest.raises(OptionError, match="there is no space 'nope'; there are 'words', 'contexts'"):
        small.noting({"nope": found["words"]})


def test_a_space_of_codes_is_not_halved(tmp_path: Path):
    with pytest.raises(OptionError, match="'vectors' is kept as codes, which cannot be halved"):
        write(compress(space(), Scalar()), tmp_path / "a", half=["vectors"])


# --- what a file may say ----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning", "ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("recipe", RECIPES, ids=repr)
def test_a_damaged_file_is_refused_or_harmless(recipe, tmp_path: Path):
    path = tmp_path / "small.safetensors"
    compress(Model({"words": space(20, 6)}), recipe).save(path)
    good, refused = path.read_bytes(), 0
    rng = np.random.default_rng(5)
    cuts = itertools.islice(mutate.mutants("firth", {path.name: good}, rng), 40, None, 97)
    headers = ((f"header {i}", {path.name: mutate._native_header(good, rng)}) for i in itertools.count())
    data = ((f"data {i}", {path.name: mutate._native_data(good, rng)}) for i in itertools.count())
    kinds = itertools.chain.from_iterable(zip(headers, headers, data, cuts, strict=False))
    for i, (what, damaged) in enumerate(itertools.islice(kinds, MUTANTS)):
        path.write_bytes(damaged[path.name])
        try:
            opened = load(path, verify=i % 2 == 0)
            for held in opened.values():
                if len(held):
                    held.search(np.ones(held.dim), 3)
            firth.load(path).vectors.matrix.sum()
        except FormatError as error:
            refused += 1
            assert str(path) in str(error), what
        except Exception as error:
            pytest.fail(f"{what}: {type(error).__name__}: {error}")
    assert refused > MUTANTS // 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda codes: codes.update(dim=9), "bad codec"),
        (lambda codes: codes.update(dim=True), "the dim of a codec is a whole number"),
        (lambda codes: codes.update(dim=2**40), "the dim of a codec is a whole number"),
        (lambda codes: codes["codec"].update(bits=4), r"codes of uint8 and shape \(60, 8\) do not fit"),
        (lambda codes: codes["codec"].update(codec="Zip"), "codec is one of Binary, .* not 'Zip'"),
        (lambda codes: codes["codec"].update(speed=3), "Scalar has no option 'speed'"),
        (lambda codes: codes["parts"].pop("low"), "has the parts low, step, not step"),
        (lambda codes: codes["parts"].update(step="vectors.codes"), "not there or is named twice"),
        (lambda codes: codes.pop("tensor"), "'tensor' is missing"),
        (lambda codes: codes.pop("fitted"), "'fitted' is missing"),
        (lambda codes: codes.update(fingerprint=""), "a fingerprint is a string of 1 to 200"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused_with_its_reason(change, message: str, tmp_path: Path):
    path = tmp_path / "small.safetensors"
    compress(space(), Scalar()).save(path)
    header, data = mutate.split(path.read_bytes())
    tree = json.loads(header)
    entry = json.loads(tree["__metadata__"]["firth"])
    change(entry["spaces"][0]["codes"])
    tree["__metadata__"]["firth"] = json.dumps(entry)
    path.write_bytes(mutate.reseal(json.dumps(tree, separators=(",", ":")).encode(), data))
    with pytest.raises(FormatError, match=message):
        load(path)


def test_a_space_of_codes_must_say_which_it_is(tmp_path: Path):
    path = tmp_path / "small.safetensors"
    compress(space(), Scalar()).save(path)
    header, data = mutate.split(path.read_bytes())
    path.write_bytes(mutate.reseal(header.replace(b"space_fingerprint", b"space_fingerprant"), data))
    with pytest.raises(FormatError, match="does not say which space it is"):
        load(path)


def test_few_bytes_do_not_become_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "small.safetensors"
    compress(space(), Scalar()).save(path)
    monkeypatch.setattr("firth.formats.coded.FREE", 1000)
    monkeypatch.setattr("firth.formats.coded.MOST_TIMES", 1)
    with pytest.raises(
        FormatError, match=r"544 bytes of codes would become 1,920 of rows.*firth\.compress\.load opens"
    ):
        firth.load(path)


def test_what_no_reader_would_decode_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("firth.formats.coded.FREE", 1000)
    monkeypatch.setattr("firth.formats.coded.MOST_TIMES", 2)
    small = compress(space(160), Binary())
    with pytest.raises(DataError, match=r"224 bytes of codes would become 5,120 .* 'vectors' more bits"):
        small.save(tmp_path / "small.safetensors")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError, match=r"firth\.compress\.load opens them without decoding"):
        small.model()


# --- models that learners made ----------------------------------------------------------------------------

TEXT = ["the cat sat on the mat", "a dog sat on the log", "cats and dogs like mats and logs"] * 30


def test_a_subword_model_still_composes_words_it_never_saw(tmp_path: Path):
    recipe = firth.SubwordSkipGram(dim=8, epochs=2, min_count=1, buckets=500)
    whole = recipe.fit(TEXT, run=firth.Run(threads=1, progress=False))
    small = compress(whole, Scalar(per="row"), drop=["contexts"])
    small.save(tmp_path / "small.safetensors")
    again = firth.load(tmp_path / "small.safetensors")
    words = ["cat", "doggy", "matlog"]
    np.testing.assert_allclose(again.encode(words), whole.encode(words), atol=2e-3)
    assert "contexts" not in again.spaces


def test_document_models_still_encode():
    run = firth.Run(threads=1, progress=False)
    documents = firth.read_documents(TEXT)
    lsa = firth.LSA(dim=3).fit(documents, run=run)
    found = compress(lsa, Scalar(per="row")).model().encode(["the cat sat"])
    np.testing.assert_allclose(found, lsa.encode(["the cat sat"]), atol=0.02)
    vectors = firth.DocumentVectors(dim=8, epochs=2, min_count=1).fit(documents, run=run)
    again = compress(vectors, Float16()).model()
    near = np.sum(again.encode(["the cat sat"], run=run) * vectors.encode(["the cat sat"], run=run))
    assert near > 0.99 * np.sum(vectors.encode(["the cat sat"], run=run) ** 2)
