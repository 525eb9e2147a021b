"""Our own file: what goes in comes out, what the page promises holds, and other programs can read it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import mutate
import numpy as np
import pytest
import sample
from safetensors.numpy import load_file, save_file

import firth
from firth import compress
from firth.errors import DataError, ExistsError, FormatError, OptionError
from firth.formats import describe, read, write
from firth.formats.tensors import DTYPES, read_tensors, write_tensors
from firth.model import Model
from firth.vectors import Vectors

GOLDEN = Path(__file__).parent / "golden"


def equal(a: Model, b: Model) -> bool:
    return (
        list(a.spaces) == list(b.spaces)
        and a.recipe == b.recipe
        and a.report == b.report
        and all(
            sample.same(a.spaces[name], b.spaces[name])
            and a.spaces[name].metric == b.spaces[name].metric
            and a.spaces[name].meta == b.spaces[name].meta
            and a.spaces[name].columns.keys() == b.spaces[name].columns.keys()
            and all(
                np.array_equal(a.spaces[name].columns[c], b.spaces[name].columns[c])
                for c in a.spaces[name].columns
            )
            for name in a.spaces
        )
    )


def test_a_model_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    sample.small_model().save(path)
    for verify in (False, True):
        assert equal(firth.load(path, verify=verify), sample.small_model())
    assert isinstance(firth.load(path).spaces["documents"].ids, firth.Integers)


@pytest.mark.parametrize("n", [0, 1, 3])
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_degenerate_shapes_come_back(n: int, dim: int, tmp_path: Path) -> None:
    vectors = Vectors([f"k{i}" for i in range(n)], np.ones((n, dim)))
    vectors.save(tmp_path / "a.safetensors")
    back = Vectors.load(tmp_path / "a.safetensors")
    assert back.matrix.shape == (n, dim)
    assert list(back.ids) == list(vectors.ids)


def test_the_golden_file_of_format_1_0_loads_bit_equal() -> None:
    assert equal(read(GOLDEN / "firth-1.0.safetensors", verify=True), sample.small_model())


def test_the_golden_file_of_format_4_0_stands_for_the_same_rows() -> None:
    held = compress.load(GOLDEN / "firth-4.0.safetensors", verify=True)
    made = sample.small_coded()
    assert list(held) == list(made) and describe(GOLDEN / "firth-4.0.safetensors")["version"] == "4.0"
    for name in list(held)[::2]:
        codes, rows = held[name], held[f"{name} decoded"]
        assert isinstance(codes, compress.Codes) and isinstance(rows, Vectors)
        assert repr(codes.codec.recipe) == name and codes.ids == rows.ids == made[name].ids
        np.testing.assert_allclose(codes.decode().matrix, rows.matrix, rtol=1e-5, atol=1e-5)
        assert codes.codec.width == made[name].codec.width  # what is written today has the same form
        assert codes.codec.parts().keys() == made[name].codec.parts().keys()
        assert codes.search(rows.matrix[4], 1).scores[0] > 0.99 or name.startswith("SimHash")
        assert codes.fingerprint == made[name].fingerprint


def test_the_matrix_is_mapped_and_read_only(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    sample.small().save(path)
    matrix = Vectors.load(path).matrix
    assert not matrix.flags.owndata
    assert matrix.flags.aligned
    with pytest.raises(ValueError, match="read-only"):
        matrix[0, 0] = 1


def test_saving_over_the_file_that_is_open_keeps_both(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    sample.small().save(path)
    opened = Vectors.load(path)
    Vectors(["other"], [[1.0]]).save(path, force=True)
    assert sample.same(opened, sample.small())
    assert list(Vectors.load(path).ids) == ["other"]


def test_safetensors_reads_our_file_and_we_read_what_it_writes(tmp_path: Path) -> None:
    ours = sample.write_small(tmp_path, "firth")
    tensors = load_file(ours)
    mapped, metadata = read_tensors(ours)
    assert tensors.keys() == mapped.keys()
    for name, array in mapped.items():
        assert tensors[name].dtype == array.dtype
        assert np.array_equal(tensors[name], array)
    theirs = tmp_path / "theirs.safetensors"
    save_file(tensors, theirs, metadata)
    assert equal(read(theirs), sample.small_model())
    with pytest.raises(FormatError, match="cannot be verified: it has no checksums"):
        read(theirs, verify=True)


def test_a_stale_seal_is_refused(tmp_path: Path) -> None:
    ours = sample.write_small(tmp_path, "firth")
    header = json.loads(mutate.split(ours.read_bytes())[0])
    save_file(load_file(ours), tmp_path / "theirs.safetensors", header["__metadata__"])
    with pytest.raises(FormatError, match=r"seal|checksum"):
        read(tmp_path / "theirs.safetensors")


def test_an_unaligned_file_of_another_program_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    header = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    header += b" " * (3 - len(header) % 8)
    path.write_bytes(len(header).to_bytes(8, "little") + header + np.array([1, 2], "<f4").tobytes())
    array = read_tensors(path)[0]["a"]
    assert array.tolist() == [1, 2]
    assert array.flags.aligned
    assert not array.flags.writeable


def test_the_layout_is_as_the_page_says(tmp_path: Path, repository: Path) -> None:
    raw = sample.write_small(tmp_path, "firth").read_bytes()
    header, data = mutate.split(raw)
    assert (8 + len(header)) % 64 == 0
    assert re.match(rb'\{"__metadata__":\{"crc32":"\{\\"header\\":\\"[0-9a-f]{8}\\"', header)
    tree = json.loads(header)
    assert list(tree["__metadata__"])[-1] == "sealed"
    ends = [0] + [tree[name]["data_offsets"][1] for name in tree if name != "__metadata__"]
    sizes = [np.dtype(DTYPES[tree[name]["dtype"]]).itemsize for name in tree if name != "__metadata__"]
    assert sizes == sorted(sizes, reverse=True)
    assert ends[-1] == len(data)
    page = (repository / "docs" / "format.md").read_text()
    for key in json.loads(tree["__metadata__"]["firth"]):
        assert f"`{key}`" in page
    assert " ".join(DTYPES) in page


def test_a_newer_major_version_is_refused_by_name_and_a_newer_minor_read(tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, "firth")
    header, data = mutate.split(path.read_bytes())
    path.write_bytes(mutate.reseal(header.replace(b'\\"1.0\\"', b'\\"1.7\\"'), data))
    assert equal(read(path), sample.small_model())
    path.write_bytes(mutate.reseal(header.replace(b'\\"1.0\\"', b'\\"5.0\\"'), data))
    with pytest.raises(FormatError, match=r"newer Firth, in format 5\.0; this one reads up to 4"):
        read(path)


def test_a_safetensors_file_of_another_kind_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a.safetensors", {"embeddings": np.zeros((2, 3), np.float32)})
    with pytest.raises(FormatError, match=r"'embeddings' float32 \(2, 3\)"):
        read(tmp_path / "a.safetensors")


def test_a_tensor_that_two_spaces_name_is_refused(tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, "firth")
    header, data = mutate.split(path.read_bytes())
    tree = json.loads(header)
    entry = json.loads(tree["__metadata__"]["firth"])
    entry["spaces"].append({**entry["spaces"][0], "name": "again"})
    tree["__metadata__"]["firth"] = json.dumps(entry)
    path.write_bytes(mutate.reseal(json.dumps(tree, separators=(",", ":")).encode(), data))
    with pytest.raises(FormatError, match=r"'words\.columns\.counts', which is not there or is named twice"):
        read(path)


def test_tensors_of_every_dtype_and_shape_come_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    tensors = {code: rng.integers(0, 2, (3, 2)).astype(DTYPES[code]) for code in DTYPES}
    tensors |= {"scalar": np.array(7.5), "empty": np.zeros((0, 5)), "big": np.arange(3, dtype=">i4")}
    tensors |= {"turned": np.arange(6, dtype=np.float32).reshape(2, 3).T}
    path = tmp_path / "state.safetensors"
    write_tensors(path, tensors, {"note": "naïve \ud800"})
    back, metadata = read_tensors(path, verify=True)
    assert metadata == {"note": "naïve \ud800"}
    assert back.keys() == tensors.keys()
    for name, array in tensors.items():
        assert back[name].shape == array.shape
        assert np.array_equal(back[name], array)
        assert back[name].flags.aligned


@pytest.mark.parametrize(
    "array", [np.array(["a"]), np.array([1j]), np.array([None]), np.array([1], np.longdouble)]
)
def test_a_dtype_that_the_format_does_not_know_is_refused(array: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has dtype"):
        write_tensors(tmp_path / "a.safetensors", {"a": array})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (Vectors(["a", "a"], np.ones((2, 2))), "'a' occurs twice"),
        (Vectors(np.array([1, 1]), np.ones((2, 2))), "1 occurs twice"),
        (
            Vectors(["a", "b"], [[1.0], [np.nan]]),
            r"row 1 \('b'\) of 'vectors' holds a number that is not finite",
        ),
        (Vectors(["a"], [[1.0]], meta={"when": object()}), "JSON has no form for"),
    ],
)
def test_the_writer_refuses_what_breaks_the_rules(vectors: Vectors, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        write(vectors, tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def nested(depth: int) -> list[Any]:
    return [nested(depth - 1)] if depth else []


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ({"losses": [0] * 600_000}, "items .* at most 500,000 can be read back"),
        ({"note": "," * 600_000}, "items .* at most 500,000 can be read back"),
        ({"note": "x" * 26_000_000}, "bytes; at most 25,000,000 can be read back"),
        ({"deep": nested(100)}, "nested more than 100 deep"),
        ({"big": 10**5000}, "cannot be written: Exceeds the limit"),
        ({1: 2}, "its keys must be strings, and 1 is none"),
    ],
)
def test_a_report_that_could_not_be_read_back_is_not_written(
    report: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        Model({"v": sample.small()}, report=report).save(tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def test_the_largest_report_can_be_read_back(tmp_path: Path) -> None:
    report = {"losses": [0] * 499_800, "deep": nested(90)}
    Model({"v": sample.small()}, report=report).save(tmp_path / "a.safetensors")
    assert firth.load(tmp_path / "a.safetensors", verify=True).report == report


def test_a_report_with_numpy_values_and_nan_can_be_written(tmp_path: Path) -> None:
    report = {"loss": np.float32(0.5), "losses": np.array([1.0, np.nan]), "tuple": (1, 2)}
    Model({"v": sample.small()}, report=report).save(tmp_path / "a.safetensors")
    assert firth.load(tmp_path / "a.safetensors").report == {
        "loss": 0.5,
        "losses": [1.0, None],
        "tuple": [1, 2],
    }


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    sample.small().save(path)
    before = path.read_bytes()
    with pytest.raises(ExistsError, match="--force"):
        Vectors(["b"], [[1.0]]).save(path)
    assert path.read_bytes() == before


def test_describe_says_what_is_in_the_file(tmp_path: Path) -> None:
    path = sample.write_small(tmp_path, "firth")
    summary = describe(path, verify=True)
    assert json.loads(json.dumps(summary)) == summary
    assert (summary["format"], summary["version"], summary["verified"]) == ("firth", "1.0", True)
    assert summary["size"] == path.stat().st_size
    assert summary["recipe"]["learner"] == "SkipGram"
    words, documents = summary["spaces"]
    assert (words["name"], words["rows"], words["dim"], words["data_fingerprint"]) == (
        "words",
        7,
        5,
        "0badcafe",
    )
    assert words["columns"] == {"counts": "int64"}
    assert words["first"] == sample.KEYS[:5]
    assert (documents["ids"], documents["metric"], documents["first"]) == ("integers", "dot", [5, -3, 2**40])


def test_a_space_may_be_kept_in_half_the_bytes(tmp_path: Path) -> None:
    model, path = sample.small_model(), tmp_path / "half.safetensors"
    model.save(path, half=["words"])
    back = read(path, verify=True)
    expected = model.vectors.matrix.astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(back.vectors.matrix, expected)
    assert back.spaces["documents"] == model.spaces["documents"]
    assert describe(path)["version"] == "2.0"  # readers of 1.0 cannot read it, and say so
    with pytest.raises(OptionError, match="no space 'word' to halve; there are words, documents"):
        model.save(tmp_path / "other.safetensors", half=["word"])
    with pytest.raises(OptionError, match="only Firth's own format"):
        write(model, tmp_path / "a.vec", half=["words"])
    large = Model({"words": Vectors(["a"], [[70_000.0]])})
    with pytest.raises(DataError, match="not finite as float16"):
        large.save(tmp_path / "large.safetensors", half=["words"])


def test_parts_come_back_and_need_no_vectors(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    sample.small_parts().save(path)
    back = firth.load(path, verify=True)
    assert back.parts.keys() == sample.small_parts().parts.keys()
    for name, part in sample.small_parts().parts.items():
        assert back.parts[name].dtype == part.dtype
        assert back.parts[name].shape == part.shape
        assert np.array_equal(back.parts[name], part)
    assert describe(path)["version"] == "3.0"
    assert describe(path)["parts"]["0.mean"] == "float64 (1,)"
    with pytest.raises(DataError, match="this model of Table holds no vectors"):
        _ = back.vectors
    with pytest.raises(ValueError, match="read-only"):
        back.parts["shape"][0, 0] = 5


def test_parts_stand_beside_spaces(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    words = sample.small_model()
    Model(words.spaces, recipe=words.recipe, report=words.report, parts=sample.small_parts().parts).save(path)
    back = firth.load(path)
    assert equal(back, words)
    assert len(back.parts) == 3


def test_bad_parts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with pytest.raises(DataError, match="'mean' holds a number that is not finite"):
        Model({}, parts={"mean": np.array([np.nan])}).save(path)
    with pytest.raises(DataError, match="'names' is an array of <U1, not of numbers"):
        Model({}, parts={"names": ["a"]})
    with pytest.raises(DataError, match=r"two tensors would be named 'parts\.matrix'"):
        Model({"parts": sample.small()}, parts={"matrix": np.eye(2)}).save(path)
    assert not path.exists()
