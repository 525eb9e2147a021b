"""A trained model without the special tokens: text that spells one must find other pieces.

A corpus may hold "<s>" so often that training makes a piece of it. The special token of that name would be
that piece, and text which spells it an order.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

__all__ = ["without_special"]


def without_special(models: Any, model: Any, special: Collection[str]) -> Any:
    """The same BPE or WordPiece model without pieces that are special tokens, and what only they make.

    Args:
        models: `tokenizers.models`.
        model: the model; its unknown token stays, and is no longer made from text.
        special: the special tokens, none of them a single letter.
    """
    state = json.loads(model.__getstate__())
    unknown = state["unk_token"]
    barred = set(special) - {unknown}
    if state["type"] == "WordPiece":
        return models.WordPiece(
            vocab=_numbered(piece for piece in _in_order(state["vocab"]) if piece not in barred),
            unk_token=unknown,
            max_input_chars_per_word=state["max_input_chars_per_word"],
            continuing_subword_prefix=state["continuing_subword_prefix"],
        )
    made = {a + b for a, b in state["merges"]} - {unknown}
    reached = state["vocab"].keys() - made - barred
    merges = []
    for a, b in state["merges"]:  # a piece is made before it is joined to others
        if a in reached and b in reached and unknown not in (a, b, a + b) and a + b not in barred:
            merges.append((a, b))
            reached.add(a + b)
    pieces = (piece for piece in _in_order(state["vocab"]) if piece in reached)
    return models.BPE(vocab=_numbered(pieces), merges=merges, unk_token=unknown)


def _in_order(vocabulary: dict[str, int]) -> list[str]:
    return sorted(vocabulary, key=vocabulary.__getitem__)


def _numbered(pieces: Any) -> dict[str, int]:
    return {piece: i for i, piece in enumerate(pieces)}
