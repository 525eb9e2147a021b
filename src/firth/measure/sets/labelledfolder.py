"""Labelled items as files in a folder for each class, on disk or in a tar archive.

An archive is read from front to back and nothing of it is written anywhere, so that no name in it can lead
out of a folder; links and devices are refused, and so is text beyond what is sensible to hold.
"""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from firth.errors import FormatError
from firth.measure.sets.labelledlines import Found, decoded
from firth.measure.sets.lines import PathLike

__all__ = ["read_archive", "read_folder"]

MOST = 1 << 30  # bytes of text in an archive, which may be packed a thousandfold


def read_folder(path: PathLike, *, within: str, encoding: str) -> Found:
    """Read files in a folder a class; see `read_labelled`."""
    root = Path(path)
    files = sorted(file for file in root.rglob("*") if file.is_file())
    names = [PurePosixPath(file.relative_to(root).as_posix()) for file in files]
    kept, note = _chosen(path, names, within)
    return [
        (names[i].parent.name, decoded(files[i].read_bytes(), encoding, path, str(names[i]))) for i in kept
    ], note


def read_archive(path: PathLike, *, within: str, encoding: str) -> Found:
    """Read the same from a tar file; see `read_labelled`."""
    members = sorted(_members(path, within), key=lambda one: one[0])
    names = [name for name, _ in members]
    kept, note = _chosen(path, names, within)
    return [(names[i].parent.name, decoded(members[i][1], encoding, path, str(names[i]))) for i in kept], note


def _members(path: PathLike, within: str) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The name and the bytes of each file in an archive; no bytes of those that are not within."""
    size = 0
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                if member.isdir():
                    continue
                if not member.isfile():
                    raise FormatError(f"{name} is a link or a device; only plain files are read", path=path)
                wanted = _class_folder(name, within) and not _hidden(name)
                size += member.size if wanted else 0
                if size > MOST:
                    raise FormatError(
                        f"holds more than {MOST >> 30} GiB of text; unpack it, and read its folder in parts",
                        path=path,
                    )
                file = archive.extractfile(member) if wanted else None
                yield name, file.read() if file is not None else b""
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, ValueError) as error:
        if isinstance(error, FormatError) or (isinstance(error, OSError) and error.errno is not None):
            raise
        raise FormatError(f"the archive is damaged ({error}); fetch it again", path=path) from error


def _chosen(path: PathLike, names: list[PurePosixPath], within: str) -> tuple[list[int], str]:
    """Which files are items, and what to say of the others."""
    inside = [i for i, name in enumerate(names) if _class_folder(name, within)]
    kept = [i for i in inside if not _hidden(names[i])]
    if not kept:
        folders = sorted({str(name.parent.parent) for name in names})
        raise FormatError(
            "holds no files in a folder of their class"
            + (f" below one that ends in {within!r}; there are {', '.join(folders[:4])}" if within else ""),
            path=path,
        )
    said = []
    if hidden := len(inside) - len(kept):
        said.append(f"{hidden:,} hidden files were passed over")
    if outside := len(names) - len(inside):
        said.append(f"{outside:,} files outside the folders asked for were passed over")
    return kept, "; ".join(said)


def _class_folder(name: PurePosixPath, within: str) -> bool:
    """Whether a file lies in a folder that is a class, below one whose name ends in `within`."""
    above = name.parent.parts
    return bool(above) and (not within or any(part.endswith(within) for part in above[:-1]))


def _hidden(name: PurePosixPath) -> bool:
    return any(part.startswith(".") and part not in (".", "..") for part in name.parts)
