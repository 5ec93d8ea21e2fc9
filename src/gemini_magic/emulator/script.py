"""Scripted replies: what a test wants the emulator to say next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["ScriptedReply"]


@dataclass(frozen=True)
class ScriptedReply:
    """The answer to one generate request.

    Attributes
    ----------
    pieces
        What is streamed, one event each: a text, or a whole `GenerateContentResponse` as the API
        would send it (a dict in wire format), sent as it is.
    finish_reason
        Goes into the last event made from a text; None leaves it out.
    model
        The `modelVersion` to report.
    pause_s
        Seconds before each event but the first.
    first_s
        Seconds before the first event.
    status
        HTTP status; anything but 200 sends `body` and no events.
    body
        JSON body of a refused request.
    """

    pieces: tuple[str | dict[str, Any], ...] = ()
    finish_reason: str | None = "STOP"
    model: str = "offline-emulator"
    pause_s: float = 0.0
    first_s: float = 0.0
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
