"""Documents that come after training, over the words that the model knows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from firth.data.documents import check_documents, documents_of, open_document_source
from firth.data.ids import Integers
from firth.data.sequences import Sequences
from firth.data.sources import Lists
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError
from firth.run import Run

__all__ = ["how_read", "read_unseen", "unseen_documents"]

_log = logging.getLogger(__name__)


def how_read(sequences: Sequences) -> dict[str, Any]:
    """How text was made into these tokens, to be kept with what is trained on them; values JSON can hold."""
    how = {
        "lowercase": sequences.report.get("lowercase", False),
        "tokenizer": sequences.report.get("tokenizer", "lists"),
    }
    if "tokenizer_recipe" in sequences.report:
        how["recipe"] = sequences.report["tokenizer_recipe"]
    return how


@contextmanager
def unseen_documents(objects: Any, vocabulary: Vocabulary, reading: Any, *, run: Run) -> Iterator[Sequences]:
    """The documents of `read_unseen`, closed at the end; how many there are, and have no known word, is
    logged."""
    documents = read_unseen(objects, vocabulary, reading, run=run)
    try:
        empty = int(np.count_nonzero(np.diff(documents.offsets) == 0))
        unknown = documents.report.get("unknown_tokens", 0)
        yield documents
    finally:
        if documents is not objects:
            documents.close()
    n = len(documents)
    _log.info("%d documents, %d without a known word; %d tokens are unknown", n, empty, unknown)


def read_unseen(objects: Any, vocabulary: Vocabulary, reading: Any, *, run: Run) -> Sequences:
    """New documents over a vocabulary, one for each object, empty where it knows none of the words.

    Args:
        objects: `Sequences`, or what `firth.read_documents` takes, also an empty list. Strings become tokens
            as those did that the model was trained on.
        reading: what `how_read` returned then, as a file has it.
        run: threads and the work folder.

    Returns:
        The documents; `report` counts their `unknown_tokens` and `empty_documents`. If they are not
        `objects` itself, they are the caller's to close.

    Raises:
        DataError: the objects are strings, and the model was trained on token lists or on tokens of a
            function, a pattern or a vocabulary of subwords, or does not say how its text was read; or they
            are sequences that are no whole documents.
    """
    if isinstance(objects, Sequences):
        return check_documents(objects).over(vocabulary)
    if isinstance(objects, (list, tuple)) and not objects:  # a batch of which nothing was left
        none = Integers(np.empty(0, np.int64))
        return Sequences(np.empty(0, np.int32), np.zeros(1, np.int64), vocabulary, ids=none)
    opened, ids = open_document_source(objects)
    if isinstance(opened, Lists):
        return documents_of(opened, vocabulary, threads=run.threads, work=run.work)
    lowercase, tokenizer = _checked(reading)
    if isinstance(tokenizer, str) and reading.get("recipe") is not None:
        from firth.tokenize.recipes import tokenizer_of

        tokenizer = tokenizer_of(reading["recipe"])
    elif tokenizer not in (None, "words"):
        made = {"function": "by a function", "lists": "before they came here"}.get(
            tokenizer, f"by a {tokenizer}"
        )
        raise DataError(
            f"the tokens of this model were made {made}, so strings cannot be split in the same way: "
            "give lists of tokens, such as [tokenizer.encode(text).texts for text in texts]"
        )
    how: dict[str, Any] = {"lowercase": lowercase, "tokenizer": tokenizer}
    return documents_of(opened, vocabulary, ids=ids, threads=run.threads, work=run.work, **how)


def _checked(reading: Any) -> tuple[bool, Any]:
    """Whether text was made lower case, and how it was split."""
    if isinstance(reading, Mapping):
        lowercase, tokenizer = reading.get("lowercase"), reading.get("tokenizer", "?")
        if isinstance(lowercase, bool) and (tokenizer is None or str(tokenizer).isidentifier()):
            return lowercase, tokenizer
    raise DataError("this model does not say how its text was split into tokens: give lists of tokens")
