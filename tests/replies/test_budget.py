"""Budgets: checked before each request and each retry."""

from __future__ import annotations

import asyncio

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.settings import Settings
from gemini_magic.views.usage_line import usage_line
from tests.support.requests_sent import BUSY, ask, counted, ended

pytestmark = pytest.mark.usefixtures("server")


def test_a_budget(session, server, emulator):
    settings = Settings(budget_usd=0.0013)
    lines = []
    for _ in range(3):
        emulator.script.append(ended())
        lines.append(usage_line(ask(session, settings=settings)))
    assert "budget" not in lines[0]
    assert "est. $0.00055 · 84 % of the budget of $0.0013 spent · " in lines[1]
    assert "126 % of the budget of $0.0013 spent" in lines[2]
    with pytest.raises(errors.BudgetExceeded, match=r"\$0\.0013 is spent \(est\. \$0\.0017\).*--over-budget"):
        ask(session, settings=settings)
    assert len(server.exchanges) == 3
    assert len(session.ledger.entries) == 3
    assert len(session.chats["main"].turns) == 3
    ask(session, settings=settings, over_budget=True)
    with pytest.raises(errors.BudgetExceeded):
        ask(session, settings=settings)
    ask(session)


def test_the_budget_names_what_it_cannot_count(session, server, emulator):
    settings = Settings(budget_usd=0.0006)
    emulator.script += [ScriptedReply(pieces=("text", "more"), fault="reset"), ended(), ended()]
    with pytest.raises(errors.StreamBroken):
        ask(session, settings=settings)
    said = usage_line(ask(session, settings=settings))
    assert " · 91 % of the budget of $0.00060 spent, plus 1 of unknown cost · " in said
    ask(session, settings=settings)
    with pytest.raises(errors.BudgetExceeded, match=r"\(est\. \$0\.0011, plus 1 of unknown cost\)"):
        ask(session, settings=settings)


async def other_tasks():
    return asyncio.all_tasks() - {asyncio.current_task()}


@pytest.mark.parametrize("over_budget", [False, True])
def test_the_budget_is_asked_before_another_try(session, server, emulator, over_budget):
    thought = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]}
    thought |= counted(prompt=10, output=0, thoughtsTokenCount=700)
    # The budget is asked while the next try waits; on a busy machine that takes its time.
    delay = "0.3s" if over_budget else "10s"
    busy = {"error": {**BUSY["error"], "details": [{"retryDelay": delay}]}}
    emulator.script += [ScriptedReply(pieces=(thought, busy)), ended()]
    settings = Settings(budget_usd=0.0006)
    if over_budget:
        assert ask(session, settings=settings, over_budget=True).text == "yes"
    else:
        with pytest.raises(errors.BudgetExceeded):
            ask(session, settings=settings)
        assert session._loop.submit(other_tasks()).result(10) == set()
    assert len(server.exchanges) == len(session.ledger.entries) == 1 + over_budget
    assert session.ledger.entries[0].error == "ServiceUnavailable"
    assert len(session.chats) == over_budget
