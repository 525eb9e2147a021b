"""Tokens as text beside the twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firth.data.ids import Strings
from firth.kernels import reference
from firth.kernels.lines import spell_lines

WORDS = Strings.of(["a", "", "née", "word_of_many_bytes"])


@given(st.lists(st.lists(st.integers(0, 3), max_size=5), max_size=6))
def test_lines_agree_with_their_twin(lists: list[list[int]]):
    tokens = np.array([token for one in lists for token in one], np.int32)
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
    size = sum(len(WORDS[token].encode()) + 1 for token in tokens.tolist()) + lists.count([])
    out = np.zeros(size, np.uint8)
    spell_lines(WORDS.data, WORDS.offsets, tokens, offsets, out)
    assert out.tobytes() == reference.spell_lines(WORDS.data, WORDS.offsets, tokens, offsets)
