"""The data that ships: unchanged, readable, and with its licences."""

from __future__ import annotations

import csv
import hashlib
import lzma

import pytest

from firth import datasets


@pytest.mark.parametrize("name", datasets.SHA256)
def test_the_files_are_those_that_were_recorded(name):
    path = datasets.wiki_text().parent / name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == datasets.SHA256[name]


def test_the_text_is_whole_articles_in_the_order_of_their_titles():
    with lzma.open(datasets.wiki_text(), "rt", encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file]
    assert 2_800_000 < sum(len(line.split()) for line in lines) < 3_200_000
    titles = datasets.wiki_titles()
    place = -1
    for title in titles:
        place = lines.index(title, place + 1)
    assert {"Paris", "Italy", "Ghana"} <= set(titles)
    assert len(titles) == 1042


def rows_of(path):
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_every_city_is_in_a_country_and_its_region_is_of_that_country():
    cities = rows_of(datasets.cities())
    assert len(cities) == len({city["geonameid"] for city in cities}) == 34_006
    rome = next(city for city in cities if city["name"] == "Rome" and city["countrycode"] == "IT")
    assert (rome["region"], rome["timezone"]) == ("IT.07", "Europe/Rome")
    assert any(city["countrycode"] == "NA" for city in cities)
    regions = [city["region"] for city in cities]
    assert regions.count("") == 25
    assert all(r.startswith(city["countrycode"] + ".") for r, city in zip(regions, cities, strict=True) if r)
    assert all(abs(float(c["latitude"])) <= 90 and abs(float(c["longitude"])) <= 180 for c in cities)


def test_every_person_of_adult_has_every_value():
    people = rows_of(datasets.adult())
    assert len(people) == 30_162
    assert all(all(person.values()) and len(person) == 15 for person in people)
    assert {person["income"] for person in people} == {"<=50K", ">50K"}


def test_the_tables_are_small_enough_to_travel():
    sizes = [path.stat().st_size for path in (datasets.cities(), datasets.adult())]
    assert sum(sizes) < 1_300_000


def test_the_sets_are_complete():
    analogies = datasets.google_analogies()
    assert (len(analogies), len(analogies.sections)) == (19_544, 14)
    assert [name for name, _ in analogies.sections][:2] == ["capital-common-countries", "capital-world"]
    pairs = datasets.wordsim353()
    assert (len(pairs), pairs.pairs[1], pairs.grades[1]) == (353, ("tiger", "cat"), 7.35)
    pairs = datasets.men()
    assert (len(pairs), pairs.pairs[2], pairs.grades[2]) == (3000, ("river", "water"), 49.0)
    assert (min(pairs.grades), max(pairs.grades)) == (0, 50)


def test_the_licences_name_every_file():
    notice = datasets.notice()
    for name in datasets.SHA256:
        assert name in notice
    for licence in ("ShareAlike 3.0", "Apache License 2.0", "Attribution 4.0"):
        assert licence in notice
