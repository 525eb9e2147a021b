"""`vocab.json` and `merges.txt`: the two files of GPT-2, RoBERTa and others with byte-level BPE."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from firth.errors import FormatError
from firth.extras import require
from firth.formats.tokenizer_json import check_loaded, panics_raise

__all__ = ["read_bpe"]

_SPECIAL = ("<|endoftext|>", "<s>", "</s>", "<pad>", "<unk>", "<mask>")
_MOST_ID = 2**31 - 1


def read_bpe(vocabulary: str | os.PathLike[str], merges: str | os.PathLike[str]) -> Any:
    """The `tokenizers.Tokenizer` of GPT-2 over the vocabulary and the merges of two files.

    Args:
        vocabulary: JSON, {token: id}.
        merges: two tokens a line, separated by a space, the most important pair first; a first line
            "#version: …" may stand before them.

    Raises:
        FormatError: a file is damaged, the files do not belong together, or their tokens are not of GPT-2's
            alphabet of bytes.
        MissingExtraError: the package tokenizers is not installed.
    """
    tokenizers = require("tokenizers", extra="text")
    ids, pairs = _ids(vocabulary), _pairs(merges)
    lacking = sorted(set(tokenizers.pre_tokenizers.ByteLevel.alphabet()) - set(ids))
    if lacking:
        raise FormatError(
            f"{len(lacking)} of the 256 bytes have no token, such as {lacking[0]!r}: no byte-level BPE; "
            "a tokenizer.json says how the text is to be cut",
            path=vocabulary,
        )
    with panics_raise(merges):
        try:
            model = tokenizers.models.BPE(vocab=ids, merges=pairs)
        except Exception as error:  # the package has no class for its errors
            raise FormatError(f"does not fit {os.fspath(vocabulary)}: {error}", path=merges) from None
        made = tokenizers.Tokenizer(model)
        made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = tokenizers.decoders.ByteLevel()
        made.add_special_tokens([token for token in _SPECIAL if token in ids])
    check_loaded(made, vocabulary)
    return made


def _ids(path: str | os.PathLike[str]) -> dict[str, int]:
    try:
        ids = json.loads(Path(path).read_bytes().decode())
    except (ValueError, RecursionError) as error:  # also bad UTF-8
        raise FormatError(f"this is no vocab.json: {error}", path=path) from None
    if not isinstance(ids, dict):
        raise FormatError(f"this is no vocab.json: it holds {type(ids).__name__}, not an object", path=path)
    for token, number in ids.items():
        if type(number) is not int or not 0 <= number <= _MOST_ID:
            raise FormatError(
                f"the id of {token!r} is a whole number from 0 on, not {number!r:.40}", path=path
            )
        if any("\ud800" <= c <= "\udfff" for c in token):
            raise FormatError(f"the token {token!r} holds a lone surrogate", path=path)
    return ids


def _pairs(path: str | os.PathLike[str]) -> list[tuple[str, str]]:
    try:
        lines = Path(path).read_bytes().decode().split("\n")
    except UnicodeDecodeError as error:
        raise FormatError("is not UTF-8", path=path, offset=error.start) from None
    pairs = []
    for number, line in enumerate(lines, start=1):
        pair = line.rstrip("\r").split(" ")
        if (number == 1 and line.startswith("#version")) or pair == [""]:
            continue
        if len(pair) != 2:
            raise FormatError(f"line {number} is not two tokens: {line!r:.60}", path=path)
        pairs.append((pair[0], pair[1]))
    return pairs
