"""Repairs the event stream below the SDK, whose own reader takes one dialect of SSE and chokes on the rest.

A thin transport: it sends through an ordinary client, and where the answer is a stream of replies it passes
on each event as one plain `data:` line. Legal streams arrive as they were sent; what is no reply is counted
in the `StreamReport`, or raised.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import httpx2

from gemini_magic.errors import UnexpectedAnswer, to_line
from gemini_magic.transports.report import REPORT, StreamReport
from gemini_magic.transports.sse_decoder import SseDecoder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["SseTransport"]

_SHOWN = 80
"""Characters of a strange answer that its error shows."""


_CONNECT_TIMEOUT_S = 10.0


class SseTransport(httpx2.AsyncBaseTransport):
    """Sends through `client`, and repairs the streams it gets.

    Parameters
    ----------
    client
        Does the sending, with its proxies and redirects.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request; a stream of replies comes back repaired, anything else as it is."""
        report = REPORT.get(None) or StreamReport()
        # The SDK's own timeout would also ask the service to end the whole reply by then.
        timeout = httpx2.Timeout(report.timeout_s, connect=_CONNECT_TIMEOUT_S)
        request.extensions = {**request.extensions, "timeout": timeout.as_dict()}
        response = report.response = await self._client.send(request, stream=True)
        is_stream = request.url.params.get("alt") == "sse" and response.status_code == 200
        body = _repair(response, report) if is_stream else response.aiter_bytes()
        # The body is decoded here, so these no longer describe it.
        gone = {"content-encoding", "content-length", "transfer-encoding"}
        headers = [
            (name, value) for name, value in response.headers.multi_items() if name.lower() not in gone
        ]
        return httpx2.Response(response.status_code, headers=headers, stream=_Body(response, body))

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, response: httpx2.Response, body: AsyncIterator[bytes]) -> None:
        self._response = response
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


async def _repair(response: httpx2.Response, report: StreamReport) -> AsyncIterator[bytes]:
    decoder = SseDecoder()
    async with contextlib.aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            for event in _replies(decoder.feed(chunk), report):
                yield event
    for event in _replies(decoder.finish(), report):
        yield event
    if not report.events:
        yield _read_whole(decoder.stray, report)


def _replies(found: list[str], report: StreamReport) -> Iterator[bytes]:
    """Yield the events that are replies (or errors), each as one plain line of data."""
    for data in found:
        if data.strip() == "[DONE]":
            continue
        body = _parse(data)
        if isinstance(body, dict):
            report.events += 1
            yield _to_event(body)
        else:
            report.malformed += 1


def _read_whole(stray: list[str], report: StreamReport) -> bytes:
    """Return the one event in a body that is no event stream, if it is JSON after all."""
    text = "\n".join(stray)
    body = _parse(text)
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if isinstance(body, dict):
        return _to_event(body)
    if report.malformed:
        raise UnexpectedAnswer(f"none of the {report.malformed} events of the stream could be read")
    if not text:
        raise UnexpectedAnswer("the service answered nothing at all (an empty stream); run the cell again")
    raise UnexpectedAnswer(f"what was answered is no Gemini reply but {to_line(text)[:_SHOWN]!r}")


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _to_event(body: dict[str, Any]) -> bytes:
    # The SDK takes an event for an error only where "error" is its first key.
    if "error" in body:
        body = {"error": body["error"], **body}
    return b"data: " + json.dumps(body).encode("ascii") + b"\n\n"
