"""Requests that meet trouble: refusals, wrong addresses, silence, broken streams, proxies."""

from __future__ import annotations

import traceback

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.service.error_translation import translate_error
from tests.support.asking import ask
from tests.support.service import KEY


@pytest.mark.parametrize(
    ("status", "name", "error"),
    [
        (400, "INVALID_ARGUMENT", errors.BadRequest),
        (401, "UNAUTHENTICATED", errors.InvalidApiKey),
        (403, "PERMISSION_DENIED", errors.PermissionRefused),
        (404, "NOT_FOUND", errors.ModelNotFound),
        (429, "RESOURCE_EXHAUSTED", errors.QuotaExceeded),
        (500, "INTERNAL", errors.ServiceUnavailable),
        (503, "UNAVAILABLE", errors.ServiceUnavailable),
    ],
)
def test_refusals(session, server, emulator, status, name, error):
    body = {"error": {"code": status, "message": f"models/x {KEY}\nso", "status": name}}
    emulator.script.append(ScriptedReply(status=status, body=body))
    with pytest.raises(error) as caught:
        ask(session)
    assert caught.value.status == status
    assert KEY not in str(caught.value)
    assert session.chats == {}
    assert ask(session).state == "complete"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:1", "cannot reach 127.0.0.1:1 "),
        ("nonsense://x", "base URL cannot be used"),
        ("http://no-such-host.invalid", "cannot reach no-such-host.invalid "),
    ],
)
def test_no_network_and_wrong_base_urls(session, monkeypatch, url, says):
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", url)
    with pytest.raises(errors.ConnectionFailed, match=says):
        ask(session)
    assert session.chats == {}


def test_a_broken_stream_keeps_its_text(session, raw_server):
    event = b'data: {"candidates": [{"content": {"parts": [{"text": "half"}]}}]}\r\n\r\n'
    raw_server.append(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n" + event
    )
    with pytest.raises(errors.StreamBroken, match="the text is kept"):
        ask(session)
    assert (session.last.text, session.last.state) == ("half", "failed")
    [turn] = session.chats["main"].turns
    assert (turn.state, turn.text) == ("failed", "half")


def test_an_answer_that_is_not_the_api(session, raw_server):
    page = b"<html>Welcome to the hotel's wifi</html>"
    raw_server.append(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
    with pytest.raises(errors.UnexpectedAnswer, match="is no Gemini reply"):
        ask(session)


def test_an_error_in_the_middle_closes_its_connection(session, server, emulator):
    error = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
    emulator.script.append(ScriptedReply(pieces=("half", {"other": 1, **error}, "never"), pause_s=0.2))
    with pytest.raises(errors.StreamBroken, match="overloaded"):
        ask(session)
    assert session.last.text == "half"
    [exchange] = server.exchanges
    assert exchange.ended.wait(5)
    assert exchange.outcome == "disconnected"


def test_silence_is_bounded(session, server, emulator):
    for first_s, pause_s, error in ((60, 0, errors.ConnectionFailed), (0, 60, errors.StreamBroken)):
        emulator.script.append(ScriptedReply(pieces=("one", "two"), first_s=first_s, pause_s=pause_s))
        with pytest.raises(error):
            ask(session, timeout=0.3)
    assert server.exchanges[-1].ended.wait(5)


def test_a_proxy_can_come_and_go(session, server, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with pytest.raises(errors.ConnectionFailed):
        ask(session)
    monkeypatch.delenv("ALL_PROXY")
    assert ask(session).state == "complete"


def test_the_server_is_asked_for_no_deadline_of_the_whole_reply(session, server, monkeypatch):
    seen = []
    answer = server.emulator.answer
    monkeypatch.setattr(server.emulator, "answer", lambda *a: seen.append(a[2]) or answer(*a))
    ask(session)
    assert "x-server-timeout" not in seen[0]


@pytest.mark.parametrize("dialect", ["html", "empty"])
def test_no_request_hangs_from_an_error_raised_below_the_sdk(session, server, emulator, dialect):
    emulator.script.append(ScriptedReply(pieces=("x",), dialect=dialect))
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        ask(session)
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    held = [value for frame in frames for value in frame.f_locals.values()]
    assert not [value for value in held if type(value).__module__.startswith(("httpx2", "google.genai._"))]
    assert caught.value.__context__ is None


@pytest.mark.parametrize("library", ["httpx", "httpx2", "httpcore", "httpcore2"])
def test_errors_of_any_http_library_are_those_of_the_connection(library):
    """Whatever was loaded twice, or lies below: a broken connection is no request that cannot be sent."""
    module = pytest.importorskip(library)
    ours = translate_error(module.RemoteProtocolError("Server disconnected"), model="m")
    assert isinstance(ours, errors.ConnectionFailed)
    assert ours.is_passing
    assert not translate_error(module.ReadTimeout("slow"), model="m").is_passing
