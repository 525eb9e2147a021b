"""Files of indexes: what comes back, what is refused, and bytes that would harm."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, ExistsError, FormatError
from firth.formats.tensors import read_tensors, write_tensors
from firth.index.exact import Exact
from firth.index.files import describe, load
from firth.index.hnsw import HNSW
from firth.index.ivf import IVF
from firth.index.ivfpq import IVFPQ
from firth.index.recipe import IndexRecipe
from firth.run import Run

faiss = pytest.importorskip("faiss")
from firth.index.faissblob import Wanted, limits, probe, to_blob  # noqa: E402
from firth.index.faissinside import check_inside  # noqa: E402

ONE = Run(threads=1)
KINDS: list[IndexRecipe] = [
    Exact(),
    IVF(lists=4),
    IVF(lists=4, storage="float32", keep="none"),
    IVFPQ(lists=4),
    IVFPQ(lists=4, bits=4, rotate=True, keep="float16"),
    HNSW(links=4, ef_construction=20),
    HNSW(links=4, ef_construction=20, storage="int8", keep="int8"),
]


def world(n: int = 120, *, metric: str = "cosine", numbers: bool = False) -> Vectors:
    rows = np.random.default_rng(1).standard_normal((n, 8))
    ids = list(range(n)) if numbers else [f"w{i}" for i in range(n)]
    return Vectors(ids, rows, metric=metric)  # type: ignore[arg-type]


@pytest.mark.parametrize("recipe", KINDS, ids=lambda r: f"{type(r).__name__}-{r.keep}")
@pytest.mark.parametrize("numbers", [False, True])
def test_an_index_comes_back_as_it_was(recipe: IndexRecipe, numbers: bool, tmp_path: Path):
    vectors = world(numbers=numbers)
    index = recipe.build(vectors, run=ONE)
    first, second = vectors.ids[5], vectors.ids[9]
    index.remove([first, second])
    again = vectors.take([first])
    index.add(Vectors(again.ids, -again.matrix, fingerprint=index.fingerprint))
    index.measured = {"recall": 0.5}
    index.settings |= {name: value + 1 for name, value in index.settings.items()}
    index.save(tmp_path / "an.index")
    opened = load(tmp_path / "an.index", trusted=True)
    assert (opened.recipe, opened.metric, opened.settings) == (index.recipe, "cosine", index.settings)
    assert opened.measured == {"recall": 0.5} and opened.report == index.report
    assert len(opened) == 119 and first in opened and second not in opened
    before, after = index.search(vectors, 7), opened.search(vectors, 7)
    assert np.array_equal(before.rows, after.rows) and np.array_equal(before.scores, after.scores)
    assert opened.search(-vectors[first], 1).ids == [first]
    new = -1 if numbers else "new"
    opened.add(Vectors([new], 3 * np.ones((1, 8)), fingerprint=index.fingerprint))
    opened.remove([first])
    assert opened.search(np.ones(8), 1).ids == [new] and len(opened) == 119
    opened.save(tmp_path / "an.index", force=True)  # over the file that it reads
    assert load(tmp_path / "an.index", trusted=True).search(np.ones(8), 1).ids == [new]


def test_rows_stay_in_the_file(tmp_path: Path):
    IVF(lists=4).build(world(), run=ONE).save(tmp_path / "an.index")
    memory = load(tmp_path / "an.index", trusted=True).memory()
    assert memory["mapped"] == 120 * 8 * 4 and memory["total"] < memory["mapped"]


def test_a_file_says_what_it_is_and_what_reads_it(tmp_path: Path):
    from typer.testing import CliRunner

    import firth
    from firth.cli.main import app

    index = IVF(lists=4).build(world(), run=ONE)
    index.measured = {"recall": 0.97}
    index.save(tmp_path / "an.index")
    told = describe(tmp_path / "an.index", verify=True)
    assert told["recipe"]["index"] == "IVF" and told["ids"] == 120 and told["measured"] == {"recall": 0.97}
    shown = json.loads(CliRunner().invoke(app, ["inspect", str(tmp_path / "an.index"), "--json"]).stdout)
    assert shown["recipe"]["lists"] == 4 and shown["size"] == (tmp_path / "an.index").stat().st_size
    with pytest.raises(FormatError, match=r"holds no vectors; firth\.index\.load reads it"):
        firth.load(tmp_path / "an.index")
    world().save(tmp_path / "vectors.safetensors")
    with pytest.raises(FormatError, match=r"holds no index; for a model or vectors there is firth\.load"):
        load(tmp_path / "vectors.safetensors")
    with pytest.raises(ExistsError):
        index.save(tmp_path / "an.index")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "an.index"
    index = IVF(lists=4).build(world(), run=ONE)
    index.save(path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        index.save(path, force=True)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


# --- hostile files ------------------------------------------------------------------------------------------


def changed(source: Path, target: Path, change) -> None:
    """A sealed copy of a file, its tensors and entry changed."""
    tensors, metadata = read_tensors(source)
    arrays = {name: array.copy() for name, array in tensors.items()}
    entry = json.loads(metadata["firth.index"])
    change(arrays, entry)
    write_tensors(target, arrays, {"firth.index": json.dumps(entry)}, force=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda _, e: e.update(format="2.0"),
            "written by a newer Firth, in format 2.0.*pip install -U firth",
        ),
        (lambda _, e: e.update(format=1), "'format' is missing or of the wrong kind"),
        (lambda _, e: e["recipe"].update(index="Magic"), "index is one of .*, not 'Magic'"),
        (lambda _, e: e["recipe"].update(lists=-4), "lists is a whole number"),
        (lambda _, e: e.update(metric="taxi"), "metric is 'cosine', 'dot' or 'euclidean', not 'taxi'"),
        (lambda _, e: e.update(dim=9), "do not fit dim 9"),
        (lambda _, e: e["engine"].update(rows=119), "it has rows 120, not 119"),
        (lambda _, e: e["engine"].update(dim="8"), "'dim' of the engine is a whole number, not '8'"),
        (lambda _, e: e["settings"].update(nprobe=0), "nprobe is a whole number"),
        (lambda _, e: e["settings"].update(other=3), "this index has no setting 'other'"),
        (lambda _, e: e["kept"].update(kind="magic"), "rows are kept as"),
        (lambda _, e: e["report"].update(rows="x"), "'rows' of the report is a whole number, not 'x'"),
        (lambda t, _: t.pop("rows"), "there is no tensor 'rows'"),
        (lambda t, _: t.update(rows=t["rows"][:119]), "the kept rows of 119 rows do not fit 120 ids"),
        (lambda t, _: t.update(alive=t["alive"][1:]), "119 rows are said to be alive or not"),
        (lambda t, _: t.update(more=np.zeros(3)), "nothing names the tensor 'more'"),
        (lambda t, _: t["rows"].__setitem__((3, 2), np.nan), "row 3 holds a number that is not finite"),
        (lambda t, _: t["ids.offsets"].__setitem__(5, 0), "offsets"),
        (lambda t, _: t.update({"engine.blob": t["engine.blob"][:50]}), "FAISS refuses it"),
        (lambda t, _: t.update({"engine.blob": np.zeros(0, np.uint8)}), "FAISS refuses it"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(change, message: str, tmp_path: Path):
    IVF(lists=4).build(world(), run=ONE).save(tmp_path / "good.index")
    changed(tmp_path / "good.index", tmp_path / "bad.index", change)
    with pytest.raises(FormatError, match=message):
        load(tmp_path / "bad.index")


@pytest.mark.parametrize("recipe", KINDS, ids=lambda r: f"{type(r).__name__}-{r.keep}")
def test_a_changed_byte_is_always_found(recipe: IndexRecipe, tmp_path: Path):
    path, mutant = tmp_path / "good.index", tmp_path / "bad.index"
    recipe.build(world(40), run=ONE).save(path)
    good = path.read_bytes()
    rng = np.random.default_rng(2)
    for _ in range(300):  # 2,100 over all kinds
        raw = bytearray(good)
        kind, at = rng.integers(3), int(rng.integers(len(raw)))
        if kind == 0:
            raw[at] ^= int(rng.integers(1, 256))
        elif kind == 1:
            raw = raw[:at]
        else:
            raw[at:at] = bytes(rng.integers(0, 256, 4, np.uint8))
        mutant.write_bytes(raw)
        with pytest.raises(FormatError):
            load(mutant)


def test_ids_whose_offsets_wrap_around_are_refused(tmp_path: Path):
    IVF(lists=4).build(world(), run=ONE).save(tmp_path / "an.index")

    def wrap(tensors: dict, _: dict) -> None:
        offsets = tensors["ids.offsets"].copy()
        offsets[1:40], offsets[40:50] = 2**62, -(2**62) - 1
        tensors["ids.offsets"] = offsets

    changed(tmp_path / "an.index", tmp_path / "bad.index", wrap)
    for verify in (True, False):
        with pytest.raises(FormatError, match="id offsets do not rise from 0 to"):
            load(tmp_path / "bad.index", verify=verify, trusted=True)


def test_rows_that_are_searched_are_checked_too(tmp_path: Path):
    Exact().build(world(), run=ONE).save(tmp_path / "an.index")

    def spoil(tensors: dict, _: dict) -> None:
        tensors["engine.rows"][7, 2] = np.nan

    changed(tmp_path / "an.index", tmp_path / "bad.index", spoil)
    with pytest.raises(FormatError, match="row 7 holds a number that is not finite"):
        load(tmp_path / "bad.index")


def mutated(blob: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A blob with a few bytes, or one number of four or eight, changed for the worse."""
    bad = blob.copy()
    for _ in range(int(rng.integers(1, 3))):
        width = int(rng.choice([1, 4, 8]))
        at = int(rng.integers(max(1, min(len(bad), 700 if rng.random() < 0.6 else len(bad)) - width)))
        values = [0, 1, 255, 2**31 - 1, 2**32 - 1, 2**62, 2**64 - 1, int(rng.integers(2**40))]
        value = values[int(rng.integers(len(values)))]
        bad[at : at + width] = np.frombuffer(value.to_bytes(8, "little")[:width], np.uint8)
    return bad


