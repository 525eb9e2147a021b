"""The entry point: the verbs put together, and every outcome turned into an exit code and at most one line.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from firth import __version__
from firth.cli import (
    align,
    analogy,
    compare,
    compress,
    convert,
    demo,
    drift,
    encode,
    evaluate,
    index,
    inspect,
    phrases,
    plan,
    report,
    search,
    similar,
    similarity,
    table,
    tokenize,
    train,
)
from firth.cli.outcome import FAILED, INTERRUPTED, TERMINATED, explain
from firth.cli.output import say

__all__ = ["app", "main"]

app = typer.Typer(
    name="firth",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train, measure and use embeddings. [bold]firth demo[/bold] shows the whole way in under a minute.",
    rich_markup_mode="rich",
)
app.add_typer(train.app, name="train")
app.add_typer(align.app, name="align")
verbs = (
    similar,
    analogy,
    similarity,
    evaluate,
    report,
    compare,
    drift,
    compress,
    convert,
    encode,
    plan,
    index,
    search,
    inspect,
    phrases,
    table,
    tokenize,
    demo,
)
for verb in verbs:
    app.command()(getattr(verb, verb.__name__.rpartition(".")[2]))


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived. A KeyboardInterrupt, so that whatever saves its work on Ctrl-C does so here too."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows the program's name; the process's own arguments if None.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = bool(os.environ.get("FIRTH_DEBUG")) or "--debug" in words
    words = [
        word for word in words if word != "--debug"
    ]  # accepted anywhere, so that it can be added at the end
    try:
        with _sigterm_raises() as terminated:
            code = _run(words, debug=debug)
        return TERMINATED if terminated.is_set() and code == INTERRUPTED else code
    except Terminated:  # it arrived between two lines of ours
        return TERMINATED


def _run(words: list[str], *, debug: bool) -> int:
    try:
        code = app(words, prog_name="firth", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, so that a closed pipe is met here and not at the interpreter's end
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        code, line = explain(error)
        if line:
            say(f"firth: error: {line}")
        return code
    return code if isinstance(code, int) else 0


@contextmanager
def _sigterm_raises() -> Iterator[threading.Event]:
    """Within, SIGTERM raises Terminated in the main thread and sets the event."""
    arrived = threading.Event()

    def on_sigterm(_number: int, _frame: FrameType | None) -> None:
        arrived.set()
        raise Terminated

    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield arrived
        return
    before = signal.signal(signal.SIGTERM, on_sigterm)
    try:
        yield arrived
    finally:
        signal.signal(signal.SIGTERM, before)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"firth {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show a traceback with an error; FIRTH_DEBUG=1 does the same.")
    ] = False,
) -> None:
    """Train, measure and use embeddings. [bold]firth demo[/bold] shows the whole way in under a minute."""
    # Both options are acted on elsewhere: --version in its callback, --debug in main().
