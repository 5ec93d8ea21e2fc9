"""Renders model text to lines of a terminal with rich; the model's control characters are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygments.token import Comment, Keyword, Name, Number, Operator, String
from rich.console import Console
from rich.markdown import CodeBlock, Markdown, TableElement
from rich.segment import Segment, Segments
from rich.style import Style
from rich.styled import Styled
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from gemini_magic.text.printable import printable
from gemini_magic.text.time_limit import TookTooLong, run_in_time
from gemini_magic.views.terminal.parser import TAG_STYLES, make_parser

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from markdown_it.token import Token
    from rich.console import ConsoleOptions, RenderableType, RenderResult

__all__ = ["Renderer"]

_RENDERED_SIZE = 100_000
"""A piece of more characters is printed as it came: rendering it would take more than a second."""

_MOST_INDENT = 60
"""If nested lists and quotes take more columns, or more than half the width, the source is shown instead."""

_FRAMES = {"bullet_list_open": 3, "ordered_list_open": 4, "blockquote_open": 4}

_THEME = Theme(
    {"markdown.code": "bold cyan", "markdown.code_block": "cyan", "markdown.link": "blue"}
    | {f"markdown.{tag}": style for tag, style in TAG_STYLES.items()}
)
# The terminal's own colours that are readable on dark and on light backgrounds.
_CODE_THEME = ANSISyntaxTheme(
    dict.fromkeys((Keyword, Operator.Word, Name.Tag), Style(color="magenta"))
    | dict.fromkeys((Name.Builtin, Name.Decorator, Number), Style(color="cyan"))
    | dict.fromkeys((Name.Class, Name.Function), Style(color="cyan", bold=True))
    | {Comment: Style(dim=True), String: Style(color="green")}
)


class Renderer:
    """Renders text to lines with ANSI colours; control characters in the text are removed."""

    def __init__(self, stream: TextIO, *, forced: bool) -> None:
        self._console = Console(
            file=stream,
            force_terminal=True,
            force_jupyter=False,
            legacy_windows=False,
            color_system="standard" if forced else "auto",
            theme=_THEME,
        )
        self._parser = make_parser()

    def render(self, piece: str, columns: int, style: str = "") -> list[str]:
        """Return the lines of a piece of Markdown, without blank ones around them."""
        text = printable(piece)
        if len(text) > _RENDERED_SIZE:
            return self._plain_lines(text)
        try:
            return run_in_time(lambda: self._render(text, columns, style), text)
        except (RuntimeError, TookTooLong):
            return self._plain_lines(text)

    def _plain_lines(self, text: str) -> list[str]:
        return printable(text, self._console.encoding).expandtabs().strip("\n").split("\n")

    def _render(self, text: str, columns: int, style: str) -> list[str]:
        tokens = self._parser.parse(text)
        document: RenderableType = Text(text)
        if _needed_columns(tokens) <= min(columns // 2, _MOST_INDENT):
            document = _Markdown("", hyperlinks=False)
            document.parsed = tokens
        return self._to_lines(Styled(document, style), columns)

    def render_note(self, note: str, columns: int) -> list[str]:
        """Return the lines of a plain text, dim."""
        return self._to_lines(Text(note, "dim"), columns)

    def _to_lines(self, document: RenderableType, columns: int) -> list[str]:
        options = self._console.options.update(width=columns, height=None)
        rows = [self._clean(row) for row in self._console.render_lines(document, options, pad=False)]
        filled = [number for number, row in enumerate(rows) if row]
        if not filled:
            return []
        segments = [s for row in rows[filled[0] : filled[-1] + 1] for s in (*row, Segment.line())]
        with self._console.capture() as capture:
            self._console.print(Segments(segments[:-1]), end="", crop=False)
        return capture.get().split("\n")

    def _clean(self, row: list[Segment]) -> list[Segment]:
        """Return a printable row without blanks at its end; entities may have made control characters."""
        while row and not row[-1].text.strip():
            row.pop()
        texts = [printable(segment.text, self._console.encoding) for segment in row]
        texts[-1:] = [text.rstrip() for text in texts[-1:]]
        return [Segment(text, segment.style) for text, segment in zip(texts, row, strict=True)]


def _needed_columns(tokens: Iterable[Token]) -> int:
    """Return how many columns lists, quotes and the frames of tables take."""
    open_, most = [0], 0
    for token in tokens:
        if token.nesting > 0:
            start = str(token.attrs.get("start", "1"))
            width = _FRAMES.get(token.type, 0) + len(start) * (token.type == "ordered_list_open")
            open_.append(open_[-1] + width)
        elif token.nesting < 0:
            open_.pop()
        most = max(most, open_[-1])
    return most


class _Code(CodeBlock):
    """Code as it is, without a frame or a background: it can be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Syntax(str(self.text).rstrip(), self.lexer_name, theme=_CODE_THEME, word_wrap=True)


class _Table(TableElement):
    """A table that breaks words that do not fit, instead of cutting them off."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                for column in table.columns:
                    column.overflow = "fold"
            yield table


class _Markdown(Markdown):
    inlines = Markdown.inlines | TAG_STYLES.keys()
    elements = Markdown.elements | {"fence": _Code, "code_block": _Code, "table_open": _Table}
