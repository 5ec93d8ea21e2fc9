"""How often a terminal is drawn, and what is appended where nothing can be drawn again."""

from __future__ import annotations

import io

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.views.terminal.terminal import TerminalView
from tests.support.pseudo_terminal import (
    COLOURS,
    ENDED,
    USAGE,
    Clock,
    delta,
    deltas,
    replay,
    words,
)


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
