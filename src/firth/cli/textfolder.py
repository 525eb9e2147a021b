"""Text named on the command line by the folders that hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from firth.errors import DataError

__all__ = ["text_files"]

_ENDINGS = (".txt", ".txt.gz", ".txt.bz2", ".txt.xz", ".txt.zst")


def text_files(names: Iterable[str], *, tell: Callable[[str], object] | None = None) -> list[Path]:
    """The paths and globs as they are, and each folder replaced by the text files within it.

    Args:
        names: paths, globs or "-".
        tell: called for each folder with how many files it gives, and how many others are left out.

    Returns:
        The paths; those of a folder, and of the folders within it, in the order of their paths. Hidden ones,
        whose name begins with a dot, are neither taken nor counted.

    Raises:
        DataError: a folder holds no text file.
    """
    paths: list[Path] = []
    for path in map(Path, names):
        if not path.is_dir():
            paths.append(path)
            continue
        files = [file for file in sorted(path.rglob("*")) if file.is_file() and not _is_hidden(file, path)]
        texts = [file for file in files if file.name.lower().endswith(_ENDINGS)]
        if not texts:
            raise DataError(
                f"the folder {path} holds no text file ({', '.join(_ENDINGS)}); name files of other endings"
            )
        if tell is not None:
            others = len(files) - len(texts)
            left_out = f", {_files(others)} of other endings left out" if others else ""
            tell(f"{path}: {_files(len(texts))} of text{left_out}")
        paths += texts
    return paths


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _files(n: int) -> str:
    return f"{n:,} {'file' if n == 1 else 'files'}"
