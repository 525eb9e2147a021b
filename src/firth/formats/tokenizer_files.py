"""Which file holds a subword tokenizer: `tokenizer.json`, `vocab.json` with `merges.txt`, or `vocab.txt`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from firth.errors import DataError, FormatError, OptionError
from firth.formats.bpe_files import read_bpe
from firth.formats.tokenizer_json import read_tokenizer
from firth.formats.wordpiece_vocab import read_wordpiece
from firth.options import check_flag

__all__ = ["open_tokenizer"]

_IN_FOLDERS = ("tokenizer.json", "vocab.json", "vocab.txt")  # the first that is there says most


def open_tokenizer(path: str | os.PathLike[str], *, lowercase: bool | None = None) -> Any:
    """The `tokenizers.Tokenizer` of a file, or of the folder of a model.

    Args:
        path: `tokenizer.json` or any other name; `vocab.json`, beside which `merges.txt` lies; a `.txt` file
            with a WordPiece vocabulary; or the folder of one of these.
        lowercase: for `.txt`: whether the vocabulary is of lower-case text; None finds out: it is, if no
            token but the special ones has a capital letter.

    Raises:
        DataError: a folder holds none of these files.
        FormatError: a file is damaged.
        OptionError: `lowercase` is no flag, or is given for another kind of file.
        OSError: a file cannot be read.
    """
    if lowercase is not None:
        check_flag("lowercase", lowercase)
    file = Path(path)
    if file.is_dir():
        found = next((file / name for name in _IN_FOLDERS if (file / name).is_file()), None)
        if found is None:
            raise DataError(f"{file} holds no {', no '.join(_IN_FOLDERS)}")
        file = found
    if file.suffix == ".txt":
        if file.name == "merges.txt":
            raise FormatError(
                "the merges alone are no vocabulary; name the vocab.json beside them", path=file
            )
        return read_wordpiece(file, lowercase=lowercase)
    if lowercase is not None:
        raise OptionError(f"{file} says itself what becomes of capital letters; leave lowercase out")
    if file.name == "vocab.json":
        return read_bpe(file, file.with_name("merges.txt"))
    return read_tokenizer(file)
