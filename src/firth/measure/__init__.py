"""How good vectors are: tasks with and without labels, comparison, and one report of everything.

>>> from firth import measure
>>> sorted(measure.__all__)[:4]
['Analogies', 'AssociationTest', 'Choice', 'Clusters']

Every figure carries the number of items it rests on, the share of the set that they are, and a 95 % interval.

A *task* is a set with the options it is measured with. Each has a function (`similarity`) and a class of the
same options (`Similarity`), which `compare`, `standings` and the report take.
"""

from __future__ import annotations

from firth.measure.agreement import cluster_scores
from firth.measure.analogies import Analogies, analogy
from firth.measure.bias import WEAT, weat
from firth.measure.choice import Choice, choose, default_tasks, read_choice
from firth.measure.clusters import Clusters, clusters
from firth.measure.comparison import compare
from firth.measure.faithfulness import Faithfulness, faithfulness
from firth.measure.full import FullReport, full_report
from firth.measure.geometry import (
    duplicates,
    geometry,
    health,
    hubness,
    intrinsic,
    isotropy,
    leakage,
    norms,
    spectrum,
)
from firth.measure.isomorphism import isomorphism
from firth.measure.lexicon import Lexicon, lexicon
from firth.measure.links import Links, links
from firth.measure.neighbourtables import NeighbourTable, neighbour_table
from firth.measure.outcome import Outcome, Task, share_of
from firth.measure.outliers import Outliers, outliers
from firth.measure.pairs import Similarity, similarity
from firth.measure.pareto import pareto
from firth.measure.probabilities import ProbabilityRatio, probability_ratio
from firth.measure.probe import Probe, probe
from firth.measure.ranking import figures_by_query, score_run
from firth.measure.rankings import Grades, Rankings
from firth.measure.relativenorm import RND, rnd
from firth.measure.report import Report, Row
from firth.measure.retrieval import Retrieval, retrieval
from firth.measure.searching import rank
from firth.measure.sentences import Sentences, sentences
from firth.measure.sets import (
    AssociationTest,
    Dictionary,
    GradedPairs,
    GradedTexts,
    LabelledItems,
    LinkSet,
    OutlierGroups,
    Questions,
    RetrievalSet,
    TestSet,
    draw_others,
    hold_out_links,
    read_associations,
    read_dictionary,
    read_edges,
    read_graded_texts,
    read_judgements,
    read_labelled,
    read_links,
    read_outliers,
    read_pairs,
    read_questions,
    read_retrieval_set,
    read_run,
    read_set,
    read_texts,
    write_judgements,
    write_run,
)
from firth.measure.stability import stability
from firth.measure.standings import standings
from firth.measure.tasks import task_of
from firth.measure.texts import MeanOfWords

__all__ = [
    "RND",
    "WEAT",
    "Analogies",
    "AssociationTest",
    "Choice",
    "Clusters",
    "Dictionary",
    "Faithfulness",
    "FullReport",
    "GradedPairs",
    "GradedTexts",
    "Grades",
    "LabelledItems",
    "Lexicon",
    "LinkSet",
    "Links",
    "MeanOfWords",
    "NeighbourTable",
    "Outcome",
    "OutlierGroups",
    "Outliers",
    "ProbabilityRatio",
    "Probe",
    "Questions",
    "Rankings",
    "Report",
    "Retrieval",
    "RetrievalSet",
    "Row",
    "Sentences",
    "Similarity",
    "Task",
    "TestSet",
    "analogy",
    "choose",
    "cluster_scores",
    "clusters",
    "compare",
    "default_tasks",
    "draw_others",
    "duplicates",
    "faithfulness",
    "figures_by_query",
    "full_report",
    "geometry",
    "health",
    "hold_out_links",
    "hubness",
    "intrinsic",
    "isomorphism",
    "isotropy",
    "leakage",
    "lexicon",
    "links",
    "neighbour_table",
    "norms",
    "outliers",
    "pareto",
    "probability_ratio",
    "probe",
    "rank",
    "read_associations",
    "read_choice",
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
    "retrieval",
    "rnd",
    "score_run",
    "sentences",
    "share_of",
    "similarity",
    "spectrum",
    "stability",
    "standings",
    "task_of",
    "weat",
    "write_judgements",
    "write_run",
]
