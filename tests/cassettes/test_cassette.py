"""Cassettes: what is recorded is replayed as it was, and nothing else is asked."""

from __future__ import annotations

import base64
import gc
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import (
    BadRequest,
    CassetteError,
    GeminiError,
    ModelNotFound,
    NoApiKey,
    NotRecorded,
    OptionError,
    ServiceUnavailable,
)
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.origin import Origin
from gemini_magic.session import Session
from gemini_magic.views.base import NoView
from gemini_magic.views.usage_line import usage_line, usage_metadata
from tests.conftest import KEY
from tests.support.recorded_replies import load_recorded

MODEL = "gemini-3.8-flash"
USAGE = {"promptTokenCount": 12, "candidatesTokenCount": 34, "thoughtsTokenCount": 5, "totalTokenCount": 51}


def said(*texts, usage=USAGE, model=MODEL, **more):
    """A reply in the wire format, with a usage of its own."""
    events = []
    for number, text in enumerate(texts, 1):
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
        if number == len(texts):
            candidate["finishReason"] = "STOP"
        events.append({"candidates": [candidate], "usageMetadata": usage, "modelVersion": model})
    return ScriptedReply(pieces=tuple(events), **more)


@pytest.fixture
def tape(tmp_path):
    return tmp_path / "lesson.gemini.jsonl"


@pytest.fixture
def run(tape):
    """Asks prompts in a kernel of their own: a new session each time."""
    sessions = []

    def start(mode, **settings):
        sessions.append(Session(lambda: None))
        return Asker(sessions[-1], Settings(cassette=str(tape), cassette_mode=mode, **settings))

    yield start
    for session in sessions:
        session.close()


class Asker:
    def __init__(self, session, settings):
        self.session = session
        self.settings = settings

    @property
    def cassette(self):
        return self.session.clients.shelf.open(self.settings.cassette)

    def __call__(self, text, origin=None, **options):
        return self.session.ask(text, Options(**options), self.settings, NoView(), origin or Origin())


def lines_of(tape):
    return [json.loads(line) for line in tape.read_text().splitlines()]


def timeless(tries):
    return [replace(one, time=None, is_replayed=None) for one in tries]


def asked(emulator):
    return [body["contents"][-1]["parts"][0]["text"] for body in emulator.bodies]


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


def test_auto_asks_only_what_is_not_recorded(run, server, emulator):
    emulator.script += [said("one"), said("two")]
    assert run("auto")("first", once=True).text == "one"
    again = run("auto")
    assert again("first", once=True).text == "one"
    assert again("second", once=True).text == "two"
    assert asked(emulator) == ["first", "second"]


def test_record_asks_all_again_and_what_was_recorded_is_replaced(run, tape, server, emulator):
    emulator.script += [said("old"), said("new")]
    run("record")("first")
    again = run("record")
    assert again("first").text == "new"
    assert again.cassette.replaced == 1
    assert run("replay")("first").text == "new"
    assert again.cassette.prune() == 1
    assert run("replay")("first").text == "new"
    assert "old" not in tape.read_text()


def test_live_neither_reads_nor_writes(run, tape, server, emulator):
    emulator.script += [said("one"), said("two")]
    run("record")("first")
    before = tape.read_bytes()
    assert run("live")("first").text == "two"
    assert tape.read_bytes() == before


def test_the_same_prompt_again_has_a_recording_of_its_own(run, server, emulator):
    emulator.script += [said("one"), said("two")]
    live = run("record")
    assert [live("x", once=True).text for _ in range(2)] == ["one", "two"]
    again = run("replay")
    # Where no cell tells itself apart, one run too many gets the last.
    assert [again("x", once=True).text for _ in range(3)] == ["one", "two", "two"]


