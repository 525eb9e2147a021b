"""What an exception means to someone at a terminal: an exit code and one line with the way out."""

from __future__ import annotations

import typer

from firth.errors import FirthError, MemoryBudgetError, OptionError

__all__ = ["DONE", "FAILED", "INTERRUPTED", "TERMINATED", "USAGE", "explain"]

DONE, FAILED, USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

# Newer versions of Typer bring their own Click, older ones use the package: this is UsageError in both.
UsageError = typer.BadParameter.__mro__[1]


def explain(error: BaseException) -> tuple[int, str]:
    """The exit code and the line for an error that ended a command.

    Returns:
        The code, and the line without the leading "firth: error: ", "" where there is nothing to say.
    """
    if isinstance(error, UsageError):
        return _explain_usage(error)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return INTERRUPTED, ""
    if isinstance(error, OptionError):
        return USAGE, _one_line(error)
    if isinstance(error, FirthError) and not isinstance(error, MemoryBudgetError):
        return FAILED, _one_line(error)
    if isinstance(error, MemoryError):
        return FAILED, _one_line(
            error
        ) or "out of memory; use a smaller --max-size or --dim, or another machine"
    if isinstance(error, OSError):
        return FAILED, _explain_system(error)
    return FAILED, f"{type(error).__name__}: {_one_line(error)} (this is a bug: --debug shows where)"


def _explain_usage(error: BaseException) -> tuple[int, str]:
    message = getattr(error, "format_message", error.__str__)()
    context = getattr(error, "ctx", None)
    if (
        type(error).__name__ == "NoArgsIsHelpError"
    ):  # a group without a verb; its message is the whole help text
        message = "a command is missing"
    command = context.command_path if context is not None else "firth"
    return USAGE, f"{' '.join(message.split()).rstrip('.')}; see {command} --help"


def _explain_system(error: OSError) -> str:
    reason = (error.strerror or _one_line(error) or type(error).__name__).lower()
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
