"""How good vectors are: graded pairs, analogies, and the comparison of two spaces.

>>> from firth import measure
>>> sorted(measure.__all__)[:4]
['GradedPairs', 'ProbabilityRatio', 'Questions', 'Report']

Every figure carries the number of items it rests on, the share of the set that they are, and a 95 % interval.
"""

from __future__ import annotations

from firth.measure.analogies import analogy
from firth.measure.comparison import compare
from firth.measure.pairs import similarity
from firth.measure.probabilities import ProbabilityRatio, probability_ratio
from firth.measure.report import Report, Row
from firth.measure.sets import GradedPairs, Questions, read_pairs, read_questions, read_set
from firth.measure.standings import standings

__all__ = [
    "GradedPairs",
    "ProbabilityRatio",
    "Questions",
    "Report",
    "Row",
    "analogy",
    "compare",
    "probability_ratio",
    "read_pairs",
    "read_questions",
    "read_set",
    "similarity",
    "standings",
]
