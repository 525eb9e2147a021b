"""Word vectors of decomposed PPMI."""

from pathlib import Path

import numpy as np
import pytest

from firth import datasets, measure
from firth.data.cooccur import cooccur
from firth.data.sequences import Sequences
from firth.data.text import read_text
from firth.errors import DataError, OptionError
from firth.learn.pmi import pmi
from firth.learn.ppmi import PPMI
from firth.run import Run
from firth.testing import topic_world


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_words_times_contexts_are_the_ppmi(weight: float) -> None:
    """At full rank the product of both sides is the decomposed table itself."""
    text = Sequences.of(topic_world(sentences=200).sentences)
    model = PPMI(dim=200, min_count=1, window=3, eigenvalue_weight=weight, smoothing=1.0).fit(text)
    expected = pmi(cooccur(text, window=3, weighting="linear"), smoothing=1.0).to_sparse().toarray()
    found = model.spaces["words"].matrix @ model.spaces["contexts"].matrix.T
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert model.report["dim"] == 200
    assert model.report["found"] < 200


def test_edges_may_come_from_anywhere() -> None:
    text = Sequences.of(topic_world(sentences=200).sentences)
    edges = cooccur(text, window=5, weighting="linear")
    learner = PPMI(dim=5, min_count=1)
    assert learner.fit(edges).vectors == learner.fit(text).vectors


def test_real_text_teaches_what_words_mean() -> None:
    with read_text(datasets.wiki_text(), lowercase=True, tokenizer="words", min_count=20) as text:
        one, two = (PPMI(dim=50, min_count=20).fit(text, run=Run(threads=n)) for n in (1, 2))
    np.testing.assert_allclose(
        one.vectors.meta["singular_values"], two.vectors.meta["singular_values"], rtol=1e-5
    )
    assert measure.similarity(one.vectors, datasets.wordsim353()).rows[0].value > 0.45


def test_words_without_company_that_says_anything_are_zeros_and_counted() -> None:
    text = Sequences.of([["a", "b"], ["a", "b"], ["c"]])
    model = PPMI(dim=2, min_count=1, smoothing=1.0).fit(text)
    assert model.report["empty_words"] == 1
    assert not model.vectors["c"].any()


def test_bad_input_is_refused() -> None:
    with pytest.raises(DataError, match="no word has company"):
        PPMI(min_count=1).fit([["word"]])
    with pytest.raises(DataError, match=r"no pair meets more often than chance .*; give other text"):
        PPMI(min_count=1).fit([["word", "word"]])
    with pytest.raises(DataError, match=r"no pair meets 5 times .*: lower the shift"):
        PPMI(min_count=1, shift=5).fit([["word", "word"]])
    with pytest.raises(DataError, match="min_count=7"):
        PPMI(min_count=7).fit([["a", "b"]])
    with pytest.raises(OptionError, match="weighting is 'harmonic', 'linear' or 'flat', not 'near'"):
        PPMI(weighting="near")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="eigenvalue_weight is"):
        PPMI(eigenvalue_weight=2)


def test_equal_runs_write_equal_files(tmp_path: Path) -> None:
    text = topic_world(sentences=200)
    for name in "ab":
        model = PPMI(dim=5, min_count=1).fit(text.stream(), run=Run(threads=1))
        model.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert model.report["data"]["tokens"] == 2400
    assert "seconds" not in str(model.report)
