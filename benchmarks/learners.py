"""The family in a table: every learner of word vectors and its peers, each trained on one corpus by one line.

Every program gets the same window, negative, subsample, min_count, epochs and threads where it has them, and
its own default learning rate. Subword vectors take fastText's defaults throughout. GloVe takes its own usual
number of epochs, and what counts and decomposes has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

WINDOW, NEGATIVE, SUBSAMPLE, MIN_COUNT = 5, 5, 1e-3, 5
SUBWORDS = {"min_n": 3, "max_n": 6, "buckets": 2_000_000}
GLOVE_EPOCHS, GLOVE_X_MAX = 15, 10  # as the script that comes with its program has them for small text


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to train on and where to save it."""

    corpus: Path
    out: Path
    dim: int
    epochs: int
    threads: int


Trainer = Callable[[Job], None]


@dataclass(frozen=True)
class Entry:
    """A row of the table.

    Attributes:
        name: how it is called on the command line and in the rows.
        label: how it is called in the table.
        package: whose version is shown.
        train: trains on the corpus of a job and writes the vectors of the words.
        peers: the entries that it is compared with.
        usual: False if it takes too long on a large vocabulary to run without being named.
    """

    name: str
    label: str
    package: str
    train: Trainer
    peers: Sequence[str] = field(default=())
    usual: bool = True

    @property
    def suffix(self) -> str:
        """How its file of vectors is named: our own format, or word2vec's binary one."""
        return ".safetensors" if self.package == "firth" else ".bin"


# --- Firth ----------------------------------------------------------------------------------------------


def firth(learner: str, *, lines: bool = True, epochs: int | None = None, **options: Any) -> Trainer:
    """Train a learner of Firth; `lines` says whether a line of the corpus is a sentence or a document.

    Options that the learner does not have are left out.
    """

    def train(job: Job) -> None:
        import dataclasses

        import firth

        kind = getattr(firth, learner)
        known = {field.name for field in dataclasses.fields(kind)}
        shared = {
            "dim": job.dim,
            "epochs": epochs or job.epochs,
            "min_count": MIN_COUNT,
            "negative": NEGATIVE,
        }
        recipe = kind(**{key: value for key, value in (shared | options).items() if key in known})
        read = firth.read_text if lines else firth.read_documents
        with read(job.corpus, min_count=MIN_COUNT, threads=job.threads) as text:
            model = recipe.fit(text, run=firth.Run(threads=job.threads, progress=False))
        model.spaces["words"].save(job.out)

    return train


# --- the peers ------------------------------------------------------------------------------------------


def word2vec(*, sg: int, hs: int = 0) -> Trainer:
    """gensim's Word2Vec in its `corpus_file` mode, the fastest it has."""

    def train(job: Job) -> None:
        from gensim.models import Word2Vec

        model = Word2Vec(
            vector_size=job.dim,
            sg=sg,
            hs=hs,
            negative=0 if hs else NEGATIVE,
            window=WINDOW,
            sample=SUBSAMPLE,
            min_count=MIN_COUNT,
            workers=job.threads,
        )
        _train_gensim(model, job)

    return train


def gensim_fasttext(*, sg: int) -> Trainer:
    """gensim's FastText in its `corpus_file` mode."""

    def train(job: Job) -> None:
        from gensim.models import FastText

        model = FastText(
            vector_size=job.dim,
            sg=sg,
            negative=NEGATIVE,
            window=WINDOW,
            sample=1e-4,
            min_count=MIN_COUNT,
            min_n=SUBWORDS["min_n"],
            max_n=SUBWORDS["max_n"],
            bucket=SUBWORDS["buckets"],
            workers=job.threads,
        )
        _train_gensim(model, job)

    return train


def _train_gensim(model: Any, job: Job) -> None:
    model.build_vocab(corpus_file=str(job.corpus))
    model.train(
        corpus_file=str(job.corpus),
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=job.epochs,
    )
    model.wv.save_word2vec_format(str(job.out), binary=True)


def doc2vec(job: Job) -> None:
    """gensim's Doc2Vec: a bag of words a line, with word vectors trained beside it."""
    from gensim.models import Doc2Vec

    model = Doc2Vec(
        vector_size=job.dim,
        dm=0,
        dbow_words=1,
        negative=NEGATIVE,
        window=WINDOW,
        sample=SUBSAMPLE,
        min_count=MIN_COUNT,
        workers=job.threads,
    )
    _train_gensim(model, job)


