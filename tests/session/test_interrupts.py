"""Interrupts of a prompt over real HTTP: at once, at any moment, and nothing that came is lost."""

from __future__ import annotations

import _thread
import logging
import signal
import threading

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.views.base import NoView
from tests.support.asking import Watch, ask, interrupt


def test_an_interrupt_in_the_middle(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("partial ", "never"), pause_s=60))
    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session, view=Watch("partial", interrupt))
    reply = caught.value.reply
    assert (reply.text, reply.state, reply.finish_reason) == ("partial ", "stopped", None)
    assert isinstance(caught.value, KeyboardInterrupt)
    [exchange] = server.exchanges
    assert exchange.ended.wait(5)
    assert exchange.outcome == "disconnected"
    [turn] = session.chats["main"].turns
    assert (turn.state, turn.text) == ("stopped", "partial ")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    ask(session, "go on")
    assert [c["parts"][0]["text"] for c in emulator.bodies[-1]["contents"]] == ["hello", "partial ", "go on"]


def test_an_interrupt_before_the_first_word(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("never",), first_s=60))
    server.watch = lambda exchange: _thread.interrupt_main() if not exchange.sent else None
    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session)
    server.watch = lambda exchange: None
    assert caught.value.reply.text == ""
    assert server.exchanges[0].ended.wait(5)
    [turn] = session.chats["main"].turns
    assert (turn.state, turn.reply) == ("stopped", None)
    ask(session, "again")
    assert len(emulator.bodies[-1]["contents"]) == 1


def test_an_interrupt_that_comes_with_the_end_loses_nothing(session, server, emulator):
    class AtTheEnd(NoView):
        def finish(self, reply):
            interrupt()

    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session, view=AtTheEnd())
    assert caught.value.reply.state == "complete"
    assert session.chats["main"].turns[0].state == "complete"


def test_what_had_arrived_before_the_stop_is_kept(session, server, emulator):
    """A stop waits its turn in the queue: nothing received before it is dropped."""
    emulator.script.append(ScriptedReply(pieces=tuple(f"{n} " for n in range(500))))

    arrived = threading.Event()

    class Arrivals(logging.Handler):
        def emit(self, record):
            if record.getMessage().startswith("chunk 50 "):
                arrived.set()

    class Slow(Watch):
        def show(self, reply):
            if "0 " in reply.text:
                assert arrived.wait(5)
            super().show(reply)

    handler, logger = Arrivals(), logging.getLogger("gemini_magic")
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session, view=Slow("0 ", interrupt))
    logger.setLevel(level)
    logger.removeHandler(handler)
    words = caught.value.reply.text.split()
    assert words == [str(n) for n in range(len(words))]
    assert len(words) >= 49, "the last of them may still have been on its way"


def test_interrupts_said_again_change_nothing(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("partial ", "never"), pause_s=60))

    def three_times():
        for _ in range(3):
            interrupt()

    with pytest.raises(errors.ReplyStopped, match="also in the chat"):
        ask(session, view=Watch("partial", three_times))
    assert session.chats["main"].turns[0].state == "stopped"


def test_an_interrupt_that_strikes_leaves_a_stopped_reply(session, server, emulator):
    """Whatever ends the turn, the reply does not stay 'streaming' for good."""

    def strike():
        raise KeyboardInterrupt

    emulator.script.append(ScriptedReply(pieces=("partial ", "never"), pause_s=60))
    with pytest.raises(KeyboardInterrupt):
        ask(session, view=Watch("partial", strike))
    assert session.last.state == "stopped"
    assert session.chats["main"].turns[0].state == "stopped"
