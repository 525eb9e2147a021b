"""Lists of edges as they are published, links held out, and pairs without a link, drawn."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firth.errors import DataError, FormatError, OptionError
from firth.measure.sets.linkset import LinkSet, read_links
from firth.measure.sets.notlinked import draw_others, hold_out_links

SHAPES = {
    "spaces": "1 2\n2 3\n3 4\n",
    "tabs and weights": "1\t2\t0.5\n2\t3\t1\n3\t4\t9\n",
    "header": "source,target\n1,2\n2,3\n3,4\n",
    "other header": "from_node to_node\n1 2\n2 3\n3 4\n",
    "comments": "# Nodes: 4 Edges: 3\n1 2\n2 3\n\n3 4\n",
}


def write(tmp_path, text, name="net.txt"):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("shape", SHAPES)
def test_every_published_shape_reads_the_same(tmp_path, shape):
    found = read_links(write(tmp_path, SHAPES[shape]))
    assert found.links == (("1", "2"), ("2", "3"), ("3", "4"))
    assert len(found.others) == 3
    assert not {frozenset(pair) for pair in found.others} & {frozenset(pair) for pair in found.links}
    assert found.note == "the 3 pairs without a link were drawn at random (seed 1)"
    assert found == read_links(write(tmp_path, SHAPES[shape]))


def test_a_column_or_a_file_says_which_pairs_are_links(tmp_path):
    path = write(tmp_path, "a b 1\nb c 1\na c 0\n")
    found = read_links(path, name="s")
    assert found == LinkSet(name="s", links=(("a", "b"), ("b", "c")), others=(("a", "c"),))
    apart = write(tmp_path, "a c\nc a\n", "apart.txt")
    found = read_links(write(tmp_path, "a b\nb c\n"), others=apart)
    assert found.others == (("a", "c"),)
    assert found.note == "of the pairs without a link, 1 that came twice were left out"


def test_pairs_that_come_twice_and_loops_are_left_out_and_counted(tmp_path):
    text = "a b\nb a\na b\nc c\nb c\nd a\n"
    found = read_links(write(tmp_path, text))
    assert found.links == (("a", "b"), ("b", "c"), ("d", "a"))
    assert "2 that came twice were left out and 1 of an id with itself were left out" in found.note
    assert len(read_links(write(tmp_path, text), directed=True).links) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no links"),
        ("# nothing\n", "holds no links"),
        ("a b\nc\n", "line 2: two ids were expected, found 'c'"),
        ("a,b\n,c\n", "line 2: two ids were expected"),
    ],
)
def test_damaged_lists_name_the_line(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        read_links(write(tmp_path, text))


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=25), st.booleans())
def test_drawn_pairs_are_new_and_no_links(pairs, directed):
    ids = {end for pair in pairs for end in pair}
    held = {pair if directed else tuple(sorted(pair)) for pair in pairs if pair[0] != pair[1]}
    free = len(ids) * (len(ids) - 1) // (1 if directed else 2) - len(held)
    if free < 1:
        with pytest.raises(DataError, match=f"have {free:,}; ask for fewer"):
            draw_others(pairs, n=1, directed=directed)
        return
    found = draw_others(pairs, n=free, directed=directed)
    drawn = {pair if directed else tuple(sorted(pair)) for pair in found}
    assert len(drawn) == len(found) == free
    assert not drawn & held
    assert all(a != b and {a, b} <= ids for a, b in found)


@pytest.mark.parametrize("nodes", [60, 4000])  # all pairs are listed, and drawn until there are enough
def test_every_pair_is_as_likely_as_any_other(nodes):
    ring = [(i, (i + 1) % nodes) for i in range(nodes)]
    ends = Counter(end for seed in range(5) for pair in draw_others(ring, n=400, seed=seed) for end in pair)
    thirds = np.bincount([3 * end // nodes for end in ends.elements()], minlength=3)
    assert thirds.sum() == 4000
    assert (abs(thirds - 4000 / 3) < 200).all()  # six standard deviations
    assert draw_others(ring, n=400, seed=1) == draw_others(ring, n=400, seed=1)
    assert draw_others(ring, n=400, seed=1) != draw_others(ring, n=400, seed=2)


def test_known_links_are_never_drawn():
    links, known = [("a", "b")], [("a", "c"), ("d", "b")]
    found = draw_others(links, known=known, n=3)
    assert {frozenset(pair) for pair in found} == {frozenset(p) for p in ("ad", "bc", "cd")}


def test_held_out_links_leave_every_id_one():
    random = np.random.default_rng(0)
    pairs = [tuple(map(int, pair)) for pair in random.integers(0, 50, (200, 2))]
    train, test = hold_out_links(pairs, share=0.3, others=2.0, seed=3)
    every = {tuple(sorted(p)) for p in pairs if p[0] != p[1]}
    assert {tuple(sorted(p)) for p in (*train, *test.links)} == every
    assert len(train) + len(test.links) == len(every)
    assert {end for pair in train for end in pair} == {end for pair in every for end in pair}
    assert len(test.others) == 2 * len(test.links)
    assert not {tuple(sorted(p)) for p in test.others} & every
    assert "that came twice" in test.note


def test_what_cannot_be_held_out():
    star = [(0, i) for i in range(1, 9)]
    with pytest.raises(DataError, match="none of the 8 links can be held out"):
        hold_out_links(star)
    path = [(i, i + 1) for i in range(9)]
    assert "could be held out of the 8 asked for" in hold_out_links(path, share=0.9).test.note
    whole = [(a, b) for a in range(5) for b in range(a)]
    with pytest.raises(DataError, match="5 ids with 10 links have 0; ask for fewer"):
        hold_out_links(whole)
    with pytest.raises(OptionError, match="share is a number above 0"):
        hold_out_links(path, share=0)
    with pytest.raises(OptionError, match="directed is True or False"):
        hold_out_links(path, directed=1)
