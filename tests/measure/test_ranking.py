"""Figures of rankings: by hand, beside trec_eval, and what is said of what is left out."""

from __future__ import annotations

import json
import math
import random

import numpy as np
import pytest

from firth.data.ids import Strings
from firth.errors import DataError, OptionError
from firth.measure.ranking import figures_by_query, score_run
from firth.measure.rankings import Grades, Rankings
from firth.measure.scoring import Figure, Scoring

LOG3 = math.log2(3)
JUDGEMENTS = {"q": {"a": 3, "b": 0, "c": 1, "d": 2, "e": -1}}
RUN = {"q": {"b": 0.9, "c": 0.8, "x": 0.7, "a": 0.6, "e": 0.5}}  # the order is b, c, x, a, e


def figures(names, judgements=JUDGEMENTS, run=RUN, **options):
    return figures_by_query(judgements, run, figures=names, **options).means()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MRR", 1 / 2),
        ("MRR@1", 0),
        ("precision@1", 0),
        ("precision@4", 2 / 4),
        ("precision@10", 2 / 10),
        ("recall@2", 1 / 3),
        ("recall@4", 2 / 3),
        ("success@1", 0),
        ("success@2", 1),
        ("MAP", (1 / 2 + 2 / 4) / 3),
        ("MAP@3", 1 / 2 / 3),
        ("Rprec", 1 / 3),
        ("bpref", 0),  # one of one not relevant stands before both
        ("judged@3", 2 / 3),
        ("judged@10", 4 / 10),
        ("nDCG", (1 / LOG3 + 3 / math.log2(5)) / (3 + 2 / LOG3 + 1 / 2)),
        ("nDCG@2", (1 / LOG3) / (3 + 2 / LOG3)),
    ],
)
def test_figures_by_hand(name: str, value: float):
    assert figures([name]) == {name: pytest.approx(value)}
    assert figures([name], Grades.of(JUDGEMENTS), Rankings.of(RUN)) == {name: pytest.approx(value)}


def test_gain_and_level_by_hand():
    exponential = (1 / LOG3 + 7 / math.log2(5)) / (7 + 3 / LOG3 + 1 / 2)
    assert figures(["nDCG"], gain="exponential")["nDCG"] == pytest.approx(exponential)
    level = figures(["nDCG", "MRR", "recall@4", "Rprec", "bpref"], level=2)
    assert level["nDCG"] == figures(["nDCG"])["nDCG"]  # which looks at the grades themselves
    assert (level["MRR"], level["recall@4"], level["Rprec"]) == (1 / 4, 1 / 2, 0)
    assert level["bpref"] == 0  # b and c, both too low now, stand before a


def test_grades_whose_gain_is_no_float():
    judged = {"q": {"a": 2000, "b": 1}}
    with pytest.raises(DataError, match="a grade is 2000; grades go up to 1,000 where gain='exponential'"):
        figures(["nDCG"], judged, {"q": {"b": 1.0}}, gain="exponential")
    most = {"q": {"a": 1000, "b": 999}}
    assert 0 < figures(["nDCG"], most, {"q": {"b": 1.0}}, gain="exponential")["nDCG"] < 1


def test_equal_scores_stand_in_the_order_of_falling_ids():
    run = {"q": dict.fromkeys(["a", "x", "c", "é", "\U0001f600", "\uffee"], 1.0)}
    order = ["\U0001f600", "\uffee", "é", "x", "c", "a"]  # by the bytes of UTF-8
    for place, document in enumerate(order, start=1):
        assert figures(["MRR"], {"q": {document: 1}}, run)["MRR"] == pytest.approx(1 / place)
        assert figures(["MRR"], {"q": {document: 1}}, Rankings.of(run))["MRR"] == pytest.approx(1 / place)
    assert list(Rankings.of(run).to_dict()["q"]) == order


def test_scores_that_single_precision_cannot_tell_apart_are_equal_and_that_is_said():
    close = {"q": {"a": 1.00000001, "b": 1.0}}
    judged = {"q": {"a": 1}}
    assert figures(["MRR"], judged, close)["MRR"] == 0.5
    assert figures(["MRR"], judged, {"q": {"a": 1.0000002, "b": 1.0}})["MRR"] == 1
    said = "queries with scores that differ by less than single precision tells"
    assert any(
        note.startswith(said) and note.endswith(": 1")
        for note in score_run(judged, close, figures=["MRR"]).notes
    )
    assert score_run(judged, {"q": {"a": 1.0, "b": 1.0}}, figures=["MRR"]).notes == ()
    beyond = {"q": {"a": 1e300, "b": 1e200}}
    assert figures(["MRR"], judged, beyond)["MRR"] == 0.5  # both infinite, without a warning


TREC = {"nDCG": "ndcg", "MAP": "map", "MRR": "recip_rank", "Rprec": "Rprec", "bpref": "bpref"}
TREC_CUT = {"nDCG": "ndcg_cut", "MAP": "map_cut", "recall": "recall", "precision": "P", "success": "success"}


