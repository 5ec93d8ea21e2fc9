"""Tells which JSON bodies are replies of the API, and repairs odd ones. No I/O."""

from __future__ import annotations

import json
from typing import Any

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


def parse_json(text: str) -> Any:
    """Return what the JSON `text` holds; None if it cannot be read."""
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
    candidates = body.get("candidates", [])
    well_formed = isinstance(candidates, list) and all(isinstance(c, dict) for c in candidates)
    if not (well_formed and _KEYS & body.keys()):
        return None
    return {name: value for name, value in body.items() if name != "error"}


def to_event(body: dict[str, Any]) -> bytes:
    """Return `body` as one plain event; in ASCII, so that nothing in it looks like a line end."""
    return b"data: " + json.dumps(body).encode("ascii") + b"\n\n"


def _repair_error(error: Any) -> dict[str, Any]:
    if not isinstance(error, dict):
        return {"code": 500, "message": str(error), "status": "UNKNOWN"}
    code = str(error.get("code"))
    return {**error, "code": int(code) if code.isdigit() else 500}
