"""Outlier detection against the definition of the paper, computed word by word."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firth import SkipGram, SubwordSkipGram, Vectors
from firth.errors import DataError, OptionError
from firth.measure.outcome import Task
from firth.measure.outliers import Outliers, outliers
from firth.measure.phraserows import find_phrases, look_up_phrases, spellings
from firth.measure.sets import OutlierGroups
from firth.run import Run


def groups_of(*groups):
    return OutlierGroups(name="set", groups=groups)


def by_definition(vectors, members, outlier):
    """(position / members, detected) of section 2.1: the compactness of every word in turn."""
    words = [*members, outlier]
    compactness = []
    for left_out in words:
        rest = [word for word in words if word != left_out]
        similar = [vectors.similarity(a, b) for a, b in itertools.permutations(rest, 2)]
        compactness.append(np.mean(similar))
    below = sum(value < compactness[-1] for value in compactness[:-1])
    return below / len(members), float(below == len(members))


@pytest.mark.parametrize("metric", ["cosine", "dot", "euclidean"])
@settings(max_examples=20)
@given(st.integers(2, 7), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_positions_are_those_of_the_definition(metric, m, o, seed):
    random = np.random.default_rng(seed)
    words = [f"w{i}" for i in range(m + o)]
    v = Vectors(words, random.standard_normal((m + o, 5)), metric=metric)
    task: Task = Outliers(groups=groups_of(("g", tuple(words[:m]), tuple(words[m:]))))
    opp, accuracy = task.outcomes(v)
    expected = [by_definition(v, words[:m], word) for word in words[m:]]
    np.testing.assert_allclose(np.stack([opp.values, accuracy.values], axis=1), expected)
    assert (opp.figure, accuracy.figure) == ("OPP", "accuracy")
    assert accuracy.chance == pytest.approx(1 / (m + 1))


def plane():
    """Two bundles of directions."""
    angles = {"tiger": 0, "lion": 5, "lynx": 10, "puma": 15, "car": 90, "cart": 80, "wildcat": 30}
    turned = np.radians(list(angles.values()))
    return Vectors(list(angles), np.stack([np.cos(turned), np.sin(turned)], axis=1))


def test_a_case_by_hand():
    """Sums of cosines: tiger 1.17, car 1.07, cart 1.42, lion 1.34; only the cart belongs more."""
    some = groups_of(
        ("cats", ("tiger", "lion", "lynx", "puma"), ("car", "wildcat")), ("cars", ("car", "cart"), ("lion",))
    )
    report = outliers(plane(), some)
    assert report["cats"].value == 1.0
    assert report["accuracy"].value == report["OPP"].value == 1.0
    opp, accuracy = Outliers(groups=groups_of(("g", ("tiger", "car", "cart"), ("lion",)))).outcomes(plane())
    assert (opp.value_over(), accuracy.value_over()) == (pytest.approx(1 / 3), 0)


def test_missing_words_are_left_out_and_counted():
    some = groups_of(
        ("cats", ("tiger", "lion", "ounce", "puma"), ("car", "sofa")),
        ("alone", ("tiger", "ounce", "kitten"), ("car",)),
    )
    report = outliers(plane(), some)
    assert (report["OPP"].n, report["OPP"].total) == (1, 3)
    assert report.details["missing"] == ["kitten", "ounce", "sofa"]
    assert (report["alone"].n, report["cats"].n) == (0, 1)
    text = str(report)
    assert "3 of 7 members have no vector and are left out" in text
    assert "2 of 3 outliers are not covered" in text
    assert "missing words (3): kitten, ounce, sofa" in text
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["rows"][0]["members"] == 4


def test_nothing_known_is_a_report_without_a_figure():
    report = outliers(plane(), groups_of(("g", ("x", "y", "z"), ("q",))))
    assert np.isnan(report.value)
    assert (report["accuracy"].n, report["accuracy"].total) == (0, 1)
    assert "–" in str(report)


def test_vectors_that_are_all_alike_get_what_chance_gets():
    words = [f"w{i}" for i in range(12)]
    v = Vectors(words, np.ones((12, 3)))
    report = outliers(v, groups_of(("g", tuple(words[:8]), tuple(words[8:]))))
    assert report["OPP"].value == report["OPP"].extra["chance"] == 0.5
    assert report["accuracy"].value == pytest.approx(1 / 9)
    assert report["accuracy"].extra["chance"] == pytest.approx(1 / 9)


def test_rows_that_are_not_finite_are_no_vectors():
    matrix = np.array(plane().matrix)
    matrix[1] = np.nan
    v = Vectors(list(plane()), matrix)
    report = outliers(v, groups_of(("g", ("tiger", "lion", "lynx"), ("car", "lion"))))
    assert report.details["missing"] == ["lion"]
    assert (report["OPP"].n, report["OPP"].value) == (1, 1.0)


def test_phrases_are_found_however_they_are_joined():
    v = Vectors(["new york", "real_madrid", "Rio-de-Janeiro", "oslo"], np.eye(4))
    asked = ["New_York", "Real Madrid", "Rio_de_Janeiro", "Oslo", "San_Marino", "real_madrid"]
    assert find_phrases(v, asked, case="auto").tolist() == [0, 1, 2, 3, -1, 1]
    assert find_phrases(v, asked, case="exact").tolist() == [-1, -1, 2, -1, -1, 1]
    assert spellings("New_York") == ["New_York", "New York", "New-York"]
    assert spellings("oslo") == ["oslo"]
    with pytest.raises(DataError, match="ids are strings"):
        find_phrases(Vectors([1, 2], np.eye(2)), asked, case="auto")


def test_a_model_of_subwords_makes_only_what_it_does_not_have():
    text = [["new york", "rome"], ["hammer", "nail"]] * 50
    model = SubwordSkipGram(dim=8, min_count=1, epochs=2, buckets=1000, subsample=0).fit(
        text, run=Run(threads=1, progress=False)
    )
    vectors, rows = look_up_phrases(model, ["New_York", "Roman", "nail"], case="auto")
    known = model.vectors
    assert rows.tolist() == [known.ids.row("new york"), len(known), known.ids.row("nail")]
    assert list(vectors)[len(known) :] == ["Roman"]
    report = outliers(model, groups_of(("tools", ("hammer", "nail", "nails"), ("New_York",))))
    assert (report["OPP"].n, report.details["missing"]) == (1, [])
    _, rows = look_up_phrases(known, ["New_York", "Roman"], case="auto")
    assert rows.tolist() == [known.ids.row("new york"), -1]


def test_a_model_and_a_file_will_do(tmp_path):
    path = tmp_path / "pets.txt"
    path.write_text("cat\ndog\nhamster\n\nhammer\n")
    text = [["cat", "dog", "hamster"], ["hammer", "nail"]] * 50
    model = SkipGram(dim=8, min_count=1, epochs=3).fit(text, run=Run(threads=1, progress=False))
    report = outliers(model, path)
    assert (report.rows[0].task, report["OPP"].n) == ("pets", 1)
    with pytest.raises(OptionError, match=r"seed is a whole number from 0 to .*, not -1"):
        outliers(model, path, seed=-1)
