"""Chunks in wire format to events: as the SDK reads them, and forgiving where it is not."""

from __future__ import annotations

import warnings

import pytest
from google.genai import types

from gemini_magic.errors import UnexpectedAnswer
from gemini_magic.replies.decoding import decode
from gemini_magic.replies.events import Blocked, Finished, OtherPart, Served, TextDelta, UsageReport
from gemini_magic.replies.usage import Usage


def chunk(*parts, **candidate):
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **candidate}]}


def test_a_chunk_has_events_in_order():
    body = chunk({"text": "a"}, {"text": "t", "thought": True}, finishReason="STOP")
    body |= {"modelVersion": "m", "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 4}}
    names = [type(event).__name__ for event in decode(body)]
    assert names == ["Served", "TextDelta", "ThoughtDelta", "Finished", "UsageReport"]
    assert decode(body)[0] == Served("m")


@pytest.mark.parametrize(
    "part",
    [
        {"text": "a", "brandNew": {"x": 1}},
        {"brandNew": {"x": 1}},
        {"functionCall": {"name": "f", "args": {"zzz": 1}, "zzz": 1}},
        {"inlineData": {"mimeType": "image/png", "data": "AAEC-_8=", "zzz": 1}, "other": []},
    ],
)
def test_fields_newer_than_the_sdk_are_left_out(part):
    """The SDK's own way, through its client, does the same."""
    [event] = decode(chunk(part))
    expected = types.GenerateContentResponse._from_response(response=chunk(part), kwargs={})
    assert event.part == expected.candidates[0].content.parts[0]
    assert isinstance(event, TextDelta if "text" in part else OtherPart)


def test_what_was_passed_is_left_alone():
    body = chunk({"text": "a", "brandNew": {"x": 1}})
    decode(body)
    assert body == chunk({"text": "a", "brandNew": {"x": 1}})


@pytest.mark.parametrize("count", [12, "12", 12.0, "12.0"])
def test_counts_in_other_shapes(count):
    assert decode({"usageMetadata": {"promptTokenCount": count}}) == [UsageReport(Usage(prompt=12))]


def test_names_newer_than_the_sdk_come_through_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(chunk(finishReason="BRAND_NEW")) == [Finished("BRAND_NEW")]
        ratings = [{"category": "NEW", "probability": "HIGH"}, {"category": "OLD"}]
        body = {"promptFeedback": {"blockReason": "NEW", "safetyRatings": ratings}}
        assert decode(body) == [Blocked("NEW", "NEW: HIGH")]


@pytest.mark.parametrize(
    "body",
    [
        chunk(None),
        chunk({"text": 5}),
        chunk({"text": "a"}, finishReason=1),
        {"modelVersion": 5},
        {"candidates": [{"content": "hi"}]},
        {"candidates": [{"content": {"parts": {"text": "a"}}}]},
        {"usageMetadata": {"promptTokenCount": "many"}},
        {"usageMetadata": {"promptTokenCount": 1e999}},
        {"usageMetadata": ["x"]},
    ],
)
def test_other_shapes_are_one_error(body):
    with pytest.raises(UnexpectedAnswer, match="no Gemini reply"):
        decode(body)
