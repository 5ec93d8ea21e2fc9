"""Trying again: what is worth it, what the user sees, how it ends."""

from __future__ import annotations

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.replies import events as ev
from gemini_magic.views.terminal.text import TextView
from gemini_magic.views.usage_line import usage_line
from tests.support.asking import Watch, interrupt
from tests.support.asking import ask as send
from tests.support.requests_sent import ask_with, quota

BUSY = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}


def test_a_busy_service_is_asked_again(session, server, emulator, capsys):
    now = {"retry-after": "0"}
    emulator.script += [ScriptedReply(status=503, body=BUSY, headers=now)] * 2 + [
        ScriptedReply(pieces=("yes",))
    ]
    reply = ask_with(session, TextView())
    assert (reply.text, reply.notes) == ("yes", ("after 3 tries",))
    assert len(server.exchanges) == 3
    assert session.chats["main"].turns[0].state == "complete"


def test_it_gives_up(session, server, emulator):
    emulator.script += [ScriptedReply(status=503, body=BUSY, headers={"retry-after": "0"})] * 9
    with pytest.raises(errors.ServiceUnavailable, match="overloaded"):
        ask_with(session, tries=3)
    assert len(server.exchanges) == 3


def test_a_refused_connection_is_tried_again(session, server, emulator):
    emulator.script += [ScriptedReply(fault="refuse"), ScriptedReply(pieces=("yes",))]
    assert ask_with(session).text == "yes"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (
            ScriptedReply(status=429, body=quota("GenerateRequestsPerDayPerProject-FreeTier", "1s")),
            errors.QuotaExceeded,
        ),
        (ScriptedReply(status=503, body=BUSY, headers={"retry-after": "9999"}), errors.ServiceUnavailable),
        (ScriptedReply(status=400, body={"error": {"message": "bad", "code": 400}}), errors.BadRequest),
        (ScriptedReply(pieces=("text", "more"), fault="reset"), errors.StreamBroken),
        (ScriptedReply(pieces=("text", BUSY)), errors.StreamBroken),
        (ScriptedReply(pieces=({"promptFeedback": {"blockReason": "OTHER"}}, BUSY)), errors.StreamBroken),
    ],
)
def test_what_is_not_tried_again(session, server, emulator, reply, error):
    emulator.script.append(reply)
    with pytest.raises(error):
        ask_with(session)
    assert len(server.exchanges) == 1


def test_the_wait_is_visible_and_can_be_stopped(session, server, emulator):
    emulator.script.append(
        ScriptedReply(status=429, body=quota("GenerateRequestsPerMinutePerProject-FreeTier", "60s"))
    )

    class Waiting(Watch):
        def show(self, reply):
            if reply.retrying and not self.calls:
                self.calls += 1
                lines.append(usage_line(reply))
                interrupt()

    lines = []
    with pytest.raises(errors.ReplyStopped):
        ask_with(session, Waiting("", None))
    assert lines == [
        "gemini-3.8-flash · quota GenerateRequestsPerMinutePerProject of the free tier is used up; "
        "trying again in 60 s, 2 of 4"
    ]
    assert len(server.exchanges) == 1


def test_the_countdown_ends_with_the_first_event():
    from gemini_magic.replies.reply import Reply

    reply = Reply("m")
    reply.apply(ev.Retrying("busy", 2.0, 2, 4))
    reply.apply(ev.Pause())
    assert "trying again in 2 s, 2 of 4" in usage_line(reply)
    reply.apply(ev.Served("m"))
    assert usage_line(reply) == "m · streaming…"


def test_thoughts_do_not_count_as_text(session, server, emulator):
    """A model that thinks first and is overloaded then is asked again, and its old thoughts are gone."""
    thought = {"candidates": [{"content": {"parts": [{"text": "old", "thought": True}]}}]}
    busy = {"error": {**BUSY["error"], "details": [{"retryDelay": "0.01s"}]}}
    emulator.script.append(ScriptedReply(pieces=(thought, busy)))
    emulator.script.append(ScriptedReply(pieces=("yes",), first_s=0.2))
    reply = ask_with(session)
    assert (reply.text, reply.thoughts) == ("yes", "")
    assert reply.latency.first_token_s > 0.2, "the first token of the try that succeeded"


@pytest.mark.parametrize("status", [429, 502])
def test_a_gateways_page_is_a_busy_service(session, server, emulator, raw_server, status):
    page = b"<html>Bad gateway</html>"
    head = f"HTTP/1.1 {status} Busy\r\nRetry-After: 0\r\nContent-Length: {len(page)}\r\n\r\n".encode()
    raw_server += [head + page] * 2
    with pytest.raises(errors.QuotaExceeded if status == 429 else errors.ServiceUnavailable):
        ask_with(session, tries=2)
    assert raw_server == []


def test_half_a_character_of_a_failed_try_is_not_in_the_next(session, server, emulator):
    thought = {"candidates": [{"content": {"parts": [{"text": "hm \ud83d", "thought": True}]}}]}
    error = {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
    again = {"candidates": [{"content": {"parts": [{"text": "well", "thought": True}]}}]}
    emulator.script += [ScriptedReply(pieces=(thought, error)), ScriptedReply(pieces=(again, "fine"))]
    assert send(session, tries=2).thoughts == "well"
