"""Chunks in wire format to events: as the SDK reads them, and forgiving where it is not."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.replies.decoding import decode
from gemini_magic.replies.events import (
    Blocked,
    Ended,
    Finished,
    MetadataReport,
    OtherPart,
    Served,
    TextDelta,
    Unread,
    UsageReport,
)
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.usage import Usage
from gemini_magic.views.usage_line import usage_line
from tests.support.parts import chunk

NAMES = ["candidates", "content", "parts", "text", "thought", "thoughtSignature", "functionCall"]
NAMES += ["finishReason", "index", "modelVersion", "promptFeedback", "blockReason", "safetyRatings"]
NAMES += ["category", "probability", "usageMetadata", "promptTokenCount", "candidatesTokenCount"]
NAMES += ["promptTokensDetails", "modality", "tokenCount", "inlineData", "mimeType", "data", "args", "name"]
NAMES += ["partialArgs", "jsonPath", "stringValue", "willContinue", "executableCode", "code", "language"]
NAMES += ["groundingMetadata", "groundingChunks", "web", "title", "citationMetadata", "citations"]
NAMES += ["urlContextMetadata", "urlMetadata", "logprobsResult", "chosenCandidates"]


def read(body):
    """Return the events of a chunk but that of its metadata."""
    return [event for event in decode(body) if not isinstance(event, MetadataReport)]


def test_a_chunk_has_events_in_order():
    body = chunk({"text": "a"}, {"text": "t", "thought": True}, finishReason="STOP")
    body |= {"modelVersion": "m", "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 4}}
    names = [type(event).__name__ for event in decode(body)]
    assert names == ["Served", "TextDelta", "ThoughtDelta", "Finished", "UsageReport", "MetadataReport"]
    assert decode(body)[0] == Served("m")


@pytest.mark.parametrize(
    "part",
    [
        {"text": "a", "brandNew": {"x": 1}},
        {"brandNew": {"x": 1}},
        {"functionCall": {"name": "f", "args": {"zzz": 1}, "zzz": 1}},
        {"inlineData": {"mimeType": "image/png", "data": "AAEC-_8=", "zzz": 1}, "other": []},
        {"text": "", "thoughtSignature": "AAEC-_8="},
    ],
)
def test_parts_come_as_they_were_sent(part):
    [event] = read(chunk(part))
    assert event.part == part
    assert isinstance(event, TextDelta if "text" in part else OtherPart)


@pytest.mark.parametrize("count", [12, "12", 12.0, "12.0"])
def test_counts_in_other_shapes(count):
    assert read({"usageMetadata": {"promptTokenCount": count}}) == [UsageReport(Usage(prompt=12))]


def test_names_newer_than_the_sdk_come_through_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(chunk(finishReason="BRAND_NEW")) == [Finished("BRAND_NEW")]
        ratings = [{"category": "NEW", "probability": "HIGH"}, {"category": "OLD"}]
        body = {"promptFeedback": {"blockReason": "NEW", "safetyRatings": ratings}}
        assert read(body) == [Blocked("NEW", "NEW: HIGH")]


A = TextDelta("a", {"text": "a"})
DEEP = {}
for _ in range(300):
    DEEP = {"x": DEEP}


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (chunk(None, {"text": "a"}), [A, Unread(1)]),
        (chunk({"text": "a"}, {"text": 5}, [], "b"), [A, Unread(3)]),
        (chunk({"text": "a", "thoughtSignature": "*no base64*"}), [A, Unread(1)]),
        (chunk({"text": "a", "thought": "yes"}), [A, Unread(1)]),
        (chunk({"text": "a"}, {"functionCall": {"name": "f", "args": DEEP}}), [A, Unread(1)]),
        (chunk({"text": "a"}) | {"modelVersion": 5}, [A, Unread(1)]),
        (chunk({"text": "a"}) | {"promptFeedback": "x"}, [A, Unread(1)]),
        (chunk({"text": "a"}, finishReason=["STOP"]), [A, Unread(1)]),
        ({"candidates": [{"content": "hi", "finishReason": "STOP"}]}, [Finished("STOP"), Unread(1)]),
        ({"candidates": [{"content": {"parts": {"text": "a"}}}]}, [Unread(1)]),
        ({"candidates": {"content": 5}}, [Unread(1)]),
        (chunk({"text": "a"}) | {"usageMetadata": ["x"]}, [A, Unread(1)]),
    ],
)
def test_what_cannot_be_read_is_left_out_and_counted(body, events):
    assert read(body) == events


@pytest.mark.parametrize(
    "count", ["many", 1e999, float("nan"), -1, 1e308, 10**400, [1], {}, True, "9" * 400, "1e5"]
)
def test_an_odd_count_is_an_unknown_one(count):
    [report, unread] = read({"usageMetadata": {"promptTokenCount": count, "totalTokenCount": 3}})
    assert (report, unread) == (UsageReport(Usage(total=3)), Unread(1))


def test_parts_that_hold_nothing_are_none():
    assert read(chunk({}, {"thought": True}, {"text": None})) == []


def test_enums_may_come_as_numbers():
    assert read(chunk({"text": "a"}, finishReason=2)) == [A, Finished("MAX_TOKENS")]
    assert read(chunk(finishReason=99)) == [Finished("99")]
    assert read({"promptFeedback": {"blockReason": 1}}) == [Blocked("SAFETY")]
    details = [{"modality": 4, "tokenCount": 7}]
    assert read({"usageMetadata": {"promptTokensDetails": details, "promptTokenCount": 9}}) == [
        UsageReport(Usage(prompt=9, audio=7))
    ]


def test_the_first_candidate_is_the_reply_wherever_it_stands():
    first, second = (chunk({"text": text}, index=n)["candidates"][0] for n, text in enumerate("ab"))
    assert read({"candidates": [second, first]}) == [A]
    assert read({"candidates": [second]}) == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(NAMES), anything))
def test_no_chunk_is_an_error(body):
    reply = Reply("m")
    for event in decode(body):
        reply.apply(event)
    reply.apply(Ended("complete", 1.0))
    assert isinstance(usage_line(reply), str)
    assert isinstance(reply.parts, list)
    json.dumps(reply.wire_content)
    json.dumps([reply.metadata.answer, reply.metadata.candidate], allow_nan=False)
    assert isinstance(repr(reply), str)
    assert isinstance(reply._repr_mimebundle_(), dict)
