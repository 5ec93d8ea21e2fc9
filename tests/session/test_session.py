"""The whole flow over real HTTP: the SDK, a loopback socket, replies and their turns."""

from __future__ import annotations

import re
import threading

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from tests.support.asking import Watch, ask, interrupt


def test_a_streamed_reply(session, server, emulator):
    script = ScriptedReply(pieces=("Hello ", "you"), model="gemini-2.5-flash", pause_s=0.02)
    emulator.script.append(script)
    reply = ask(session, system="be kind", max_tokens=9, temperature=0.5, thinking="low")
    assert (reply.text, reply.state, reply.finish_reason) == ("Hello you", "complete", "STOP")
    assert reply.model == "gemini-2.5-flash"
    assert reply.cost.usd > 0
    assert 0 < reply.latency.first_token_s < reply.latency.total_s
    [body] = emulator.bodies
    assert body["systemInstruction"]["parts"] == [{"text": "be kind"}]
    config = body["generationConfig"]
    assert (config["maxOutputTokens"], config["temperature"]) == (9, 0.5)
    # google-genai 3.4 writes this name in snake case; the API takes both.
    assert config["thinkingConfig"] in ({"thinking_level": "LOW"}, {"thinkingLevel": "LOW"})
    [exchange] = server.exchanges
    # The SDK's own version of the API: v1beta before google-genai 3.
    assert re.fullmatch(
        r"/v1(beta)?/models/gemini-3\.8-flash:streamGenerateContent\?alt=sse", exchange.target
    )


def test_one_merged_turn_each(session, server, emulator):
    for pieces in (("a", "b", "c"), ("d",)):
        emulator.script.append(ScriptedReply(pieces=pieces))
        ask(session)
    ask(session, "third")
    sent = [(c["role"], c["parts"]) for c in emulator.bodies[-1]["contents"]]
    assert sent == [
        ("user", [{"text": "hello"}]),
        ("model", [{"text": "abc"}]),
        ("user", [{"text": "hello"}]),
        ("model", [{"text": "d"}]),
        ("user", [{"text": "third"}]),
    ]


def test_no_stream(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("Hello ", "you")))
    assert ask(session, no_stream=True).text == "Hello you"
    assert server.exchanges[0].target.endswith(":generateContent")


def test_a_blocked_prompt(session, server, emulator):
    feedback = {
        "blockReason": "PROHIBITED_CONTENT",
        "safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH"}],
    }
    emulator.script.append(ScriptedReply(pieces=({"promptFeedback": feedback},)))
    with pytest.raises(errors.PromptBlocked, match=r"PROHIBITED_CONTENT \(HARM_CATEGORY_HARASSMENT: HIGH\)"):
        ask(session)
    assert session.last.block_reason == "PROHIBITED_CONTENT"
    assert session.chats == {}


def test_replies_of_no_use(session, server, emulator):
    for reply in (ScriptedReply(pieces=("",), finish_reason="SAFETY"), ScriptedReply(pieces=("",))):
        emulator.script.append(reply)
        with pytest.raises(errors.EmptyReply):
            ask(session)
    assert session.chats == {}


def test_an_end_without_a_finish_reason(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("half a ",), finish_reason=None))
    with pytest.raises(errors.StreamBroken, match="the text is kept"):
        ask(session)
    assert session.chats["main"].turns[0].text == "half a "


def test_the_session_can_be_closed_and_used_again(session, server):
    before = set(threading.enumerate())
    ask(session)
    assert "gemini-magic" in {thread.name for thread in set(threading.enumerate()) - before}
    session.close()
    assert "gemini-magic" not in {thread.name for thread in set(threading.enumerate()) - before}
    assert ask(session).chat == "main"


def test_a_flood_of_events_can_be_stopped(session, server, emulator):
    # More than the sockets' buffers hold, so that the server sees the end of it.
    emulator.script.append(ScriptedReply(pieces=tuple(f"{n:<1000} " for n in range(10_000))))
    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session, view=Watch("300 ", interrupt))
    words = caught.value.reply.text.split()
    assert words == [str(n) for n in range(len(words))]
    assert len(words) < 10_000
    assert server.exchanges[0].ended.wait(5)
    assert server.exchanges[0].outcome == "disconnected"
