"""Small subword tokenizers of every kind, made by the package `tokenizers` as other programs make them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import AddedToken, Regex, decoders, models, normalizers, pre_tokenizers, processors, trainers

import firth

SPECIAL = ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
TEXT = [
    "To be, or not to be: that is the question:",
    "Whether 'tis nobler in the mind to suffer the slings and arrows of outrageous fortune,",
    "The 3 cats  paid $1,000.50 in Zürich;\tthe dogs didn't pay there.",
    "Grzegorz Brzęczyszczkiewicz lives in Chrząszczyżewoszyce, powiat Łękołody.",
    "東京タワー and 한국어 and שָׁלוֹם and नमस्ते 👨‍👩‍👧‍👦",
] * 20
WORDS = [*firth.datasets.wiki_titles(), *TEXT]  # with enough different words for a vocabulary


@cache
def trained(algorithm: str, byte_fallback: bool = True, size: int = 700) -> firth.SubwordTokenizer:
    """A tokenizer of ours."""
    return firth.SubwordTokenizer.train(
        WORDS, algorithm=algorithm, byte_fallback=byte_fallback, vocab_size=size
    )


def _gpt2() -> Any:
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return _fit(made, ["<|endoftext|>"], letters=True)


def _roberta() -> Any:
    made = _gpt2()
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    made.add_special_tokens(["<s>", "</s>", AddedToken("<mask>", lstrip=True, special=True)])
    pair = [(token, made.token_to_id(token)) for token in ("</s>", "<s>")]
    made.post_processor = processors.RobertaProcessing(*pair)
    return made


def _llama3() -> Any:
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    made = tokenizers.Tokenizer(models.BPE(ignore_merges=True))
    steps = [
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    made.pre_tokenizer = pre_tokenizers.Sequence(steps)
    made.decoder = decoders.ByteLevel()
    made = _fit(made, ["<|begin_of_text|>"], letters=True)
    template = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)]
    )
    made.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return made


def _llama2() -> Any:
    model = models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>")
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    made = _fit(made, [*SPECIAL, *(f"<0x{i:02X}>" for i in range(256))], size=700)
    state = json.loads(made.to_str())
    state["added_tokens"] = state["added_tokens"][: len(SPECIAL)]  # bytes are no special tokens
    made = tokenizers.Tokenizer.from_str(json.dumps(state))
    made.pre_tokenizer = None  # the steps of the published file: no pre-tokenizer, all in the normaliser
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return made


def _t5() -> Any:
    made = tokenizers.Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    made.decoder = decoders.Metaspace(prepend_scheme="always")
    made.train_from_iterator(
        TEXT,
        trainers.UnigramTrainer(
            vocab_size=300, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False
        ),
    )
    template = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 3)])
    made.post_processor = template
    return made


def _bert(lowercase: bool = True) -> Any:
    made = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    made.train_from_iterator(TEXT, trainer)
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.enable_truncation(8)
    made.enable_padding(length=8, pad_id=0, pad_token="[PAD]")
    return made


def _with_words() -> Any:
    """Two added tokens that are text: one within words, one of several words."""
    made = _gpt2()
    made.add_tokens([AddedToken("arrows", normalized=False), AddedToken("to be", normalized=False)])
    return made


def _folding() -> Any:
    """A normaliser that may leave nothing of a word, before a pre-tokenizer that keeps white space."""
    made = _gpt2()
    steps = [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]
    made.normalizer = normalizers.Sequence(steps)
    return made


def _composing() -> Any:
    made = _gpt2()
    made.normalizer = normalizers.NFKC()
    return made


def _fit(made: Any, special: list[str], *, letters: bool = False, size: int = 600) -> Any:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet()) if letters else []
    made.train_from_iterator(
        TEXT,
        trainers.BpeTrainer(
            vocab_size=size, special_tokens=special, initial_alphabet=alphabet, show_progress=False
        ),
    )
    return made


FOREIGN = {
    "gpt2": _gpt2,
    "roberta": _roberta,
    "llama3": _llama3,
    "llama2": _llama2,
    "t5": _t5,
    "bert": _bert,
    "with words": _with_words,
    "folding": _folding,
    "composing": _composing,
}
"""Files of the shapes that published models have; "folding" and "with words" must not be cut at spaces."""

CUT = {"gpt2", "roberta", "llama3", "t5", "bert", "composing"}


@cache
def foreign(name: str) -> Any:
    """One of FOREIGN, as a `tokenizers.Tokenizer` that was read from a file.

    The scores of Unigram change in their last digit on the way through a file, which may decide between two
    ways to cut a word that are equally probable.
    """
    return tokenizers.Tokenizer.from_str(FOREIGN[name]().to_str())


def written(name: str, folder: Path) -> Path:
    """One of FOREIGN as a file that the package itself wrote."""
    path = folder / "tokenizer.json"
    foreign(name).save(str(path))
    return path
