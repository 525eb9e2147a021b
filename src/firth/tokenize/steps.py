"""What the steps of a tokenizer promise: that text may be given chunk by chunk, or comes back as it was.

A file of another program may hold any steps in any order. It may be given chunks where each of its steps
looks at no more than a chunk of `firth.kernels.chunks`, which ends in front of a space: the pre-tokenizer
splits there whatever follows, and neither the normaliser nor a token of several words can see across. What is
not known to be so is taken not to be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from firth.extras import require

__all__ = ["LONGEST", "UNIGRAM_SPLIT", "cuts_at_spaces", "drops_letters", "restores_text"]

LONGEST = 100
"""How many bytes of a word WordPiece is given at once: it takes cubic time, and in other vocabularies gives
up."""

UNIGRAM_SPLIT = r" ?\S+|\s+(?!\S)|\s+"
"""Words with the space before them, as GPT-2's rule has them, but together with their punctuation."""

# How GPT-4 and Llama 3 split text. No alternative goes on from something else to a space.
_CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_KNOWN_SPLITS = (UNIGRAM_SPLIT, _CL100K)

# Steps that change a character without regard to what stands before the space before it, and leave no less
# than a character. Composition never reaches across a space.
_KEEPING = {"NFC", "NFD", "NFKC", "NFKD", "Lowercase"}
_DELETING = {"BertNormalizer", "StripAccents"}
_CLASS = re.compile(r"\[(?!\^)[^\]\[\\\s]+\]")  # a plain character class without white space

# Splits that let white space go, so that it does not matter how much of it is left between two words.
_DROPPING = {"BertPreTokenizer", "Whitespace", "WhitespaceSplit"}
_WITHIN_WORDS = {"Digits", "Punctuation", "FixedLength", "ByteLevel", "Metaspace"}


def cuts_at_spaces(tokenizer: Any) -> bool:
    """Whether the ids of every text are those of its chunks, one after the other."""
    return (
        tokenizer.encode("", add_special_tokens=False).ids == []
        and _is_settled(tokenizer.model)
        and _tokens_stay_within(tokenizer)
        and _splits_at_spaces(_splits(tokenizer), _steps(tokenizer.normalizer, "normalizers"))
    )


def restores_text(tokenizer: Any, alphabet: Iterable[str]) -> bool:
    """Whether every text, after the normaliser, is what its tokens decode to.

    So it is where text is written as bytes, nothing is added or taken away, and each byte has a token.

    Args:
        tokenizer: of the package tokenizers.
        alphabet: the 256 letters that stand for bytes.
    """
    splits = _splits(tokenizer)
    letters = [i for i, step in enumerate(splits) if step["type"] == "ByteLevel"]
    return (
        len(letters) == 1
        and not splits[letters[0]]["add_prefix_space"]
        and all(_loses_nothing(step) for step in splits)
        and _types(tokenizer.decoder) == ["ByteLevel"]
        and _writes_all_words(tokenizer.model, splits[letters[0] + 1 :])
        and all(tokenizer.model.token_to_id(letter) is not None for letter in alphabet)
        and all(
            token.special or (_stays_itself(token) and tokenizer.normalizer is None)  # which it goes past
            for token in tokenizer.get_added_tokens_decoder().values()
        )
    )


def drops_letters(tokenizer: Any) -> bool:
    """Whether a letter that the vocabulary lacks leaves no token, as in BPE without an unknown token.

    Where letters are bytes, in either way of writing them, and all 256 have tokens, none is lacking.
    """
    model = tokenizer.model
    if type(model).__name__ != "BPE" or model.unk_token is not None:
        return False
    if model.byte_fallback:
        letters = [f"<0x{i:02X}>" for i in range(256)]
    elif any(step["type"] == "ByteLevel" for step in _splits(tokenizer)):
        letters = require("tokenizers", extra="text").pre_tokenizers.ByteLevel.alphabet()
    else:
        return True
    return any(model.token_to_id(letter) is None for letter in letters)


