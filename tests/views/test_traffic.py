"""What a reply sends to the front end: bounded by its text, however quickly it comes."""

from __future__ import annotations

import json
import time

import pytest
from bench.text import make_reply

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.text.rendering import Rendering
from gemini_magic.turn import run_turn
from gemini_magic.views import Look
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.pace import Pace
from tests.support.front import delta
from tests.support.kernel import running_kernel

pytestmark = pytest.mark.slow

SIZES = (4_000, 40_000, 400_000)
MESSAGES_PER_S = 60
EXTRA_MESSAGES = 60
"""The cell's own messages, and a burst after silence."""
EXTRA_BYTES = 100_000
REDRAWN = 7
"""A slow reply is drawn more often: each block several times while it grows."""


def size_of(value):
    return len(json.dumps(value, ensure_ascii=False).encode())


@pytest.fixture(scope="module")
def service():
    with EmulatorServer(Emulator()) as server:
        yield server


@pytest.fixture(scope="module")
def kernel(service):
    environment = {"GOOGLE_GEMINI_BASE_URL": service.url, "GEMINI_API_KEY": "any"}
    with running_kernel(**environment) as kernel:
        assert kernel.run("%load_ext gemini_magic").status == "ok"
        yield kernel


@pytest.mark.parametrize("size", SIZES)
def test_all_at_once_through_a_kernel(service, kernel, size):
    reply = make_reply(size)
    service.emulator.script.append(ScriptedReply(pieces=reply.pieces))
    began = time.monotonic()
    run = kernel.run("%%gemini --new\ngo", cell_id="c")
    took_s = time.monotonic() - began
    assert run.status == "ok"
    assert run.updates, "the live view was measured"
    assert len(run.messages) <= MESSAGES_PER_S * took_s + EXTRA_MESSAGES
    assert sum(size_of(m["content"]) for m in run.messages) <= 2 * size_of(reply.text) + EXTRA_BYTES
    blocks = [output["data"].get("text/plain", "") for output in run.final()]
    assert "".join(blocks).endswith(reply.text)


class Clock:
    """Time that passes only when the stream or the view waits."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


def paced(pieces, clock, seconds):
    """The events of a reply that takes so many seconds."""
    for piece in pieces:
        clock.wait(seconds / len(pieces))
        yield delta(piece)
    yield ev.Finished("STOP")
    yield ev.Ended("complete", None)


@pytest.mark.parametrize("size", SIZES)
def test_a_fast_model_on_a_fake_clock(size):
    made, clock, sent = make_reply(size), Clock(), []
    view = BlocksView(
        lambda output, _id=None, **_: sent.append(size_of(output.data)),
        Look(Rendering()),
        pace=Pace(clock, clock.wait),
    )
    run_turn(paced(made.pieces, clock, min(size / 5000, 8)), Reply("m"), view)
    assert len(sent) <= MESSAGES_PER_S * clock.now + EXTRA_MESSAGES
    assert sum(sent) <= REDRAWN * size_of(made.text) + 10_000
