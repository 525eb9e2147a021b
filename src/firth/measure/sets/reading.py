"""Sets as they are given, or read from their files, whatever their kind."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from firth.errors import FormatError, OptionError
from firth.measure.sets.lines import PathLike
from firth.measure.sets.sniffing import kind_of
from firth.measure.sets.testset import TestSet

__all__ = ["READERS", "read_set", "read_sets"]


class Reader(NamedTuple):
    """What reads the sets of a kind, loaded when it is asked for.

    makes: the class of the set; module: of `firth.measure.sets`; function: its name.
    """

    makes: str
    module: str
    function: str


READERS = {
    "pairs": Reader("GradedPairs", "gradedpairs", "read_pairs"),
    "questions": Reader("Questions", "questions", "read_questions"),
    "outliers": Reader("OutlierGroups", "outliergroups", "read_outliers"),
    "labelled": Reader("LabelledItems", "labelled", "read_labelled"),
    "texts": Reader("GradedTexts", "gradedtexts", "read_graded_texts"),
    "dictionary": Reader("Dictionary", "dictionary", "read_dictionary"),
    "links": Reader("LinkSet", "linkset", "read_links"),
    "retrieval": Reader("RetrievalSet", "judged", "read_retrieval_set"),
    "associations": Reader("AssociationTest", "associations", "read_associations"),
}


def read_set(path: PathLike, *, kind: str | None = None, **options: Any) -> TestSet:
    """Read a set of any kind; which one it is shows in its first lines, if it is not said.

    Args:
        path: the file or folder.
        kind: "pairs" (two words and a grade), "questions" (four words), "outliers" (groups of words and what
            does not belong), "labelled" (items and their classes), "texts" (two sentences and a grade),
            "dictionary" (words and their translations), "links" (two ids that are linked), "retrieval"
            (queries, documents and judgements) or "associations" (the lists of an association test); or the
            name of its class, such as "GradedPairs". None finds out.
        options: those of the reader of the kind, such as `column` of graded pairs and `encoding` of labelled
            items.

    Returns:
        The set, as the reader of its kind makes it.

    Raises:
        FormatError: the file is damaged (the message names the line), or may be of more than one kind, such
            as two columns of words: say the kind.
        OptionError: there is no such kind, or its reader has no such option.

    >>> from firth import datasets
    >>> read_set(datasets.wiki_text().parent / "wordsim353.tsv").about()["kind"]
    'GradedPairs'
    """
    found, *more = read_sets(path, kind=kind, **options)
    if more:
        names = ", ".join(one.name for one in (found, *more))
        raise FormatError(
            f"holds {len(more) + 1} association tests ({names}); read_associations reads them all, by name",
            path=path,
        )
    return found


def read_sets(path: PathLike, *, kind: str | None = None, **options: Any) -> list[TestSet]:
    """What `read_set` reads, one set or, of a file of several association tests, all of them."""
    name = kind_of(Path(path)) if kind is None else _kind_named(kind)
    _, module, function = READERS[name]
    reader = getattr(import_module(f"firth.measure.sets.{module}"), function)
    unknown = options.keys() - set(reader.__kwdefaults__ or {})
    if unknown:
        has = ", ".join(reader.__kwdefaults__ or {}) or "none"
        raise OptionError(f"the reader of {name} has no option {sorted(unknown)[0]!r}; it has {has}")
    found: TestSet | dict[str, TestSet] = reader(path, **options)
    return [found] if isinstance(found, TestSet) else list(found.values())


def _kind_named(kind: str) -> str:
    """The kind of this name, or of the class of this name."""
    for name, reader in READERS.items():
        if kind in (name, reader.makes):
            return name
    raise OptionError(f"kind is {', '.join(map(repr, READERS))}, or None to find out, not {kind!r}")
