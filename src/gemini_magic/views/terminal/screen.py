"""The end of what is printed on a terminal: final lines, and lines below them that may still change."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["Screen"]

_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"


class Screen:
    """The end of what is printed: lines that are final, and below them lines that may still change.

    The cursor moves back only over lines that may change. Where there are none it does not move at all, so
    this also serves front ends that can only append.

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

        Lines may have ANSI colours. The growing ones must be fewer than the terminal's rows: the
        cursor cannot move back to lines that have left the screen.
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
            variable = os.environ.get("COLUMNS", "")
            columns = int(variable) if variable.isdecimal() else 0
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
