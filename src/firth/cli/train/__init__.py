"""`firth train LEARNER`: from a corpus to a file of vectors; one file a learner, and `command` for what they
share."""

from __future__ import annotations

import typer

from firth.cli.train.cbow import cbow
from firth.cli.train.docvec import docvec
from firth.cli.train.glove import glove
from firth.cli.train.lsa import lsa
from firth.cli.train.ppmi import onehot, ppmi
from firth.cli.train.skipgram import skipgram
from firth.cli.train.subword import subword
from firth.cli.train.tfidf import tfidf
from firth.cli.train.weightedmean import weightedmean

__all__ = ["LEARNERS", "app"]

LEARNERS = (skipgram, cbow, subword, weightedmean, glove, ppmi, tfidf, lsa, docvec, onehot)

app = typer.Typer(no_args_is_help=True, help="Train vectors; one command a learner.")
for learner in LEARNERS:
    app.command()(learner)


@app.callback()
def learners() -> None:
    """Train vectors; one command a learner."""
