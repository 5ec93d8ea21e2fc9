"""Figures that no service should send: an unknown count or cost; reply, chat and ledger stay whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.emulator import ScriptedReply
from gemini_magic.replies.costs.prices import Rates, estimate_cost
from gemini_magic.replies.numbers import read_count, read_number
from gemini_magic.replies.usage import Usage, format_usd
from tests.support.shell import run, texts

MODEL = "gemini-3.8-flash"
ODD = [-5, -1.5, 1e308, "many", [1], {"a": 1}, True, 10**30]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("field", ["promptTokenCount", "candidatesTokenCount", "totalTokenCount"])
def test_a_finished_reply_is_kept(shell, server, emulator, odd, field, tmp_path):
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7, field: odd}
    event = {"candidates": [{"content": {"parts": [{"text": "fine"}]}, "finishReason": "STOP"}]}
    event |= {"usageMetadata": usage, "modelVersion": MODEL}
    emulator.script.append(ScriptedReply(pieces=(event,)))
    shown = texts(run(shell, "%gemini --view blocks hello"))
    assert any("1 field could not be read" in text for text in shown)
    reply = shell.user_ns["_gemini"]
    assert (reply.text, reply.state) == ("fine", "complete")
    assert (reply.cost is None) == (field != "totalTokenCount")
    for command in ("%gemini_usage", "%gemini_log", "%gemini_chat"):
        run(shell, command)
    run(shell, f"%gemini_chat save {tmp_path}/chat.json\n%gemini_chat load {tmp_path}/chat.json again")


@given(st.integers() | st.floats() | st.text(max_size=30) | st.none() | st.lists(st.integers()))
def test_any_value_is_a_number_or_none(value):
    number = read_number(value, 1000)
    assert number is None or 0 <= number <= 1000
    count = read_count(value)
    assert count is None or 0 <= count <= 10**12


@given(st.floats() | st.integers(-(10**20), 10**20).map(float))
def test_every_amount_can_be_written(usd):
    assert format_usd(usd).startswith("$")


counts = st.none() | st.integers(0, 10**12)


@given(st.builds(Usage, *[counts] * 9))
def test_a_cost_is_unknown_or_a_price(usage):
    for prices in (None, {MODEL: Rates(1e308, 1e308, 1e308)}, {MODEL: Rates(1, 2, 0)}):
        cost = estimate_cost(MODEL, usage, prices)
        assert cost is None or 0 <= cost.usd <= 1e9
        assert cost is None or format_usd(cost.usd)
