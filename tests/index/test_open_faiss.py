"""Files that FAISS wrote for another program: the answers of FAISS, and no harm."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from firth import Vectors
from firth.errors import DataError, FormatError, OptionError
from firth.formats.tensors import read_tensors, write_tensors
from firth.index import Foreign, open_faiss
from firth.index.files import load
from firth.index.hnsw import HNSW
from firth.index.ivf import IVF
from firth.parallel import faiss_threads

faiss = pytest.importorskip("faiss")
from firth.index.faissblob import Wanted, probe, to_blob, trust  # noqa: E402
from firth.index.faissids import without_ids  # noqa: E402
from firth.index.faissinside import check_inside  # noqa: E402

N, DIM = 200, 8
ROWS = np.random.default_rng(1).standard_normal((N, DIM)).astype(np.float32)
ROWS /= np.linalg.norm(ROWS, axis=1, keepdims=True)
QUERIES = np.random.default_rng(2).standard_normal((6, DIM)).astype(np.float32)
PLAIN = ["Flat", "SQ8", "SQfp16", "PQ4x4np", "HNSW6", "HNSW6_SQ8", "PCA4,Flat", "PCA4,PQ2x4np"]
LISTS = ["IVF5,Flat", "IVF5,SQ8", "IVF5,PQ4x4np", "IVF5,PQ4x4fs", "IVF5_HNSW4,Flat", "RR8,IVF5,PQ4x4np"]
L2, PRODUCT = faiss.METRIC_L2, faiss.METRIC_INNER_PRODUCT


def made(key: str, metric: int = L2, *, ids: np.ndarray | None = None):
    """A small index of FAISS over ROWS."""
    index = faiss.index_factory(DIM, key, metric)
    inner = faiss.try_extract_index_ivf(index)
    for one in (index, inner):
        if one is not None and hasattr(one, "cp"):
            one.cp.min_points_per_centroid = 1
    with faiss_threads(1):
        index.train(ROWS)
        if ids is None:
            index.add(ROWS)
        else:
            index.add_with_ids(ROWS, ids)
    if inner is not None:
        inner.nprobe = 3
    return index


def written(index, tmp_path: Path) -> Path:
    """Its file, of known origin, so that no other process need try it."""
    faiss.write_index(index, str(tmp_path / "rows.faiss"))
    trust(to_blob(index))
    return tmp_path / "rows.faiss"


def scored(found: np.ndarray, metric: int) -> np.ndarray:
    """FAISS's squared distances or products as scores."""
    return -np.sqrt(np.maximum(found, 0)) if metric == L2 else found


@pytest.mark.parametrize("metric", [L2, PRODUCT], ids=["L2", "IP"])
@pytest.mark.parametrize("key", PLAIN + LISTS)
def test_the_answers_are_those_of_faiss(key: str, metric: int, tmp_path: Path):
    bare = made(key, metric)
    index = open_faiss(written(bare, tmp_path))
    assert (index.metric, len(index), index.dim) == ("euclidean" if metric == L2 else "dot", N, DIM)
    assert index.report["faiss"].startswith(type(bare).__name__)
    expected = bare.search(QUERIES, 20 if key == "HNSW6" else 5)[0][:, :5]  # of twenty the five best
    hits = index.search(QUERIES, 5)
    assert np.allclose(hits.scores, scored(expected, metric), atol=1e-5)
    every, rows = bare.search(QUERIES, N)
    for i in range(len(QUERIES)):  # rows of one code have one score, and any of them may be the answer
        of_row = dict(zip(rows[i].tolist(), scored(every[i], metric).tolist(), strict=True))
        assert np.allclose(hits.scores[i], [of_row[row] for row in hits.rows[i].tolist()], atol=1e-5)
    taken = {index.search(QUERIES[0], 1).ids[0]}
    index.remove(taken)
    even = range(0, N, 2)
    some = index.search(QUERIES, 5, only=set(even) - taken)
    assert all(one in even and one not in taken for answer in some.ids for one in answer)
    index.add(Vectors([1000], 3 * QUERIES[:1], fingerprint=index.fingerprint))
    index.save(tmp_path / "an.index")
    opened = load(tmp_path / "an.index", trusted=True)
    assert isinstance(opened.recipe, Foreign) and opened.settings == index.settings
    before, after = index.search(QUERIES, 7), opened.search(QUERIES, 7)
    assert np.array_equal(before.rows, after.rows) and np.array_equal(before.scores, after.scores)
    assert not taken & {one for answer in after.ids for one in answer}
    if metric == PRODUCT:
        assert opened.search(QUERIES[0], 1).ids == [1000]
    assert index.memory()["total"] > 0 and all(size >= 0 for size in index.memory().values())