def _types(part: Any) -> list[str]:
    return [step["type"] for step in _steps(part, "decoders")]


def _loses_nothing(step: dict[str, Any]) -> bool:
    match step["type"]:
        case "ByteLevel" | "Digits" | "FixedLength":
            return True
        case "Split" | "Punctuation":
            return bool(step["behavior"] != "Removed")
    return False


def _writes_all_words(model: Any, splits: list[dict[str, Any]]) -> bool:
    """Whether the tokens of a word, one after the other, spell it; `splits`: what cuts words of bytes."""
    affixes = (getattr(model, name, None) for name in ("continuing_subword_prefix", "end_of_word_suffix"))
    if any(affixes):
        return False
    longest = getattr(model, "max_input_chars_per_word", None)  # WordPiece gives up on longer words
    lengths = [step["length"] for step in splits if step["type"] == "FixedLength"]
    return longest is None or any(length <= longest for length in lengths)


def _stays_itself(token: Any) -> bool:
    """Whether an added token, which is no special one, decodes to the text that it stands for."""
    plain = token.content.isascii() and token.content.isprintable()
    return plain and not (token.lstrip or token.rstrip or token.normalized)


def _is_settled(model: Any) -> bool:
    """Whether the model gives the same tokens for the same word each time."""
    dropout, alpha = getattr(model, "dropout", None), getattr(model, "alpha", None)
    return not dropout and not alpha


def _tokens_stay_within(tokenizer: Any) -> bool:
    """Whether the added tokens that text may contain are looked for within a chunk alone."""
    added = tokenizer.get_added_tokens_decoder().values()
    return all(
        token.special
        or not (
            token.lstrip
            or token.rstrip
            or token.single_word
            or token.normalized
            or any(c.isspace() for c in token.content)
        )
        for token in added
    )


def _splits(tokenizer: Any) -> list[dict[str, Any]]:
    return _steps(tokenizer.pre_tokenizer, "pretokenizers")


def _steps(part: Any, name: str) -> list[dict[str, Any]]:
    """What a normaliser or pre-tokenizer is made of, in order."""
    if part is None:
        return []
    return _flat(json.loads(part.__getstate__()), name)


def _flat(state: dict[str, Any], name: str) -> list[dict[str, Any]]:
    if state.get("type") != "Sequence":
        return [state]
    return [step for inner in state[name] for step in _flat(inner, name)]


def _splits_at_spaces(splits: list[dict[str, Any]], changes: list[dict[str, Any]]) -> bool:
    if not splits:
        return False
    first, rest = splits[0], splits[1:]
    drops = first["type"] in _DROPPING
    if not drops and not _keeps_space_with_the_next_word(first):
        return False
    if not all(step["type"] in _WITHIN_WORDS and _knows_no_first_word(step) for step in rest):
        return False
    return all(
        change["type"] in _KEEPING or (drops and (change["type"] in _DELETING or _deletes_a_class(change)))
        for change in changes
    )


def _keeps_space_with_the_next_word(step: dict[str, Any]) -> bool:
    match step["type"]:
        case "ByteLevel":
            return bool(step.get("use_regex", True))
        case "Metaspace":
            return bool(step.get("split", True)) and step.get("replacement") == "▁"
        case "Split":
            known = step["pattern"].get("Regex") in _KNOWN_SPLITS
            return known and step["behavior"] == "Isolated" and not step["invert"]
    return False


def _knows_no_first_word(step: dict[str, Any]) -> bool:
    """Whether the step treats the first word of a text as any other."""
    return step["type"] != "Metaspace" or step.get("prepend_scheme") in ("always", "never")


def _deletes_a_class(step: dict[str, Any]) -> bool:
    if step["type"] != "Replace" or step["content"] != "":
        return False
    return _CLASS.fullmatch(step["pattern"].get("Regex", "")) is not None
