"""The log, the causes behind an error, and the plugin for other people's tests."""

from __future__ import annotations

import logging

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.transports.http_library import httpx
from tests.support.service import KEY
from tests.support.shell import run

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

SECRET_PROMPT = "my private question"


def test_the_log_counts_and_keeps_quiet_about_prompts(shell, server, emulator, caplog):
    caplog.set_level(logging.DEBUG, logger="gemini_magic")
    emulator.script.append(ScriptedReply(status=503, headers={"retry-after": "0"}))
    emulator.script.append(ScriptedReply(pieces=("one ", "two ", "three")))
    run(shell, f"%gemini {SECRET_PROMPT}")
    messages = [record.getMessage() for record in caplog.records if record.name == "gemini_magic"]
    assert messages[0] == f"request: gemini-3.8-flash, 1 contents, {len(SECRET_PROMPT)} characters"
    assert any(message.startswith("try 2 of 4") for message in messages)
    assert sum(message.startswith("chunk ") for message in messages) == 3
    assert messages[-1].startswith("end: complete, 3 chunks")
    assert SECRET_PROMPT not in caplog.text
    assert KEY not in caplog.text


def test_debug_shows_what_lies_behind(shell, server, monkeypatch):
    assert run(shell, "%gemini --debug").stdout == "no request has failed\n"
    run(shell, "%config GeminiMagics.tries = 1")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1")
    with pytest.raises(errors.ConnectionFailed):
        run(shell, "%gemini hello")
    lines = run(shell, "%gemini --debug").stdout.splitlines()
    assert lines[0].startswith("ConnectionFailed: cannot reach 127.0.0.1:1")
    assert lines[1].startswith(f"{httpx.__name__}.ConnectError: ")
    assert any("httpcore" in line for line in lines[2:])


def test_debug_is_scrubbed(shell, server, emulator):
    error = {"error": {"code": 400, "message": f"bad key {KEY}", "status": "INVALID_ARGUMENT"}}
    emulator.script.append(ScriptedReply(status=400, body=error))
    with pytest.raises(errors.BadRequest):
        run(shell, "%gemini hello")
    shown = run(shell, "%gemini --debug").stdout
    assert "google.genai.errors.ClientError: 400" in shown
    assert KEY not in shown


def test_the_plugin_tests_any_client(pytester):
    pytester.makepyfile(
        """
        from google import genai
        from gemini_magic.emulator import ScriptedReply

        def test_one(gemini_emulator):
            gemini_emulator.emulator.script.append(ScriptedReply(pieces=("scripted",)))
            client = genai.Client()
            reply = client.models.generate_content(model="gemini-3.8-flash", contents="hello")
            assert reply.text == "scripted"
            assert gemini_emulator.emulator.bodies[0]["contents"][0]["parts"] == [{"text": "hello"}]
            assert gemini_emulator.exchanges[0].outcome == "complete"
            assert gemini_emulator.open_connections == 1
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
