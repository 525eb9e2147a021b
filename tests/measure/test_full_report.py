"""The full report: its steps, its verdicts, and its three forms."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firth import Model, Vectors, datasets
from firth.errors import DataError, ExistsError, MissingExtraError, OptionError
from firth.measure.choice import choose
from firth.measure.full import FullReport, full_report
from firth.measure.full.findings import Finding, headline, verdict_on
from firth.measure.full.rows import for_the_map, for_the_tables
from firth.measure.page import escape, words
from firth.measure.report import Row
from firth.measure.sets import AssociationTest, GradedPairs, Questions

VOID = {"meta", "br", "link", "img", "input", "hr"}
HOSTILE = (
    "<script>alert(1)</script>",
    "</td></table>",
    '" onload="x',
    "a|b\n| c",
    "\x00\x1b[31mred",
    "\u202eevil\u2066",
    "`code` *star* [link](http://x)",
    "long" * 2_000,
    "&amp;",
    "한국어",
    "שלום",
)


def space(n: int = 120, dim: int = 8, *, seed: int = 1, ids: Any = None, **more: Any) -> Vectors:
    """Rows in six groups, counted."""
    random = np.random.default_rng(seed)
    middles = random.standard_normal((6, dim)) * 2
    rows = middles[np.arange(n) % 6] + random.standard_normal((n, dim))
    names = [f"w{i}" for i in range(n)] if ids is None else ids
    return Vectors(names, rows, columns={"counts": np.arange(n, 0, -1) * 3}, **more)


def pairs(n: int = 60) -> GradedPairs:
    """Pairs of the groups of `space`: 1 if both are of one group, with some words that are missing."""
    random = np.random.default_rng(2)
    both = random.integers(0, 120, (n, 2))
    grades = tuple(float(a % 6 == b % 6) + 0.01 * i for i, (a, b) in enumerate(both.tolist()))
    named = tuple((f"w{a}", f"w{b}" if i % 10 else f"missing{i}") for i, (a, b) in enumerate(both.tolist()))
    return GradedPairs(name="groups", pairs=named, grades=grades, citation="A. Paper 1999", licence="CC0")


@pytest.fixture(scope="module")
def made() -> FullReport:
    """A report with a task, and another space beside it."""
    tasks = [choose(pairs())]
    other = space(seed=5)
    return full_report(space(), tasks, name="one", against=other, against_name="two", points=40)


@pytest.fixture(scope="module")
def hostile() -> FullReport:
    """A report on ids that would do harm."""
    ids = [*HOSTILE, *(f"w{i}" for i in range(30))]
    graded = GradedPairs(
        name="<b>set</b>",
        pairs=(*((HOSTILE[i], f"w{i}") for i in range(8)), ("</script>", "gone|\n")),
        grades=tuple(map(float, range(9))),
        citation="<img src=x>",
    )
    return full_report(space(len(ids), ids=ids), [choose(graded)], name="<script>x\n", points=20)


class Checked(HTMLParser):
    """A parser that holds a page to what it promises."""

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.keys: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        told = dict(attrs)
        assert not [name for name in told if name.startswith("on") or name == "src"]
        self.keys += [told["id"] or ""] if "id" in told else []
        self.links += [told["href"] or ""] if "href" in told else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)

    @property
    def text(self) -> str:
        """The words of the page."""
        return " ".join(self.words)


# --- the page -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["made", "hostile"])
def test_the_page_is_whole_and_needs_nothing_else(name: str, request: pytest.FixtureRequest):
    report: FullReport = request.getfixturevalue(name)
    page = report.html()
    found = Checked(page)
    assert found.tags.count("script") == 1
    assert found.tags.count("h1") == 1
    assert len(found.keys) == len(set(found.keys))
    assert all(link.startswith("#") and link[1:] in found.keys for link in found.links)
    assert "default-src 'none'" in page
    assert not re.search(r"url\(|@import|<link|<img|<iframe", page)
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        root = ET.fromstring(svg.replace(" hidden", ' hidden=""'))
        assert root.get("aria-label") is not None or root.get("aria-hidden") == "true"
    assert found.tags.count("caption") == found.tags.count("table") > 3
    assert len(page.encode()) < 300_000


def test_ids_that_would_do_harm_are_words_on_the_page(hostile: FullReport):
    found = Checked(hostile.html())
    assert "<script>alert(1)</script>" in found.text
    assert "\\x00\\x1b[31mred" in found.text
    assert "\\u202eevil\\u2066" in found.text
    assert "한국어" in found.text
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", hostile.html() + hostile.markdown()
    )
    assert "long" * 30 not in hostile.html() + hostile.markdown()


def test_the_markdown_is_tables_whatever_the_ids_are(hostile: FullReport, made: FullReport):
    for report in (made, hostile):
        lines = report.markdown().splitlines()
        for i, line in enumerate(lines):
            if re.fullmatch(r"\|(---:?\|)+", line):
                width = line.count("|")
                rows = [*lines[i - 1 : i], *(row for row in table_below(lines[i + 1 :]))]
                assert len(rows) > 1
                assert all(len(re.findall(r"(?<!\\)\|", row)) == width for row in rows)
    assert "\\<script\\>alert(1)\\</script\\>" in hostile.markdown()
    assert re.search(r"(?<!\\)<", hostile.markdown()) is None


def table_below(lines: list[str]) -> list[str]:
    """The lines of a table, up to the first that is none."""
    end = next((i for i, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return lines[:end]


def test_the_json_is_plain_and_of_one_form(made: FullReport):
    document = json.loads(made.json())
    assert document["schema"] == "firth.report/1"
    assert document["name"] == "one"
    assert document["headline"] == made.headline
    [task] = document["tasks"]
    assert task["kind"] == "similarity"
    assert task["set"]["citation"] == "A. Paper 1999"
    row = task["report"]["rows"][0]
    assert row["name"] == "spearman"
    assert row["n"] < row["total"] == 60
    assert {"value", "low", "high", "coverage"} <= row.keys()
    assert document["geometry"]["rows"]
    assert math.isclose(sum(document["spectrum"]["shares"]), 1, rel_tol=1e-6)
    assert sum(document["hubs"]["counts"]) == document["hubs"]["n"] == 120
    assert len(document["map"]["places"]) == len(document["map"]["ids"]) == 40
    assert document["comparison"]["rows"][0]["verdict"]
    assert document["other"]["name"] == "two"
    assert document["method"]["versions"]["firth"]


def test_the_three_forms_say_the_same(made: FullReport):
    value = made.measured[0].report.rows[0].value
    assert f"{value:.3f}" in made.html()
    assert f"{value:.3f}" in made.markdown()
    for heading in (
        "Are these vectors any good?",
        "Who is near to whom",
        "The shape of the space",
        "Beside two",
    ):
        assert heading in made.html()
        assert heading in made.markdown()
    assert "missing0" in made.html()
    assert "missing0" in made.markdown()
    assert "A. Paper 1999" in made.html()
    assert "| Figure | Verdict | one | 95 % interval | two | In words |" in made.markdown()


def test_equal_arguments_give_an_equal_report(made: FullReport):
    again = full_report(
        space(), [choose(pairs())], name="one", against=space(seed=5), against_name="two", points=40
    )
    assert again.html() == made.html()
    assert again.json() == made.json()


# --- what is in it ------------------------------------------------------------------------------------------


def test_neighbours_are_those_of_a_search_and_shared_ones_are_marked(made: FullReport):
    frequent = made.neighbours[0]
    assert [some.title for some in made.neighbours] == ["Frequent ids", "Middling ids", "Rare ids"]
    first, second = space(), space(seed=5)
    assert frequent.seen is not None
    for i, (id, seen) in enumerate(zip(frequent.table.ids, frequent.seen, strict=True)):
        ours, theirs = (of[i] for of in frequent.table.neighbours)
        assert list(ours or ()) == first.most_similar(id, topn=8).ids
        assert list(theirs or ()) == second.most_similar(id, topn=8).ids
        assert set(frequent.table.shared[i]) == set(ours or ()) & set(theirs or ())
        assert seen == first.counts[first.rows([id])[0]]  # type: ignore[index]
    assert made.html().count('class="shared"') == 2 * sum(
        len(shared) for some in made.neighbours for shared in some.table.shared
    )
    counts = [seen for some in made.neighbours for seen in some.seen or ()]
    assert counts == sorted(counts, reverse=True)


def test_the_nearest_are_nearer_than_pairs_at_random(made: FullReport):
    found = made.nearness
    assert found is not None
    assert math.isclose(sum(found.random), 1)
    assert math.isclose(sum(found.nearest), 1)
    nearest = [made_scores[0] for made_scores in space().search(list(space().ids), topn=1).scores]
    assert found.middle[1] == pytest.approx(float(np.median(nearest)), abs=1e-6)
    assert found.middle[0] < found.middle[1]
    assert found.n == 120


def test_ids_that_the_other_space_lacks_are_shown_as_missing():
    report = full_report(space(40), [], against=space(20), points=10)
    rare = report.neighbours[-1]
    assert rare.table.neighbours[1][-1] is None
    assert "not there" in report.html()
    assert "*not there*" in report.markdown()


def test_the_rows_of_tables_and_map_are_chosen_by_frequency():
    big = space(3_000)
    frequent, middling, rare = for_the_tables(big, 5)
    assert 15 <= frequent.rows.min() <= frequent.rows.max() < 60
    assert middling.rows.min() > frequent.rows.max()
    assert rare.rows.max() == 2_999
    assert for_the_map(big, 100).tolist() == list(range(15, 115))
    shuffled = big.take(list(big.ids)[::-1])
    assert shuffled.ids[int(for_the_map(shuffled, 100)[0])] == "w15"
    uncounted = Vectors(range(50), np.eye(50))
    assert [some.title for some in for_the_tables(uncounted, 5)] == ["First rows", "Middle rows", "Last rows"]
    for n in range(16, 60):
        rows = np.concatenate([some.rows for some in for_the_tables(Vectors(range(n), np.eye(n)), 5)])
        assert np.diff(rows).min() > 0, n


def test_verdicts_read_figures_as_their_way_from_chance_to_perfect():
    def row(value: float, low: float = math.nan, n: int = 100, high: float = 1, **extra: Any) -> Row:
        return Row(task="t", name="f", value=value, low=low, high=high, n=n, total=100, extra=extra)

    assert verdict_on(row(0.6, 0.5)) == "good"
    assert verdict_on(row(0.6, 0.5, n=10)) == "look at this"
    assert verdict_on(row(0.7, 0.55, chance=0.5)) == "look at this"
    assert verdict_on(row(0.6, 0.45, chance=0.5)) == "bad"
    assert verdict_on(row(0.3, 0.2)) == "look at this"
    assert verdict_on(row(0.9, -1, n=5)) == "look at this"
    assert verdict_on(row(0.6, -0.1)) == "look at this"
    assert verdict_on(row(0.1, -0.6, n=10, high=0.7)) == "look at this"
    assert verdict_on(row(0.1, -0.2, n=10, high=0.4)) == "bad"
    assert verdict_on(row(1.2, higher_is_better=None)) is None
    assert verdict_on(row(0.1, 0.05)) == "bad"
    assert verdict_on(row(math.nan)) == "not measured"


def test_the_headline_answers():
    def found(*verdicts: str) -> str:
        headings = ("Analogies", "Coverage", "Geometry")
        return headline(
            [
                Finding(heading=heading, verdict=verdict, says="", task=not i)  # type: ignore[arg-type]
                for i, (heading, verdict) in enumerate(zip(headings, verdicts, strict=True))
            ]
        )

    assert found("good", "good", "good") == "Good, in all that was measured."
    assert "Good for analogies. Look at coverage" in found("good", "look at this", "good")
    assert found("bad", "good", "look at this").startswith("Take care: analogies is bad.")
    assert found("good", "bad", "bad").startswith(
        "Take care: coverage and geometry are bad. Good for analogies"
    )
    assert found("not measured", "good", "good") == "Not told: no task was measured."


def test_what_is_too_little_to_tell_is_called_that():
    words, rows = ["a", "b", "c", "d"], [[1, 0], [1, 0.1], [1, 1], [0, 1]]
    graded = GradedPairs(
        name="few", pairs=(("a", "b"), ("a", "c"), ("a", "d"), ("b", "d")), grades=(4, 3, 1, 2)
    )
    [finding, *_] = full_report(Vectors(words, rows), [graded], points=10).findings
    assert finding.verdict == "look at this"
    assert "on fewer than 30 items, which is too few to tell" in finding.says


def test_good_vectors_are_called_good_and_noise_bad(made: FullReport):
    by = {one.heading: one for one in made.findings}
    assert by["Word similarity"].verdict in ("good", "look at this")
    noise = Vectors(space().ids, np.random.default_rng(9).standard_normal((120, 8)))
    report = full_report(noise, [choose(pairs())], points=10)
    assert {one.heading: one.verdict for one in report.findings}["Word similarity"] == "bad"
    assert "word similarity" in report.headline


def test_associations_are_information_and_no_verdict():
    test = datasets.weat()["weat1"]
    x, y, a, b = (sorted(set(words)) for words in (test.x, test.y, test.a, test.b))
    names = list(dict.fromkeys([*x, *a, *y, *b]))
    side = np.array([1.0 if name in x or name in a else -1.0 for name in names])
    rows = np.random.default_rng(1).standard_normal((len(names), 5)) * 0.3
    rows[:, 0] += side
    report = full_report(Vectors(names, rows), [], points=10)
    assert report.associations is not None
    first = report.associations.rows[0]
    assert first.name == "flowers and insects, pleasant and unpleasant"
    assert first.value > 1.5
    assert first.extra["p"] < 0.01
    assert "What goes with what" in report.html()
    assert "Associations" not in [one.heading for one in report.findings]
    assert [note for note in report.associations.notes if "weat10" in note]
    assert full_report(space(), [], points=10).associations is None


# --- what can go wrong --------------------------------------------------------------------------------------


def test_an_unknown_set_is_no_figure_and_no_crash():
    graded = GradedPairs(name="far", pairs=(("x", "y"), ("y", "z")), grades=(1.0, 2.0))
    report = full_report(space(), [choose(graded)], points=10)
    assert json.loads(report.json())["tasks"][0]["report"]["rows"][0]["value"] is None
    by = {one.heading: one for one in report.findings}
    assert by["Word similarity"].verdict == "not measured"
    assert by["Coverage"].verdict == "bad"
    assert "far has too few known items (0 of 2)" in report.html()


def test_tasks_may_be_sets_and_names_that_ship():
    report = full_report(space(), [pairs(), "men"], points=10)
    assert [some.kind for some in report.measured] == ["similarity", "similarity"]
    assert full_report(space(), "men", points=10).measured[0].test["name"] == "men"
    with pytest.raises(DataError, match="3 is neither a set nor a task"):
        full_report(space(), [3], points=10)  # type: ignore[list-item]


def test_associations_that_were_asked_for_get_no_verdict():
    words = {name: tuple(f"w{i}" for i in range(6 * n, 6 * n + 6)) for n, name in enumerate("xyab")}
    report = full_report(space(), [AssociationTest(name="mine", **words)], points=10)
    assert report.measured[0].kind == "weat"
    assert [one.heading for one in report.findings] == ["Tasks", "Coverage", "The numbers", "Geometry"]
    assert "No task with right answers" in report.findings[0].says
    assert json.loads(report.json())["tasks"][0]["report"]["rows"][0]["n"] == 12
    Checked(report.html())


def test_questions_are_shown_by_section():
    asked = tuple((f"w{i}", f"w{i + 6}", f"w{i + 12}", f"w{i + 18}") for i in range(6))
    questions = Questions(name="quiz", sections=(("gram-a", asked), ("capitals", asked)))
    report = full_report(space(), [choose(questions)], points=10)
    assert "quiz, part by part" in report.html()
    assert "capitals" in report.markdown()


@pytest.mark.parametrize(
    "vectors",
    [
        Vectors(["a"], [[1.0, 2.0]]),
        Vectors(["a", "b"], [[1.0, 2.0], [2.0, 1.0]]),
        Vectors([], np.zeros((0, 3))),
        Vectors(range(6), np.ones((6, 2))),
        Vectors(range(6), np.zeros((6, 2))),
        Vectors(range(6), np.full((6, 2), np.nan)),
        Vectors(range(6), np.full((6, 2), 1e-42)),
        Vectors(range(9), np.arange(9.0)[:, None] + 1),
        Vectors(range(7), np.random.default_rng(1).standard_normal((7, 2)), metric="euclidean"),
    ],
    ids=["one", "two", "none", "constant", "zeros", "nan", "tiny", "line", "seven"],
)
def test_odd_spaces_get_a_report_all_the_same(vectors: Vectors):
    report = full_report(vectors, points=10)
    Checked(report.html())
    json.loads(report.json())
    assert "Not told: no task was measured." in report.headline
    assert report.left_out
    assert report.left_out[0].why in re.sub(r"\\", "", report.markdown())


def test_rows_that_are_not_finite_are_counted_and_left_out():
    rows = np.array(space(30).matrix)
    rows[3, 1] = np.nan
    rows[4] = 0
    report = full_report(Vectors(space(30).ids, rows), [], points=30)
    assert (report.about.not_finite, report.about.zeros) == (1, 1)
    assert report.map is not None
    assert len(report.map.ids) == 28
    by = {one.heading: one for one in report.findings}
    assert by["The numbers"].verdict == "bad"
    assert "1 of 30 rows hold" in by["The numbers"].says


class Letters:
    """An encoder that holds no vectors: texts as counts of letters."""

    def encode(self, objects: Any) -> Any:
        """One row a text."""
        return np.array([[text.count(letter) for letter in "abc"] for text in objects], np.float32)


def test_an_encoder_without_vectors_is_told_what_it_lacks():
    report = full_report(Letters(), name="letters")
    assert report.geometry is None
    assert report.about.kind == "Letters"
    assert "There are no vectors to look at" in report.html()
    Checked(report.html())


def test_a_model_tells_its_recipe():
    model = Model(
        {"words": space(30)}, recipe={"learner": "SkipGram", "dim": 8}, report={"data": {"tokens": 7}}
    )
    page = full_report(model, [], points=10).html()
    assert "SkipGram" in page
    assert "tokens" in page
    assert model.vectors.fingerprint in page


def test_options_are_checked(tmp_path: Path, made: FullReport, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(OptionError, match="points is a whole number from 5 to 5,000, not 3"):
        full_report(space(), [], points=3)
    with pytest.raises(OptionError, match="layout is 'pca' or 'tsne', not 'umap'"):
        full_report(space(), [], layout_method="umap")
    with pytest.raises(OptionError, match="cannot both be called 'x'"):
        full_report(space(), [], name="x", against=space(), against_name="x")
    with pytest.raises(OptionError, match=r"ends in \.html, \.md or \.json; .*ends in '\.pdf'"):
        made.save(tmp_path / "report.pdf")
    monkeypatch.setitem(__import__("sys").modules, "sklearn.manifold", None)
    with pytest.raises(MissingExtraError, match=r"firth\[table\]"):
        full_report(space(), [], layout_method="tsne")


def test_it_is_saved_by_suffix_and_never_over_a_file(tmp_path: Path, made: FullReport):
    for suffix, start in ((".html", "<!doctype html>"), (".md", "# one"), (".json", "{")):
        path = tmp_path / f"report{suffix}"
        made.save(path)
        assert path.read_text(encoding="utf-8").startswith(start)
        with pytest.raises(ExistsError, match="is there already"):
            made.save(path)
        made.save(path, force=True)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".json", ".md"]


def test_a_map_by_t_sne(made: FullReport):
    pytest.importorskip("sklearn")
    report = full_report(space(60), [], layout_method="tsne", points=40)
    assert report.map is not None
    assert report.map.method == "tsne"
    assert report.map.explained is None
    assert made.map is not None
    assert made.map.explained is not None
    assert "t-SNE" in report.html()


def test_steps_are_told_in_order():
    told: list[str] = []
    full_report(space(30), [choose(pairs())], points=10, tell=told.append)
    assert told == ["similarity: groups", "geometry of vectors", "map of at most 10 ids"]


def test_text_from_data_is_made_visible():
    assert escape.visible("a\nb\u200b") == "a\\nb\\u200b"
    assert escape.shortened("x" * 99, 5) == "xxxx…"
    assert escape.text("<&'\"") == "&lt;&amp;&#x27;&quot;"
    assert escape.cell("a|b*") == "a\\|b\\*"
    assert escape.cell("http://evil.com www.evil.com, so: 1.") == "http\\://evil.com www\\.evil.com, so: 1."
    assert escape.width_of("日本") > escape.width_of("ab")


def test_numbers_are_written_for_readers():
    assert [words.figure(x) for x in (0.12345, -12.34, 0.00012, 0.0, 12345.6, math.nan, None)] == [
        "0.123", "−12.3", "1.2e−04", "0.000", "12,346", "–", "–",
    ]  # fmt: skip
    assert [words.share(x) for x in (0, 0.001, 0.5, 0.999, 1, math.nan)] == [
        "0%", "<1%", "50%", ">99%", "100%", "–",
    ]  # fmt: skip
    assert [words.chance(p) for p in (0.0, 0.0301, 1, None)] == ["<0.001", "0.030", "1.000", "–"]
    assert words.meaning("nDCG@10").startswith("How well the 10 documents")
    assert words.meaning("no such figure") == ""


def test_a_report_is_a_record():
    assert dataclasses.is_dataclass(FullReport)
    report = full_report(space(12), [], points=10, name="x")
    assert str(report).splitlines()[0] == f"x: {report.headline}"
