"""The view of pipes: plain text, without control characters."""

from __future__ import annotations

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.turn import run_turn
from gemini_magic.views.terminal.text import TextView
from tests.support.front import delta


def test_a_terminal_gets_plain_text_and_no_control_characters(capsys):
    view, reply = TextView(), Reply("m")
    events = [delta("one\x1b[2J "), delta("two\r\n\ttab\x07"), ev.Finished("STOP"), ev.Ended("complete", 1.5)]
    run_turn(events, reply, view)
    assert capsys.readouterr().out == (
        "one\ufffd[2J two\n\ttab\ufffd\nm · tokens unknown · total 1.50 s · outside any chat\n"
    )


def test_what_came_beside_the_text_is_printed_below_it(capsys):
    call = {"functionCall": {"name": "look", "args": {"at": "\x1b[2J\n"}}}
    events = [delta("I look."), ev.OtherPart(call), ev.Finished("STOP"), ev.Ended("complete", None)]
    run_turn(events, Reply("m"), TextView(quiet=True))
    assert capsys.readouterr().out == "I look.\nfunction call look(at='\\x1b[2J\\n')\n"
    run_turn(events[1:], Reply("m"), TextView(quiet=True))
    assert capsys.readouterr().out == "function call look(at='\\x1b[2J\\n')\n"


def test_thoughts_are_printed_before_the_text(capsys):
    thoughts = [ev.ThoughtDelta(text, {"text": text, "thought": True}) for text in ("Hm, ", "well.\n")]
    events = [*thoughts, delta("So."), ev.Finished("STOP"), ev.Ended("complete", None)]
    run_turn(events, Reply("m"), TextView(quiet=True, thoughts=True))
    assert capsys.readouterr().out == "Hm, well.\n\n\nSo.\n"
    run_turn(events, Reply("m"), TextView(quiet=True))
    assert capsys.readouterr().out == "So.\n"


def test_thoughts_of_a_failed_try_are_followed_by_all_of_the_next_ones(capsys):
    def thought(text):
        return ev.ThoughtDelta(text, {"text": text, "thought": True})

    events = [thought("First plan: count the apples."), ev.Retrying("it failed", 1.0, 2, 4)]
    events += [thought("Second plan: weigh them."), delta("So.")]
    events += [ev.Finished("STOP"), ev.Ended("complete", None)]
    run_turn(events, Reply("m"), TextView(quiet=True, thoughts=True))
    first, notice, *rest = capsys.readouterr().out.split("\n")
    assert first == "First plan: count the apples."
    assert "trying again" in notice
    assert rest == ["Second plan: weigh them.", "", "So.", ""]
