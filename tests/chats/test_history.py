"""The history that is sent: whole turns, as the SDK would send them, signatures to their own model only."""

from __future__ import annotations

from google import genai
from google.genai import types

from gemini_magic.chats.chat import Chat
from gemini_magic.chats.history import make_history
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.settings import Settings
from gemini_magic.views.usage_line import usage_line
from tests.support.chat_turns import MODEL, ask, sent, take_turn


def signed(text, signature):
    part = {"text": text, "thoughtSignature": signature}
    return {
        "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}],
        "modelVersion": "m",
    }


def test_signatures_go_back_to_their_own_model_only(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=(signed("yes", "c2ln"),)))
    ask(session, "one")
    ask(session, "two")
    assert emulator.bodies[-1]["contents"][1]["parts"] == [{"text": "yes", "thoughtSignature": "c2ln"}]
    ask(session, "three", model="gemini-3.5-flash-lite")
    assert emulator.bodies[-1]["contents"][1]["parts"] == [{"text": "yes"}]


def test_long_chats_are_bounded_by_whole_turns(session, server, emulator):
    for number in range(5):
        ask(session, f"prompt {number}")
    reply = ask(session, "last", max_turns=2)
    assert sent(emulator) == ["prompt 3", "prompt 4", "last"]
    assert usage_line(reply).endswith("turn 6; 3 earlier turns left out")
    assert len(session.chats["main"].turns) == 6
    history = make_history(session.chats["main"].turns, MODEL, Settings(max_history_tokens=0))
    assert (history.contents, history.left_out) == ((), 6)


def test_preparing_a_request_costs_nothing_for_old_turns(session, server, emulator, monkeypatch):
    """Each content is converted once in its life, however often it is sent."""
    converted = []
    dump = types.Content.model_dump
    monkeypatch.setattr(
        types.Content, "model_dump", lambda self, **kw: converted.append(self) or dump(self, **kw)
    )
    chat = session.chats["main"] = Chat("main")
    for number in range(500):
        take_turn(chat, f"prompt {number}")
    converted.clear()
    ask(session, "warm up")
    assert len(emulator.bodies[-1]["contents"]) == 1001
    converted.clear()
    ask(session, "again")
    assert len(emulator.bodies[-1]["contents"]) == 1003
    assert len(converted) < 12


def test_history_is_sent_as_the_sdk_would(session, server, emulator):
    """What is put in below the SDK is what the SDK itself makes of the same contents."""
    emulator.script.append(ScriptedReply(pieces=(signed('ja \u00e4\U0001f600 "q"', "c2ln"),)))
    ask(session, "one \u2028 <b>")
    ask(session, "two")
    ours = emulator.bodies[-1]["contents"]
    turn = session.chats["main"].turns[0]
    client = genai.Client(api_key="x", enterprise=False)
    client.models.generate_content(model=MODEL, contents=[turn.prompt, turn.reply, ours[-1]])
    assert emulator.bodies[-1]["contents"] == ours