def test_the_figures_are_those_of_trec_eval():
    trec = pytest.importorskip("pytrec_eval")
    names = {name: TREC[name] for name in TREC}
    names |= {f"{name}@{k}": f"{theirs}_{k}" for name, theirs in TREC_CUT.items() for k in (1, 5, 10)}
    asked = {name.replace("_cut_", "_cut.") for name in names.values()}
    draw = random.Random(5)
    scores = (draw.random, lambda: float(draw.randint(0, 3)), lambda: 1 + draw.random() * 1e-6)
    compared = 0
    for round in range(60):
        documents = [f"d{i}" for i in range(draw.randint(1, 30))] + ["é", "z\U0001f600", "Z"]
        judgements, run = {}, {}
        for q in range(5):
            judged = draw.sample(documents, draw.randint(1, len(documents)))
            judgements[f"q{q}"] = {d: draw.choice([-1, 0, 0, 1, 2, 3]) for d in judged}
            judgements[f"q{q}"][judged[0]] = draw.randint(
                0, 2
            )  # trec_eval breaks down where all are negative
            results = draw.sample(documents, draw.randint(1, len(documents)))
            run[f"q{q}"] = {d: scores[round % 3]() for d in results}
        level = 1 + round % 2
        theirs = trec.RelevanceEvaluator(judgements, asked, relevance_level=level).evaluate(run)
        for ours in (
            figures_by_query(judgements, run, figures=list(names), level=level),
            figures_by_query(Grades.of(judgements), Rankings.of(run), figures=list(names), level=level),
        ):
            for query, values in zip(ours.queries, ours.values, strict=True):
                expected = [theirs[query][name] for name in names.values()]
                np.testing.assert_allclose(values, expected, atol=1e-9)
                compared += values.size
    assert compared == 60 * 2 * 5 * 20


def test_mappings_and_arrays_say_the_same_in_any_mixture():
    draw = random.Random(2)
    ids = [f"d{i}" for i in range(40)]
    judged = {f"q{q}": {d: draw.randint(-1, 3) for d in draw.sample(ids, 9)} for q in range(8)}
    run = {f"q{q}": {d: draw.randint(0, 9) / 10 for d in draw.sample(ids, 30)} for q in range(2, 11)}
    run["q3"] = {}
    forms = [(j, r) for j in (judged, Grades.of(judged)) for r in (run, Rankings.of(run))]
    found = [
        figures_by_query(*form, figures=["nDCG", "MAP", "bpref", "judged@7"], over="judged") for form in forms
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(other.values, found[0].values)
        assert other.queries == found[0].queries == tuple(judged)
        assert other.places.unjudged_queries == ("q10", "q8", "q9")
        assert other.places.returned.tolist() == [0, 0, 30, 0, 30, 30, 30, 30]


def test_over_which_queries_the_mean_is_taken_is_said():
    judged = {"found": {"a": 1}, "silent": {"a": 1}, "bare": {"a": 0}, "low": {"a": -1}}
    run = {"found": {"a": 1.0}, "bare": {"a": 1.0}, "other": {"a": 1.0}}
    relevant = score_run(judged, run, figures=["MRR"])
    assert (relevant.value, relevant["MRR"].n, relevant["MRR"].total) == (0.5, 2, 4)
    assert relevant.notes == (
        "judged queries without a relevant document, which do not count: 2 of 4",
        "judged queries without a result, which count 0: 1 of 4",
        "queries of the run without a judgement, which are left out: 1",
    )
    assert relevant["MRR"].extra["without_results"] == 2
    judged_all = score_run(judged, run, figures=["MRR"], over="judged")
    assert (judged_all.value, judged_all["MRR"].n) == (0.25, 4)
    answered = score_run(judged, run, figures=["MRR"], over="answered")
    assert (answered.value, answered["MRR"].n) == (0.5, 2)
    assert any("without a result, which do not count: 2 of 4" in note for note in answered.notes)


def test_a_report_has_the_interval_of_the_mean_over_queries():
    draw = np.random.default_rng(0)
    judged = {f"q{q}": {"a": 1} for q in range(60)}
    run = {q: {"a": 0.5, "b": 1.0 if draw.random() < 0.5 else 0.0} for q in judged}
    report = score_run(judged, run, figures=("MRR", "success@1"), name="coins")
    row = report["MRR"]
    standard = figures_by_query(judged, run, figures=["MRR"]).values.std() / math.sqrt(60)
    assert row.high - row.low == pytest.approx(2 * 1.96 * standard, rel=0.15)
    assert row.low < row.value < row.high
    assert (row.task, row.n, row.coverage) == ("coins", 60, 1.0)
    assert report == score_run(judged, run, figures=("MRR", "success@1"), name="coins")
    assert json.loads(json.dumps(report.to_dict()))["over"] == "relevant"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ndcg@10", "nDCG@10"),
        ("MAP", "MAP"),
        ("Recall@007", "recall@7"),
        ("RPREC", "Rprec"),
        ("judged@1", "judged@1"),
    ],
)
def test_names_of_figures(name: str, shown: str):
    assert Figure.of(name).name == shown


