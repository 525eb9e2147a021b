"""Checkpoints: all that a run needs to go on as if it had never stopped, in a file that is whole or not
there.

Since every segment draws from a random stream of its own (see `segments`), the two matrices and the place in
the work are all there is to keep. The file is a safetensors file with checksums, written aside, flushed to
the disk and then renamed over the last one.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, ExistsError, FormatError
from firth.formats.tensors import read_tensors, write_tensors
from firth.run import Run

__all__ = ["Checkpoint", "identity_of", "refuse_old"]

_NAME = "checkpoint.safetensors"
_log = logging.getLogger(__name__)


def refuse_old(run: Run) -> None:
    """Raise ExistsError if the run's folder holds a checkpoint that it is not to resume; cheap, so done
    first."""
    folder = run.checkpoint_folder
    if folder is not None and not run.resume and (folder / _NAME).exists():
        path = folder / _NAME
        raise ExistsError(f"{path} is there already; resume from it, remove it, or name another folder")


def identity_of(recipe: Mapping[str, Any], run: Run, fingerprint: Callable[[], str]) -> dict[str, Any]:
    """What a checkpoint must have in common with the run that resumes it; nothing if there is no folder for
    one, since the fingerprint reads all observations."""
    import firth

    if run.checkpoint is None:
        return {}
    return {**recipe, "seed": run.seed, "data": fingerprint(), "firth": firth.__version__}


class Checkpoint:
    """The checkpoint of one run in a folder of its own; without a folder it is never due and saves nothing.

    Args:
        run: names the folder, which is made if it is not there, and how often to save.
        identity: what the run is: recipe, seed, data fingerprint, version. Values that JSON can hold.

    Raises:
        ExistsError: there is a checkpoint that is not to be resumed.
    """

    def __init__(self, run: Run, identity: Mapping[str, Any]):
        refuse_old(run)
        folder = run.checkpoint_folder
        self.path = None if folder is None else folder / _NAME
        self._every, self._saved = run.checkpoint_every, time.monotonic()
        self._identity = json.loads(json.dumps(dict(identity)))  # as it will be read back
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for unfinished in folder.glob(f".{_NAME}.*.tmp"):  # left by a run that was killed while it wrote
                unfinished.unlink()

    def due(self) -> bool:
        """Whether it is time to save again."""
        return self.path is not None and time.monotonic() - self._saved >= self._every

    def save(self, state: Mapping[str, Any], matrices: Mapping[str, NDArray[np.float32]]) -> None:
        """Replace the checkpoint by this one; the old one stays until the new one is on the disk.

        A full disk does not end the run: the old checkpoint stays, and a warning is logged.
        """
        if self.path is None:
            return
        metadata = {"identity": json.dumps(self._identity), "state": json.dumps(dict(state))}
        try:
            write_tensors(self.path, dict(matrices), metadata, force=True)
        except OSError as error:
            _log.warning("no checkpoint could be written to %s (%s); the run goes on", self.path, error)
        self._saved = time.monotonic()

    def load(self, into: Mapping[str, NDArray[np.float32]]) -> dict[str, Any] | None:
        """Fill the matrices from the checkpoint.

        Returns:
            The state that was saved with them; None if there is no checkpoint yet.

        Raises:
            DataError: the checkpoint is of another run.
            FormatError: the file is damaged.
        """
        if self.path is None or not self.path.exists():
            return None
        tensors, metadata = read_tensors(self.path, verify=True)
        try:
            found, state = dict(json.loads(metadata["identity"])), dict(json.loads(metadata["state"]))
        except (KeyError, ValueError, TypeError) as error:
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
        return state
