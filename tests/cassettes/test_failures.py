"""Replies that failed: mode auto asks again, as their error advises; check names them, prune drops them."""

from __future__ import annotations

import json

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import BadRequest, EmptyReply, GeminiError, PromptBlocked, StreamBroken
from gemini_magic.runtime.origin import Origin
from tests.support.cassettes import said
from tests.support.shell import run as run_cell

THOUGHT = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]}
EMPTY = {"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}]}
CUT = {"candidates": [{"content": {"parts": [{"text": "half"}]}}]}
SPENT = {"candidates": [{"content": {"parts": []}, "finishReason": "MAX_TOKENS"}]}
BLOCKED = {"promptFeedback": {"blockReason": "SAFETY"}}
REFUSED = {"error": {"code": 400, "message": "Too hot.", "status": "INVALID_ARGUMENT"}}

PASSING = [
    ((CUT,), StreamBroken),
    ((THOUGHT,), StreamBroken),
    ((EMPTY,), EmptyReply),
]
VERDICTS = [((BLOCKED,), PromptBlocked), ((SPENT,), EmptyReply)]


@pytest.mark.parametrize(("pieces", "error"), PASSING + VERDICTS)
def test_running_the_cell_again_asks_again(run, server, emulator, pieces, error):
    emulator.script += [ScriptedReply(pieces=pieces), said("well")]
    ask = run("auto")
    with pytest.raises(error):
        ask("x", Origin("cell", "1"))
    assert ask("x", Origin("cell", "2")).text == "well"
    assert (run("auto")("x").text, run("replay")("x").text) == ("well", "well")
    assert len(server.exchanges) == 2


@pytest.mark.parametrize(("pieces", "error"), PASSING + VERDICTS)
def test_mode_replay_shows_what_was_seen(run, server, emulator, pieces, error):
    emulator.script.append(ScriptedReply(pieces=pieces))
    with pytest.raises(error) as recorded:
        run("record")("x")
    with pytest.raises(error) as replayed:
        run("replay")("x")
    assert str(replayed.value) == str(recorded.value)


def test_a_refused_request_is_asked_again(run, server, emulator):
    emulator.script += [ScriptedReply(status=400, body=REFUSED), said("well")]
    ask = run("auto")
    with pytest.raises(BadRequest):
        ask("x")
    assert ask("x").text == "well"


@pytest.mark.parametrize(("pieces", "error"), PASSING)
def test_check_names_a_passing_failure_and_prune_drops_it(shell, server, emulator, tmp_path, pieces, error):
    shell.run_line_magic("gemini_cassette", "lesson.gemini.jsonl --mode record")
    emulator.script += [said("one"), ScriptedReply(pieces=pieces)]
    run_cell(shell, "%gemini --once fine")
    with pytest.raises(error):
        run_cell(shell, "%gemini --once broken")
    cells = [{"cell_type": "code", "source": f"%gemini --once {text}"} for text in ("fine", "broken")]
    (tmp_path / "lesson.ipynb").write_text(json.dumps({"cells": cells}))
    first, second = run_cell(shell, f"%gemini_cassette check {tmp_path}/lesson.ipynb").stdout.splitlines()
    assert first == "2 of 2 prompts are recorded"
    assert second.startswith("code cell 2: its recorded reply failed (")
    assert "1 recording dropped, 1 kept" in run_cell(shell, "%gemini_cassette prune").stdout


@pytest.mark.parametrize(("pieces", "error"), VERDICTS)
def test_prune_keeps_what_the_service_has_decided(shell, server, emulator, pieces, error):
    shell.run_line_magic("gemini_cassette", "lesson.gemini.jsonl --mode record")
    emulator.script.append(ScriptedReply(pieces=pieces))
    with pytest.raises(error):
        run_cell(shell, "%gemini --once x")
    assert "0 recordings dropped, 1 kept" in run_cell(shell, "%gemini_cassette prune").stdout


def test_an_error_that_is_no_event_is_not_recorded(run, tape, server, emulator):
    stream = f"data: {json.dumps(said('all of it').pieces[0])}\n\n{json.dumps(REFUSED)}\n"
    emulator.script.append(ScriptedReply(raw=stream))
    with pytest.raises(GeminiError, match="Too hot"):
        run("auto")("x")
    assert not tape.exists()
