"""The offline emulator as an HTTP transport: the SDK talks to it as to the network, and nothing is sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gemini_magic.emulator.emulator import Emulator
from gemini_magic.transports.http_library import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gemini_magic.emulator.answers import Answer

__all__ = ["EmulatorTransport"]


class EmulatorTransport(httpx.AsyncBaseTransport):
    """Answers every request from an `Emulator`, paced like a model."""

    def __init__(self, emulator: Emulator | None = None) -> None:
        self.emulator = emulator or Emulator()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the emulator's answer; its body arrives as the pace says."""
        answer = self.emulator.answer(
            request.method,
            request.url.raw_path.decode("ascii"),
            {name.lower(): value for name, value in request.headers.items()},
            await request.aread(),
        )
        headers = [("content-type", answer.content_type), *answer.headers]
        return httpx.Response(answer.status, headers=headers, stream=_PacedBody(answer))


class _PacedBody(httpx.AsyncByteStream):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._answer.pieces:
            await asyncio.sleep(piece.delay_s)
            yield piece.data
