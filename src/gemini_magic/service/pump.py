"""The pump: a task on the background loop that sends a request, retries it, and queues what arrives.

It does nothing but `async for`, `decode` and `put`; the cell's thread works on the events. Cancelling the
task stops it: the only way that closes the connection at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gemini_magic.errors import ModelNotFound, RequestRefused
from gemini_magic.replies.decoding import decode
from gemini_magic.replies.events import (
    Blocked,
    Finished,
    Noticed,
    OtherPart,
    Replayed,
    Retrying,
    Sent,
    TextDelta,
    TryFailed,
)
from gemini_magic.runtime.secret import scrub
from gemini_magic.service.error_translation import translate_error
from gemini_magic.service.hidden_keys import without_key
from gemini_magic.service.refusals import name_close_models
from gemini_magic.transports.stream_report import REPORT, StreamReport

if TYPE_CHECKING:
    from gemini_magic.errors import GeminiError
    from gemini_magic.replies.events import Event
    from gemini_magic.requests.request import Request
    from gemini_magic.service.arrival_queue import Arrivals
    from gemini_magic.service.client import Client

__all__ = ["Chunk", "Pump"]

_log = logging.getLogger("gemini_magic")
_log.addHandler(logging.NullHandler())

_LISTING_S = 5.0
"""How long an error may wait for the service's list of models."""


_MOST_WAITING = 200
"""Chunks that may wait for the cell's thread."""

_GIVE_WAY_S = 0.005


@dataclass(frozen=True)
class Chunk:
    """What one chunk brought, and when: seconds after the first sending; None for a made-up pace."""

    events: list[Event]
    after_s: float | None


