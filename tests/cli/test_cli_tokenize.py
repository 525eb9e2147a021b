"""`firth tokenize`: tokens on stdout, vocabularies in files, and the comparison as table, JSON and figure."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Firth

import firth as package

TEXT = "Don't pay $3.50.\n\nGrzegorz Brzęczyszczkiewicz\n"
LINES = "".join(f"{title}\n" for title in package.datasets.wiki_titles())


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    path = tmp_path / "titles.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


def test_rules_are_the_default_and_lines_stay_lines(firth: Firth, corpus: Path):
    done = firth("tokenize", corpus)
    assert done.code == 0
    assert done.out == "Don't\tpay\t$\t3.50\t.\n\nGrzegorz\tBrzęczyszczkiewicz\n"
    assert firth("tokenize", corpus, "--rules").out == done.out


def test_characters_and_bytes_have_ids(firth: Firth, corpus: Path):
    characters = firth("tokenize", corpus, "--characters", "--ids").out.split("\n")
    assert characters[0] == "\t".join(str(ord(c)) for c in "Don't pay $3.50.")
    bytes_ = firth("tokenize", corpus, "--bytes", "--ids").out.split("\n")
    assert len(bytes_[2].split("\t")) == len("Grzegorz Brzęczyszczkiewicz".encode())


def test_offsets_name_the_place_of_each_token(firth: Firth, corpus: Path):
    lines = [line.split("\t") for line in firth("tokenize", corpus, "--offsets").out.splitlines()]
    assert lines[0] == ["line", "start", "stop", "token"]
    assert lines[2] == ["0", "6", "9", "pay"]
    text = TEXT.split("\n")
    assert all(text[int(n)][int(a) : int(b)] == token for n, a, b, token in lines[1:])


def test_a_vocabulary_is_trained_saved_and_used(firth: Firth, corpus: Path, titles: Path, tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    done = firth("tokenize", titles, "--train", "bpe", "--vocab-size", 600, "-o", path)
    assert done.code == 0
    assert done.err == f"{path}: 600 tokens of bpe from 1,042 lines\n"
    tokenizer = package.SubwordTokenizer.load(path)
    shown = firth("tokenize", corpus, "--model", path, "--ids").out.split("\n")
    for line, ids in zip(TEXT.split("\n"), shown, strict=True):
        assert [int(i) for i in ids.split()] == tokenizer.encode(line).ids.tolist()
    document = firth("tokenize", corpus, "--model", path, "--json").document
    tokens = tokenizer.encode("Don't pay $3.50.")
    assert document["lines"][0] == {
        "tokens": tokens.texts, "ids": tokens.ids.tolist(), "spans": tokens.spans.tolist()
    }  # fmt: skip
    again = firth("tokenize", titles, "--train", "bpe", "--vocab-size", 600, "-o", path)
    assert again.code == 1 and "--force" in again.err
    forced = firth("tokenize", titles, "--train", "wordpiece", "-o", path, "--force", "--json").document
    assert forced["algorithm"] == "wordpiece" and forced["report"]["lines"] == 1042


def test_the_comparison_is_a_table_json_and_a_figure(firth: Firth, titles: Path, tmp_path: Path):
    figure = tmp_path / "figure.png"
    words = ("tokenize", titles, "--compare", "--algorithms", "bpe,wordpiece", "--vocab-sizes", "300,600")
    done = firth(*words, "--plot", figure)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("tokenizer\tvocabulary\ttokens a word")
    assert [line.partition("\t")[0] for line in lines[1:-1]] == [
        "rules", "characters", "bytes", "bpe 300", "bpe 600", "wordpiece 300", "wordpiece 600"
    ]  # fmt: skip
    assert "takes the fewest tokens a word" in lines[-1]
    assert "measuring bpe 600" in done.err
    assert figure.read_bytes().startswith(b"\x89PNG")
    quiet = firth(*words, "--json")
    assert quiet.err == ""
    assert len(quiet.document["rows"]) == 7 and quiet.document["verdict"]


def test_damaged_text_is_counted(firth: Firth, tmp_path: Path):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"good\nbad \xff\n\xef\xbf\xbd\n")
    done = firth("tokenize", path)
    assert done.out == "good\nbad\t\ufffd\n\ufffd\n"
    assert done.err == "1 lines were not valid UTF-8; what was not is U+FFFD\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--rules", "--bytes"), 2, "--rules and --bytes are different jobs"),
        (("--train", "bpe"), 2, "name it with -o tokenizer.json"),
        (("-o", "x.json"), 2, "-o goes with --train"),
        (("--plot", "x.png"), 2, "--plot goes with --compare"),
        (("--compare", "--plot", "x.gif"), 2, "a figure ends in .png"),
        (("--compare", "--vocab-sizes", "1,x"), 2, "whole numbers separated by commas, not 'x'"),
        (("--compare", "--algorithms", "bpa"), 2, "algorithm is one of bpe"),
        (("--train", "bpa", "-o", "x.json"), 2, "bpa"),
        (("--compare", "--limit", "3000000"), 2, "Invalid value for '--limit'"),
        (("--compare", "--limit", "0"), 2, "Invalid value for '--limit'"),
        (("--ids",), 2, "rules have no ids"),
        (("--compare",), 1, "lines are too few to hold out"),
        (("--model", "none.json"), 1, "none.json: no such file"),
    ],
)
def test_wrong_usage(
    firth: Firth,
    corpus: Path,
    words: tuple[str, ...],
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(corpus.parent)
    if "bpa" in words and "--compare" in words:
        corpus.write_text(LINES, encoding="utf-8")
    done = firth("tokenize", corpus, *words)
    assert (done.code, done.err.count("\n")) == (code, done.err.count("\n"))
    assert message in done.err
    assert not (corpus.parent / "x.json").exists()
