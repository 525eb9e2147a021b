"""Evaluation sets as they are published, one kind a file, with the readers of their file forms."""

from __future__ import annotations

from firth.measure.sets.associations import AssociationTest
from firth.measure.sets.dictionary import Dictionary
from firth.measure.sets.gradedpairs import GradedPairs, read_pairs
from firth.measure.sets.gradedtexts import GradedTexts
from firth.measure.sets.judged import RetrievalSet
from firth.measure.sets.labelled import LabelledItems
from firth.measure.sets.linkset import LinkSet
from firth.measure.sets.outliergroups import OutlierGroups
from firth.measure.sets.questions import Question, Questions, read_questions
from firth.measure.sets.reading import EvaluationSet, given_sets, read_set
from firth.measure.sets.testset import TestSet

__all__ = [
    "AssociationTest",
    "Dictionary",
    "EvaluationSet",
    "GradedPairs",
    "GradedTexts",
    "LabelledItems",
    "LinkSet",
    "OutlierGroups",
    "Question",
    "Questions",
    "RetrievalSet",
    "TestSet",
    "given_sets",
    "read_pairs",
    "read_questions",
    "read_set",
]
