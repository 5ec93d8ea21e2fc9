"""The API's wire format: streamed events, whole replies and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from gemini_magic.emulator.writer import count_tokens

if TYPE_CHECKING:
    from gemini_magic.emulator.script import ScriptedReply

__all__ = ["make_error", "make_events", "make_thoughts", "merge_events"]

T = TypeVar("T")

_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def make_events(reply: ScriptedReply, prompt_tokens: int) -> list[dict[str, Any]]:
    """Return the events of a reply: each with a growing total of tokens, the last with the finish reason."""
    events: list[dict[str, Any]] = []
    output = ""
    last = max((n for n, piece in enumerate(reply.pieces, 1) if isinstance(piece, str)), default=0)
    for number, piece in enumerate(reply.pieces, 1):
        if isinstance(piece, dict):
            events.append(piece)
            continue
        output += piece
        candidate: dict[str, Any] = {"content": {"parts": [{"text": piece}], "role": "model"}, "index": 0}
        if number == last and reply.finish_reason:
            candidate["finishReason"] = reply.finish_reason
        tokens = count_tokens(output)
        events.append(
            {
                "candidates": [candidate],
                "usageMetadata": {
                    "promptTokenCount": prompt_tokens,
                    "candidatesTokenCount": tokens,
                    "totalTokenCount": prompt_tokens + tokens,
                },
                "modelVersion": reply.model,
                "responseId": f"emulated-{prompt_tokens}",
            }
        )
    return events


def make_thoughts(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of thoughts, where the request asks for them."""
    config = (body.get("generationConfig") or {}).get("thinkingConfig") or {}
    # google-genai 3.4 writes the name in snake case; the API takes both.
    if not (config.get("includeThoughts") or config.get("include_thoughts")):
        return []
    texts = (
        "**Nothing is thought here**\n\n",
        "The offline emulator ",
        "has no thoughts; a model's ",
        "appear here.",
    )
    parts = [[{"text": text, "thought": True}] for text in texts]
    return [{"candidates": [{"content": {"parts": part, "role": "model"}, "index": 0}]} for part in parts]


def merge_events(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the events of a stream as the one body that `generateContent` answers."""
    merged = dict(events[-1]) if events else {}
    candidates = [candidate for event in events for candidate in _members(event, "candidates", list)[:1]]
    if candidates and all(isinstance(candidate, dict) for candidate in candidates):
        contents = [_members(candidate, "content", dict) for candidate in candidates]
        parts = [part for content in contents for part in _members(content, "parts", list)]
        merged["candidates"] = [{**candidates[-1], "content": {"role": "model", "parts": parts}}]
    return merged


def _members(parent: dict[str, Any], name: str, kind: type[T]) -> T:
    """Return a member of a scripted event, an empty one where there is none of this type."""
    value = parent.get(name)
    return value if isinstance(value, kind) else kind()


def make_error(status: int, message: str, details: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return an error body as the API sends it."""
    error: dict[str, Any] = {"code": status, "message": message, "status": _STATUS_NAMES[status]}
    if details:
        error["details"] = details
    return {"error": error}
