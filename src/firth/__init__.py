"""Firth: train, measure and use embeddings of anything that keeps company with other things.

>>> import firth
>>> sorted(firth.__all__)[:3]
['Binary', 'ByteTokenizer', 'CBOW']

Every public name is loaded on first use, so that `import firth` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from firth import align, compress, datasets, errors, formats, index, measure, sklearn, tokenize
    from firth.data.columns import Columns, read_table
    from firth.data.columnvalues import column_values
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
    from firth.learn.binary import Binary
    from firth.learn.cbow import CBOW
    from firth.learn.codebook import Codebook
    from firth.learn.countsketch import CountSketch
    from firth.learn.docvec import DocumentVectors
    from firth.learn.frequency import Frequency
    from firth.learn.glove import GloVe
    from firth.learn.hashing import Hashing
    from firth.learn.latlong import LatLong
    from firth.learn.lsa import LSA
    from firth.learn.onehot import OneHot
    from firth.learn.ordinal import Ordinal
    from firth.learn.periodic import Periodic
    from firth.learn.pmi import pmi
    from firth.learn.ppmi import PPMI
    from firth.learn.quantile import Quantile
    from firth.learn.scaling import Normalize, Robust, Standardize
    from firth.learn.sharedtable import SharedTable
    from firth.learn.skipgram import SkipGram
    from firth.learn.subword import SubwordCBOW, SubwordSkipGram
    from firth.learn.svd import svd
    from firth.learn.table import Table
    from firth.learn.target import Target
    from firth.learn.tfidf import TfIdf
    from firth.learn.weightedmean import WeightedMean
    from firth.model import Model, load
    from firth.run import Run
    from firth.tokenize.characters import ByteTokenizer, CharacterTokenizer
    from firth.tokenize.rules import RuleTokenizer
    from firth.tokenize.subword import SubwordTokenizer
    from firth.vectors import Vectors

__version__ = "0.1.0"

_HOME = {  # public name -> the module that holds it; None for a module of that name
    "Binary": "firth.learn.binary",
    "ByteTokenizer": "firth.tokenize.characters",
    "CBOW": "firth.learn.cbow",
    "CharacterTokenizer": "firth.tokenize.characters",
    "Codebook": "firth.learn.codebook",
    "Columns": "firth.data.columns",
    "CountSketch": "firth.learn.countsketch",
    "DocumentVectors": "firth.learn.docvec",
    "Edges": "firth.data.edges",
    "Features": "firth.data.features",
    "Frequency": "firth.learn.frequency",
    "GloVe": "firth.learn.glove",
    "Hashing": "firth.learn.hashing",
    "Hits": "firth.hits",
    "Integers": "firth.data.ids",
    "LSA": "firth.learn.lsa",
    "LatLong": "firth.learn.latlong",
    "Model": "firth.model",
    "Normalize": "firth.learn.scaling",
    "OneHot": "firth.learn.onehot",
    "Ordinal": "firth.learn.ordinal",
    "PPMI": "firth.learn.ppmi",
    "Periodic": "firth.learn.periodic",
    "PhraseTable": "firth.data.phrasetable",
    "Phrases": "firth.data.phrases",
    "Quantile": "firth.learn.quantile",
    "Robust": "firth.learn.scaling",
    "RuleTokenizer": "firth.tokenize.rules",
    "Run": "firth.run",
    "Sequences": "firth.data.sequences",
    "SharedTable": "firth.learn.sharedtable",
    "SkipGram": "firth.learn.skipgram",
    "Standardize": "firth.learn.scaling",
    "Strings": "firth.data.ids",
    "SubwordCBOW": "firth.learn.subword",
    "SubwordSkipGram": "firth.learn.subword",
    "SubwordTokenizer": "firth.tokenize.subword",
    "Table": "firth.learn.table",
    "Target": "firth.learn.target",
    "TfIdf": "firth.learn.tfidf",
    "Vectors": "firth.vectors",
    "Vocabulary": "firth.data.vocabulary",
    "WeightedMean": "firth.learn.weightedmean",
    "align": None,
    "column_values": "firth.data.columnvalues",
    "compress": None,
    "cooccur": "firth.data.cooccur",
    "datasets": None,
    "errors": None,
    "formats": None,
    "index": None,
    "load": "firth.model",
    "measure": None,
    "pmi": "firth.learn.pmi",
    "read_documents": "firth.data.documents",
    "read_table": "firth.data.columns",
    "read_text": "firth.data.text",
    "sklearn": None,
    "svd": "firth.learn.svd",
    "tokenize": None,
}

__all__ = [
    "CBOW",
    "LSA",
    "PPMI",
    "Binary",
    "ByteTokenizer",
    "CharacterTokenizer",
    "Codebook",
    "Columns",
    "CountSketch",
    "DocumentVectors",
    "Edges",
    "Features",
    "Frequency",
    "GloVe",
    "Hashing",
    "Hits",
    "Integers",
    "LatLong",
    "Model",
    "Normalize",
    "OneHot",
    "Ordinal",
    "Periodic",
    "PhraseTable",
    "Phrases",
    "Quantile",
    "Robust",
    "RuleTokenizer",
    "Run",
    "Sequences",
    "SharedTable",
    "SkipGram",
    "Standardize",
    "Strings",
    "SubwordCBOW",
    "SubwordSkipGram",
    "SubwordTokenizer",
    "Table",
    "Target",
    "TfIdf",
    "Vectors",
    "Vocabulary",
    "WeightedMean",
    "align",
    "column_values",
    "compress",
    "cooccur",
    "datasets",
    "errors",
    "formats",
    "index",
    "load",
    "measure",
    "pmi",
    "read_documents",
    "read_table",
    "read_text",
    "sklearn",
    "svd",
    "tokenize",
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
