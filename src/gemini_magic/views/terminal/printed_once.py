"""What a terminal prints once: finished pieces of a text, and notices of retries."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from gemini_magic.text.block_splitter import BlockSplitter
from gemini_magic.text.normalize import Normalizer, NormalText
from gemini_magic.text.open_marks import hold_back
from gemini_magic.views.usage_line import usage_line

if TYPE_CHECKING:
    from gemini_magic.replies.events import Retrying
    from gemini_magic.replies.reply import Reply

__all__ = ["PieceCutter", "RetryNotices", "end_of"]

_GROWING_SIZE = 4000
"""Characters of a growing piece that are drawn; more would seldom fit the screen."""

_OPENING = re.compile(r" {0,3}(?:`{3}|~{3})[^\n]{0,80}\n|\|[^\n]{0,2000}\n\|?[ :|-]{3,2000}\n")
"""The lines without which the end of a long piece is misread: a fence's first, or a table's first two."""


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
        self._normalizer = Normalizer()
        self._start = 0
        self._end = 0
        self._splitter = BlockSplitter(1)

    def cut(self, text: str, *, ended: bool) -> tuple[list[NormalText], str]:
        """Return the finished pieces that are not printed yet, and the drawn part of the one that grows."""
        normal = self._normalizer.normalize(text, ended=ended)
        *finished, rest = self._splitter.split(NormalText(normal[self._start :]))
        self._end = len(normal) - (0 if ended else len(rest))
        if ended:
            return [*finished, rest], ""
        return finished, rest if self._splitter.is_in_code else hold_back(rest)

    def note_printed(self) -> None:
        """Note that the finished pieces of the last cut are printed; they are not looked at again."""
        if self._end > self._start:
            # A block's cuts depend on nothing before it, so the splitter can begin anew there.
            self._start, self._splitter = self._end, BlockSplitter(1)

    def rewind(self, text: str) -> None:
        """Continue from the end of `text`, to which the text has been cut back."""
        self._start = min(self._start, len(self._normalizer.normalize(text, ended=True)))
        self._splitter = BlockSplitter(1)


def end_of(piece: str) -> str:
    """Return the end of a long piece, behind the opening line of its fence or the head of its table."""
    if len(piece) <= _GROWING_SIZE:
        return piece
    opening = _OPENING.match(piece)
    end = piece[-_GROWING_SIZE:]
    end = end[end.find("\n", 0, -1) + 1 :]
    return opening[0] + end if opening else textwrap.dedent(end)
