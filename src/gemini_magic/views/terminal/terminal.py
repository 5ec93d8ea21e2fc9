"""The view of terminals: the reply as rich text, each piece of it printed once.

Only the piece that still grows is drawn again and again, and never more of it than fits the screen; so
the scrollback has every line once, and the work grows with the text and not with its square.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
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

from gemini_magic.views.terminal.screen import Pieces, RetryNotices, Screen, end_of, printable
from gemini_magic.views.usage_line import usage_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TextIO

    from markdown_it.token import Token
    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from gemini_magic.replies.reply import Reply

__all__ = ["TerminalView"]

_DRAW_INTERVAL_S = 1 / 12
_REST = 4
"""After a drawing the view rests this many times as long as it took, a second at most."""

_LONGEST_REST_S = 1.0

_RENDERED_SIZE = 100_000
"""Characters of a piece that is rendered: a second's work. A longer one is printed as it came."""

_MOST_INDENT = 60
"""Columns that nested lists and quotes may take, and half the width at most; beyond, source reads better."""

_FRAMES = {"bullet_list_open": 3, "ordered_list_open": 4, "blockquote_open": 4}

_THEME = Theme({"markdown.code": "bold cyan", "markdown.code_block": "cyan", "markdown.link": "blue"})
# The terminal's own colours, those that can be read on dark and on light.
_CODE_THEME = ANSISyntaxTheme(
    dict.fromkeys((Keyword, Operator.Word, Name.Tag), Style(color="magenta"))
    | dict.fromkeys((Name.Builtin, Name.Decorator, Number), Style(color="cyan"))
    | dict.fromkeys((Name.Class, Name.Function), Style(color="cyan", bold=True))
    | {Comment: Style(dim=True), String: Style(color="green")}
)


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
        self._renderer = _Renderer(stream, forced=not live)
        self._retries = RetryNotices()
        self._with_thoughts = thoughts
        self._thoughts = Pieces()
        self._text = Pieces()
        self._printed = False
        self._drawn: tuple[object, ...] = ()

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
        """Print what has not been printed yet, and the usage line."""
        self._draw(reply, ended=True)
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
        ends: list[tuple[Pieces, int]] = []
        sources = ((self._thoughts, thoughts, "dim", ended or bool(text)), (self._text, text, "", ended))
        for pieces, source, style, whole in sources:
            finished, rest = pieces.cut(source, ended=whole)
            final += self._render(finished, columns, style, after=bool(final))
            growing += self._render([end_of(rest)] * self._live, columns, style, after=bool(final))
            ends.append((pieces, len(source) - len(rest)))
        growing += self._renderer.render_note(status, columns)
        self._screen.update(final, growing[-max(rows - 1, 1) :])
        # Only now: what an interrupt keeps from being printed is printed the next time.
        self._printed = self._printed or bool(final)
        for pieces, end in ends:
            pieces.note_printed(end)

    def _render(self, pieces: list[str], columns: int, style: str, *, after: bool) -> list[str]:
        lines: list[str] = []
        for rendered in filter(None, (self._renderer.render(piece, columns, style) for piece in pieces)):
            lines += [""] * bool(after or lines or self._printed) + rendered
        return lines


class _Renderer:
    """Renders text to lines with ANSI colours, in which no control character is the model's."""

    def __init__(self, stream: TextIO, *, forced: bool) -> None:
        self._console = Console(
            file=stream,
            force_terminal=True,
            force_jupyter=False,
            legacy_windows=False,
            color_system="standard" if forced else "auto",
            theme=_THEME,
        )
        # A definition, a picture's address and HTML are text like any other here: nothing is left out.
        self._parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
        self._parser.enable(["table", "strikethrough"]).disable(["reference", "image", "autolink"])

    def render(self, piece: str, columns: int, style: str = "") -> list[str]:
        """Return the lines of a piece of Markdown, without blank ones around them."""
        text = printable(piece, None)
        if len(text) > _RENDERED_SIZE:
            return printable(text, self._console.encoding).expandtabs().strip("\n").split("\n")
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
        """Return a row without blanks at its end and, since entities too make characters, printable."""
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
    elements = Markdown.elements | {"fence": _Code, "code_block": _Code, "table_open": _Table}
