"""When a failed request is tried again: the arithmetic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gemini_magic import errors
from gemini_magic.requests.retry import RetryPolicy
from gemini_magic.service.refusals import explain_refusal
from tests.support.requests_sent import quota


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
