"""Cuts the body of an answer into the pieces that a cassette keeps, each with its kind."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Protocol

from gemini_magic.transports.reply_bodies import parse_json

if TYPE_CHECKING:
    from gemini_magic.cassettes.calls import Call
    from gemini_magic.cassettes.recordings import Kind
    from gemini_magic.transports.http_library import httpx

__all__ = ["Cutter", "choose_cutter"]


class Cutter(Protocol):
    """Cuts one body."""

    def feed(self, chunk: bytes) -> list[tuple[Kind, Any]]:
        """Return the pieces that this chunk completes."""
        ...

    def finish(self) -> list[tuple[Kind, Any]]:
        """Return what is left at the end."""
        ...


def choose_cutter(call: Call, response: httpx.Response) -> Cutter:
    """Return what cuts the answer to a call."""
    # Whatever its content type: `SseTransport` yields one event for each chunk.
    if call.verb == "streamGenerateContent" and response.status_code == 200:
        return _Replies()
    if "event-stream" in response.headers.get("content-type", ""):
        return _Events()
    return _Whole()


class _Replies:
    """A stream of replies, one event a chunk."""

    def feed(self, chunk: bytes) -> list[tuple[Kind, Any]]:
        return [("event", parse_json(chunk.decode().removeprefix("data: ")))]

    def finish(self) -> list[tuple[Kind, Any]]:
        return []


class _Events:
    """Another stream of events, kept as they come."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[tuple[Kind, Any]]:
        self._rest += chunk
        if b"\n\n" not in self._rest[-len(chunk) - 1 :]:
            return []
        *events, self._rest = self._rest.split(b"\n\n")
        return [_as_text(bytes(event + b"\n\n")) for event in events]

    def finish(self) -> list[tuple[Kind, Any]]:
        return [_as_text(bytes(self._rest))] if self._rest else []


class _Whole:
    """One body, JSON or anything else."""

    def __init__(self) -> None:
        self._body = bytearray()

    def feed(self, chunk: bytes) -> list[tuple[Kind, Any]]:
        self._body += chunk
        return []

    def finish(self) -> list[tuple[Kind, Any]]:
        if not self._body:
            return []
        value = parse_json(self._body.decode("utf-8", "replace"))
        return [_as_base64(bytes(self._body)) if value is None else ("event", value)]


def _as_text(event: bytes) -> tuple[Kind, Any]:
    try:
        return "text", event.decode()
    except UnicodeDecodeError:
        return _as_base64(event)


def _as_base64(data: bytes) -> tuple[Kind, Any]:
    return "base64", base64.b64encode(data).decode()
