"""The reply accumulates, the chat keeps one merged turn, prices are estimated."""

from __future__ import annotations

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.replies import events as ev
from gemini_magic.replies.decoding import decode
from gemini_magic.replies.parts import merge_parts
from gemini_magic.replies.prices import estimate_cost
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.terms import Terms
from gemini_magic.replies.usage import Latency, Usage


def text(value, **more):
    return types.Part(text=value, **more)


def chunk(**body):
    made = types.GenerateContentResponse.model_validate(body)
    return made.model_dump(mode="json", by_alias=True, exclude_none=True)


def feed(reply, *chunks):
    for one in chunks:
        for event in decode(one):
            reply.apply(event)


def test_a_reply_grows():
    reply = Reply("gemini-3.8-flash", Terms(chat="main", turn=1))
    feed(
        reply,
        chunk(
            candidates=[{"content": {"parts": [{"text": "hm", "thought": True}]}}], model_version="gemini-x"
        ),
        chunk(candidates=[{"content": {"parts": [{"text": "Hello "}, {"text": "you"}]}}]),
        chunk(candidates=[{"content": {"parts": []}, "finish_reason": "STOP"}]),
        chunk(usage_metadata={"prompt_token_count": 3, "total_token_count": 9}),
    )
    reply.apply(ev.FirstToken(0.5))
    reply.apply(ev.Ended("complete", 2.0))
    assert reply.text == str(reply) == "Hello you"
    assert reply._repr_mimebundle_() == {"text/markdown": "Hello you"}
    assert reply.thoughts == "hm"
    assert (reply.model, reply.finish_reason, reply.state) == ("gemini-x", "STOP", "complete")
    assert reply.usage == Usage(prompt=3, total=9)
    assert reply.latency == Latency(first_token_s=0.5, total_s=2.0)


def test_the_last_usage_counts_even_if_it_is_smaller():
    reply = Reply("m")
    feed(
        reply,
        chunk(usage_metadata={"total_token_count": 50}),
        chunk(usage_metadata={"total_token_count": 40}),
    )
    feed(reply, chunk(usage_metadata={"traffic_type": "ON_DEMAND"}))
    assert reply.usage.total == 40


def test_an_unknown_part_passes_through():
    reply = Reply("m")
    feed(reply, chunk(candidates=[{"content": {"parts": [{}, {"text": "x"}]}}]))
    assert reply.text == "x"
    assert len(reply.content.parts) == 2


def test_merging_keeps_what_is_more_than_text():
    signed = text("", thought_signature=b"sig")
    call = types.Part(function_call=types.FunctionCall(name="f"))
    parts = [text("a"), text("b"), signed, text("c"), text("t", thought=True), text("u", thought=True), call]
    assert merge_parts(parts) == [text("ab"), signed, text("c"), text("tu", thought=True), call]
    assert merge_parts([text("")]) == [text("")]


plain = st.builds(text, st.text(max_size=3), thought=st.sampled_from([None, True]))
signed = st.builds(text, st.text(max_size=3), thought_signature=st.binary(min_size=1, max_size=2))


@given(st.lists(plain | signed))
def test_merging_loses_no_text_and_no_signature(parts):
    merged = merge_parts(parts)
    for thought in (None, True):
        assert "".join(p.text for p in merged if p.thought == thought) == "".join(
            p.text for p in parts if p.thought == thought
        )
    assert [p for p in merged if p.thought_signature] == [p for p in parts if p.thought_signature]
    assert merge_parts(merged) == merged


def test_unknown_counts_stay_unknown():
    assert Usage(prompt=1) + Usage(output=2) == Usage(prompt=1, output=2)
    assert not Usage()
    assert Usage(thoughts=5).generated == 5


def test_cost_by_the_served_model():
    usage = Usage(prompt=1000, output=300, thoughts=200, cached=100)
    known = estimate_cost("gemini-2.5-flash", usage)
    # Input $0.30, cached input $0.03, output $2.50 for a million tokens (list price, November 2026).
    assert known.usd == pytest.approx((900 * 0.3 + 100 * 0.03 + 500 * 2.5) / 1e6)
    assert estimate_cost("models/gemini-2.5-flash", usage) == known
    assert estimate_cost("no-such-model", usage) is None
    assert estimate_cost("gemini-2.5-flash", Usage(output=3)) is None


def test_cost_of_a_reply_is_known_at_its_end():
    reply = Reply("gemini-2.5-flash")
    feed(reply, chunk(usage_metadata={"prompt_token_count": 10, "candidates_token_count": 10}))
    assert reply.cost is None
    reply.apply(ev.Ended("stopped", 1.0))
    assert reply.cost.usd > 0