def fasttext(*, model: str) -> Trainer:
    """The fasttext package."""

    def train(job: Job) -> None:
        import fasttext

        trained = fasttext.train_unsupervised(
            str(job.corpus),
            model=model,
            dim=job.dim,
            ws=WINDOW,
            neg=NEGATIVE,
            minCount=MIN_COUNT,
            minn=SUBWORDS["min_n"],
            maxn=SUBWORDS["max_n"],
            bucket=SUBWORDS["buckets"],
            epoch=job.epochs,
            thread=job.threads,
            verbose=0,
        )
        words = [word for word in trained.get_words() if word != "</s>"]
        _write(words, (trained.get_word_vector(word) for word in words), job)

    return train


def truncated_svd(job: Job) -> None:
    """scikit-learn's TruncatedSVD of the TF-IDF of lines: words are the rows of V Σ."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    with job.corpus.open(encoding="utf-8") as file:
        counts = Counter(word for line in file for word in line.split())
    words = [word for word, n in counts.most_common() if n >= MIN_COUNT]
    counter = TfidfVectorizer(lowercase=False, token_pattern=r"\S+", dtype=np.float32, vocabulary=words)
    with job.corpus.open(encoding="utf-8") as file:
        weighed = counter.fit_transform(file)
    found = TruncatedSVD(job.dim, random_state=1).fit(weighed)
    _write(words, (found.components_ * found.singular_values_[:, None]).T, job)


def _write(words: Sequence[str], rows: Iterable[Any], job: Job) -> None:
    """word2vec's binary format."""
    with job.out.open("wb") as file:
        file.write(f"{len(words)} {job.dim}\n".encode())
        for word, row in zip(words, rows, strict=True):
            file.write(word.encode() + b" " + np.asarray(row, "<f4").tobytes() + b"\n")


# --- the table ------------------------------------------------------------------------------------------

HS = {"loss": "hierarchical_softmax"}

FAMILY = (
    Entry("skipgram", "SkipGram", "firth", firth("SkipGram"), ["gensim-skipgram"]),
    Entry("gensim-skipgram", "Word2Vec sg", "gensim", word2vec(sg=1)),
    Entry("cbow", "CBOW", "firth", firth("CBOW"), ["gensim-cbow"]),
    Entry("gensim-cbow", "Word2Vec cbow", "gensim", word2vec(sg=0)),
    Entry(
        "skipgram-hs",
        "SkipGram, hierarchical softmax",
        "firth",
        firth("SkipGram", **HS),
        ["gensim-skipgram-hs"],
    ),
    Entry("gensim-skipgram-hs", "Word2Vec sg hs", "gensim", word2vec(sg=1, hs=1)),
    Entry("cbow-hs", "CBOW, hierarchical softmax", "firth", firth("CBOW", **HS), ["gensim-cbow-hs"]),
    Entry("gensim-cbow-hs", "Word2Vec cbow hs", "gensim", word2vec(sg=0, hs=1)),
    Entry("skipgram-softmax", "SkipGram, softmax", "firth", firth("SkipGram", loss="softmax"), usual=False),
    Entry("cbow-softmax", "CBOW, softmax", "firth", firth("CBOW", loss="softmax"), usual=False),
    Entry(
        "subword-skipgram",
        "SubwordSkipGram",
        "firth",
        firth("SubwordSkipGram", **SUBWORDS),
        ["fasttext-skipgram", "gensim-fasttext-skipgram"],
    ),
    Entry("fasttext-skipgram", "fasttext skipgram", "fasttext", fasttext(model="skipgram")),
    Entry("gensim-fasttext-skipgram", "FastText sg", "gensim", gensim_fasttext(sg=1)),
    Entry(
        "subword-cbow",
        "SubwordCBOW",
        "firth",
        firth("SubwordCBOW", **SUBWORDS),
        ["fasttext-cbow", "gensim-fasttext-cbow"],
    ),
    Entry("fasttext-cbow", "fasttext cbow", "fasttext", fasttext(model="cbow")),
    Entry("gensim-fasttext-cbow", "FastText cbow", "gensim", gensim_fasttext(sg=0)),
    Entry("glove", "GloVe", "firth", firth("GloVe", epochs=GLOVE_EPOCHS, x_max=GLOVE_X_MAX)),
    Entry("ppmi", "PPMI and SVD", "firth", firth("PPMI")),
    Entry("lsa", "LSA, words", "firth", firth("LSA", lines=False), ["sklearn-lsa"]),
    Entry("sklearn-lsa", "TfidfVectorizer, TruncatedSVD", "scikit-learn", truncated_svd),
    Entry(
        "docvec",
        "DocumentVectors, words",
        "firth",
        firth("DocumentVectors", lines=False, words=True),
        ["gensim-doc2vec"],
    ),
    Entry("gensim-doc2vec", "Doc2Vec dbow, words", "gensim", doc2vec),
    Entry("one-hot", "OneHot", "firth", firth("OneHot")),
)
