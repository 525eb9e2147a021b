"""Special tokens: which there are, what they are for, and which begin and end a text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError

__all__ = ["ROLES", "Special", "check_special", "ends_of", "frame_of", "read_special"]

ROLES = {
    "unknown": ("<unk>", "[UNK]", "<|unk|>"),
    "padding": ("<pad>", "[PAD]", "<|pad|>", "<|padding|>"),
    "mask": ("<mask>", "[MASK]", "<|mask|>"),
}
"""The names by which a role is known, whoever made the vocabulary."""

_FRAMES = (("[CLS]", "[SEP]"), ("<s>", "</s>"), ("<bos>", "<eos>"))
_NONE: NDArray[np.int32] = np.empty(0, np.int32)


@dataclass(frozen=True, eq=False)
class Special:
    """The special tokens of a vocabulary.

    Attributes:
        ids: {text: id}, of all of them.
        unknown, padding, mask: the id of the token of that role, or None.
        start, end: int32: what stands before and behind a text with its ends, empty where nothing does.
    """

    ids: dict[str, int]
    unknown: int | None
    padding: int | None
    mask: int | None
    start: NDArray[np.int32]
    end: NDArray[np.int32]


def read_special(tokenizer: Any) -> Special:
    """What a `tokenizers.Tokenizer` says about its special tokens.

    Raises:
        DataError: what it puts before and behind a text cannot be understood.
    """
    ids = {token.content: i for i, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    unknown = _unknown_id(tokenizer.model)
    if unknown is None:
        unknown = next((vocabulary[name] for name in ROLES["unknown"] if name in vocabulary), None)
    roles = {
        role: next((ids[name] for name in ROLES[role] if name in ids), None) for role in ("padding", "mask")
    }
    start, end = ends_of(tokenizer.post_processor)
    for i in (*start, *end):
        if tokenizer.id_to_token(int(i)) is None:
            raise DataError(f"the token {i} that stands around a text is not in the vocabulary")
    return Special(ids, unknown, roles["padding"], roles["mask"], start, end)


def _unknown_id(model: Any) -> int | None:
    """The model's own word on what is unknown: a token, or in a Unigram model, an id."""
    if type(model).__name__ == "Unigram":
        return cast("int | None", json.loads(model.__getstate__())["unk_id"])
    token = getattr(model, "unk_token", None)
    return None if token is None else cast("int | None", model.token_to_id(token))


def ends_of(processor: Any) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The ids that a post-processor puts before and behind a single text, int32.

    Raises:
        DataError: it does something else to a text.
    """
    if processor is None:
        return _NONE, _NONE
    return _ends(json.loads(processor.__getstate__()))


def _ends(state: dict[str, Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    match state["type"]:
        case "ByteLevel":
            return _NONE, _NONE
        case "BertProcessing" | "RobertaProcessing":
            return _ids([state["cls"][1]]), _ids([state["sep"][1]])
        case "Sequence":
            start, end = _NONE, _NONE
            for step in state["processors"]:
                before, behind = _ends(step)
                start, end = np.concatenate([before, start]), np.concatenate([end, behind])
            return start, end
        case "TemplateProcessing":
            return _template(state)
    raise DataError(f"a post-processor of the type {state['type']!r} is not known")


def _template(state: dict[str, Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The ids before and behind the place of the text in a template."""
    sides: list[list[int]] = [[], []]
    texts = 0
    for piece in state["single"]:
        if "Sequence" in piece:
            texts += 1
            continue
        name = piece["SpecialToken"]["id"]
        if name not in state["special_tokens"]:
            raise DataError(f"the template names {name!r}, which has no id")
        sides[min(texts, 1)] += state["special_tokens"][name]["ids"]
    if texts != 1:
        raise DataError(f"the template holds the text {texts} times; once is what makes sense")
    return _ids(sides[0]), _ids(sides[1])


def _ids(numbers: Sequence[int]) -> NDArray[np.int32]:
    if any(not 0 <= number < 2**31 for number in numbers):
        raise DataError(f"ids of tokens are whole numbers from 0 to 2**31 - 1, not {max(numbers)}")
    return np.array(numbers, np.int32)


# --- vocabularies of our own --------------------------------------------------------------------------------


def check_special(tokens: Any) -> tuple[str, ...]:
    """The special tokens of a vocabulary to be trained, if they are different strings; else OptionError."""
    in_order = isinstance(tokens, Iterable) and not isinstance(tokens, (str, bytes, Set))
    given: tuple[str, ...] = tuple(tokens) if in_order else ()
    if not in_order or not all(isinstance(token, str) for token in given):
        raise OptionError(
            f"special_tokens are several strings in order, such as ('<s>', '</s>'), not {tokens!r}"
        )
    for token in given:
        if not token or token != token.strip() or not token.isprintable():
            raise OptionError(
                f"a special token is printable and has no white space around it, unlike {token!r}"
            )
        if len(token) == 1:
            raise OptionError(
                f"the special token {token!r} is a single character, which text must be able to hold; "
                f"write <{token}>"
            )
        if given.count(token) > 1:
            raise OptionError(f"the special token {token!r} is given twice")
    return given


def frame_of(tokens: Sequence[str]) -> tuple[str | None, str | None]:
    """Which of these special tokens begin and end a text: [CLS] and [SEP], or else <s> and </s>."""
    for start, end in _FRAMES:
        if start in tokens and end in tokens:
            return start, end
    return None, "</s>" if "</s>" in tokens else None
