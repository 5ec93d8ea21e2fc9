"""Going on with a reply that was cut off."""

from __future__ import annotations

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options import Options
from gemini_magic.session import Session
from gemini_magic.settings import Settings
from gemini_magic.views.base import NoView
from tests.test_session import Watch, interrupt


@pytest.fixture
def session(server):
    session = Session(lambda: None)
    yield session
    session.close()


def ask(session, text="hello", view=None, **options):
    return session.ask(text, Options(**options), Settings(tries=1), view or NoView())


def sent(emulator):
    return [(c["role"], "".join(p["text"] for p in c["parts"])) for c in emulator.bodies[-1]["contents"]]


def test_a_broken_reply_is_gone_on_with(session, emulator):
    emulator.script.append(ScriptedReply(pieces=("The quick bro", "never"), fault="truncate"))
    with pytest.raises(errors.StreamBroken, match="--resume") as caught:
        ask(session, "a pangram")
    assert caught.value.reply.text == "The quick bro"
    emulator.script.append(ScriptedReply(pieces=("wn fox",)))
    reply = ask(session, "", resume=True)
    assert (reply.text, reply.state, reply.turn) == ("The quick brown fox", "complete", 1)
    [first, partial, go_on] = sent(emulator)
    assert (first, partial) == (("user", "a pangram"), ("model", "The quick bro"))
    assert "cut off" in go_on[1]

    ask(session, "thanks")
    assert sent(emulator) == [("user", "a pangram"), ("model", "The quick brown fox"), ("user", "thanks")]


def test_it_can_break_again(session, emulator):
    for pieces in (("a", "x"), ("b", "x")):
        emulator.script.append(ScriptedReply(pieces=pieces, fault="truncate"))
    with pytest.raises(errors.StreamBroken):
        ask(session)
    with pytest.raises(errors.StreamBroken):
        ask(session, "", resume=True)
    emulator.script.append(ScriptedReply(status=500, body={"error": {"code": 500, "message": "x"}}))
    with pytest.raises(errors.ServiceUnavailable):
        ask(session, "", resume=True)
    emulator.script.append(ScriptedReply(pieces=("c",)))
    assert ask(session, "", resume=True).text == "abc"
    [turn] = session.chats["main"].turns
    assert (turn.state, turn.reply.parts[0].text) == ("complete", "abc")


def test_stopped_replies_and_those_cut_at_a_limit(session, emulator):
    emulator.script.append(ScriptedReply(pieces=("stopped ", "x"), pause_s=60))
    with pytest.raises(errors.ReplyStopped):
        ask(session, view=Watch("stopped", interrupt))
    emulator.script.append(ScriptedReply(pieces=("limited ",), finish_reason="MAX_TOKENS"))
    assert ask(session, "", resume=True).text == "stopped limited "
    emulator.script.append(ScriptedReply(pieces=("done",)))
    assert ask(session, "", resume=True).text == "stopped limited done"


def test_nothing_to_go_on_with(session, emulator):
    with pytest.raises(errors.OptionError, match="was not cut off"):
        ask(session, "", resume=True)
    ask(session)
    with pytest.raises(errors.OptionError, match="was not cut off"):
        ask(session, "", resume=True)
    emulator.script.append(ScriptedReply(pieces=("a", "x"), fault="truncate"))
    with pytest.raises(errors.StreamBroken):
        ask(session)
    with pytest.raises(errors.OptionError, match="takes no prompt"):
        ask(session, "more", resume=True)
