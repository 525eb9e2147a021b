"""`read_text`: text to Sequences, in one pass over the bytes and one over the ids.

The first pass splits the text at white space, counts the raw tokens and writes a provisional id for each.
What is about the text of a token and not about its place (UTF-8, lower case, tokenizer, which tokens stay)
is then decided once for each different raw token. The second pass replaces the provisional ids by the final
ones. The ids of both passes lie in temporary files, so memory is bounded by the different raw tokens and not
by the corpus.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from firth.data.counting import Counted, count_lists, count_text
from firth.data.encoding import cut_lines, encode_parts, make_code
from firth.data.sequences import Sequences
from firth.data.sources import Lists, open_source
from firth.data.spelling import Spelling, Tokenizer, as_they_are, check_tokenizer, spell
from firth.data.tokenfile import TokenFile
from firth.data.vocabulary import Choice, Vocabulary
from firth.errors import DataError, OptionError
from firth.options import check_whole
from firth.run import Run

__all__ = ["read_text"]


def read_text(
    source: Any,
    *,
    lowercase: bool = False,
    tokenizer: Tokenizer = None,
    min_count: int = 5,
    max_size: int | None = None,
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
            two tokens, "don" and "t". A function takes such a piece, in lower case if `lowercase` is set, and
            returns the list of its tokens; it is called once for each different piece, without white space.
        min_count: tokens seen less often than this are dropped; the final tokens are what counts.
        max_size: how many different tokens stay at most, the most frequent first; None for no limit.
        keep: tokens that stay whatever their count.
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
    threads = Run(threads=threads).worker_count
    check_tokenizer(tokenizer)
    check_whole("max_length", max_length, 1, 2**31 - 1)
    choice = Choice(min_count=min_count, max_size=max_size, keep=keep, drop=drop)
    opened = open_source(source)
    if isinstance(opened, Lists) and (lowercase or tokenizer is not None):
        raise OptionError("token lists are taken as they are; lowercase and tokenizer are for text")

    with TokenFile(work) as provisional:
        if isinstance(opened, Lists):
            counted = count_lists(opened.lists, provisional)
            spelling = as_they_are(counted.table, invalid=counted.invalid)
        else:
            counted = count_text(opened.blocks, provisional, threads=threads)
            spelling = spell(counted.table, lowercase=lowercase, tokenizer=tokenizer)
        report = _report(counted, spelling)
        if not report["distinct_tokens"]:
            raise DataError(
                f"the source holds no token, only {counted.lines:,} lines in {counted.size:,} bytes"
            )
        keys = counted.table.strings
        selection = choice.select(keys, spelling.counts)
        vocabulary = Vocabulary(keys.take(selection.rows), spelling.counts[selection.rows])
        codes = [make_code(spelling, selection.rows).take(rows) for rows in counted.rows]
        parts = counted.parts
        del counted, spelling, keys  # the tables go before the second pass

        tokens = TokenFile(work)
        lengths = encode_parts(parts, provisional, codes, tokens, threads=threads)

    cut = cut_lines(lengths, max_length)
    report |= {
        "tokens": len(tokens),
        "sequences": cut.offsets.size - 1,
        "vocabulary": len(vocabulary),
        "dropped_tokens": selection.rare + selection.surplus + selection.listed,
        "rare_tokens": selection.rare,
        "surplus_tokens": selection.surplus,
        "listed_tokens": selection.listed,
        "split_lines": cut.split,
        "empty_lines": cut.empty,
        "min_count": min_count,
        "max_length": max_length,
        "seconds": time.perf_counter() - started,
    }
    return Sequences(tokens, cut.offsets, vocabulary, report=report)


def _report(counted: Counted, spelling: Spelling) -> dict[str, Any]:
    return {
        "bytes": counted.size,
        "lines": counted.lines,
        "raw_tokens": counted.tokens,
        "distinct_raw_tokens": spelling.starts.size - 1,
        "distinct_tokens": int((spelling.counts > 0).sum()),
        "invalid_utf8_tokens": spelling.invalid,
    }
