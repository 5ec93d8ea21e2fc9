"""Large data in files beside a cassette."""

from __future__ import annotations

from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.emulator import ScriptedReply


def test_what_a_model_writes_is_never_taken_for_a_reference(ask, tape, server, emulator):
    name = "0123456789abcdef0123.png"
    arguments = {"a": {"file": name}, "b": {"$file": name}, "c": {"$$file": name, "x": [{"$file": 1}]}}
    call = {"functionCall": {"name": "open", "args": arguments}}
    event = {"candidates": [{"content": {"role": "model", "parts": [call]}, "finishReason": "STOP"}]}
    emulator.script.append(ScriptedReply(pieces=(event,)))
    for mode in ("record", "replay"):
        assert ask(mode, "x").parts[0].function_call.args == arguments
    assert not Cassette(tape).recordings[0].files
