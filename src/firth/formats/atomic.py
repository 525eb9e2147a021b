"""Write a file so that nobody ever sees half of it."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from firth.errors import ExistsError

__all__ = ["replacing"]

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What the system says when a disk, or somebody's part of it, is full; it does not say where."""

KEPT = 200
"""How many bytes of the name a temporary file keeps: file systems take 255, and some are added to it."""


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[BinaryIO]:
    """Open a file that takes its place at `path` when the block ends well, and leaves no trace otherwise.

    The bytes go to a temporary file in the same folder, which is synced to disk and then renamed; the folder
    is synced too. After a crash or a power failure `path` holds all the old bytes or all the new ones. A
    process that is killed outright may leave the temporary file, which is named `.NAME.XXXXXXXX.tmp`. A
    symbolic link stays and the file it points to is replaced.

    Args:
        path: where the file goes.
        force: replace a file that is there.

    Yields:
        The file, open for writing bytes, and seekable.

    Raises:
        ExistsError: a file is there and `force` is not set, or what is there is no regular file.
        OSError: the folder does not exist, the disk is full, …; it names the path.
    """
    target = Path(os.path.realpath(path))
    _refuse_to_overwrite(target, force=force)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder to write into", str(target.parent))
    temporary = target.with_name(f".{_shortened(target.name)}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            temporary.replace(target)
        else:
            _rename_to_new(temporary, target)
        _sync_folder(target.parent)
    except OSError as error:
        if error.errno in NO_ROOM and error.filename is None:
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _shortened(name: str) -> str:
    """The beginning of a name, cut between characters so that it takes no more than KEPT bytes."""
    while len(os.fsencode(name)) > KEPT:
        name = name[:-1]
    return name


def _refuse_to_overwrite(target: Path, *, force: bool) -> None:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise ExistsError(f"{target} is there and is no regular file; choose another path")
    if not force:
        raise ExistsError(
            f"{target} is there already; choose another path, or --force (force=True) to overwrite"
        )


def _rename_to_new(temporary: Path, target: Path) -> None:
    """Rename, but fail if the target has appeared in the meantime, which a plain rename would overwrite."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        _refuse_to_overwrite(target, force=False)
    except OSError:  # a file system without hard links, such as FAT or some network ones
        _refuse_to_overwrite(target, force=False)
        temporary.replace(target)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # some network and container file systems cannot sync a folder
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)
