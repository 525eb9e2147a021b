"""Tiny worlds with known answers, and the contracts that every learner keeps.

For the tests of Firth itself and of learners written elsewhere:

    from firth.testing import check_learner
    check_learner(MyLearner(dim=16, min_count=1, epochs=20))
"""

from __future__ import annotations

from firth.testing.codecs import check_codec
from firth.testing.columns import check_column_learner
from firth.testing.documents import DocumentWorld, check_document_learner, document_world
from firth.testing.indexes import check_index, clustered_vectors
from firth.testing.learners import check_learner
from firth.testing.tokenizers import check_tokenizer
from firth.testing.worlds import TopicWorld, topic_world

__all__ = [
    "DocumentWorld",
    "TopicWorld",
    "check_codec",
    "check_column_learner",
    "check_document_learner",
    "check_index",
    "check_learner",
    "check_tokenizer",
    "clustered_vectors",
    "document_world",
    "topic_world",
]
