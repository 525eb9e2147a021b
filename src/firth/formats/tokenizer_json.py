"""`tokenizer.json`: the file of the `tokenizers` package, which most published language models ship.

The file holds the whole way from text to ids: normaliser, pre-tokenizer, model, special tokens, decoder. The
package reads and writes it; here damage becomes one kind of error, whatever the package makes of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firth.errors import DataError, FormatError
from firth.extras import require
from firth.formats.atomic import replacing

__all__ = ["check_loaded", "panics_raise", "read_tokenizer", "write_tokenizer"]

_MOST = 1 << 30  # bytes of a file; the largest that is published, of 260,000 tokens, has 34 MB
_LONGEST_WORD = 1_000  # letters; WordPiece takes cubic time, and published files say 100
_HOLES = 1_024  # ids without a token that a file may have beside as many as it has tokens


def read_tokenizer(path: str | os.PathLike[str]) -> Any:
    """The `tokenizers.Tokenizer` of a file.

    Raises:
        FormatError: the file is damaged or holds something else.
        MissingExtraError: the package tokenizers is not installed.
        OSError: it cannot be read.
    """
    tokenizers = require("tokenizers", extra="text")
    file = Path(path)
    if (size := file.stat().st_size) > _MOST:
        raise FormatError(f"{size:,} bytes are more than a vocabulary has, {_MOST:,} at most", path=path)
    with panics_raise(path):
        try:
            tokenizer = tokenizers.Tokenizer.from_buffer(file.read_bytes())
        except Exception as error:  # the package has no class for its errors
            reason = str(error).removeprefix("Cannot instantiate Tokenizer from buffer: ")
            raise FormatError(f"this is no tokenizer.json: {reason}", path=path) from None
    check_loaded(tokenizer, path)
    return tokenizer


def check_loaded(tokenizer: Any, path: str | os.PathLike[str]) -> None:
    """Raise FormatError if the ids cannot be the rows of a table, or a word could take all time there is."""
    with panics_raise(path):
        vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    if not vocabulary:
        raise FormatError("the vocabulary is empty", path=path)
    token, largest = max(vocabulary.items(), key=lambda item: item[1])
    if largest >= 2 * len(vocabulary) + _HOLES:
        raise FormatError(
            f"the token {token!r} has the id {largest:,}, but there are only {len(vocabulary):,} tokens",
            path=path,
        )
    longest = getattr(tokenizer.model, "max_input_chars_per_word", 0)
    if longest > _LONGEST_WORD:
        raise FormatError(
            f"max_input_chars_per_word is {longest:,}: the time of a word grows with the cube of its length; "
            f"{_LONGEST_WORD:,} at most are read, and 100 are usual",
            path=path,
        )


def write_tokenizer(tokenizer: Any, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write a `tokenizers.Tokenizer` as one file, atomically.

    Raises:
        ExistsError: the file is there and `force` is not set.
    """
    text = tokenizer.to_str(pretty=False)
    with replacing(path, force=force) as file:
        file.write(text.encode())


@contextmanager
def panics_raise(path: str | os.PathLike[str] | None = None) -> Iterator[None]:
    """Within, a panic of the Rust code becomes an error like others.

    PyO3 raises PanicException, which is no Exception, so that `except Exception` would miss it; the class has
    no public name to catch it by.

    Raises:
        FormatError: code panicked, and a path was given.
        DataError: code panicked elsewhere.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        reason = f"the tokenizers package gave up: {error}"
        if path is not None:
            raise FormatError(reason, path=path) from None
        raise DataError(f"{reason}; its vocabulary or rules do not fit together") from None
