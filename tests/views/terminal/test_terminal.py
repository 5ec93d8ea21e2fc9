"""The view of terminals, through a real pseudo-terminal: what is on the screen and in its scrollback."""

from __future__ import annotations

import fcntl
import io
import os
import re
import struct
import termios
import threading
from contextlib import contextmanager, suppress

import pytest
from google.genai import types
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_magic.errors import ServiceUnavailable
from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.turn import run_turn
from gemini_magic.views.terminal import renderer
from gemini_magic.views.terminal.terminal import TerminalView
from tests.text.test_block_splitter import PIECES

pyte = pytest.importorskip("pyte", reason="needs the terminal emulator pyte")

USAGE = "m · tokens unknown · total 1.50 s · outside any chat"
ENDED = [ev.Finished("STOP"), ev.Ended("complete", 1.5)]
MARK = "\x05"
COLOURS = re.compile(r"\x1b\[[\d;]*m")
MOVES = re.compile(r"\x1b\[\d*A|\r|\x1b\[J|\x1b\[\?7[lh]")


class Terminal:
    """A pseudo-terminal: `stream` is its inside, `screen` what a person sees, `written` all that came."""

    def __init__(self, columns, rows, encoding):
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.stream = os.fdopen(slave, "w", encoding=encoding, newline="")
        self.columns = columns
        self.written = ""
        self.screen = pyte.HistoryScreen(columns, rows, history=1_000_000)
        self._feed = pyte.Stream(self.screen).feed
        self._arrived = threading.Semaphore(0)
        self._read = b""
        self._reader = threading.Thread(target=self._receive)
        self._reader.start()

    def _receive(self):
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:
                return
            self._read += data
            if data.endswith(MARK.encode()):
                self._arrived.release()

    def sync(self):
        """Wait until all that was written is on the screen."""
        self.stream.write(MARK)
        self.stream.flush()
        assert self._arrived.acquire(timeout=10)
        data, self._read = self._read, b""
        text = data.decode(self.stream.encoding).replace(MARK, "")
        self.written += text
        self._feed(text)

    def close(self):
        self.stream.close()
        self._reader.join()
        os.close(self._master)

    @property
    def gone(self):
        """The lines that have left the screen."""
        return [self._text(row) for row in self.screen.history.top]

    @property
    def lines(self):
        """The scrollback and the screen."""
        shown = [self._text(self.screen.buffer[y]) for y in range(self.screen.lines)]
        return "\n".join([*self.gone, *shown]).rstrip("\n").split("\n")

    def _text(self, row):
        return "".join(row[x].data for x in range(self.columns)).rstrip()


@contextmanager
def opened(columns=80, rows=24, encoding="utf-8"):
    pty = Terminal(columns, rows, encoding)
    try:
        yield pty
    finally:
        pty.close()


class Clock:
    """Each look at it is so many seconds later."""

    def __init__(self, step):
        self.now = 0.0
        self.step = step

    def __call__(self):
        self.now += self.step
        return self.now


def delta(text):
    return ev.TextDelta(text, types.Part(text=text))


def thought(text):
    return ev.ThoughtDelta(text, types.Part(text=text, thought=True))


def deltas(text, step=11):
    return [delta(text[i : i + step]) for i in range(0, len(text), step)]


def draw(events, view):
    reply = Reply("m")
    view.show(reply)
    for event in events:
        reply.apply(event)
        view.show(reply)
    view.finish(reply)


def replay(events, *, columns=80, rows=24, encoding="utf-8", step=9, **options):
    """Draw every event, or with no `step` of time, only the end; return the terminal."""
    with opened(columns, rows, encoding) as pty:
        draw(events, TerminalView(pty.stream, clock=Clock(step), **options))
        pty.sync()
    return pty


def words(count):
    return " ".join(f"w{i}" for i in range(count))


