"""Large data in files beside a cassette."""

from __future__ import annotations

import base64
import os

import pytest

from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import (
    CassetteError,
)


def test_what_a_model_writes_is_never_taken_for_a_reference(ask, tape, server, emulator):
    name = "0123456789abcdef0123.png"
    arguments = {"a": {"file": name}, "b": {"$file": name}, "c": {"$$file": name, "x": [{"$file": 1}]}}
    call = {"functionCall": {"name": "open", "args": arguments}}
    event = {"candidates": [{"content": {"role": "model", "parts": [call]}, "finishReason": "STOP"}]}
    emulator.script.append(ScriptedReply(pieces=(event,)))
    for mode in ("record", "replay"):
        assert ask(mode, "x").parts[0].function_call.args == arguments
    assert not Cassette(tape).recordings[0].files


def test_large_data_goes_to_files(run, tape, server, emulator):
    data = os.urandom(20_000)
    part = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(data).decode()}}
    event = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}]}
    emulator.script.append(ScriptedReply(pieces=(event,)))
    run("record")("draw")
    (file,) = (tape.parent / "lesson.gemini.files").iterdir()
    assert (file.suffix, file.read_bytes()) == (".png", data)
    assert len(tape.read_text()) < 2_000
    again = run("replay")
    assert again("draw").parts[0].inline_data.data == data
    stray = file.with_name("notes.txt")
    stray.write_text("mine")
    assert again.cassette.prune() == 0
    assert file.exists()
    file.write_bytes(data.replace(b"\n", b"\r\n"))
    with pytest.raises(CassetteError, match=r"needs, was changed, perhaps its line ends by git; restore it"):
        run("replay")("draw")
    file.unlink()
    with pytest.raises(CassetteError, match=r"lesson\.gemini\.files/\w+\.png, which lesson"):
        run("replay")("draw")
    assert stray.exists()
