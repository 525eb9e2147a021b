"""`TokenFile`: int32 ids in a file without a name, so that a corpus need not fit into memory."""

from __future__ import annotations

import os
import tempfile
import threading
import weakref

import numpy as np
from numpy.typing import NDArray

from firth.errors import DataError, OptionError

__all__ = ["TokenFile"]

_WIDTH = 4  # bytes an id


class TokenFile:
    """A temporary file of int32 numbers: append, read a slice, map.

    The file has no name in its folder (on Linux it never had one), so the system frees its space when it is
    closed: by `close`, when the last reference goes, and also when the process is killed. It is read by
    position, which many threads may do at once, and pages read do not count as this process's memory.

    Args:
        work: the folder to use; None takes the system's folder for temporary files.
        holds: what the numbers are, for messages.

    Attributes:
        folder: the folder it is in.

    Raises:
        OptionError: the folder cannot be used.
    """

    def __init__(self, work: str | os.PathLike[str] | None = None, *, holds: str = "token ids"):
        folder = tempfile.gettempdir() if work is None else os.fspath(work)
        try:
            file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - lives as long as this object
        except OSError as error:
            raise OptionError(
                f"no temporary file can be made in the work folder {folder} ({error.strerror}); "
                f"name another folder as work"
            ) from error
        self._file = file
        self.folder = folder
        self._holds = holds
        self._lock = threading.Lock()
        self._close = weakref.finalize(self, file.close)
        self._size = 0

    def __enter__(self) -> TokenFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self._size

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._file.closed

    def append(self, ids: NDArray[np.int32]) -> int:
        """Write ids (int32) at the end; returns the position of the first. Any thread may call it.

        Raises:
            DataError: the disk is full.
        """
        with self._lock:
            start = self._size
            self._size += ids.size
        rest = np.ascontiguousarray(ids).view(np.uint8).data
        place = start * _WIDTH
        try:
            while rest:  # the system may write less than it was asked to
                done = os.pwrite(self._file.fileno(), rest, place)
                rest, place = rest[done:], place + done
        except OSError as error:
            raise DataError(
                f"the {self._holds} do not fit into the work folder {self.folder} ({error.strerror}, after "
                f"{place / 1e6:,.0f} MB); name a folder on a larger disk: work=…"
            ) from error
        return start

    def read(self, start: int, stop: int) -> NDArray[np.int32]:
        """The ids start to stop (both within the file) in a new array, int32.

        Raises:
            DataError: the file was closed.
        """
        if self.closed:
            raise DataError("these sequences were closed; read the text again")
        ids = np.empty(stop - start, np.int32)
        rest = ids.view(np.uint8).data
        place = start * _WIDTH
        while rest:
            done = os.preadv(self._file.fileno(), [rest], place)
            if not done:
                raise DataError(
                    f"the temporary file of the {self._holds} ends at byte {place}; read the text again"
                )
            rest, place = rest[done:], place + done
        return ids

    def map(self) -> NDArray[np.int32]:
        """All ids as a read-only map of the file, int32."""
        if not len(self):
            return np.empty(0, np.int32)
        return np.memmap(self._file, np.int32, mode="r", shape=(len(self),))

    def close(self) -> None:
        """Give the disk space back. A map that is still in use keeps it until it goes too."""
        self._close()
