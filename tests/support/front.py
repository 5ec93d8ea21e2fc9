"""A front end that keeps what is published, a clock, and replies to draw."""

from __future__ import annotations

from types import SimpleNamespace

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.text.rendering import Rendering
from gemini_magic.turn import run_turn
from gemini_magic.views import Look
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.pace import Pace

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


def asked_by(metadata, *, allow_stdin=False, msg_id="m1"):
    """A shell whose running cell a front end has asked for with this metadata."""
    parent = {"header": {"msg_id": msg_id}, "metadata": metadata, "content": {"allow_stdin": allow_stdin}}
    return SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda channel="shell": parent))


def delta(text):
    return ev.TextDelta(text, {"text": text})


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
