"""Lines of text as token ids, however long, also empty ones: what every reader of text begins with.

The first pass splits the text at white space, counts the raw tokens and writes a provisional id for each.
What is about the text of a token and not about its place (UTF-8, lower case, tokenizer, which tokens stay)
is then decided once for each different raw token. The second pass replaces the provisional ids by the final
ones. The ids of both passes lie in temporary files, so memory is bounded by the different raw tokens and not
by the corpus. A tokenizer that looks at whole lines takes the place of the first pass
(`firth.data.linewise`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from firth.data.counting import Counted, count_lists, count_text
from firth.data.encoding import encode_parts, make_code
from firth.data.linewise import count_lines
from firth.data.plain import PlainBytes
from firth.data.sources import Lists, Text
from firth.data.spelling import Spelling, Splitting, Tokenizer, as_they_are, check_tokenizer, spell
from firth.data.tokenfile import TokenFile
from firth.data.tokenizers import reads_lines, recipe_of, splits_pieces, way_of_reading
from firth.data.vocabulary import Choice, Vocabulary
from firth.errors import DataError, OptionError
from firth.run import Run

__all__ = ["Lines", "read_lines"]


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The lines of a source, one after the other.

    Attributes:
        tokens: the token ids of all lines.
        lengths: int64, how many tokens each line has; 0 where none is left.
        vocabulary: what the ids mean.
        report: what was read and dropped, counts by name.
    """

    tokens: TokenFile
    lengths: NDArray[np.int64]
    vocabulary: Vocabulary
    report: dict[str, Any]


def read_lines(
    opened: Text | Lists,
    *,
    lowercase: bool,
    tokenizer: Tokenizer,
    choice: Choice | Vocabulary,
    threads: int | None,
    work: str | os.PathLike[str] | None,
) -> Lines:
    """Read a source that `firth.data.sources` opened.

    Args:
        lowercase, tokenizer, threads, work: see `firth.read_text`.
        choice: which tokens stay; or the vocabulary that they are to be rows of, whatever of it occurs.

    Raises:
        DataError: no token is left of those that `choice` may choose from.
        FormatError: a compressed file is damaged, or text is UTF-16.
        OptionError: an option is outside its range.
    """
    threads = Run(threads=threads).worker_count
    check_tokenizer(tokenizer)
    if isinstance(opened, Lists) and (lowercase or tokenizer is not None):
        raise OptionError("token lists are taken as they are; lowercase and tokenizer are for text")

    if lowercase and way_of_reading(tokenizer) is not None:
        raise OptionError(
            "a tokenizer makes lower case itself: give it normalizer=TextNormalizer(lowercase=True) and "
            "leave lowercase out here"
        )

    with TokenFile(work) as provisional:
        counted, spelling = _first_pass(
            opened, provisional, lowercase=lowercase, tokenizer=tokenizer, threads=threads
        )
        report = _report(counted, spelling)
        vocabulary, chosen, dropped = _choose(choice, counted, spelling)
        codes = [make_code(spelling, chosen).take(rows) for rows in counted.rows]
        parts = counted.parts
        del counted, spelling  # the tables go before the second pass

        tokens = TokenFile(work)
        lengths = encode_parts(parts, provisional, codes, tokens, threads=threads)

    report |= {
        "tokens": len(tokens),
        "vocabulary": len(vocabulary),
        "lowercase": lowercase,
        "tokenizer": _name(tokenizer, opened),
        **dropped,
    }
    if (recipe := recipe_of(tokenizer)) is not None:
        report["tokenizer_recipe"] = recipe
    return Lines(tokens=tokens, lengths=lengths, vocabulary=vocabulary, report=report)


def _first_pass(
    opened: Text | Lists, provisional: TokenFile, *, lowercase: bool, tokenizer: Tokenizer, threads: int
) -> tuple[Counted, Spelling]:
    """Write provisional ids, and find out what the raw tokens are in the end."""
    if isinstance(opened, Lists):
        counted = count_lists(opened.lists, provisional)
        return counted, as_they_are(counted.table, invalid=counted.invalid)
    way = way_of_reading(tokenizer)
    if reads_lines(way):
        counted = count_lines(opened.blocks, provisional, encoder=way)
        return counted, as_they_are(counted.table, invalid=counted.invalid)
    if splits_pieces(way):
        splitting: Splitting = way
        plain: PlainBytes | None = PlainBytes.for_pieces(way)
    else:
        splitting = cast("Splitting", tokenizer)
        plain = PlainBytes.of(lowercase=lowercase, tokenizer=splitting)
    counted = count_text(opened.blocks, provisional, plain=plain, threads=threads)
    return counted, spell(counted.table, lowercase=lowercase, tokenizer=splitting, plain=plain)


def _choose(
    choice: Choice | Vocabulary, counted: Counted, spelling: Spelling
) -> tuple[Vocabulary, NDArray[np.int64], dict[str, int]]:
    """The vocabulary, where its tokens are in the table (int64, -1 for nowhere), and what is dropped."""
    keys, counts = counted.table.strings, spelling.counts
    if isinstance(choice, Vocabulary):
        rows = keys.rows(choice.keys)
        unknown = int(counts.sum() - counts[rows[rows >= 0]].sum())
        return choice, rows, {"min_count": 1, "dropped_tokens": unknown, "unknown_tokens": unknown}
    if not counts.any():
        raise DataError(f"the source holds no token, only {counted.lines:,} lines in {counted.size:,} bytes")
    selection = choice.select(keys, counts)
    vocabulary = Vocabulary(keys.take(selection.rows), counts[selection.rows])
    limits = {"min_count": choice.min_count, "min_length": choice.min_length}
    return vocabulary, selection.rows, {**limits, **selection.dropped()}


def _name(tokenizer: Tokenizer, opened: Text | Lists) -> str | None:
    """How the text was split: None, "words", the name of a tokenizer's class, "function" or "lists"; see
    `firth.data.unseen`."""
    if isinstance(opened, Lists):
        return "lists"
    if way_of_reading(tokenizer) is not None:
        return type(tokenizer).__name__
    return "function" if callable(tokenizer) else cast("str | None", tokenizer)


def _report(counted: Counted, spelling: Spelling) -> dict[str, Any]:
    return {
        "bytes": counted.size,
        "lines": counted.lines,
        "raw_tokens": counted.tokens,
        "distinct_raw_tokens": spelling.starts.size - 1,
        "distinct_tokens": int((spelling.counts > 0).sum()),
        "invalid_utf8_tokens": spelling.invalid,
        **counted.more,
    }
