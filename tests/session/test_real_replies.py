"""Recorded replies of the real API through the whole path: SDK, HTTP, stream, reply, chat.

They are not part of this project; where the folder is not there, this is skipped.
"""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import EmptyReply, GeminiError, PromptBlocked, StreamBroken, UnexpectedAnswer
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.session import Session
from gemini_magic.views.base import NoView

FOLDER = Path(__file__).parents[3] / "shared" / "real_replies"


@pytest.fixture
def session():
    session = Session(lambda: None)
    yield session
    session.close()


def load(name: str) -> list[Any]:
    path = FOLDER / name
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no recorded replies at {path.name}"))]
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows]


def _events(body: str) -> list[dict[str, Any]]:
    found = (re.match(r"data: (.*)", event, re.DOTALL) for event in re.split(r"\r?\n\r?\n", body))
    return [json.loads(match.group(1)) for match in found if match]


def _parts(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    candidates = [event["candidates"][0] for event in events if event.get("candidates")]
    return [part for c in candidates for part in (c.get("content") or {}).get("parts") or []]


def _call(part: dict[str, Any]) -> tuple[Any, ...]:
    call = part["functionCall"]
    return call.get("name"), call.get("args"), call.get("id")


def _ending(events: list[dict[str, Any]]) -> Any:
    """The error that a recorded stream has to end with, if any."""
    if any("blockReason" in event.get("promptFeedback", {}) for event in events):
        return pytest.raises(PromptBlocked)
    if not any("candidates" in event for event in events):
        return pytest.raises(UnexpectedAnswer)
    if not any("finishReason" in c for event in events for c in event.get("candidates", [])):
        return pytest.raises(StreamBroken)
    if not any(not p.get("thought") and p.get("text", "x") for p in _parts(events)):
        return pytest.raises(EmptyReply)
    return nullcontext()


@pytest.mark.parametrize("row", load("streams.jsonl"))
def test_recorded_stream_arrives_whole(row, server, emulator, session):
    """Text, thoughts, signatures, calls and the last usage come out as they were recorded."""
    events = _events(row["body"])
    emulator.script.append(ScriptedReply(raw=row["body"]))
    with _ending(events):
        session.ask("hello", Options(), Settings(), NoView())
    reply = session.last
    parts = _parts(events)

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


@pytest.mark.parametrize("row", load("streams.jsonl"))
def test_recorded_turn_can_be_sent_back(row, server, emulator, session):
    """The next request carries the recorded turn, and its parts survive the SDK's own conversion."""
    if "willContinue" in row["body"]:
        pytest.skip("arguments of calls are streamed by Enterprise only; the SDK sends them back only there")
    events = _events(row["body"])
    emulator.script.append(ScriptedReply(raw=row["body"]))
    with _ending(events):
        session.ask("first", Options(), Settings(), NoView())
    before = session.last
    session.ask("second", Options(), Settings(), NoView())
    sent = emulator.bodies[-1]["contents"]
    assert sent[-1]["parts"] == [{"text": "second"}]
    assert len(sent) == (3 if before.is_usable else 1)
    signatures = sum("thoughtSignature" in part for part in _parts(events)) if before.is_usable else 0
    assert sum("thoughtSignature" in part for content in sent for part in content["parts"]) == signatures


@pytest.mark.parametrize("row", load("errors.jsonl"))
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
