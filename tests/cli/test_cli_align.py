"""firth align and firth drift: maps that are kept in files, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calling import Firth

from firth import Vectors


@pytest.fixture
def spaces(tmp_path: Path) -> dict[str, Path]:
    """Two spaces of the same words, turned and a little apart; and one with two words exchanged."""
    random = np.random.default_rng(1)
    words = [f"w{i}" for i in range(600)]
    rows = random.standard_normal((600, 8))
    turn = np.linalg.qr(random.standard_normal((8, 8)))[0]
    swapped = rows.copy()
    swapped[[20, 21]] = rows[[21, 20]]
    counts = {"counts": np.arange(1_200, 600, -1)}
    made = {}
    for name, some in (("old", rows), ("new", rows), ("later", swapped), ("run", rows)):
        noisy = (some + 0.1 * random.standard_normal(rows.shape)) @ (np.eye(8) if name == "old" else turn)
        made[name] = tmp_path / f"{name}.safetensors"
        Vectors(words, noisy, columns=counts).save(made[name])
    return made


def test_fit_apply_and_evaluate(firth: Firth, spaces: dict[str, Path], tmp_path: Path):
    bridge, mapped = tmp_path / "map.safetensors", tmp_path / "mapped.safetensors"
    done = firth("align", "fit", spaces["old"], spaces["new"], "-o", bridge, "--json")
    assert done.code == 0
    assert done.document["report"]["used"] == 600
    done = firth("align", "apply", bridge, spaces["old"], "-o", mapped, "--json")
    assert done.document["ids"] == 600
    assert done.document["space"] == Vectors.load(spaces["new"]).fingerprint
    hits = Vectors.load(spaces["new"]).search(Vectors.load(mapped), topn=1)
    assert sum(hit == [f"w{i}"] for i, hit in enumerate(hits.ids)) > 590
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("".join(f"w{i}\tw{i}\n" for i in range(50)))
    done = firth("align", "evaluate", bridge, spaces["old"], spaces["new"], pairs, "--json")
    [report] = done.document["reports"]
    assert report["rows"][0]["name"] == "P@1"
    assert report["rows"][0]["value"] > 0.9
    back = tmp_path / "back.safetensors"
    assert firth("align", "apply", bridge, mapped, "-o", back, "--inverse").code == 0
    assert Vectors.load(back).fingerprint == Vectors.load(spaces["old"]).fingerprint


def test_fit_for_people_with_a_dictionary(firth: Firth, spaces: dict[str, Path], tmp_path: Path):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("".join(f"w{i}\tw{i}\n" for i in range(100)) + "nobody\tw1\n")
    for method in ("procrustes", "ridge", "low-rank", "self-learning"):
        done = firth(
            *("align", "fit", spaces["old"], spaces["new"], "-o", tmp_path / method, "--method", method),
            *("--dictionary", pairs),
            *(("--rank", 4) if method == "low-rank" else ()),
        )
        assert done.code == 0, done.err
        assert "dim 8 to 8" in done.err
        assert "unknown source 1" in done.err


def test_vectors_of_another_space_are_refused(firth: Firth, spaces: dict[str, Path], tmp_path: Path):
    bridge = tmp_path / "map.safetensors"
    firth("align", "fit", spaces["old"], spaces["new"], "-o", bridge)
    done = firth("align", "apply", bridge, spaces["later"], "-o", tmp_path / "no.safetensors")
    assert done.code == 1
    assert "Encode both with the same model, or map one into the other" in done.err
    assert not (tmp_path / "no.safetensors").exists()
    done = firth("align", "apply", spaces["old"], spaces["old"], "-o", tmp_path / "no.safetensors")
    assert (done.code, "no alignment" in done.err) == (1, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rank", 4), "--rank is for low-rank; procrustes has none"),
        (("--seed", 4), "--seed is for self-learning and unsupervised; procrustes has none"),
        (("--method", "unsupervised", "--dictionary", "x"), "unsupervised takes no --dictionary"),
        (("--method", "magic"), "Invalid value for '--method'"),
    ],
)
def test_options_that_would_not_be_heeded(
    firth: Firth, spaces: dict[str, Path], tmp_path: Path, options: tuple[object, ...], message: str
):
    done = firth("align", "fit", spaces["old"], spaces["new"], "-o", tmp_path / "map", *options)
    assert done.code == 2
    assert message in done.err


def test_a_map_is_not_overwritten(firth: Firth, spaces: dict[str, Path]):
    done = firth("align", "fit", spaces["old"], spaces["new"], "-o", spaces["run"])
    assert (done.code, "--force overwrites it" in done.err) == (1, True)
    assert firth("align", "fit", spaces["old"], spaces["new"], "-o", spaces["run"], "--force").code == 0


def test_adapter(firth: Firth, spaces: dict[str, Path], tmp_path: Path):
    bridge = tmp_path / "bridge.safetensors"
    done = firth("align", "adapter", spaces["old"], spaces["new"], "-o", bridge, "--sample", 300, "--json")
    [report] = done.document["reports"]
    assert (report["rows"][0]["n"], report["sample"]) == (60, 300)
    assert firth("align", "apply", bridge, spaces["new"], "-o", tmp_path / "m.safetensors").code == 0
    done = firth("align", "adapter", spaces["old"], spaces["new"], "-k", 5, "--queries", spaces["new"])
    assert "mapped queries find" in done.out
    assert "n  coverage" in done.out.replace("   ", "  ")
    done = firth("align", "adapter", spaces["old"], spaces["new"], "--queries", spaces["old"])
    assert (done.code, "the queries are of the space" in done.err) == (1, True)


def test_drift(firth: Firth, spaces: dict[str, Path], tmp_path: Path):
    done = firth("drift", spaces["old"], spaces["later"], "--json", "-n", 2)
    assert sorted(done.document["drifted"]) == ["w20", "w21"]
    assert len(done.document["words"]) == 2
    done = firth("drift", spaces["old"], spaces["later"], "--baseline", spaces["run"], "--by", "neighbours")
    assert done.code == 0
    assert "permuted labels of 2 runs" in done.out
    assert "word\tposition\tneighbours\tq\tbefore\tafter" in done.out
    assert {"w20\t", "w21\t"} <= {line[:4] for line in done.out.splitlines()}
    anchor = tmp_path / "anchor.txt"
    anchor.write_text("".join(f"w{i}\n" for i in range(100, 200)))
    done = firth("drift", spaces["old"], spaces["new"], "--anchor", anchor, "--restrict", 500, "--json")
    assert (done.document["shared"], done.document["drifted"]) == (500, [])


def test_drift_of_a_space_from_itself(firth: Firth, spaces: dict[str, Path]):
    done = firth("drift", spaces["old"], spaces["old"])
    assert (done.code, "before and after have the same rows" in done.err) == (1, True)


def test_inspect_shows_the_fingerprint(firth: Firth, spaces: dict[str, Path]):
    expected = Vectors.load(spaces["old"]).fingerprint
    assert firth("inspect", spaces["old"], "--json").document["spaces"][0]["space_fingerprint"] == expected
    assert f"spaces.0.space_fingerprint\t{expected}" in firth("inspect", spaces["old"]).out
