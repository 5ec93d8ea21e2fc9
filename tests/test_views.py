"""The views: what they draw, when, and who gets which."""

from __future__ import annotations

import pytest
from google.genai import types
from IPython.utils.capture import capture_output

from gemini_magic import events as ev
from gemini_magic.errors import ServiceUnavailable
from gemini_magic.reply import Reply
from gemini_magic.turn import run_turn
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.choose import can_answer, is_watched, make_view
from gemini_magic.views.final import FinalView
from gemini_magic.views.text import TextView


class Front:
    """A front end: keeps what it is sent."""

    def __init__(self):
        self.shown = {}
        self.sent = []

    def __call__(self, output, display_id=None, *, update=False):
        assert update == (display_id in self.shown)
        display_id = display_id or f"plain {len(self.shown)}"
        self.shown[display_id] = output
        self.sent.append(output.data["text/plain"])


def delta(text):
    return ev.TextDelta(text, types.Part(text=text))


@pytest.fixture
def front():
    return Front()


def test_draws_are_bounded_and_a_pause_draws_the_rest(front):
    now = [0.0]
    view = BlocksView(front, quiet=True, clock=lambda: now[0])
    reply = Reply("m")
    drawn = []
    for at, event in [
        (0, delta("a")),
        (0.01, delta("b")),
        (0.02, delta("c")),
        (0.06, ev.Pause()),
        (9, ev.Pause()),
    ]:
        now[0] = at
        reply.apply(event)
        view.show(reply)
        drawn.append(front.sent[-1])
    assert drawn == ["a", "a", "a", "abc", "abc"]
    assert len(front.sent) == 2
    reply.apply(delta("d"))
    view.finish(reply)
    assert front.sent[-1] == "abcd"


@pytest.mark.parametrize("make", [BlocksView, FinalView])
def test_all_views_leave_the_same(make, front):
    text = "A paragraph of some words.\n\n" * 500
    events = [delta(text[i : i + 7]) for i in range(0, len(text), 7)]
    run_turn([*events, ev.Finished("STOP"), ev.Ended("complete", None)], Reply("m"), make(front))
    usage, *blocks = front.shown.values()
    assert usage.metadata["gemini_magic"]["finish_reason"] == "STOP"
    assert "".join(block.data["text/markdown"] for block in blocks) == text
    assert len(blocks) == 4


@pytest.mark.parametrize("make", [BlocksView, FinalView])
def test_a_failure_keeps_the_text(make, front):
    def broken():
        yield delta("half")
        raise ServiceUnavailable("gone", 503)

    reply = Reply("m")
    with pytest.raises(ServiceUnavailable):
        run_turn(broken(), reply, make(front))
    assert (reply.state, reply.error) == ("failed", "ServiceUnavailable")
    assert [o.data["text/plain"] for o in front.shown.values()] == [
        "m · interrupted (ServiceUnavailable) · tokens unknown · outside any chat",
        "half",
    ]


def test_a_terminal_gets_plain_text_and_no_control_characters(capsys):
    view, reply = TextView(), Reply("m")
    events = [delta("one\x1b[2J "), delta("two\r\n\ttab\x07"), ev.Finished("STOP"), ev.Ended("complete", 1.5)]
    run_turn(events, reply, view)
    assert capsys.readouterr().out == (
        "one[2J two\n\ttab\nm · tokens unknown · total 1.50 s · outside any chat\n"
    )


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
    assert (is_watched(shell), can_answer(shell)) == (watched, answers)
    assert isinstance(make_view("auto", shell, quiet=False), BlocksView if watched else FinalView)
    with capture_output():
        assert isinstance(make_view("auto", shell, quiet=False), FinalView)


def test_without_a_kernel_it_is_a_terminal(shell):
    assert isinstance(make_view("auto", shell, quiet=False), TextView)
    assert not can_answer(shell)
