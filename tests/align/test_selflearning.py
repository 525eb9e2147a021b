"""Maps that find their own pairs: from few, and from none."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import firth
from firth import Vectors, align, datasets
from firth.align.dictionaries import induce
from firth.csls import csls_neighbours
from firth.errors import DataError, OptionError
from firth.neighbours import unit_rows


def grown_space(n=600, dim=30, seed=0):
    """Rows around centres of which each has its own size and spread, as the words of a topic have: each row
    sees the others from a place that no other row has."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((40, dim)) * random.uniform(0.3, 2, (40, 1))
    weights = 1 / np.arange(1, 41)
    topic = random.choice(40, n, p=weights / weights.sum())
    return centres[topic] + random.standard_normal((n, dim)) * np.linspace(1, 0.2, dim)


def planted(n=600, noise=0.05, seed=0):
    """A space, the same turned with noise and in another order, and which row became which."""
    random = np.random.default_rng(seed + 1)
    rows = grown_space(n, seed=seed)
    turn = np.linalg.qr(random.standard_normal((rows.shape[1],) * 2))[0]
    order = np.argsort(np.arange(n) + random.normal(0, 20, n))  # rare words stay rare, more or less
    turned = rows @ turn + noise * random.standard_normal(rows.shape)
    source = Vectors([f"s{i}" for i in range(n)], rows)
    target = Vectors([f"t{i}" for i in order], turned[order])
    return source, target, [(f"s{i}", f"t{i}") for i in range(n)]


def share_right(alignment, source, target, pairs):
    ours, theirs = alignment.common(source, target)
    words = [a for a, _ in pairs]
    hits = csls_neighbours(ours.take(words), theirs, sources=ours, topn=1)
    return np.mean([hit == [b] for hit, (_, b) in zip(hits.ids, pairs, strict=True)])


def test_few_pairs_become_a_good_map():
    source, target, pairs = planted(noise=0.3)
    few = pairs[:12]
    plain = align.Procrustes(centre=True).fit(source, target, few)
    learnt = align.SelfLearning(vocabulary=600).fit(source, target, few)
    rest = pairs[12:]
    assert share_right(plain, source, target, rest) < 0.6
    assert share_right(learnt, source, target, rest) > 0.9
    assert learnt.report["used"] == 12
    assert learnt.report["induced"] > 400
    assert learnt.report["converged"]
    assert learnt.report["objectives"][-1] > learnt.report["objectives"][0]
    assert learnt.report["iterations"] == len(learnt.report["objectives"])


def test_the_same_seed_gives_the_same_map():
    source, target, pairs = planted(n=200)
    learner = align.SelfLearning(vocabulary=200, keep=0.5)
    one, two = (learner.fit(source, target, pairs[:20]) for _ in range(2))
    np.testing.assert_array_equal(one.matrix, two.matrix)
    assert dict(one.report) == dict(two.report)
    other = align.SelfLearning(vocabulary=200, keep=0.5, seed=2).fit(source, target, pairs[:20])
    assert other.report["objectives"] != one.report["objectives"]


def test_broken_rows_and_rare_pairs_do_no_harm():
    source, target, pairs = planted(n=300)
    matrix = source.matrix.copy()
    matrix[7], matrix[8] = np.nan, 0
    broken = Vectors(source.ids, matrix)
    rare = pairs[-40:]  # beyond the vocabulary, and yet they begin
    learnt = align.SelfLearning(vocabulary=200).fit(broken, target, rare)
    assert share_right(learnt, broken, target, pairs[100:200]) > 0.9
    assert np.isfinite(learnt.matrix).all()


def test_a_run_that_does_not_settle_says_so():
    source, target, pairs = planted(n=100)
    report = align.SelfLearning(vocabulary=100, iterations=2).fit(source, target, pairs[:9]).report
    assert not report["converged"]
    assert "it did not settle within 2 rounds" in report["notes"][0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "all"}, "direction is 'mutual', 'both' or 'forward', not 'all'"),
        ({"keep": 0}, "keep is a number above 0 up to 1, not 0"),
        ({"vocabulary": 1}, "vocabulary is a whole number from 10"),
        ({"patience": 0}, "patience is a whole number from 1"),
    ],
)
def test_bad_options_of_self_learning_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        align.SelfLearning(**options)


# --- without a dictionary


