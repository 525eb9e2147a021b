"""Small real data that ships with Firth, so that it can be tried and tested without a network.

>>> from firth import datasets
>>> len(datasets.wordsim353())
353

The licences are in the file NOTICE beside the data: `datasets.notice()`.
"""

from __future__ import annotations

import json
import lzma
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from firth.errors import DataError, OptionError

if TYPE_CHECKING:
    from firth.measure.sets import AssociationTest, GradedPairs, LabelledItems, Questions, RetrievalSet

__all__ = [
    "SHA256",
    "adult",
    "cities",
    "cranfield",
    "google_analogies",
    "men",
    "notice",
    "trec_questions",
    "weat",
    "wiki_text",
    "wiki_titles",
    "wordsim353",
]

# What the files hold. The text is made by scripts/make_wiki_slice.py, the tables by scripts/make_tables.py,
# Cranfield, the TREC questions and WEAT by scripts/make_sets.py.
SHA256 = {
    "adult.csv.xz": "012e1637276dd4d4039632cb5dc60d1be30bb1d700ae50ff85a336966ac1a1c5",
    "cities.csv.xz": "50cf6bc2a5130461ac3b4fa4acbddf18e7b8d5c1b8edef935c3c2cb951c7a9b8",
    "cranfield.json.xz": "58dc40a04c33e3328ec646be09b43359f293ced05d4c71754a7aaf0b057e28f1",
    "google-analogies.txt": "8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
    "men.tsv": "8a57b92425720375c6230944af9af266e519b7ecc3d61f5bca021a59d8698be4",
    "trec-questions.tsv.xz": "31c92d23e472a024485e25bd34bb424bedd06de0b261823ec775c5149ac4620e",
    "weat.json": "ae593d8075595c3dff75e77648620c4e6b91d019f2e1d93e82c3d61fd6fdf4c2",
    "wiki-2015-slice.titles.txt": "1f5d373c44931d83a48e1a3e0213f2b318173a4e140bdcb70d74a2f0b15ffef5",
    "wiki-2015-slice.txt.xz": "8f49722cca60880205105f46728ec84f1b14b0ee586d01f2dce412bb4e21d8b0",
    "wordsim353.tsv": "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
}


def wiki_text() -> Path:
    """The path of a text to train on: 3.0 million words of English Wikipedia of 2015, 4.9 MB, packed with xz.

    1,042 whole articles as written, one paragraph a line, each after a line that is its title. They were
    chosen so that countries, capitals, sciences and kinship are well covered.

    Source: the contributors to the English Wikipedia; `wiki_titles` names the articles.
    Licence: CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/
    """
    return _file("wiki-2015-slice.txt.xz")


def wiki_titles() -> list[str]:
    """The titles of the articles of `wiki_text`, in its order: article X is at https://en.wikipedia.org/wiki/X."""
    return _file("wiki-2015-slice.titles.txt").read_text(encoding="utf-8").splitlines()


def google_analogies() -> Questions:
    """The 19,544 analogy questions of word2vec in 14 sections, 5 of meaning and 9 of grammar.

    Source: Mikolov, Chen, Corrado, Dean (2013), "Efficient Estimation of Word Representations in Vector
        Space".
    Licence: Apache-2.0
    """
    from firth.measure.sets import read_questions

    return replace(
        read_questions(_file("google-analogies.txt")),
        citation="Mikolov, Chen, Corrado, Dean (2013): Efficient Estimation of Word Representations in "
        "Vector Space. arXiv:1301.3781.",
        licence="Apache-2.0",
    )


def wordsim353() -> GradedPairs:
    """WordSim-353: 353 pairs of words with the mean of the relatedness that 13 to 16 people saw, 0 to 10.

    Source: Finkelstein et al. (2002), "Placing Search in Context: The Concept Revisited", ACM TOIS 20(1).
    Licence: CC BY 4.0
    """
    from firth.measure.sets import read_pairs

    return replace(
        read_pairs(_file("wordsim353.tsv")),
        citation="Finkelstein, Gabrilovich, Matias, Rivlin, Solan, Wolfman, Ruppin (2002): Placing Search in "
        "Context: The Concept Revisited. ACM Transactions on Information Systems 20(1), 116-131.",
        licence="CC BY 4.0",
    )


def men() -> GradedPairs:
    """MEN: 3,000 pairs of words and how often people found each more related than another pair, 0 to 50.

    Source: Bruni, Tran, Baroni (2014), "Multimodal Distributional Semantics", JAIR 49.
    Licence: CC BY
    """
    from firth.measure.sets import read_pairs

    return replace(
        read_pairs(_file("men.tsv")),
        citation="Bruni, Tran, Baroni (2014): Multimodal Distributional Semantics. Journal of Artificial "
        "Intelligence Research 49, 1-47.",
        licence="CC BY",
    )


