"""One request to an iterator of events: the SDK's async stream on the background loop, a queue, this thread.

The pump on the loop does nothing but `async for` and `put`. Stopping cancels its task, which is the one
way that closes the connection at once (closing the generator or the client leaves the socket open).
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING

from gemini_magic.events import Ended, FirstToken, Noticed, OtherPart, Pause, TextDelta, ThoughtDelta, decode
from gemini_magic.translate import translate_error
from gemini_magic.transports.report import REPORT, StreamReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from google.genai.types import GenerateContentResponse

    from gemini_magic.client import Client
    from gemini_magic.errors import GeminiError
    from gemini_magic.events import Event
    from gemini_magic.loop import BackgroundLoop
    from gemini_magic.request import Request

__all__ = ["EventStream", "stream"]

_PAUSE_S = 0.05
_CLOSING_S = 0.05
"""How long a stopped stream waits for its connection to be closed (it takes 1 to 8 ms)."""


def stream(loop: BackgroundLoop, client: Client, request: Request) -> EventStream:
    """Return the events of one request; it is sent when the iteration begins."""
    return EventStream(loop, client, request)


class EventStream:
    """The events of one request; iterate once, in the thread that draws."""

    def __init__(self, loop: BackgroundLoop, client: Client, request: Request) -> None:
        self._loop = loop
        self._client = client
        self._request = request
        # SimpleQueue, because its put may be called from a signal handler.
        self._arrivals: queue.SimpleQueue[_Chunk | Noticed | _Stop | Future[None]] = queue.SimpleQueue()
        self._pump: Future[None] | None = None
        self._started = 0.0
        self._begun = False
        self._closed = threading.Event()

    def stop(self) -> None:
        """Stop from any thread or signal handler; what has arrived before is still delivered."""
        self._arrivals.put(_Stop())
        if self._pump is not None:
            self._pump.cancel()

    def __iter__(self) -> Iterator[Event]:
        """Yield the events as they arrive, `Pause` in silence, and `Ended` last.

        Raises
        ------
        GeminiError
            If the request is refused or the stream breaks.
        """
        self._started = time.perf_counter()
        self._pump = self._loop.submit(self._receive())
        self._pump.add_done_callback(self._arrivals.put)
        try:
            yield from self._events()
        finally:
            self._close()

    async def _receive(self) -> None:
        report = StreamReport(timeout_s=self._request.timeout_s)
        REPORT.set(report)
        begun, failure = False, None
        try:
            async for chunk in self._client.chunks(self._request):
                begun = begun or bool(chunk.candidates)
                self._arrivals.put(_Chunk(chunk, time.perf_counter()))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again as one of ours
            failure = self._translate(error, begun=begun)
        finally:
            if report.malformed:
                self._arrivals.put(Noticed(f"{report.malformed} unreadable events left out"))
            await report.aclose()
            self._closed.set()
        if failure is not None:
            # Raised here and not above: there it would carry the SDK's error, and that the key.
            raise failure

    def _translate(self, error: Exception, *, begun: bool) -> GeminiError:
        key = self._client.credentials.key
        return translate_error(error, model=self._request.model, key=key, begun=begun)

    def _events(self) -> Iterator[Event]:
        while True:
            try:
                arrival = self._arrivals.get(timeout=_PAUSE_S)
            except queue.Empty:
                yield Pause()
                continue
            if isinstance(arrival, _Chunk):
                yield from self._decode(arrival)
                continue
            if isinstance(arrival, Noticed):
                yield arrival
                continue
            if isinstance(arrival, _Stop) or arrival.cancelled():
                yield Ended("stopped", self._elapsed(time.perf_counter()))
            else:
                arrival.result()
                yield Ended("complete", self._elapsed(time.perf_counter()))
            return

    def _decode(self, arrival: _Chunk) -> Iterator[Event]:
        for event in decode(arrival.chunk):
            if self._request.stream and not self._begun and _is_first(event):
                self._begun = True
                after_s = self._elapsed(arrival.at)
                if after_s is not None:
                    yield FirstToken(after_s)
            yield event

    def _elapsed(self, now: float) -> float | None:
        # The emulator's pace is made up: timing it would be a number about nothing.
        return None if self._client.offline else now - self._started

    def _close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
            self._closed.wait(_CLOSING_S)


def _is_first(event: Event) -> bool:
    """Return whether the event brings something; some replies begin with an empty text."""
    return isinstance(event, OtherPart) or (isinstance(event, TextDelta | ThoughtDelta) and bool(event.text))


class _Chunk:
    """One chunk of the SDK and the moment it arrived (`time.perf_counter`)."""

    def __init__(self, chunk: GenerateContentResponse, at: float) -> None:
        self.chunk = chunk
        self.at = at


class _Stop:
    """The user's wish to stop, in its place among the arrivals."""
