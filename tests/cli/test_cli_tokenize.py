"""`firth tokenize`: tokens on stdout, vocabularies in files, and the comparison as table, JSON and figure."""

from __future__ import annotations

import gzip
import lzma
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
    assert done.err == "1 line was not valid UTF-8; what was not is U+FFFD\n"
    assert firth("tokenize", path, path).err == "2 lines were not valid UTF-8; what was not is U+FFFD\n"
    assert firth("tokenize", path, "-q")[1:] == (done.out, "")
    counted = firth("tokenize", path, "--json")
    assert (counted.document["invalid_utf8_lines"], counted.err) == (1, "")


def test_a_comparison_counts_damaged_text_too(firth: Firth, tmp_path: Path):
    path = tmp_path / "bad.txt"
    path.write_bytes(b"good\n" * 30 + b"bad \xff\n")
    words = ("tokenize", path, "--compare", "--algorithms", "bpe", "--vocab-sizes", "261")
    assert firth(*words).err.endswith("\n1 line was not valid UTF-8; what was not is U+FFFD\n")
    assert firth(*words, "-q").err == ""
    assert firth(*words, "--json").document["invalid_utf8_lines"] == 1


def test_a_folder_gives_its_text_files_in_order(firth: Firth, tmp_path: Path):
    folder = tmp_path / "texts"
    (folder / "more").mkdir(parents=True)
    (folder / ".hidden.txt").write_text("hidden\n")
    (folder / "b.txt").write_text("second\n")
    (folder / "a.TXT.gz").write_bytes(gzip.compress(b"first\n"))
    (folder / "more" / "c.txt.xz").write_bytes(lzma.compress(b"third\n"))
    (folder / "table.csv").write_text("a,b\n")
    done = firth("tokenize", folder)
    assert (done.code, done.out) == (0, "first\nsecond\nthird\n")
    assert done.err == f"{folder}: 3 files of text, 1 file of other endings left out\n"
    quiet = firth("tokenize", folder / "more", folder / "b.txt", "-q")
    assert (quiet.out, quiet.err) == ("third\nsecond\n", "")
    (folder / "more" / "c.txt.xz").rename(folder / "c.md")
    empty = firth("tokenize", folder / "more")
    assert empty.code == 1 and f"the folder {folder}/more holds no text file (.txt, .txt.gz" in empty.err


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
        (("--compare", "--vocab-sizes", "10"), 2, "vocab_size is a whole number from 261"),
        (("--ids",), 2, "--ids goes with --model, --characters or --bytes, not with --rules, the default"),
        (("--vocab-size", "32000"), 2, "--vocab-size goes with --train, not with --rules, the default"),
        (("--bytes", "--algorithms", "foo"), 2, "--algorithms goes with --compare, not with --bytes"),
        (("--compare", "--vocab-size", "300"), 2, "--vocab-size goes with --train, not with --compare"),
        (("--limit", "3"), 2, "--limit goes with --compare"),
        (("--no-byte-fallback",), 2, "--no-byte-fallback goes with --train or --compare"),
        (
            ("--byte-fallback", "--rules"),
            2,
            "--byte-fallback goes with --train or --compare, not with --rules",
        ),
        (("--train", "bpe", "-o", "x.json", "--offsets"), 2, "--offsets goes with --model, --rules"),
        (("--train", "bpe", "-o", "x.json", "--vocab-sizes", "1"), 2, "--vocab-sizes goes with --compare"),
        (("--force",), 2, "--force goes with --train or --compare"),
        (("--bytes", "--ids", "--json"), 2, "--json writes tokens, ids and places alike; leave out --ids"),
        (("--compare",), 1, "0.1 of 2 lines is too little to measure on"),
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
    done = firth("tokenize", corpus, *words)
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert message in done.err
    assert not (corpus.parent / "x.json").exists()
