"""Turning a kernel interrupt into an orderly stop.

A KeyboardInterrupt can strike between any two bytecodes, also while a reply is drawn or committed. While a
turn runs, SIGINT therefore only asks the stream to stop; the turn ends as it always does, nothing is
lost, and only then does the cell end as interrupted. A second interrupt strikes as usual.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Interrupts", "catch_interrupts"]


class Interrupts:
    """Whether the user has interrupted since the turn began."""

    def __init__(self) -> None:
        self.happened = False


@contextmanager
def catch_interrupts(stop: Callable[[], None]) -> Iterator[Interrupts]:
    """Call `stop` at the first interrupt instead of raising KeyboardInterrupt.

    Only the main thread receives interrupts; elsewhere this does nothing.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    previous = signal.getsignal(signal.SIGINT)

    def on_interrupt(_signal: int, _frame: Any) -> None:
        interrupts.happened = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield interrupts
    finally:
        # None stands for a handler that was not installed from Python.
        signal.signal(signal.SIGINT, signal.default_int_handler if previous is None else previous)
