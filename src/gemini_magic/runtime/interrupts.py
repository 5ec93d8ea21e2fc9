"""Turns a kernel interrupt into an orderly stop.

A KeyboardInterrupt can be raised between any two bytecodes, also while a reply is drawn or committed. So
during a turn SIGINT only asks the stream to stop. The turn ends as it always does, nothing is lost, and then
the cell ends as interrupted. A second interrupt, a second later or more, is raised as usual.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Interrupts", "catch_interrupts"]


_PATIENCE_S = 1.0


class Interrupts:
    """Whether the user has interrupted since the turn began."""

    def __init__(self) -> None:
        self.happened = False


@contextmanager
def catch_interrupts(stop: Callable[[], None]) -> Iterator[Interrupts]:
    """Call `stop` at the first interrupt instead of raising KeyboardInterrupt.

    Interrupts within the next second are ignored; later ones raise KeyboardInterrupt as usual.
    Only the main thread receives interrupts; elsewhere this does nothing.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    previous = signal.getsignal(signal.SIGINT)
    first_at = float("inf")

    def on_interrupt(_signal: int, _frame: Any) -> None:
        nonlocal first_at
        if not interrupts.happened:
            interrupts.happened = True
            first_at = time.monotonic()
            stop()
        elif time.monotonic() - first_at > _PATIENCE_S:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield interrupts
    finally:
        # `signal.getsignal` returns None for a handler that was not installed from Python.
        signal.signal(signal.SIGINT, signal.default_int_handler if previous is None else previous)
