"""The ratio of co-occurrence probabilities on counts made by hand."""

import numpy as np
import pytest

from firth import Edges, Sequences, cooccur, measure
from firth.errors import DataError, OptionError, UnknownIdError

# Table 1 of Pennington et al. 2014, as counts per hundred million words around "ice" and "steam".
PAPER = {
    "solid": (19_000, 2_200),
    "gas": (6_600, 78_000),
    "water": (300_000, 220_000),
    "fashion": (1_700, 1_800),
}


@pytest.fixture
def paper():
    """The table, and what is missing to a total of 100 million for either word."""
    triples = [
        (word, probe, counts[k]) for probe, counts in PAPER.items() for k, word in enumerate(("ice", "steam"))
    ]
    rest = [10**8 - sum(counts[k] for counts in PAPER.values()) for k in (0, 1)]
    return Edges.of([*triples, ("ice", "rest", rest[0]), ("steam", "rest", rest[1])], dtype=np.float64)


def test_the_table_of_the_paper(paper):
    found = measure.probability_ratio(paper, ["ice", "steam"])
    assert found.probes == ("solid", "gas", "water", "fashion")
    np.testing.assert_allclose(found.probabilities[0], [1.9e-4, 6.6e-5, 3.0e-3, 1.7e-5])
    np.testing.assert_allclose(found.probabilities[1], [2.2e-5, 7.8e-4, 2.2e-3, 1.8e-5])
    # The paper divides before it rounds: it prints 8.9, 8.5e-2, 1.36 and 0.96.
    np.testing.assert_allclose(found.ratio, [8.9, 8.5e-2, 1.36, 0.96], rtol=0.04)


def test_it_prints_as_a_table(paper):
    lines = str(measure.probability_ratio(paper, ["ice", "steam"], probes=["gas"])).splitlines()
    assert lines[0].split() == ["gas"]
    assert lines[1].split() == ["P(k", "|", "ice)", "6.6e-05"]
    assert lines[3].endswith("0.085")
    assert len({len(line) for line in lines}) == 1


def test_counts_of_a_text():
    text = ["ice solid water", "ice solid water", "steam gas water", "steam gas water"]
    edges = cooccur(Sequences.of([line.split() for line in text]), window=1)
    found = measure.probability_ratio(edges, ["solid", "gas"], probes=["ice", "water", "steam"])
    assert found.counts.tolist() == [[2, 2, 0], [0, 2, 2]]
    assert found.ratio.tolist() == [np.inf, 1.0, 0.0]
    assert np.isnan(measure.probability_ratio(edges, ["ice", "steam"], probes=["ice"]).ratio[0])


def test_relations_and_repeated_pairs_are_added_up(paper):
    twice = Edges(
        np.tile(paper.i, 2), np.tile(paper.j, 2), np.tile(paper.weight, 2), left=paper.left, right=paper.right
    )
    once = measure.probability_ratio(paper, ["ice", "steam"])
    np.testing.assert_allclose(measure.probability_ratio(twice, ["ice", "steam"]).ratio, once.ratio)


@pytest.mark.parametrize(
    ("words", "probes", "error", "message"),
    [
        (["ice"], ["gas"], OptionError, "words are two"),
        ("ice", ["gas"], OptionError, "words are two"),
        (["ice", "steam"], [], OptionError, "probes are"),
        (["ice", "steem"], ["gas"], UnknownIdError, "'steem' is not among the 2 left keys.*'steam'"),
        (["ice", "steam"], ["gaz"], UnknownIdError, "'gaz' is not among the 5 right keys.*'gas'"),
    ],
)
def test_bad_questions(paper, words, probes, error, message):
    with pytest.raises(error, match=message):
        measure.probability_ratio(paper, words, probes=probes)


def test_a_word_with_nothing_near_it(paper):
    edges = Edges(paper.i[:1], paper.j[:1], paper.weight[:1], left=paper.left, right=paper.right)
    with pytest.raises(DataError, match="nothing was counted near"):
        measure.probability_ratio(edges, ["ice", "steam"])
