"""The queue between the background loop and the thread that draws."""

from __future__ import annotations

import queue
from typing import Any

__all__ = ["Arrivals"]

_MANY = 100
"""So many arrivals wake a resting thread, long before the background loop has to wait for it."""


class Arrivals:
    """A queue whose reader may rest while little waits in it.

    It is made of `SimpleQueue`, because signal handlers put items into it, too.
    """

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._calls: queue.SimpleQueue[None] = queue.SimpleQueue()

    def __len__(self) -> int:
        return self._items.qsize()

    def put(self, item: Any) -> None:
        """Add an item that can wait until the next drawing."""
        self._items.put(item)
        if self._items.qsize() == _MANY:
            self._calls.put(None)

    def put_now(self, item: Any) -> None:
        """Add an item that cannot wait, and wake the reader."""
        self._items.put(item)
        self._calls.put(None)

    def get(self, timeout_s: float) -> Any:
        """Return the oldest item; wait for one if there is none.

        Raises
        ------
        queue.Empty
            If there is none within the timeout.
        """
        return self._items.get(timeout=timeout_s)

    def rest(self, seconds: float) -> None:
        """Wait for so long, or until many items have come or an urgent one; not at all if any is there."""
        if seconds <= 0 or len(self):
            return
        try:
            self._calls.get(timeout=seconds)
        except queue.Empty:
            return
