"""Cassettes: what is recorded is replayed as it was, and nothing else is asked."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import (
    CassetteError,
    GeminiError,
    NotRecorded,
)
from gemini_magic.options.cell_options import Options
from gemini_magic.views.base import NoView
from gemini_magic.views.usage_line import usage_line, usage_metadata
from tests.support.cassettes import MODEL, asked, lines_of, said, timeless, wire
from tests.support.recorded_replies import load_recorded
from tests.support.service import KEY


def test_a_replay_is_what_the_recording_run_showed(run, tape, server, emulator):
    emulator.script += [said("Hel", "lo **you**", "!", first_s=0.05, pause_s=0.02), said("Again.")]
    live = run("auto")
    recorded = [live("hi"), live("and now?")]
    assert len(server.exchanges) == 2

    again = run("replay")
    replayed = [again("hi"), again("and now?")]
    assert len(server.exchanges) == 2
    for old, new in zip(recorded, replayed, strict=True):
        assert usage_line(new) == usage_line(old)
        assert usage_metadata(new) == usage_metadata(old)
        assert (new.text, new.parts, new.cost) == (old.text, old.parts, old.cost)
        assert timeless(new.tries) == timeless(old.tries)
    assert "est. $" in usage_line(replayed[0])
    assert replayed[0].latency.first_token_s >= 0.05
    assert again.session.ledger.totals == live.session.ledger.totals
    # What was paid now can still be told from what was paid once.
    assert [entry.replayed for entry in live.session.ledger.entries] == [False, False]
    assert [entry.replayed for entry in again.session.ledger.entries] == [True, True]


def test_event_boundaries_and_times_are_kept(run, tape, server, emulator):
    emulator.script.append(said("a", "b", "c", first_s=0.03, pause_s=0.03))
    run("record")("hi")
    header, request, *events, end = lines_of(tape)
    assert header == {"cassette": "gemini-magic", "version": 1}
    assert request["request"] == f"POST models/{MODEL}:streamGenerateContent"
    texts = [line["event"]["candidates"][0]["content"]["parts"][0]["text"] for line in events]
    assert texts == ["a", "b", "c"]
    times = [line["at"] for line in events]
    assert times == sorted(times)
    assert times[2] - times[0] >= 0.05
    assert end["end"] >= times[-1]


def test_a_replay_can_be_as_slow_as_the_recording(run, server, emulator):
    emulator.script.append(said("a", "b", "c", first_s=0.1, pause_s=0.1))
    run("record")("hi")

    class Watch(NoView):
        def __init__(self):
            self.seen = set()

        def show(self, reply):
            self.seen.add(reply.text)

    slow, fast = Watch(), Watch()
    for view, speed in ((slow, 1.0), (fast, None)):
        asker = run("replay", cassette_speed=speed)
        asker.session.ask("hi", Options(), asker.settings, view)
    assert {"a", "ab", "abc"} <= slow.seen


def test_a_stopped_reply_is_replayed_as_it_stopped(run, server, emulator):
    emulator.script += [said("one ", "two ", "three", pause_s=30), said("whole")]
    live = run("auto")

    class Stopper(NoView):
        def begin(self, stop):
            self.stop = stop

        def show(self, reply):
            if reply.text:
                self.stop()

    recorded = live.session.ask("x", Options(), live.settings, Stopper())
    assert recorded.state == "stopped"
    replayed = run("replay")("x")
    assert (replayed.state, replayed.text, replayed.notes) == ("stopped", "one ", ("stopped",))
    assert usage_line(replayed) == usage_line(recorded)
    # Who can ask wants the whole reply, the next time.
    assert run("auto")("x").text == "whole"
    assert run("replay")("x").text == "whole"


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (json.dumps, "application/json"),
        (lambda events: json.dumps(events[1]), "application/json"),
        (
            lambda events: "".join(f"data: {json.dumps(one)}\n\n" for one in events),
            "application/octet-stream",
        ),
        (lambda events: "".join(f"data: {json.dumps(one)}\n\n" for one in events), "text/plain"),
    ],
    ids=["array", "one reply", "octet-stream", "plain"],
)
def test_a_stream_replays_whatever_a_gateway_calls_it(run, tape, raw_server, write, kind):
    raw_server.append(wire(write(said("a", "b").pieces), kind))
    recorded, replayed = run("auto")("x"), run("replay")("x")
    assert recorded.text.endswith("b")
    assert (replayed.text, usage_line(replayed)) == (recorded.text, usage_line(recorded))
    assert "est. $" in usage_line(replayed)
    assert [one.latency for one in replayed.tries] == [one.latency for one in recorded.tries]
    assert '"base64"' not in tape.read_text()


def test_what_takes_long_to_keep_has_one_time(run, tape, server, emulator):
    data = base64.b64encode(os.urandom(3_000_000)).decode()
    part = {"inlineData": {"mimeType": "image/png", "data": data}}
    event = {"candidates": [{"content": {"role": "model", "parts": [part]}}]}
    emulator.script.append(ScriptedReply(pieces=(event, said("a").pieces[0]), first_s=0.05))
    recorded, replayed = run("auto")("x"), run("replay")("x")
    assert recorded.latency == replayed.latency
    assert lines_of(tape)[2]["at"] == recorded.latency.first_token_s


def test_counts_are_recorded_with_what_they_would_cost(run, server):
    counts = []
    for mode in ("record", "replay"):
        asker = run(mode)
        counts.append(asker.session.count("how long am I?", Options(), asker.settings))
        assert len(server.exchanges) == 1
    assert counts[0] == counts[1]
    assert counts[0].cost is not None


def test_one_piece_and_thoughts_replay_too(run, server, emulator):
    emulator.script += [said("whole"), said("whole")]
    recorded = run("record")("x", no_stream=True, thoughts=True)
    replayed = run("replay")("x", no_stream=True, thoughts=True)
    assert (replayed.text, usage_line(replayed)) == (recorded.text, usage_line(recorded))
    assert len(server.exchanges) == 1


def test_notes_of_an_answer_are_shown_and_kept(run, server, emulator):
    emulator.script.append(said("hi", headers={"x-gemini-magic-note": "sample reply"}))
    recorded = run("record")("x")
    assert " · sample reply · " in usage_line(recorded)
    assert usage_line(run("replay")("x")) == usage_line(recorded)


def test_no_header_and_no_key_is_written(run, tape, server, emulator):
    emulator.script += [said("one"), said(f"I found {KEY} lying around")]
    live = run("record")
    live("first")
    assert KEY not in tape.read_text()
    assert not re.search("header|x-goog|authorization|user-agent|127.0.0.1", tape.read_text(), re.IGNORECASE)
    with pytest.raises(CassetteError, match="not asked: the prompt has what looks like an API key"):
        live(f"is {KEY} a good key?")
    assert asked(emulator) == ["first"]
    # A reply with a key is shown, and says that it was not recorded.
    assert "not recorded in lesson.gemini.jsonl" in usage_line(live("second"))
    assert KEY not in tape.read_text()


def test_what_is_recorded_of_enterprise_replays_with_a_key(run, server, emulator):
    from gemini_magic.cassettes.calls import make_call

    body = b'{"contents": [], "x": null, "t": 1.0}'
    targets = [
        f"/v1beta/models/{MODEL}:generateContent?key=AIzaNothing",
        f"/v1beta1/projects/p/locations/us/publishers/google/models/{MODEL}:generateContent",
        f"/proxy/gemini/v1/models/{MODEL}:generateContent?alt=sse",
    ]
    calls = [make_call("POST", target, body)[0] for target in targets]
    assert {call.path for call in calls} == {f"models/{MODEL}:generateContent"}
    assert len({call.key for call in calls}) == 1
    assert make_call("POST", targets[0], b'{"t": 1, "contents": []}')[0].key == calls[0].key
    assert make_call("POST", targets[0], b'{"t": 2, "contents": []}')[0].key != calls[0].key


@pytest.mark.slow
def test_a_lesson_replays_in_a_process_that_has_no_network(run, tape, server, emulator):
    emulator.script.append(said("one"))
    run("record")("x")
    code = (
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('the network was touched')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from gemini_magic.session import Session\n"
        "from gemini_magic.options.cell_options import Options\n"
        "from gemini_magic.options.settings import Settings\n"
        "from gemini_magic.views.base import NoView\n"
        f"settings = Settings(cassette={str(tape)!r})\n"
        "print(Session(lambda _: None).ask('x', Options(), settings, NoView()).text)\n"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GEMINI", "GOOGLE"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("one\n", "")


@pytest.mark.parametrize("row", load_recorded("streams.jsonl"))
def test_recorded_bodies_survive_a_cassette(run, server, emulator, row):
    """Real streams, as others recorded them: a replay gives what came."""
    emulator.script.append(ScriptedReply(raw=row["body"]))
    outcomes = []
    for mode in ("record", "replay"):
        try:
            reply = run(mode)("x", once=True)
        except GeminiError as error:
            outcomes.append(error)
        else:
            outcomes.append((reply.parts, usage_line(reply)))
    recorded, replayed = outcomes
    if isinstance(recorded, GeminiError):
        assert isinstance(replayed, (type(recorded), NotRecorded))
    else:
        assert replayed == recorded
