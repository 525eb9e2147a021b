"""The options that recipes share, each with one meaning and one help text.

The defaults stand in the commands and are those of the learners; a test holds them together.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import typer

__all__ = [
    "Dim",
    "DynamicWindow",
    "Epochs",
    "LearningRate",
    "Loss",
    "LossName",
    "MinCount",
    "MinLearningRate",
    "Negative",
    "NsExponent",
    "Subsample",
    "UsualRate",
    "Window",
    "recipe",
]


def recipe(*names: str, help: str, **more: Any) -> Any:
    """An option of a recipe."""
    return typer.Option(*names, help=help, rich_help_panel="The recipe", **more)


Dim: TypeAlias = Annotated[int, recipe("--dim", help="Numbers a vector has.")]
Window: TypeAlias = Annotated[int, recipe("--window", help="Neighbours to each side that are context.")]
DynamicWindow: TypeAlias = Annotated[
    bool,
    recipe("--dynamic-window/--fixed-window", help="Draw each window from 1 to --window, or keep it whole."),
]
Negative: TypeAlias = Annotated[int, recipe("--negative", help="Noise words for each pair.")]
NsExponent: TypeAlias = Annotated[
    float, recipe("--ns-exponent", help="Noise words are drawn by count to this power.")
]
Subsample: TypeAlias = Annotated[
    float, recipe("--subsample", help="Words more frequent than this are thinned out; 0 keeps all.")
]
MinCount: TypeAlias = Annotated[int, recipe("--min-count", help="Rarer words are left out.")]
LearningRate: TypeAlias = Annotated[float, recipe("--learning-rate", help="Step size at the start.")]
UsualRate: TypeAlias = Annotated[
    float | None,
    recipe("--learning-rate", help="Step size at the start; the usual one for the loss if not given."),
]
MinLearningRate: TypeAlias = Annotated[
    float, recipe("--min-learning-rate", help="Step size at the end; the decay is linear.")
]
Epochs: TypeAlias = Annotated[int, recipe("--epochs", help="Passes over the corpus.")]


class LossName(StrEnum):
    """How a word is told from the others."""

    negative_sampling = "negative_sampling"
    hierarchical_softmax = "hierarchical_softmax"
    softmax = "softmax"


Loss: TypeAlias = Annotated[
    LossName,
    recipe("--loss", help="Tell words from noise words, by a Huffman tree, or from the whole vocabulary."),
]
