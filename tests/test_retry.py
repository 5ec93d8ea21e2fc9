"""Trying again: what is worth it, how long to wait, what the user sees, how it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic import errors
from gemini_magic import events as ev
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options import Options
from gemini_magic.refusals import explain_refusal
from gemini_magic.retry import RetryPolicy
from gemini_magic.session import Session
from gemini_magic.settings import Settings
from gemini_magic.views.base import NoView
from gemini_magic.views.text import TextView
from gemini_magic.views.usage import usage_line
from tests.test_session import Watch, interrupt

BUSY = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}


def quota(quota_id, delay=None):
    kind = "type.googleapis.com/google.rpc."
    details = [{"@type": f"{kind}QuotaFailure", "violations": [{"quotaId": quota_id}]}]
    if delay:
        details.append({"@type": f"{kind}RetryInfo", "retryDelay": delay})
    return {"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": details}}


@pytest.fixture
def session():
    session = Session(lambda: None)
    yield session
    session.close()


def ask(session, view=None, **settings):
    return session.ask("hello", Options(), Settings(**settings), view or NoView())


def test_a_busy_service_is_asked_again(session, server, emulator, capsys):
    now = {"retry-after": "0"}
    emulator.script += [ScriptedReply(status=503, body=BUSY, headers=now)] * 2 + [
        ScriptedReply(pieces=("yes",))
    ]
    reply = ask(session, TextView())
    assert (reply.text, reply.notes) == ("yes", ("after 3 tries",))
    assert len(server.exchanges) == 3
    assert session.chats["main"].turns[0].state == "complete"


def test_it_gives_up(session, server, emulator):
    emulator.script += [ScriptedReply(status=503, body=BUSY, headers={"retry-after": "0"})] * 9
    with pytest.raises(errors.ServiceUnavailable, match="overloaded"):
        ask(session, tries=3)
    assert len(server.exchanges) == 3


def test_a_refused_connection_is_tried_again(session, server, emulator):
    emulator.script += [ScriptedReply(fault="refuse"), ScriptedReply(pieces=("yes",))]
    assert ask(session).text == "yes"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (
            ScriptedReply(status=429, body=quota("GenerateRequestsPerDayPerProject-FreeTier", "1s")),
            errors.QuotaExceeded,
        ),
        (ScriptedReply(status=503, body=BUSY, headers={"retry-after": "9999"}), errors.ServiceUnavailable),
        (ScriptedReply(status=400, body={"error": {"message": "bad", "code": 400}}), errors.BadRequest),
        (ScriptedReply(pieces=("text", "more"), fault="reset"), errors.StreamBroken),
        (ScriptedReply(pieces=("text", BUSY)), errors.ServiceUnavailable),
    ],
)
def test_what_is_not_tried_again(session, server, emulator, reply, error):
    emulator.script.append(reply)
    with pytest.raises(error):
        ask(session)
    assert len(server.exchanges) == 1


def test_the_wait_is_visible_and_can_be_stopped(session, server, emulator):
    emulator.script.append(
        ScriptedReply(status=429, body=quota("GenerateRequestsPerMinutePerProject-FreeTier", "60s"))
    )

    class Waiting(Watch):
        def show(self, reply):
            if reply.retrying and not self.calls:
                self.calls += 1
                lines.append(usage_line(reply, markdown=False))
                interrupt()

    lines = []
    with pytest.raises(errors.ReplyStopped):
        ask(session, Waiting("", None))
    assert lines == [
        "gemini-3.8-flash · quota GenerateRequestsPerMinutePerProject of the free tier is used up; "
        "trying again in 60 s, 2 of 4"
    ]
    assert len(server.exchanges) == 1


def test_the_countdown_ends_with_the_first_event():
    from gemini_magic.reply import Reply

    reply = Reply("m")
    reply.apply(ev.Retrying("busy", 2.0, 2, 4))
    reply.apply(ev.Pause())
    assert "trying again in 2 s, 2 of 4" in usage_line(reply, markdown=True)
    reply.apply(ev.Served("m"))
    assert usage_line(reply, markdown=False) == "m · streaming…"


def failure(**attributes):
    error = errors.GeminiError("x")
    error.is_passing = True
    vars(error).update(attributes)
    return error


@given(st.integers(1, 20), st.floats(0, 500))
def test_waits_are_bounded(tried, elapsed_s):
    policy = RetryPolicy(tries=5, total_s=100)
    wait_s = policy.wait_after(failure(), tried, elapsed_s)
    if tried >= 5 or elapsed_s > 100:
        assert wait_s is None
    elif wait_s is not None:
        assert policy.first_s / 2 <= wait_s <= policy.longest_s
        assert elapsed_s + wait_s <= 100
    assert policy.wait_after(failure(is_passing=False), tried, elapsed_s) is None


def test_the_service_says_how_long():
    assert RetryPolicy().wait_after(failure(retry_after_s=7.5), 1, 0) == 7.5
    asked = explain_refusal(429, "x", quota("PerMinute", "33.5s"), model="m", headers={"retry-after": "9"})
    assert (asked.retry_after_s, asked.is_passing, asked.quota) == (33.5, True, "PerMinute")
    daily = explain_refusal(429, "x", quota("RequestsPerDay"), model="m", headers={})
    assert (daily.is_passing, daily.retry_after_s) == (False, None)
    assert "all for today" in str(daily)
    assert explain_refusal(503, "x", {}, model="m", headers={"retry-after": "3"}).retry_after_s == 3


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("Thinking level XHIGH is not supported for this model.", "change --thinking"),
        ("temperature is deprecated", "leave --temperature out"),
        ("The input token count (1250074) exceeds the maximum number of tokens", "--new"),
        ("User location is not supported for the API use.", "not offered where you are"),
    ],
)
def test_a_refused_request_says_what_to_change(said, hint):
    assert hint in str(explain_refusal(400, said, {}, model="m", headers={}))


def test_a_missing_model_names_those_the_service_offers(session, server):
    with pytest.raises(errors.ModelNotFound, match=r"there is gemini-2\.5-flash, ") as caught:
        session.ask("hello", Options(model="gemini-2.5-flahs"), Settings(), NoView())
    assert caught.value.close_to[0] == "gemini-2.5-flash"
    assert [e.method for e in server.exchanges] == ["POST", "GET"]
