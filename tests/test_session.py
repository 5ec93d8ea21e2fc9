"""The whole flow over real HTTP: the SDK, a loopback socket, stops, refusals, broken streams."""

from __future__ import annotations

import _thread
import signal
import socket
import threading
import traceback

import pytest

from gemini_magic import errors
from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from gemini_magic.options import Options
from gemini_magic.session import Session
from gemini_magic.settings import Settings
from gemini_magic.views.base import NoView
from tests.conftest import KEY


@pytest.fixture
def session():
    session = Session(lambda: None)
    yield session
    session.close()


class Watch(NoView):
    """Calls a function once, as soon as the reply holds a text."""

    def __init__(self, text, then):
        self.text, self.then, self.calls = text, then, 0

    def show(self, reply):
        if self.text in reply.text and not self.calls:
            self.calls += 1
            self.then()


def ask(session, text="hello", view=None, **options):
    return session.ask(text, Options(**options), Settings(), view or NoView())


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
    assert exchange.target == "/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse"


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


def interrupt():
    signal.raise_signal(signal.SIGINT)


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
    assert (turn.state, turn.reply.parts[0].text) == ("stopped", "partial ")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    ask(session, "go on")
    assert [c["parts"][0]["text"] for c in emulator.bodies[-1]["contents"]] == ["hello", "partial ", "go on"]


def test_an_interrupt_before_the_first_word(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("never",), first_s=60))
    threading.Timer(0.3, _thread.interrupt_main).start()
    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session)
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

    class Slow(Watch):
        def show(self, reply):
            if "0 " in reply.text:
                server.exchanges[0].ended.wait(5)
            super().show(reply)

    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session, view=Slow("0 ", interrupt))
    words = caught.value.reply.text.split()
    assert words == [str(n) for n in range(len(words))]
    assert len(words) > 1


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
    body = {"error": {"code": status, "message": f"said {KEY}\nso", "status": name}}
    emulator.script.append(ScriptedReply(status=status, body=body))
    with pytest.raises(error) as caught:
        ask(session)
    assert caught.value.status == status
    assert KEY not in str(caught.value)
    assert session.chats == {}
    assert ask(session).state == "complete"


def test_wrong_key(session, monkeypatch):
    with EmulatorServer(Emulator(key="another")) as server:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        with pytest.raises(errors.InvalidApiKey, match="check GEMINI_API_KEY") as caught:
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


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:1", "cannot reach the Gemini API"),
        ("nonsense://x", "base URL cannot be used"),
        ("http://no-such-host.invalid", "cannot reach the Gemini API"),
    ],
)
def test_no_network_and_wrong_base_urls(session, monkeypatch, url, says):
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", url)
    with pytest.raises(errors.ConnectionFailed, match=says):
        ask(session)
    assert session.chats == {}


@pytest.fixture
def raw_server(monkeypatch):
    """A socket that answers every connection with given bytes, then closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answers.pop(0))

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
    yield answers
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_a_broken_stream_keeps_its_text(session, raw_server):
    event = b'data: {"candidates": [{"content": {"parts": [{"text": "half"}]}}]}\r\n\r\n'
    raw_server.append(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n" + event
    )
    with pytest.raises(errors.StreamBroken, match="text so far is kept"):
        ask(session)
    assert (session.last.text, session.last.state) == ("half", "failed")
    [turn] = session.chats["main"].turns
    assert (turn.state, turn.reply.parts[0].text) == ("failed", "half")


def test_an_answer_that_is_not_the_api(session, raw_server):
    page = b"<html>Welcome to the hotel's wifi</html>"
    raw_server.append(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
    with pytest.raises(errors.UnexpectedAnswer, match="is no Gemini reply"):
        ask(session)


def test_no_key_in_what_an_error_carries(session, server, emulator):
    """Neither the error nor anything hanging from it shows the key, also with all local variables."""
    emulator.script.append(
        ScriptedReply(status=500, body={"error": {"code": 500, "message": "x", "status": "X"}})
    )
    with pytest.raises(errors.ServiceUnavailable) as caught:
        ask(session)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert KEY not in "".join(shown.format())
    assert caught.value.__cause__ is None


def test_enterprise_through_the_sdks_variables(session, monkeypatch):
    with EmulatorServer(Emulator(key=KEY, pace=0)) as server:
        monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
        monkeypatch.setenv("GOOGLE_API_KEY", KEY)
        monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", server.url)
        assert ask(session).finish_reason == "STOP"
        assert "/publishers/google/models/gemini-3.8-flash:" in server.exchanges[0].target


def test_enterprise_without_credentials(session, monkeypatch, clean_environment):
    monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(clean_environment / "none.json"))
    with pytest.raises(errors.PermissionRefused, match="gcloud auth"):
        ask(session)


def test_the_server_is_asked_for_no_deadline_of_the_whole_reply(session, server, monkeypatch):
    seen = []
    answer = server.emulator.answer
    monkeypatch.setattr(server.emulator, "answer", lambda *a: seen.append(a[2]) or answer(*a))
    ask(session)
    assert "x-server-timeout" not in seen[0]


def test_the_session_can_be_closed_and_used_again(session, server):
    ask(session)
    session.close()
    assert "gemini-magic" not in {thread.name for thread in threading.enumerate()}
    assert ask(session).chat == "main"
