"""Tables: rows to one output in HTML, Markdown and plain text, safe for any text in the cells.

Names, prompts and replies are not trusted: in no front end is a cell more than its characters.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from gemini_magic.runtime.secret import scrub
from gemini_magic.text.printable import to_line
from gemini_magic.views.no_math import NO_MATH
from gemini_magic.views.plain_table import Column, to_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Amount", "Excerpt", "make_table"]

_LONGEST_CELL = 200


class Amount(str):
    """A number as text, for example a price; right-aligned like other numbers."""

    __slots__ = ()


class Excerpt(str):
    """The beginning of a longer text; where there is little room, less of it is shown."""

    __slots__ = ()


Cell = str | int | None
"""None is an unknown number."""


def make_table(header: Sequence[str], rows: Iterable[Sequence[Cell]], room: int = 80) -> dict[str, str]:
    """Return a table as a MIME bundle: `text/html`, `text/markdown` and `text/plain`.

    Parameters
    ----------
    header
        Names of the columns.
    rows
        The cells; columns of numbers and of `Amount` are right-aligned.
    room
        How many columns of the screen the plain text may take.
    """
    rows = [list(row) for row in rows]
    right = [all(_is_number(row[n]) for row in rows) and bool(rows) for n in range(len(header))]
    lines = [[_text(name) for name in header], *([_text(cell) for cell in row] for row in rows)]
    return {
        "text/html": _to_html(lines, right),
        "text/markdown": _to_markdown(lines, right),
        "text/plain": to_plain(list(_columns(lines, right, rows)), room),
    }


def _is_number(cell: Cell) -> bool:
    return cell is None or isinstance(cell, int | Amount)


def _text(cell: Cell) -> str:
    if cell is None:
        return "?"
    return f"{cell:,}" if isinstance(cell, int) else to_line(scrub(cell), _LONGEST_CELL)


def _to_html(lines: list[list[str]], right: list[bool]) -> str:
    head, *body = (_row(line, right, "td" if number else "th") for number, line in enumerate(lines))
    return f'<table class="{NO_MATH}"><thead>{head}</thead><tbody>' + "\n".join(body) + "</tbody></table>"


def _row(line: list[str], right: list[bool], tag: str) -> str:
    cells = []
    for text, is_right in zip(line, right, strict=True):
        side = "right" if is_right else "left"
        # JupyterLab heeds the style, sites that drop styles the attribute.
        cells.append(f'<{tag} style="text-align: {side}" align="{side}">{escape(text)}</{tag}>')
    return f"<tr>{''.join(cells)}</tr>"


def _to_markdown(lines: list[list[str]], right: list[bool]) -> str:
    head, *body = (f"| {' | '.join(map(_to_inert, line))} |" for line in lines)
    rule = f"|{'|'.join('---:' if side else '---' for side in right)}|"
    return "\n".join([head, rule, *body])


def _to_inert(text: str) -> str:
    """Return Markdown that shows the characters of `text`; as entities they make no structure."""
    return re.sub(r"[^\w ,]|_", lambda match: f"&#{ord(match.group())};", text)


def _columns(lines: list[list[str]], right: list[bool], rows: Sequence[Sequence[Cell]]) -> Iterator[Column]:
    for number, ((name, *texts), is_right) in enumerate(zip(zip(*lines, strict=True), right, strict=True)):
        is_excerpt = any(isinstance(row[number], Excerpt) for row in rows)
        yield Column((name,), tuple(texts), is_right, is_excerpt)
