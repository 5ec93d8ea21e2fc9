"""The event-stream decoder and the transport that repairs streams."""

from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.emulator.script import DIALECTS
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.session import Session
from gemini_magic.transports.sse_decoder import SseDecoder
from gemini_magic.views.base import NoView

LEGAL = [name for name in DIALECTS if name not in {"malformed", "html", "empty"}]


def decode(chunks):
    decoder = SseDecoder()
    found = [data for chunk in chunks for data in decoder.feed(chunk)]
    return found + decoder.finish()


line = st.text(alphabet=st.characters(exclude_characters="\r\n\x00", exclude_categories=["Cs"]), max_size=12)
newline = st.sampled_from(["\r\n", "\n", "\r"])


@st.composite
def legal_streams(draw):
    """A legal stream as bytes, and the data of its events."""
    end, body, expected = draw(newline), draw(st.sampled_from(["", "\ufeff"])), []
    for data in draw(st.lists(st.lists(line, min_size=1, max_size=3), max_size=5)):
        for noise in draw(st.lists(st.sampled_from([":", ": ping", "id: 1", "retry: 5", "event: message"]))):
            body += noise + end
        space = " " if any(text.startswith(" ") for text in data) else draw(st.sampled_from(["", " "]))
        body += "".join(f"data:{space}{text}{end}" for text in data) + end
        expected.append("\n".join(data))
    return body.encode(), expected


@st.composite
def split(draw, stream):
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@given(st.data())
def test_any_split_of_any_legal_stream_gives_the_same_events(data):
    stream, expected = data.draw(legal_streams())
    assert decode(data.draw(split(stream))) == expected
    assert decode([bytes([byte]) for byte in stream]) == expected


@given(st.lists(st.binary(max_size=20)))
def test_no_bytes_break_the_decoder(chunks):
    assert all(isinstance(data, str) for data in decode(chunks))


def test_what_is_no_event_is_kept_aside():
    decoder = SseDecoder()
    assert decoder.feed(codecs.BOM_UTF8 + b'[{"error":\n {"code": 1}}]\n') == []
    assert decoder.finish() == []
    assert json.loads(decoder.stray) == [{"error": {"code": 1}}]


@pytest.fixture
def ask(server, emulator):
    session = Session(ask_nobody)

    def ask(**script):
        emulator.script.append(ScriptedReply(**script))
        return session.ask("hello", Options(), Settings(tries=1), NoView())

    ask.session = session
    yield ask
    session.close()


@pytest.mark.parametrize("dialect", LEGAL)
def test_legal_dialects_give_the_exact_text(ask, dialect):
    pieces = ("Grüße, ", "日本 🎉 ", "half\u2028lines ", "of [DONE] data: ", "end")
    reply = ask(pieces=pieces, dialect=dialect)
    assert (reply.text, reply.finish_reason, reply.notes) == ("".join(pieces), "STOP", ())


def test_bytes_that_drip(ask):
    assert ask(pieces=("Grüße ", "🎉"), drip_s=0.0001).text == "Grüße 🎉"


def test_a_malformed_event_is_counted(ask):
    reply = ask(pieces=("one ", "two"), dialect="malformed")
    assert reply.text == "one two"
    assert reply.notes == ("1 unreadable events left out",)


@pytest.mark.parametrize(
    ("dialect", "says"), [("html", "Sign in to the wifi"), ("empty", "answered nothing at all")]
)
def test_what_is_no_stream(ask, dialect, says):
    with pytest.raises(errors.UnexpectedAnswer, match=says):
        ask(pieces=("x",), dialect=dialect)


@pytest.mark.parametrize("dialect", ["plain", "late-error-key", "fields"])
@pytest.mark.parametrize("first", [(), ("half ",)])
def test_an_error_anywhere_in_an_event(ask, dialect, first):
    error = {"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}}
    with pytest.raises(errors.StreamBroken if first else errors.QuotaExceeded, match="slow down"):
        ask(pieces=(*first, error), dialect=dialect)
    assert ask.session.last.text == "".join(first)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("boom", errors.ServiceUnavailable),
        ({"code": "503", "message": "busy"}, errors.ServiceUnavailable),
        ({"message": "no code"}, errors.ServiceUnavailable),
    ],
)
def test_odd_error_objects(ask, error, expected):
    with pytest.raises(expected):
        ask(pieces=({"error": error},))


@pytest.mark.parametrize("odd", [{"candidates": "x"}, {"foo": 1}, {"candidates": ["x"]}, {}])
def test_events_of_the_wrong_shape_are_counted(ask, odd):
    reply = ask(pieces=("one ", odd, "two"))
    assert (reply.text, reply.notes) == ("one two", ("1 unreadable events left out",))
    with pytest.raises(errors.UnexpectedAnswer, match="none of the 1 events"):
        ask(pieces=(odd,))


def test_an_error_that_is_null_is_none(ask):
    event = {"error": None, "candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]}
    assert ask(pieces=(event,)).text == "x"


def test_nesting_without_end_is_only_unreadable(ask):
    event = json.dumps({"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": "STOP"}]})
    reply = ask(raw=f"data: {'[' * 100_000}\n\ndata: {event}\n\n")
    assert (reply.text, len(reply.notes)) == ("x", 1)


def test_an_array_of_replies_is_taken_too(ask):
    one = {"candidates": [{"content": {"parts": [{"text": "one "}]}}]}
    two = {"candidates": [{"content": {"parts": [{"text": "two"}]}, "finishReason": "STOP"}]}
    assert ask(raw=json.dumps([one, two], indent=1)).text == "one two"


@pytest.mark.parametrize(
    ("halves", "text"),
    [
        (("a\ud83d", "\ude00b"), "a😀b"),
        (("a\ud83d", "b"), "a\ufffdb"),
        (("\ude00x",), "\ufffdx"),
        (("a\ud83d",), "a\ufffd"),
    ],
)
def test_half_characters(ask, halves, text):
    pieces = tuple({"candidates": [{"content": {"parts": [{"text": half}]}}]} for half in halves)
    reply = ask(pieces=(*pieces, {"candidates": [{"finishReason": "STOP"}]}))
    assert reply.text == text
    assert reply.content.parts[0].text == text


def test_garbage_does_not_fill_the_memory():
    decoder = SseDecoder()
    for _ in range(100):
        decoder.feed(b"garbage without end\n" * 1000)
    assert sum(map(len, decoder.stray)) < 100_000
