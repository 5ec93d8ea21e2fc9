"""What printing takes: text that is safe, what is said once, finished pieces, a terminal's last lines."""

from __future__ import annotations

import os
import re
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING

from gemini_magic.text.block_splitter import BlockSplitter
from gemini_magic.views.usage_line import usage_line

if TYPE_CHECKING:
    from typing import TextIO

    from gemini_magic.replies.events import Retrying
    from gemini_magic.replies.reply import Reply

__all__ = ["Pieces", "RetryNotices", "Screen", "end_of", "printable"]

_HALF = re.compile("[\ud800-\udfff]")
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
_BIDI_OVERRIDES = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
"""They can make a terminal show text in another order than it is copied and run."""

_UNSAFE = _CONTROLS | _BIDI_OVERRIDES
_GROWING_SIZE = 4000
"""Characters of a growing piece that are drawn; more would seldom fit the screen."""

_OPENING = re.compile(r" {0,3}(?:`{3}|~{3})[^\n]{0,80}\n|\|[^\n]{0,2000}\n\|?[ :|-]{3,2000}\n")
"""What the end of a long piece needs to be read right: a fence's first line, or a table's first two."""

_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"


def printable(text: str, encoding: str | None) -> str:
    """Return `text` without characters that could drive or deceive a terminal, as the encoding has it."""
    text = text.translate(_UNSAFE)
    if _HALF.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    encoding = encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


class RetryNotices:
    """Says once for each try that a request is tried again."""

    def __init__(self) -> None:
        self._announced: Retrying | None = None

    def take(self, reply: Reply) -> str:
        """Return the line to say now; empty where there is nothing new."""
        again = reply.retrying
        if again is None or (self._announced is not None and self._announced.number == again.number):
            return ""
        self._announced = again
        return usage_line(reply)


class Pieces:
    """Cuts a growing text into pieces, mostly paragraphs; each is to be printed once, when it is finished."""

    def __init__(self) -> None:
        self._start = 0
        self._splitter = BlockSplitter(1)

    def cut(self, text: str, *, ended: bool) -> tuple[list[str], str]:
        """Return the pieces that have been finished and not noted yet, and the one that still grows."""
        *finished, rest = self._splitter.split(text[self._start :])
        return ([*finished, rest], "") if ended else (finished, rest)

    def note_printed(self, end: int) -> None:
        """Note that all up to `end` is printed; it is not looked at again."""
        if end > self._start:
            # A block's cuts depend on nothing before it, so the splitter can begin anew there.
            self._start, self._splitter = end, BlockSplitter(1)

    def rewind(self, text: str) -> None:
        """Go on from the end of `text`, to which the text has been cut back."""
        self._start, self._splitter = min(self._start, len(text)), BlockSplitter(1)


def end_of(piece: str) -> str:
    """Return the end of a long piece, with what it takes to be read as it is in the whole."""
    if len(piece) <= _GROWING_SIZE:
        return piece
    opening = _OPENING.match(piece)
    end = piece[-_GROWING_SIZE:]
    end = end[end.find("\n", 0, -1) + 1 :]
    return opening[0] + end if opening else textwrap.dedent(end)


class Screen:
    """The end of what is printed: lines that are final, and below them lines that may still change.

    Only lines that may change are ever gone back over. Where there are none, no cursor movement is
    written at all, so it also serves front ends that can do nothing but append.

    Parameters
    ----------
    stream
        Where to print; the cursor is at the beginning of a line.
    live
        Whether the cursor can be moved; if not, the caller has no growing lines.
    """

    def __init__(self, stream: TextIO, *, live: bool) -> None:
        self._stream = stream
        self._live = live
        self._growing: list[str] = []

    def update(self, final: list[str], growing: list[str]) -> None:
        """Replace the growing lines by `final` ones, which stay, and new growing ones.

        Lines may have ANSI colours. The growing ones must be fewer than the terminal's rows: what has
        left the screen cannot be gone back over.
        """
        if not final and growing == self._growing:
            return
        kept = 0 if final else self._count_kept(growing)
        written = [self._erase_from(kept), *(f"{line}\n" for line in final)]
        if growing:
            # A line that is wider than it was measured (rare emoji) would take two rows if it wrapped.
            written += [_NO_WRAP, "\n".join(growing[kept:]), _WRAP]
        self._stream.write("".join(written))
        self._growing = growing
        self._stream.flush()

    def measure(self) -> tuple[int, int]:
        """Return columns and rows: the terminal's, or else what `COLUMNS` says; 80 and 24 if unknown."""
        columns, rows = 0, 0
        if not self._live:
            said = os.environ.get("COLUMNS", "")
            columns = int(said) if said.isdecimal() else 0
        else:
            with suppress(OSError):
                columns, rows = os.get_terminal_size(self._stream.fileno())
        return columns or 80, rows or 24

    def _count_kept(self, growing: list[str]) -> int:
        """Return how many of the lines on screen need not be written again; the last one always is."""
        lines = min(len(growing), len(self._growing)) - 1
        return next((i for i in range(lines) if growing[i] != self._growing[i]), max(lines, 0))

    def _erase_from(self, row: int) -> str:
        if not self._growing:
            return ""
        up = len(self._growing) - 1 - row
        return (f"\x1b[{up}A" if up else "") + "\r\x1b[J"
