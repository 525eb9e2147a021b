"""`RetrievalSet`: queries, documents, and which documents people judged to answer which query."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firth.data.compression import SUFFIXES
from firth.errors import DataError, FormatError, OptionError
from firth.measure.judgedplaces import check_judgements
from firth.measure.sets.lines import PathLike
from firth.measure.sets.testset import TestSet
from firth.measure.sets.textfile import text_lines
from firth.measure.sets.trec import read_judgements

__all__ = ["RetrievalSet", "read_retrieval_set", "read_texts"]

CRANFIELD = ("cran.all.1400", "cran.qry", "cranqrel")


@dataclass(frozen=True, kw_only=True)
class RetrievalSet(TestSet):
    """Queries with judged documents.

    Attributes:
        documents: the text of each document by id.
        queries: the text of each query by id.
        judgements: by query id, the grade of each judged document by its id; 0 and less is not relevant.

    Raises:
        DataError: an id or a text is not a string, a grade is not a whole number, or there is neither a query
            nor a judgement.
    """

    documents: Mapping[str, str]
    queries: Mapping[str, str]
    judgements: Mapping[str, Mapping[str, int]]

    def __post_init__(self) -> None:
        _check_texts("document", self.documents)
        _check_texts("query", self.queries)
        check_judgements(self.judgements)
        if not self.queries and not self.judgements:
            raise DataError(f"the set {self.name!r} has neither a query nor a judgement")

    def __len__(self) -> int:
        return len(self.queries)


def read_retrieval_set(path: PathLike, *, split: str = "test", name: str | None = None) -> RetrievalSet:
    """Read the folder of a retrieval set, as BEIR lays it out (Thakur et al. 2021) or as Cranfield came.

    A folder of BEIR holds corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, each plain or compressed; one of
    Cranfield (Cleverdon 1967) holds cran.all.1400, cran.qry and cranqrel. Files of other names and forms are
    read one by one: `RetrievalSet(name=…, documents=read_texts(…), queries=read_texts(…),
    judgements=read_judgements(…))`.

    Args:
        path: the folder.
        split: which judgements of a BEIR folder; the queries are those that it judges.
        name: what to call the set; the folder's name if None.

    Raises:
        FormatError: a file is missing or damaged; the message names the line.
        OptionError: there are no judgements of that split; the message names the splits there are.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise DataError(f"a retrieval set is a folder; {str(path)!r} is none")
    name = name or folder.resolve().name
    if all((folder / file).exists() for file in CRANFIELD):
        from firth.measure.sets.cranfield import read_cranfield

        return read_cranfield(folder, name=name)
    documents = _found(folder, "corpus.jsonl")
    queries = _found(folder, "queries.jsonl")
    judged = _first(folder / "qrels", f"{split}.tsv")
    if judged is None:
        there = sorted({file.name.partition(".")[0] for file in (folder / "qrels").glob("*.tsv*")})
        raise OptionError(
            f"{folder} has no judgements of the split {split!r}; there are {', '.join(there) or 'none'}"
        )
    judgements, texts = read_judgements(judged), read_texts(queries)
    return RetrievalSet(
        name=name,
        documents=read_texts(documents),
        queries={query: texts[query] for query in judgements if query in texts},
        judgements=judgements,
    )


def read_texts(path: PathLike) -> dict[str, str]:
    """Read texts with their ids: JSON lines with "_id", "text" and perhaps "title", or "id TAB text" lines.

    Args:
        path: the file, plain or compressed. A title goes before its text, as BEIR has it.

    Returns:
        The text by id.

    Raises:
        FormatError: a line has no id or no text, an id stands twice, or there is none; the message names the
            line.
    """
    found: dict[str, str] = {}
    for number, line in text_lines(path):
        key, text = (
            _of_json(line, number, path) if line.lstrip().startswith("{") else _of_columns(line, number, path)
        )
        if key in found:
            raise FormatError(f"line {number}: the id {key!r} stands there twice", path=path)
        found[key] = text
    if not found:
        raise FormatError("holds no texts", path=path)
    return found


def _check_texts(what: str, texts: Mapping[str, str]) -> None:
    if not isinstance(texts, Mapping):
        raise DataError(f"the texts of a {what} are a mapping by id, not a {type(texts).__name__}")
    for key, text in texts.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise DataError(f"ids and texts are strings; the text of the {what} {key!r} is {text!r:.80}")


def _of_columns(line: str, number: int, path: PathLike) -> tuple[str, str]:
    key, tab, text = line.partition("\t")
    if not tab or not key:
        raise FormatError(f'line {number} is neither JSON nor "id TAB text": {line[:80]!r}', path=path)
    return key, text


def _of_json(line: str, number: int, path: PathLike) -> tuple[str, str]:
    try:
        given: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"line {number} is not JSON ({error})", path=path) from error
    key = given.get("_id", given.get("id"))
    title, text = given.get("title") or "", given.get("text")
    if not isinstance(key, (str, int)) or not isinstance(text, str) or not isinstance(title, str):
        raise FormatError(f'line {number} has no "_id" and "text": {line[:80]!r}', path=path)
    return str(key), f"{title} {text}".strip()


def _found(folder: Path, name: str) -> Path:
    path = _first(folder, name)
    if path is None:
        raise FormatError(
            f"holds no {name}, plain or compressed; a folder of BEIR has corpus.jsonl, queries.jsonl and "
            f"qrels/, one of Cranfield {', '.join(CRANFIELD)}",
            path=folder,
        )
    return path


def _first(folder: Path, name: str) -> Path | None:
    return next((path for end in ("", *SUFFIXES) if (path := folder / f"{name}{end}").is_file()), None)
