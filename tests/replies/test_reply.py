"""A reply accumulates what has come."""

from __future__ import annotations

from google.genai import types

from gemini_magic.replies import events as ev
from gemini_magic.replies.decoding import decode
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.terms import Terms
from gemini_magic.replies.usage import Latency, Usage


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
    feed(reply, {"candidates": [{"content": {"parts": [{}, {"brandNew": {"x": 1}}, {"text": "x"}]}}]})
    assert reply.text == "x"
    assert reply.wire_content["parts"] == [{"brandNew": {"x": 1}}, {"text": "x"}]
    assert [part.text for part in reply.content.parts] == [None, "x"]


def test_cost_of_a_reply_is_known_at_its_end():
    reply = Reply("gemini-2.5-flash")
    feed(reply, chunk(usage_metadata={"prompt_token_count": 10, "candidates_token_count": 10}))
    assert reply.cost is None
    reply.apply(ev.Ended("stopped", 1.0))
    assert reply.cost.usd > 0
