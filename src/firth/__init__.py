"""Firth: train, measure and use embeddings of anything that keeps company with other things.

>>> import firth
>>> sorted(firth.__all__)[:3]
['CBOW', 'DocumentVectors', 'Edges']

Every public name is loaded on first use, so that `import firth` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firth import datasets, errors, formats, measure
    from firth.data.cooccur import cooccur
    from firth.data.documents import read_documents
    from firth.data.edges import Edges
    from firth.data.features import Features
    from firth.data.ids import Integers, Strings
    from firth.data.phrases import Phrases
    from firth.data.phrasetable import PhraseTable
    from firth.data.sequences import Sequences
    from firth.data.text import read_text
    from firth.data.vocabulary import Vocabulary
    from firth.hits import Hits
    from firth.learn.cbow import CBOW
    from firth.learn.docvec import DocumentVectors
    from firth.learn.glove import GloVe
    from firth.learn.lsa import LSA
    from firth.learn.onehot import OneHot
    from firth.learn.pmi import pmi
    from firth.learn.ppmi import PPMI
    from firth.learn.skipgram import SkipGram
    from firth.learn.subword import SubwordCBOW, SubwordSkipGram
    from firth.learn.svd import svd
    from firth.learn.tfidf import TfIdf
    from firth.learn.weightedmean import WeightedMean
    from firth.model import Model, load
    from firth.run import Run
    from firth.vectors import Vectors

__version__ = "0.1.0"

_HOME = {  # public name -> the module that holds it; None for a module of that name
    "CBOW": "firth.learn.cbow",
    "DocumentVectors": "firth.learn.docvec",
    "Edges": "firth.data.edges",
    "Features": "firth.data.features",
    "GloVe": "firth.learn.glove",
    "Hits": "firth.hits",
    "Integers": "firth.data.ids",
    "LSA": "firth.learn.lsa",
    "Model": "firth.model",
    "OneHot": "firth.learn.onehot",
    "PPMI": "firth.learn.ppmi",
    "PhraseTable": "firth.data.phrasetable",
    "Phrases": "firth.data.phrases",
    "Run": "firth.run",
    "Sequences": "firth.data.sequences",
    "SkipGram": "firth.learn.skipgram",
    "Strings": "firth.data.ids",
    "SubwordCBOW": "firth.learn.subword",
    "SubwordSkipGram": "firth.learn.subword",
    "TfIdf": "firth.learn.tfidf",
    "Vectors": "firth.vectors",
    "Vocabulary": "firth.data.vocabulary",
    "WeightedMean": "firth.learn.weightedmean",
    "cooccur": "firth.data.cooccur",
    "datasets": None,
    "errors": None,
    "formats": None,
    "load": "firth.model",
    "measure": None,
    "pmi": "firth.learn.pmi",
    "read_documents": "firth.data.documents",
    "read_text": "firth.data.text",
    "svd": "firth.learn.svd",
}

__all__ = [
    "CBOW",
    "LSA",
    "PPMI",
    "DocumentVectors",
    "Edges",
    "Features",
    "GloVe",
    "Hits",
    "Integers",
    "Model",
    "OneHot",
    "PhraseTable",
    "Phrases",
    "Run",
    "Sequences",
    "SkipGram",
    "Strings",
    "SubwordCBOW",
    "SubwordSkipGram",
    "TfIdf",
    "Vectors",
    "Vocabulary",
    "WeightedMean",
    "cooccur",
    "datasets",
    "errors",
    "formats",
    "load",
    "measure",
    "pmi",
    "read_documents",
    "read_text",
    "svd",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'firth' has no attribute {name!r}")
    home = _HOME[name]
    if home is None:
        value: Any = importlib.import_module(f"firth.{name}")
    else:
        value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
