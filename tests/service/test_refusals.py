"""Refused requests: what the service said, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.service.refusals import explain_refusal
from gemini_magic.views.base import NoView
from tests.support.requests_sent import ask_with, quota


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


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("models/gemini-9 is not found for v1beta", "models/gemini-9 is not found for v1beta; there is "),
        ("no such model", "gemini-9: not found (no such model); there is "),
        ("the model gemini-9.5 is gone", "gemini-9: not found (the model gemini-9.5 is gone); there is "),
    ],
)
def test_a_missing_model_is_named_once(said, shown):
    error = explain_refusal(404, said, {}, model="gemini-9", headers={})
    assert str(error).startswith(shown)


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
        ask_with(session)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, errors.BadRequest), (403, errors.PermissionRefused), (503, errors.ServiceUnavailable)],
)
def test_a_message_that_begins_like_a_page_is_the_services(session, server, emulator, status, kind):
    body = {"error": {"code": status, "message": "<role> is no role", "status": "INVALID_ARGUMENT"}}
    emulator.script.append(ScriptedReply(status=status, body=body))
    with pytest.raises(kind, match="<role> is no role"):
        ask_with(session, tries=1)


@pytest.mark.parametrize("status", [400, 403, 404, 302])
def test_a_page_is_no_refusal(session, raw_server, status):
    page = b"<html>The proxy says no</html>"
    head = f"HTTP/1.1 {status} No\r\nContent-Length: {len(page)}\r\n\r\n".encode()
    raw_server.append(head + page)
    with pytest.raises(errors.UnexpectedAnswer, match=f"is no Gemini reply .status {status}"):
        ask_with(session, tries=1)
