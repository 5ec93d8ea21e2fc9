"""Tells which JSON bodies are replies of the API, and repairs odd ones. No I/O."""

from __future__ import annotations

import itertools
import json
import re
from contextlib import suppress
from typing import Any

from gemini_magic.replies.numbers import read_number

__all__ = ["find_bodies", "parse_json", "repair_body", "to_event"]

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
_MOST_OPENINGS = 1000
_LARGEST_MIXED = 200_000
_OPENING = re.compile(r"[{\[]")


def parse_json(text: str) -> Any:
    """Return what the JSON `text` holds; None if it cannot be read, or has more values than any reply."""
    if len(text) > _MOST_VALUES and sum(map(text.count, "[{,")) > _MOST_VALUES:
        # A value may take fifty times its text in memory.
        return None
    try:
        # NaN and Infinity are no JSON; the service would refuse what has them.
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def find_bodies(text: str) -> list[Any]:
    """Return the JSON objects and arrays in a text that may have other things before and between them."""
    if len(text) > _LARGEST_MIXED:
        return []
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    found: list[Any] = []
    starts = _OPENING.finditer(text)
    end = 0
    for start in itertools.islice((one.start() for one in starts), _MOST_OPENINGS):
        if start >= end:
            with suppress(ValueError, RecursionError):
                body, end = decoder.raw_decode(text, start)
                found += body if isinstance(body, list) else [body]
    return found


def repair_body(body: Any) -> dict[str, Any] | None:
    """Return the reply or the error in `body`, in the shape the SDK takes; None if it is neither."""
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if error:
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
