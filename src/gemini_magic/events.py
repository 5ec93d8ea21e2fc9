"""What happens while a reply streams, and how one chunk of the SDK becomes such events.

Values and one pure function; the only thing that accumulates events is `gemini_magic.reply.Reply`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gemini_magic.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from google.genai.types import (
        Candidate,
        GenerateContentResponse,
        GenerateContentResponsePromptFeedback,
        ModalityTokenCount,
        Part,
    )

__all__ = [
    "Blocked",
    "Ended",
    "Event",
    "Failed",
    "Finished",
    "FirstText",
    "FirstToken",
    "Noticed",
    "OtherPart",
    "Pause",
    "Retrying",
    "Sent",
    "Served",
    "TextDelta",
    "ThoughtDelta",
    "TryFailed",
    "UsageReport",
    "decode",
    "decode_part",
]


@dataclass(frozen=True)
class TextDelta:
    """A piece of the visible text, with the part that carried it."""

    text: str
    part: Part


@dataclass(frozen=True)
class ThoughtDelta:
    """A piece of a thought summary, with the part that carried it."""

    text: str
    part: Part


@dataclass(frozen=True)
class OtherPart:
    """A part that is neither text nor thought: a call, data, code, or a kind not known yet."""

    part: Part


@dataclass(frozen=True)
class UsageReport:
    """The service's running total for this request; the last one counts."""

    usage: Usage


@dataclass(frozen=True)
class Served:
    """The model that really answers (`modelVersion`)."""

    model: str


@dataclass(frozen=True)
class FirstToken:
    """The first piece of the reply arrived, so many seconds after the request was sent."""

    after_s: float


@dataclass(frozen=True)
class FirstText:
    """The first piece of the visible text arrived, so many seconds after the request was sent."""

    after_s: float


@dataclass(frozen=True)
class Finished:
    """The model gave its reason for finishing, for example `STOP` or `MAX_TOKENS`."""

    reason: str


@dataclass(frozen=True)
class Blocked:
    """The service refused the prompt: its reason, for example `SAFETY`, and the ratings behind it."""

    reason: str
    ratings: str = ""


@dataclass(frozen=True)
class Noticed:
    """Something about the stream that the user should know, as a short clause."""

    note: str


@dataclass(frozen=True)
class Sent:
    """The request is sent, at this time (UTC), so many seconds after the first try was."""

    time: datetime
    after_s: float


@dataclass(frozen=True)
class TryFailed:
    """What was sent last has failed: with which error, after so many seconds; refused by an error status."""

    error: str
    total_s: float | None
    is_refused: bool = False


@dataclass(frozen=True)
class Retrying:
    """The request failed and is tried again: why, in how many seconds, and which try of how many it is."""

    what: str
    wait_s: float
    number: int
    tries: int


@dataclass(frozen=True)
class Pause:
    """Nothing new for a moment: a good time to draw what has not been drawn."""


@dataclass(frozen=True)
class Ended:
    """The stream is over: it came to its end, or the user stopped it."""

    how: Literal["complete", "stopped"]
    total_s: float | None


@dataclass(frozen=True)
class Failed:
    """The stream is over because of an error, named by its class."""

    error: str


Event = (
    TextDelta
    | ThoughtDelta
    | OtherPart
    | UsageReport
    | Served
    | FirstToken
    | FirstText
    | Finished
    | Blocked
    | Noticed
    | Sent
    | TryFailed
    | Retrying
    | Pause
    | Ended
    | Failed
)


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
    if usage := _decode_usage(chunk):
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