@pytest.mark.parametrize("recipe", KINDS[1:6], ids=lambda r: type(r).__name__ + r.keep)
def test_hostile_bytes_with_a_right_seal_end_in_the_other_process(recipe: IndexRecipe):
    """Those that pass there are opened here too, and searched."""
    engine = recipe.build(world(60), run=ONE).engine
    rng = np.random.default_rng(6)
    good = to_blob(engine.inner)
    bad = [mutated(good, rng) for _ in range(150)]
    wanted = Wanted(kinds=engine.kinds, dim=engine.inner.d, rows=60)
    answers = probe([good, *bad], wanted)
    assert answers[0] is None and len(answers) == 151
    assert sum(answer is not None for answer in answers) > 15
    queries = np.random.default_rng(0).standard_normal((3, engine.inner.d)).astype(np.float32)
    for blob, answer in zip(bad, answers[1:], strict=True):
        if answer is None:
            inner = faiss.deserialize_index(blob)
            check_inside(inner, wanted)
            _, rows = inner.search(queries, 5)
            assert rows.max() < 60


def test_links_and_rows_that_lead_astray_are_found():
    graph = HNSW(links=4, ef_construction=20).build(world(), run=ONE).engine.inner
    links = faiss.vector_to_array(graph.hnsw.neighbors)
    links[3] = 120
    faiss.copy_array_to_vector(links, graph.hnsw.neighbors)
    with pytest.raises(DataError, match="a link leads to a node that is not among its 120"):
        check_inside(graph, Wanted())
    lists = IVF(lists=4).build(world(), run=ONE).engine.inner
    number = next(i for i in range(4) if lists.invlists.list_size(i))
    faiss.rev_swig_ptr(lists.invlists.get_ids(number), 1)[0] = 10**9
    with pytest.raises(DataError, match="holds a row that is not among its 120"):
        check_inside(lists, Wanted())


def test_a_process_that_dies_is_answered_for_its_blob_alone(monkeypatch: pytest.MonkeyPatch):
    import firth.index.faissblob as faissblob

    good = to_blob(IVF(lists=2).build(world(30), run=ONE).engine.inner)
    monkeypatch.setattr(faissblob, "_SECONDS", 0.0)
    monkeypatch.setattr(faissblob, "_PER_SECOND", 10**12)
    answers = probe([good, good], Wanted())
    assert len(answers) == 2 and all(
        "ended the process that tried it after too long" in str(a) for a in answers
    )


def test_the_limits_of_faiss_are_set_back():
    before = faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()
    with limits(1000):
        assert faiss.get_deserialization_loop_limit() == 1000
        assert faiss.get_deserialization_vector_byte_limit() <= 300_000
    assert before == (faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit())
