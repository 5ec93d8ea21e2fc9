"""A table as plain text that fits a width.

Where there is too little room, excerpts of texts are cut shorter, then headers wrapped and gaps narrowed, and
at last each row is folded into several lines. Nothing but excerpts is cut, unless it is wider than a line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Column", "to_plain"]

_LEAST = 16
"""Columns of the screen that an excerpt keeps."""

_INDENT = 4
"""Of the further lines of a folded row."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    header
        The lines of its name.
    cells
        Its texts, one for each row.
    is_right
        Whether they are right-aligned.
    is_excerpt
        Whether they may be cut shorter.
    """

    header: tuple[str, ...]
    cells: tuple[str, ...]
    is_right: bool
    is_excerpt: bool

    @property
    def width(self) -> int:
        """The columns of the screen it would like to have."""
        return max(map(cell_len, (*self.header, *self.cells)))

    @property
    def least(self) -> int:
        """The columns it needs."""
        return min(self.width, _LEAST) if self.is_excerpt else self.width

    def wrapped(self) -> Column:
        """Return the column with its header on a line for each word, where that makes it narrower."""
        if cell_len(self.header[0]) <= max(map(cell_len, self.cells), default=0):
            return self
        return replace(self, header=tuple(self.header[0].split(" ")))


def to_plain(columns: Sequence[Column], room: int) -> str:
    """Return the table as lines.

    Parameters
    ----------
    columns
        The columns, with headers of one line.
    room
        How many columns the screen has.
    """
    wrapped = [column.wrapped() for column in columns]
    for shaped, gap in ((columns, 2), (wrapped, 2), (wrapped, 1)):
        if _needed(shaped, gap) <= room:
            return "\n".join(_draw(shaped, room, gap))
    parts = [
        [f"{' ' * indent}{line}".rstrip() for line in _draw(part, room - indent, 2)]
        for part, indent in zip(_fold(columns, room), chain([0], repeat(_INDENT)), strict=False)
    ]
    # Of what is empty there is no line.
    return "\n".join(line for row in zip(*parts, strict=True) for line in row if line)


def _needed(columns: Sequence[Column], gap: int) -> int:
    return sum(column.least for column in columns) + gap * (len(columns) - 1)


def _fold(columns: Sequence[Column], room: int) -> Iterator[list[Column]]:
    """Yield as many columns at a time as one line has room for."""
    part: list[Column] = []
    left = room
    for column in columns:
        if part and _needed([*part, column], 2) > left:
            yield part
            part, left = [], room - _INDENT
        part.append(column)
    yield part


def _draw(columns: Sequence[Column], room: int, gap: int) -> list[str]:
    """Return the lines of the header and one for each row."""
    widths = _share(columns, room - gap * (len(columns) - 1))
    height = max(len(column.header) for column in columns)
    texts = [(*[""] * (height - len(column.header)), *column.header, *column.cells) for column in columns]
    return [
        (" " * gap).join(_pad(*cell) for cell in zip(row, columns, widths, strict=True)).rstrip()
        for row in zip(*texts, strict=True)
    ]


def _share(columns: Sequence[Column], room: int) -> list[int]:
    """Return the widths: what is too much is taken from the widest excerpts."""
    widths = [min(column.width, room) for column in columns]
    excerpts = [n for n, column in enumerate(columns) if column.is_excerpt]
    for _ in range(sum(widths) - room):
        widest = max(excerpts, key=lambda n: widths[n])
        widths[widest] -= 1
    return widths


def _pad(text: str, column: Column, width: int) -> str:
    size = cell_len(text)
    if size > width:
        text = set_cell_size(text, width - 1).rstrip() + "…"
        size = cell_len(text)
    blanks = " " * (width - size)
    return blanks + text if column.is_right else text + blanks
