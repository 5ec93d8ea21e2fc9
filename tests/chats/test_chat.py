"""Chats follow the notebook: a cell run again goes back to before its turn, and nothing is ever deleted."""

from __future__ import annotations

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import ReplyStopped
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.origin import Origin
from gemini_magic.views.usage_line import usage_line
from tests.support.asking import Watch, interrupt
from tests.support.chat_turns import ask, prompts, sent


def test_a_cell_run_again_replaces_its_turn(session, server, emulator):
    for number, cell in enumerate("abc"):
        ask(session, f"prompt {cell}", cell, run=str(number))
    reply = ask(session, "prompt b, edited", "b", run="9")
    assert sent(emulator) == ["prompt a", "prompt b, edited"]
    assert (reply.turn, reply.again, reply.set_aside) == (2, True, 1)
    assert usage_line(reply).endswith("chat main, turn 2, again; 1 later turn set aside")
    assert usage_line(ask(session, "prompt c", "c", run="10")).endswith("chat main, turn 3")
    assert [prompts(aside.turns) for aside in session.chats["main"].asides] == [["prompt b", "prompt c"]]


@pytest.mark.parametrize("how", [{"append": True}, {"rerun": "append"}])
def test_a_cell_can_append_instead(session, server, emulator, how):
    ask(session, "one", "a", run="1")
    reply = ask(session, "two", "a", run="2", **how)
    assert sent(emulator) == ["one", "two"]
    assert (reply.turn, reply.again) == (2, False)


def test_a_request_that_fails_changes_nothing(session, server, emulator):
    ask(session, "one", "a", run="1")
    ask(session, "two", "b", run="2")
    emulator.script.append(ScriptedReply(status=400, body={"error": {"code": 400, "message": "no"}}))
    with pytest.raises(Exception, match="no"):
        ask(session, "one", "a", run="3")
    assert prompts(session.chats["main"].turns) == ["one", "two"]


def test_new_sets_the_chat_aside(session, server, emulator):
    ask(session, "one", system="be brief")
    reply = ask(session, "two", new=True)
    assert sent(emulator) == ["two"]
    assert "systemInstruction" not in emulator.bodies[-1]
    assert (reply.turn, reply.set_aside) == (1, 0)
    assert [prompts(aside.turns) for aside in session.chats["main"].asides] == [["one"]]


def test_a_cell_that_resumed_resumes_again(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("half ", "never"), fault="stall", after=1))
    with pytest.raises(ReplyStopped):
        session.ask("tell", Options(), Settings(), Watch("half", interrupt), Origin("a", "1"))
    for run in ("2", "3"):
        emulator.script.append(ScriptedReply(pieces=(f"and whole {run}",)))
        reply = ask(session, "", "b", run=run, resume=True)
        assert reply.text == f"half and whole {run}"
        assert [c["role"] for c in emulator.bodies[-1]["contents"]] == ["user", "model", "user"]
    assert prompts(session.chats["main"].turns) == ["tell"]
    ask(session, "tell again", "a", run="4")
    assert sent(emulator) == ["tell again"]


def test_a_cell_in_a_chain_of_resumptions_runs_again(session, server, emulator):
    for number, cell in enumerate("abc"):
        emulator.script.append(ScriptedReply(pieces=(f"part {number} ",), finish_reason="MAX_TOKENS"))
        ask(session, "" if number else "tell", cell, run=str(number), resume=bool(number))
    assert prompts(session.chats["main"].turns) == ["tell"]
    emulator.script.append(ScriptedReply(pieces=("another end",)))
    assert ask(session, "", "b", run="7", resume=True).text == "part 0 another end"
    ask(session, "tell anew", "a", run="8")
    assert sent(emulator) == ["tell anew"]


def test_the_system_instruction_belongs_to_the_turns(session, server, emulator):
    ask(session, "one", "a", run="1")
    ask(session, "two", "b", run="1", system="be a pirate")
    ask(session, "three", "c", run="1")
    assert emulator.bodies[-1]["systemInstruction"]["parts"] == [{"text": "be a pirate"}]
    ask(session, "one", "a", run="2")
    assert "systemInstruction" not in emulator.bodies[-1]
