"""What is printed once: the finished pieces of a text, and notices of retries."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from gemini_magic.text.block_splitter import BlockSplitter
from gemini_magic.views.usage_line import usage_line

if TYPE_CHECKING:
    from gemini_magic.replies.events import Retrying
    from gemini_magic.replies.reply import Reply

__all__ = ["PieceCutter", "RetryNotices", "end_of"]

_GROWING_SIZE = 4000
"""Characters of a growing piece that are drawn; more would seldom fit the screen."""

_OPENING = re.compile(r" {0,3}(?:`{3}|~{3})[^\n]{0,80}\n|\|[^\n]{0,2000}\n\|?[ :|-]{3,2000}\n")
"""The opening that the end of a long piece needs: a fence's first line, or a table's first two."""


class RetryNotices:
    """Announces each retry of a request once."""

    def __init__(self) -> None:
        self._announced: Retrying | None = None

    def take(self, reply: Reply) -> str:
        """Return the line to print now; empty if there is nothing new."""
        again = reply.retrying
        if again is None or (self._announced is not None and self._announced.number == again.number):
            return ""
        self._announced = again
        return usage_line(reply)


class PieceCutter:
    """Cuts a growing text into pieces, mostly paragraphs; each is to be printed once, when it is finished."""

    def __init__(self) -> None:
        self._start = 0
        self._splitter = BlockSplitter(1)

    def cut(self, text: str, *, ended: bool) -> tuple[list[str], str]:
        """Return the finished pieces that are not noted as printed, and the one that still grows."""
        *finished, rest = self._splitter.split(text[self._start :])
        return ([*finished, rest], "") if ended else (finished, rest)

    def note_printed(self, end: int) -> None:
        """Note that all up to `end` is printed; it is not looked at again."""
        if end > self._start:
            # The cuts of a block depend on nothing before it, so a new splitter can begin there.
            self._start, self._splitter = end, BlockSplitter(1)

    def rewind(self, text: str) -> None:
        """Continue after the text has been cut back to `text`."""
        self._start, self._splitter = min(self._start, len(text)), BlockSplitter(1)


def end_of(piece: str) -> str:
    """Return the end of a long piece, with the opening it needs to be drawn as in the whole."""
    if len(piece) <= _GROWING_SIZE:
        return piece
    opening = _OPENING.match(piece)
    end = piece[-_GROWING_SIZE:]
    end = end[end.find("\n", 0, -1) + 1 :]
    return opening[0] + end if opening else textwrap.dedent(end)
