"""Recorded bodies of the real API, where they lie beside the checkout."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from gemini_magic.errors import EmptyReply, PromptBlocked, StreamBroken, UnexpectedAnswer

FOLDER = Path(__file__).parents[3] / "shared" / "real_replies"


def load_recorded(name: str) -> list[Any]:
    path = FOLDER / name
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no recorded replies at {path.name}"))]
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows]


def events_in(body: str) -> list[dict[str, Any]]:
    found = (re.match(r"data: (.*)", event, re.DOTALL) for event in re.split(r"\r?\n\r?\n", body))
    return [json.loads(match.group(1)) for match in found if match]


def parts_in(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    candidates = [event["candidates"][0] for event in events if event.get("candidates")]
    return [part for c in candidates for part in (c.get("content") or {}).get("parts") or []]


def expected_end(events: list[dict[str, Any]]) -> Any:
    """The error that a recorded stream has to end with, if any."""
    if any("blockReason" in event.get("promptFeedback", {}) for event in events):
        return pytest.raises(PromptBlocked)
    if not any("candidates" in event for event in events):
        return pytest.raises(UnexpectedAnswer)
    if not any("finishReason" in c for event in events for c in event.get("candidates", [])):
        return pytest.raises(StreamBroken)
    if not any(not p.get("thought") and p.get("text", "x") for p in parts_in(events)):
        return pytest.raises(EmptyReply)
    return nullcontext()
