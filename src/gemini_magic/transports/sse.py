"""Repairs event streams below the SDK, whose own reader takes one dialect of SSE only.

A thin transport over an ordinary client. Of a stream of replies it passes on each event as one plain `data:`
line. Events that are no replies are counted in the `StreamReport`; a stream of nothing else is an error.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx2

from gemini_magic.errors import CHECK_URL, UnexpectedAnswer
from gemini_magic.text.printable import to_line
from gemini_magic.transports.reply_bodies import parse_json, repair_body, to_event
from gemini_magic.transports.sse_decoder import SseDecoder
from gemini_magic.transports.stream_report import REPORT, StreamReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["SseTransport"]

_SHOWN = 80
"""Characters of a strange answer that its error shows."""

_LARGEST_EVENT = 128 << 20
"""Bytes; images come in one event, and an endless one must not fill the memory."""


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
        body: AsyncIterator[bytes] = response.aiter_bytes()
        if response.status_code == 200 and request.url.params.get("alt") == "sse":
            body = _repair(response, report)
        elif response.status_code == 200 and request.url.path.endswith(":generateContent"):
            body = _check_whole(response)
        # The body has been decoded, so these headers no longer describe it.
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
            if decoder.size > _LARGEST_EVENT:
                raise UnexpectedAnswer(f"an event of more than {_LARGEST_EVENT >> 20} MB; run the cell again")
    for event in _replies(decoder.finish(), report):
        yield event
    if not report.events:
        for event in _read_stray("\n".join(decoder.stray), report):
            yield event


async def _check_whole(response: httpx2.Response) -> AsyncIterator[bytes]:
    """Yield the body of a reply in one piece, if it is one."""
    text = (await response.aread()).decode("utf-8", "replace")
    for event in _read_stray(text, StreamReport()):
        yield event.removeprefix(b"data: ").rstrip()


def _replies(found: list[str], report: StreamReport) -> Iterator[bytes]:
    """Yield the events that are replies (or errors), each as one plain line of data."""
    for data in found:
        if data.strip() == "[DONE]":
            continue
        body = repair_body(parse_json(data))
        if body is None:
            report.malformed += 1
        else:
            report.events += 1
            yield to_event(body)


def _read_stray(text: str, report: StreamReport) -> Iterator[bytes]:
    """Yield the replies in a body that is no event stream, if it is JSON after all: one, or an array."""
    body = parse_json(text)
    bodies = [repair_body(item) for item in (body if isinstance(body, list) else [body])]
    if any(item is not None for item in bodies):
        yield from (to_event(item) for item in bodies if item is not None)
        return
    if report.malformed:
        raise UnexpectedAnswer(f"none of the {report.malformed} events of the stream could be read")
    if not text:
        raise UnexpectedAnswer("the service answered nothing at all (an empty stream); run the cell again")
    raise UnexpectedAnswer(f"what was answered is no Gemini reply but {to_line(text, _SHOWN)!r}; {CHECK_URL}")
