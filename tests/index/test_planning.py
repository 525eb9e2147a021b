"""The planner: what it chooses keeps what was asked for, and nothing is left out in silence."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth import Vectors
from firth.compress import Float16, Scalar
from firth.errors import DataError, ExistsError, FormatError, MissingExtraError, OptionError
from firth.index import IVFPQ, Exact, load, measure, plan, planner
from firth.index.candidates import Candidate, candidates
from firth.index.frontier import Limits, dominates, frontier, nearest_to, winner
from firth.index.planner import Planner
from firth.index.planning import Plan
from firth.index.recipefile import RecipeFile, read_recipe, to_toml, write_recipe
from firth.index.timing import Speed, speed_of
from firth.index.trial import Trial, attempt, in_memory
from firth.index.truth import questions_of_rows
from firth.index.tuning import Recall
from firth.run import Run


def space(n: int = 900, dim: int = 16, seed: int = 0, metric: Any = "cosine") -> Vectors:
    random = np.random.default_rng(seed)
    centres = random.standard_normal((20, dim))
    rows = centres[random.integers(0, 20, n)] + 0.4 * random.standard_normal((n, dim))
    return Vectors([f"w{i}" for i in range(n)], rows.astype(np.float32), metric=metric)


FEW = [
    Candidate(name="Exact", recipe=Exact(), memory=900 * 64, effort=1),
    Candidate(name="Float16", recipe=Float16(), memory=900 * 32, effort=1),
    Candidate(name="Scalar(bits=8)", recipe=Scalar(), memory=900 * 16, effort=1),
    Candidate(name="Scalar(bits=4)", recipe=Scalar(bits=4), memory=900 * 8, effort=1),
]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four candidates that take no time."""
    monkeypatch.setattr(planner, "candidates", lambda _dim, _rows: list(FEW))


