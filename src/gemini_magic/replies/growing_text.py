"""A text that grows piece by piece and is read meanwhile."""

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
        # Text and count are set in one step, so they agree even if another thread joins meanwhile.
        joined, start = self._joined
        count = len(self._pieces)
        if count != start:
            joined += "".join(self._pieces[start:count])
            self._joined = (joined, count)
        return joined