@pytest.mark.parametrize("key", ["IDMap,Flat", "IDMap2,HNSW6", *LISTS])
def test_ids_of_the_file_are_ids_of_the_index(key: str, tmp_path: Path):
    own = np.random.default_rng(3).permutation(5 * N)[:N] + 10**12
    bare = made(key, ids=own)
    expected = bare.search(QUERIES, 1)[1][:, 0]
    path = written(bare, tmp_path)
    index = open_faiss(path)
    assert [answer[0] for answer in index.search(QUERIES, 1).ids] == expected.tolist()
    index.save(tmp_path / "an.index")
    opened = load(tmp_path / "an.index", trusted=True)
    assert [answer[0] for answer in opened.search(QUERIES, 1).ids] == expected.tolist()
    assert open_faiss(path, ids=[f"w{i}" for i in range(N)]).search(QUERIES[0], 1).ids[0][0] == "w"


def test_what_remove_ids_left_is_numbered_again(tmp_path: Path):
    bare = made("IVF5,Flat")
    bare.nprobe = 5
    bare.remove_ids(np.arange(50))
    bare.set_direct_map_type(faiss.DirectMap.Hashtable)
    index = open_faiss(written(bare, tmp_path))
    assert len(index) == N - 50 and 49 not in index and index.search(ROWS[60], 1).ids == [60]


def test_cosines_are_of_rows_of_length_one(tmp_path: Path):
    exact = ROWS @ (QUERIES[0] / np.linalg.norm(QUERIES[0]))
    for metric in (L2, PRODUCT):
        index = open_faiss(written(made("IVF1,Flat", metric), tmp_path), metric="cosine")
        assert index.settings == {"nprobe": 1}  # FAISS's file says 3, of 1
        hits = index.search(QUERIES[0], 3)
        assert np.array_equal(hits.rows, np.argsort(-exact)[:3])
        assert np.allclose(hits.scores, np.sort(exact)[::-1][:3], atol=1e-5)
    long = faiss.IndexFlatIP(DIM)
    long.add(2 * ROWS)
    with pytest.raises(DataError, match=r"row .* has the length 2, and cosines take rows of length 1"):
        open_faiss(written(long, tmp_path), metric="cosine")


def test_a_space_is_known_by_its_rows_or_by_its_name(tmp_path: Path):
    vectors = Vectors(list(range(N)), ROWS)
    path = written(made("Flat", PRODUCT), tmp_path)
    assert open_faiss(path).fingerprint == vectors.fingerprint
    assert np.array_equal(open_faiss(path).vectors([3]).matrix[0], ROWS[3])
    path = written(made("SQ8"), tmp_path)
    assert open_faiss(path).fingerprint == open_faiss(path).fingerprint != vectors.fingerprint
    named = open_faiss(path, fingerprint=vectors.fingerprint)
    assert len(named.search(vectors, 1).ids) == N


def test_no_rows_are_an_index_too(tmp_path: Path):
    index = open_faiss(written(faiss.IndexFlatL2(1), tmp_path))
    assert len(index) == 0 and index.search([1.0], 3).ids == []
    index.add(Vectors([7], np.ones((1, 1)), fingerprint=index.fingerprint))
    assert index.search([1.0], 3).ids == [7]


def test_what_does_not_fit_is_said(tmp_path: Path):
    path = written(made("Flat"), tmp_path)
    with pytest.raises(DataError, match=r"squared distances, which are not 'dot'; take metric='euclidean'"):
        open_faiss(path, metric="dot")
    with pytest.raises(DataError, match="3 ids do not fit 200 rows"):
        open_faiss(path, ids=["a", "b", "c"])
    with pytest.raises(DataError, match="twice"):
        open_faiss(path, ids=[0, *range(N - 1)])
    with pytest.raises(FormatError, match="twice"):
        open_faiss(written(made("IDMap,Flat", ids=np.zeros(N, np.int64)), tmp_path))
    bad = faiss.IndexFlatL2(DIM)
    bad.add(np.where(np.arange(N)[:, None] == 7, np.float32(np.nan), ROWS))
    with pytest.raises(FormatError, match="row 7 holds a number that is not finite"):
        open_faiss(written(bad, tmp_path))
    with pytest.raises(
        DataError, match=r"Foreign is what firth\.index\.open_faiss opens, and cannot be built"
    ):
        Foreign().build(Vectors(list(range(N)), ROWS))
    with pytest.raises(OptionError, match="keep is 'none' for what a file of FAISS holds"):
        Foreign(keep="float32")
    with pytest.raises(FileNotFoundError):
        open_faiss(tmp_path / "none.faiss")


