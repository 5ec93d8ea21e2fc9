"""Which answers are recorded, and which are not because they are about a moment, a place or a key."""

from __future__ import annotations

import gc

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import (
    BadRequest,
    GeminiError,
    ModelNotFound,
    ServiceUnavailable,
)
from gemini_magic.views.usage_line import usage_line
from tests.support.cassettes import MODEL, lines_of, said, timeless


def test_passing_failures_are_not_recorded_but_the_tries_are_told(run, tape, server, emulator):
    busy = {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
    again = ScriptedReply(status=503, body=busy, headers={"retry-after": "0"})
    emulator.script += [again, again, said("yes", first_s=0.02)]
    recorded = run("record")("x")
    assert recorded.notes == ("after 3 tries",)
    replayed = run("replay")("x")
    assert (replayed.notes, usage_line(replayed)) == (recorded.notes, usage_line(recorded))
    assert timeless(replayed.tries) == timeless(recorded.tries)
    assert [one.error for one in replayed.tries] == ["ServiceUnavailable", "ServiceUnavailable", None]
    last = replayed.tries[-1]
    assert (last.latency, last.cost) == (recorded.tries[-1].latency, recorded.tries[-1].cost)
    assert "busy" not in tape.read_text()
    emulator.script += [ScriptedReply(status=503, body=busy)]
    with pytest.raises(ServiceUnavailable):
        run("record", tries=1)("y")
    assert len(lines_of(tape)) == 4


def test_who_fails_to_read_a_reply_has_not_stopped_it(run, tape, server, emulator, monkeypatch):
    def fail(_chunk):
        raise RuntimeError("cannot be read")

    emulator.script += [said("a", "b", "c"), said("one"), said("two")]
    live = run("auto")
    with monkeypatch.context() as patch:
        patch.setattr("gemini_magic.service.pump.decode", fail)
        with pytest.raises(GeminiError):
            live("x")
    assert not tape.exists()
    # Nothing of it is left to be written later, and its place is free.
    assert [live("x").text, live("y").text] == ["one", "two"]
    gc.collect()
    assert [line["take"] for line in lines_of(tape) if "request" in line] == [1, 1]
    assert not any(line.get("stopped") for line in lines_of(tape))


def test_a_broken_stream_is_not_recorded(run, tape, server, emulator):
    emulator.script.append(said("one", "two", "three", fault="reset", after=1))
    with pytest.raises(Exception, match="the stream broke"):
        run("record")("x")
    assert not tape.exists()


def test_a_refusal_is_recorded_unless_it_is_about_the_key(run, tape, server, emulator):
    def refused(message, reason):
        detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
        error = {"code": 400, "message": message, "status": "INVALID_ARGUMENT", "details": [detail]}
        return ScriptedReply(status=400, body={"error": error})

    emulator.script.append(refused("API key not valid.", "API_KEY_INVALID"))
    with pytest.raises(Exception, match="key"):
        run("record")("x")
    assert not tape.exists()
    emulator.script.append(refused("Too hot.", "TOO_HOT"))
    with pytest.raises(BadRequest) as recorded:
        run("record")("x")
    with pytest.raises(BadRequest) as replayed:
        run("replay")("x")
    assert str(replayed.value) == str(recorded.value)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("User location is not supported for the API use.", "FAILED_PRECONDITION"),
        ("The File abc is not in an ACTIVE state.", "FAILED_PRECONDITION"),
        ("User location is not supported for the API use.", "INVALID_ARGUMENT"),
    ],
)
def test_a_refusal_about_a_place_or_a_moment_is_not_recorded(run, server, emulator, message, status):
    error = {"error": {"code": 400, "message": message, "status": status}}
    emulator.script += [ScriptedReply(status=400, body=error), said("now it works")]
    asker = run("auto")
    with pytest.raises(BadRequest):
        asker("x")
    assert asker("x").text == run("replay")("x").text == "now it works"


def test_a_missing_model_is_recorded_with_the_list_of_models(run, server):
    with pytest.raises(ModelNotFound) as recorded:
        run("record")("x", model="gemini-3.8-flesh")
    with pytest.raises(ModelNotFound) as replayed:
        run("replay")("x", model="gemini-3.8-flesh")
    assert str(replayed.value) == str(recorded.value)
    assert MODEL in replayed.value.close_to == recorded.value.close_to
