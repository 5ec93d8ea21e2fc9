"""Chats follow the notebook: a cell run again goes back to before its turn, and nothing is ever deleted."""

from __future__ import annotations

import pytest
from google import genai
from google.genai import types
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gemini_magic.chats.chat import Chat
from gemini_magic.chats.history import make_history
from gemini_magic.chats.next_turn import NextTurn
from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import ReplyStopped
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.replies import events as ev
from gemini_magic.requests.request import build_request
from gemini_magic.runtime.origin import Origin
from gemini_magic.views.base import NoView
from gemini_magic.views.usage_line import usage_line
from tests.support.asking import Watch, interrupt

MODEL = Settings().model


def take_turn(chat, text, origin=None, *, kept=None, fails=False):
    """Commit a turn as the session does; return the reply."""
    origin = origin or Origin()
    kept = chat.before(origin) if kept is None else kept
    request = build_request(text, Options(), Settings(), history=make_history(kept, MODEL, Settings()))
    turn = NextTurn(chat, kept, request, origin)
    reply = turn.begin_reply(Settings(), None, offline=False)
    if fails:
        reply.apply(ev.Failed("ServiceUnavailable"))
    else:
        reply.apply(ev.TextDelta(f"re {text}", types.Part(text=f"re {text}")))
        reply.apply(ev.Finished("STOP"))
        reply.apply(ev.Ended("complete", None))
    turn.commit(reply)
    return reply


def prompts(turns):
    return [turn.prompt.parts[0].text for turn in turns]


class Notebook(RuleBasedStateMachine):
    """Cells run in any order, edited, copied and moved in between, against a model of ten lines."""

    def __init__(self):
        super().__init__()
        self.chat = Chat("main")
        self.path = []  # (cell, text): what one reads in the notebook
        self.ever = []
        self.read = {}
        self.runs = 0

    @rule(cell=st.integers(0, 5), asks=st.integers(1, 3), edit=st.booleans())
    def run_cell(self, cell, asks, edit):
        self.runs += 1
        names = [name for name, _ in self.path]
        if cell in names:
            self.path = self.path[: names.index(cell)]
        for number in range(asks):
            text = f"cell {cell} ask {number}" + (f" edit {self.runs}" if edit else "")
            take_turn(self.chat, text, Origin(f"c{cell}", f"r{self.runs}"))
            self.note(cell, text)

    @rule()
    def run_without_a_cell(self):
        take_turn(self.chat, "anonymous")
        self.note(None, "anonymous")

    def note(self, cell, text):
        self.path.append((cell, text))
        self.ever.append(self.chat.turns[-1])
        self.read[id(self.chat.turns[-1])] = (cell, text)

    @rule(cell=st.integers(0, 5))
    def fail(self, cell):
        self.runs += 1
        take_turn(self.chat, "never", Origin(f"c{cell}", f"r{self.runs}"), fails=True)

    @rule(number=st.integers(1, 3))
    def undo_and_redo(self, number):
        before = list(self.chat.turns)
        undone = self.chat.rewind(before[: max(0, len(before) - number)])
        assert undone == min(number, len(before))
        if undone:
            assert self.chat.redo() == undone
        assert self.chat.turns == before

    @rule(number=st.integers(0, 9))
    def bring_back(self, number):
        """Any branch can be reached, and the one that was left can be reached from there."""
        if not self.chat.branches:
            return
        left = list(self.chat.turns)
        aside = self.chat.branches[number % len(self.chat.branches)]
        shared = self.chat.shared(aside.path)
        assert self.chat.bring_back(aside) == len(aside.path) - shared > 0
        assert self.chat.turns == list(aside.path)
        self.path = [self.read[id(turn)] for turn in aside.path]
        assert shared == len(left) or left in [list(branch.path) for branch in self.chat.branches]

    @invariant()
    def what_is_set_aside_is_counted_once(self):
        assert self.chat.away == len(self.ever) - len(self.chat.turns)

    @invariant()
    def the_conversation_is_the_one_in_the_notebook(self):
        assert prompts(self.chat.turns) == [text for _, text in self.path]

    @invariant()
    def nothing_is_deleted(self):
        kept = {id(turn) for turn in self.chat.turns}
        kept |= {id(turn) for aside in self.chat.asides for turn in aside.turns}
        assert all(id(turn) in kept for turn in self.ever)


Notebook.TestCase.settings = hypothesis_settings(max_examples=150, stateful_step_count=25, deadline=None)
TestNotebook = Notebook.TestCase


def ask(session, text, cell=None, run="1", **options):
    settings = Settings(tries=1, **{k: options.pop(k) for k in ("rerun", "max_turns") if k in options})
    origin = Origin(cell, run) if cell else Origin()
    return session.ask(text, Options(**options), settings, NoView(), origin)


def sent(emulator):
    return [c["parts"][0]["text"] for c in emulator.bodies[-1]["contents"] if c["role"] == "user"]


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


def signed(text, signature):
    part = {"text": text, "thoughtSignature": signature}
    return {
        "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}],
        "modelVersion": "m",
    }


def test_signatures_go_back_to_their_own_model_only(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=(signed("yes", "c2ln"),)))
    ask(session, "one")
    ask(session, "two")
    assert emulator.bodies[-1]["contents"][1]["parts"] == [{"text": "yes", "thoughtSignature": "c2ln"}]
    ask(session, "three", model="gemini-3.5-flash-lite")
    assert emulator.bodies[-1]["contents"][1]["parts"] == [{"text": "yes"}]


def test_long_chats_are_bounded_by_whole_turns(session, server, emulator):
    for number in range(5):
        ask(session, f"prompt {number}")
    reply = ask(session, "last", max_turns=2)
    assert sent(emulator) == ["prompt 3", "prompt 4", "last"]
    assert usage_line(reply).endswith("turn 6; 3 earlier turns left out")
    assert len(session.chats["main"].turns) == 6
    history = make_history(session.chats["main"].turns, MODEL, Settings(max_history_tokens=0))
    assert (history.contents, history.left_out) == ((), 6)


def test_preparing_a_request_costs_nothing_for_old_turns(session, server, emulator, monkeypatch):
    """Each content is converted once in its life, however often it is sent."""
    converted = []
    dump = types.Content.model_dump
    monkeypatch.setattr(
        types.Content, "model_dump", lambda self, **kw: converted.append(self) or dump(self, **kw)
    )
    chat = session.chats["main"] = Chat("main")
    for number in range(500):
        take_turn(chat, f"prompt {number}")
    converted.clear()
    ask(session, "warm up")
    assert len(emulator.bodies[-1]["contents"]) == 1001
    converted.clear()
    ask(session, "again")
    assert len(emulator.bodies[-1]["contents"]) == 1003
    assert len(converted) < 12


def test_history_is_sent_as_the_sdk_would(session, server, emulator):
    """What is put in below the SDK is what the SDK itself makes of the same contents."""
    emulator.script.append(ScriptedReply(pieces=(signed('ja \u00e4\U0001f600 "q"', "c2ln"),)))
    ask(session, "one \u2028 <b>")
    ask(session, "two")
    ours = emulator.bodies[-1]["contents"]
    turn = session.chats["main"].turns[0]
    client = genai.Client(api_key="x", enterprise=False)
    client.models.generate_content(model=MODEL, contents=[turn.prompt, turn.reply, ours[-1]])
    assert emulator.bodies[-1]["contents"] == ours


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
