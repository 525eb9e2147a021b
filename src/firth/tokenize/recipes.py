"""Tokenizers from recipes: what a model keeps of the one that its text was read with (its `recipe`) makes it
again, so that new text can be split in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firth.errors import DataError, OptionError
from firth.tokenize.characters import ByteTokenizer, CharacterTokenizer
from firth.tokenize.normalize import TextNormalizer
from firth.tokenize.rules import RuleTokenizer

__all__ = ["tokenizer_of"]

_KINDS = {kind.__name__: kind for kind in (RuleTokenizer, CharacterTokenizer, ByteTokenizer)}


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
