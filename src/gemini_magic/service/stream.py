"""The events of one request: the pump on the background loop, a queue, the thread that draws."""

from __future__ import annotations

import queue
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from gemini_magic.replies.events import (
    Ended,
    FirstText,
    FirstToken,
    Noticed,
    OtherPart,
    Pause,
    Replayed,
    Retrying,
    Sent,
    TextDelta,
    ThoughtDelta,
    TryFailed,
)
from gemini_magic.service.arrival_queue import Arrivals
from gemini_magic.service.pump import Chunk, Pump
from gemini_magic.text.surrogates import SurrogateJoiner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from gemini_magic.replies.events import Event
    from gemini_magic.requests.request import Request
    from gemini_magic.runtime.event_loop import BackgroundLoop
    from gemini_magic.service.client import Client

__all__ = ["EventStream", "stream"]

_PAUSE_S = 0.05
_READY_S = 0.008
"""Seconds before the next drawing at which the queued events are read."""

_CLOSING_S = 0.05
"""How long a stopped stream waits for its connection to be closed (it takes 1 to 8 ms)."""


def stream(
    loop: BackgroundLoop, client: Client, request: Request, rest_s: Callable[[], float] = lambda: 0.0
) -> EventStream:
    """Return the events of one request; it is sent when the iteration begins.

    Parameters
    ----------
    loop, client, request
        Who sends what, and where.
    rest_s
        Returns the seconds until the next drawing; until then the thread that draws is not woken.
    """
    return EventStream(loop, client, request, rest_s)


class EventStream:
    """The events of one request; iterate once, in the thread that draws."""

    def __init__(
        self, loop: BackgroundLoop, client: Client, request: Request, rest_s: Callable[[], float]
    ) -> None:
        self._loop = loop
        self._request = request
        self._arrivals = Arrivals()
        self._pumping: Future[None] | None = None
        self._pump = Pump(client, request, self._arrivals)
        self._rest_s = rest_s
        self._begun = False
        self._speaking = False
        self._closed = threading.Event()
        self._joiners = _make_joiners()

    def stop(self) -> None:
        """Stop from any thread or signal handler; what has arrived before is still delivered."""
        self._arrivals.put_now(_Stop())
        if self._pumping is not None:
            self._pumping.cancel()

    def __iter__(self) -> Iterator[Event]:
        """Yield the events as they arrive, `Pause` in silence, and `Ended` last.

        Raises
        ------
        GeminiError
            If the request is refused or the stream breaks.
        """
        self._pumping = self._loop.submit(self._run_pump())
        self._pumping.add_done_callback(self._arrivals.put_now)
        try:
            yield from self._events()
        finally:
            self._pumping.cancel()
            self._closed.wait(_CLOSING_S)

    async def _run_pump(self) -> None:
        try:
            await self._pump.run()
        finally:
            self._closed.set()

    def _events(self) -> Iterator[Event]:
        while True:
            # Waking up for each chunk would take most of the time.
            self._arrivals.rest(self._rest_s() - _READY_S)
            try:
                arrival: _Arrival = self._arrivals.get(_PAUSE_S)
            except queue.Empty:
                yield Pause()
                continue
            if isinstance(arrival, Chunk):
                yield from self._decode(arrival)
            elif isinstance(arrival, Noticed | Replayed | Retrying | Sent | TryFailed):
                # The next try has a first token of its own.
                if isinstance(arrival, Retrying):
                    self._begun = self._speaking = False
                    self._joiners = _make_joiners()
                yield arrival
            else:
                yield from self._flush()
                yield self._end(arrival)
                return

    def _flush(self) -> Iterator[Event]:
        """Yield the half characters that nothing has completed."""
        for kind, joiner in self._joiners.items():
            if text := joiner.end():
                part = {"text": text, "thought": True} if kind is ThoughtDelta else {"text": text}
                yield kind(text, part)

    def _end(self, arrival: _Stop | Future[None]) -> Ended:
        if isinstance(arrival, _Stop) or arrival.cancelled():
            # A cassette writes down how long it took until the connection was closed.
            self._closed.wait(_CLOSING_S)
            return Ended("stopped", self._pump.elapsed_s)
        arrival.result()
        return Ended("complete", self._pump.elapsed_s)

    def _decode(self, arrival: Chunk) -> Iterator[Event]:
        for event in map(self._repair, arrival.events):
            if not self._speaking and self._request.stream:
                yield from self._note_firsts(event, arrival.after_s)
            yield event

    def _note_firsts(self, event: Event, after_s: float | None) -> Iterator[Event]:
        if after_s is None:
            return
        if not self._begun and _is_first(event):
            self._begun = True
            yield FirstToken(after_s)
        if isinstance(event, TextDelta) and event.text:
            self._speaking = True
            yield FirstText(after_s)

    def _repair(self, event: Event) -> Event:
        """Return the event without half characters."""
        if not isinstance(event, TextDelta | ThoughtDelta):
            return event
        text = self._joiners[type(event)].join(event.text)
        if text == event.text:
            return event
        return replace(event, text=text, part={**event.part, "text": text})


class _Stop:
    """A stop by the user, in the queue behind what had arrived before."""


if TYPE_CHECKING:
    _Arrival = Chunk | Noticed | Retrying | Sent | TryFailed | _Stop | Future[None]


def _make_joiners() -> dict[type[TextDelta | ThoughtDelta], SurrogateJoiner]:
    return {TextDelta: SurrogateJoiner(), ThoughtDelta: SurrogateJoiner()}


def _is_first(event: Event) -> bool:
    """Return whether the event brings something; some replies begin with an empty text."""
    return isinstance(event, OtherPart) or (isinstance(event, TextDelta | ThoughtDelta) and bool(event.text))
