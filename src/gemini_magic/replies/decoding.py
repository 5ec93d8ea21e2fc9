"""Decodes one chunk of a stream, in the API's wire format, to events: pure functions.

Every field is read on its own: one that cannot be read is left out, and the rest of its chunk stays. The
SDK's model of a whole chunk takes ten times as long, and refuses the chunk where one field is odd.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.events import (
    Blocked,
    Finished,
    OtherPart,
    Served,
    TextDelta,
    ThoughtDelta,
    Unread,
    UsageReport,
)
from gemini_magic.replies.fields import FieldReader, is_readable
from gemini_magic.replies.metadata import read_metadata
from gemini_magic.replies.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemini_magic.replies.events import Event
    from gemini_magic.replies.parts import WirePart

__all__ = ["decode", "decode_part", "read_parts"]

# Numbers of enums: google/ai/generativelanguage/v1/generative_service.proto and content.proto of
# https://github.com/googleapis/googleapis. The API sends names; gateways may ask it for numbers.
_FINISH_REASONS = dict(
    enumerate(
        (
            "STOP",
            "MAX_TOKENS",
            "SAFETY",
            "RECITATION",
            "OTHER",
            "LANGUAGE",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "MALFORMED_FUNCTION_CALL",
            "IMAGE_SAFETY",
        ),
        1,
    )
)
_BLOCK_REASONS = dict(enumerate(("SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY"), 1))
_MODALITIES = dict(enumerate(("TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"), 1))

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


def decode(chunk: dict[str, Any]) -> list[Event]:
    """Return the events in one chunk; the last is an `Unread` if fields could not be read.

    Parameters
    ----------
    chunk
        One streamed `GenerateContentResponse` as JSON; only its first candidate is read.
    """
    fields = FieldReader()
    events = list(_decode(chunk, fields))
    return [*events, Unread(fields.unread)] if fields.unread else events


def decode_part(part: WirePart) -> Event:
    """Return the event for a part that `read_parts` has returned."""
    text = part.get("text")
    if text is None:
        return OtherPart(part)
    return ThoughtDelta(text, part) if part.get("thought") else TextDelta(text, part)


def read_parts(content: Any, fields: FieldReader) -> list[WirePart]:
    """Return the parts of a content, each as it came, without what cannot be read."""
    parts = (_read_part(part, fields) for part in fields.items(fields.object(content).get("parts")))
    return [part for part in parts if part]


def _decode(chunk: dict[str, Any], fields: FieldReader) -> Iterator[Event]:
    if model := fields.text(chunk.get("modelVersion")):
        yield Served(model)
    feedback = fields.object(chunk.get("promptFeedback"))
    if reason := fields.name(feedback.get("blockReason"), _BLOCK_REASONS):
        yield Blocked(reason, _read_ratings(feedback, fields))
    candidate = _find_first(fields.items(chunk.get("candidates")), fields)
    yield from map(decode_part, read_parts(candidate.get("content"), fields))
    if reason := fields.name(candidate.get("finishReason"), _FINISH_REASONS):
        yield Finished(reason)
    if usage := _read_usage(fields.object(chunk.get("usageMetadata")), fields):
        yield UsageReport(usage)
    if metadata := read_metadata(chunk, candidate, fields):
        yield metadata


def _find_first(candidates: list[Any], fields: FieldReader) -> dict[str, Any]:
    """Return the candidate with index 0, wherever it stands; without an index, the first one."""
    for candidate in map(fields.object, candidates):
        if not candidate.get("index"):
            return candidate
    return {}


def _read_ratings(feedback: dict[str, Any], fields: FieldReader) -> str:
    pairs = []
    for rating in map(fields.object, fields.items(feedback.get("safetyRatings"))):
        category, probability = (fields.text(rating.get(name)) for name in ("category", "probability"))
        if category and probability not in {"", "NEGLIGIBLE"}:
            pairs.append(f"{category}: {probability}")
    return ", ".join(pairs)


def _read_part(value: Any, fields: FieldReader) -> WirePart:
    """Return a part without the fields that cannot be read; empty where nothing is left."""
    if value is None:
        fields.unread += 1
    given = {name: item for name, item in fields.object(value).items() if item is not None}
    part = {name: item for name, item in given.items() if _fits(name, item)}
    fields.unread += len(given) - len(part)
    # The mark of a thought says nothing alone.
    return {} if part.keys() <= {"thought"} else part


def _fits(name: str, item: Any) -> bool:
    match name:
        case "text":
            return isinstance(item, str)
        case "thought":
            return isinstance(item, bool)
        case "thoughtSignature":
            return isinstance(item, str) and _BASE64.fullmatch(item) is not None
    return is_readable(item)


def _read_usage(counts: dict[str, Any], fields: FieldReader) -> Usage:
    if not counts:
        return Usage()
    return Usage(
        prompt=fields.count(counts.get("promptTokenCount")),
        cached=fields.count(counts.get("cachedContentTokenCount")),
        tool_use=fields.count(counts.get("toolUsePromptTokenCount")),
        thoughts=fields.count(counts.get("thoughtsTokenCount")),
        output=fields.count(counts.get("candidatesTokenCount")),
        total=fields.count(counts.get("totalTokenCount")),
        audio=_count_of("AUDIO", counts.get("promptTokensDetails"), fields),
        cached_audio=_count_of("AUDIO", counts.get("cacheTokensDetails"), fields),
        image_output=_count_of("IMAGE", counts.get("candidatesTokensDetails"), fields),
    )


def _count_of(modality: str, details: Any, fields: FieldReader) -> int | None:
    """Return the tokens of one modality; None where the service does not name it."""
    counts = [
        fields.count(detail.get("tokenCount"))
        for detail in map(fields.object, fields.items(details))
        if fields.name(detail.get("modality"), _MODALITIES) == modality
    ]
    return sum(count or 0 for count in counts) if counts else None