def test_a_cell_that_runs_again_gets_its_own_reply_again(run, server, emulator):
    emulator.script += [said("one"), said("two")]
    live = run("auto")
    replies = [live("x", Origin("a", "1"), once=True).text, live("x", Origin("b", "2"), once=True).text]
    again = [live("x", Origin("b", "3"), once=True).text, live("x", Origin("a", "4"), once=True).text]
    assert (replies, again) == (["one", "two"], ["two", "one"])
    assert len(server.exchanges) == 2


def test_without_a_key_nothing_is_asked_and_nobody_is_asked_for_one(tape, run, server, emulator, monkeypatch):
    emulator.script.append(said("one"))
    run("record")("first")
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.delenv("PYTEST_VERSION", raising=False)

    def ask_key():
        pytest.fail("nobody is to be asked for a key")

    session = Session(ask_key)
    settings = Settings(cassette=str(tape))
    assert session.ask("first", Options(), settings, NoView()).text == "one"
    with pytest.raises(NotRecorded):
        session.ask("second", Options(), settings, NoView())
    with pytest.raises(NoApiKey):
        Session(lambda: None).ask("second", Options(), replace(settings, cassette_mode="record"), NoView())
    session.close()
    assert len(server.exchanges) == 1


def test_the_mode_is_replay_under_pytest_and_auto_with_a_key(run, tape, server, emulator, monkeypatch):
    emulator.script.append(said("one"))
    monkeypatch.setenv("PYTEST_VERSION", "9")
    for mode in (None, "auto", "record"):
        with pytest.raises(NotRecorded):
            run(mode)("first")
    monkeypatch.delenv("PYTEST_VERSION")
    assert run(None)("first").text == "one"
    monkeypatch.setenv("GEMINI_MAGIC_CASSETTE_MODE", "replay")
    with pytest.raises(NotRecorded):
        run(None)("second")
    monkeypatch.setenv("GEMINI_MAGIC_CASSETTE_MODE", "reply")
    with pytest.raises(OptionError, match="'reply'; it can be auto, replay, record, live"):
        run(None)("second")


def test_a_miss_names_the_nearest_prompt_and_what_differs(run, server, emulator):
    emulator.script += [said("one"), said("two"), said("three")]
    live = run("record")
    live("Explain attention in three sentences.")
    live("Can you say that more simply?")
    live("Name a capital.", chat="other")
    again = run("replay")
    with pytest.raises(NotRecorded) as caught:
        again("Explain attention in two sentences.")
    message = str(caught.value)
    assert "lesson.gemini.jsonl has no reply to 'Explain attention in two sentences.'" in message
    assert "[-three-] {+two+}" in message
    assert any(line.startswith("-") and "three" in line for line in caught.value.causes)
    again("Explain attention in three sentences.")
    with pytest.raises(NotRecorded, match="the system instruction"):
        again("Can you say that more simply?", system="Be brief.")
    with pytest.raises(NotRecorded, match="the chat before it"):
        again("Can you say that more simply?", chat="fresh")
    with pytest.raises(NotRecorded, match=r"gemini-3\.8-flash:streamGenerateContent became"):
        again("Name a capital.", chat="other", model="gemini-3.5-flash")


def test_a_prompt_that_is_edited_changes_its_lines_and_those_after_it(run, tape, server, emulator):
    for name in ("one", "two", "three", "other"):
        emulator.script.append(said(name))
    live = run("record")
    for prompt in ("a", "b", "c"):
        live(prompt)
    live("apart", once=True)
    before = tape.read_text().splitlines()

    emulator.script += [said("TWO"), said("THREE")]
    edited = run("auto")
    for prompt in ("a", "B", "c"):
        edited(prompt)
    edited("apart", once=True)
    assert asked(emulator)[4:] == ["B", "c"]
    assert tape.read_text().splitlines()[: len(before)] == before
    assert edited.cassette.prune() == 2
    after = tape.read_text().splitlines()
    block = len(before[1:]) // 4
    assert after[: 1 + block] == before[: 1 + block]
    assert after[-block:] == before[-block:]
    assert len(after) == len(before)
    again = run("replay")
    assert [again(prompt).text for prompt in ("a", "B", "c")] == ["one", "TWO", "THREE"]


