"""The views: what they draw, when, and who gets which."""

from __future__ import annotations

import json

import pytest
from google.genai import types
from IPython.utils.capture import capture_output

from gemini_magic.errors import ServiceUnavailable
from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.runtime.front_end import can_answer
from gemini_magic.text.rendering import Rendering
from gemini_magic.turn import run_turn
from gemini_magic.views import Look
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.choose import choose_view, make_view
from gemini_magic.views.final import FinalView
from gemini_magic.views.outputs import Output
from gemini_magic.views.pace import Pace
from gemini_magic.views.terminal.text import TextView

LOOK = Look(Rendering())
QUIET = Look(Rendering(), quiet=True)


class Front:
    """A front end: keeps what it is sent."""

    def __init__(self):
        self.shown = {}
        self.sent = []

    def __call__(self, output, display_id=None, *, update=False):
        assert update == (display_id in self.shown)
        display_id = display_id or f"plain {len(self.shown)}"
        self.shown[display_id] = output
        self.sent.append(output)

    def texts(self):
        return [next(iter(output.data.values())) for output in self.sent]


def delta(text):
    return ev.TextDelta(text, types.Part(text=text))


@pytest.fixture
def front():
    return Front()


def test_draws_are_bounded_and_a_pause_draws_the_rest(front):
    now = [0.0]
    view = BlocksView(front, QUIET, pace=Pace(lambda: now[0], None))
    reply = Reply("m")
    drawn = []
    for at, event in [
        (0, delta("a")),
        (0.01, delta("b")),
        (0.02, delta("c")),
        (0.08, ev.Pause()),
        (9, ev.Pause()),
    ]:
        now[0] = at
        reply.apply(event)
        view.show(reply)
        drawn.append(front.texts()[-1])
    assert drawn == ["a", "a", "a", "abc", "abc"]
    assert len(front.sent) == 2
    reply.apply(delta("d"))
    view.finish(reply)
    assert front.texts()[-1] == "abcd"


@pytest.mark.parametrize("make", [BlocksView, FinalView])
def test_all_views_leave_the_same(make, front):
    text = "A paragraph of some words.\n\n" * 500
    events = [delta(text[i : i + 7]) for i in range(0, len(text), 7)]
    run_turn([*events, ev.Finished("STOP"), ev.Ended("complete", None)], Reply("m"), make(front, LOOK))
    usage, *blocks = front.shown.values()
    assert usage.metadata["gemini_magic"]["finish_reason"] == "STOP"
    assert "".join(block.data["text/markdown"] for block in blocks) == text
    assert all(block.data["text/plain"] == block.data["text/markdown"] for block in blocks)
    assert len(blocks) == 16


@pytest.mark.parametrize("make", [BlocksView, FinalView])
def test_a_failure_keeps_the_text(make, front):
    def broken():
        yield delta("half")
        raise ServiceUnavailable("gone", 503)

    reply = Reply("m")
    with pytest.raises(ServiceUnavailable):
        run_turn(broken(), reply, make(front, LOOK))
    assert (reply.state, reply.error) == ("failed", "ServiceUnavailable")
    assert [o.data["text/plain"] for o in front.shown.values()] == [
        "m · interrupted (ServiceUnavailable) · tokens unknown · outside any chat",
        "half",
    ]


