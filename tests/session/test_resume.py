"""Going on with a reply that was cut off."""

from __future__ import annotations

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.views.base import NoView
from tests.support.asking import Watch, interrupt

pytestmark = pytest.mark.usefixtures("server")


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
    assert (turn.state, turn.text) == ("complete", "abc")


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


def test_it_goes_on_with_the_same_model_and_options(session, emulator):
    emulator.script.append(ScriptedReply(pieces=("half ", "x"), fault="truncate"))
    with pytest.raises(errors.StreamBroken):
        ask(session, model="gemini-2.5-flash", max_tokens=77, thinking="high")
    emulator.script.append(ScriptedReply(pieces=("whole",)))
    reply = ask(session, "", resume=True, max_tokens=99)
    assert reply.text == "half whole"
    assert emulator.bodies[-1]["generationConfig"]["maxOutputTokens"] == 99
    assert "thinkingConfig" in emulator.bodies[-1]["generationConfig"]


def test_tokens_of_both_requests_count(session, emulator):
    emulator.script.append(ScriptedReply(pieces=("four", "x"), fault="truncate"))
    with pytest.raises(errors.StreamBroken):
        ask(session)
    first = session.last.usage
    emulator.script.append(ScriptedReply(pieces=("four",)))
    assert ask(session, "", resume=True).usage.total > first.total + 1


def test_a_continuation_without_text_changes_nothing(session, emulator):
    emulator.script.append(ScriptedReply(pieces=("half ", "x"), fault="truncate"))
    with pytest.raises(errors.StreamBroken):
        ask(session)
    emulator.script.append(ScriptedReply(pieces=("",)))
    with pytest.raises(errors.EmptyReply):
        ask(session, "", resume=True)
    [turn] = session.chats["main"].turns
    assert (turn.state, turn.is_cut_off) == ("failed", True)


def test_the_advice_names_the_chat(session, emulator):
    for options, advice in (
        ({"chat": "other"}, "%gemini --resume -c other"),
        ({"once": True}, "the text is kept"),
    ):
        emulator.script.append(ScriptedReply(pieces=("half ", "x"), fault="truncate"))
        with pytest.raises(errors.StreamBroken) as caught:
            ask(session, **options)
        assert str(caught.value).endswith(advice)


def test_thoughts_alone_are_not_sent_back(session, emulator):
    thought = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]}
    emulator.script.append(ScriptedReply(pieces=(thought, "x"), pause_s=60))

    class OnThought(NoView):
        def show(self, reply):
            if reply.thoughts and reply.state == "streaming":
                interrupt()

    with pytest.raises(errors.ReplyStopped):
        ask(session, view=OnThought())
    ask(session, "next")
    assert sent(emulator) == [("user", "next")]


@pytest.mark.parametrize("limit", [{"max_turns": 0}, {"max_history_tokens": 1}])
def test_what_is_resumed_is_sent_whatever_the_limits_say(session, server, emulator, limit):
    emulator.script += [
        ScriptedReply(pieces=("one",)),
        ScriptedReply(pieces=("ab",), finish_reason="MAX_TOKENS"),
    ]
    settings = Settings(tries=1, **limit)
    for text in ("first", "second"):
        session.ask(text, Options(), settings, NoView())
    emulator.script.append(ScriptedReply(pieces=("c",)))
    reply = session.ask("", Options(resume=True), settings, NoView())
    assert (reply.text, reply.left_out) == ("abc", 1)
    sent = [content["parts"][0]["text"] for content in emulator.bodies[-1]["contents"]]
    assert sent[:2] == ["second", "ab"]
