"""Scripted replies: what a test wants the emulator to say next, and how it is to fail."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

__all__ = ["DIALECTS", "FAULTS", "ScriptedReply"]


DIALECTS = (
    "plain",
    "bom",
    "comments",
    "no-space",
    "fields",
    "cr",
    "lf",
    "multi-line",
    "done",
    "no-blank-line",
    "one-byte",
    "gzip",
    "late-error-key",
    "malformed",
    "html",
    "empty",
)
"""Ways to write the same stream; the last three are no legal stream of replies."""

FAULTS = ("none", "refuse", "stall", "reset", "truncate", "cut")
"""Ways for an answer to end early."""


@dataclass(frozen=True)
class ScriptedReply:
    """The answer to one generate request.

    Attributes
    ----------
    pieces
        What is streamed, one event each: a text, or a whole `GenerateContentResponse` as the API
        would send it (a dict in wire format), sent as it is.
    raw
        A recorded body, streamed as it is instead of `pieces`.
    finish_reason
        Goes into the last event made from a text; None leaves it out.
    model
        The `modelVersion` to report.
    headers_s
        Seconds before the answer's status and headers.
    first_s
        Seconds before the first event.
    pause_s
        Seconds before each event but the first.
    status
        HTTP status; anything but 200 sends `body` and no events.
    body
        JSON body of a refused request.
    headers
        More headers of the answer, for example `retry-after`.
    dialect
        How the stream is written, one of `DIALECTS`.
    drip_s
        Seconds before each single byte of the body; 0 sends whole events.
    fault
        How the answer ends, one of `FAULTS`: *refuse* closes the connection without an answer; the
        others come after `after` events: *stall* sends nothing more, *reset* resets the connection,
        *truncate* ends the body cleanly, *cut* ends it in the middle of the next event.
    after
        Events before the fault.
    """

    pieces: tuple[str | dict[str, Any], ...] = ()
    raw: str | None = None
    finish_reason: str | None = "STOP"
    model: str = "offline-emulator"
    headers_s: float = 0.0
    first_s: float = 0.0
    pause_s: float = 0.0
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    dialect: str = "plain"
    drip_s: float = 0.0
    fault: str = "none"
    after: int = 1

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS or self.fault not in FAULTS:
            raise ValueError(f"dialect is one of {', '.join(DIALECTS)}; fault one of {', '.join(FAULTS)}")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ScriptedReply:
        """Return a reply from its attributes as JSON has them.

        Raises
        ------
        ValueError
            If a name or a value is none of those above.
        """
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(
                f"a scripted reply has no {', '.join(unknown)}; it has {', '.join(sorted(known))}"
            )
        return cls(**{**values, "pieces": tuple(values.get("pieces", ()))})
