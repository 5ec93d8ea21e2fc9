"""Chats to files and back: the next request is the same byte for byte, and damage is one line."""

from __future__ import annotations

import json

import pytest

from gemini_magic import errors
from gemini_magic.chats.chat import Chat
from gemini_magic.chats.transcript import dump_chat, load_chat, parse_chat, save_chat
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.runtime.origin import Origin
from tests.support.asking import ask
from tests.support.recorded_replies import events_in, expected_end, load_recorded, parts_in
from tests.support.turns import turn


def test_everything_comes_back(talked):
    again = parse_chat(dump_chat(talked))
    assert dump_chat(again) == dump_chat(talked)
    assert (again.name, again.system) == ("main", "be\nkind")
    for ours, theirs in zip(talked.turns, again.turns, strict=True):
        assert (theirs.prompt, theirs.reply, theirs.usage) == (ours.prompt, ours.reply, ours.usage)
        assert (theirs.state, theirs.finish_reason) == (ours.state, ours.finish_reason)
        assert (theirs.model, theirs.origin.cell) == (ours.model, ours.origin.cell)
    assert again.turns[0].options == Options(system="be\nkind", thinking="low", max_tokens=9)
    assert again.turns[1].options == Options(temperature=0.5, thoughts=True)


def test_half_a_character_comes_back():
    chat = Chat("main")
    chat.turns.append(turn("half \udc80"))
    [again] = parse_chat(dump_chat(chat)).turns
    assert (again.prompt_text, again.reply) == ("half \udc80", chat.turns[0].reply)


def test_shared_turns_stay_shared(talked):
    again = parse_chat(dump_chat(talked))
    [whole, (aside)] = [again.turns, again.asides[-1]]
    assert whole[0].base is not None
    assert whole[0].base is again.asides[0].turns[0]
    assert aside.after[0] is whole[0]
    assert len(json.loads(dump_chat(talked))["turns"]) == 4
    again.rewind(again.turns[:1])
    assert again.redo() == 1


def test_a_saved_cell_replaces_its_turn(talked, session, tmp_path):
    save_chat(talked, tmp_path / "chat.json")
    session.chats["main"] = load_chat(tmp_path / "chat.json", "main")
    ask(session, "another two", origin=Origin("c3", "r9"))
    assert [turn.prompt_text for turn in session.chats["main"].turns[1:]] == ["another two"]


def test_a_cut_off_turn_can_be_resumed_after_loading(session, server, emulator, tmp_path):
    emulator.script += [
        ScriptedReply(pieces=("cut",), finish_reason="MAX_TOKENS"),
        ScriptedReply(pieces=(" on",)),
    ]
    ask(session, thinking="high", max_tokens=1)
    save_chat(session.chats["main"], tmp_path / "chat.json")
    session.chats["main"] = load_chat(tmp_path / "chat.json", "main")
    assert ask(session, "", resume=True).text == "cut on"
    config = emulator.bodies[-1]["generationConfig"]
    assert config["maxOutputTokens"] == 1
    assert "HIGH" in config["thinkingConfig"].values()


def signatures(parts):
    return [part["thoughtSignature"] for part in parts if "thoughtSignature" in part]


@pytest.mark.parametrize("row", load_recorded("streams.jsonl"))
def test_recorded_replies_survive(row, server, emulator, session, tmp_path):
    """Signatures and all other parts come back exactly: the next request has the same body."""
    events = events_in(row["body"])
    emulator.script.append(ScriptedReply(raw=row["body"]))
    with expected_end(events):
        ask(session, "first")
    if "main" not in session.chats:
        pytest.skip("nothing of use was recorded")
    chat = session.chats["main"]
    save_chat(chat, tmp_path / "chat.json")
    loaded = load_chat(tmp_path / "chat.json", "loaded")
    assert loaded.turns[0].reply == chat.turns[0].reply
    assert signatures(chat.turns[0].parts) == signatures(parts_in(events))
    assert dump_chat(parse_chat(dump_chat(chat))) == dump_chat(chat)
    session.chats["loaded"] = loaded
    for name in ("main", "loaded"):
        ask(session, "second", chat=name)
    assert emulator.bodies[-1] == emulator.bodies[-2]


def test_errors_when_loading_are_one_line_and_say_what_to_do(talked, tmp_path):
    text = dump_chat(talked)
    body = json.loads(text)
    wrong = {
        "not JSON": b"hello",
        "nothing": b"",
        "binary": bytes(range(256)),
        "other JSON": b"[1, 2]",
        "a notebook": b'{"cells": [], "nbformat": 4}',
        "deep": b"[" * 100_000,
        "a newer one": json.dumps(body | {"version": 2}).encode(),
        "no version": json.dumps(body | {"version": True}).encode(),
        "UTF-16": text.encode("utf-16"),
    }
    for kind, data in wrong.items():
        file = tmp_path / "chat.json"
        file.write_bytes(data)
        with pytest.raises(errors.TranscriptError) as caught:
            load_chat(file, "main")
        assert "\n" not in str(caught.value), kind
        assert "; " in str(caught.value), kind
        assert caught.value.__cause__ is None
        assert file.read_bytes() == data
    with pytest.raises(errors.TranscriptError, match="there is no file"):
        load_chat(tmp_path / "nowhere.json", "main")
    with pytest.raises(errors.TranscriptError, match="cannot be read"):
        load_chat(tmp_path, "main")
    with pytest.raises(errors.TranscriptError, match="newer gemini-magic"):
        parse_chat(json.dumps(body | {"version": 2}))


def test_truncated_anywhere(talked):
    text = dump_chat(talked).rstrip()
    for end in range(0, len(text), 10):
        with pytest.raises(errors.TranscriptError):
            parse_chat(text[:end])


def _places(value, path=()):
    """Every place in a JSON value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from _places(item, (*path, name))


def _with(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _with(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("new", [None, -1, 10**30, 1.5, "x", [], {}, [[]], True], ids=repr)
def test_wrong_types_anywhere_are_our_error_or_harmless(talked, new):
    body = json.loads(dump_chat(talked))
    refused = 0
    for path in _places(body):
        try:
            chat = parse_chat(json.dumps(_with(body, path, new)))
        except errors.TranscriptError:
            refused += 1
        else:
            dump_chat(chat)
    assert refused > 20


def test_missing_fields(talked):
    body = json.loads(dump_chat(talked))
    for name in body.keys() - {"format", "version"}:
        with pytest.raises(errors.TranscriptError, match="damaged"):
            parse_chat(json.dumps({key: value for key, value in body.items() if key != name}))
    for name in body["turns"][0].keys() - {"served", "note"}:
        turns = [{key: value for key, value in turn.items() if key != name} for turn in body["turns"]]
        with pytest.raises(errors.TranscriptError, match="damaged"):
            parse_chat(json.dumps(body | {"turns": turns}))
