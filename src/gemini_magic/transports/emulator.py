"""The offline emulator as an HTTP transport: the SDK talks to it as to the network, and nothing is sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2

from gemini_magic.emulator.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gemini_magic.emulator.answers import Answer

__all__ = ["EmulatorTransport"]


class EmulatorTransport(httpx2.AsyncBaseTransport):
    """Answers every request from an `Emulator`, paced like a model."""

    def __init__(self, emulator: Emulator | None = None) -> None:
        self.emulator = emulator or Emulator()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the emulator's answer; its body arrives as the pace says."""
        answer = self.emulator.answer(
            request.method,
            request.url.raw_path.decode("ascii"),
            {name.lower(): value for name, value in request.headers.items()},
            await request.aread(),
        )
        headers = [("content-type", answer.content_type), *answer.headers]
        return httpx2.Response(answer.status, headers=headers, stream=_PacedBody(answer))


class _PacedBody(httpx2.AsyncByteStream):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._answer.pieces:
            await asyncio.sleep(piece.delay_s)
            yield piece.data
