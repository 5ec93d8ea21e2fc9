"""The SDK client: all requests to the service go through it.

The SDK client is made on the background loop, where it is used: its connections belong to that loop.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from google.genai import Client as SdkClient

    from gemini_magic.cassettes.playback import Playback
    from gemini_magic.requests.request import Request
    from gemini_magic.service.credentials import Credentials
    from gemini_magic.transports.http_library import httpx

__all__ = ["Client"]

_log = logging.getLogger("gemini_magic")

_MOST_MODELS = 1000


class Client:
    """One SDK client, made when it is first used.

    Parameters
    ----------
    credentials
        Where requests go, and as whom.
    playback
        The cassette that records and replays, if one is on.
    """

    def __init__(self, credentials: Credentials, playback: Playback | None = None) -> None:
        self.credentials = credentials
        self.playback = playback
        self._http: httpx.AsyncClient | None = None
        # The SDK closes the connections when its client is collected, so it is kept here.
        self._sdk: SdkClient | None = None

    @property
    def offline(self) -> bool:
        """Whether the emulator answers."""
        return self.credentials.offline

    async def chunks(self, request: Request) -> AsyncIterator[dict[str, Any]]:
        """Send the request and yield chunks as they arrive, in wire format (one, if it does not stream).

        They come through the `StreamReport` of the current task.
        """
        models = self._opened().aio.models
        arguments: dict[str, Any] = {
            "model": request.model,
            # The history is added below the SDK (transports/history.py).
            "contents": [request.asked],
            "config": request.config,
        }
        if not request.stream:
            await models.generate_content(**arguments)
            for chunk in _take_chunks():
                yield chunk
            return
        async for _ in await models.generate_content_stream(**arguments):
            for chunk in _take_chunks():
                yield chunk

    async def count_tokens(self, request: Request) -> int | None:
        """Return the tokens that the request would send, as the service counts them.

        The Gemini API counts contents only, so the system instruction is counted as one of them.
        """
        from google.genai import types

        system = request.config.system_instruction
        contents = [request.asked]
        if isinstance(system, str) and system:
            contents.insert(0, types.Content(role="user", parts=[types.Part(text=system)]))
        answer = await self._opened().aio.models.count_tokens(model=request.model, contents=list(contents))
        return answer.total_tokens

    async def list_models(self, *, timeout_s: float) -> list[str]:
        """Return the ids of the models the service offers; none if it does not say so in time."""
        names: list[str] = []
        try:
            async with asyncio.timeout(timeout_s):
                async for model in await self._opened().aio.models.list():
                    names.append(model.name or "")
                    if len(names) == _MOST_MODELS:
                        break
        except Exception as error:  # noqa: BLE001 - the list is only advice; the error would hold the key
            _log.debug("no list of models: %s", type(error).__name__)
        return names

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()

    def _opened(self) -> SdkClient:
        if self._sdk is None:
            self._http = self._make_http()
            self._sdk = self._make_sdk(self._http)
        return self._sdk

    def _make_http(self) -> httpx.AsyncClient:
        from gemini_magic.transports.chunks import ChunkTransport
        from gemini_magic.transports.history import HistoryTransport
        from gemini_magic.transports.http_library import httpx

        inner = self._make_transport()
        if self.playback is not None:
            from gemini_magic.cassettes.recording.transport import CassetteTransport

            inner = CassetteTransport(inner, self.playback)
        return httpx.AsyncClient(transport=HistoryTransport(ChunkTransport(inner)))

    def _make_transport(self) -> httpx.AsyncBaseTransport:
        """Return the transport that sends to the service, or to the emulator."""
        if self.offline:
            from gemini_magic.transports.emulator import EmulatorTransport

            return EmulatorTransport()
        from gemini_magic.transports.sse import SseTransport, make_client

        return SseTransport(make_client())

    def _make_sdk(self, http: httpx.AsyncClient) -> SdkClient:
        from google import genai
        from google.genai.types import HttpOptions

        options = HttpOptions(httpx_async_client=http)
        if self.offline or self.credentials.replayed:
            # Nothing is sent there: the transports below answer, or refuse.
            options.base_url = "http://emulator.invalid"
            return genai.Client(enterprise=False, api_key="offline", http_options=options)
        if self.credentials.enterprise:
            # Explicitly, because the SDK reads GOOGLE_VERTEX_BASE_URL only then.
            return genai.Client(enterprise=True, http_options=options)
        key = self.credentials.key
        return genai.Client(enterprise=False, api_key=key.reveal() if key else None, http_options=options)


def _take_chunks() -> Iterator[dict[str, Any]]:
    """Yield the chunks that have arrived since the last call."""
    from gemini_magic.transports.stream_report import REPORT

    chunks = REPORT.get().chunks
    while chunks:
        yield chunks.popleft()