def test_a_planted_space_is_solved_without_a_dictionary():
    source, target, pairs = planted(n=400, noise=0.02, seed=3)
    alignment = align.Unsupervised(vocabulary=400, initial=400, patience=5).fit(source, target)
    assert share_right(alignment, source, target, pairs) > 0.95
    assert alignment.report["converged"]
    assert 0 < alignment.report["initial_pairs"] <= 800


def test_trained_vectors_are_found_again_without_a_dictionary():
    """Real words: turned, with noise, under other names and in another order of the rare ones."""
    logging.disable(logging.WARNING)
    text = firth.read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", max_size=2_000)
    words = firth.SkipGram(dim=50, epochs=1, window=5).fit(text, run=firth.Run(progress=False, threads=2))
    logging.disable(logging.NOTSET)
    vectors = words.vectors
    random = np.random.default_rng(5)
    turn = np.linalg.qr(random.standard_normal((50, 50)))[0]
    unit = unit_rows(vectors.matrix)
    turned = unit @ turn + 0.02 * random.standard_normal(unit.shape)
    order = random.permutation(len(vectors))
    names = [f"x{i}" for i in order]
    target = Vectors(names, turned[order], columns={"counts": vectors.counts[order]})
    alignment = align.Unsupervised(vocabulary=2_000, initial=2_000, patience=5).fit(vectors, target)
    pairs = [(word, f"x{i}") for i, word in enumerate(vectors.ids)]
    assert share_right(alignment, vectors, target, pairs) > 0.95


def test_spaces_without_a_shape_are_refused():
    rows = np.random.default_rng(0).standard_normal((9, 4))
    with pytest.raises(DataError, match="9 usable rows are too few to tell the shape of a space; 10"):
        align.Unsupervised().fit(Vectors(range(9), rows), Vectors(range(9), rows))
    with pytest.raises(DataError, match="Unsupervised turns a space and cannot bring dim 4 to 3"):
        align.Unsupervised().fit(Vectors(range(9), rows), Vectors(range(9), rows[:, :3]))
    with pytest.raises(OptionError, match="initial is a whole number from 10"):
        align.Unsupervised(initial=5)


# --- induced dictionaries


def test_rows_without_a_direction_have_no_partner():
    rows = np.concatenate([np.eye(4), -np.eye(4)[:1], np.zeros((1, 4)), np.full((1, 4), np.nan)])
    space = Vectors(range(7), rows)
    for direction in ("mutual", "both", "forward"):
        pairs = align.induced_pairs(space, space, direction=direction)
        assert {source for source, _ in pairs} == {target for _, target in pairs} == {0, 1, 2, 3, 4}


def test_induced_pairs_of_each_direction():
    rows = np.eye(4, dtype=np.float32)
    a = rows[[0, 1, 2]]
    b = unit_rows(np.array([[1, 0, 0, 0.2], [0.8, 0, 0, 0.6], [0, 0.3, 1, 0]], np.float32))
    products = (a @ b.T).astype(np.float64)
    keys = 2 * products - products.max(axis=1)[:, None] - products.max(axis=0)  # CSLS with k = 1
    forward = {(i, int(j)) for i, j in enumerate(keys.argmax(axis=1))}
    backward = {(int(i), j) for j, i in enumerate(keys.argmax(axis=0))}
    assert forward != backward
    expected = {"mutual": forward & backward, "both": forward | backward, "forward": forward}
    for direction, pairs in expected.items():
        found = induce(a, b, k=1, direction=direction)
        assert list(zip(found.source, found.target, strict=True)) == sorted(pairs)
        best = products.max(axis=1).sum() + products.max(axis=0).sum()
        assert found.objective == pytest.approx(best / 6)


def test_the_dictionary_of_an_alignment_has_ids_and_can_be_fitted_to():
    source, target, pairs = planted(n=300)
    alignment = align.Procrustes(centre=True).fit(source, target, pairs[:100])
    induced = align.induced_pairs(source, target, alignment=alignment, restrict=None)
    assert len(set(induced) & set(pairs)) > 0.95 * len(induced)
    again = align.Procrustes(centre=True).fit(source, target, induced)
    assert again.report["used"] == len(induced)
    few = align.induced_pairs(source, target, alignment=alignment, restrict=50)
    assert {a for a, _ in few} <= {f"s{i}" for i in range(50)}
