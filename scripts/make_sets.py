"""Make the test sets that ship in firth.datasets beside those of words: WEAT, Cranfield, the TREC questions.

usage: python scripts/make_sets.py SOURCE_FOLDER OUT_FOLDER

SOURCE_FOLDER holds words/WEAT.json (the word lists by name), ir/cranfield (cran.all.1400, cran.qry and
cranqrel, as they are passed around) and textcls/trec (TREC.train.all and TREC.test.all, a number and a
question a line).

WEAT stays as it is. Of Cranfield the text of each abstract is kept, which begins with its title, its lines
joined. Judgements count queries from 1 in the order of the file, whatever their .I says. Cleverdon's codes,
1 for a complete answer to 4 for minimal interest, become grades of which the higher is the better, 4 to 1;
-1, which marks the paper that a query was made from, stays -1. The numbers of the TREC questions become the
names of their six classes, and the bytes UTF-8.

Writes weat.json, cranfield.json.xz and trec-questions.tsv.xz to OUT_FOLDER, the same bytes for the same
input.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
from pathlib import Path
from typing import Any

CLASSES = ("DESC", "ENTY", "ABBR", "HUM", "LOC", "NUM")  # of the numbers 0 to 5
GRADES = {1: 4, 2: 3, 3: 2, 4: 1, 5: 0, -1: -1}


def weat(source: Path) -> bytes:
    """The lists of words as they are, a list a line."""
    lists = json.loads(source.read_text(encoding="utf-8"))
    lines = [f" {json.dumps(name)}: {json.dumps(words, ensure_ascii=False)}" for name, words in lists.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def records(path: Path) -> list[tuple[str, str]]:
    """(number after .I, text after .W in one line) of each record of a file in SMART's form."""
    found = []
    for record in re.split(r"(?m)^\.I ", path.read_text(encoding="ascii"))[1:]:
        number, _, rest = record.partition("\n")
        _, _, text = rest.partition(".W\n")
        found.append((number.strip(), " ".join(text.split())))
    return found


def cranfield(folder: Path) -> bytes:
    """Documents, queries and judgements as one JSON object."""
    documents = dict(records(folder / "cran.all.1400"))
    queries = {str(i): text for i, (_, text) in enumerate(records(folder / "cran.qry"), start=1)}
    judgements: dict[str, dict[str, int]] = {}
    twice = 0
    for line in (folder / "cranqrel").read_text(encoding="ascii").splitlines():
        query, document, code = line.split()
        grades = judgements.setdefault(query, {})
        twice += document in grades
        grades[document] = max(GRADES[int(code)], grades.get(document, -1))
    count = sum(map(len, judgements.values()))
    empty = sum(not text for text in documents.values())
    print(f"cranfield: {len(documents):,} documents, {empty} of them empty,")
    print(f"  {len(queries):,} queries, {count:,} judgements, {twice} more that came twice")
    check(judgements.keys() <= queries.keys(), "a judgement is of a query that is not there")
    found = {"documents": documents, "queries": queries, "judgements": judgements}
    return json.dumps(found, separators=(",", ":")).encode()


def trec(folder: Path) -> bytes:
    """A table with the columns part, label and question."""
    lines = ["part\tlabel\tquestion"]
    for part in ("train", "test"):
        for line in (folder / f"TREC.{part}.all").read_text(encoding="latin-1").splitlines():
            number, _, question = line.strip().partition(" ")
            check("\t" not in question and bool(question), f"not a question: {line!r}")
            lines.append(f"{part}\t{CLASSES[int(number)]}\t{question}")
    print(f"trec-questions: {len(lines) - 1:,} questions")
    return ("\n".join(lines) + "\n").encode()


def check(holds: Any, message: str) -> None:
    """Stop where the source is not what it was."""
    if not holds:
        raise SystemExit(message)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("source", "folder"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    files = {
        "weat.json": weat(given.source / "words/WEAT.json"),
        "cranfield.json.xz": cranfield(given.source / "ir/cranfield"),
        "trec-questions.tsv.xz": trec(given.source / "textcls/trec"),
    }
    for name, data in files.items():
        packed = lzma.compress(data, preset=9 | lzma.PRESET_EXTREME) if name.endswith(".xz") else data
        (given.folder / name).write_bytes(packed)
        print(f"{name}: {len(data):,} bytes, {len(packed):,} packed")


if __name__ == "__main__":
    main()
