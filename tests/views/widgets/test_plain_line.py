"""The plain line in the place of the bar: what it says, how often, and that it leaves nothing."""

from __future__ import annotations

import math

import pytest

from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.usage import Usage
from gemini_magic.turn import run_turn
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.outputs import Output
from gemini_magic.views.pace import Pace
from gemini_magic.views.widgets.plain_line import PlainLine
from tests.support.front import LOOK, Clock, delta

STOP = "interrupt the cell to stop"


def stream(front, *steps, **options):
    """Draw a reply, each event after some seconds; return the texts in the line's place."""
    clock = Clock()

    def events():
        for wait_s, event in steps:
            # In silence, too, it is looked at many times a second.
            for _ in range(round(wait_s * 20)):
                yield ev.Pause()
                clock.wait(0.05)
            yield event
        yield from [ev.Finished("STOP"), ev.Ended("complete", None)]

    view = BlocksView(
        front,
        LOOK,
        make_widgets=lambda stop: [PlainLine(STOP, clock=clock.read, **options)],
        pace=Pace(clock.read, clock.wait),
    )
    run_turn(events(), Reply("m"), view)
    return [output.data["text/plain"] for output in front.sent if "<small>" in output.data["text/html"]]


@pytest.fixture
def front(front):
    """Outputs of the line alone are looked at."""

    class Line(type(front)):
        def __call__(self, output, display_id=None, *, update=False):
            if "<small>" in output.data.get("text/html", ""):
                super().__call__(output, display_id, update=update)

    return Line()


def test_it_says_how_long_how_much_and_how_to_stop(front):
    usage = ev.UsageReport(Usage(prompt=7, output=40))
    *lines, last = stream(front, (2.2, delta("Hello")), (1.0, usage), (2.2, delta(" you")))
    assert lines == [
        f"m · streaming… · {STOP} · 0 s",
        f"m · streaming… · {STOP} · 1 s",
        f"m · streaming… · {STOP} · 2 s",
        f"m · streaming… · {STOP} · 3 s",
        f"m · streaming… · {STOP} · 4 s · 7 tokens in · 40 out",
        f"m · streaming… · {STOP} · 5 s · 7 tokens in · 40 out",
    ]
    assert last.startswith("m · 7 tokens in · 40 out · ")
    assert len(front.shown) == 1, "updated in place"


def test_it_counts_down_to_the_next_try(front):
    waits = [(1.0, ev.Retrying("the service is busy", float(left), 2, 4)) for left in (3, 2, 1)]
    lines = stream(front, *waits, (1.0, delta("Hello")))
    assert f"m · the service is busy; trying again in 3 s, 2 of 4 · {STOP}" in lines
    assert f"m · the service is busy; trying again in 1 s, 2 of 4 · {STOP}" in lines


def test_in_the_output_of_a_bar_it_is_new_only_when_something_has_happened(front):
    lines = stream(front, (9.0, delta("Hello")), ticks_after_s=math.inf)
    assert len(lines) == 2
    assert lines[0] == f"m · streaming… · {STOP}"


def test_it_is_escaped():
    reply = Reply("<img src=x>m")
    data = PlainLine("a & b").stand_in(Output({}), reply).data
    assert data["text/html"] == "<small><code>?img?src?x?m</code> · streaming… · a &amp; b · 0 s</small>"
