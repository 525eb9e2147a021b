"""`vocab.txt`: the WordPiece vocabulary of BERT and its kin, one token a line, the line number its id."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from firth.errors import FormatError
from firth.extras import require
from firth.formats.tokenizer_json import check_loaded, panics_raise

__all__ = ["read_wordpiece"]

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_LONGEST = 100  # BERT gives up on longer words, and so do all that were trained with it


def read_wordpiece(path: str | os.PathLike[str], *, lowercase: bool | None = None) -> Any:
    """The `tokenizers.Tokenizer` of BERT over the vocabulary of a file.

    Text loses its control characters, Chinese characters become words of their own, words are cut at white
    space and punctuation, and then into the longest pieces that the vocabulary holds, "##" before all but the
    first (Devlin et al. 2019; Schuster and Nakajima 2012).

    Args:
        path: the file.
        lowercase: whether the vocabulary is of lower-case text without accents ("uncased"); None finds out:
            it is, if no token but those in brackets has a capital letter.

    Raises:
        FormatError: the file is not UTF-8, has an empty line, holds a token twice, or lacks "[UNK]".
        MissingExtraError: the package tokenizers is not installed.
    """
    tokenizers = require("tokenizers", extra="text")
    vocabulary = _tokens(path)
    if "[UNK]" not in vocabulary:
        raise FormatError("this is no vocab.txt of BERT: no line says [UNK]", path=path)
    if lowercase is None:
        words = (token for token in vocabulary if not token.startswith("["))
        lowercase = all(token == token.lower() for token in words)
    with panics_raise(path):
        made = tokenizers.Tokenizer(
            tokenizers.models.WordPiece(
                vocab=vocabulary, unk_token="[UNK]", max_input_chars_per_word=_LONGEST
            )
        )
        made.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=lowercase)
        made.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
        made.decoder = tokenizers.decoders.WordPiece()
        made.add_special_tokens([token for token in _SPECIAL if token in vocabulary])
        if "[CLS]" in vocabulary and "[SEP]" in vocabulary:
            made.post_processor = tokenizers.processors.BertProcessing(
                ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
            )
    check_loaded(made, path)
    return made


def _tokens(path: str | os.PathLike[str]) -> dict[str, int]:
    """{token: its line, from 0}."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError("is not UTF-8", path=path, offset=error.start) from None
    lines = text.removesuffix("\n").split("\n")
    vocabulary: dict[str, int] = {}
    for number, line in enumerate(lines):
        token = line.rstrip()
        if not token:
            raise FormatError(f"line {number + 1} is empty; each line says one token", path=path)
        if token in vocabulary:
            raise FormatError(
                f"lines {vocabulary[token] + 1} and {number + 1} both say {token!r}; a token has one line",
                path=path,
            )
        vocabulary[token] = number
    return vocabulary
