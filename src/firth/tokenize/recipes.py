"""Tokenizers as recipes: what a model keeps of the one that its text was read with, so that new text can be
split in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from firth.errors import DataError, OptionError
from firth.tokenize.characters import ByteTokenizer, CharacterTokenizer
from firth.tokenize.normalize import TextNormalizer
from firth.tokenize.rules import RuleTokenizer

__all__ = ["recipe_of", "tokenizer_of"]

_KINDS = {kind.__name__: kind for kind in (RuleTokenizer, CharacterTokenizer, ByteTokenizer)}


def recipe_of(tokenizer: object) -> dict[str, Any] | None:
    """The class and the fields of a tokenizer, in values that JSON can hold.

    Returns:
        None where a model does not keep them: for a vocabulary of subwords, which is a file of its own, and
        for a pattern of one's own, since a file could bring one that takes for ever.
    """
    if type(tokenizer) not in _KINDS.values() or getattr(tokenizer, "pattern", None) is not None:
        return None
    return {"class": type(tokenizer).__name__, **asdict(tokenizer)}  # type: ignore[call-overload]  # dataclasses all


def tokenizer_of(recipe: Any) -> RuleTokenizer | CharacterTokenizer | ByteTokenizer:
    """The tokenizer of a recipe, which may come from any file.

    Raises:
        DataError: it is no recipe of a tokenizer.
    """
    try:
        fields = dict(recipe)
        kind = _KINDS[fields.pop("class")]
        if isinstance(fields.get("normalizer"), Mapping):
            fields["normalizer"] = TextNormalizer(**fields["normalizer"])
        if fields.get("pattern") is not None:
            raise OptionError("a pattern is not taken from a file")
        return kind(**fields)
    except (OptionError, TypeError, ValueError, KeyError) as error:
        raise DataError(
            f"this model does not say rightly how its text was split ({error}): give lists of tokens"
        ) from error