@pytest.mark.parametrize(
    "name",
    [
        "recall",
        "nDCG@",
        "nDCG@x",
        "nDCG@-1",
        "Rprec@10",
        "f1",
        "",
        "precision",
        "MAP@²",
        "nDCG@" + "9" * 5000,
    ],
)
def test_names_that_are_no_figures(name: str):
    with pytest.raises(OptionError, match="is no figure of a ranking; there are nDCG, MAP and MRR"):
        Figure.of(name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"figures": ["nDCG@0"]}, "the cut-off of nDCG is a whole number from 1"),
        ({"figures": []}, "figures are one or more, each once"),
        ({"figures": ["MAP", "map"]}, "figures are one or more, each once"),
        ({"figures": "MAP"}, r"figures is a list, not 'MAP': write \['MAP'\]"),
        ({"level": 0}, "level is a whole number from 1"),
        ({"gain": "log"}, "gain is 'linear' or 'exponential', not 'log'"),
        ({"over": "all"}, "over is 'relevant', 'judged' or 'answered', not 'all'"),
        ({"seed": -1}, "seed is a whole number from 0 to"),
    ],
)
def test_options_out_of_range(options: dict, message: str):
    with pytest.raises(OptionError, match=message):
        score_run(JUDGEMENTS, RUN, **options)


@pytest.mark.parametrize(
    ("judgements", "run", "message"),
    [
        ({}, RUN, "there are no judgements to measure with"),
        (JUDGEMENTS, {}, "no judged query has a result: the run has 0 other queries"),
        (
            JUDGEMENTS,
            {"p": {"a": 1.0}},
            "the run has 1 other queries. Are their ids .* The first judged one is 'q'",
        ),
        ({"q": {"b": 0}}, RUN, "none of 1 grades is at least 1"),
        ({"q": {9: 1}}, {"q": {"9": 1.0}}, "ids are strings, and the document 9 is of type int"),
        (JUDGEMENTS, {7: {"b": 1.0}}, "ids are strings, and the query 7 is of type int"),
        (
            {"q": {"b": 2**25}},
            RUN,
            "a grade is 3.35544e\\+07; grades go up to 16,777,216 where gain='linear'",
        ),
        ({"q": {"b": 0.5}}, RUN, "grade 1 of query 'q' is 0.5; grades are whole numbers"),
        ({"q": {"b": math.nan}}, RUN, "grade 1 of query 'q' is nan"),
        ({"q": {"b": "high"}}, RUN, "scores and grades are numbers; one is not"),
        ({"q": {"a", "b"}}, RUN, "what belongs to query 'q' is a set; give a mapping"),
        ([("q", {"a": 1})], RUN, "are mappings of queries, not a list"),
        (JUDGEMENTS, {"q": ["a", "b"]}, "what belongs to query 'q' is a list"),
        (JUDGEMENTS, {"p": {}, "q": {"b": 1.0, "a": math.nan}}, "score of document 'a' for query 'q' is NaN"),
        (JUDGEMENTS, {"q": {"b": "1st"}}, "scores and grades are numbers; one is not"),
    ],
)
def test_judgements_and_runs_that_cannot_be_used(judgements, run, message: str):
    with pytest.raises(DataError, match=message):
        score_run(judgements, run)


def test_results_of_one_query_only_and_of_infinite_scores():
    one = score_run({"q": {"a": 1}}, {"q": {"a": math.inf, "b": -math.inf}}, figures=["MRR", "MAP"])
    assert (one.value, one["MRR"].n) == (1.0, 1)
    assert math.isnan(score_run(JUDGEMENTS, RUN, figures=["MAP"])["MAP"].low)  # one query has no interval


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": [0, 3]}, "2 queries with 3 rows and 3 values need 3 offsets that rise from 0 to 3"),
        ({"offsets": [0, 4, 3]}, "need 3 offsets"),
        ({"rows": [0.7, 1.9, 0.0]}, "the rows of rankings are whole numbers, not float64"),
        ({"values": ["a", "b", "c"]}, "the values of rankings are numbers, not <U1"),
        ({"values": [1, 2]}, "with 3 rows and 2 values"),
        ({"values": [1, math.nan, 2]}, "the number of document 'b' of query 'p' is NaN"),
        ({"rows": [0, 0, 1]}, "document 'a' of query 'p' stands there twice"),
        ({"rows": [0, 2, 1]}, "a row of a document is outside 0 to 1"),
        ({"queries": ("p", "p")}, "a query stands twice"),
        ({"values": [[1, 2, 3]]}, r"have one dimension, not the shape \(1, 3\)"),
    ],
)
def test_arrays_that_do_not_fit_together(change: dict, message: str):
    good = {
        "queries": ("p", "q"),
        "documents": Strings.of(["a", "b"]),
        "offsets": [0, 2, 3],
        "rows": [0, 1, 1],
        "values": [1, 2, 3],
    }
    assert repr(Rankings(**good)) == "Rankings(2 queries, 3 documents)"
    with pytest.raises(DataError, match=message):
        Rankings(**good | change)


def test_a_scoring_knows_how_deep_it_looks():
    assert Scoring().deepest == 100
    assert Scoring(figures=("MAP", "bpref")).deepest == 0
