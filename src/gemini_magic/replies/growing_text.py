"""A text that grows by pieces, and is read while it does."""

from __future__ import annotations

__all__ = ["GrowingText"]


class GrowingText:
    """A text that grows; any thread may read it while one thread appends."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._joined = ("", 0)

    def append(self, piece: str) -> None:
        """Add a piece at the end."""
        self._pieces.append(piece)

    def __str__(self) -> str:
        # Both are set in one step, so a thread that joins meanwhile leaves text and count in agreement.
        joined, start = self._joined
        count = len(self._pieces)
        if count != start:
            joined += "".join(self._pieces[start:count])
            self._joined = (joined, count)
        return joined
