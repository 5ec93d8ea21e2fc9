"""Plain `google.genai.Client()` code through a cassette: its requests are taken where httpx2 would send them.

Patched are the two transports of httpx2, for requests of the SDK only; what this package asks itself goes
through as before.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import httpx2

from gemini_magic.keys import KEY_NAMES, PLACEHOLDER_KEY
from gemini_magic.transports.cassette import CassetteTransport
from gemini_magic.transports.report import REPORT, StreamReport
from gemini_magic.transports.sse import SseTransport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from concurrent.futures import Future

    from gemini_magic.cassettes.shelf import Playback
    from gemini_magic.loop import BackgroundLoop

__all__ = ["SdkHook"]

_TIMEOUT_S = 600.0


class SdkHook:
    """Records and replays what the SDK's own clients ask.

    Parameters
    ----------
    loop
        Where the requests are made.
    playback
        Returns what is to be done now; None sends a request as it is.
    """

    def __init__(self, loop: BackgroundLoop, playback: Callable[[], Playback | None]) -> None:
        self._loop = loop
        self._playback = playback
        self._originals: tuple[Any, Any] | None = None
        self._http: httpx2.AsyncClient | None = None

    def install(self) -> None:
        """Take requests from now on; of clients that are made after this, those over aiohttp, too."""
        from google.genai import _api_client

        if self._originals is not None:
            return
        send, send_async = httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request
        self._originals = send, send_async
        hook = self

        def handle_request(transport: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
            playback = hook._playback_for(request)
            return send(transport, request) if playback is None else hook._send(request, playback)

        async def handle_async_request(
            transport: httpx2.AsyncHTTPTransport, request: httpx2.Request
        ) -> httpx2.Response:
            playback = hook._playback_for(request)
            if playback is None:
                return await send_async(transport, request)
            return await hook._send_async(request, playback)

        httpx2.HTTPTransport.handle_request = handle_request  # type: ignore[assignment, method-assign]
        httpx2.AsyncHTTPTransport.handle_async_request = handle_async_request  # type: ignore[assignment, method-assign]
        self._had_aiohttp, _api_client.has_aiohttp = _api_client.has_aiohttp, False
        if not any(os.environ.get(name) for name in KEY_NAMES):
            # The SDK makes no client without a key, and students have none.
            os.environ["GEMINI_API_KEY"] = PLACEHOLDER_KEY

    def uninstall(self) -> None:
        """Undo `install`."""
        from google.genai import _api_client

        if self._originals is None:
            return
        send, send_async = self._originals
        httpx2.HTTPTransport.handle_request = send  # type: ignore[method-assign]
        httpx2.AsyncHTTPTransport.handle_async_request = send_async  # type: ignore[method-assign]
        _api_client.has_aiohttp = self._had_aiohttp
        self._originals = None
        if os.environ.get("GEMINI_API_KEY") == PLACEHOLDER_KEY:
            del os.environ["GEMINI_API_KEY"]
        if self._http is not None:
            self._loop.submit(self._http.aclose()).result(2.0)
            self._http = None

    def _playback_for(self, request: httpx2.Request) -> Playback | None:
        is_ours = REPORT.get(None) is not None
        if is_ours or "google-genai-sdk" not in request.headers.get("x-goog-api-client", ""):
            return None
        return self._playback()

    def _send(self, request: httpx2.Request, playback: Playback) -> httpx2.Response:
        request.read()
        response = _wait(self._loop.submit(self._start(request, playback)))
        body = _Body(self._loop, response)
        return httpx2.Response(response.status_code, headers=response.headers, stream=body)

    async def _send_async(self, request: httpx2.Request, playback: Playback) -> httpx2.Response:
        await request.aread()
        response = await asyncio.wrap_future(self._loop.submit(self._start(request, playback)))
        body = _AsyncBody(self._loop, response)
        return httpx2.Response(response.status_code, headers=response.headers, stream=body)

    async def _start(self, request: httpx2.Request, playback: Playback) -> httpx2.Response:
        timeout = (request.extensions.get("timeout") or {}).get("read") or _TIMEOUT_S
        # Marks what is sent below as ours.
        REPORT.set(StreamReport(timeout))
        if self._http is None:
            self._http = httpx2.AsyncClient(follow_redirects=False)
        headers = [pair for pair in request.headers.multi_items() if pair[0].lower() != "content-length"]
        copy = httpx2.Request(request.method, request.url, headers=headers, content=request.content)
        return await CassetteTransport(SseTransport(self._http), playback).handle_async_request(copy)


class _Body(httpx2.SyncByteStream):
    """The body of an answer that arrives on the loop, for a thread."""

    def __init__(self, loop: BackgroundLoop, response: httpx2.Response) -> None:
        self._loop = loop
        self._response = response
        self._chunks = response.aiter_raw()

    def __iter__(self) -> Iterator[bytes]:
        while (chunk := _wait(self._loop.submit(_next(self._chunks)))) is not None:
            yield chunk

    def close(self) -> None:
        _wait(self._loop.submit(_close(self._chunks, self._response)))


class _AsyncBody(httpx2.AsyncByteStream):
    """The same for another loop."""

    def __init__(self, loop: BackgroundLoop, response: httpx2.Response) -> None:
        self._loop = loop
        self._response = response
        self._chunks = response.aiter_raw()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await asyncio.wrap_future(self._loop.submit(_next(self._chunks)))) is not None:
            yield chunk

    async def aclose(self) -> None:
        await asyncio.wrap_future(self._loop.submit(_close(self._chunks, self._response)))


def _wait(future: Future[Any]) -> Any:
    """Return a result; an interrupt ends the work."""
    try:
        return future.result()
    finally:
        future.cancel()


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)


async def _close(chunks: Any, response: httpx2.Response) -> None:
    await chunks.aclose()
    await response.aclose()