def test_wrong_files_are_refused_in_another_process(tmp_path: Path):
    path = tmp_path / "rows.faiss"
    good = to_blob(made("IVF5,Flat")).tobytes()
    lsh = faiss.IndexLSH(DIM, 16)
    taxi = faiss.IndexFlat(DIM, faiss.METRIC_L1)
    Vectors(list(range(N)), ROWS).save(tmp_path / "vectors.safetensors")
    for raw, message in (
        (to_blob(lsh).tobytes(), "an IndexLSH cannot be checked; Firth opens IndexFlat"),
        (to_blob(taxi).tobytes(), "its metric has FAISS's number 2"),
        ((tmp_path / "vectors.safetensors").read_bytes(), "FAISS refuses it"),
        (good[: len(good) // 2], "FAISS refuses it"),
        (b"", "FAISS refuses it"),
    ):
        path.write_bytes(raw)
        with pytest.raises(FormatError, match=message):
            open_faiss(path)
    path.write_bytes(good)
    assert len(open_faiss(path)) == N  # tried by the other process, and found good
    IVF(lists=2).build(Vectors(list(range(N)), ROWS)).save(tmp_path / "an.index")
    with pytest.raises(FormatError, match=r"an index of Firth, and firth\.index\.load opens it"):
        open_faiss(tmp_path / "an.index")


def mutated(blob: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A blob that was cut, or in which one number was changed for the worse."""
    if rng.random() < 0.1:
        return blob[: int(rng.integers(len(blob)))].copy()
    bad = blob.copy()
    width = int(rng.choice([1, 4, 8]))
    at = int(rng.integers((300 if rng.random() < 0.6 else len(bad)) - width))
    value = int(rng.choice([0, 1, 255, 2**31 - 1, 2**32 - 1, 2**62, int(rng.integers(2**40))]))
    bad[at : at + width] = np.frombuffer(value.to_bytes(8, "little")[:width], np.uint8)
    return bad


def test_mutants_of_foreign_files_never_harm_this_process(tmp_path: Path):
    """Those that the other process lets through are opened here, and searched."""
    rng = np.random.default_rng(4)
    ids = np.arange(N) * 3
    kinds = [made("IDMap2,Flat", ids=ids), made("IVF5,SQ8", ids=ids), made("PQ4x4np"), made("PCA4,HNSW6")]
    bad = [mutated(to_blob(index), rng) for index in kinds for _ in range(55)]
    wanted = Wanted(ids=True)
    answers = probe(bad, wanted)
    assert len(answers) == 220 and 40 < sum(answer is not None for answer in answers) < 220
    path = tmp_path / "rows.faiss"
    for blob, answer in zip(bad, answers, strict=True):
        if answer is None:
            path.write_bytes(blob.tobytes())
            trust(blob)
            try:
                index = open_faiss(path)
            except FormatError:  # such as a row that is not finite
                continue
            hits = index.search(np.ones(index.dim, np.float32), 5)
            assert all(one in index for one in hits.ids)


@pytest.mark.parametrize("recipe", [IVF(lists=4), HNSW(links=4, ef_construction=20)], ids=["IVF", "HNSW"])
def test_resealed_mutants_of_our_own_files_never_harm_this_process(recipe, tmp_path: Path):
    """The checksum is right around a blob that was changed: `load` refuses it, or its answers are rows."""
    recipe.build(Vectors(list(range(N)), ROWS)).save(tmp_path / "good.index")
    tensors, metadata = read_tensors(tmp_path / "good.index")
    arrays = {name: array.copy() for name, array in tensors.items()}
    rng = np.random.default_rng(5)
    bad = [mutated(arrays["engine.blob"], rng) for _ in range(150)]
    engine = load(tmp_path / "good.index", trusted=True).engine
    answers = probe(bad, Wanted(kinds=engine.kinds, dim=DIM, rows=N))
    assert 20 < sum(answer is not None for answer in answers) < 150
    tried = 0
    for blob, answer in zip(bad, answers, strict=True):
        tried += answer is not None
        if answer is not None and tried > 3:
            continue  # the other process is begun for each; it has refused all of these already
        if answer is None:
            trust(blob)
        changed = {**arrays, "engine.blob": blob}
        write_tensors(tmp_path / "bad.index", changed, metadata, force=True)
        try:
            index = load(tmp_path / "bad.index")
        except FormatError:
            continue
        assert answer is None
        assert all(one in range(N) for row in index.search(QUERIES, 5).ids for one in row)


def test_an_id_map_that_is_too_short_or_inside_is_refused():
    bare = made("IDMap,Flat", ids=np.arange(N))
    bare.id_map.resize(N - 1)
    with pytest.raises(DataError, match="it has 199 ids for 200 rows"):
        without_ids(bare)
    nested = faiss.IndexIDMap(faiss.IndexIDMap(faiss.IndexFlatL2(DIM)))
    with pytest.raises(DataError, match="an IndexIDMap cannot be checked"):
        check_inside(without_ids(nested)[0], Wanted(ids=True))


def test_the_shell_inspects_and_searches_it(tmp_path: Path):
    from typer.testing import CliRunner

    from firth.cli.main import app

    path = str(written(made("Flat"), tmp_path))
    shown = json.loads(CliRunner().invoke(app, ["inspect", path, "--json"]).stdout)
    assert (shown["faiss"], shown["ids"], shown["metric"]) == ("IndexFlatL2", N, "euclidean")
    found = json.loads(CliRunner().invoke(app, ["search", path, "7", "-k", "3", "--json"]).stdout)
    near = open_faiss(path).search(ROWS[7], 4).ids[1:]
    assert [hit["id"] for hit in found["queries"][0]["hits"]] == near
