"""Takes the chunks out of an answer below the SDK, which gets empty ones in their place.

The SDK makes the request and judges its status; `gemini_magic.replies.decoding` reads the chunks. The
SDK's way takes most of a reply's time in the kernel (56 of 133 µs a chunk with google-genai 3.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.transports.http_library import httpx
from gemini_magic.transports.reply_bodies import parse_json
from gemini_magic.transports.stream_report import REPORT, StreamReport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["ChunkTransport"]

_VERBS = (":generateContent", ":streamGenerateContent")


class ChunkTransport(httpx.AsyncBaseTransport):
    """Passes on requests; chunks of replies go into the `StreamReport`.

    Parameters
    ----------
    inner
        Its streams must come as one whole event a chunk.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request on."""
        response = await self._inner.handle_async_request(request)
        report = REPORT.get(None)
        if report is None or response.status_code != 200 or not request.url.path.endswith(_VERBS):
            return response
        return httpx.Response(200, headers=response.headers, stream=_Emptied(response, report))

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


class _Emptied(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, report: StreamReport) -> None:
        self._response = response
        self._report = report

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_raw():
            data = chunk.removeprefix(b"data: ")
            body = parse_json(data.decode("utf-8", "replace"))
            # Errors and unreadable data are left to the SDK, which raises them.
            if not isinstance(body, dict) or "error" in body:
                yield chunk
                continue
            self._report.chunks.append(body)
            yield b"{}" if data is chunk else b"data: {}\n\n"

    async def aclose(self) -> None:
        await self._response.aclose()
