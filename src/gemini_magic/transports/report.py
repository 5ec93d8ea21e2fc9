"""What goes on below the SDK during one request; the SDK has no way to pass it through."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

__all__ = ["REPORT", "StreamReport"]


@dataclass
class StreamReport:
    """One request, as the transports see it.

    Attributes
    ----------
    timeout_s
        Longest wait between two bytes, in seconds.
    history
        Contents to send before the SDK's own, as JSON.
    events
        Replies passed on to the SDK.
    malformed
        Events whose data could not be read, and were left out.
    response
        The answer, so that it can be closed: the SDK leaves it open when it raises.
    """

    timeout_s: float = 60.0
    history: tuple[str, ...] = ()
    events: int = 0
    malformed: int = 0
    response: httpx2.Response | None = None

    async def aclose(self) -> None:
        """Close the connection, if it is still open."""
        response, self.response = self.response, None
        if response is not None:
            await response.aclose()


REPORT: ContextVar[StreamReport] = ContextVar("gemini_magic_stream_report")
"""The report of the request that the current task sends."""
