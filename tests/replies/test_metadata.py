"""What the service says beside the parts: put together over the events, whatever comes."""

from __future__ import annotations

import pytest

from gemini_magic.replies import events as ev
from gemini_magic.replies.decoding import decode
from gemini_magic.replies.reply import Reply
from tests.support.parts import chunk


def metadata_of(*chunks):
    reply = Reply("m")
    for one in chunks:
        for event in decode(one):
            reply.apply(event)
    return reply.metadata


def test_all_fields_are_there_as_they_came():
    ratings = [{"category": "C", "probability": "LOW", "brandNew": 1}]
    body = chunk(
        {"text": "a"}, safetyRatings=ratings, avgLogprobs=-0.5, brandNew={"x": [1]}, finishReason="STOP"
    )
    feedback = {"safetyRatings": []}
    found = metadata_of(body | {"responseId": "r", "modelVersion": "m", "promptFeedback": feedback})
    assert found.candidate == {"safetyRatings": ratings, "avgLogprobs": -0.5, "brandNew": {"x": [1]}}
    assert found.answer == {"responseId": "r", "promptFeedback": feedback}
    assert found.safety_ratings == ratings


def test_the_last_value_that_holds_anything_counts():
    found = metadata_of(
        chunk(safetyRatings=[1], finishMessage="a") | {"responseId": "r", "usageMetadata": {"x": 1, "y": 1}},
        chunk(safetyRatings=[2], finishMessage="") | {"responseId": None, "usageMetadata": {"x": 2}},
        chunk(safetyRatings=[]),
    )
    assert found.candidate == {"safetyRatings": [2], "finishMessage": "a"}
    assert found.answer == {"responseId": "r", "usageMetadata": {"x": 2}}


def test_grounding_is_put_together_field_by_field():
    found = metadata_of(
        chunk(groundingMetadata={"webSearchQueries": ["q"], "groundingChunks": [1]}),
        chunk(groundingMetadata={"groundingChunks": [1, 2], "groundingSupports": [3]}),
        chunk(groundingMetadata={}),
    )
    assert found.grounding == {
        "webSearchQueries": ["q"],
        "groundingChunks": [1, 2],
        "groundingSupports": [3],
    }


def test_citations_and_pages_go_on_whether_repeated_or_not():
    a, b, c = ({"uri": name} for name in "abc")
    found = metadata_of(
        chunk(citationMetadata={"citations": [a]}, urlContextMetadata={"urlMetadata": [a]}),
        chunk(citationMetadata={"citations": [a, b]}),
        chunk(citationMetadata={"citations": [c]}, urlContextMetadata={"urlMetadata": [b]}),
    )
    assert found.citations == [a, b, c]
    assert found.url_context == [a, b]


def test_log_probabilities_have_an_entry_for_each_token():
    token = {"token": "a", "logProbability": 0.0}
    first = chunk(logprobsResult={"chosenCandidates": [token], "topCandidates": [{"candidates": [token]}]})
    found = metadata_of(first, chunk(logprobsResult={"chosenCandidates": [token]}))
    assert found.logprobs == {
        "chosenCandidates": [token, token],
        "topCandidates": [{"candidates": [token]}],
    }
    assert first["candidates"][0]["logprobsResult"]["chosenCandidates"] == [token]


DEEP = []
for _ in range(300):
    DEEP = [DEEP]


@pytest.mark.parametrize("odd", [DEEP, float("nan"), {"x": float("inf")}])
def test_what_cannot_be_read_is_left_out_and_counted(odd):
    reply = Reply("m")
    for event in decode(chunk({"text": "a"}, oddField=odd, finishMessage="b") | {"oddField": odd}):
        reply.apply(event)
    assert (reply.metadata.candidate, reply.metadata.answer) == ({"finishMessage": "b"}, {})
    assert reply.notes == ("2 fields could not be read",)


@pytest.mark.parametrize("odd", ["x", 5, [1], True, {"citations": 5, "urlMetadata": "x"}])
def test_odd_shapes_have_no_sources(odd):
    names = ("groundingMetadata", "citationMetadata", "urlContextMetadata", "logprobsResult", "safetyRatings")
    found = metadata_of(chunk(**{name: {"citations": [1], "urlMetadata": [1]} for name in names}))
    for _ in range(2):
        for event in decode(chunk(**dict.fromkeys(names, odd))):
            if isinstance(event, ev.MetadataReport):
                found.add(event)
    for value, kind in ((found.grounding, dict), (found.citations, list), (found.url_context, list)):
        assert isinstance(value, kind)
    assert isinstance(found.safety_ratings, list)
    assert isinstance(found.logprobs, dict)


def test_a_try_that_failed_leaves_nothing():
    reply = Reply("m")
    reply.apply(ev.MetadataReport({"responseId": "first"}, {"finishMessage": "x"}))
    reply.apply(ev.Retrying("busy", 1.0, 2, 3))
    assert (reply.metadata.answer, reply.metadata.candidate) == ({}, {})
