"""Takes: which cell has which recording of the same request."""

from __future__ import annotations

from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.runtime.origin import Origin
from gemini_magic.session import Session
from gemini_magic.views.base import NoView
from tests.support.cassettes import MODEL, said


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


def test_a_try_that_failed_does_not_take_the_first_place(ask, tape, server, emulator):
    busy = {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
    emulator.script += [
        ScriptedReply(status=503, body=busy, headers={"retry-after": "0"}),
        ScriptedReply(pieces=("fine",)),
    ]
    assert ask("auto", "x").text == "fine"
    assert ask("auto", "x").text == "fine"
    assert len(server.exchanges) == 2


def test_prune_takes_the_places_along(tape, server, emulator):
    emulator.script += [ScriptedReply(pieces=(text,)) for text in ("one", "two", "three")]
    session, settings = Session(ask_nobody), Settings(cassette=str(tape), cassette_mode="auto")

    def ask(run, cell):
        return session.ask("x", Options(once=True), settings, NoView(), Origin(cell, run)).text

    assert [ask("1", "a"), ask("2", "b")] == ["one", "two"]
    cassette = session.clients.shelf.open(str(tape))
    # As if the first cell was deleted, and the rest run again.
    del cassette.used[cassette.recordings[0].id]
    assert cassette.prune() == 1
    assert ask("3", "b") == "two"
    assert ask("4", "c") == "three"
    session.close()


def test_a_cell_of_sdk_code_that_runs_again_gets_its_own_replies_again(shell, server, tmp_path, monkeypatch):
    monkeypatch.setattr("gemini_magic.runtime.front_end._parent", lambda _shell: parent)
    parent = {"metadata": {"cellId": "a"}, "header": {"msg_id": "1"}}
    shell.run_line_magic("gemini_cassette", f"{tmp_path / 'x.jsonl'} --mode auto --sdk")
    code = (
        "from google import genai\n"
        "client = genai.Client()\n"
        f"texts = [client.models.generate_content(model={MODEL!r}, contents='x').text for _ in range(2)]"
    )
    shell.run_cell(code).raise_error()
    parent["header"]["msg_id"] = "2"
    shell.run_cell(code).raise_error()
    assert len(server.exchanges) == 2
    shell.run_line_magic("gemini_cassette", "off")
    shell.run_cell(code).raise_error()
    assert len(server.exchanges) == 4
