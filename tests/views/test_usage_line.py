"""The usage line and its metadata: unknown is null, small costs keep their digits, names are not trusted."""

from __future__ import annotations

import pytest

from gemini_magic.errors import EmptyReply
from gemini_magic.replies import events as ev
from gemini_magic.replies.costs.budget import Budget
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.reply_end import find_fault
from gemini_magic.replies.terms import Terms
from gemini_magic.replies.usage import Usage
from gemini_magic.views.usage_line import format_usd, usage_bundle, usage_line, usage_metadata
from tests.support.service import KEY


def ended(model="gemini-2.5-flash", how="complete", reason="STOP", usage=None, total_s=2.25, **place):
    reply = Reply(model, Terms(**({"chat": "main", "turn": 2} | place)))
    reply.apply(ev.TextDelta("hi", {"text": "hi"}))
    reply.apply(ev.UsageReport(usage or Usage()))
    if reason:
        reply.apply(ev.Finished(reason))
    if total_s is not None:
        reply.apply(ev.FirstToken(0.4))
    reply.apply(ev.Ended(how, total_s))
    return reply


def test_a_whole_line():
    reply = ended(usage=Usage(prompt=1200, cached=200, thoughts=40, output=60, total=1300))
    assert usage_line(reply) == (
        "gemini-2.5-flash · 1,200 tokens in (200 of them cached) · 100 out (40 of them thinking) · "
        "est. $0.00056 · first token 0.40 s · total 2.25 s · chat main, turn 2"
    )
    html = usage_bundle(reply)["text/html"]
    assert html.startswith("<small><code>gemini-2.5-flash</code> · 1,200 tokens in (200 of them cached) · ")
    assert usage_bundle(reply)["text/plain"] == usage_line(reply)
    assert usage_metadata(reply) == {
        "model": "gemini-2.5-flash",
        "finish_reason": "STOP",
        "chat": "main",
        "turn": 2,
        "usage": {
            "prompt": 1200,
            "cached": 200,
            "tool_use": None,
            "thoughts": 40,
            "output": 60,
            "total": 1300,
        },
        "cost_usd": pytest.approx(0.000556),
        "latency": {"first_token_s": 0.4, "total_s": 2.25},
    }


def test_what_is_unknown_is_null_and_named():
    reply = ended(reason=None, total_s=None)
    assert usage_line(reply) == "gemini-2.5-flash · incomplete · tokens unknown · chat main, turn 2"
    facts = usage_metadata(reply)
    assert facts["finish_reason"] is None
    assert facts["cost_usd"] is None
    assert set(facts["usage"].values()) == {None}
    assert facts["latency"] == {"first_token_s": None, "total_s": None}
    assert "cost unknown" in usage_line(ended("no-such-model", usage=Usage(prompt=1, output=1)))
    assert "? tokens in · 7 out" in usage_line(ended(usage=Usage(output=7)))


@pytest.mark.parametrize(
    ("ending", "shown"),
    [
        ({"how": "stopped", "reason": None}, " · stopped · "),
        ({"reason": "MAX_TOKENS"}, " · cut off at the limit of output tokens (MAX_TOKENS) · "),
        ({"reason": "SAFETY"}, " · stopped by the safety filter of the service (SAFETY) · "),
        ({"reason": "BRAND_NEW"}, " · ended early (BRAND_NEW) · "),
        ({"reason": None}, " · incomplete · "),
        ({"chat": None, "turn": None}, " · outside any chat"),
    ],
)
def test_endings(ending, shown):
    assert shown in usage_line(ended(**ending))


def test_before_and_without_a_reply():
    assert usage_line(Reply("m")) == "m · streaming…"
    assert usage_line(Reply("m", Terms(offline=True))) == "m (offline emulator) · streaming…"
    failed = Reply("m")
    failed.apply(ev.Failed("ModelNotFound"))
    assert usage_line(failed) == "m"


def test_what_an_error_says_is_not_said_twice():
    """Its line follows; the usage line has what was spent, and no place in a chat that it did not get."""
    reply = Reply("m", Terms(chat="main", turn=1))
    reply.apply(ev.ThoughtDelta("hm", {"text": "hm", "thought": True}))
    reply.apply(ev.UsageReport(Usage(prompt=1, thoughts=9)))
    reply.apply(ev.Finished("MAX_TOKENS"))
    reply.apply(ev.Failed("EmptyReply"))
    assert usage_line(reply) == "m · 1 tokens in · 9 out (9 of them thinking) · cost unknown"
    reply = Reply("m", Terms(chat="main", turn=1))
    reply.apply(ev.TextDelta("half", {"text": "half"}))
    reply.apply(ev.Failed("StreamBroken"))
    assert usage_line(reply) == "m · interrupted · tokens unknown · chat main, turn 1"


def test_all_spent_on_thinking():
    reply = Reply("m")
    reply.apply(ev.UsageReport(Usage(prompt=1, thoughts=9)))
    reply.apply(ev.Finished("MAX_TOKENS"))
    reply.apply(ev.Ended("complete", 1.0))
    assert "limit of output tokens, all of it spent on thinking" in reply.notes[0]
    assert isinstance(find_fault(reply), EmptyReply)


def test_offline_shows_no_times_and_no_cost():
    reply = ended(total_s=None, offline=True, usage=Usage(prompt=1, output=1))
    line = usage_line(reply)
    assert "offline, no cost" in line
    assert " s · " not in line


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (0.0000411, "$0.000041"),
        (0.0, "$0.00"),
        (1.2e-9, "$0.0000000012"),
        (0.0123, "$0.012"),
        (0.5, "$0.50"),
        (1.2, "$1.20"),
        (12345.678, "$12345.68"),
    ],
)
def test_small_costs_keep_their_digits(usd, shown):
    assert format_usd(usd) == shown


def test_a_hostile_model_name_stays_a_name():
    assert KEY not in usage_line(ended(KEY))
    hostile = "x`<img src=http://evil onerror=alert(1)>\n# [a](javascript:1) ![](http://e/x.png)"
    line = usage_line(ended(hostile))
    assert "\n" not in line
    assert not set("`<>[]()!\"'") & set(line.partition(" · ")[0])


def test_variables_of_the_prompt_are_named():
    notes = ("no variable nmae: did you mean name?",)
    terms = {"inserted": ("größe", "df (1,200 rows, 20 shown)", "d['a <b>']"), "prompt_notes": notes}
    shown = (
        " · with größe, df (1,200 rows, 20 shown), d['a b'] · no variable nmae: did you mean name? · tokens "
    )
    assert f"gemini-2.5-flash{shown}" in usage_line(ended(**terms))
    assert f" · stopped{shown}" in usage_line(ended(how="stopped", reason=None, **terms))
    assert "d[&#x27;a b&#x27;]" in usage_bundle(ended(**terms))["text/html"]
    many = ended(inserted=tuple(f"v{n}" for n in range(9)))
    assert " · with v0, v1, v2, v3, v4, v5, 3 more · " in usage_line(many)
    assert KEY not in usage_line(ended(inserted=(f"d['{KEY}']",)))


def test_two_prices_are_no_math():
    budget = Budget(limit_usd=0.05, spent_usd=0.045)
    html = usage_bundle(ended(usage=Usage(prompt=1200, output=60), budget=budget))["text/html"]
    assert html.count("$") == 2
    assert html.startswith('<small class="mathjax_ignore tex2jax_ignore"><code>')
