"""Drift: what moved is found, what did not is not, and rare words are held against rare ones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from firth import Vectors
from firth.align.drifting import drift
from firth.align.likefrequency import tail_p
from firth.align.movement import position_change
from firth.align.permutedlabels import scores_among_peers, scores_beside_baseline
from firth.errors import DataError, OptionError
from firth.measure.corrections import adjusted

COUNTS = np.round(20_000 / np.arange(1, 1_001)).astype(np.int64)


def noisy(truth, counts, random):
    """A run over the same meanings: turned, and noisier where the word is rare, as trained vectors are."""
    noise = 0.2 * (counts / counts[0]) ** -0.1 * np.exp(0.1 * random.standard_normal(len(truth)))
    turn = np.linalg.qr(random.standard_normal((truth.shape[1], truth.shape[1])))[0]
    rows = truth + noise[:, None] * random.standard_normal(truth.shape) / np.sqrt(truth.shape[1])
    return Vectors([f"w{i}" for i in range(len(truth))], rows @ turn, columns={"counts": counts})


def meanings(random, n=1_000, dim=20, unstable=True):
    """Unit vectors of so many words; those that have no company are less sure of their place."""
    truth = random.standard_normal((n, dim))
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    return truth * np.exp(0.1 * random.standard_normal((n, 1))) if unstable else truth


def swapped(truth, pairs):
    """The same meanings with those of each pair of rows exchanged."""
    other = truth.copy()
    for a, b in pairs:
        other[[a, b]] = other[[b, a]]
    return other


PAIRS = [(10, 11), (200, 201), (450, 455), (700, 702), (900, 901)]
PLANTED = {f"w{i}" for pair in PAIRS for i in pair}


# --- simulated truth ---


@pytest.mark.parametrize("runs", [0, 2])
def test_planted_drift_is_found(runs: int):
    random = np.random.default_rng(1)
    truth = meanings(random)
    before, *baseline = (noisy(truth, COUNTS, random) for _ in range(1 + runs))
    found = drift(before, noisy(swapped(truth, PAIRS), COUNTS, random), baseline=baseline)
    drifted = set(found.drifted)
    assert len(drifted & PLANTED) >= 9
    assert len(drifted - PLANTED) <= 2
    assert found.ids[0] in PLANTED
    assert found.report["drifted"].extra["words"] == len(drifted)
    top = found.most(1)[0]
    partner = next(b if a == int(top.id[1:]) else a for a, b in PAIRS if int(top.id[1:]) in (a, b))
    assert top.near_after[0] != top.near_before[0]
    assert found.of(f"w{partner}").position > 0.3


def test_planted_drift_is_found_in_the_neighbourhoods():
    random = np.random.default_rng(2)
    topics = random.standard_normal((50, 20)) / np.sqrt(20)
    truth = np.tile(topics, (20, 1)) + 0.3 * meanings(random)
    before, run, after = (noisy(some, COUNTS, random) for some in (truth, truth, swapped(truth, PAIRS)))
    alone = drift(before, after, by="neighbours")
    assert set(alone.ids[:10]) == PLANTED
    found = drift(before, after, by="neighbours", baseline=[run])
    assert len(set(found.drifted) & PLANTED) >= 8
    assert set(found.ids[:10]) == PLANTED
    topics_of_planted = {int(key[1:]) % 50 for key in PLANTED}
    beside = [key for key in found.drifted if int(key[1:]) % 50 not in topics_of_planted]
    assert len(beside) <= 2  # words of those topics lost or won a neighbour: that is true


def claims(runs, scores_of=scores_among_peers):
    """The rows that `drift` would claim: what it does, without the report."""
    units = [vectors.unit().matrix.astype(np.float64) for vectors in runs]
    distances = {
        (a, b): position_change(units[a], units[b])[0] for a, b in itertools.combinations(range(len(runs)), 2)
    }
    q = adjusted(
        tail_p(*scores_of(distances, runs[0].counts.astype(float))).tolist(),
        correction="benjamini-hochberg",
    )
    return set(np.flatnonzero(np.array(q) <= 0.05).tolist())


def test_a_baseline_shows_what_all_words_moved_together():
    """Half of the words have changed: beside each other they are as usual, beside a baseline they are not."""
    random = np.random.default_rng(13)
    truth = meanings(random)
    later = truth.copy()
    later[::2] += 0.8 * random.standard_normal((500, 20)) / np.sqrt(20)
    before, run = (noisy(truth, COUNTS, random) for _ in range(2))
    after = noisy(later, COUNTS, random)
    alone = drift(before, after, baseline=[run])
    beside = drift(before, after, baseline=[run], against="baseline")
    assert len(beside.drifted) > 200 > 100 > len(alone.drifted)
    assert sum(int(key[1:]) % 2 == 0 for key in beside.drifted) > 0.9 * len(beside.drifted)
    assert "chance by what 2 runs are from each other" in str(beside)


@pytest.mark.parametrize("baseline", [1, 2])
def test_nothing_is_claimed_beside_a_baseline_where_nothing_changed(baseline: int):
    claimed = 0
    for seed in range(40):
        random = np.random.default_rng(700 + seed)
        truth = meanings(random, n=600, dim=10)
        runs = [noisy(truth, COUNTS[:600], random) for _ in range(2 + baseline)]
        claimed += bool(claims(runs, scores_beside_baseline))
    assert claimed <= 5  # of 40 at a rate of 5 %, more than 5 would come in 1.4 % of cases


def test_claims_here_are_those_of_drift():
    random = np.random.default_rng(1)
    truth = meanings(random, n=600, dim=10)
    runs = [noisy(some, COUNTS[:600], random) for some in (truth, swapped(truth, PAIRS[:3]), truth)]
    assert {f"w{i}" for i in claims(runs)} == set(drift(*runs[:2], baseline=runs[2:]).drifted) != set()


@pytest.mark.parametrize("baseline", [0, 1, 2])
def test_no_drift_is_claimed_where_there_is_none(baseline: int):
    """Under the null any claim is false, so the false discovery rate is the share of runs with a claim."""
    claimed = 0
    for seed in range(60):
        random = np.random.default_rng(100 + seed)
        truth = meanings(random, n=600, dim=10)
        claimed += bool(claims([noisy(truth, COUNTS[:600], random) for _ in range(2 + baseline)]))
    assert claimed <= 6  # of 60 at a rate of 5 %, more than 6 would come in 3 % of cases


@pytest.mark.parametrize("baseline", [0, 2])
def test_the_false_discovery_rate_holds_beside_true_drift(baseline: int):
    false, found = [], 0
    for seed in range(25):
        random = np.random.default_rng(300 + seed)
        truth = meanings(random, n=600, dim=10)
        pairs = random.permutation(600)[:40].reshape(-1, 2).tolist()
        planted = {i for pair in pairs for i in pair}
        after = noisy(swapped(truth, pairs), COUNTS[:600], random)
        before, *others = (noisy(truth, COUNTS[:600], random) for _ in range(1 + baseline))
        claimed = claims([before, after, *others])
        false.append(len(claimed - planted) / max(1, len(claimed)))
        found += len(claimed & planted)
    assert np.mean(false) <= 0.07
    assert found > 25 * 15  # it is no use to claim nothing


def test_a_baseline_knows_the_words_that_never_stand_still():
    """Words of noise move far in each run; only runs can tell that this is no drift."""
    random = np.random.default_rng(5)
    truth = meanings(random)
    restless = np.arange(100, 1_000, 30)
    runs = []
    for _ in range(5):
        rows = truth.copy()
        rows[restless] += 0.6 * random.standard_normal((restless.size, 20)) / np.sqrt(20)
        runs.append(noisy(rows, COUNTS, random))
    before, after, *baseline = runs
    alone = drift(before, after)
    beside = drift(before, after, baseline=baseline)
    of_restless = [beside.of(f"w{i}").score for i in restless.tolist()]
    assert np.mean(of_restless) < np.mean([alone.of(f"w{i}").score for i in restless.tolist()]) / 2
    assert not set(beside.drifted)


def test_rare_words_move_more_and_are_held_against_rare_ones():
    random = np.random.default_rng(6)
    truth = meanings(random)
    found = drift(noisy(truth, COUNTS, random), noisy(truth, COUNTS, random))
    bands = [row.value for row in found.report if row.name.startswith("position, counts")]
    assert bands == sorted(bands)
    assert bands[-1] > 1.5 * bands[0]
    rare = np.array([int(key[1:]) >= 800 for key in found.ids])
    assert abs(found.score[rare].mean() - found.score[~rare].mean()) < 0.2


# --- the figures ---


def test_a_hand_computed_case():
    """A rotation leaves nothing; one word turned by 60 degrees has moved by 1 - cos 60°."""
    random = np.random.default_rng(7)
    rows = meanings(random, n=300, dim=8, unstable=False)
    moved = rows.copy()
    away = rows[1] - (rows[1] @ rows[0]) * rows[0]
    moved[0] = rows[0] / 2 + away / np.linalg.norm(away) * np.sqrt(3) / 2
    turn = np.linalg.qr(random.standard_normal((8, 8)))[0]
    found = drift(Vectors(range(300), rows), Vectors(range(300), 3 * moved @ turn))
    assert found.of(0).position == pytest.approx(0.5, abs=1e-4)
    assert found.of(0).id == 0
    assert max(found.of(i).position for i in range(1, 300)) < 1e-4
    assert found.counts is None


def test_the_neighbourhood_measure_by_the_definition():
    random = np.random.default_rng(8)
    a, b = (meanings(random, n=60, dim=5, unstable=False) for _ in range(2))
    found = drift(Vectors(range(60), a), Vectors(range(60), b), k=4)
    for word in (0, 17, 59):
        similar = a @ a[word], b @ b[word]
        near = {i for s in similar for i in np.argsort(-s)[:5].tolist()} - {word}
        s, t = (x[sorted(near)] for x in similar)
        expected = 1 - s @ t / np.sqrt((s @ s) * (t @ t))
        assert found.of(word).neighbours == pytest.approx(expected, abs=1e-5)


def test_what_moved_does_not_pull_the_others_along():
    random = np.random.default_rng(9)
    rows = meanings(random, n=200, dim=6, unstable=False)
    other = rows.copy()
    other[:15] = -rows[:15]
    found = drift(Vectors(range(200), rows), Vectors(range(200), other))
    assert max(found.of(i).position for i in range(15, 200)) < 1e-6
    anchored = drift(Vectors(range(200), rows), Vectors(range(200), other), anchor=range(100, 200))
    assert anchored.of(3).position == pytest.approx(2.0, abs=1e-6)


def test_the_same_call_gives_the_same_answer():
    random = np.random.default_rng(10)
    truth = meanings(random, n=200, dim=5)
    before, after = (noisy(truth, COUNTS[:200], random) for _ in range(2))
    assert drift(before, after).to_dict() == drift(before, after).to_dict()


def test_it_is_counted_what_is_compared_and_what_is_not():
    random = np.random.default_rng(11)
    truth = meanings(random, n=300, dim=5)
    whole, after = (noisy(truth, COUNTS[:300], random) for _ in range(2))
    rows = whole.matrix.copy()
    rows[5], rows[6, 2] = 0, np.nan
    before = Vectors([*list(whole.ids)[:299], "only here"], rows, columns={"counts": COUNTS[:300]})
    run = noisy(truth, COUNTS[:300], random).take([f"w{i}" for i in range(250)])
    found = drift(before, after, baseline=[run], restrict=200)
    assert len(found) == 200
    assert "w5" not in found.ids
    assert (found.report.rows[0].n, found.report.rows[0].total) == (200, 301)
    dropped = found.to_dict()["dropped"]
    assert dropped == {
        "not in every baseline run": 49,
        "zero or not finite": 2,
        "rarer than the most frequent that were asked for": 48,
    }
    for count in dropped.values():
        assert f"left out: {count} ids" in str(found)
    with pytest.raises(KeyError, match="'w5' is not among the 200 words"):
        found.of("w5")


def test_the_report_is_read_by_people_and_programs():
    random = np.random.default_rng(12)
    truth = meanings(random)
    found = drift(noisy(truth, COUNTS, random), noisy(swapped(truth, PAIRS), COUNTS, random))
    text = str(found)
    assert "drift of 1,000 shared words" in text
    assert "permuted signs" in text
    assert f"* {found.ids[0]}  " in text
    document = found.to_dict(topn=3)
    assert [word["id"] for word in document["words"]] == list(found.ids[:3])
    assert document["rows"][0]["low"] < document["rows"][0]["value"] < document["rows"][0]["high"]
    beside = drift(
        noisy(truth, COUNTS, random),
        noisy(truth, COUNTS, random),
        baseline=[noisy(truth, COUNTS, random)],
    )
    assert "permuted labels of 2 runs" in str(beside)
    ratio = beside.report["position"].value / beside.report["position, baseline runs"].value
    assert ratio == pytest.approx(1.0, abs=0.1)


# --- bad input ---


def test_spaces_that_share_nothing():
    a, b = Vectors(["A", "B"], np.eye(2)), Vectors(["a", "b"], np.eye(2))
    with pytest.raises(DataError, match="before and after share no id: before has 'A', 'B', after has 'a'"):
        drift(a, b)
    with pytest.raises(DataError, match="of two kinds, strings and whole numbers"):
        drift(a, Vectors([1, 2], np.eye(2)))


def test_one_shared_id():
    with pytest.raises(DataError, match="share 1 usable ids, and it takes 3, and as many as dimensions, 2"):
        drift(Vectors(["a", "b"], np.eye(2)), Vectors(["a", "c"], np.eye(2)))
    with pytest.raises(DataError, match="share 1 usable ids, and it takes 3"):
        drift(Vectors(["a"], [[1.0]]), Vectors(["a"], [[2.0]]))


def test_other_dims():
    rows = np.random.default_rng(0).standard_normal((9, 4))
    with pytest.raises(DataError, match="before has rows of 4 numbers and after of 3"):
        drift(Vectors(range(9), rows), Vectors(range(9), rows[:, :3]))


def test_one_space_with_itself():
    rows = np.random.default_rng(0).standard_normal((9, 4))
    v = Vectors(range(9), rows)
    with pytest.raises(DataError, match="before and after have the same rows"):
        drift(v, v.unit())


def test_two_dates_of_one_model_may_have_one_name():
    """What counts is the rows: a fingerprint is of the model, or of a sample that few changed rows escape."""
    random = np.random.default_rng(0)
    rows = random.standard_normal((600, 4))
    later = rows + 0.01 * random.standard_normal(rows.shape)
    later[5] = -rows[5]
    before, after = (Vectors(range(600), each, fingerprint="a model") for each in (rows, later))
    assert drift(before, after).drifted == [5]


def test_nothing_but_zeros():
    rows = np.random.default_rng(0).standard_normal((9, 4))
    with pytest.raises(DataError, match="none of the 9 ids that before and after share has a usable row"):
        drift(Vectors(range(9), rows), Vectors(range(9), np.zeros((9, 4))))


def test_frozen_rows_have_no_p():
    """Most rows stayed to the bit, as when training went on from frozen vectors: no noise to compare with."""
    random = np.random.default_rng(3)
    rows = random.standard_normal((300, 6)).astype(np.float32)
    later = rows.copy()
    later[-20:] += 0.1 * random.standard_normal((20, 6)).astype(np.float32)
    found = drift(Vectors(range(300), rows), Vectors(range(300), later))
    assert np.isnan(found.p).all()
    assert found.drifted == []
    assert "300 words have no p" in str(found)
    assert found.to_dict()["words"][0]["p"] is None


def test_few_words_say_so():
    random = np.random.default_rng(4)
    truth = meanings(random, n=40, dim=12)
    found = drift(noisy(truth, COUNTS[:40], random), noisy(truth, COUNTS[:40], random), k=100)
    assert "40 words are few for 12 dimensions" in str(found)
    assert "no p is small enough" in str(found)
    assert found.near_before.shape == (40, 39)


def test_without_a_baseline_nothing_is_claimed_by_neighbours():
    """Equal noise in ten dimensions: mirrored, distances of neighbours would claim in most such worlds."""
    random = np.random.default_rng(1)
    truth = random.standard_normal((1_000, 10))
    before, after, run = (
        Vectors(range(1_000), truth + 0.4 * random.standard_normal(truth.shape)) for _ in range(3)
    )
    alone = drift(before, after, by="neighbours")
    assert alone.drifted == []
    assert np.isnan(alone.q).all()
    assert np.isfinite(alone.score).all()
    assert "no word has a p or q: only baseline runs tell" in str(alone)
    assert "drifted" not in [row.name for row in alone.report]
    assert np.isfinite(drift(before, after, by="neighbours", baseline=[run]).q).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"baseline": Vectors([1], [[1.0]])}, "of one run, baseline=.run."),
        ({"by": "both"}, "by is 'position' or 'neighbours', not 'both'"),
        ({"against": "chance"}, "against is 'peers' or 'baseline', not 'chance'"),
        ({"against": "baseline"}, "against='baseline' needs baseline runs"),
        ({"k": 0}, "k is a whole number from 1"),
        ({"seed": -1}, "seed is a whole number from 0"),
        ({"restrict": 0}, "restrict is a whole number from 1"),
        ({"anchor": [1, 2]}, "anchor names 2 ids; a rotation in 4 dimensions needs at least as many"),
    ],
)
def test_options_out_of_range(options, message: str):
    random = np.random.default_rng(0)
    a, b = (Vectors(range(30), random.standard_normal((30, 4))) for _ in range(2))
    with pytest.raises(OptionError, match=message):
        drift(a, b, **options)


def test_a_model_is_no_vectors():
    with pytest.raises(DataError, match="before is a list, not Vectors"):
        drift([1.0], Vectors([1], [[1.0]]))
