"""Small real data that ships with Firth, so that it can be tried and tested without a network.

>>> from firth import datasets
>>> len(datasets.wordsim353())
353

The licences are in the file NOTICE beside the data: `datasets.notice()`.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from firth.errors import DataError

if TYPE_CHECKING:
    from firth.measure import GradedPairs, Questions

__all__ = [
    "SHA256",
    "adult",
    "cities",
    "google_analogies",
    "men",
    "notice",
    "wiki_text",
    "wiki_titles",
    "wordsim353",
]

# What the files hold. The text is made by scripts/make_wiki_slice.py, the tables by scripts/make_tables.py.
SHA256 = {
    "adult.csv.xz": "012e1637276dd4d4039632cb5dc60d1be30bb1d700ae50ff85a336966ac1a1c5",
    "cities.csv.xz": "50cf6bc2a5130461ac3b4fa4acbddf18e7b8d5c1b8edef935c3c2cb951c7a9b8",
    "google-analogies.txt": "8c29b3332afc46f3fb8be04cb5297bf96f39aa7131272dff57869b4485b22a36",
    "men.tsv": "8a57b92425720375c6230944af9af266e519b7ecc3d61f5bca021a59d8698be4",
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
    from firth.measure import read_questions

    return read_questions(_file("google-analogies.txt"))


def wordsim353() -> GradedPairs:
    """WordSim-353: 353 pairs of words with the mean of the relatedness that 13 to 16 people saw, 0 to 10.

    Source: Finkelstein et al. (2002), "Placing Search in Context: The Concept Revisited", ACM TOIS 20(1).
    Licence: CC BY 4.0
    """
    from firth.measure import read_pairs

    return read_pairs(_file("wordsim353.tsv"))


def men() -> GradedPairs:
    """MEN: 3,000 pairs of words and how often people found each more related than another pair, 0 to 50.

    Source: Bruni, Tran, Baroni (2014), "Multimodal Distributional Semantics", JAIR 49.
    Licence: CC BY
    """
    from firth.measure import read_pairs

    return read_pairs(_file("men.tsv"))


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
