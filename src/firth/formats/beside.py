"""How the second file is named, in the formats that keep the ids in a file beside the numbers."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["keys_path", "metadata_path"]


def keys_path(path: str | os.PathLike[str]) -> Path:
    """The file of the keys of a NumPy matrix: "wiki.keys.txt" for "wiki.npy"."""
    return Path(path).with_suffix(".keys.txt")


def metadata_path(path: str | os.PathLike[str]) -> Path:
    """The file of the labels of the Embedding Projector's vectors.

    It is "metadata.tsv" for "vectors.tsv", "a_metadata.tsv" for "a_tensor.tsv" and
    "a.metadata.tsv" for "a.tsv".
    """
    path = Path(path)
    for word in ("vectors", "tensor"):
        if word in path.name:
            return path.with_name("metadata".join(path.name.rsplit(word, 1)))
    return path.with_name(f"{path.name.removesuffix('.tsv')}.metadata.tsv")
