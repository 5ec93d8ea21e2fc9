"""The view of pipes and files: plain text as it arrives, the usage line after it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gemini_magic.text.printable import printable
from gemini_magic.views.terminal.printed_once import RetryNotices
from gemini_magic.views.usage_line import usage_line

if TYPE_CHECKING:
    from collections.abc import Callable

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
        self._printed_thoughts = 0
        self._printed = 0
        self._retries = RetryNotices()

    def begin(self, stop: Callable[[], None]) -> None:
        """Do nothing: an interrupt stops the reply."""

    def show(self, reply: Reply) -> None:
        """Print what has come since the last call, and once that a request is tried again."""
        notice = self._retries.take(reply)
        if notice:
            _print(f"{notice}\n")
        if self._thoughts and not self._printed:
            self._print_thoughts(reply)
        text = reply.text
        if len(text) > self._printed:
            _print(text[self._printed :])
            self._printed = len(text)

    def rest_s(self) -> float:
        """Return 0: all that comes is printed at once."""
        return 0.0

    def finish(self, reply: Reply) -> None:
        """Print the rest and the usage line."""
        self.show(reply)
        if self._printed and not reply.text.endswith("\n"):
            _print("\n")
        if not self._quiet:
            _print(f"{usage_line(reply)}\n")

    def _print_thoughts(self, reply: Reply) -> None:
        new = reply.thoughts[self._printed_thoughts :]
        self._printed_thoughts += len(new)
        if self._printed_thoughts and reply.text:
            new = new.rstrip() + "\n\n"
        _print(new)


def _print(text: str) -> None:
    sys.stdout.write(printable(text, sys.stdout.encoding))
    sys.stdout.flush()
