"""Checkpoints: everything a run needs to go on as if it had never stopped, in one file that is whole or not
there.

Since every segment draws from a random stream of its own (see `segments`), the two matrices and the place in
the work are all there is to keep. The file is a safetensors file with checksums, written aside, flushed to
the disk and then renamed over the last one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, ExistsError, FormatError
from firth.formats.tensors import read_tensors, write_tensors

__all__ = ["Checkpoint"]

_NAME = "checkpoint.safetensors"


class Checkpoint:
    """The checkpoint of one run in a folder of its own.

    Args:
        folder: made if it is not there.
        identity: what the run is: recipe, seed, data fingerprint. Values that JSON can hold.
        resume: whether to go on from a checkpoint that is there.

    Raises:
        ExistsError: there is a checkpoint and `resume` is not set.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any], *, resume: bool):
        self.path = folder / _NAME
        self._identity = json.loads(json.dumps(dict(identity)))  # as it will be read back
        if self.path.exists() and not resume:
            raise ExistsError(
                f"{self.path} is there already; resume from it, remove it, or name another folder"
            )
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob(f".{_NAME}.*.tmp"):  # left by a run that was killed while it wrote
            unfinished.unlink()

    def save(self, state: Mapping[str, Any], matrices: Mapping[str, NDArray[np.float32]]) -> None:
        """Replace the checkpoint by this one; the old one stays until the new one is on the disk."""
        metadata = {"identity": json.dumps(self._identity), "state": json.dumps(dict(state))}
        write_tensors(self.path, dict(matrices), metadata, force=True)

    def load(self, into: Mapping[str, NDArray[np.float32]]) -> dict[str, Any] | None:
        """Fill the matrices from the checkpoint.

        Returns:
            The state that was saved with them; None if there is no checkpoint yet.

        Raises:
            DataError: the checkpoint is of another run.
            FormatError: the file is damaged.
        """
        if not self.path.exists():
            return None
        tensors, metadata = read_tensors(self.path, verify=True)
        try:
            found, state = json.loads(metadata["identity"]), json.loads(metadata["state"])
        except (KeyError, ValueError) as error:
            raise FormatError("this is no checkpoint of a training run", path=self.path) from error
        for key, value in self._identity.items():
            if found.get(key) != value:
                there = found.get(key)
                raise DataError(f"{self.path} is of another run: {key} is {there!r} there and {value!r} here")
        for name, matrix in into.items():
            if name not in tensors or tensors[name].shape != matrix.shape:
                raise FormatError(
                    f"the checkpoint holds no matrix {name!r} of shape {matrix.shape}", path=self.path
                )
            matrix[:] = tensors[name]
        return dict(state)
