"""Optional packages: imported only when a room needs them, with the pip line in the message."""

from __future__ import annotations

import importlib
from types import ModuleType

from firth.errors import MissingExtraError

__all__ = ["require"]


def require(module: str, *, extra: str) -> ModuleType:
    """Import an optional package.

    Args:
        module: the name to import, such as "zstandard".
        extra: the extra of Firth that installs it, such as "zstd".

    Returns:
        The imported module.

    Raises:
        MissingExtraError: the package is not installed; the message carries the pip line.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{module} is needed here and is not installed; run: pip install 'firth[{extra}]'"
        ) from error
