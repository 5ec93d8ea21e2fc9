"""When a failed request is retried, and after how many seconds: arithmetic only."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gemini_magic.errors import GeminiError

__all__ = ["RetryPolicy"]


@dataclass(frozen=True)
class RetryPolicy:
    """Limits of retries.

    Attributes
    ----------
    tries
        Most requests for one prompt, the first included.
    total_s
        Longest time for all tries and waits together, in seconds.
    first_s, longest_s
        Seconds of the first and of the longest wait, if the service names none; waits double with every try.
    """

    tries: int = 4
    total_s: float = 120.0
    first_s: float = 1.0
    longest_s: float = 30.0

    def wait_after(self, error: GeminiError, tried: int, elapsed_s: float) -> float | None:
        """Return the seconds to wait before the next try; None if there should be none.

        Parameters
        ----------
        error
            What the last try ended with; `is_passing` says whether a retry can help, `retry_after_s` how
            long the service asks to wait.
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
