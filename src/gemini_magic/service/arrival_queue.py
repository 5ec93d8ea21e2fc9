"""What has arrived and was not told yet: handed from the background loop to the thread that draws."""

from __future__ import annotations

import queue
from typing import Any

__all__ = ["Arrivals"]

_MANY = 100
"""Arrivals that wake a resting thread, long before the loop has to wait for it."""


class Arrivals:
    """A queue whose reader may rest while little waits in it.

    It is made of `SimpleQueue`, because things are put into it from signal handlers, too.
    """

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._calls: queue.SimpleQueue[None] = queue.SimpleQueue()

    def __len__(self) -> int:
        return self._items.qsize()

    def put(self, item: Any) -> None:
        """Add what can wait until something can be drawn."""
        self._items.put(item)
        if self._items.qsize() == _MANY:
            self._calls.put(None)

    def put_now(self, item: Any) -> None:
        """Add what cannot wait."""
        self._items.put(item)
        self._calls.put(None)

    def get(self, timeout_s: float) -> Any:
        """Return what has waited longest, as soon as there is something.

        Raises
        ------
        queue.Empty
            If there is nothing for so long.
        """
        return self._items.get(timeout=timeout_s)

    def rest(self, seconds: float) -> None:
        """Return after that time, or when much is there, or what cannot wait; at once if anything is."""
        if seconds <= 0 or len(self):
            return
        try:
            self._calls.get(timeout=seconds)
        except queue.Empty:
            return
