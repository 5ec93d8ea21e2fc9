"""The ledger: one entry for each request that was sent, and nothing lost, whatever became of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.options.settings import Settings
from gemini_magic.replies.usage import Usage
from gemini_magic.runtime.keys.api_keys import ask_nobody
from gemini_magic.runtime.origin import Origin
from gemini_magic.session import Session
from gemini_magic.views.base import NoView
from tests.support.asking import Watch, interrupt
from tests.support.requests_sent import BUSY, MODEL, NOW, ask, counted, ended, piece

pytestmark = pytest.mark.usefixtures("server")


def test_a_request_is_an_entry(session, emulator):
    emulator.script.append(ended("four"))
    before = datetime.now(UTC)
    reply = ask(session, "what is 2+2?", origin=Origin("cell-1", "run-1"))
    [entry] = session.ledger.entries
    assert before <= entry.time <= datetime.now(UTC)
    assert (entry.chat, entry.turn, entry.cell) == ("main", 1, "cell-1")
    assert (entry.model_asked, entry.model_served) == ("gemini-3.8-flash", MODEL)
    assert (entry.prompt, entry.prompt_chars) == ("what is 2+2?", 12)
    assert (entry.reply, entry.reply_chars) == ("four", 4)
    assert entry.usage == reply.usage
    assert entry.cost_usd == reply.cost.usd == pytest.approx(0.00055)
    assert 0 < entry.first_token_s <= entry.total_s
    assert entry.tokens_per_s == pytest.approx(100 / entry.total_s)
    assert (entry.state, entry.finish_reason, entry.error) == ("complete", "STOP", None)
    assert not entry.is_partial


def test_each_try_is_an_entry(session, emulator):
    emulator.script += [ScriptedReply(status=503, body=BUSY, headers=NOW)] * 2 + [ended()]
    ask(session)
    entries = session.ledger.entries
    assert [entry.state for entry in entries] == ["failed", "failed", "complete"]
    assert [entry.error for entry in entries] == ["ServiceUnavailable", "ServiceUnavailable", None]
    assert entries[0].time < entries[1].time < entries[2].time
    for entry in entries[:2]:
        assert (entry.model_served, entry.usage, entry.cost_usd) == (None, Usage(), 0)
        assert entry.total_s > 0
        assert not entry.is_partial
    assert (session.ledger.totals.requests, session.ledger.totals.failed) == (3, 2)
    assert session.ledger.totals.unpriced == 0
    assert session.ledger.spent_usd == entries[2].cost_usd


def test_a_try_has_its_own_clock(session, emulator):
    late = {"error": {**BUSY["error"], "details": [{"retryDelay": "0.3s"}]}}
    emulator.script += [ScriptedReply(status=503, body=late), ended()]
    reply = ask(session)
    last = session.ledger.entries[-1]
    assert last.total_s < reply.latency.total_s - 0.2
    assert 0 < last.first_token_s <= last.total_s


def test_what_a_failed_try_took_counts(session, emulator):
    """A model that thinks first and is overloaded then has used tokens, and not those of the next try."""
    thought = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]}
    thought |= counted(prompt=10, output=0, thoughtsTokenCount=7)
    busy = {"error": {**BUSY["error"], "details": [{"retryDelay": "0.01s"}]}}
    emulator.script += [ScriptedReply(pieces=(thought, busy)), ended(prompt=10, output=5)]
    reply = ask(session)
    first, second = session.ledger.entries
    assert (first.usage.thoughts, first.is_partial, first.error) == (7, True, "ServiceUnavailable")
    assert first.cost_usd > 0
    assert (second.usage.thoughts, second.usage.output) == (None, 5)
    assert reply.usage == second.usage
    assert session.ledger.totals.usage.generated == 12


def test_a_stopped_reply_counts_what_was_reported(session, emulator):
    emulator.script.append(
        ScriptedReply(pieces=(piece("partial ") | counted(prompt=8, output=2), piece("never")), pause_s=60)
    )
    with pytest.raises(errors.ReplyStopped):
        ask(session, view=Watch("partial", interrupt))
    [entry] = session.ledger.entries
    assert (entry.state, entry.is_partial, entry.reply) == ("stopped", True, "partial ")
    assert (entry.usage.prompt, entry.usage.output) == (8, 2)
    assert entry.cost_usd > 0


def test_a_stop_during_the_wait_adds_no_request(session, emulator):
    class Waiting(Watch):
        def show(self, reply):
            if reply.retrying and not self.calls:
                self.calls += 1
                interrupt()

    emulator.script.append(ScriptedReply(status=503, body=BUSY, headers={"retry-after": "60"}))
    with pytest.raises(errors.ReplyStopped):
        ask(session, view=Waiting("", None))
    [entry] = session.ledger.entries
    assert (entry.state, entry.error) == ("failed", "ServiceUnavailable")


def test_a_stop_before_anything_came_is_unknown_not_free(session, emulator):
    class AtOnce(Watch):
        def show(self, reply):
            if emulator.bodies:
                super().show(reply)

    emulator.script.append(ScriptedReply(pieces=("never",), first_s=60))
    with pytest.raises(errors.ReplyStopped):
        ask(session, view=AtOnce("", interrupt))
    [entry] = session.ledger.entries
    assert (entry.state, entry.is_partial) == ("stopped", True)
    assert (entry.usage, entry.cost_usd, entry.model_served) == (Usage(), None, None)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (ScriptedReply(status=400, body={"error": {"message": "bad", "code": 400}}), "BadRequest"),
        (ScriptedReply(pieces=("text", "more"), fault="reset"), "StreamBroken"),
        (ScriptedReply(pieces=("text",), finish_reason=None), "StreamBroken"),
        (ScriptedReply(pieces=({"promptFeedback": {"blockReason": "OTHER"}},)), "PromptBlocked"),
        (ScriptedReply(pieces=("",), finish_reason="SAFETY"), "EmptyReply"),
    ],
)
def test_failures(session, emulator, script, error):
    emulator.script.append(script)
    with pytest.raises(getattr(errors, error)):
        ask(session)
    [entry] = session.ledger.entries
    assert (entry.state, entry.error) == ("failed", error)
    assert entry.is_partial == (error == "StreamBroken")
    assert entry.cost_usd == (0 if error == "BadRequest" else None)
    assert entry.reply == session.last.text


def test_a_broken_view_loses_no_entry(session, emulator):
    class Broken(NoView):
        def show(self, reply):
            assert not reply.text

    with pytest.raises(AssertionError):
        ask(session, view=Broken())
    [entry] = session.ledger.entries
    assert (entry.state, entry.error) == ("failed", "AssertionError")


def test_a_resumed_reply_is_two_requests(session, emulator):
    half = piece("half ") | counted(prompt=10, output=1)
    emulator.script += [
        ScriptedReply(pieces=(half, "x"), fault="truncate"),
        ended("whole", prompt=15, output=2),
    ]
    with pytest.raises(errors.StreamBroken):
        ask(session)
    reply = ask(session, "", resume=True)
    first, second = session.ledger.entries
    assert (first.reply, second.reply) == ("half ", "whole")
    assert (second.usage.prompt, second.usage.output) == (15, 2)
    assert (first.turn, second.turn) == (1, 1)
    assert reply.usage.prompt == 25
    assert reply.cost.usd == pytest.approx(first.cost_usd + second.cost_usd)
    assert session.ledger.totals.usage == reply.usage


def test_totals_are_the_sum_of_the_entries(session, emulator):
    for chat, counts in (("a", {}), ("b", {"prompt": 2000}), ("a", {"thoughtsTokenCount": 5})):
        emulator.script.append(ended(**counts))
        ask(session, chat=chat)
    emulator.script.append(ScriptedReply(pieces=("x",), model="no-such-model"))
    ask(session, once=True)
    ledger = session.ledger
    costs = [entry.cost_usd for entry in ledger.entries]
    assert costs[-1] is None
    assert ledger.spent_usd == ledger.totals.cost_usd == pytest.approx(sum(costs[:-1]))
    assert ledger.totals.unpriced == 1
    for groups in (ledger.by_chat, ledger.by_model):
        assert sum(totals.requests for totals in groups.values()) == 4
        assert sum((totals.usage for totals in groups.values()), Usage()) == ledger.totals.usage
        assert sum(totals.cost_usd or 0 for totals in groups.values()) == pytest.approx(ledger.spent_usd)
    assert list(ledger.by_chat) == ["a", "b", None]
    assert ledger.by_model["no-such-model"].cost_usd is None
    ledger.reset()
    assert (ledger.totals.requests, ledger.totals.cost_usd, ledger.spent_usd) == (0, None, 0)


def test_offline_requests_cost_nothing_and_have_no_times():
    session = Session(ask_nobody)
    ask(session, settings=Settings(offline=True, budget_usd=0.000001))
    [entry] = session.ledger.entries
    assert entry.offline
    assert (entry.cost_usd, entry.first_token_s, entry.total_s) == (None, None, None)
    assert (session.ledger.totals.cost_usd, session.ledger.totals.unpriced) == (None, 0)
    session.close()
