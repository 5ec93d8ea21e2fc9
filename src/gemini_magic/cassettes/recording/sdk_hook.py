"""Plain `google.genai.Client()` code through a cassette: requests are caught where they would be sent.

The hook patches the transports of the HTTP library that the SDK speaks, and of httpx where it may use it. It
handles requests of the SDK only; those of this package pass unchanged. The SDK prefers aiohttp where that is
installed; while the hook is on, the SDK is told that it is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import weakref
from typing import TYPE_CHECKING, Any

from gemini_magic.cassettes.recorded_headers import NOWHERE
from gemini_magic.cassettes.recording.arriving_bodies import Arrival, make_async_body, make_body, wait
from gemini_magic.cassettes.recording.transport import CassetteTransport
from gemini_magic.errors import NotRecorded
from gemini_magic.runtime.api_keys import KEY_NAMES, PLACEHOLDER_KEY, find_key
from gemini_magic.transports.http_library import httpx
from gemini_magic.transports.sse import SseTransport, make_client
from gemini_magic.transports.stream_report import REPORT, StreamReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from types import ModuleType

    from gemini_magic.cassettes.playback import Playback
    from gemini_magic.runtime.event_loop import BackgroundLoop
    from gemini_magic.runtime.secret import Secret

__all__ = ["SdkHook"]

_TIMEOUT_S = 600.0
_CLOSE_TIMEOUT_S = 2.0
_KEY_NAME = "GEMINI_API_KEY"
_KEY_HEADER = "x-goog-api-key"


class SdkHook:
    """Records and replays what the SDK's own clients ask.

    Parameters
    ----------
    loop
        Where the requests are made.
    playback
        Returns what is to be done now; None sends a request as it is.
    find_key
        Returns the key to ask with, where the SDK found none.
    """

    def __init__(
        self,
        loop: BackgroundLoop,
        playback: Callable[[], Playback | None],
        find_key: Callable[[], Secret] = lambda: find_key(None, lambda: None),
    ) -> None:
        self._loop = loop
        self._playback = playback
        self._find_key = find_key
        self._undo: list[Callable[[], object]] = []
        self._http: httpx.AsyncClient | None = None
        self._process = loop.process
        self._open: weakref.WeakSet[Arrival] = weakref.WeakSet()

    def install(self) -> None:
        """Catch requests from now on, also those of clients that exist already."""
        from google.genai import _api_client

        if self._undo:
            return
        for library in _libraries(_api_client):
            self._patch(library.HTTPTransport, "handle_request", self._make_handler(library))
            self._patch(library.AsyncHTTPTransport, "handle_async_request", self._make_async_handler(library))
        self._patch(_api_client, "has_aiohttp", lambda _original: False)
        if not any(os.environ.get(name) for name in KEY_NAMES):
            self._set_placeholder()

    def uninstall(self) -> None:
        """Undo `install`; streams that are still open end here."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()
        # Also those that are closing already, and may still be writing.
        open_ones = list(self._open)
        closing: list[Future[None] | None] = [arrival.close() or arrival.closing for arrival in open_ones]
        if self._http is not None:
            closing.append(self._loop.submit(self._http.aclose()))
            self._http = None
        for future in closing:
            if future is not None:
                with contextlib.suppress(TimeoutError):
                    future.result(_CLOSE_TIMEOUT_S)

    def _patch(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        setattr(owner, name, make(original))
        self._undo.append(lambda: setattr(owner, name, original))

    def _set_placeholder(self) -> None:
        # The SDK makes no client without a key, and students have none.
        before = os.environ.get(_KEY_NAME)
        os.environ[_KEY_NAME] = PLACEHOLDER_KEY

        def restore() -> None:
            # A key that was set since then stays.
            if os.environ.get(_KEY_NAME) == PLACEHOLDER_KEY:
                del os.environ[_KEY_NAME]
                os.environ.update({} if before is None else {_KEY_NAME: before})

        self._undo.append(restore)

    def _make_handler(self, library: ModuleType) -> Callable[[Any], Any]:
        def make(send: Any) -> Any:
            def handle_request(transport: Any, request: Any) -> Any:
                playback = self._playback_for(request)
                if playback is None:
                    return send(transport, request)
                request.read()
                arrival = wait(self._loop.submit(self._start(request, playback)))
                return _make_response(library, arrival, make_body(library, arrival))

            return handle_request

        return make

    def _make_async_handler(self, library: ModuleType) -> Callable[[Any], Any]:
        def make(send: Any) -> Any:
            async def handle_async_request(transport: Any, request: Any) -> Any:
                playback = self._playback_for(request)
                if playback is None:
                    return await send(transport, request)
                await request.aread()
                arrival = await asyncio.wrap_future(self._loop.submit(self._start(request, playback)))
                return _make_response(library, arrival, make_async_body(library, arrival))

            return handle_async_request

        return make

    def _playback_for(self, request: Any) -> Playback | None:
        is_ours = REPORT.get(None) is not None
        # Requests of an upload lack the header that names the SDK.
        is_sdk = (
            "google-genai-sdk" in request.headers.get("x-goog-api-client", "")
            or "x-goog-upload-command" in request.headers
        )
        if is_ours or not is_sdk:
            return None
        playback = self._playback()
        if playback is None and request.url.host == NOWHERE:
            raise NotRecorded("a replayed answer has named this address; nothing is sent there")
        if playback is None:
            self._put_key(request)
        return playback

    def _put_key(self, request: Any) -> None:
        """Put a key where the placeholder is, for a request that is really sent."""
        if request.headers.get(_KEY_HEADER) == PLACEHOLDER_KEY:
            request.headers[_KEY_HEADER] = self._find_key().reveal()

    async def _start(self, request: Any, playback: Playback) -> Arrival:
        timeout = (request.extensions.get("timeout") or {}).get("read") or _TIMEOUT_S
        report = StreamReport(timeout)
        # Marks the requests below as our own, so that the hook lets them pass.
        REPORT.set(report)
        if self._http is None or self._process != self._loop.process:
            # A forked child must not use the connections of its parent.
            self._http, self._process = make_client(), self._loop.process
        headers = [pair for pair in request.headers.raw if pair[0].lower() != b"content-length"]
        copy = httpx.Request(request.method, str(request.url), headers=headers, content=request.content)
        transport = CassetteTransport(_KeyTransport(SseTransport(self._http), self._put_key), playback)
        arrival = Arrival(self._loop, await transport.handle_async_request(copy), report)
        self._open.add(arrival)
        return arrival


class _KeyTransport(httpx.AsyncBaseTransport):
    """Puts a real key into requests that are sent; replayed ones do not get here."""

    def __init__(self, inner: httpx.AsyncBaseTransport, put_key: Callable[[Any], None]) -> None:
        self._inner = inner
        self._put_key = put_key

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # Off the loop: the key may be in a file.
        await asyncio.to_thread(self._put_key, request)
        return await self._inner.handle_async_request(request)


def _make_response(library: ModuleType, arrival: Arrival, body: Any) -> Any:
    response = arrival.response
    return library.Response(response.status_code, headers=response.headers.raw, stream=body)


def _libraries(sdk: Any) -> list[ModuleType]:
    """Return the HTTP libraries that the SDK may use."""
    libraries = dict.fromkeys([httpx, getattr(sdk, "httpx", None)])
    return [library for library in libraries if library is not None]