def test_prune_keeps_what_was_used_and_wants_a_run_first(run, tape, server, emulator):
    emulator.script += [said("one"), said("two")]
    live = run("record")
    live("a", once=True), live("b", once=True)
    with pytest.raises(CassetteError, match=r"nothing of lesson\.gemini\.jsonl was used yet"):
        run("replay").cassette.prune()
    again = run("replay")
    again("b", once=True)
    assert again.cassette.prune() == 1
    assert again("b", once=True).text == "two"
    with pytest.raises(NotRecorded):
        again("a", once=True)


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


def as_stream(events):
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events)


def wire(body, kind):
    data = body.encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(data)}\r\n\r\n"
    return head.encode() + data


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


def test_the_emulators_own_words_are_never_recorded(run, tape, server, emulator):
    emulator.script.append(said("real"))
    run("record")("first")
    before = tape.read_bytes()
    offline = run("auto", offline=True)
    assert offline("first").text == "real"
    assert "est. $" in usage_line(offline.session.last)
    assert "offline emulator" in offline("second").text
    assert usage_line(offline.session.last).startswith("offline-emulator")
    assert tape.read_bytes() == before


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


@pytest.mark.parametrize(
    ("damage", "number"),
    [
        (lambda lines: [*lines[:2], "{oops", *lines[3:]], 3),
        (lambda lines: lines[:-1], 3),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: ['{"cassette": "other"}', *lines[1:]], 1),
        (lambda lines: [lines[0].replace("1}", "9}"), *lines[1:]], 1),
        (lambda lines: [*lines[:2], '{"event": {}}', *lines[3:]], 3),
        (lambda lines: [*lines, lines[1]], 5),
        (lambda lines: ["[]", *lines[1:]], 1),
    ],
)
def test_a_damaged_cassette_names_the_line_and_is_left_alone(run, tape, server, emulator, damage, number):
    emulator.script += [said("one"), said("two")]
    run("record")("x")
    damaged = "".join(line + "\n" for line in damage(tape.read_text().splitlines()))
    tape.write_text(damaged)
    for mode in ("auto", "record", "replay"):
        with pytest.raises(CassetteError, match=f"lesson.gemini.jsonl is damaged in line {number} "):
            run(mode)("x")
    assert tape.read_text() == damaged
    assert len(server.exchanges) == 1


def test_a_line_that_is_cut_short_is_damage(run, tape, server, emulator):
    emulator.script.append(said("one"))
    run("record")("x")
    tape.write_bytes(tape.read_bytes()[:-5])
    with pytest.raises(CassetteError, match="damaged in line 4"):
        run("auto")("x")


def test_a_cassette_that_cannot_be_written_says_so_and_the_reply_stays(run, tape, server, emulator):
    emulator.script.append(said("one"))
    tape.parent.joinpath("lesson.gemini.jsonl").mkdir()
    with pytest.raises(CassetteError, match="cannot be read"):
        run("auto")("x")
    tape.rmdir()
    tape.parent.joinpath("folder").write_text("a file, not a folder")
    asker = run("record")
    asker.settings = replace(asker.settings, cassette=str(tape.parent / "folder" / "x.jsonl"))
    with pytest.raises(CassetteError, match="cannot be read"):
        asker("x")


def test_another_program_may_write_it_meanwhile(run, tape, server, emulator):
    emulator.script += [said("one"), said("two"), said("three")]
    first, second = run("auto"), run("auto")
    first("a", once=True)
    second("b", once=True)
    assert first("b", once=True).text == "two"
    first("c", once=True)
    again = run("replay")
    assert [again(prompt, once=True).text for prompt in "abc"] == ["one", "two", "three"]


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
        "print(Session(lambda: None).ask('x', Options(), settings, NoView()).text)\n"
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
