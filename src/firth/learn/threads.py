"""Several threads over one list of work, which can be paused between any two items."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["work_through"]

_TICK = 0.1  # seconds between looks at the clock while the threads work


def work_through(
    work: Callable[[int], None],
    *,
    first: int,
    stop: int,
    threads: int,
    tick: Callable[[int], bool],
    settle: Callable[[int], None],
) -> None:
    """Call work(k) for k = first, first + 1, … on several threads, handed out in order.

    The work never runs on the calling thread, so that a signal (Ctrl-C) finds the caller waiting and not amid
    an item.

    Args:
        work: must not hold the GIL for long.
        first, stop: the items to do; stop is not done.
        threads: how many threads.
        tick: called about ten times a second with the number of the next item to hand out; True asks for a
            pause.
        settle: called once, when every thread has stopped without an error, with the first item that is not
            done: all before it are, and none from it on. Called after Ctrl-C too, before KeyboardInterrupt
                goes on.

    Raises:
        Whatever `work` raises, once every thread has stopped; KeyboardInterrupt likewise.
    """
    lock = threading.Lock()
    coming = first
    paused = False
    errors: list[BaseException] = []

    def hand_out() -> int | None:
        """The next item, or None when there is none or a pause was asked for."""
        nonlocal coming
        with lock:
            if paused or errors or coming >= stop:
                return None
            coming += 1
            return coming - 1

    def labour() -> None:
        """What each thread does."""
        try:
            while (k := hand_out()) is not None:
                work(k)
        except BaseException as error:
            errors.append(error)

    crew = [threading.Thread(target=labour, name=f"firth-{i}", daemon=True) for i in range(threads)]
    for thread in crew:
        thread.start()
    stop_asked: BaseException | None = None
    for thread in crew:
        while thread.is_alive():
            try:
                thread.join(_TICK)
                paused = paused or tick(coming)
            except BaseException as error:  # Ctrl-C, or an error of tick; a second Ctrl-C changes nothing
                stop_asked, paused = stop_asked or error, True
    if errors:
        raise errors[0]
    settle(coming)
    if stop_asked is not None:
        raise stop_asked
