"""Response bodies that arrive on the background loop and are read in a thread or on another loop."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from typing import TYPE_CHECKING, Any

from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator
    from concurrent.futures import Future
    from types import ModuleType

    from gemini_magic.runtime.event_loop import BackgroundLoop
    from gemini_magic.transports.http_library import httpx
    from gemini_magic.transports.stream_report import StreamReport

__all__ = ["Arrival", "make_async_body", "make_body", "wait"]


_INTERRUPTIBLE_S = 0.25


class Arrival:
    """A response whose chunks are read one by one.

    Parameters
    ----------
    loop
        Where it arrives.
    response
        The answer.
    report
        The request, as the transports see it.

    Attributes
    ----------
    closing : Future or None
        Ends when it is closed, and what came of it is recorded; None before `close`.
    """

    def __init__(self, loop: BackgroundLoop, response: httpx.Response, report: StreamReport) -> None:
        self.response = response
        self._loop = loop
        self._report = report
        self._chunks = response.aiter_raw()
        # The chunks are closed only after a pending read has ended.
        self._turn = asyncio.Lock()
        self.closing: Future[None] | None = None

    def next(self) -> Future[bytes | None]:
        """Begin to wait for a chunk; None is the end."""
        return self._loop.submit(self._next())

    def close(self) -> Future[None] | None:
        """Begin to close it, the first time."""
        if self.closing is not None:
            return None
        self.closing = self._loop.submit(self._close())
        return self.closing

    def warn(self) -> None:
        """Warn if the response could not be recorded."""
        recorded = self._report.recorded
        if recorded is not None and recorded.is_lost:
            warnings.warn(to_line(recorded.note), stacklevel=2)

    async def _next(self) -> bytes | None:
        async with self._turn:
            return None if self.closing is not None else await anext(self._chunks, None)

    async def _close(self) -> None:
        async with self._turn:
            await _aclose(self._chunks)
            await self.response.aclose()


class _Body:
    def __init__(self, arrival: Arrival) -> None:
        self._arrival = arrival

    def __iter__(self) -> Iterator[bytes]:
        try:
            while (chunk := wait(self._arrival.next())) is not None:
                yield chunk
            self._arrival.warn()
        finally:
            # Without waiting: the garbage collector may call this, on any thread.
            self._arrival.close()

    def close(self) -> None:
        closing = self._arrival.close()
        if closing is not None:
            closing.result()


class _AsyncBody:
    def __init__(self, arrival: Arrival) -> None:
        self._arrival = arrival

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while (chunk := await asyncio.wrap_future(self._arrival.next())) is not None:
                yield chunk
            self._arrival.warn()
        finally:
            self._arrival.close()

    async def aclose(self) -> None:
        closing = self._arrival.close()
        if closing is not None:
            await asyncio.wrap_future(closing)


def make_body(library: ModuleType, arrival: Arrival) -> Any:
    """Return the body for a client of `library`, httpx or httpx2: each wants one of its own kind."""
    return type("Body", (_Body, library.SyncByteStream), {})(arrival)


def make_async_body(library: ModuleType, arrival: Arrival) -> Any:
    """Return the body for an asynchronous client of `library`."""
    return type("AsyncBody", (_AsyncBody, library.AsyncByteStream), {})(arrival)


def wait(future: Future[Any]) -> Any:
    """Return a result; an interrupt ends the work."""
    try:
        while True:
            # On Windows an interrupt is seen only between two waits.
            with contextlib.suppress(TimeoutError):
                return future.result(_INTERRUPTIBLE_S)
            if future.done():
                return future.result()
    finally:
        future.cancel()


def _aclose(chunks: Any) -> Coroutine[Any, Any, None]:
    closing: Coroutine[Any, Any, None] = chunks.aclose()
    return closing