TEXTS = {
    "short": "One line.",
    "nothing": "",
    "paragraphs": "\n\n".join(f"Paragraph {i} of **many** that `flow` by." for i in range(60)),
    "one long paragraph": words(1500),
    "one long line": "x" * 5000,
    "code": "Look:\n\n```python\n"
    + "".join(f"def f{i}(x):\n    return {i}\n\n" for i in range(40))
    + "```\n\nEnd.",
    "a fence that never closes": "Look:\n\n```\n" + "".join(f"line {i}\n\n" for i in range(90)),
    "a long fence": "```python\n" + "".join(f"x{i} = 'some text of a line of code'\n" for i in range(300)),
    "table": "| a | b |\n|---|--:|\n" + "".join(f"| {i} | cell {i} |\n" for i in range(50)) + "\nEnd.",
    "a long table": "| a | b |\n|---|--:|\n" + "".join(f"| row {i} | cell {i} |\n" for i in range(250)),
    "list": "".join(f"- item {i}\n  - below {i}\n" for i in range(40)) + "\nEnd.",
    "a long list": "".join(f"{i}. item {i}\n" for i in range(400)),
    "CRLF": "# Title\r\n\r\nOne.\r\n\r\n- a\r\n- b\r\n\r\n```\r\ncode\r\n```\r\n",
    "RTL": "\n\n".join(f"שלום עולם {i} مرحبا" for i in range(40)),
    "combining": "\n\n".join(f"e\u0301a\u0308 n\u0303 {i}" for i in range(40)),
    "wide": "漢字かな交じり文" * 100 + "\n\n" + "🙂" * 100,
    "tabs": "a\tb\n\n\tcode\tmore\n",
    "quotes and rules": "> a\n> > b\n\n---\n\n***\n\n> c\n",
    "deep": "".join("  " * i + f"- level {i}\n" for i in range(30)) + "\n" + "> " * 60 + "quoted\n",
}


