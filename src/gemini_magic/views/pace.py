"""Decides when the live view draws: often enough to read along, never more than a page can take."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pace"]

_INTERVAL_S = 0.07
_MOST_CHARACTERS_PER_S = 40_000
"""A block that cannot be cut may become long; drawing it less often keeps what is sent linear in the text."""

_SHARE = 4.0
"""The time between two drawings is at least this many times that of one: drawing takes a quarter at most."""

_MOST_MESSAGES = 40
_WINDOW_S = 1.0
"""The most messages in a window, not counting widgets' own: servers drop more, and pages fall behind."""


class Pace:
    """Decides when to draw.

    Parameters
    ----------
    clock
        Seconds, monotonic.
    sleep
        Waits some seconds.
    """

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._began = 0.0
        self._next = float("-inf")
        self._sent: deque[float] = deque(maxlen=_MOST_MESSAGES)

    def is_due(self) -> bool:
        """Return whether it is time to draw; the drawing is timed from here."""
        self._began = self._clock()
        return self._began >= self._next and self._until_free() <= 0

    def rest_s(self) -> float:
        """Return the seconds until it is time to draw; 0 or less if it is now."""
        return max(self._next - self._clock(), self._until_free())

    def note_drawing(self, characters: int) -> None:
        """Note that a drawing has ended, and how much it sent."""
        took_s = self._clock() - self._began
        wait_s = max(_INTERVAL_S, characters / _MOST_CHARACTERS_PER_S, _SHARE * took_s)
        self._next = self._began + wait_s

    def wait_to_send(self) -> None:
        """Wait until one more message may be sent, and count it."""
        wait_s = self._until_free()
        if wait_s > 0:
            self._sleep(wait_s)
        self._sent.append(self._clock())

    def _until_free(self) -> float:
        """Return the seconds until one more message may be sent; 0 or less if it may be now."""
        if len(self._sent) < _MOST_MESSAGES:
            return 0.0
        return self._sent[0] + _WINDOW_S - self._clock()
