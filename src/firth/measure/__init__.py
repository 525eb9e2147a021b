"""How good vectors are: graded pairs, analogies, and the comparison of two spaces.

>>> from firth import measure
>>> sorted(measure.__all__)[:4]
['GradedPairs', 'Questions', 'Report', 'Row']

Every figure carries the number of items it rests on, the share of the set that they are, and a 95 % interval.
"""

from __future__ import annotations

from firth.measure.analogies import analogy
from firth.measure.comparison import compare
from firth.measure.pairs import similarity
from firth.measure.report import Report, Row
from firth.measure.sets import GradedPairs, Questions, read_pairs, read_questions, read_set

__all__ = [
    "GradedPairs",
    "Questions",
    "Report",
    "Row",
    "analogy",
    "compare",
    "read_pairs",
    "read_questions",
    "read_set",
    "similarity",
]
