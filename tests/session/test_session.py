"""The whole flow over real HTTP: the SDK, a loopback socket, stops, refusals, broken streams."""

from __future__ import annotations

import _thread
import logging
import signal
import threading
import traceback

import pytest

from gemini_magic import errors
from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.session import Session
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


def ask(session, text="hello", view=None, tries=1, **options):
    return session.ask(text, Options(**options), Settings(tries=tries), view or NoView())


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
    server.watch = lambda exchange: _thread.interrupt_main() if not exchange.sent else None
    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session)
    server.watch = lambda exchange: None
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

    arrived = threading.Event()

    class Arrivals(logging.Handler):
        def emit(self, record):
            if record.getMessage().startswith("chunk 50 "):
                arrived.set()

    class Slow(Watch):
        def show(self, reply):
            if "0 " in reply.text:
                assert arrived.wait(5)
            super().show(reply)

    handler, logger = Arrivals(), logging.getLogger("gemini_magic")
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    with pytest.raises(errors.ReplyStopped) as caught:
        ask(session, view=Slow("0 ", interrupt))
    logger.setLevel(level)
    logger.removeHandler(handler)
    words = caught.value.reply.text.split()
    assert words == [str(n) for n in range(len(words))]
    assert len(words) >= 49, "the last of them may still have been on its way"


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
    assert (turn.state, turn.reply.parts[0].text) == ("failed", "half")


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
    assert session.chats["main"].turns[0].reply.parts[0].text == "half a "


def test_silence_is_bounded(session, server, emulator):
    for first_s, pause_s, error in ((60, 0, errors.ConnectionFailed), (0, 60, errors.StreamBroken)):
        emulator.script.append(ScriptedReply(pieces=("one", "two"), first_s=first_s, pause_s=pause_s))
        with pytest.raises(error):
            ask(session, timeout=0.3)
    assert server.exchanges[-1].ended.wait(5)


def test_interrupts_said_again_change_nothing(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("partial ", "never"), pause_s=60))

    def three_times():
        for _ in range(3):
            interrupt()

    with pytest.raises(errors.ReplyStopped, match="also in the chat"):
        ask(session, view=Watch("partial", three_times))
    assert session.chats["main"].turns[0].state == "stopped"


def test_an_interrupt_that_strikes_leaves_a_stopped_reply(session, server, emulator):
    """Whatever ends the turn, the reply does not stay 'streaming' for good."""

    def strike():
        raise KeyboardInterrupt

    emulator.script.append(ScriptedReply(pieces=("partial ", "never"), pause_s=60))
    with pytest.raises(KeyboardInterrupt):
        ask(session, view=Watch("partial", strike))
    assert session.last.state == "stopped"
    assert session.chats["main"].turns[0].state == "stopped"


def test_the_key_does_not_follow_redirects(session, raw_server):
    with EmulatorServer(Emulator()) as elsewhere:
        head = f"HTTP/1.1 307 Moved\r\nLocation: {elsewhere.url}/v1/models\r\nContent-Length: 0\r\n\r\n"
        raw_server.append(head.encode())
        with pytest.raises(errors.UnexpectedAnswer, match="GOOGLE_GEMINI_BASE_URL"):
            ask(session)
        assert elsewhere.exchanges == []


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


def test_a_proxy_can_come_and_go(session, server, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with pytest.raises(errors.ConnectionFailed):
        ask(session)
    monkeypatch.delenv("ALL_PROXY")
    assert ask(session).state == "complete"


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
    before = set(threading.enumerate())
    ask(session)
    assert "gemini-magic" in {thread.name for thread in set(threading.enumerate()) - before}
    session.close()
    assert "gemini-magic" not in {thread.name for thread in set(threading.enumerate()) - before}
    assert ask(session).chat == "main"


@pytest.mark.parametrize("dialect", ["html", "empty"])
def test_no_request_hangs_from_an_error_raised_below_the_sdk(session, server, emulator, dialect):
    emulator.script.append(ScriptedReply(pieces=("x",), dialect=dialect))
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        ask(session)
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    held = [value for frame in frames for value in frame.f_locals.values()]
    assert not [value for value in held if type(value).__module__.startswith(("httpx2", "google.genai._"))]
    assert caught.value.__context__ is None


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
