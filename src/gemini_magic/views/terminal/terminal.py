"""The view of terminals: the reply as rich text, each piece of it printed once.

Only the piece that still grows is drawn repeatedly, and never more of it than fits the screen. So the
scrollback has every line once, and the work is linear in the length of the text.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from gemini_magic.replies.extras.drawn import extras_line
from gemini_magic.views.terminal.printed_once import PieceCutter, RetryNotices, end_of
from gemini_magic.views.terminal.renderer import Renderer
from gemini_magic.views.terminal.screen import Screen
from gemini_magic.views.usage_line import usage_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import TextIO

    from gemini_magic.replies.reply import Reply

__all__ = ["TerminalView"]

_DRAW_INTERVAL_S = 1 / 12
_REST = 4
"""After a drawing the view rests this many times as long as it took, a second at most."""

_LONGEST_REST_S = 1.0


class TerminalView:
    """Prints the reply's Markdown in colours, and draws its end while it grows, 12 times a second at most.

    Parameters
    ----------
    stream
        Where to print; the cursor is at the beginning of a line.
    live
        Whether the cursor can be moved; if not, finished pieces are appended, as wide as `COLUMNS` says.
    quiet
        Leave the usage line out.
    thoughts
        Print the thought summaries too, before the text.
    clock
        Seconds, monotonic.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        live: bool = True,
        quiet: bool = False,
        thoughts: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._live = live
        self._quiet = quiet
        self._clock = clock
        self._due_at = float("-inf")
        self._screen = Screen(stream, live=live)
        self._renderer = Renderer(stream, forced=not live)
        self._retries = RetryNotices()
        self._with_thoughts = thoughts
        self._thoughts = PieceCutter()
        self._text = PieceCutter()
        self._printed = False
        self._drawn: tuple[object, ...] = ()

    def expect(self, _model: str, /) -> AbstractContextManager[None]:
        """Do nothing: there is nothing to print yet."""
        return nullcontext()

    def begin(self, stop: Callable[[], None]) -> None:
        """Do nothing: an interrupt stops the reply."""

    def show(self, reply: Reply) -> None:
        """Draw what is new, unless it is too soon after the last drawing."""
        notice = self._retries.take(reply)
        if notice:
            self._thoughts.rewind(reply.thoughts)
        if notice and not self._live:
            self._print_note(notice)
        now = self._clock()
        if now >= self._due_at:
            self._draw(reply, ended=False)
            rest_s = (1 + _REST) * (self._clock() - now)
            self._due_at = now + min(max(_DRAW_INTERVAL_S, rest_s), _LONGEST_REST_S)

    def rest_s(self) -> float:
        """Return the seconds until the next drawing."""
        return self._due_at - self._clock()

    def finish(self, reply: Reply) -> None:
        """Print what has not been printed yet, a line on what came beside the text, and the usage line."""
        self._draw(reply, ended=True)
        if reply.extras:
            self._print_note(extras_line(reply.extras))
        if not self._quiet:
            self._print_note(usage_line(reply))

    def _print_note(self, note: str) -> None:
        columns, _ = self._screen.measure()
        self._screen.update(self._renderer.render_note(note, columns), [])

    def _draw(self, reply: Reply, *, ended: bool) -> None:
        size, text = self._screen.measure(), reply.text
        thoughts = reply.thoughts if self._with_thoughts else ""
        status = "" if text or ended or not self._live else usage_line(reply)
        state = (size, len(thoughts), len(text), status, ended)
        if state != self._drawn:
            self._update(thoughts, text, status, ended=ended, size=size)
            self._drawn = state

    def _update(self, thoughts: str, text: str, status: str, *, ended: bool, size: tuple[int, int]) -> None:
        columns, rows = size
        final: list[str] = []
        growing: list[str] = []
        sources = ((self._thoughts, thoughts, "dim", ended or bool(text)), (self._text, text, "", ended))
        for pieces, source, style, whole in sources:
            finished, rest = pieces.cut(source, ended=whole)
            final += self._render(finished, columns, style, after=bool(final))
            growing += self._render([end_of(rest)] * self._live, columns, style, after=bool(final))
        growing += self._renderer.render_note(status, columns)
        self._screen.update(final, growing[-max(rows - 1, 1) :])
        # Noted last: what an interrupt kept from being printed is printed the next time.
        self._printed = self._printed or bool(final)
        for pieces in (self._thoughts, self._text):
            pieces.note_printed()

    def _render(self, pieces: Sequence[str], columns: int, style: str, *, after: bool) -> list[str]:
        lines: list[str] = []
        for rendered in filter(None, (self._renderer.render(piece, columns, style) for piece in pieces)):
            lines += [""] * bool(after or lines or self._printed) + rendered
        return lines
