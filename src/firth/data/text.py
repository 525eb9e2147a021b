"""`read_text`: text to Sequences; the two passes that it takes are in `firth.data.lines`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from firth.data.encoding import cut_lines
from firth.data.lines import read_lines
from firth.data.sequences import Sequences
from firth.data.sources import open_source
from firth.data.spelling import Tokenizer
from firth.data.vocabulary import Choice
from firth.options import check_whole

__all__ = ["read_text"]


def read_text(
    source: Any,
    *,
    lowercase: bool = False,
    tokenizer: Tokenizer = None,
    min_count: int = 5,
    max_size: int | None = None,
    min_length: int = 1,
    keep: Iterable[str] | None = None,
    drop: Iterable[str] | None = None,
    max_length: int = 10_000,
    threads: int | None = None,
    work: str | os.PathLike[str] | None = None,
) -> Sequences:
    r"""Read text: one sequence a line of a file, a string or a token list.

    >>> read_text(["to be or not to be", "to do is to be"], min_count=2)
    Sequences(2 of 7 tokens, 2 different)

    Args:
        source: a path, a glob, "-" for standard input, or a list of `pathlib.Path`; plain or .gz, .bz2, .xz,
            .zst; or an iterable of strings (each is one sequence, newlines in it are white space) or of token
            lists (taken exactly as they are), also one that can be gone through only once.
        lowercase: whether to make tokens lower case, as str.lower does.
        tokenizer: None splits at white space, as str.split does. "words" takes the runs of letters, digits
            and underscores in each piece between white space, re.findall(r"\w+", piece), so that "don't" is
            two tokens, "don" and "t". A tokenizer of `firth.tokenize` makes its own tokens, and lower case
            too. A function takes such a piece, in lower case if `lowercase` is set, and returns the list of
            its tokens; it is called once for each different piece, without white space.
        min_count: tokens seen less often than this are dropped; the final tokens are what counts.
        max_size: how many different tokens stay at most, the most frequent first; None for no limit.
        min_length: tokens of fewer characters are dropped; 2 with the tokenizer "words" makes the tokens of
            scikit-learn.
        keep: tokens that stay whatever their count and length.
        drop: tokens that are dropped whatever their count.
        max_length: lines of more tokens than this are split into sequences of this length; nothing is lost.
        threads: how many threads count and encode; None for every core. The result does not depend on it.
        work: the folder of the temporary files, eight bytes a token in all; None for the system's.

    Returns:
        The sequences; empty ones are left out. `report` says what was read, dropped, split and replaced.

    Raises:
        DataError: the source is missing, empty or of a wrong type, or no token is left.
        FormatError: a compressed file is damaged, or text is UTF-16.
        OptionError: an option is outside its range.
    """
    started = time.perf_counter()
    check_whole("max_length", max_length, 1, 2**31 - 1)
    lines = read_lines(
        open_source(source),
        lowercase=lowercase,
        tokenizer=tokenizer,
        choice=Choice(min_count=min_count, max_size=max_size, min_length=min_length, keep=keep, drop=drop),
        threads=threads,
        work=work,
    )
    cut = cut_lines(lines.lengths, max_length)
    report = lines.report | {
        "sequences": cut.offsets.size - 1,
        "split_lines": cut.split,
        "empty_lines": cut.empty,
        "max_length": max_length,
        "seconds": time.perf_counter() - started,
    }
    return Sequences(lines.tokens, cut.offsets, lines.vocabulary, report=report)