@pytest.mark.parametrize("size", [(80, 24), (40, 10), (10, 4)])
@pytest.mark.parametrize("name", TEXTS)
def test_the_scrollback_has_every_line_once(name, size):
    columns, rows = size
    text = TEXTS[name]
    growing = replay([*deltas(text, max(11, len(text) // 40)), *ENDED], columns=columns, rows=rows)
    at_once = replay([*deltas(text), *ENDED], columns=columns, rows=rows, step=0)
    assert growing.lines == at_once.lines
    assert (growing.screen.cursor.x, growing.screen.cursor.hidden) == (0, False)
    shown = re.sub(r"\s", "", "".join(growing.lines))
    # Words are broken over the lines of a very narrow table.
    for word in re.findall(r"\w+", text.replace("python", "")) if columns > 10 else []:
        assert word in shown


def test_lines_are_those_of_the_text():
    text = "# T\n\n" + "\n\n".join(f"p{i}" for i in range(100)) + "\n\n```\n" + "\n".join(map(str, range(60)))
    lines = replay([*deltas(text), *ENDED]).lines
    assert [line.strip() for line in lines if line] == [
        "T",
        *(f"p{i}" for i in range(100)),
        *map(str, range(60)),
        USAGE,
    ]


def test_a_narrow_table_breaks_words_and_cuts_none_off():
    word = "abcdefghijklmnopqrstuvwxyz0123456789"
    text = f"| a | b | c |\n|---|---|---|\n| {word} | {word.upper()} | x |\n"
    shown = "".join(replay([*deltas(text), *ENDED], columns=40).lines[:-1])
    assert set(word + word.upper()) <= set(shown)


def test_a_piece_taller_than_the_screen_shows_its_end_while_it_grows():
    with opened(rows=10) as pty:
        view, reply = TerminalView(pty.stream, clock=Clock(9)), Reply("m")
        for event in [delta("Before.\n\n```\n"), *(delta(f"line {i}\n") for i in range(50))]:
            reply.apply(event)
            view.show(reply)
            pty.sync()
            assert [line for line in pty.gone if line] in ([], ["Before."])
        assert [line for line in pty.lines if line][-9:] == [f"line {i}" for i in range(41, 50)]
        for event in ENDED:
            reply.apply(event)
        view.finish(reply)
        pty.sync()
        assert pty.lines == ["Before.", "", *(f"line {i}" for i in range(50)), USAGE]


def test_the_status_is_one_line_in_place_until_text_comes():
    with opened(columns=60, rows=8) as pty:
        view, reply = TerminalView(pty.stream, clock=Clock(9)), Reply("m")
        seen = []
        waits = [ev.Retrying("service busy", wait, 2, 3) for wait in (3, 2, 1)]
        for event in [ev.Pause(), *waits, ev.Served("m2"), ev.Pause(), delta("Hello"), ev.Pause()]:
            reply.apply(event)
            view.show(reply)
            pty.sync()
            seen.append(pty.lines)
    assert seen == [
        ["m · streaming…"],
        *([f"m · service busy; trying again in {i} s, 2 of 3"] for i in (3, 2, 1)),
        ["m2 · streaming…"],
        ["m2 · streaming…"],
        ["Hello"],
        ["Hello"],
    ]


@pytest.mark.parametrize("live", [True, False])
def test_thoughts_come_first_and_dim_where_asked_for(live):
    events = [thought("I th"), thought("ink.\n\nMore"), delta("So."), *ENDED]
    pty = replay(events, live=live, thoughts=True)
    assert pty.lines == ["I think.", "", "More", "", "So.", USAGE]
    final = pty.written[pty.written.rindex("More") - 10 :]
    assert "\x1b[2mMore" in final
    assert "\x1b[2mSo" not in final
    assert replay(events, live=live).lines == ["So.", USAGE]


def test_thoughts_of_a_failed_try_give_way_to_those_of_the_next():
    events = [
        thought("First.\n\nA\n"),
        ev.Retrying("busy", 1, 2, 3),
        thought("Second."),
        delta("So."),
        *ENDED,
    ]
    assert replay(events, thoughts=True).lines == ["First.", "", "Second.", "", "So.", USAGE]


def test_quiet_leaves_the_usage_line_out():
    assert replay([*deltas("Some text"), *ENDED], quiet=True).lines == ["Some text"]
    assert replay(ENDED, quiet=True).lines == [""]


@pytest.mark.parametrize("error", [ServiceUnavailable("gone", 503), KeyboardInterrupt(), ValueError()])
def test_an_end_in_the_middle_keeps_the_text(error):
    def broken():
        yield from deltas("One.\n\n- two\n- **thr")
        raise error

    with opened() as pty:
        view = TerminalView(pty.stream, clock=Clock(9))
        with pytest.raises(type(error)):
            run_turn(broken(), Reply("m"), view)
        pty.sync()
        assert pty.lines[:-1] == ["One.", "", " • two", " • **thr"]
        assert pty.lines[-1].startswith("m · ")
        assert (pty.screen.cursor.x, pty.screen.cursor.hidden) == (0, False)
        assert pyte.modes.DECAWM in pty.screen.mode


def test_a_failure_before_any_text_leaves_the_usage_line_alone():
    events = [ev.Retrying("busy", 1, 2, 3), ev.Failed("ServiceUnavailable")]
    with opened() as pty:
        draw(events, TerminalView(pty.stream, clock=Clock(9)))
        pty.sync()
        assert pty.lines == ["m · failed (ServiceUnavailable)"]


@pytest.mark.parametrize("at", range(0, 120, 3))
def test_an_interrupt_while_drawing_loses_nothing(at, monkeypatch):
    """Strikes at one call of many, wherever that is; what is finished then is printed at the end."""
    calls = [0]

    def striking(original):
        def call(*args, **named):
            calls[0] += 1
            if calls[0] == at:
                raise KeyboardInterrupt
            return original(*args, **named)

        return call

    monkeypatch.setattr(renderer, "printable", striking(renderer.printable))
    text = "\n\n".join(f"Paragraph {i}." for i in range(20))
    with opened() as pty:
        view, reply = TerminalView(pty.stream, clock=Clock(9)), Reply("m")
        with suppress(KeyboardInterrupt):
            run_turn([*deltas(text, 40), *ENDED], reply, view)
        pty.sync()
    shown = [line for line in pty.lines if line.startswith("Para")]
    received = [line.strip() for line in reply.text.split("\n\n") if line]
    # One that strikes during the last drawing ends it.
    assert shown == (received if reply.state == "stopped" else received[: len(shown)])


HOSTILE = {
    "escape sequences": "a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;http://evil\x1b\\d\x9b2Je\x90f\x1bcg",
    "controls": "a\x00b\x07c\x08d\x0be\x0cf\x7fg\x85h\x9ci",
    "entities": "&#27;[2J &#x9b;2J &#13;&#10; &#x202E; &#7; &#0;",
    "bidi": "abc\u202edef\u202c \u2066x\u2069 \u2067y &#x2066;",
    "links": "[bank](http://evil/\u202ex) <http://x/a?b> ![p](http://evil) [a][1]\n\n[1]: http://r",
    "markup": "[bold]x[/bold] [link=http://evil]y[/link] [/] [red :smile:",
    "halves": "a\ud83d b\ude00 \udfff",
    "in code": "```\n\x1b[31mred\x1b]8;;http://evil\x07\r\n\x00\n```\n\n`\x1b[2J\u202e`\n",
    "in a language": "```\x1b]0;x\x07&#27;\u202e\nx\n```\n",
    "in a table": "| \x1b[2J | \u202e |\n|---|---|\n| &#13; | \x00 |\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_the_model_drives_the_terminal(name, live, encoding):
    text = HOSTILE[name]
    written = replay(
        [*deltas(text, 3), thought(text), *ENDED], live=live, encoding=encoding, thoughts=True
    ).written
    rest = COLOURS.sub("", written.replace("\r\n", "\n"))
    rest = MOVES.sub("", rest) if live else rest
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", rest)


def test_what_hides_is_shown():
    assert replay([*deltas("a\u202eb"), *ENDED]).lines[0] == "a\ufffdb"
    assert replay([*deltas("[bold]x[/bold] :smile:"), *ENDED]).lines[0] == "[bold]x[/bold] :smile:"
    link = replay([*deltas("[https://bank](http://evil.example/a)"), *ENDED]).lines[0]
    assert link == "https://bank (http://evil.example/a)"
    assert replay([*deltas("<b>bold</b> <!-- x -->"), *ENDED]).lines[0] == "<b>bold</b> <!-- x -->"
    assert replay([*deltas("See [a][1].\n\n[1]: http://r"), *ENDED]).lines[:3] == [
        "See [a][1].",
        "",
        "[1]: http://r",
    ]


def test_a_pair_of_halves_is_one_character():
    assert replay([delta("a\ud83d"), delta("\ude00b"), *ENDED]).lines[0] == "a😀b"


def test_appending_moves_no_cursor(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    busy = [ev.Retrying("busy", wait, number, 3) for number in (2, 3) for wait in (2, 1)]
    text = "# T\n\n" + words(60) + "\n\n```python\nx = 1\n```\n"
    pty = replay([*busy, *deltas(text), *ENDED], live=False, columns=200)
    assert "\x1b" not in COLOURS.sub("", pty.written)
    assert "\x1b[36m1" in pty.written
    assert pty.lines[:2] == [f"m · busy; trying again in 2 s, {i} of 3" for i in (2, 3)]
    assert max(map(len, pty.lines)) <= 80
    assert pty.lines[-2:] == ["x = 1", USAGE]
    monkeypatch.setenv("COLUMNS", "40")
    assert max(map(len, replay(deltas(words(60)), live=False, columns=200).lines[:-1])) <= 40


def test_appending_prints_a_piece_as_soon_as_it_is_finished():
    out = io.StringIO()
    view, reply = TerminalView(out, live=False, clock=Clock(9)), Reply("m")
    for text, printed in [
        ("One.\n\nT", ""),
        ("wo.\n", "One.\n"),
        ("\nThree", "One.\n"),
        ("\n", "One.\n\nTwo.\n"),
    ]:
        reply.apply(delta(text))
        view.show(reply)
        assert out.getvalue() == printed


def test_no_more_than_12_draws_a_second():
    draws = count_draws(0)
    assert 10 <= draws <= 13


def test_slow_draws_take_a_fraction_of_the_time():
    draws = count_draws(0.05)
    assert draws <= 5


def count_draws(draw_s):
    """How many draws there are in one second of 1,000 events, where each takes so long."""
    now, draws = [0.0], [0]

    class Slow(io.StringIO):
        def write(self, text):
            now[0] += draw_s
            draws[0] += bool(text)
            return super().write(text)

    view, reply = TerminalView(Slow(), clock=lambda: now[0]), Reply("m")
    while now[0] < 1:
        now[0] += 0.001
        reply.apply(delta("x "))
        view.show(reply)
    return draws[0]


LONG = {
    "paragraphs": (words(50) + "\n\n") * 1500,
    "line": "x" * 1_000_000,
    "line of 100 KB": "x" * 100_000,
    "fence": "```python\n" + "x = 1  # one\n\n" * 20_000,
    "fence of 50 KB": "```python\n" + "x = 1  # one\n\n" * 4_000,
    "list": "- item\n" * 30_000,
}


@pytest.mark.parametrize("name", LONG)
def test_work_grows_with_the_text(name, monkeypatch):
    """A growing piece is drawn from its end alone, a finished one once, and a giant one as it came."""
    parsed = []
    parse = renderer.MarkdownIt.parse
    monkeypatch.setattr(
        renderer.MarkdownIt, "parse", lambda self, text: parsed.append(len(text)) or parse(self, text)
    )
    text, draws = LONG[name], 15
    out = io.StringIO()
    view, reply = TerminalView(out, clock=Clock(9)), Reply("m")
    for event in deltas(text, len(text) // draws):
        reply.apply(event)
        view.show(reply)
    view.finish(reply)
    drawn_at_most = (draws + 2) * 5000
    assert sum(parsed) <= len(text) + drawn_at_most
    plain = MOVES.sub("", COLOURS.sub("", out.getvalue()))
    assert len(plain) <= 1.1 * len(text) + (draws + 2) * 24 * 81


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(PIECES, st.text(max_size=8), st.sampled_from(list(HOSTILE.values()))), max_size=25),
    st.integers(1, 90),
)
def test_whatever_comes_is_rendered(pieces, columns):
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        draw([*deltas("".join(pieces)), *ENDED], TerminalView(out, live=False, clock=Clock(9)))
    plain = COLOURS.sub("", out.getvalue())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", plain)
    shown = set(re.findall("[a-z]", plain))
    assert set("".join(re.findall("paragraph|heading|nested|quote", "".join(pieces).lower()))) <= shown | set(
        "python"
    )
