"""The events of a streaming reply, as values. Only `gemini_magic.replies.reply.Reply` accumulates them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from gemini_magic.replies.parts import WirePart
    from gemini_magic.replies.usage import Usage

__all__ = [
    "Blocked",
    "Ended",
    "Event",
    "Failed",
    "Finished",
    "FirstText",
    "FirstToken",
    "MetadataReport",
    "Noticed",
    "OtherPart",
    "Pause",
    "Replayed",
    "Retrying",
    "Sent",
    "Served",
    "TextDelta",
    "ThoughtDelta",
    "TryFailed",
    "Unread",
    "UsageReport",
]


@dataclass(frozen=True)
class TextDelta:
    """A piece of the visible text, with the part that carried it."""

    text: str
    part: WirePart


@dataclass(frozen=True)
class ThoughtDelta:
    """A piece of a thought summary, with the part that carried it."""

    text: str
    part: WirePart


@dataclass(frozen=True)
class OtherPart:
    """A part that is neither text nor thought: a call, data, code, or a kind not known yet."""

    part: WirePart


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
    """The first piece of the reply arrived, `after_s` seconds after the first try was sent."""

    after_s: float


@dataclass(frozen=True)
class FirstText:
    """The first piece of the visible text arrived, `after_s` seconds after the first try was sent."""

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
class MetadataReport:
    """What the service says beside the parts: fields of the answer and of its candidate, as they came."""

    answer: dict[str, Any]
    candidate: dict[str, Any]


@dataclass(frozen=True)
class Noticed:
    """Something about the stream that the user should know, as a short clause.

    What is lasting is true of the reply itself, wherever it is shown later, as in `sample reply`.
    """

    note: str
    lasting: bool = False


@dataclass(frozen=True)
class Unread:
    """Fields of a chunk that could not be read and were left out."""

    fields: int


@dataclass(frozen=True)
class Sent:
    """The request is sent, at this time (UTC), `after_s` seconds after the first try."""

    time: datetime
    after_s: float


@dataclass(frozen=True)
class TryFailed:
    """The last try failed: its error class, its seconds, and whether an error status refused it."""

    error: str
    total_s: float | None
    is_refused: bool = False


@dataclass(frozen=True)
class Retrying:
    """The request failed and is tried again: why, after how many seconds, as which try of how many."""

    what: str
    wait_s: float
    number: int
    tries: int


@dataclass(frozen=True)
class Replayed:
    """A cassette answers: the recorded cost (None: unknown), and the failed tries and seconds before."""

    usd: float | None
    failures: tuple[TryFailed, ...]
    waited_s: float


@dataclass(frozen=True)
class Pause:
    """Nothing arrived for a moment: time to draw what has not been drawn."""


@dataclass(frozen=True)
class Ended:
    """The stream is over: it ended by itself, or the user stopped it."""

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
    | MetadataReport
    | Noticed
    | Unread
    | Sent
    | TryFailed
    | Retrying
    | Replayed
    | Pause
    | Ended
    | Failed
)
