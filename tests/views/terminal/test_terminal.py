"""The view of terminals, through a real pseudo-terminal: what is on the screen and in its scrollback."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest

from gemini_magic.errors import ServiceUnavailable
from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.turn import run_turn
from gemini_magic.views.terminal import renderer
from gemini_magic.views.terminal.terminal import TerminalView
from tests.support.pseudo_terminal import (
    ENDED,
    USAGE,
    Clock,
    delta,
    deltas,
    draw,
    opened,
    pyte,
    replay,
    thought,
    words,
)

pytestmark = pytest.mark.slow

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
    # rich 13 puts a heading of the first level into a box.
    text = (
        "## T\n\n" + "\n\n".join(f"p{i}" for i in range(100)) + "\n\n```\n" + "\n".join(map(str, range(60)))
    )
    lines = replay([*deltas(text), *ENDED]).lines
    assert [line.strip() for line in lines if line] == [
        "T",
        *(f"p{i}" for i in range(100)),
        *map(str, range(60)),
        USAGE,
    ]


def test_what_came_beside_the_text_is_printed_below_it():
    call = ev.OtherPart({"functionCall": {"name": "look", "args": {"at": "[red]`x`\x1b[2J"}}})
    line = "function call look(at='[red]`x`\\x1b[2J')"
    assert replay([call, *ENDED]).lines == [line, USAGE]
    assert replay([*deltas("I look."), call, *ENDED]).lines == ["I look.", line, USAGE]


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
        assert pty.lines == ["m"]


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
