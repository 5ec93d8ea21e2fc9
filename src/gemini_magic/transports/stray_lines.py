"""Lines of an event stream that are no fields of one: often the body of an error, put there as it is."""

from __future__ import annotations

from gemini_magic.transports.reply_bodies import parse_json, repair_body

__all__ = ["StrayLines"]

_LARGEST = 65_536
_MOST_ATTEMPTS = 200
"""Attempts to read lines as an object; each takes time in proportion to the lines."""


class StrayLines:
    """Collects stray lines, and finds the replies and errors in them.

    Attributes
    ----------
    lines : list of str
        Those in which none was found: the first, and the last 64 kB.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._size = 0
        self._began: int | None = None
        self._attempts = 0

    def add(self, line: str) -> str | None:
        """Add a line; return the JSON of the reply or the error that it completes, if it does."""
        while self._size > _LARGEST and len(self.lines) > 1:
            # The first line tells what the body is, the last ones may be an error.
            self._size -= len(self.lines.pop(1))
            self._began = None
        if line.startswith("{"):
            self._began = len(self.lines)
        line = line[:_LARGEST]
        self.lines.append(line)
        self._size += len(line)
        if self._began is None or not line.rstrip().endswith("}"):
            return None
        return self._take_object(self._began)

    def _take_object(self, began: int) -> str | None:
        text = "\n".join(self.lines[began:])
        self._attempts += 1
        if self._attempts > _MOST_ATTEMPTS or repair_body(parse_json(text)) is None:
            return None
        del self.lines[began:]
        self._began, self._attempts = None, 0
        self._size = sum(map(len, self.lines))
        return text
