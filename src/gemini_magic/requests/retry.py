"""When a failed request is tried again, and after how long: arithmetic only."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gemini_magic.errors import GeminiError

__all__ = ["RetryPolicy"]


@dataclass(frozen=True)
class RetryPolicy:
    """Bounds of trying again.

    Attributes
    ----------
    tries
        Most requests for one prompt, the first included.
    total_s
        Longest time for all tries and waits together, in seconds.
    first_s, longest_s
        The first wait where the service names none; it doubles with every try, up to `longest_s`.
    """

    tries: int = 4
    total_s: float = 120.0
    first_s: float = 1.0
    longest_s: float = 30.0

    def wait_after(self, error: GeminiError, tried: int, elapsed_s: float) -> float | None:
        """Return the seconds to wait before the next try, or None if there is to be none.

        Parameters
        ----------
        error
            What the last try ended with; its `is_passing` says whether trying again can help, its
            `retry_after_s` what the service asked for.
        tried
            Requests sent so far.
        elapsed_s
            Seconds since the first was sent.
        """
        if not error.is_passing or tried >= self.tries:
            return None
        wait_s = error.retry_after_s
        if wait_s is None:
            # Jitter, so that a class of students does not retry all at once.
            wait_s = min(self.first_s * 2 ** (tried - 1), self.longest_s) * random.uniform(0.5, 1.0)
        return wait_s if elapsed_s + wait_s <= self.total_s else None