def weat() -> dict[str, AssociationTest]:
    """The ten word embedding association tests, "weat1" to "weat10", in the order of the paper's table 1.

    Flowers and insects, instruments and weapons, names of European and African Americans (three times), names
    of men and women, mathematics and arts, science and arts, illness of mind and body, names of the young and
    the old. They are here to find out what a text has put into vectors; see docs/bias.md.

    Source: Caliskan, Bryson, Narayanan (2017), "Semantics derived automatically from language corpora contain
        human-like biases", Science 356(6334); the lists of words as collected for WEFE.
    Licence: MIT

    >>> weat()["weat1"].names
    ('flowers', 'insects', 'pleasant', 'unpleasant')
    """
    from firth.measure.sets.associations import read_associations

    return {
        name: replace(test, licence="MIT") for name, test in read_associations(_file("weat.json")).items()
    }


def cranfield() -> RetrievalSet:
    """Cranfield: 225 queries about aerodynamics, 1,400 abstracts, 1,837 judgements of which answers which.

    The grades are 4 (a complete answer) to 1 (of minimal interest). The paper that each query was made from
    has the grade -1: it is judged, and not counted as an answer. Two abstracts have no text. Queries are
    numbered from 1 in the order of the file, as the judgements count them.

    Source: Cleverdon (1967), "The Cranfield tests on index language devices", Aslib Proceedings 19(6).
    Licence: free; none is stated, see `notice`.
    """
    from firth.measure.sets.judged import RetrievalSet

    found = json.loads(lzma.decompress(_file("cranfield.json.xz").read_bytes()))
    return RetrievalSet(
        name="cranfield",
        citation="Cleverdon (1967): The Cranfield tests on index language devices. Aslib Proceedings 19(6), "
        "173-194.",
        licence="free",
        note="the paper that each query was made from is judged -1, which is not relevant",
        documents=found["documents"],
        queries=found["queries"],
        judgements=found["judgements"],
    )


def trec_questions(part: Literal["train", "test"] = "train") -> LabelledItems:
    """Questions and what kind of answer each asks for: 5,452 to learn from ("train"), or 500 others ("test").

    The classes are ABBR (an abbreviation), DESC (a description), ENTY (a thing), HUM (people), LOC (a place)
    and NUM (a number). The questions are tokenised, with spaces between words and marks.

    Source: Li and Roth (2002), "Learning Question Classifiers", COLING.
    Licence: free; none is stated, see `notice`.

    Raises:
        OptionError: the part is neither.
    """
    from firth.measure.sets.labelled import LabelledItems

    if part not in ("train", "test"):
        raise OptionError(f"part is 'train' or 'test', not {part!r}")
    text = lzma.decompress(_file("trec-questions.tsv.xz").read_bytes()).decode()
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return LabelledItems(
        name=f"trec-questions-{part}",
        citation="Li, Roth (2002): Learning Question Classifiers. COLING 2002.",
        licence="free",
        items=tuple(question for place, _, question in rows if place == part),
        labels=tuple(label for place, label, _ in rows if place == part),
    )


def cities() -> Path:
    """The path of a table of the cities of the world with 15,000 people or more: CSV packed with xz, 0.6 MB.

    34,006 rows. Columns: geonameid (a number for each city), name, latitude, longitude (degrees), countrycode
    (two letters of ISO 3166; NA is Namibia and no missing value), region (a state or province, such as IT.07;
    missing for 25 cities), population, timezone (such as Europe/Rome).

    Source: GeoNames, cities15000, https://www.geonames.org/
    Licence: CC BY 4.0
    """
    return _file("cities.csv.xz")


def adult() -> Path:
    """The path of a table of people in the United States census of 1994: CSV packed with xz, 0.3 MB.

    30,162 rows. Columns: age, type_employer, fnlwgt (how many people the row stands for), education,
    education_num, marital, occupation, relationship, race, sex, capital_gain, capital_loss, hr_per_week,
    country, income ("<=50K" or ">50K" dollars a year, what is usually predicted). No value is missing. It
    tells of its time; it is here since so much is measured on it.

    Source: Becker and Kohavi (1996), "Adult", UCI Machine Learning Repository, https://doi.org/10.24432/C5XW20
    Licence: CC BY 4.0
    """
    return _file("adult.csv.xz")


def notice() -> str:
    """The sources and licences of the data."""
    return _file("NOTICE").read_text(encoding="utf-8")


def _file(name: str) -> Path:
    """The path of a file of the package. Raises DataError where the package is not unpacked in a folder."""
    path = Path(str(files(__name__).joinpath("files", name)))
    if not path.is_file():
        raise DataError(
            f"{path} is missing: Firth is not installed as files in a folder; install its wheel with pip"
        )
    return path
