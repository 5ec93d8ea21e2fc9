"""Tells which JSON bodies are replies of the API, and repairs odd ones. No I/O."""

from __future__ import annotations

import json
from typing import Any

from gemini_magic.replies.numbers import read_number

__all__ = ["parse_json", "repair_body", "to_event"]

_KEYS = frozenset(
    {
        "candidates",
        "promptFeedback",
        "usageMetadata",
        "modelVersion",
        "responseId",
        "createTime",
        "modelStatus",
    }
)
"""A body with none of these is no reply of the API."""


_MOST_VALUES = 1_000_000


def parse_json(text: str) -> Any:
    """Return what the JSON `text` holds; None if it cannot be read, or has more values than any reply."""
    if len(text) > _MOST_VALUES and sum(map(text.count, "[{,")) > _MOST_VALUES:
        # A value may take fifty times its text in memory.
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def repair_body(body: Any) -> dict[str, Any] | None:
    """Return the reply or the error in `body`, in the shape the SDK takes; None if it is neither."""
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if error is not None:
        # The SDK takes an event for an error only where "error" is its first key, and wants a number as code.
        return {"error": _repair_error(error)}
    if not _has_candidates(body):
        body = {name: value for name, value in body.items() if name != "candidates"}
    return {name: value for name, value in body.items() if name != "error"} if _KEYS & body.keys() else None


def _has_candidates(body: dict[str, Any]) -> bool:
    candidates = body.get("candidates")
    return isinstance(candidates, list) and (not candidates or any(isinstance(c, dict) for c in candidates))


def to_event(body: dict[str, Any]) -> bytes:
    """Return `body` as one plain event; in ASCII, so that nothing in it looks like a line end."""
    return b"data: " + json.dumps(body).encode("ascii") + b"\n\n"


def _repair_error(error: Any) -> dict[str, Any]:
    if not isinstance(error, dict):
        return {"code": 500, "message": str(error), "status": "UNKNOWN"}
    code = read_number(error.get("code"), 599)
    return {**error, "code": 500 if code is None else int(code)}
