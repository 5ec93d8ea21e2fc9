"""Decodes one chunk of a stream, in the API's wire format, to events: pure functions.

The SDK's model of a whole chunk takes ten times as long to make, and warns of names that are newer than the
SDK. So only parts become objects of the SDK.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from gemini_magic.errors import CHECK_URL, UnexpectedAnswer
from gemini_magic.replies.events import (
    Blocked,
    Finished,
    OtherPart,
    Served,
    TextDelta,
    ThoughtDelta,
    UsageReport,
)
from gemini_magic.replies.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.genai.types import Part

    from gemini_magic.replies.events import Event

__all__ = ["decode", "decode_part"]


def decode(chunk: dict[str, Any]) -> list[Event]:
    """Return the events in one chunk.

    Parameters
    ----------
    chunk
        One streamed `GenerateContentResponse` as JSON; only its first candidate is read.

    Raises
    ------
    UnexpectedAnswer
        If the chunk has another shape.
    """
    try:
        return list(_decode(chunk))
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        what = f"what was answered is no Gemini reply ({type(error).__name__} in an event)"
        raise UnexpectedAnswer(f"{what}; {CHECK_URL}") from None


def decode_part(part: Part) -> Event:
    """Return the event for `part`."""
    if part.text is None:
        return OtherPart(part)
    return ThoughtDelta(part.text, part) if part.thought else TextDelta(part.text, part)


def _decode(chunk: dict[str, Any]) -> Iterator[Event]:
    if model := chunk.get("modelVersion"):
        yield Served(_text(model))
    feedback = chunk.get("promptFeedback") or {}
    if feedback.get("blockReason"):
        yield _decode_block(feedback)
    for candidate in (chunk.get("candidates") or [])[:1]:
        yield from _decode_candidate(candidate)
    if usage := _decode_usage(chunk.get("usageMetadata") or {}):
        yield UsageReport(usage)


def _decode_block(feedback: dict[str, Any]) -> Blocked:
    ratings = [
        f"{rating['category']}: {rating['probability']}"
        for rating in feedback.get("safetyRatings") or []
        if rating.get("category") and rating.get("probability", "NEGLIGIBLE") != "NEGLIGIBLE"
    ]
    return Blocked(_text(feedback["blockReason"]), ", ".join(ratings))


def _decode_candidate(candidate: dict[str, Any]) -> Iterator[Event]:
    for part in (candidate.get("content") or {}).get("parts") or []:
        yield decode_part(_make_part(part))
    if reason := candidate.get("finishReason"):
        yield Finished(_text(reason))


def _make_part(value: dict[str, Any]) -> Part:
    """Return the SDK's object, without fields that are newer than the SDK."""
    from google.genai.types import Part
    from pydantic import ValidationError

    try:
        return Part.model_validate(value)
    except ValidationError as error:
        unknown = [found["loc"] for found in error.errors() if found["type"] == "extra_forbidden"]
        if not unknown:
            raise
        return Part.model_validate(_without(value, unknown))


def _without(value: dict[str, Any], places: list[tuple[int | str, ...]]) -> dict[str, Any]:
    """Return a copy of `value` without the fields at these places."""
    kept = copy.deepcopy(value)
    for *path, name in places:
        inner: Any = kept
        for step in path:
            inner = inner[step]
        del inner[name]
    return kept


def _decode_usage(counts: dict[str, Any]) -> Usage:
    return Usage(
        prompt=_count(counts.get("promptTokenCount")),
        cached=_count(counts.get("cachedContentTokenCount")),
        tool_use=_count(counts.get("toolUsePromptTokenCount")),
        thoughts=_count(counts.get("thoughtsTokenCount")),
        output=_count(counts.get("candidatesTokenCount")),
        total=_count(counts.get("totalTokenCount")),
        audio=_count_of("AUDIO", counts.get("promptTokensDetails")),
        cached_audio=_count_of("AUDIO", counts.get("cacheTokensDetails")),
        image_output=_count_of("IMAGE", counts.get("candidatesTokensDetails")),
    )


def _count_of(modality: str, details: list[dict[str, Any]] | None) -> int | None:
    """Return the tokens of one modality; None where the service does not name it."""
    counts = [_count(d.get("tokenCount")) for d in details or [] if d.get("modality") == modality]
    return sum(count or 0 for count in counts) if counts else None


def _count(value: Any) -> int | None:
    return None if value is None else int(float(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
