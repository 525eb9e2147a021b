"""Files of subword tokenizers: there and back, those of other programs, and damaged ones."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import tokenizers
from subwords import FOREIGN, TEXT, foreign, trained, written

import firth
from firth.errors import DataError, ExistsError, FormatError, OptionError
from firth.tokenize import SubwordTokenizer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "formats"))
import mutate

MUTANTS = 2_000
BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "to", "be", "##e", "t", "##o", "b", ",", "ü", "##r"]


# --- there and back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece", "unigram"])
@pytest.mark.parametrize("byte_fallback", [True, False])
def test_what_is_saved_comes_back(algorithm: str, byte_fallback: bool, tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    made = trained(algorithm, byte_fallback)
    made.save(path)
    again = SubwordTokenizer.load(path)
    assert again.keys == made.keys
    assert again.special.ids == made.special.ids
    assert again.is_lossless == made.is_lossless
    theirs = tokenizers.Tokenizer.from_file(str(path))
    theirs.encode_special_tokens = True
    for text in (*TEXT, "<s> unseen ☃"):
        ids = made.encode(text, ends=True).ids.tolist()
        assert again.encode(text, ends=True).ids.tolist() == ids == theirs.encode(text).ids
    again.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_a_file_is_not_overwritten_without_being_asked_to(tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    path.write_text("precious")
    with pytest.raises(ExistsError, match="is there already"):
        trained("bpe").save(path)
    assert path.read_text() == "precious"
    trained("bpe").save(path, force=True)
    assert len(SubwordTokenizer.load(path)) == len(trained("bpe"))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_other_programs_are_read(name: str, tmp_path: Path):
    ours = SubwordTokenizer.load(written(name, tmp_path))
    assert len(ours) == foreign(name).get_vocab_size()
    assert [foreign(name).id_to_token(i) for i in range(len(ours))] == list(ours.keys)


def test_truncation_and_padding_of_a_file_are_not_taken_and_that_is_said(tmp_path: Path):
    made = foreign("bert")
    made.enable_truncation(8)
    made.enable_padding(length=8)
    ours = SubwordTokenizer.load(written("bert", tmp_path))
    assert ours.report["truncation_not_taken"] == ours.report["padding_not_taken"] == 8
    assert len(ours.encode(TEXT[1])) > 8
    assert ours.encode("to", ends=True).texts == ["[CLS]", "to", "[SEP]"]


def test_vocab_txt_of_bert(tmp_path: Path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(BERT) + "\n", encoding="utf-8")
    ours = SubwordTokenizer.load(path)
    tokens = ours.encode("TO bee, Tür", ends=True)
    assert tokens.texts == ["[CLS]", "to", "be", "##e", ",", "[UNK]", "[SEP]"]
    assert tokens.spans.tolist() == [[0, 0], [0, 2], [3, 5], [5, 6], [6, 7], [8, 11], [11, 11]]
    assert ours.special.unknown == 1 and ours.special.padding == 0 and ours.special.mask == 4
    assert ours.encode("[CLS]").texts == ["[UNK]"] * 3
    cased = SubwordTokenizer.load(path, lowercase=False)
    assert cased.encode("TO to").texts == ["[UNK]", "to"]
    theirs = tokenizers.BertWordPieceTokenizer(str(path))
    assert theirs.encode("TO bee, Tür").ids == tokens.ids.tolist()
    (tmp_path / "cased.txt").write_text("[UNK]\nTo\nto\n")
    assert SubwordTokenizer.load(tmp_path / "cased.txt").encode("To").texts == ["To"]


def test_vocab_json_and_merges_txt_of_gpt2(tmp_path: Path):
    theirs = foreign("gpt2")
    theirs.model.save(str(tmp_path))
    ours = SubwordTokenizer.load(tmp_path)  # the folder of a model
    assert ours.is_lossless
    for text in TEXT:
        assert ours.encode(text).ids.tolist() == theirs.encode(text).ids
    assert "<|endoftext|>" in ours.special.ids
    merges = (tmp_path / "merges.txt").read_text(encoding="utf-8")
    (tmp_path / "merges.txt").write_text(merges + "no such\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"merges.txt: does not fit .*vocab.json"):
        SubwordTokenizer.load(tmp_path / "vocab.json")


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("tokenizer.json", b"", "this is no tokenizer.json: EOF"),
        ("tokenizer.json", b"{}", "this is no tokenizer.json: Model missing"),
        ("tokenizer.json", b"\xff", "this is no tokenizer.json"),
        ("tokenizer.json", b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "this is no tokenizer.json"),
        ("tokenizer.json", b"[" * 200_000, "this is no tokenizer.json"),
        ("vocab.txt", b"a\nb\n", "no line says \\[UNK\\]"),
        ("vocab.txt", b"[UNK]\na\nb\na\n", "lines 2 and 4 both say 'a'"),
        ("vocab.txt", b"[UNK]\na\n\nb\n", "line 3 is empty"),
        ("vocab.txt", b"[UNK]\n\xff", "byte 6: is not UTF-8"),
        ("merges.txt", b"a b\n", "the merges alone are no vocabulary"),
        ("vocab.json", b"[]", "this is no vocab.json: it holds list"),
        ("vocab.json", b'{"a": -1}', "the id of 'a' is a whole number from 0 on, not -1"),
        ("vocab.json", b'{"a": 1.0}', "not 1.0"),
        ("vocab.json", b'{"\\ud800": 1}', "holds a lone surrogate"),
        ("vocab.json", b'{"a": 0}', "255 of the 256 bytes have no token"),
        ("vocab.json", b"[" * 200_000, "this is no vocab.json"),
    ],
)
def test_a_file_that_is_something_else_is_refused(name: str, data: bytes, said: str, tmp_path: Path):
    (tmp_path / "merges.txt").write_bytes(b"")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FormatError, match=f"{name}.*{said}"):
        SubwordTokenizer.load(tmp_path / name)


def test_a_huge_id_is_refused_before_a_table_is_made_for_it(tmp_path: Path):
    path = written("gpt2", tmp_path)
    state = json.loads(path.read_text(encoding="utf-8"))
    state["model"]["vocab"]["huge"] = 2**31
    path.write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(FormatError, match=r"the token 'huge' has the id 2,147,483,648, but there are only"):
        SubwordTokenizer.load(path)


def test_a_hole_among_the_ids_gets_a_name(tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    model = tokenizers.models.WordPiece({"[UNK]": 0, "a": 2, "<hole 1>": 3})
    tokenizers.Tokenizer(model).save(str(path))
    assert list(SubwordTokenizer.load(path).keys) == ["[UNK]", "<hole 1>", "a", "<hole 3>"]


def test_a_vocabulary_without_its_unknown_token_says_so():
    made = SubwordTokenizer(tokenizers.Tokenizer(tokenizers.models.Unigram([("a", -1.0)])))
    assert made.encode("a").texts == ["a"]
    with pytest.raises(DataError, match="the vocabulary has no tokens for a text"):
        made.encode("b")
    with pytest.raises(DataError, match="the vocabulary has no tokens for a text"):
        made.encode_lines(["b"])


def test_a_folder_without_a_tokenizer(tmp_path: Path):
    with pytest.raises(DataError, match=r"holds no tokenizer.json, no vocab.json, no vocab.txt"):
        SubwordTokenizer.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        SubwordTokenizer.load(tmp_path / "none.json")
    path = written("gpt2", tmp_path)
    with pytest.raises(OptionError, match="leave lowercase out"):
        SubwordTokenizer.load(path, lowercase=True)


def test_lowercase_is_a_flag(tmp_path: Path):
    path = small("vocab.txt", tmp_path)
    with pytest.raises(OptionError, match="lowercase is True or False, not 'yes'"):
        SubwordTokenizer.load(path, lowercase="yes")  # type: ignore[arg-type]


def test_a_byte_order_mark_is_no_part_of_the_first_token(tmp_path: Path):
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(BERT) + "\n", encoding="utf-8-sig")
    ours = SubwordTokenizer.load(path)
    assert ours.special.padding == 0 and ours.keys[0] == "[PAD]"


def test_the_unknown_token_of_a_unigram_file_may_have_any_name(tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    model = tokenizers.models.Unigram([("a", -1.0), ("⁇", -9.0)], unk_id=1)
    tokenizers.Tokenizer(model).save(str(path))
    ours = SubwordTokenizer.load(path)
    assert ours.special.unknown == 1
    assert ours.encode_padded(["abaca"], ends=False, padding=0).unknown.tolist() == [2]
    with firth.read_text(["abaca"], tokenizer=ours, min_count=1) as found:
        assert found.report["unknown_to_tokenizer"] == 2


def test_a_file_that_drops_letters_says_so(tmp_path: Path):
    path = tmp_path / "tokenizer.json"
    tokenizers.Tokenizer(tokenizers.models.BPE({"a": 0, "b": 1}, [])).save(str(path))
    ours = SubwordTokenizer.load(path)
    assert ours.encode("acb").texts == ["a", "b"] and ours.report["drops_unknown"] is True
    for name in FOREIGN:
        drops = SubwordTokenizer.load(written(name, tmp_path)).report.get("drops_unknown", False)
        assert drops == (not SubwordTokenizer(foreign(name)).encode("☃").texts)


def test_words_that_would_take_all_time_there_is_are_refused(tmp_path: Path):
    path = small("wordpiece", tmp_path)
    state = json.loads(path.read_text(encoding="utf-8"))
    state["model"]["max_input_chars_per_word"] = 10**9
    path.write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(
        FormatError, match=r"max_input_chars_per_word is 1,000,000,000.*1,000 at most are read"
    ):
        SubwordTokenizer.load(path)


# --- damage -------------------------------------------------------------------------------------------------


def small(kind: str, folder: Path) -> Path:
    """A small file of each kind, whose every byte matters."""
    if kind == "vocab.txt":
        (folder / kind).write_text("\n".join(BERT) + "\n", encoding="utf-8")
        return folder / kind
    if kind == "vocab.json":
        foreign("gpt2").model.save(str(folder))
        return folder / kind
    model: object
    if kind == "unigram":
        model = tokenizers.models.Unigram([("<unk>", 0.0), ("a", -1.0), ("ab", -2.5), ("Ġ", -2.0)], unk_id=0)
    elif kind == "wordpiece":
        model = tokenizers.models.WordPiece({token: i for i, token in enumerate(BERT)}, unk_token="[UNK]")
    else:
        vocabulary = {"<unk>": 0, "a": 1, "b": 2, "ab": 3, "Ġ": 4, "Ġab": 5}
        merges = [("a", "b"), ("Ġ", "ab")]
        model = tokenizers.models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>")
    made = foreign({"unigram": "t5", "wordpiece": "bert", "bpe": "llama3"}[kind])
    state = json.loads(made.to_str())
    state["model"] = json.loads(tokenizers.Tokenizer(model).to_str())["model"]
    state["added_tokens"] = state["added_tokens"][:2]
    (folder / "tokenizer.json").write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    return folder / "tokenizer.json"


@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "unigram", "vocab.txt", "vocab.json"])
def test_a_damaged_file_is_refused_or_harmless(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """Whatever is read can be used, or says in words why not; a panic of the package is none of these."""
    path = small(kind, tmp_path)
    files = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    rng = np.random.default_rng(len(kind))
    count = MUTANTS if path.suffix != ".json" or kind != "vocab.json" else MUTANTS // 10  # these are large
    refused = 0
    for what, damaged in itertools.islice(damages(kind, files, rng), count):
        for name in files:
            (tmp_path / name).unlink(missing_ok=True)
            if name in damaged:
                (tmp_path / name).write_bytes(damaged[name])
        try:
            use(SubwordTokenizer.load(path))
        except FormatError as error:
            refused += 1
            assert str(tmp_path) in str(error), what
        except DataError as error:
            assert (
                "the vocabulary has no tokens" in str(error)
                or "gave up" in str(error)
                or "spell" in str(error)
                or "cannot write as text" in str(error)
            ), what
        except FileNotFoundError:
            assert set(damaged) != set(files), what
        except BaseException as error:
            pytest.fail(f"{what}: {type(error).__name__}: {error}")
    assert refused > (count // 50 if kind == "vocab.txt" else count // 4)
    capfd.readouterr()  # what the package says about its panics on stderr


def damages(kind: str, files: mutate.Files, rng: np.random.Generator) -> itertools.chain[object]:
    """Damage to bytes and, for JSON, damage that leaves it JSON; in turn."""
    plain = mutate.mutants(kind, files, rng)
    name = next(iter(files))
    if "tokenizer.json" not in files:
        return plain  # type: ignore[return-value]
    return itertools.chain.from_iterable(zip(plain, trees(files[name], rng), strict=False))  # type: ignore[return-value,arg-type]


def trees(data: bytes, rng: np.random.Generator):  # type: ignore[no-untyped-def]
    for i in itertools.count():
        tree = json.loads(data)
        mutate._change(tree, rng)
        text = json.dumps(tree).encode("utf-8", "surrogatepass")
        yield f"tree #{i}", {"tokenizer.json": text}


def use(tokenizer: SubwordTokenizer) -> None:
    """Everything that one does with a tokenizer."""
    text = "ab To be,  Tür \u3000☃"
    tokens = tokenizer.encode(text, ends=True)
    assert [tokenizer.keys[i] for i in tokens.ids] == tokens.texts
    ids, _ = tokenizer.encode_lines([text, ""])
    inner = tokenizer.encode_batch([text, ""], threads=1)
    assert ids.tolist() == [i for one in inner for i in one.ids]
    back = tokenizer.decode(tokens)
    assert back == text or not tokenizer.is_lossless
    tokenizer.encode(text, parse_special=True)
