"""Choose the slice of English Wikipedia that ships in firth.datasets: whole articles, about 3 million words.

usage: python scripts/make_wiki_slice.py wiki-2015-a.raw.txt questions-words.txt wordsim353.tsv OUT_FOLDER

The source has one paragraph a line, as written; an article begins with a line that is its title. A word that
is seen five times teaches a model little, and one that is seen ten thousand times could be spared some; and
that Paris lies in France is learnt from paragraphs that hold both. The articles are therefore chosen greedily
(a submodular cover): an article's gain is the sum over the words of the analogy and similarity sets (and the
pairs of the analogies) of weight * [sqrt(seen + in article) - sqrt(seen)], divided by the length of the
article, and the article with the greatest gain is taken until the slice is full. Articles that are lists are
left out.

Writes OUT_FOLDER/wiki-2015-slice.txt.xz and OUT_FOLDER/wiki-2015-slice.titles.txt, the same bytes for the
same input.
"""

from __future__ import annotations

import argparse
import heapq
import lzma
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WORDS = 3_000_000
SHORTEST, LONGEST = 200, 30_000  # words of an article
PLAIN_TITLE = re.compile(r"^[A-Z0-9][^.:;!?=|]{0,58}[^.,:;!?=|]$")
LIST_TITLE = re.compile(r"^(List|Lists|Index|Outline|Timeline|Table) of |\(disambiguation\)$|^\d+s?$")
COUNTRY_TITLE = re.compile(
    r"^(History|Politics|Economy|Geography|Demograph(ics|y)|Transport(ation)?|Telecommunications|Communications|"
    r"Culture|Military|Foreign relations|Government|Religion|Music|Languages) (of|in) [A-Z\w]"
)
# Of the sections of the analogy questions; the others are learnt from any text, or from none of this size.
WEIGHTS = {
    "capital-common-countries": 6.0,
    "capital-world": 3.0,
    "gram6-nationality-adjective": 3.0,
    "family": 4.0,
    "currency": 1.5,
    "city-in-state": 1.5,
}
OTHER_WEIGHT = 0.5
SIMILARITY_WEIGHT = 2.0


class Article(NamedTuple):
    title: str
    lines: list[str]
    length: int
    counts: dict[str, int]


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def opens(title: str, text: str) -> bool:
    """Whether `text` is the first paragraph of the article of that title: it names the title."""
    if not PLAIN_TITLE.match(title) or len(text) < 40:
        return False
    if COUNTRY_TITLE.match(title):  # "History of Nicaragua" may begin "Nicaragua is the least ..."
        return True
    wanted = words_of(re.sub(r" \(.*\)$", "", title))
    start = words_of(text[:300])[:20]
    stems = {word[:5] for word in start}  # "Nucleotide" begins "Nucleotides are ..."
    return bool(wanted) and (wanted == start[: len(wanted)] or all(word[:5] in stems for word in wanted))


def articles(lines: list[str], wanted: dict[str, float]) -> Iterator[Article]:
    partners: dict[str, list[str]] = {}
    for pair in wanted:
        if " " in pair:
            partners.setdefault(pair.split()[0], []).append(pair)
    starts = [i for i in range(len(lines) - 1) if opens(lines[i], lines[i + 1])]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        body = lines[start:stop]
        counts: Counter[str] = Counter()
        length = 0
        for line in body:
            tokens = words_of(line)
            length += len(tokens)
            held = [token for token in tokens if token in wanted]
            counts.update(held)
            possible = (pair for word in dict.fromkeys(held) for pair in partners.get(word, ()))
            counts.update(pair for pair in possible if pair.split()[1] in held)
        yield Article(lines[start], body, length, dict(counts))


def is_prose(article: Article) -> bool:
    """Whether an article is running text: no list, and most of it stands in paragraphs of some length."""
    if LIST_TITLE.search(article.title) or not SHORTEST <= article.length <= LONGEST:
        return False
    long_lines = sum(len(line) for line in article.lines if len(line) > 200)
    return long_lines > 0.75 * sum(len(line) for line in article.lines)


def weights(questions: Path, pairs: Path) -> dict[str, float]:
    """The weight of each lower-cased word, and of pairs such as "paris france"."""
    found: dict[str, float] = {}
    weight = OTHER_WEIGHT
    for line in questions.read_text(encoding="utf-8").splitlines():
        if line.startswith(":"):
            section = line[1:].strip()
            weight = WEIGHTS.get(section, OTHER_WEIGHT)
            continue
        a, b, c, d = line.lower().split()
        together = [f"{a} {b}", f"{c} {d}"] if section in WEIGHTS else []
        for word in (a, b, c, d, *together):
            found[word] = max(weight, found.get(word, 0))
    for line in pairs.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            for word in line.lower().split("\t")[:2]:
                found[word] = max(SIMILARITY_WEIGHT, found.get(word, 0))
    return found


def choose(candidates: list[Article], weight: dict[str, float]) -> list[int]:
    """The positions of the chosen articles, in the order of the source."""
    seen: Counter[str] = Counter()

    def gain(article: Article) -> float:
        more = (weight[w] * (math.sqrt(seen[w] + c) - math.sqrt(seen[w])) for w, c in article.counts.items())
        return sum(more) / article.length

    # Gains only fall, so an article whose gain is still the greatest after an update is the best one.
    queue = [(-gain(article), i) for i, article in enumerate(candidates)]
    heapq.heapify(queue)
    chosen, total = [], 0
    while queue and total < WORDS:
        _, i = heapq.heappop(queue)
        now = -gain(candidates[i])
        if queue and now > queue[0][0]:
            heapq.heappush(queue, (now, i))
            continue
        chosen.append(i)
        total += candidates[i].length
        seen.update(candidates[i].counts)
    return sorted(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("source", "questions", "pairs", "folder"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    weight = weights(given.questions, given.pairs)
    lines = given.source.read_text(encoding="utf-8").split("\n")
    every = list(articles(lines, weight))
    candidates = [article for article in every if is_prose(article)]
    chosen = [candidates[i] for i in choose(candidates, weight)]
    text = "".join(line + "\n" for article in chosen for line in article.lines)
    packed = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)
    (given.folder / "wiki-2015-slice.txt.xz").write_bytes(packed)
    titles = "".join(article.title + "\n" for article in chosen)
    (given.folder / "wiki-2015-slice.titles.txt").write_text(titles, encoding="utf-8")
    words = sum(article.length for article in chosen)
    print(f"{len(chosen):,} of {len(every):,} articles, {words:,} words, {len(packed):,} bytes packed")


if __name__ == "__main__":
    main()
