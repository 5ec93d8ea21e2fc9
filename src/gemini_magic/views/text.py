"""The view of terminals: plain text as it arrives, the usage line after it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gemini_magic.views.usage import usage_line

if TYPE_CHECKING:
    from gemini_magic.events import Retrying
    from gemini_magic.reply import Reply

__all__ = ["TextView"]


class TextView:
    """Prints to standard output.

    Parameters
    ----------
    quiet
        Leave the usage line out.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._printed = 0
        self._announced: Retrying | None = None

    def show(self, reply: Reply) -> None:
        """Print what has come since the last call, and once that a request is tried again."""
        again = reply.retrying
        if again is not None and (self._announced is None or self._announced.number != again.number):
            self._announced = again
            sys.stdout.write(_printable(usage_line(reply, markdown=False)) + "\n")
            sys.stdout.flush()
        text = reply.text
        if len(text) > self._printed:
            sys.stdout.write(_printable(text[self._printed :]))
            sys.stdout.flush()
            self._printed = len(text)

    def finish(self, reply: Reply) -> None:
        """Print the rest and the usage line."""
        self.show(reply)
        if self._printed and not reply.text.endswith("\n"):
            sys.stdout.write("\n")
        if not self._quiet:
            sys.stdout.write(_printable(usage_line(reply, markdown=False)) + "\n")
        sys.stdout.flush()


def _printable(text: str) -> str:
    """Return `text` without control characters, which could drive the terminal, as its encoding has it."""
    text = "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160))
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
