"""Server-sent events: a decoder without I/O, also for streams that break the rules.

It follows the WHATWG rules for legal streams. It also yields a last event that lacks its blank line, because
services end so. The caller interprets the data.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["SseDecoder"]

_LINE_END = re.compile(r"\r\n|\r|\n")
_LARGEST_STRAY = 65_536
_FIELDS = frozenset({"event", "id", "retry"})


class SseDecoder:
    """Turns bytes, however they are split, into the data of events.

    Attributes
    ----------
    stray : list of str
        Lines before the first event that are no fields of an event stream: a sign that the body is something
        else. At most 64 kB are kept.
    size : int
        Characters of the event that is not complete yet.
    """

    def __init__(self) -> None:
        # utf-8-sig drops a byte order mark; one broken character must not end the stream.
        self._text = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._open_line: list[str] = []
        self._after_cr = False
        self._data: list[str] = []
        self._found = False
        self._stray_size = 0
        self.stray: list[str] = []
        self.size = 0

    def feed(self, chunk: bytes) -> list[str]:
        """Return the data of the events that `chunk` completes."""
        return self._take(self._text.decode(chunk))

    def finish(self) -> list[str]:
        """Return the data of an event that the end of the stream leaves without its blank line."""
        return self._take(self._text.decode(b"", final=True)) + self._take("\n\n")

    def _take(self, text: str) -> list[str]:
        if text and self._after_cr:
            # The line has ended at the carriage return already.
            text = text.removeprefix("\n")
            self._after_cr = False
        *lines, rest = _LINE_END.split(text)
        self._after_cr = self._after_cr or text.endswith("\r")
        found = []
        for line in lines:
            data = self._end_line("".join([*self._open_line, line]))
            self._open_line = []
            if data is not None:
                found.append(data)
        if rest:
            self._open_line.append(rest)
            self.size += len(rest)
        return found

    def _end_line(self, line: str) -> str | None:
        """Follow one whole line; return the data of the event that it ends."""
        if not line:
            data, self._data = self._data, []
            self.size = 0
            self._found = self._found or bool(data)
            return "\n".join(data) if data else None
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
            self.size += len(value)
        elif name and name not in _FIELDS and not self._found and self._stray_size < _LARGEST_STRAY:
            self.stray.append(line)
            self._stray_size += len(line)
        return None
