"""Repairs event streams below the SDK, whose own reader takes one dialect of SSE only.

A thin transport over an ordinary client. Of a stream of replies it passes on each event as one plain `data:`
line. Events that are no replies are counted in the `StreamReport`; a stream of nothing else is an error.
"""

from __future__ import annotations

import contextlib
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

from gemini_magic.errors import CHECK_URL, UnexpectedAnswer
from gemini_magic.runtime.secret import Secret, scrub
from gemini_magic.text.printable import to_line
from gemini_magic.transports.answer_bodies import ACCEPTED, check_coding, decoded_headers, read_bounded
from gemini_magic.transports.http_library import httpx
from gemini_magic.transports.reply_bodies import find_bodies, parse_json, repair_body, to_event
from gemini_magic.transports.sse_decoder import SseDecoder
from gemini_magic.transports.stream_report import REPORT, StreamReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["SseTransport", "make_client"]

_SHOWN = 80
"""Characters of a strange answer that its error shows."""

_CONNECT_TIMEOUT_S = 10.0


def make_client() -> httpx.AsyncClient:
    """Return the client that sends to the service: without redirects and cookies.

    The key would follow a redirect to any host.
    """
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(follow_redirects=False, cookies=no_cookies)


class SseTransport(httpx.AsyncBaseTransport):
    """Sends through `client`, and repairs the streams it gets.

    Parameters
    ----------
    client
        Does the sending, with its proxies; see `make_client`.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; a stream of replies comes back repaired, anything else as it is."""
        report = REPORT.get(None) or StreamReport()
        # The SDK's own timeout would also ask the service to end the whole reply by then.
        timeout = httpx.Timeout(report.timeout_s, connect=_CONNECT_TIMEOUT_S)
        request.extensions = {**request.extensions, "timeout": timeout.as_dict()}
        if request.headers.get("accept-encoding") != "identity":
            request.headers["accept-encoding"] = ACCEPTED
        response = report.response = await self._client.send(request, stream=True)
        report.answered = True
        report.key = Secret(request.headers.get("x-goog-api-key", ""))
        check_coding(response)
        body = _choose_body(request, response, report)
        headers = decoded_headers(response)
        return httpx.Response(response.status_code, headers=headers, stream=_Body(response, body))

    async def aclose(self) -> None:
        """Close the client."""
        await self._client.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, body: AsyncIterator[bytes]) -> None:
        self._response = response
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


def _choose_body(
    request: httpx.Request, response: httpx.Response, report: StreamReport
) -> AsyncIterator[bytes]:
    if response.status_code == 200 and request.url.params.get("alt") == "sse":
        return _repair(response, report)
    if response.status_code == 200 and request.url.path.endswith(":generateContent"):
        return _check_whole(response)
    # Downloads of the SDK may be of any size, but not what a cassette keeps: that asks for no compression.
    is_kept = request.headers.get("accept-encoding") == "identity"
    is_download = response.status_code == 200 and request.url.params.get("alt") == "media" and not is_kept
    return response.aiter_bytes() if is_download else read_bounded(response)


async def _repair(response: httpx.Response, report: StreamReport) -> AsyncIterator[bytes]:
    decoder = SseDecoder()
    async with contextlib.aclosing(read_bounded(response)) as chunks:
        async for chunk in chunks:
            for event in _replies(decoder.feed(chunk), report):
                yield event
    for event in _replies(decoder.finish(), report):
        yield event
    for event in _read_body(decoder.stray, report):
        yield event


async def _check_whole(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the body of a reply in one piece, if it is one."""
    text = b"".join([chunk async for chunk in read_bounded(response)]).decode("utf-8", "replace")
    for event in _read_body(text, StreamReport()):
        yield event.removeprefix(b"data: ").rstrip()


def _replies(found: list[str], report: StreamReport) -> Iterator[bytes]:
    """Yield the events that are replies (or errors), each as one plain line of data."""
    for data in found:
        if data.strip() == "[DONE]":
            continue
        body = parse_json(data)
        bodies = [repair_body(item) for item in (body if isinstance(body, list) and body else [body])]
        report.malformed += bodies.count(None)
        for one in bodies:
            if one is not None:
                report.events += 1
                yield to_event(one)


def _read_body(text: str, report: StreamReport) -> Iterator[bytes]:
    """Yield the replies in a body, or in the rest of one, that is JSON: one, or an array.

    Raises
    ------
    UnexpectedAnswer
        If there has been no event, and there is none.
    """
    body = parse_json(text)
    bodies = find_bodies(text) if body is None else body if isinstance(body, list) else [body]
    found = [item for item in map(repair_body, bodies) if item is not None]
    if not (found or report.events):
        raise UnexpectedAnswer(_describe(text, report))
    yield from map(to_event, found)


def _describe(text: str, report: StreamReport) -> str:
    if report.malformed:
        return f"none of the {report.malformed} events of the stream could be read"
    if not text:
        return "the service answered nothing at all (an empty stream); run the cell again"
    shown = to_line(scrub(text, report.key), _SHOWN)
    return f"what was answered is no Gemini reply but {shown!r}; {CHECK_URL}"
