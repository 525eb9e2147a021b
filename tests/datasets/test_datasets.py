"""The data that ships: unchanged, readable, and with its licences."""

from __future__ import annotations

import csv
import hashlib
import lzma

import pytest

from firth import datasets
from firth.errors import OptionError


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


def test_every_set_says_where_it_comes_from():
    sets = [datasets.google_analogies(), datasets.wordsim353(), datasets.men(), datasets.cranfield()]
    sets += [datasets.trec_questions(), datasets.trec_questions("test"), *datasets.weat().values()]
    for some in sets:
        about = some.about()
        assert about["citation"]
        assert about["licence"]
        assert about["size"] == len(some) > 0
    assert len({some.checksum for some in sets}) == len(sets)


def test_the_association_tests_are_those_of_the_paper():
    tests = datasets.weat()
    assert list(tests) == [f"weat{i}" for i in range(1, 11)]
    sizes = [(len(t.x), len(t.y), len(t.a), len(t.b)) for t in tests.values()]
    assert sizes[:3] == [(25, 25, 25, 25), (25, 25, 25, 25), (32, 32, 25, 25)]
    assert sizes[5:9] == [(8, 8, 8, 8)] * 3 + [(6, 6, 7, 7)]
    assert tests["weat7"].names == ("math", "arts", "male terms", "female terms")
    assert "bomb" not in tests["weat1"].b
    assert "bomb" in tests["weat4"].b


def test_the_judgements_of_cranfield_are_of_its_documents_and_queries():
    some = datasets.cranfield()
    assert (len(some.documents), len(some.queries), len(some.judgements)) == (1400, 225, 225)
    grades = [grade for found in some.judgements.values() for grade in found.values()]
    assert len(grades) == 1837
    assert {grade: grades.count(grade) for grade in set(grades)} == {4: 128, 3: 387, 2: 734, 1: 363, -1: 225}
    assert {document for found in some.judgements.values() for document in found} <= some.documents.keys()
    assert [key for key, text in some.documents.items() if not text] == ["471", "995"]
    assert some.queries["3"].startswith("what problems of heat conduction in composite slabs")
    assert some.judgements["3"]["485"] == -1
    assert some.documents["485"].startswith("linear heat flow in a composite slab")


def test_the_questions_have_six_classes():
    train, test = datasets.trec_questions(), datasets.trec_questions("test")
    assert (len(train), len(test)) == (5452, 500)
    assert {name: train.labels.count(name) for name in set(train.labels)} == {
        "ABBR": 86, "DESC": 1162, "ENTY": 1250, "HUM": 1223, "LOC": 835, "NUM": 896
    }  # fmt: skip
    assert (test.items[0], test.labels[0]) == ("How far is it from Denver to Aspen ?", "NUM")
    assert (test.items[2], test.labels[2]) == ("Who was Galileo ?", "HUM")
    with pytest.raises(OptionError, match="part is 'train' or 'test', not 'dev'"):
        datasets.trec_questions("dev")


def test_the_licences_name_every_file():
    notice = datasets.notice()
    for name in datasets.SHA256:
        assert name in notice
    for licence in ("ShareAlike 3.0", "Apache License 2.0", "Attribution 4.0", "MIT License"):
        assert licence in notice