class Pump:
    """Sends one request and queues what arrives.

    Parameters
    ----------
    client, request
        Who sends what.
    arrivals
        Takes a `Chunk`, or a `Sent`, `Replayed`, `TryFailed`, `Retrying` or `Noticed` event; filled on the
        loop.
    """

    def __init__(self, client: Client, request: Request, arrivals: Arrivals) -> None:
        self._client = client
        self._request = request
        self._arrivals = arrivals
        self._put = arrivals.put
        self._chunks = 0
        self._begun = False
        self._gave_way = 0.0
        self._started = time.perf_counter()
        self._report = StreamReport()
        self._failures: list[TryFailed] = []

    @property
    def elapsed_s(self) -> float | None:
        """Seconds since the first sending, or as a cassette has them; None for a made-up pace."""
        recorded = self._report.recorded
        if recorded is not None and recorded.total_s is not None:
            return recorded.waited_s + recorded.total_s
        # The emulator's pace is made up: timing it would be a number about nothing.
        return None if self._client.offline else time.perf_counter() - self._started

    async def run(self) -> None:
        """Send the request until it succeeds or a retry cannot help.

        Raises
        ------
        GeminiError
            The last try's error.
        """
        self._started = time.perf_counter()
        policy = self._request.retry
        while (failure := await self._send()) is not None:
            tried = len(self._failures)
            elapsed_s = time.perf_counter() - self._started
            wait_s = None if self._begun else policy.wait_after(failure, tried, elapsed_s)
            if wait_s is None:
                # Raised outside of the `except`: else its context would be the SDK's error with the key.
                raise await self._complete(failure)
            await self._wait(failure, wait_s, tried + 1)
        recorded = self._report.recorded
        failures = self._failures if recorded is None else recorded.failures
        if failures:
            self._put(Noticed(f"after {len(failures) + 1} tries"))

    async def _send(self) -> GeminiError | None:
        """Send the request once; return what it failed with."""
        started = time.perf_counter()
        # With the precision that a cassette keeps.
        waited_s = round(started - self._started, 3)
        report = self._report = StreamReport(
            self._request.timeout_s,
            self._request.history.contents,
            failures=tuple(self._failures),
            waited_s=waited_s,
        )
        REPORT.set(report)
        self._put(Sent(datetime.now(UTC), waited_s))
        self._chunks = 0
        self._log_request()
        error = await self._receive_all(report, started)
        failure = None if error is None else self._translate(error)
        if failure is not None:
            total_s = None if self._client.offline else round(time.perf_counter() - started, 3)
            self._failures.append(TryFailed(type(failure).__name__, total_s, _is_refusal(failure)))
            self._put(self._failures[-1])
        end = "complete" if failure is None else f"{type(failure).__name__}: {failure.what}"
        _log.info("end: %s, %d chunks, %.3f s", end, self._chunks, time.perf_counter() - started)
        if report.recorded is not None and report.recorded.is_stopped:
            # The recording was stopped by the user: the replay ends in the same way.
            raise asyncio.CancelledError
        return failure

    async def _receive_all(self, report: StreamReport, started: float) -> Exception | None:
        """Queue what comes; return what it failed with, which is translated outside of any `except`."""
        try:
            try:
                async for chunk in self._client.chunks(self._request):
                    self._receive(decode(chunk), started)
                    await self._give_way()
            except Exception:
                report.is_failed = True
                raise
            finally:
                # Closed first: closing may add a note.
                await report.aclose()
                self._put_notes(report)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised again as one of ours
            return error
        return None

    def _put_notes(self, report: StreamReport) -> None:
        if report.malformed:
            self._put(Noticed(f"{report.malformed} unreadable events left out"))
        if report.recorded is not None and report.recorded.note:
            self._put(Noticed(report.recorded.note, lasting=not report.recorded.is_lost))

    def _receive(self, events: list[Event], started: float) -> None:
        recorded = self._report.recorded
        if recorded is not None and recorded.is_replayed and not self._chunks:
            self._put(Replayed(recorded.usd, recorded.failures, recorded.waited_s))
        self._chunks += 1
        key = self._client.credentials.key
        events = [without_key(event, key) for event in events]
        self._begun = self._begun or any(map(_shows, events))
        _log.debug("chunk %d after %.3f s", self._chunks, time.perf_counter() - started)
        self._put(Chunk(events, self._time_of(self._chunks)))

    def _time_of(self, number: int) -> float | None:
        """Return when the n-th chunk of this try came, in seconds after the first sending."""
        recorded = self._report.recorded
        if recorded is None or number > len(recorded.times):
            return None if self._client.offline else time.perf_counter() - self._started
        return recorded.waited_s + recorded.times[number - 1]

    async def _give_way(self) -> None:
        """Let the loop cancel this task and the cell's thread catch up, so that a stop comes soon."""
        now = time.perf_counter()
        if now - self._gave_way > _GIVE_WAY_S:
            self._gave_way = now
            await asyncio.sleep(0)
        while len(self._arrivals) > _MOST_WAITING:
            await asyncio.sleep(0.002)

    def _translate(self, error: Exception) -> GeminiError:
        key = self._client.credentials.key
        return translate_error(
            error,
            model=self._request.model,
            key=key,
            answered=self._report.answered,
            begun=self._begun,
        )

    def _log_request(self) -> None:
        # Sizes only: prompts are never logged.
        asked = sum(len(part.text or "") for part in self._request.asked.parts or [])
        history = self._request.history.contents
        size = asked + sum(map(len, history))
        _log.info("request: %s, %d contents, %d characters", self._request.model, len(history) + 1, size)

    async def _complete(self, failure: GeminiError) -> GeminiError:
        """Return the error; for a missing model, with similar names from the service's own list."""
        if not isinstance(failure, ModelNotFound):
            return failure
        offered = await self._client.list_models(timeout_s=_LISTING_S)
        key = self._client.credentials.key
        return name_close_models(failure, self._request.model, [scrub(name, key) for name in offered])

    async def _wait(self, failure: GeminiError, wait_s: float, number: int) -> None:
        """Wait, and queue a `Retrying` event each second."""
        _log.warning("try %d of %d in %.1f s: %s", number, self._request.retry.tries, wait_s, failure.what)
        due = time.perf_counter() + wait_s
        while (left_s := due - time.perf_counter()) > 0:
            self._put(Retrying(failure.what, left_s, number, self._request.retry.tries))
            await asyncio.sleep(min(left_s, 1.0))


def _is_refusal(failure: GeminiError) -> bool:
    return isinstance(failure, RequestRefused) and failure.status is not None and 400 <= failure.status < 600


def _shows(event: Event) -> bool:
    """Return whether an event shows something of the reply; after one the request is not retried."""
    if isinstance(event, TextDelta):
        return event.text != ""
    if isinstance(event, OtherPart):
        return not event.part.get("thought")
    return isinstance(event, Blocked | Finished)