@pytest.fixture(scope="module")
def found() -> Plan:
    """A plan of four candidates with a limit that two of them keep."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "candidates", lambda _dim, _rows: list(FEW))
        return plan(space(), max_memory=900 * 40, recall=0.9, sample=200, threads=1)


def trial(name: str, memory: int, recall: float, ms: float) -> Trial:
    speed = Speed(median=ms, p95=ms, alone=1, per_second=1e3 / ms, at_once=1, threads=1)
    return Trial(
        name=name,
        recipe=Exact(),
        rows=10,
        recall=(found := Recall(value=recall, low=recall - 0.01, high=min(1.0, recall + 0.01), n=100, k=10)),
        checked=found,
        memory=memory,
        mapped=0,
        speed=speed,
        build_seconds=1.0,
        seconds=1.0,
    )


TRIALS = st.lists(
    st.builds(
        trial,
        st.just("x"),
        st.integers(1, 6),
        st.sampled_from([0.5, 0.8, 0.905, 0.95, 1.0]),
        st.sampled_from([0.1, 0.105, 0.5, 2.0]),
    ),
    min_size=1,
    max_size=12,
)


# --- choosing -------------------------------------------------------------------------------------------


@given(TRIALS, st.sampled_from([None, 1, 3]), st.sampled_from([None, 0.2]))
def test_the_winner_keeps_all_limits_and_none_that_does_is_faster(
    trials: list[Trial], memory: int | None, latency: float | None
):
    limits = Limits(recall=0.9, memory=memory, latency=latency)
    best = winner(trials, limits)
    fitting = [
        one
        for one in trials
        if one.recall.value >= 0.9
        and (memory is None or one.memory <= memory)
        and (latency is None or one.speed.median <= latency)
    ]
    assert (best is None) == (not fitting)
    if best is not None:
        assert best in fitting
        fitting = [one for one in fitting if one.recall.low >= 0.9] or fitting
        least = min(one.speed.median for one in fitting)
        alike = [one for one in fitting if one.speed.median <= 1.1 * least]
        assert best.memory == min(one.memory for one in alike)


@given(TRIALS)
def test_whatever_is_not_on_the_frontier_is_beaten(trials: list[Trial]):
    front = frontier(trials)
    assert front
    for one in trials:
        if one not in front:
            assert any(dominates(other, one) for other in trials)
    assert [one.memory for one in front] == sorted(one.memory for one in front)


def test_what_comes_nearest_misses_least():
    limits = Limits(recall=0.95, memory=100)
    almost, far, small = trial("almost", 105, 0.96, 1), trial("far", 400, 1.0, 1), trial("small", 10, 0.4, 1)
    assert nearest_to([far, small, almost], limits) is almost
    assert limits.missed(far) == ["0.00 MB are more than 0.00 MB"]
    assert limits.missed(small) == ["recall 0.400 is below 0.95"]
    assert nearest_to([], limits) is None


def test_recalls_that_differ_by_chance_alone_are_equal():
    def with_each(name: str, ms: float, each: np.ndarray) -> Trial:
        return replace(trial(name, 100, float(each.mean()), ms), each=each)

    most, some = np.ones(400), np.ones(400)
    most[:1], some[:50] = 0.9, 0.9
    slow, fast, worse = with_each("a", 10, np.ones(400)), with_each("b", 1, most), with_each("c", 1, some)
    assert frontier([slow, fast]) == (fast,), "one miss of 4,000 is chance"
    assert not dominates(slow, fast)
    assert not dominates(worse, slow), "fifty are not"
    assert dominates(fast, worse)


def test_of_those_within_the_limits_the_sure_ones_come_first():
    lucky, sure = trial("lucky", 10, 0.955, 1), trial("sure", 10, 0.97, 3)
    assert winner([lucky, sure], Limits(recall=0.95)) is sure
    assert winner([lucky], Limits(recall=0.95)) is lucky


# --- planning -------------------------------------------------------------------------------------------


def test_the_winner_keeps_what_was_asked_for(found: Plan):
    assert found.winner is not None
    assert found.winner.memory <= 900 * 40
    assert found.winner.recall.value >= 0.9
    assert {one.name for one in found.trials} == {one.name for one in FEW}
    assert found.untried == ()
    by_name = {one.name: one for one in found.trials}
    assert by_name["Exact"].recall.value == 1.0
    assert by_name["Exact"].memory >= 900 * 64
    assert by_name["Scalar(bits=4)"].recall.value < by_name["Scalar(bits=8)"].recall.value
    assert by_name["Scalar(bits=8)"].memory == pytest.approx(900 * 16, rel=0.05)


def test_a_plan_is_told_as_text_table_and_json(found: Plan):
    document = json.loads(json.dumps(found.to_dict()))
    assert document["winner"] == found.winner.name
    assert len(document["trials"]) == 4
    assert all(
        {"recall", "low", "high", "memory", "mapped", "build_seconds"} <= set(one)
        for one in document["trials"]
    )
    back = Plan.from_dict(document)
    assert (back.to_dict(), back.winner, back.frontier) == (document, found.winner, found.frontier)
    lines = found.lines()
    assert [line[0] for line in lines].count("*") == 1
    assert len(lines[0]) == len(found.columns())
    assert found.table().splitlines()[0].split()[:3] == ["best", "what", "settings"]
    assert f"take {found.winner.name}" in str(found)


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
def test_codecs_are_judged_by_the_metric_that_was_asked_for(metric: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(planner, "candidates", lambda _dim, _rows: FEW[1:3])
    vectors = space(600)
    uneven = vectors.matrix * np.random.default_rng(1).lognormal(0, 0.6, (600, 1)).astype(np.float32)
    found = plan(Vectors(range(600), uneven), metric=metric, recall=0.9, sample=150, threads=1)
    recalls = {one.name: one.recall.value for one in found.trials}
    assert recalls["Float16"] >= 0.99
    assert recalls["Scalar(bits=8)"] >= 0.9


def test_what_is_said_of_the_winner_comes_from_queries_that_chose_nothing():
    vectors = space(400)
    asked = questions_of_rows(vectors.matrix, "cosine", k=5, queries=None, sample=90, seed=1)
    least = asked.least.copy()
    least[60:] = 2.0  # of the last third, nothing can be found
    tried = [
        attempt(one, vectors, replace(asked, least=least), target=0.9, run=Run(threads=1), patience=0.01)
        for one in FEW[:2]
    ]
    for one in tried:
        assert (one.recall.value, one.checked.value, one.checked.n) == (1.0, 0.0, 30)
    limits = Limits(recall=0.9)
    same = {"trials": tuple(tried), "sketches": (), "untried": (), "limits": limits, "frontier": (tried[0],)}
    numbers = {"k": 5, "rows": 400, "dim": 16, "metric": "cosine", "threads": 1, "seed": 1, "seconds": 1.0}
    made = Plan(winner=winner(tried, limits), nearest=None, **same, **numbers)
    assert "recall@5 0.000" in made.verdict()
    assert "these queries, which chose nothing, that is below 0.9" in made.verdict()
    assert made.recipe().measured["recall"] == 0.0


def test_bytes_in_memory_are_those_of_the_opened_file(tmp_path: Path):
    vectors = space(600)
    for one in candidates(16, 600):
        if one.kind == "index":
            built = one.recipe.build(vectors, run=Run(threads=1))
            built.save(tmp_path / "x.index", force=True)
            opened = load(tmp_path / "x.index")
            sizes = opened.memory()
            mapped = 0 if isinstance(one.recipe, Exact) else sizes["mapped"]
            assert in_memory(built)[0] == pytest.approx(
                sizes["total"] + sizes["mapped"] - mapped, rel=0.02
            ), one.name
            assert in_memory(opened) == in_memory(built), one.name


@pytest.mark.parametrize("name", ["IVFPQ", "Tree", "LSH", "Exact(keep=int8)", "HNSW", "Binary", "IVF"])
def test_the_memory_that_is_foretold_is_about_that_which_is_taken(name: str):
    one = next(one for one in candidates(48, 3000) if one.name == name)
    built = one.recipe.build(space(3000, dim=48), run=Run(threads=1))
    assert one.memory == pytest.approx(in_memory(built)[0], rel=0.25)


@pytest.mark.usefixtures("few")
def test_more_answers_than_there_are_rows_are_not_counted():
    found = plan(space(100), k=5000, sample=30, threads=1)
    assert found.k == 99
    assert found.trials[0].recall.k == 99
    assert any("there are 99 rows to be found and not 5,000" in note for note in found.notes)


def test_indexes_that_fit_come_first_and_what_is_too_large_last():
    made = Planner(
        space(900),
        "cosine",
        None,
        k=1,
        sample=30,
        limits=Limits(recall=0.9, memory=25_000),
        run=Run(),
        ends=0,
        say=None,
    )
    order = sorted(candidates(16, 900), key=made._first)
    fits = [one.memory <= 25_000 for one in order]
    assert fits == sorted(fits, reverse=True)
    kinds = [one.kind for one in order if one.memory <= 25_000]
    assert kinds == sorted(kinds, reverse=True) and set(kinds) == {"index", "codec"}


@pytest.mark.usefixtures("few")
def test_without_a_limit_the_fastest_that_finds_enough_wins():
    found = plan(space(), recall=0.9, sample=200, threads=1)
    assert found.winner is not None
    fastest = min(one.speed.median for one in found.trials if one.recall.value >= 0.9)
    assert found.winner.speed.median <= 1.1 * fastest


@pytest.mark.usefixtures("few")
def test_where_nothing_fits_the_nearest_is_named_with_what_it_misses():
    found = plan(space(), max_memory=100, recall=0.99, sample=200, threads=1)
    assert found.winner is None
    assert found.nearest is not None
    assert found.verdict().startswith("nothing is within the limits")
    assert "are more than" in found.verdict()
    assert found.recipe().recipe == found.nearest.recipe


@pytest.mark.usefixtures("few")
def test_what_there_is_no_time_for_is_named():
    found = plan(space(), time_budget=1e-6, sample=200, threads=1)
    assert len(found.trials) == 1, "one is tried, whatever it takes"
    assert {name for name, _ in found.untried} == {one.name for one in FEW} - {found.trials[0].name}
    assert all("no time was left" in reason for _, reason in found.untried)


def test_what_cannot_be_made_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch):
    too_many = Candidate(name="IVFPQ", recipe=IVFPQ(lists=5000), memory=900 * 1, effort=1)
    monkeypatch.setattr(planner, "candidates", lambda _dim, _rows: [too_many, FEW[0]])

    def missing(*_given: Any, **_more: Any) -> None:
        raise MissingExtraError("faiss is needed here and is not installed; run: pip install 'firth[index]'")

    monkeypatch.setattr(IVFPQ, "build", missing)
    found = plan(space(100), sample=40, threads=1)
    assert found.untried[0][0] == "IVFPQ"
    assert "pip install" in found.untried[0][1]
    assert found.winner is not None


@pytest.mark.usefixtures("few")
def test_many_rows_are_tried_as_a_sample_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(planner, "FEW", 500)
    monkeypatch.setattr(planner, "SKETCH", 300)
    said: list[str] = []
    found = plan(space(), max_memory=900 * 20, recall=0.8, sample=100, threads=1, say=said.append)
    assert {one.rows for one in found.sketches} == {300}
    assert {one.rows for one in found.trials} == {900}
    assert len(found.sketches) == 4
    assert len(said) == len(found.sketches) + len(found.trials)
    assert "300 rows" in said[0]
    assert found.trials[0].memory <= 900 * 20, "what seems to fit comes first"
    assert any("a sample of 300 rows first" in note for note in found.notes)


@pytest.mark.usefixtures("few")
def test_given_queries_judge():
    vectors = space()
    found = plan(vectors, queries=space(60, seed=5).matrix, recall=0.9, threads=1)
    assert found.trials[0].recall.n == 20
    with pytest.raises(DataError, match=r"do not fit vectors of dim 16"):
        plan(vectors, queries=np.ones((40, 3), np.float32))
    with pytest.raises(DataError, match=r"query 3 has a value that is not a finite number"):
        plan(vectors, queries=np.where(np.arange(40)[:, None] == 3, np.inf, np.ones((40, 16))))


@pytest.mark.usefixtures("few")
def test_rows_that_are_no_answers_are_counted():
    rows = space(200).matrix.copy()
    rows[3], rows[5, 2] = 0, np.nan
    found = plan(Vectors(range(200), rows), recall=0.5, sample=50, threads=1)
    assert found.rows == 198
    assert found.notes[0].startswith("2 rows that are not finite or have no direction")


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_the_fewest_dims_can_be_planned(dim: int):
    made = candidates(dim, 120)
    assert len({one.name for one in made}) == len(made)
    found = plan(space(120, dim=dim, metric="euclidean"), recall=0.5, sample=40, threads=1, time_budget=0.5)
    assert found.winner is not None


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.usefixtures("few")
def test_too_few_rows_are_said_so(n: int):
    with pytest.raises(DataError, match=r"recall needs rows|2 queries are too few"):
        plan(space(5).take([f"w{i}" for i in range(n)]), sample=30)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recall": 0}, r"recall is a number above 0 up to 1, not 0"),
        ({"recall": 95}, r"recall is a number above 0 up to 1, not 95"),
        ({"max_memory": 0}, r"max_memory is a whole number from 1"),
        ({"latency": -1}, r"latency is a number above 0"),
        ({"time_budget": 0}, r"time_budget is a number above 0"),
        ({"k": 0}, r"k is a whole number from 1"),
        ({"metric": "manhattan"}, r"metric is 'cosine', 'dot' or 'euclidean', not 'manhattan'"),
    ],
)
def test_options_outside_their_range_are_refused(options: dict[str, Any], message: str):
    with pytest.raises(OptionError, match=message):
        plan(space(50), **options)


# --- recipes --------------------------------------------------------------------------------------------


def test_every_candidate_can_be_written_and_read(tmp_path: Path):
    for i, one in enumerate(candidates(32, 1000)):
        path = tmp_path / f"{i}.toml"
        write_recipe(RecipeFile(recipe=one.recipe, metric="dot", settings={}), path)
        back = read_recipe(path)
        assert back.recipe == one.recipe
        assert back.metric == "dot"


def test_a_plan_is_saved_as_a_recipe_that_can_be_carried_out(found: Plan, tmp_path: Path):
    path = tmp_path / "recipe.toml"
    found.save(path)
    with pytest.raises(ExistsError):
        found.save(path)
    back = read_recipe(path)
    assert back.recipe == found.winner.recipe
    assert back.measured["recall"] == pytest.approx(found.winner.checked.value, abs=1e-4)
    assert tomllib.loads(path.read_text())["measured"]["memory"] == found.winner.memory


def test_a_recipe_of_an_index_makes_it_again_with_its_settings(tmp_path: Path):
    path = tmp_path / "recipe.toml"
    path.write_text(
        'metric = "dot"\n[index]\nindex = "IVFPQ"\nlists = 8\nrerank = 3\n[settings]\nnprobe = 5\n'
    )
    back = read_recipe(path)
    assert back.recipe == IVFPQ(lists=8, rerank=3)
    assert (back.metric, back.settings) == ("dot", {"nprobe": 5})
    assert "lists = 8" in to_toml(back, comment="one\ntwo").splitlines()
    index = back.recipe.build(space(), metric=back.metric)
    assert measure(index, sample=100, threads=1, **back.settings).settings["nprobe"] == 5


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("x = [", FormatError, r"is no TOML"),
        ("x = " + "9" * 5000, FormatError, r"is no TOML"),
        ("[codec]\ncodec = 'Float16'\n[settings]\nnprobe = 1", FormatError, r"\[settings\] beside \[codec\]"),
        (
            "[index]\nindex = 'HNSW'\n[codec]\ncodec = 'Float16'",
            FormatError,
            r"one table \[index\] or \[codec\]",
        ),
        ("[settings]\nnprobe = 1", FormatError, r"one table \[index\] or \[codec\]"),
        ("[indexes]\nindex = 'HNSW'", FormatError, r"has 'indexes', and a recipe has"),
        ("index = 'HNSW'", FormatError, r"the rest as tables"),
        ("[metric]\na = 1\n[index]\nindex = 'Exact'", FormatError, r"the rest as tables"),
        ("[index]\nindex = 'Annoy'", OptionError, r"index is one of .*, not 'Annoy'"),
        ("[index]\nindex = 'Exact'\nfoo = 1", OptionError, r"Exact has no option 'foo'"),
        ("[codec]\ncodec = 'Zip'", OptionError, r"codec is one of .*, not 'Zip'"),
        ("[index]\nindex = 'Exact'\n[settings]\nnprobe = 'x'", OptionError, r"the setting nprobe is a whole"),
        ("[index]\nindex = 'Exact'\n[settings]\n'n p' = 1", OptionError, r"a setting has a name"),
        ("metric = 'l1'\n[index]\nindex = 'Exact'", OptionError, r"metric is 'cosine'"),
    ],
)
def test_files_that_are_no_recipes_are_refused(
    tmp_path: Path, text: str, error: type[Exception], message: str
):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(error, match=message):
        read_recipe(path)


def test_values_go_through_toml_unharmed():
    options = {"a": 'q"\\\x7fé\n', "b": [1, 2.5, True], "c": {"x y": "z"}, "d": None, "e": float("inf")}
    text = to_toml(RecipeFile(recipe=Exact(), measured=options))
    assert tomllib.loads(text)["measured"] == {
        key: value for key, value in options.items() if value is not None
    }
    with pytest.raises(OptionError, match=r"cannot hold"):
        to_toml(RecipeFile(recipe=Exact(), measured={"a": object()}))


# --- the picture, and time ------------------------------------------------------------------------------


def test_the_picture_names_every_trial_and_is_the_same_each_time(found: Plan, tmp_path: Path):
    pytest.importorskip("matplotlib")
    first, again = tmp_path / "a.svg", tmp_path / "b.svg"
    found.plot(first)
    found.plot(again)
    assert first.read_bytes() == again.read_bytes()
    text = first.read_text()
    for one in found.trials:
        assert one.name in text
    assert "winner" in text
    with pytest.raises(OptionError, match=r"a figure ends in .png, .svg.*not '.bmp'"):
        found.plot(tmp_path / "a.bmp")


def test_each_query_is_asked_at_least_once():
    asked: list[int] = []
    speed = speed_of(
        lambda some: asked.append(len(some)), np.zeros((7, 2), np.float32), threads=3, patience=0
    )
    assert asked == [2, 1, 1, 7]
    assert (speed.alone, speed.at_once, speed.threads) == (1, 7, 3)