class Clock:
    """Time that passes only when it is told to."""

    def __init__(self):
        self.now = 0.0

    def read(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


def stream_into(front, pieces, look=QUIET, interval_s=0.01):
    """Stream the pieces, so many seconds apart; return the reply."""
    clock = Clock()

    def events():
        for piece in pieces:
            yield delta(piece)
            clock.wait(interval_s)
        yield from [ev.Finished("STOP"), ev.Ended("complete", None)]

    reply = Reply("m")
    run_turn(events(), reply, BlocksView(front, look, pace=Pace(clock.read, clock.wait)))
    return reply


def cut(text, size=40):
    return [text[i : i + size] for i in range(0, len(text), size)]


ODD = {
    "a fence that never closes": "Look:\n\n```python\n" + "x = 1  # <b>\n\n" * 60_000,
    "one long line": "word " * 20_000,
    "a very long list": "- item\n\n" * 20_000,
    "half an emoji": "a \ud83d b",
    "a split emoji": "a \ud83d\ude00 b",
    "combining characters": "e\u0301" * 500 + " Z\u0351\u036b\u0343",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202eevil\u202c \u0645\u0631\u062d\u0628\u0627",
    "CRLF": "# A\r\n\r\n- b\r\n- c\r\n\r\n```\r\nd\r\n```\r\n" * 200,
    "NUL": "a\x00b <i>\x00</i>",
    "only blanks": " \n\n \n",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_text_arrives_whole_and_is_never_sent_too_often(front, name):
    text = ODD[name]
    pieces = cut(text, max(2, len(text) // 500))
    stream_into(front, pieces, interval_s=0.02)
    shown = list(front.shown.values())
    assert "".join(output.data["text/plain"] for output in shown) == (text if text.strip() else "")
    json.dumps([output.data for output in shown]).encode()
    seconds = len(pieces) * 0.02
    sent = sum(len(value) for output in front.sent for value in output.data.values())
    assert sent < 6 * len(text) + 50_000 * seconds


def test_what_is_sent_is_linear_in_the_text():
    paragraph = "Some words of a paragraph with **bold** ones, `code` and a list below.\n\n- one\n- two\n\n"
    for size in (4_000, 40_000, 400_000, 800_000):
        front = Front()
        stream_into(front, cut((paragraph * size)[:size]), interval_s=40 / 5000)
        sent = sum(len(value) for output in front.sent for value in output.data.values())
        # Each character twice, once its block is complete; before, 8 times the 5,000 that come in a second.
        assert sent < (2 + 8) * size


def test_messages_are_bounded_when_a_reply_arrives_at_once(front):
    clock, times = Clock(), []

    def publish(*args, **options):
        times.append(clock.now)
        front(*args, **options)

    text = "A paragraph of some words.\n\n" * 20_000
    events = [delta(text), ev.Finished("STOP"), ev.Ended("complete", None)]
    run_turn(events, Reply("m"), BlocksView(publish, QUIET, pace=Pace(clock.read, clock.wait)))
    assert len(times) > 60
    assert all(sum(start <= time < start + 1 for time in times) <= 60 for start in times)


def test_a_link_defined_below_reaches_the_blocks_above(front):
    text = (
        "See [the paper][p].\n\n" + "Filling words of a paragraph.\n\n" * 60 + "[p]: https://example.org/p\n"
    )
    stream_into(front, cut(text))
    first = next(iter(front.shown.values())).data
    assert '<a href="https://example.org/p" rel="noopener noreferrer">the paper</a>' in first["text/html"]
    assert len(front.shown) > 1


@pytest.mark.parametrize("toc", [True, False])
def test_headings_stay_out_of_the_contents(front, toc):
    text = "# One\n\n```python\n# a comment\n```\n\n## Two\n"
    stream_into(front, cut(text), Look(Rendering(toc=toc), quiet=True))
    [output] = front.shown.values()
    assert output.data["text/plain"] == text
    indented = text.replace("# One", " # One").replace("## Two", " ## Two")
    assert output.data["text/markdown"] == (text if toc else indented)


def test_thoughts_have_a_block_of_their_own(front):
    part = types.Part(text="**Hm** <b>", thought=True)
    events = [ev.ThoughtDelta(part.text, part), delta("So."), ev.FirstText(3.21)]
    events += [ev.Finished("STOP"), ev.Ended("complete", 4.0)]
    run_turn(events, Reply("m"), FinalView(front, Look(Rendering(), thoughts=True)))
    _usage, thoughts, text = front.shown.values()
    assert thoughts.data["text/plain"] == "Thought for 3.2 s\n\n> **Hm** <b>"
    assert thoughts.data["text/html"] == (
        '<details class="gemini-magic-thoughts"><summary><small>Thought for 3.2 s</small></summary>\n'
        "<blockquote>\n<p><strong>Hm</strong> &lt;b&gt;</p>\n</blockquote></details>"
    )
    assert text.data["text/plain"] == "So."


def test_no_thoughts_were_sent(front):
    look = Look(Rendering(), quiet=True, thoughts=True)
    run_turn(
        [delta("So."), ev.Finished("STOP"), ev.Ended("complete", 4.0)], Reply("m"), FinalView(front, look)
    )
    assert [output.data["text/plain"] for output in front.shown.values()] == ["No thoughts were sent", "So."]


def test_a_terminal_gets_plain_text_and_no_control_characters(capsys):
    view, reply = TextView(), Reply("m")
    events = [delta("one\x1b[2J "), delta("two\r\n\ttab\x07"), ev.Finished("STOP"), ev.Ended("complete", 1.5)]
    run_turn(events, reply, view)
    assert capsys.readouterr().out == (
        "one[2J two\n\ttab\nm · tokens unknown · total 1.50 s · outside any chat\n"
    )


def test_thoughts_are_printed_before_the_text(capsys):
    thoughts = [ev.ThoughtDelta(text, types.Part(text=text, thought=True)) for text in ("Hm, ", "well.\n")]
    events = [*thoughts, delta("So."), ev.Finished("STOP"), ev.Ended("complete", None)]
    run_turn(events, Reply("m"), TextView(quiet=True, thoughts=True))
    assert capsys.readouterr().out == "Hm, well.\n\n\nSo.\n"
    run_turn(events, Reply("m"), TextView(quiet=True))
    assert capsys.readouterr().out == "So.\n"


class FakeKernel:
    def __init__(self, **parent):
        self.parent = parent

    def get_parent(self, *_):
        return self.parent


@pytest.mark.parametrize(
    ("parent", "watched", "answers"),
    [
        ({"metadata": {"cellId": "c"}, "content": {"allow_stdin": True}}, True, True),
        ({"metadata": {"cellId": "c"}, "content": {"allow_stdin": False}}, True, False),
        ({"metadata": {}, "content": {"allow_stdin": True}}, True, True),
        ({"metadata": {}, "content": {"allow_stdin": False}}, False, False),
        ({}, False, False),
    ],
)
def test_who_is_watching(shell, monkeypatch, parent, watched, answers):
    monkeypatch.setattr(shell, "kernel", FakeKernel(**parent), raising=False)
    assert can_answer(shell) == answers
    assert choose_view("auto", shell) == ("blocks" if watched else "final")
    assert isinstance(
        make_view(choose_view("auto", shell), shell, LOOK), BlocksView if watched else FinalView
    )
    with capture_output():
        assert choose_view("auto", shell) == "final"


def test_a_front_end_in_python_is_a_terminal(shell, monkeypatch):
    parent = {"header": {"msg_id": "5f8e-abc_1234_7"}, "metadata": {}, "content": {"allow_stdin": True}}
    monkeypatch.setattr(shell, "kernel", FakeKernel(**parent), raising=False)
    assert choose_view("auto", shell) == "text"
    view = make_view("text", shell, LOOK)
    assert type(view).__name__ == "TerminalView"


@pytest.mark.parametrize("name", ["blocks", "text", "final", "none"])
def test_a_view_that_is_asked_for_is_taken(shell, monkeypatch, name):
    monkeypatch.setattr(shell, "kernel", FakeKernel(), raising=False)
    assert choose_view(name, shell) == name


def test_without_a_kernel_it_is_a_terminal(shell):
    assert isinstance(make_view(choose_view("auto", shell), shell, LOOK), TextView)
    assert not can_answer(shell)


class Stuck(Front):
    """A front end that fails at its n-th message, once."""

    def __init__(self, error, number):
        super().__init__()
        self.error, self.number = error, number

    def __call__(self, output, display_id=None, *, update=False):
        if len(self.sent) == self.number and self.error is not None:
            error, self.error = self.error, None
            raise error
        super().__call__(output, display_id, update=update)


class FakeWidget:
    """A widget's side that the view sees."""

    def __init__(self):
        self.closed = False

    def stand_in(self, output, reply):
        return Output({**output.data, "widget": "w"})

    def update(self, reply):
        pass

    def end(self):
        pass

    def settle(self, output):
        return output

    def close(self):
        self.closed = True


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("gone")])
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_what_strikes_between_two_messages_loses_nothing(error, number):
    front, widget = Stuck(error, number), FakeWidget()
    text = "A paragraph of some words.\n\n" * 100
    view = BlocksView(front, LOOK, make_widgets=lambda stop: [widget], pace=Pace(lambda: 0.0, lambda s: None))
    events = [*map(delta, cut(text)), ev.Finished("STOP"), ev.Ended("complete", None)]
    with pytest.raises(type(error)):
        run_turn(events, Reply("m"), view)
    assert widget.closed
    usage, *blocks = front.shown.values()
    assert "widget" not in usage.data
    assert text.startswith("".join(block.data["text/plain"] for block in blocks))


def test_a_view_that_cannot_begin_ends_the_reply():
    class Broken(FinalView):
        def begin(self, stop):
            raise OSError("no widgets here")

    front, reply = Front(), Reply("m")
    with pytest.raises(OSError, match="no widgets"):
        run_turn([delta("never")], reply, Broken(front, LOOK))
    assert reply.state == "failed"
    assert len(front.shown) == 1


def test_text_that_is_read_from_the_right_begins_there(front):
    stream_into(front, cut("# \u05e9\u05dc\u05d5\u05dd\n\n\u05de\u05d4?\n\n- \u05d0\n\nand back\n", 3))
    [output] = front.shown.values()
    html = output.data["text/html"]
    assert html.count('dir="auto"') == 3
    assert "<p>and back</p>" in html
