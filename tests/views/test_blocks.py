"""The live view: what it draws and when, bounded by the text."""

from __future__ import annotations

import json

import pytest

from gemini_magic.errors import ServiceUnavailable
from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.text.normalize import normalize
from gemini_magic.turn import run_turn
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.final import FinalView
from gemini_magic.views.outputs import Output
from gemini_magic.views.pace import Pace
from tests.support.front import LOOK, QUIET, Clock, Front, cut, delta, stream_into


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
        "m · interrupted · tokens unknown · outside any chat",
        "half",
    ]


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
    assert "".join(output.data["text/plain"] for output in shown) == (normalize(text) if text.strip() else "")
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

    def close(self, _reply):
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
