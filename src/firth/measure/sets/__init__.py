"""Evaluation sets as they are published, one kind a file, with the readers of their file forms."""

from __future__ import annotations

from firth.measure.sets.associations import AssociationTest, read_associations
from firth.measure.sets.dictionary import Dictionary, read_dictionary
from firth.measure.sets.gradedpairs import GradedPairs, read_pairs
from firth.measure.sets.gradedtexts import GradedTexts, read_graded_texts
from firth.measure.sets.judged import RetrievalSet, read_retrieval_set, read_texts
from firth.measure.sets.labelled import LabelledItems, read_labelled
from firth.measure.sets.linkset import LinkSet, read_edges, read_links
from firth.measure.sets.notlinked import draw_others, hold_out_links
from firth.measure.sets.outliergroups import OutlierGroups, read_outliers
from firth.measure.sets.questions import Question, Questions, read_questions
from firth.measure.sets.reading import read_set
from firth.measure.sets.testset import TestSet
from firth.measure.sets.trec import read_judgements, read_run, write_judgements, write_run

__all__ = [
    "AssociationTest",
    "Dictionary",
    "GradedPairs",
    "GradedTexts",
    "LabelledItems",
    "LinkSet",
    "OutlierGroups",
    "Question",
    "Questions",
    "RetrievalSet",
    "TestSet",
    "draw_others",
    "hold_out_links",
    "read_associations",
    "read_dictionary",
    "read_edges",
    "read_graded_texts",
    "read_judgements",
    "read_labelled",
    "read_links",
    "read_outliers",
    "read_pairs",
    "read_questions",
    "read_retrieval_set",
    "read_run",
    "read_set",
    "read_texts",
    "write_judgements",
    "write_run",
]
