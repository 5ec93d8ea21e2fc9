"""What is done with a cassette: replay, record, auto, live, and what a miss says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gemini_magic.errors import (
    NoApiKey,
    NotRecorded,
    OptionError,
)
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.session import Session
from gemini_magic.views.base import NoView
from gemini_magic.views.usage_line import usage_line
from tests.support.cassettes import asked, said


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


def test_without_a_key_nothing_is_asked_and_nobody_is_asked_for_one(tape, run, server, emulator, monkeypatch):
    emulator.script.append(said("one"))
    run("record")("first")
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.delenv("PYTEST_VERSION", raising=False)

    def ask_key(_refusal):
        pytest.fail("nobody is to be asked for a key")

    session = Session(ask_key)
    settings = Settings(cassette=str(tape))
    assert session.ask("first", Options(), settings, NoView()).text == "one"
    with pytest.raises(NotRecorded):
        session.ask("second", Options(), settings, NoView())
    with pytest.raises(NoApiKey):
        Session(ask_nobody).ask("second", Options(), replace(settings, cassette_mode="record"), NoView())
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
