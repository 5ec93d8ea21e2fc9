"""How one chunk of the SDK becomes events: pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.events import Blocked, Finished, OtherPart, Served, TextDelta, ThoughtDelta, UsageReport
from gemini_magic.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.genai.types import (
        Candidate,
        GenerateContentResponse,
        GenerateContentResponsePromptFeedback,
        ModalityTokenCount,
        Part,
    )

    from gemini_magic.events import Event

__all__ = ["decode", "decode_part"]


def decode(chunk: GenerateContentResponse) -> Iterator[Event]:
    """Yield the events in one chunk of the SDK.

    Parameters
    ----------
    chunk
        One streamed `GenerateContentResponse`; only its first candidate is read.
    """
    if chunk.model_version:
        yield Served(chunk.model_version)
    if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
        yield _decode_block(chunk.prompt_feedback)
    for candidate in (chunk.candidates or [])[:1]:
        yield from _decode_candidate(candidate)
    usage = _decode_usage(chunk)
    if usage:
        yield UsageReport(usage)


def _decode_block(feedback: GenerateContentResponsePromptFeedback) -> Blocked:
    ratings = [
        f"{rating.category.value}: {rating.probability.value}"
        for rating in feedback.safety_ratings or []
        if rating.category and rating.probability and rating.probability.value != "NEGLIGIBLE"
    ]
    reason = feedback.block_reason.value if feedback.block_reason else "no reason given"
    return Blocked(str(reason), ", ".join(ratings))


def _decode_candidate(candidate: Candidate) -> Iterator[Event]:
    for part in (candidate.content and candidate.content.parts) or []:
        yield decode_part(part)
    if candidate.finish_reason:
        yield Finished(str(candidate.finish_reason.value))


def decode_part(part: Part) -> Event:
    """Return the event that brings `part`."""
    if part.text is None:
        return OtherPart(part)
    return ThoughtDelta(part.text, part) if part.thought else TextDelta(part.text, part)


def _decode_usage(chunk: GenerateContentResponse) -> Usage:
    counts = chunk.usage_metadata
    if counts is None:
        return Usage()
    return Usage(
        prompt=counts.prompt_token_count,
        cached=counts.cached_content_token_count,
        tool_use=counts.tool_use_prompt_token_count,
        thoughts=counts.thoughts_token_count,
        output=counts.candidates_token_count,
        total=counts.total_token_count,
        audio=_count_of("AUDIO", counts.prompt_tokens_details),
        cached_audio=_count_of("AUDIO", counts.cache_tokens_details),
        image_output=_count_of("IMAGE", counts.candidates_tokens_details),
    )


def _count_of(modality: str, details: Sequence[ModalityTokenCount] | None) -> int | None:
    """Return the tokens of one modality; None where the service does not name it."""
    counts = [d.token_count for d in details or [] if d.modality and d.modality.value == modality]
    return sum(count or 0 for count in counts) if counts else None
