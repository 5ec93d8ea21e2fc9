"""No key gets into a cassette, wherever it stands."""

from __future__ import annotations

import base64

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import BadRequest, CassetteError
from gemini_magic.views.usage_line import usage_line
from tests.support.cassettes import MODEL

KEYS = ("AIza" + "x" * 35, "AQ." + "y" * 40, "ya29." + "z" * 40)


@pytest.mark.parametrize("key", KEYS, ids=["API key", "short key", "token"])
def test_no_key_gets_in_wherever_it_stands(ask, tape, server, emulator, key):
    for options in ({"system": f"use {key}"}, {}):
        with pytest.raises(CassetteError, match="not asked: the prompt has what looks like an API key"):
            ask("record", "x" if options else f"is {key} a key?", **options)
    assert not server.exchanges
    error = {"code": 400, "message": f"{key} is odd", "status": "INVALID_ARGUMENT"}
    emulator.script.append(ScriptedReply(status=400, body={"error": error}))
    with pytest.raises(BadRequest) as caught:
        ask("record", "x")
    assert key not in str(caught.value)
    assert not tape.exists()


def test_a_key_in_a_tools_result_is_not_sent(tape):
    from gemini_magic.cassettes.calls import make_call, to_text
    from gemini_magic.cassettes.secrets import has_secret

    part = {"functionResponse": {"name": "read", "response": {"result": f"KEY={KEYS[0]}"}}}
    made, _ = make_call(
        "POST", "/v1beta/models/m:generateContent", to_text({"contents": [{"parts": [part]}]}).encode()
    )
    assert has_secret(made.body, {})


@pytest.mark.parametrize("size", [0, 9000], ids=["in the line", "in a file"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_key_gets_in_with_an_attachment(shell, server, tmp_path, size, encoding):
    notes = f"GEMINI_API_KEY={KEYS[0]}\n{'x' * size}".encode(encoding)
    shell.run_line_magic("gemini_cassette", f"{tmp_path / 'x.gemini.jsonl'} --mode record --sdk")
    code = (
        "from google import genai\n"
        f"part = genai.types.Part.from_bytes(data={notes!r}, mime_type='text/plain')\n"
        "client = genai.Client()\n"
        f"client.models.generate_content(model={MODEL!r}, contents=[part, 'what is this?'])"
    )
    with pytest.raises(CassetteError, match="looks like an API key, in its text or in a file"):
        shell.run_cell(code).raise_error()
    assert not server.exchanges
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [0, 9000], ids=["in the line", "in a file"])
def test_no_key_gets_in_with_a_file_that_comes(ask, tape, server, emulator, size):
    data = base64.b64encode(f"{KEYS[0]} {'x' * size}".encode()).decode()
    part = {"inlineData": {"mimeType": "text/plain", "data": data}}
    event = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}]}
    emulator.script.append(ScriptedReply(pieces=(event,)))
    assert "not recorded in lesson.gemini.jsonl" in usage_line(ask("record", "x"))
    assert not list(tape.parent.iterdir())


def test_the_key_in_use_stays_out_whatever_its_shape(ask, tape, server, emulator, monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "team-proxy-0123456789")
    with pytest.raises(CassetteError, match="not asked"):
        ask("record", "my key is team-proxy-0123456789, is that fine?")
    assert not server.exchanges
    emulator.script += [
        ScriptedReply(pieces=("you use team-proxy-0123456789",)),
        ScriptedReply(pieces=("you use team-pro", "xy-0123456789")),
    ]
    for prompt in "ab":
        assert "not recorded in lesson.gemini.jsonl" in usage_line(ask("record", prompt))
    assert not tape.exists()


def test_projects_in_errors_stay_out(ask, tape, server, emulator):
    name = "projects/my-secret-project-1/locations/us-central1/publishers/google/models/m"
    detail = {"@type": "x", "metadata": {"consumer": "projects/123456789", "resource": name}}
    error = {"code": 400, "message": f"`{name}` is odd.", "status": "INVALID_ARGUMENT", "details": [detail]}
    emulator.script.append(ScriptedReply(status=400, body={"error": error}))
    with pytest.raises(BadRequest):
        ask("record", "x")
    assert "secret-project" not in tape.read_text()
    assert "123456789" not in tape.read_text()
    assert "projects/-/locations" in tape.read_text()
    with pytest.raises(BadRequest):
        ask("replay", "x")
