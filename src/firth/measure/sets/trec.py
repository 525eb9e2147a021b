"""Judgements and runs as files: of TREC, of BEIR, and JSON.

TREC's own forms are lines of columns separated by white space: "query 0 document grade" for judgements
("qrels") and "query Q0 document rank score tag" for runs. BEIR writes judgements with tabs between three
columns, "query-id", "corpus-id" and "score", and a header. JSON is an object of objects.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from firth.data.writing import check_packing, packed
from firth.errors import DataError, FormatError
from firth.formats.atomic import replacing
from firth.formats.strict_json import unique
from firth.measure.judgedplaces import check_judgements
from firth.measure.rankings import Rankings
from firth.measure.sets.lines import PathLike, is_number
from firth.measure.sets.textfile import text_lines

__all__ = ["read_judgements", "read_run", "write_judgements", "write_run"]

FORMS = {  # columns -> where query, document and value are
    "judgements": {4: (0, 2, 3), 3: (0, 1, 2)},
    "run": {6: (0, 2, 4), 3: (0, 1, 2)},
}
WANTED = {
    "judgements": '"query 0 document grade", or "query document grade"',
    "run": '"query Q0 document rank score tag", or "query document score"',
}

HEADER = {  # the words in one of three columns, for the query, the document and the number
    *("query-id", "query_id", "query", "qid", "topic"),
    *("corpus-id", "corpus_id", "document-id", "document", "doc-id", "doc_id", "docid", "docno"),
    *("score", "grade", "relevance", "rel", "label"),
}


def read_judgements(path: PathLike) -> dict[str, dict[str, int]]:
    """Read relevance judgements: TREC's qrels, BEIR's, or JSON; the form is found out from the file.

    Args:
        path: the file, plain or compressed. Columns are separated by tabs, if there is one in the first
            line, and else by white space; a header of three columns, such as BEIR's, is passed over.

    Returns:
        By query, the grade of each judged document.

    Raises:
        FormatError: a line has other columns, a grade is not a whole number, a document is judged twice for a
            query (with another grade, or again), or there is no judgement; the message names the line.
    """
    return _read(path, "judgements", _grade)


def read_run(path: PathLike) -> dict[str, dict[str, float]]:
    """Read a run, the results of many queries: of TREC, three columns, or JSON; found out from the file.

    The rank in a TREC file counts for nothing, as in trec_eval: the scores order the results.

    Args:
        path: the file, plain or compressed, as for `read_judgements`.

    Returns:
        By query, the score of each document.

    Raises:
        FormatError: a line has other columns, a score is no number, a document stands twice for a query, or
            there is no result; the message names the line.
    """
    return _read(path, "run", _score)


def write_judgements(
    judgements: Mapping[str, Mapping[str, int]], path: PathLike, *, force: bool = False
) -> None:
    """Write judgements as TREC's qrels; a name that ends in .gz, .bz2, .xz or .zst is compressed.

    Raises:
        DataError: an id is no string, empty or holds white space, which separates the columns; or a grade is
            not a whole number.
        ExistsError: the file is there and `force` is not set.
    """
    check_judgements(judgements)
    lines = (
        f"{_word(query)} 0 {_word(document)} {int(grade)}\n"
        for query, judged in judgements.items()
        for document, grade in judged.items()
    )
    _write(lines, path, force)


def write_run(
    run: Mapping[str, Mapping[str, float]] | Rankings,
    path: PathLike,
    *,
    tag: str = "firth",
    force: bool = False,
) -> None:
    """Write a run as TREC has it, the results of each query best first, equal ones by falling id.

    Args:
        run: by query, the score of each document; or `Rankings`.
        path: where the file goes; compressed as its name says, see `write_judgements`.
        tag: the name of the system, in the last column.
        force: replace a file that is there.

    Raises:
        DataError: an id or the tag is empty or holds white space.
        ExistsError: the file is there and `force` is not set.
    """
    rankings = run if isinstance(run, Rankings) else Rankings.of(run)
    lines = (
        f"{_word(query)} Q0 {_word(document)} {rank} {score!r} {_word(tag)}\n"
        for query, found in rankings.to_dict().items()
        for rank, (document, score) in enumerate(found.items(), start=1)
    )
    _write(lines, path, force)


def _read(path: PathLike, what: str, value: Callable[[str], Any]) -> dict[str, dict[str, Any]]:
    lines = text_lines(path)
    number, first = next(lines, (0, ""))
    if not number:
        found: dict[str, dict[str, Any]] = {}
    elif first.startswith("{"):
        found = _from_json("\n".join([first, *(line for _, line in lines)]), path, value)
    else:
        found = _from_columns(number, first, lines, path, what, value)
    if not any(found.values()):
        raise FormatError(f"holds no {'judgement' if what == 'judgements' else 'result'}", path=path)
    return found


def _from_columns(
    number: int,
    line: str,
    rest: Iterator[tuple[int, str]],
    path: PathLike,
    what: str,
    value: Callable[[str], Any],
) -> dict[str, dict[str, Any]]:
    separator = "\t" if "\t" in line else None
    cells = line.split(separator)
    if len(cells) not in FORMS[what]:
        raise FormatError(f"line {number} is not of the form {WANTED[what]}: {line[:80]!r}", path=path)
    count, (query, document, at) = len(cells), FORMS[what][len(cells)]
    found: dict[str, dict[str, Any]] = {}
    has_header = count == 3 and all(cell.strip().lower() in HEADER for cell in cells)
    lines = rest if has_header else chain([(number, line)], rest)
    for number, line in lines:
        cells = line.split(separator)
        if len(cells) != count:
            raise FormatError(
                f"line {number} has {len(cells)} columns, the first has {count}: {line[:80]!r}", path=path
            )
        inner = found.setdefault(cells[query], {})
        if cells[document] in inner:
            raise FormatError(
                f"line {number}: document {cells[document]!r} stands twice for query {cells[query]!r}",
                path=path,
            )
        try:
            inner[cells[document]] = value(cells[at])
        except ValueError as error:
            raise FormatError(f"line {number}: {error}", path=path) from error
    return found


def _from_json(text: str, path: PathLike, value: Callable[[str], Any]) -> dict[str, dict[str, Any]]:
    try:
        given = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"is not JSON ({error})", path=path) from error
    found: dict[str, dict[str, Any]] = {}
    for query, inner in given.items():
        if not isinstance(inner, dict):
            raise FormatError(f"query {query!r} holds a {type(inner).__name__}, not an object", path=path)
        try:
            found[query] = {document: value(str(got)) for document, got in inner.items()}
        except ValueError as error:
            raise FormatError(f"query {query!r}: {error}", path=path) from error
    return found


def _grade(cell: str) -> int:
    if not is_number(cell) or float(cell) != int(float(cell)):
        raise ValueError(f"the grade {cell!r} is not a whole number")
    return int(float(cell))


def _score(cell: str) -> float:
    score = float(cell) if cell.strip() else float("nan")
    if score != score:
        raise ValueError(f"the score {cell!r} is not a number")
    return score


def _word(key: str) -> str:
    if not key or key.split() != [key]:
        raise DataError(f"{key!r} cannot stand in a file of TREC, whose columns are separated by white space")
    return key


def _write(lines: Iterable[str], path: PathLike, force: bool) -> None:
    name = Path(path).name
    check_packing(name)
    with replacing(path, force=force) as file, packed(file, name) as out:
        out.writelines(line.encode() for line in lines)
