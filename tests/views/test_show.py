"""Drawing a reply again, and the model's thoughts, through the whole flow."""

from __future__ import annotations

import threading

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.text.rendering import Rendering
from gemini_magic.views import Look
from gemini_magic.views.blocks import BlocksView
from tests.support.asking import Watch, ask
from tests.support.front import Front
from tests.support.shell import run, texts


def thought(text):
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text, "thought": True}]}}]}


def test_the_last_reply_is_drawn_again(offline):
    asked = run(offline, "%%gemini --thoughts\nhello")
    shown = run(offline, "%gemini --show --thoughts")
    assert [output.data for output in shown.outputs] == [output.data for output in asked.outputs]
    assert len(run(offline, "%gemini --show -q").outputs) == 1
    assert offline.user_ns["_gemini"].turn == 1, "nothing was asked"


def test_a_failed_reply_is_drawn_again(offline):
    with pytest.raises(errors.ModelNotFound):
        run(offline, "%gemini -m gemini-9 hello")
    shown = run(offline, "%gemini --show")
    assert shown.stdout == "the last request brought nothing (failed: ModelNotFound)\n"
    assert texts(shown) == ["gemini-9"]


def test_what_is_shown_has_something_in_it(shell, server, emulator, monkeypatch):
    given = []
    monkeypatch.setattr(shell, "set_next_input", lambda text, replace=False: given.append(text))
    refused = ScriptedReply(status=400, body={"error": {"code": 400, "message": "no"}})
    emulator.script += [ScriptedReply(pieces=("Look:\n\n```\nx = 1\n```\n",)), refused, refused]
    run(shell, "%gemini first")
    for _ in range(2):
        with pytest.raises(errors.BadRequest):
            run(shell, "%gemini hello")
    shown = run(shell, "%gemini --show")
    assert shown.stdout == (
        "the last request brought nothing (failed: BadRequest); "
        "this is the reply before it (chat main, turn 1)\n"
    )
    assert "x = 1" in texts(shown)[1]
    assert run(shell, "%gemini --insert").stdout == shown.stdout
    assert [text.strip() for text in given] == ["x = 1"]
    run(shell, "%gemini --once second")
    shown = run(shell, "%gemini --show")
    assert (shown.stdout, "second" in texts(shown)[1]) == ("", True)


@pytest.mark.parametrize("flag", ["--show", "--insert", "--debug"])
def test_these_take_no_prompt(offline, flag):
    for cell in (f"%gemini {flag} and a prompt", f"%%gemini {flag}\nand a prompt"):
        with pytest.raises(errors.OptionError, match=f"^{flag} takes no prompt; to ask something"):
            run(offline, cell)
    run(offline, "%gemini hello")
    if flag != "--insert":
        run(offline, f"%%gemini {flag}\n# NBVAL_IGNORE_OUTPUT\n")


def test_there_is_nothing_to_show(offline):
    with pytest.raises(errors.NothingToShow, match="ask something first"):
        run(offline, "%gemini --show")


def test_a_running_reply_is_drawn_from_its_beginning_to_its_end(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("one ", "two ", "three ", "four"), pause_s=0.1))
    front = Front()
    again = BlocksView(front, Look(Rendering(), quiet=True))
    other = threading.Thread(target=session.show_last, args=(again,))
    reply = ask(session, view=Watch("two", other.start))
    other.join()
    assert reply.text == "one two three four"
    assert front.texts()[0].startswith("one two")
    assert front.texts()[-1] == reply.text
    assert len(front.sent) > 1


def test_thoughts_are_asked_for_and_kept_apart(offline):
    _usage, thoughts, reply = run(offline, "%%gemini --thoughts\nhello").outputs
    assert "Nothing is thought here" in thoughts.data["text/plain"]
    assert "<details class" in thoughts.data["text/html"]
    assert "Nothing is thought" not in reply.data["text/plain"]
    run(offline, "%config GeminiMagics.thoughts = True")
    assert len(run(offline, "%gemini hello").outputs) == 3


def test_the_time_of_thinking_is_measured(session, server, emulator):
    emulator.script.append(ScriptedReply(pieces=(thought("hm "), thought("hm"), "So."), pause_s=0.1))
    reply = ask(session, thoughts=True)
    assert emulator.bodies[0]["generationConfig"]["thinkingConfig"] == {"include_thoughts": True}
    assert (reply.thoughts, reply.text) == ("hm hm", "So.")
    latency = reply.latency
    assert latency.first_token_s < latency.first_text_s <= latency.total_s


def test_nothing_is_asked_of_thoughts_otherwise(session, server, emulator):
    ask(session)
    assert "thinkingConfig" not in emulator.bodies[0].get("generationConfig", {})
