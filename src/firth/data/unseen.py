"""Documents that come after training, over the words that the model knows."""

from __future__ import annotations

from typing import Any

from firth.data.documents import documents_of
from firth.data.sequences import Sequences
from firth.data.sources import Lists, open_source
from firth.data.vocabulary import Vocabulary
from firth.errors import DataError
from firth.run import Run

__all__ = ["how_read", "read_unseen"]


def how_read(sequences: Sequences) -> dict[str, Any]:
    """How text was made into these tokens, to be kept with what is trained on them; values JSON can hold."""
    return {
        "lowercase": sequences.report.get("lowercase", False),
        "tokenizer": sequences.report.get("tokenizer", "lists"),
    }


def read_unseen(objects: Any, vocabulary: Vocabulary, reading: dict[str, Any], *, run: Run) -> Sequences:
    """New documents over a vocabulary, one for each object, empty where it knows none of the words.

    Args:
        objects: `Sequences`, or what `firth.read_documents` takes. Strings become tokens as those did that
            the model was trained on.
        reading: what `how_read` returned then.
        run: threads and the work folder.

    Returns:
        The documents; `report` counts their `unknown_tokens` and `empty_documents`. If they are not
        `objects` itself, they are the caller's to close.

    Raises:
        DataError: the objects are strings, and the model was trained on tokens of a function or on token
            lists.
    """
    if isinstance(objects, Sequences):
        return objects.over(vocabulary)
    opened = open_source(objects)
    if isinstance(opened, Lists):
        return documents_of(opened, vocabulary, threads=run.threads, work=run.work)
    if reading["tokenizer"] in ("function", "lists"):
        made = "by a function" if reading["tokenizer"] == "function" else "before they came here"
        raise DataError(
            f"the tokens of this model were made {made}, so strings cannot be split in the same way: "
            "give lists of tokens"
        )
    return documents_of(opened, vocabulary, threads=run.threads, work=run.work, **reading)
