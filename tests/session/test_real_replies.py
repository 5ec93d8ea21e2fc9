"""Recorded replies of the real API through the whole path: SDK, HTTP, stream, reply, chat.

The recordings lie outside the repository; without them these tests are skipped.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import GeminiError
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.views.base import NoView
from gemini_magic.views.outputs import Outputs
from tests.support.front import QUIET
from tests.support.recorded_replies import events_in, expected_end, load_recorded, parts_in


def _call(part: dict[str, Any]) -> tuple[Any, ...]:
    call = part["functionCall"]
    return call.get("name"), call.get("args"), call.get("id")


@pytest.mark.parametrize("row", load_recorded("streams.jsonl"))
def test_recorded_stream_arrives_whole(row, server, emulator, session):
    """Text, thoughts, signatures, calls and the last usage come out as they were recorded."""
    events = events_in(row["body"])
    emulator.script.append(ScriptedReply(raw=row["body"]))
    with expected_end(events):
        session.ask("hello", Options(), Settings(), NoView())
    reply = session.last
    parts = parts_in(events)

    assert reply.text == "".join(p.get("text", "") for p in parts if not p.get("thought"))
    assert reply.thoughts == "".join(p.get("text", "") for p in parts if p.get("thought"))
    signatures = [p["thoughtSignature"] for p in parts if "thoughtSignature" in p]
    assert ("main" in session.chats) == reply.is_usable
    dumped = reply.content and reply.content.model_dump(mode="json", by_alias=True, exclude_none=True)
    kept = dumped["parts"] if dumped else []
    normal = str.maketrans("-_", "+/")
    assert [p["thoughtSignature"].translate(normal) for p in kept if "thoughtSignature" in p] == [
        s.translate(normal) for s in signatures
    ]
    assert [_call(p) for p in kept if "functionCall" in p] == [_call(p) for p in parts if "functionCall" in p]
    counts = [e["usageMetadata"] for e in events if "totalTokenCount" in e.get("usageMetadata", {})]
    assert reply.usage.total == (counts[-1]["totalTokenCount"] if counts else None)
    assert reply.usage.prompt == (counts[-1].get("promptTokenCount") if counts else None)


@pytest.mark.parametrize("row", load_recorded("streams.jsonl"))
def test_recorded_stream_shows_what_it_brought(row, server, emulator, session):
    """No cell stays empty, and nothing that the service says is out of reach."""
    events = events_in(row["body"])
    emulator.script.append(ScriptedReply(raw=row["body"]))
    with expected_end(events):
        session.ask("hello", Options(), Settings(), NoView())
    reply = session.last
    assert bool(Outputs(QUIET).of(reply)) == reply.is_usable
    if any("text" not in part for part in parts_in(events)):
        assert reply.extras
    said = {name for event in events for name in event.keys() - {"candidates", "modelVersion"}}
    assert reply.metadata.answer.keys() == (said if reply.wire_parts or reply.block_reason else set())
    candidates = [event["candidates"][0] for event in events if event.get("candidates")]
    names = {name for candidate in candidates for name in candidate}
    assert reply.metadata.candidate.keys() == names - {"content", "finishReason", "index"}


@pytest.mark.parametrize("row", load_recorded("streams.jsonl"))
def test_recorded_turn_can_be_sent_back(row, server, emulator, session):
    """The next request carries the recorded turn, its parts as they came."""
    events = events_in(row["body"])
    emulator.script.append(ScriptedReply(raw=row["body"]))
    with expected_end(events):
        session.ask("first", Options(), Settings(), NoView())
    before = session.last
    session.ask("second", Options(), Settings(), NoView())
    sent = emulator.bodies[-1]["contents"]
    assert sent[-1]["parts"] == [{"text": "second"}]
    assert len(sent) == (3 if before.is_usable else 1)
    signatures = sum("thoughtSignature" in part for part in parts_in(events)) if before.is_usable else 0
    assert sum("thoughtSignature" in part for content in sent for part in content["parts"]) == signatures


@pytest.mark.parametrize("row", load_recorded("errors.jsonl"))
def test_recorded_error_reads_as_one_line(row, server, emulator, session):
    """Every refused request is one of our errors, one line long, without the SDK's exception behind it."""
    body = json.loads(row["body"])
    emulator.script.append(ScriptedReply(status=row["status"], body=body))
    with pytest.raises(GeminiError) as caught:
        session.ask("hello", Options(), Settings(tries=1), NoView())
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert getattr(caught.value, "status", None) == row["status"]
    assert session.chats == {}
