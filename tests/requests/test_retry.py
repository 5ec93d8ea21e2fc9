"""Trying again: what is worth it, how long to wait, what the user sees, how it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.replies import events as ev
from gemini_magic.requests.retry import RetryPolicy
from gemini_magic.service.refusals import explain_refusal
from gemini_magic.views.base import NoView
from gemini_magic.views.terminal.text import TextView
from gemini_magic.views.usage_line import usage_line
from tests.support.asking import Watch, interrupt

BUSY = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}


def quota(quota_id, delay=None):
    kind = "type.googleapis.com/google.rpc."
    details = [{"@type": f"{kind}QuotaFailure", "violations": [{"quotaId": quota_id}]}]
    if delay:
        details.append({"@type": f"{kind}RetryInfo", "retryDelay": delay})
    return {"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED", "details": details}}


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
        (ScriptedReply(pieces=("text", BUSY)), errors.StreamBroken),
        (ScriptedReply(pieces=({"promptFeedback": {"blockReason": "OTHER"}}, BUSY)), errors.StreamBroken),
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
                lines.append(usage_line(reply))
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
    from gemini_magic.replies.reply import Reply

    reply = Reply("m")
    reply.apply(ev.Retrying("busy", 2.0, 2, 4))
    reply.apply(ev.Pause())
    assert "trying again in 2 s, 2 of 4" in usage_line(reply)
    reply.apply(ev.Served("m"))
    assert usage_line(reply) == "m · streaming…"


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


def test_thoughts_do_not_count_as_text(session, server, emulator):
    """A model that thinks first and is overloaded then is asked again, and its old thoughts are gone."""
    thought = {"candidates": [{"content": {"parts": [{"text": "old", "thought": True}]}}]}
    busy = {"error": {**BUSY["error"], "details": [{"retryDelay": "0.01s"}]}}
    emulator.script.append(ScriptedReply(pieces=(thought, busy)))
    emulator.script.append(ScriptedReply(pieces=("yes",), first_s=0.2))
    reply = ask(session)
    assert (reply.text, reply.thoughts) == ("yes", "")
    assert reply.latency.first_token_s > 0.2, "the first token of the try that succeeded"


@pytest.mark.parametrize("status", [429, 502])
def test_a_gateways_page_is_a_busy_service(session, server, emulator, raw_server, status):
    page = b"<html>Bad gateway</html>"
    head = f"HTTP/1.1 {status} Busy\r\nRetry-After: 0\r\nContent-Length: {len(page)}\r\n\r\n".encode()
    raw_server += [head + page] * 2
    with pytest.raises(errors.QuotaExceeded if status == 429 else errors.ServiceUnavailable):
        ask(session, tries=2)
    assert raw_server == []


def test_the_daily_quota_counts_wherever_it_stands():
    both = quota("PerMinute", "30s")
    both["error"]["details"][0]["violations"].append({"quotaId": "RequestsPerDay"})
    error = explain_refusal(429, "x", both, model="m", headers={})
    assert (error.quota, error.is_passing) == ("RequestsPerDay", False)


def test_a_date_to_come_back():
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    error = explain_refusal(503, "x", {}, model="m", headers={"retry-after": date})
    assert 15 < error.retry_after_s <= 20
    assert explain_refusal(503, "x", {}, model="m", headers={"retry-after": "soon"}).retry_after_s is None


@pytest.mark.parametrize("listing", [b"<html>", b"[1]", b'{"models": "x"}', b'{"models": [1]}', b""])
def test_an_odd_list_of_models_is_no_trouble(session, raw_server, listing):
    body = b'{"error": {"code": 404, "message": "models/x is not found", "status": "NOT_FOUND"}}'
    for status, text in ((b"404 Not Found", body), (b"200 OK", listing)):
        raw_server.append(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text))
    with pytest.raises(errors.ModelNotFound):
        ask(session)
