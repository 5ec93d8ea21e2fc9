"""What goes on below the SDK during one request; the SDK has no way to pass it through."""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gemini_magic.replies.events import TryFailed
    from gemini_magic.runtime.secret import Secret
    from gemini_magic.transports.http_library import httpx

__all__ = ["REPORT", "CassetteReport", "StreamReport"]


@dataclass
class CassetteReport:
    """What a cassette says, or is told, of an answer while it comes; each replay says what the recording did.

    Attributes
    ----------
    is_replayed
        Whether it comes from the cassette.
    times
        Seconds from the sending to each event.
    total_s
        Seconds to the end; None before it.
    failures, waited_s
        The tries that had failed before it, and seconds from the first one to this.
    usd
        What it cost; None where that is unknown.
    is_stopped
        Whether the user had stopped it.
    note
        What the usage line is to say about it.
    is_lost
        Whether it could not be recorded; the note says why.
    """

    is_replayed: bool = False
    times: list[float] = field(default_factory=list)
    total_s: float | None = None
    failures: tuple[TryFailed, ...] = ()
    waited_s: float = 0.0
    usd: float | None = None
    is_stopped: bool = False
    note: str = ""
    is_lost: bool = False


@dataclass
class StreamReport:
    """One request, as the transports see it.

    Attributes
    ----------
    timeout_s
        Longest wait between two bytes, in seconds.
    history
        Contents to send before the SDK's own, as JSON.
    chunks
        Chunks that have arrived and were not taken yet, as JSON; the SDK gets empty ones.
    events
        Replies passed on to the SDK.
    malformed
        Events whose data could not be read, and were left out.
    failures, waited_s
        The tries that have failed before this one, and seconds from the first one to it.
    recorded
        What a cassette has of the answer; None without one.
    response
        The answer as the outermost transport gives it, so that it can be closed: the SDK leaves it open when
        it raises.
    key
        What the request is sent with, so that it can be taken out of messages before they are cut.
    answered
        Whether the service has answered, with whatever it is.
    is_failed
        Whether reading the answer failed; then it was not the user who stopped it.
    """

    timeout_s: float = 60.0
    history: tuple[str, ...] = ()
    chunks: deque[dict[str, Any]] = field(default_factory=deque)
    events: int = 0
    malformed: int = 0
    failures: tuple[TryFailed, ...] = ()
    waited_s: float = 0.0
    recorded: CassetteReport | None = None
    response: httpx.Response | None = None
    key: Secret | None = None
    answered: bool = False
    is_failed: bool = False

    async def aclose(self) -> None:
        """End the answer and close the connection, if it is still open."""
        response, self.response = self.response, None
        if response is not None:
            await response.aclose()


REPORT: ContextVar[StreamReport] = ContextVar("gemini_magic_stream_report")
"""The report of the request that the current task sends."""
