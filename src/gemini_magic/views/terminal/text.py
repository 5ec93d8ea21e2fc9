"""The view of pipes and files: plain text as it arrives, the usage line after it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from gemini_magic.replies.extras.drawn import extras_line
from gemini_magic.runtime.output import write
from gemini_magic.text.normalize import Normalizer
from gemini_magic.views.terminal.printed_once import RetryNotices
from gemini_magic.views.usage_line import usage_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from gemini_magic.replies.reply import Reply

__all__ = ["TextView"]


class TextView:
    """Prints to standard output.

    Parameters
    ----------
    quiet
        Leave the usage line out.
    thoughts
        Print the thought summaries too, before the text.
    """

    def __init__(self, *, quiet: bool = False, thoughts: bool = False) -> None:
        self._quiet = quiet
        self._thoughts = thoughts
        self._text, self._thought_text = Normalizer(), Normalizer()
        self._printed_thoughts = 0
        self._printed = 0
        self._retries = RetryNotices()

    def expect(self, _model: str, /) -> AbstractContextManager[None]:
        """Do nothing: there is nothing to print yet."""
        return nullcontext()

    def begin(self, stop: Callable[[], None]) -> None:
        """Do nothing: an interrupt stops the reply."""

    def show(self, reply: Reply) -> None:
        """Print what has come since the last call, and once that a request is tried again."""
        notice = self._retries.take(reply)
        if notice:
            self._begin_again(notice)
        ended = reply.state != "streaming"
        if self._thoughts and not self._printed:
            self._print_thoughts(reply, ended=ended)
        text = self._text.normalize(reply.text, ended=ended)
        if len(text) > self._printed:
            write(text[self._printed :])
            self._printed = len(text)

    def rest_s(self) -> float:
        """Return 0: all that comes is printed at once."""
        return 0.0

    def finish(self, reply: Reply) -> None:
        """Print the rest, a line on what came beside the text, and the usage line."""
        self.show(reply)
        if self._printed and not reply.text.endswith("\n"):
            write("\n")
        if reply.extras:
            write(f"{extras_line(reply.extras)}\n")
        if not self._quiet:
            write(f"{usage_line(reply)}\n")

    def _begin_again(self, notice: str) -> None:
        """Say that the request is tried again: what the failed try has brought is no part of the reply."""
        open_line = "\n" if self._printed_thoughts else ""
        self._printed_thoughts = 0
        write(f"{open_line}{notice}\n")

    def _print_thoughts(self, reply: Reply, *, ended: bool) -> None:
        thoughts = self._thought_text.normalize(reply.thoughts, ended=ended or bool(reply.text))
        new = thoughts[self._printed_thoughts :]
        self._printed_thoughts += len(new)
        if self._printed_thoughts and reply.text:
            write(new.rstrip() + "\n\n")
        elif new:
            write(new)
