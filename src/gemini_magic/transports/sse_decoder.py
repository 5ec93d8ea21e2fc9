"""Server-sent events: a decoder without I/O, also for streams that break the rules.

It follows the WHATWG rules for legal streams. It also yields a last event that lacks its blank line, because
services end so. The caller interprets the data.
"""

from __future__ import annotations

import codecs
import re

from gemini_magic.transports.stray_lines import StrayLines

__all__ = ["SseDecoder"]

_LINE_END = re.compile(r"\r\n|\r|\n")
_FIELDS = frozenset({"event", "id", "retry"})


class SseDecoder:
    """Turns bytes, however they are split, into the data of events.

    A reply or an error that stands between events without `data:` before it counts as data, too.
    """

    def __init__(self) -> None:
        # utf-8-sig drops a byte order mark; one broken character must not end the stream.
        self._text = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._open_line: list[str] = []
        self._after_cr = False
        self._data: list[str] = []
        self._stray = StrayLines()

    @property
    def stray(self) -> str:
        """The other lines that are no fields of an event stream: a sign that the body is something else."""
        return "\n".join(self._stray.lines)

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
        return found

    def _end_line(self, line: str) -> str | None:
        """Follow one whole line; return the data of the event that it ends."""
        if not line:
            data, self._data = self._data, []
            return "\n".join(data) if data else None
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        elif name and name not in _FIELDS:
            # It may be the whole of an error, or end one.
            return self._stray.add(line)
        return None
