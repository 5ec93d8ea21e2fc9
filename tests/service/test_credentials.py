"""Keys and Enterprise credentials on their way to the service: used as set, never shown."""

from __future__ import annotations

import traceback

import pytest

from gemini_magic import errors
from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from tests.support.asking import ask
from tests.support.service import KEY


def test_wrong_key(session, monkeypatch):
    with EmulatorServer(Emulator(key="another")) as server:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        with pytest.raises(errors.InvalidApiKey, match="does not accept this API key") as caught:
            ask(session)
        assert caught.value.status == 400


def test_a_key_set_later_needs_no_new_session(session, monkeypatch):
    with EmulatorServer(Emulator(key="right", pace=0)) as server:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        for key, error in ((None, errors.NoApiKey), ("wrong", errors.InvalidApiKey)):
            if key:
                monkeypatch.setenv("GEMINI_API_KEY", key)
            with pytest.raises(error):
                ask(session)
        monkeypatch.setenv("GEMINI_API_KEY", "right")
        assert ask(session).state == "complete"


def test_the_key_does_not_follow_redirects(session, raw_server):
    with EmulatorServer(Emulator()) as elsewhere:
        head = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}/v1/models\r\nContent-Length: 0\r\n\r\n"
        raw_server.append(head.encode())
        with pytest.raises(errors.UnexpectedAnswer, match="GOOGLE_GEMINI_BASE_URL"):
            ask(session)
        assert not elsewhere.exchanges


def test_a_broken_key_is_not_printed(session, server, monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", f"{KEY[:20]}\n{KEY[20:]}")
    with pytest.raises(errors.NoApiKey, match="copy it again") as caught:
        ask(session)
    assert KEY[:20] not in str(caught.value)


def test_no_key_in_what_an_error_carries(session, server, emulator, monkeypatch):
    """Neither the error nor anything hanging from it shows the key, also with all local variables."""
    key = "a-key-of-no-known-" + "shape"
    monkeypatch.setenv("GEMINI_API_KEY", key)
    body = {"error": {"code": 500, "message": f"your key {key}", "status": "X"}}
    emulator.script.append(ScriptedReply(status=500, body=body))
    with pytest.raises(errors.ServiceUnavailable, match=r"your key \[hidden\]") as caught:
        ask(session)
    frames = traceback.walk_tb(caught.value.__traceback__)
    here = __file__
    seen = [repr(frame.f_locals) for frame, _ in frames if frame.f_code.co_filename != here]
    assert seen
    assert key not in "".join(seen)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_enterprise_through_the_sdks_variables(session, monkeypatch):
    with EmulatorServer(Emulator(key=KEY, pace=0)) as server:
        monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
        monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", server.url)
        monkeypatch.setenv("GOOGLE_API_KEY", "wrong")
        with pytest.raises(errors.InvalidApiKey):
            ask(session)
        monkeypatch.setenv("GOOGLE_API_KEY", KEY)
        assert ask(session).finish_reason == "STOP"
        assert "/publishers/google/models/gemini-3.8-flash:" in server.exchanges[-1].target


def test_enterprise_without_credentials(session, monkeypatch, clean_environment):
    monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(clean_environment / "none.json"))
    with pytest.raises(errors.PermissionRefused, match="gcloud auth"):
        ask(session)
